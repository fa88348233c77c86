//! `/oauth/…` and `/.well-known/…`: tokens for programs.

mod assertion;
mod authenticate;
mod clients;
mod introspect;
mod metadata;
mod refresh;
mod renewal;
mod revoke;
mod token;
