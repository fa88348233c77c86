//! What happened to others, each as a test here. The rows are those of the table of advisories that fit what there is so
//! far: sessions, CSRF, passwords, links.

mod requests;
mod secrets;
mod sessions;
