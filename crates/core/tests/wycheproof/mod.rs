//! Signatures, keys and encryptions that others wrote down (C2SP Wycheproof, the cookbooks of RFC 7520 and RFC 8037),
//! decided by what decides here.
//!
//! No text that the vectors call invalid is ever taken, and no case is named here to make an exception of it. Valid ones
//! that are refused by design are counted by algorithm and reason, and every total is written down: a file that has changed
//! shows, and nothing hides in a table.

mod case;
mod cookbook;
mod encryptions;
mod keys;
mod signatures;
