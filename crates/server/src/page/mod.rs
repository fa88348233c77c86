//! The pages for people: what they say ([`text`]), what they show ([`view`]), how they look ([`STYLESHEET`]).
//!
//! A page is an askama template and a struct with what it shows. The structs take no decision: whoever fills them has
//! been through the gate already. Everything works without JavaScript; the few scripts there are carry the nonce of
//! their response and only add comfort.

pub mod text;
pub mod view;

/// The one style sheet, served at [`STYLESHEET_PATH`]. No inline style exists, so the policy needs no `unsafe-inline`.
pub const STYLESHEET: &str = include_str!("admit.css");

/// Where the pages look for [`STYLESHEET`].
pub const STYLESHEET_PATH: &str = "/assets/admit.css";
