//! The shop as its callers see it: `anonymous`, `customer` and `admin`, each route by its path, over the real gate and store.

#![cfg(test)]

mod api;
mod attack;
mod pages;
mod world;
