//! The tests of the stores in one binary, which is compiled and linked once.

#![cfg(test)]

mod conformance;
mod durability;
mod moving;
mod postgres;
mod redis;
mod three_nodes;
