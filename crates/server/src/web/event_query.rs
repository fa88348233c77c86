//! The part of the audit log that a query asks for: `subject`, `kind`, `address`, `from`, `to` and `before`.

use std::net::IpAddr;
use std::time::Duration;

use admit::Problem;
use admit_core::audit::EventKind;
use admit_core::id::SubjectId;
use admit_core::store::EventQuery;
use admit_core::subject::Username;
use admit_core::time::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::list::{PAGE, no_place};
use super::{Context, Web};
use crate::operation::Failure;

const DAY: Duration = Duration::from_secs(24 * 3600);

/// The names of the filters.
pub(super) const FILTERS: [&str; 5] = ["subject", "kind", "address", "from", "to"];

/// Reads the query.
///
/// # Errors
/// 422 with the name of the parameter that is wrong.
pub(super) async fn query(web: &Web, context: &Context) -> Result<EventQuery, Problem> {
    let given = |name| context.query(name).filter(|text| !text.is_empty());
    let subject = match given("subject") {
        Some(text) => Some(person(web, &text).await?),
        None => None,
    };
    let kind = given("kind")
        .map(|text| {
            EventKind::parse(&text)
                .ok_or_else(|| Problem::field("kind", format!("There is no event type called {text}.")))
        })
        .transpose()?;
    let address = given("address")
        .map(|text| {
            let address = text.trim().parse::<IpAddr>().map(|address| address.to_canonical().to_string());
            address.map_err(|_| {
                Problem::field("address", "address is not an IP address such as 192.0.2.7 or 2001:db8::7.")
            })
        })
        .transpose()?;
    let wrong = |name| {
        let sentence = format!("{name} is not a day or a time, such as 2026-11-30 or 2026-11-30T09:00:00Z.");
        Problem::field(name, sentence)
    };
    let from = given("from").map(|text| moment(&text, Duration::ZERO).ok_or_else(|| wrong("from"))).transpose()?;
    // A day is meant to its end.
    let until = given("to").map(|text| moment(&text, DAY).ok_or_else(|| wrong("to"))).transpose()?;
    if let (Some(from), Some(until)) = (from, until)
        && until < from
    {
        return Err(Problem::field("to", "to is before from."));
    }
    let before = given("before").map(|text| text.parse().map_err(|_| no_place("before"))).transpose()?;
    Ok(EventQuery { subject, kind, address, from, until, before, limit: PAGE })
}

/// Somebody by id or by name. An id may be of nobody who is known: the log keeps more than the accounts.
async fn person(web: &Web, text: &str) -> Result<SubjectId, Problem> {
    if let Ok(id) = text.trim().parse() {
        return Ok(id);
    }
    let missing = || {
        Problem::field(
            "subject",
            "There is no user with this name now. Enter the ID of a user who was renamed or deleted.",
        )
    };
    let username = Username::existing(text).map_err(|_| missing())?;
    let account = web.operations.accounts.by_username(&username).await.map_err(Failure::from)?;
    Ok(account.ok_or_else(missing)?.subject.id)
}

/// A time; or a day in UTC, from its beginning on or so much later.
fn moment(text: &str, of_a_day: Duration) -> Option<Timestamp> {
    let at = |instant: jiff::Timestamp| u64::try_from(instant.as_millisecond()).ok().map(Timestamp::from_millis);
    if let Ok(instant) = text.parse::<jiff::Timestamp>() {
        return at(instant);
    }
    let day: Date = Some(text).filter(|text| text.len() == 10)?.parse().ok()?;
    Some(at(day.to_zoned(TimeZone::UTC).ok()?.timestamp())?.plus(of_a_day))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_meant_to_its_end_and_a_time_as_it_is() {
        let day = |text: &str| moment(text, DAY).map(|at| at.to_string());
        assert_eq!(day("2026-11-30").as_deref(), Some("2026-12-01T00:00:00Z"));
        assert_eq!(
            moment("2026-11-30", Duration::ZERO).map(|at| at.to_string()).as_deref(),
            Some("2026-11-30T00:00:00Z")
        );
        assert_eq!(day("2026-11-30T09:00:00+09:00").as_deref(), Some("2026-11-30T00:00:00Z"));
        for wrong in ["2026-02-30", "2026-13-01", "20261130", "yesterday", "1969-12-31", "2026-11-30T09:00", "0", "-1"]
        {
            assert_eq!(day(wrong), None, "{wrong}");
        }
    }
}
