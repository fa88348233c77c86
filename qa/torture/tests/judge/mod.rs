//! The judge itself is put to the test: for each promise a history that breaks it and one that does not; and against a
//! small model of the system, told the truth and told lies.

mod failover;
mod heard;
mod held;
mod log;
mod model;
mod promises;
mod random;
mod signed;
mod told;
mod tries;
