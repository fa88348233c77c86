//! What strangers can cause over and over, counted instead of written down each time: so nobody chooses how fast a table grows.
//!
//! Failures of one kind from one address at one account are one row for ten minutes, with their count. Past so many rows in
//! that time those of further addresses and accounts share one.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use admit_core::audit::Event;
use admit_core::time::Timestamp;

/// How long failures are counted in one row.
const TOGETHER: Duration = Duration::from_secs(10 * 60);

/// Rows that one process adds in that time: some 30 MB a day, at worst.
const ROWS: u32 = 1000;

/// The rows that this process has added in the present time.
#[derive(Debug, Default)]
pub(crate) struct Repeats(Mutex<(u64, u32)>);

impl Repeats {
    /// The name of the row in which this event is counted, and the event as it is written when there is none yet. `None` for
    /// an event that has a row of its own.
    pub(crate) fn slot(&self, event: &mut Event) -> Option<String> {
        let about = event.repeats()?;
        let window = window(event.at);
        let (known, rows) = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known == window && rows >= ROWS {
            (event.subject, event.address, event.request) = (None, None, None);
            event.detail.insert("addresses".to_owned(), "many".into());
            return Some(format!("{} {window}", event.kind.as_str()));
        }
        Some(format!("{} {window} {about}", event.kind.as_str()))
    }

    /// A row was added for an event of this time.
    pub(crate) fn added(&self, at: Timestamp) {
        let window = window(at);
        let mut added = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *added = (window, if added.0 == window { added.1.saturating_add(1) } else { 1 });
    }
}

fn window(at: Timestamp) -> u64 {
    at.seconds() / TOGETHER.as_secs()
}

#[cfg(test)]
mod tests {
    use admit_core::audit::{Actor, EventKind};

    use super::*;

    fn failure(seconds: u64, address: &str) -> Event {
        let at = Timestamp::from_seconds(1_700_000_400 + seconds);
        Event { address: Some(address.to_owned()), ..Event::new(EventKind::LoginFailed, Actor::Anonymous, at) }
    }

    #[test]
    fn failures_of_one_address_share_a_row_for_a_while_and_those_of_one_ipv6_network_too() {
        let repeats = Repeats::default();
        let slot = |seconds, address: &str| repeats.slot(&mut failure(seconds, address)).unwrap();
        assert_eq!(slot(0, "192.0.2.1"), slot(500, "192.0.2.1"));
        assert_ne!(slot(0, "192.0.2.1"), slot(0, "192.0.2.2"));
        assert_ne!(slot(0, "192.0.2.1"), slot(600, "192.0.2.1"));
        assert_eq!(slot(0, "2001:db8::1"), slot(0, "2001:db8::2"));
    }

    #[test]
    fn past_so_many_rows_further_addresses_share_one_until_the_time_is_over() {
        let repeats = Repeats::default();
        (0..ROWS).for_each(|_| repeats.added(failure(0, "").at));
        let mut one = failure(1, "192.0.2.1");
        let mut other = failure(1, "192.0.2.2");
        assert_eq!(repeats.slot(&mut one), repeats.slot(&mut other));
        assert!(one.address.is_none() && one.detail["addresses"] == "many", "{one:?}");
        let mut later = failure(601, "192.0.2.1");
        assert!(repeats.slot(&mut later).unwrap().contains("192.0.2.1") && later.address.is_some());
    }

    #[test]
    fn what_somebody_did_who_is_known_has_a_row_of_its_own() {
        let repeats = Repeats::default();
        let at = Timestamp::from_seconds(1);
        let mut change = Event::new(EventKind::RolesChanged, Actor::Operator, at);
        assert!(repeats.slot(&mut change).is_none());
        let mut by_hand = Event::new(EventKind::LoginFailed, Actor::Anonymous, at);
        assert!(repeats.slot(&mut by_hand).is_none(), "it came from no address");
    }
}
