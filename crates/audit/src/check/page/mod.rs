//! What pages allow browsers to do.

mod cache;
mod cors;
mod framing;
mod hsts;
mod https;

super::checks![https, hsts, framing, cors, cache];
