//! The life of a session at the server.

super::checks![];
