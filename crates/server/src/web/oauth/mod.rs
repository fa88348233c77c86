//! The token endpoints of OAuth 2: for clients, with that standard's own form of errors.

mod authenticate;
mod error;
mod introspect;
mod metadata;
mod parameters;
mod revoke;
mod token;

pub(super) use introspect::submit as introspect;
pub(super) use metadata::{jwks, server as metadata};
pub(super) use revoke::submit as revoke;
pub(super) use token::{Body as TokenBody, exchange, not_from_a_page, submit as token};
