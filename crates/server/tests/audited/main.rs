//! `admit audit`: hands over to the auditor, which finds nothing false in admit itself, and leaves nothing true.

#[cfg(test)]
mod handover;
#[cfg(test)]
mod own;

#[cfg(test)]
const BINARY: &str = env!("CARGO_BIN_EXE_admit");
