//! Which passwords are taken.

super::checks![];
