//! The tests of the torture in one binary, which is compiled and linked once.

mod judge;
mod proxy;
mod runs;
mod seeded;
