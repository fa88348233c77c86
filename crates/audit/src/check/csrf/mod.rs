//! Requests that another site makes in the user's name.

mod forged;
mod form;
mod get;
mod json;
mod login;
mod logout;
mod logout_get;
mod token_foreign;
mod token_missing;
mod token_wrong;

super::checks![form, json, token_missing, token_wrong, token_foreign, get, login, logout, logout_get];
