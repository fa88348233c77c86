//! The tests of `tests/browser` again, with accounts in PostgreSQL and sessions in Redis: the name of this binary says so (see
//! `admit_testkit::Pair`).

#[cfg(test)]
#[path = "../browser/apps.rs"]
mod apps;
#[cfg(test)]
#[path = "../browser/attack.rs"]
mod attack;
#[cfg(test)]
#[path = "../browser/browser.rs"]
mod browser;
#[cfg(test)]
#[path = "../browser/cookies.rs"]
mod cookies;
#[cfg(test)]
#[path = "../browser/driver.rs"]
mod driver;
#[cfg(test)]
#[path = "../browser/every_page.rs"]
mod every_page;
#[cfg(test)]
#[path = "../browser/first_admin.rs"]
mod first_admin;
#[cfg(test)]
#[path = "../browser/flow.rs"]
mod flow;
#[cfg(test)]
#[path = "../browser/language.rs"]
mod language;
#[cfg(test)]
#[path = "../browser/picture.rs"]
mod picture;
#[cfg(test)]
#[path = "../browser/scriptless.rs"]
mod scriptless;
#[cfg(test)]
#[path = "../browser/shopping.rs"]
mod shopping;
#[cfg(test)]
#[path = "../browser/sibling.rs"]
mod sibling;
#[cfg(test)]
#[path = "../browser/tls.rs"]
mod tls;
#[cfg(test)]
#[path = "../browser/two_devices.rs"]
mod two_devices;
