//! Somebody guesses passwords, at several nodes at once: a name that nobody has, from an address that nobody else comes from.

use admit_testkit::Request;
use serde_json::json;

use super::{Client, HASHING};
use crate::history::Deed;

/// Guesses one after another, and at once each time.
const ROUNDS: usize = 3;
const AT_ONCE: usize = 3;

/// A try of a password that is not right.
fn guess_at(name: usize) -> Request {
    let body = json!({ "username": format!("nobody{name}"), "password": "tulip lantern orbit and a guess" });
    // 198.18.0.0/15 is for tests (RFC 2544).
    let address = format!("198.18.{}.{}", name / 250 % 250, name % 250 + 1);
    Request::new("POST", "/login").header("x-forwarded-for", &address).json(&body)
}

impl Client {
    /// More guesses than one node takes. Mostly the name is that of the guesses before, for which less is left.
    pub(super) fn guess(&mut self) {
        let before = self.guessed.filter(|_| !self.random.once_in(3));
        let name = before.unwrap_or_else(|| self.world.new_name());
        self.guessed = Some(name);
        for _ in 0..ROUNDS {
            let sent = self.send_at_once(AT_ONCE, &guess_at(name), HASHING);
            sent.iter().for_each(|one| self.record(one, None, Deed::Guess { name }));
        }
    }
}
