//! The rule and the router read one path: whichever handler answers, it is the one that the table names for the bytes that
//! were sent, and its own rule has let the caller pass.

mod one_reading;
mod site;
