//! The pages as people use them: a real Chromium, driven through chromedriver, in front of the real server.
//!
//! Each test has a server of its own, and a browser that knows of no other test. `ADMIT_SCREENSHOTS=FOLDER` makes the tests
//! that walk through every page leave a picture of each there.

#![cfg(test)]

mod accessible;
mod apps;
mod attack;
mod browser;
mod cookies;
mod driver;
mod every_page;
mod first_admin;
mod flow;
mod language;
mod picture;
mod scriptless;
mod shopping;
mod sibling;
mod tls;
mod two_devices;
