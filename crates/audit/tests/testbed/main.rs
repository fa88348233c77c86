//! The auditor on sites whose flaws are known: each is found by its own check, and by no other.

#![cfg(test)]

mod clean;
mod flawed;
mod hostile;
mod site;
mod wire;
