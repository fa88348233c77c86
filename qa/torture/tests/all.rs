//! The tests of the torture in one binary, which is compiled and linked once.

#![cfg(test)]

mod judge;
mod proxy;
mod runs;
mod seeded;
