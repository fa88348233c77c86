//! The tests of the gate in one binary, which is compiled and linked once.

#![cfg(test)]

mod at_hand;
mod cors;
mod csrf_table;
mod fail_closed;
mod gate;
mod held_body;
mod named_clients;
mod newcomer;
mod object;
mod offline;
mod parting;
mod paths;
mod right_and_deed;
mod support;
mod tenancy;
mod two_verifiers;
mod watched;
