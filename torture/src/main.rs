//! `admit-torture`.
fn main() {}
