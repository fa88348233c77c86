//! The program `admit-audit`.

#![cfg(test)]

mod program;
