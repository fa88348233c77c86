//! From conditions as written to conditions.

use std::time::Duration;

use super::window::{Days, Hours, Zone};
use super::{Condition, Test};
use crate::policy::resource::Value;
use crate::policy::source::{ConditionsSource, TestSource, ValueSource};
use crate::time::Timestamp;

/// Reads a duration as people write it: `500ms`, `45s`, `30m`, `8h`, `30d`.
#[must_use]
pub fn duration(text: &str) -> Option<Duration> {
    let span: jiff::Span = text.parse().ok()?;
    Duration::try_from(span.to_duration(jiff::SpanRelativeTo::days_are_24_hours()).ok()?).ok()
}

fn instant(text: &str) -> Option<Timestamp> {
    let instant: jiff::Timestamp = text.parse().ok()?;
    u64::try_from(instant.as_millisecond()).ok().map(Timestamp::from_millis)
}

/// The conditions, in the order in which they are cheap to ask; or what is wrong with them, as sentences.
pub(in crate::policy) fn parse(source: &ConditionsSource) -> Result<Vec<Condition>, Vec<String>> {
    let (mut found, mut wrong) = (Vec::new(), Vec::new());
    let zone = match &source.zone {
        None => Zone::default(),
        Some(text) => Zone::parse(text).unwrap_or_else(|| {
            wrong.push(format!("zone: \"{text}\" is not an offset from UTC: write UTC or one as in +09:00"));
            Zone::default()
        }),
    };
    if source.zone.is_some() && source.time.is_none() && source.days.is_empty() {
        wrong.push("zone: there is no time and there are no days to tell in it: remove it".to_owned());
    }
    between(source, &mut found, &mut wrong);
    if let Some(text) = &source.time {
        match Hours::parse(text, zone) {
            Some(hours) => found.push(Condition::Time(hours)),
            None => wrong.push(format!("time: \"{text}\" is not a time of the day: write it as in 08:00-18:00")),
        }
    }
    if !source.days.is_empty() {
        match Days::parse(&source.days, zone) {
            Ok(days) => found.push(Condition::Days(days)),
            Err(name) => wrong.push(format!("days: \"{name}\" is not a day: mon, tue, wed, thu, fri, sat, sun")),
        }
    }
    if let Some(text) = &source.signed_in_within {
        match duration(text).filter(|bound| !bound.is_zero()) {
            Some(bound) => found.push(Condition::SignedInWithin(bound)),
            None => wrong.push(format!("signed_in_within: \"{text}\" is not a duration: write it as in 15m")),
        }
    }
    found.extend(source.owner.map(Condition::Owner));
    found.extend(source.tenant.map(Condition::Tenant));
    for (name, test) in &source.resource {
        if matches!(name.as_str(), "owner" | "tenant") {
            wrong.push(format!("resource.{name}: write {name} = true or {name} = false beside resource instead"));
            continue;
        }
        match attribute(test) {
            Ok(test) => found.push(Condition::Attribute(name.clone(), test)),
            Err(sentence) => wrong.push(format!("resource.{name}: {sentence}")),
        }
    }
    found.extend(source.engine.map(Condition::Engine));
    if found.is_empty() && wrong.is_empty() {
        wrong.push("there is no condition in it: write one, or leave it out".to_owned());
    }
    if wrong.is_empty() { Ok(found) } else { Err(wrong) }
}

fn between(source: &ConditionsSource, found: &mut Vec<Condition>, wrong: &mut Vec<String>) {
    let mut read = |key: &str, text: &Option<String>| {
        let text = text.as_ref()?;
        let instant = instant(text);
        if instant.is_none() {
            wrong.push(format!("{key}: \"{text}\" is not a point in time: write it as in 2027-01-01T00:00:00Z"));
        }
        instant
    };
    let (from, until) = (read("from", &source.from), read("until", &source.until));
    match (from, until) {
        (Some(from), Some(until)) if until <= from => {
            wrong.push("until: it is not after from, so this can never hold".to_owned());
        }
        (None, None) => {}
        _ => found.push(Condition::Between(from, until)),
    }
}

fn attribute(source: &TestSource) -> Result<Test, &'static str> {
    let value = |value: &ValueSource| match value {
        ValueSource::Text(text) => Value::from(text.clone()),
        ValueSource::Number(number) => Value::from(*number),
        ValueSource::Flag(flag) => Value::from(*flag),
    };
    match source {
        TestSource::Is(one) => Ok(Test::OneOf(vec![value(one)])),
        TestSource::OneOf(values) if values.is_empty() => Err("the list is empty, so this can never hold"),
        TestSource::OneOf(values) => Ok(Test::OneOf(values.iter().map(value).collect())),
        TestSource::Within(bounds) => match (bounds.at_least, bounds.at_most) {
            (None, None) => Err("write at_least, at_most or both"),
            (Some(least), Some(most)) if most < least => Err("at_most is less than at_least, so this can never hold"),
            (least, most) => Ok(Test::Within(least, most)),
        },
    }
}
