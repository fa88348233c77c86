//! A service signs its call, and the call is sent more than once: to two nodes at the same time, and again later.

use admit_testkit::Request;

use super::{Client, PATIENCE};
use crate::history::Deed;
use crate::signer::Signed;

/// Assertions that a client keeps to use again.
const KEPT: usize = 4;

/// `POST /oauth/token` with an assertion.
fn call(signed: &Signed) -> Request {
    let Signed { assertion, text } = signed;
    // Those that are refused count as failures of their address (198.19.0.0/16 is for tests), and hold up nobody else.
    let address = format!("198.19.{}.{}", assertion / 250 % 250, assertion % 250 + 1);
    let fields = [
        ("grant_type", "client_credentials"),
        ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
        ("client_assertion", text),
    ];
    Request::new("POST", "/oauth/token").header("x-forwarded-for", &address).form(&fields)
}

impl Client {
    /// One signature at two nodes at once, or one from before once more.
    pub(super) fn call_signed(&mut self) {
        let again =
            if self.random.once_in(2) { self.signed.get(self.random.below(self.signed.len())).cloned() } else { None };
        let count = if again.is_some() { 1 } else { 2 };
        let Some(signed) = again.or_else(|| self.world.signer.sign()) else { return };
        let sent = self.send_at_once(count, &call(&signed), PATIENCE);
        sent.iter().for_each(|one| self.record(one, None, Deed::Call { assertion: signed.assertion }));
        // One that nobody was there for may be too old when it is sent.
        if count > 1 && !sent.is_empty() {
            self.signed.truncate(KEPT - 1);
            self.signed.insert(0, signed);
        }
    }
}
