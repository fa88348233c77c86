//! What pages allow browsers to do.

super::checks![];
