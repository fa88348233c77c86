//! What is written of the checks, for people.

#![cfg(test)]

mod checks;
