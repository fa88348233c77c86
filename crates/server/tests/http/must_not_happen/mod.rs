//! What happened to others, each as a test here. The rows are those of the table of advisories that fit what there is so
//! far: sessions, CSRF, passwords, links, tokens.

mod cursors;
mod forged_tokens;
mod refresh;
mod requests;
mod revocation;
mod secrets;
mod sessions;
mod tenants;
mod tokens;
