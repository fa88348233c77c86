//! The tests of the server in one binary, which is compiled and linked once. A folder is a subject.
//!
//! The audit of the server and the browsers are binaries of their own: each drives a program that is not the server.

#![cfg(test)]

mod advised;
mod catalogue;
mod check;
mod crash;
mod docs;
mod hostile;
mod http;
mod interop;
mod moving;
mod nodes;
mod verifiers;
