//! The tests of the rules from outside in one binary, which is compiled and linked once.

mod fuzzed;
mod stored;
mod token;
mod wycheproof;
