//! Signing in, and what it tells to strangers.

super::checks![];
