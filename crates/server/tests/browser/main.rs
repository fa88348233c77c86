//! The pages as people use them: a real Chromium, driven through chromedriver, in front of the real server.
//!
//! Each test has a server of its own, and a browser that knows of no other test. `ADMIT_SCREENSHOTS=FOLDER` makes the tests
//! that walk through every page leave a picture of each there.

#[cfg(test)]
mod accessible;
#[cfg(test)]
mod apps;
#[cfg(test)]
mod attack;
#[cfg(test)]
mod browser;
#[cfg(test)]
mod cookies;
#[cfg(test)]
mod driver;
#[cfg(test)]
mod every_page;
#[cfg(test)]
mod first_admin;
#[cfg(test)]
mod flow;
#[cfg(test)]
mod language;
#[cfg(test)]
mod picture;
#[cfg(test)]
mod scriptless;
#[cfg(test)]
mod shopping;
#[cfg(test)]
mod sibling;
#[cfg(test)]
mod tls;
#[cfg(test)]
mod two_devices;
