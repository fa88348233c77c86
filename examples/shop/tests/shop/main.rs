//! The shop as its callers see it: `anonymous`, `customer` and `admin`, each route by its path, over the real gate and store.

#[cfg(test)]
mod api;
#[cfg(test)]
mod attack;
#[cfg(test)]
mod pages;
#[cfg(test)]
mod world;
