//! Requests that another site makes in the user's name.

super::checks![];
