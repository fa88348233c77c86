//! The 159 attacks of `jwt-attack-catalogue.json`, each as real tokens, against a running server and against the shop
//! behind an offline gate that follows that server: none is accepted, and nobody is called because of one.
//!
//! An attack on what a token says, on its header or on its form is signed with the issuer's own key, so that nothing but
//! what is attacked can stop it; and right before it the nearest good token is accepted at the same routes.
#![expect(clippy::string_slice, reason = "a test reports by panicking")]

mod bytes;
mod door;
mod every_row;
mod fake_issuer;
mod forge;
mod gate;
mod key;
mod key_load;
mod oracle;
mod outside;
mod row;
mod rows;
mod world;
