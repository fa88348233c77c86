//! `admit audit` on admit itself and on its shop: nothing false is found, and nothing true is left.

#[cfg(test)]
mod command;
#[cfg(test)]
mod own;

#[cfg(test)]
const BINARY: &str = env!("CARGO_BIN_EXE_admit");
