//! Tokens of apps and APIs.

super::checks![];
