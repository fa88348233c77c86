//! The tests of the rules from outside in one binary, which is compiled and linked once.

#![cfg(test)]

mod fuzzed;
mod stored;
mod token;
mod wycheproof;
