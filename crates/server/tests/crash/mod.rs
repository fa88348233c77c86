//! `kill -9` at any moment: nothing that was acknowledged is lost, and nothing that was ended comes back (I1, I3, I5, I6).
//!
//! What this shows is the end of the process, not of the machine: what SQLite has handed to the kernel outlives a killed
//! process. That it asks for the disk to be flushed (`synchronous = FULL`) is the store's own test.

mod journal;
mod judging;
mod memory;
mod model;
mod one_by_one;
mod rounds;
mod watch;
mod worker;
