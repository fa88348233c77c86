//! What becomes of the audit log in time: failures that repeat are counted, and old events are deleted.

use std::time::Duration;

use admit_clock::SystemClock;
use admit_core::audit::{Actor, Event, EventKind, Recorded};
use admit_core::id::SubjectId;
use admit_core::store::EventQuery;
use admit_core::time::Clock;

use super::fixture::{at, event};
use super::{Outcome, Stores, ensure};

const MINUTE: Duration = Duration::from_secs(60);

fn failure(seconds: u64, address: &str, subject: Option<SubjectId>) -> Event {
    Event { address: Some(address.to_owned()), subject, ..event(EventKind::LoginFailed, seconds) }
}

async fn failures(stores: &Stores) -> Outcome<Vec<Recorded>> {
    let query = EventQuery { kind: Some(EventKind::LoginFailed), limit: 100, ..EventQuery::default() };
    let mut found = stores.accounts.events(query).await?;
    found.reverse();
    Ok(found)
}

pub(super) async fn failures_that_anybody_can_repeat_are_one_event_with_a_count(stores: Stores) -> Outcome {
    let alice = stores.subject("alice", &[]).await?;
    // The clock of the checks begins 200 s into ten minutes.
    for second in 0..150 {
        stores.accounts.record(failure(second, "192.0.2.1", None)).await?;
    }
    stores.accounts.record(failure(3, "192.0.2.1", Some(alice.id))).await?;
    stores.accounts.record(failure(4, "192.0.2.2", None)).await?;
    stores.accounts.record(failure(800, "192.0.2.1", None)).await?;
    let found = failures(&stores).await?;
    let [many, of_alice, elsewhere, later] = found.as_slice() else {
        return Err(super::fault(format!("{} rows", found.len())));
    };
    ensure!(many.at == at(0) && many.detail.get("count") == Some(&150.into()), "{many:?}");
    ensure!(many.detail.get("last_at") == Some(&at(149).to_string().into()), "{many:?}");
    ensure!(of_alice.subject == Some(alice.id) && of_alice.detail.is_empty(), "{of_alice:?}");
    ensure!(elsewhere.address.as_deref() == Some("192.0.2.2") && elsewhere.detail.is_empty(), "{elsewhere:?}");
    ensure!(later.at == at(800) && later.detail.is_empty(), "{later:?}");
    Ok(())
}

pub(super) async fn changes_are_never_counted_together(stores: Stores) -> Outcome {
    let alice = stores.subject("alice", &[]).await?;
    for _ in 0..3 {
        let mut changed = Event::new(EventKind::RolesChanged, Actor::Operator, at(1)).about(alice.id);
        changed.address = Some("192.0.2.1".to_owned());
        stores.accounts.record(changed).await?;
    }
    let query = EventQuery { kind: Some(EventKind::RolesChanged), limit: 10, ..EventQuery::default() };
    let found = stores.accounts.events(query).await?;
    ensure!(found.len() == 3 && found.iter().all(|event| event.detail.is_empty()), "{found:?}");
    Ok(())
}

pub(super) async fn old_events_are_deleted_in_small_steps_and_no_others(stores: Stores) -> Outcome {
    for number in 0..7 {
        stores.accounts.record(event(EventKind::TokenRevoked, number * 10).with("number", number)).await?;
    }
    let forget = |seconds: u64, limit| stores.accounts.forget_events(at(seconds + 60), MINUTE, limit);
    ensure!(forget(0, 100).await? == 0, "an event of that very moment is not older");
    ensure!(forget(45, 3).await? == 3, "a step is no larger than asked for");
    ensure!(forget(45, 3).await? == 2, "the rest");
    ensure!(forget(45, 3).await? == 0, "nothing is left to do");
    let left = stores.accounts.events(EventQuery { limit: 10, ..EventQuery::default() }).await?;
    let numbers: Vec<_> = left.iter().rev().filter_map(|event| event.detail.get("number")?.as_u64()).collect();
    ensure!(numbers == [5, 6], "{numbers:?}");
    Ok(())
}

pub(super) async fn events_of_a_clock_that_was_ahead_keep_no_others_from_being_deleted(stores: Stores) -> Outcome {
    let future = SystemClock.now().plus(Duration::from_secs(24 * 3600));
    for at in [future, future, future, at(0), at(1), at(2), at(60)] {
        stores.accounts.record(Event::new(EventKind::TokenRevoked, Actor::Anonymous, at)).await?;
    }
    ensure!(stores.accounts.forget_events(at(90), MINUTE, 2).await? == 2, "those ahead stand before the old ones");
    ensure!(stores.accounts.forget_events(at(90), MINUTE, 2).await? == 1, "the rest");
    let left = stores.accounts.events(EventQuery { limit: 10, ..EventQuery::default() }).await?;
    let dates: Vec<_> = left.iter().rev().map(|event| event.at).collect();
    ensure!(dates.last() == Some(&at(60)) && dates.len() == 4, "{dates:?}");
    Ok(())
}

pub(super) async fn events_are_found_by_address_and_by_time_each_once_page_by_page(stores: Stores) -> Outcome {
    let alice = stores.subject("alice", &[]).await?;
    // Four at each second but one, and in another order than that of their numbers: a clock was set back.
    for (number, second) in [5_u64, 5, 5, 5, 9, 9, 9, 9, 7, 7, 7, 7, 6].into_iter().enumerate() {
        let kind = if number % 2 == 0 { EventKind::TokenRevoked } else { EventKind::ClientTokenIssued };
        let mut event = Event::new(kind, Actor::Operator, at(second)).with("number", number);
        event.address = Some(if number % 4 < 2 { "192.0.2.1" } else { "2001:db8::1" }.to_owned());
        event.subject = (number % 3 == 0).then_some(alice.id);
        stores.accounts.record(event).await?;
    }
    let numbers = async |query: EventQuery, size: u32| {
        let (mut found, mut before) = (Vec::new(), query.before);
        loop {
            let page = stores.accounts.events(EventQuery { before, limit: size, ..query.clone() }).await?;
            found.extend(page.iter().filter_map(|event| event.detail.get("number")?.as_u64()));
            before = page.last().map(|event| event.seq);
            if page.len() < size as usize {
                return Outcome::Ok(found);
            }
        }
    };
    let (one, other) = (Some("192.0.2.1".to_owned()), Some("2001:db8::1".to_owned()));
    let all = EventQuery::default();
    let within = |from, until| EventQuery { from: Some(at(from)), until: Some(at(until)), ..EventQuery::default() };
    let revoked = Some(EventKind::TokenRevoked);
    for (query, expected) in [
        (EventQuery { address: one.clone(), ..all.clone() }, &[5, 4, 9, 8, 12, 1, 0][..]),
        (EventQuery { address: other.clone(), ..all.clone() }, &[7, 6, 11, 10, 3, 2]),
        (EventQuery { address: Some("192.0.2.10".to_owned()), ..all.clone() }, &[]),
        (within(6, 9), &[11, 10, 9, 8, 12]),
        (within(9, 10), &[7, 6, 5, 4]),
        (within(10, 99), &[]),
        (within(9, 6), &[]),
        (EventQuery { from: Some(at(7)), ..all.clone() }, &[7, 6, 5, 4, 11, 10, 9, 8]),
        (EventQuery { until: Some(at(7)), from: Some(at(1)), ..all.clone() }, &[12, 3, 2, 1, 0]),
        (EventQuery { address: one, kind: revoked, ..within(5, 9) }, &[8, 12, 0]),
        (EventQuery { subject: Some(alice.id), ..within(1, 99) }, &[6, 9, 12, 3, 0]),
        (EventQuery { subject: Some(alice.id), kind: revoked, address: other, ..within(1, 99) }, &[6]),
    ] {
        for size in [1, 2, 3, 4, 50] {
            let found = numbers(query.clone(), size).await?;
            ensure!(found == expected, "{query:?}, {size} a page: {found:?}");
        }
    }
    let gone = EventQuery { before: Some(1 << 40), limit: 9, ..within(1, 99) };
    // A restored database may lack the event that a part ended with: what is there is not hidden by that.
    ensure!(!stores.accounts.events(gone).await?.is_empty(), "nothing after one that is not there");
    Ok(())
}
