//! Conditions: what has to hold beside the role. Each is true, false, or not known; what is not known never permits.

mod attribute;
mod parse;
mod window;

use std::fmt;
use std::time::Duration;

use super::engine::Engine;
use super::question::{Asker, Question};
use super::resource::Value;
use super::truth::{Truth, Unknown};
use crate::time::Timestamp;
use crate::token::LEEWAY;

pub(super) use attribute::Test;
pub use parse::duration;
pub(super) use parse::parse;
pub(super) use window::{Days, Hours};

/// One condition.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Condition {
    /// Whether the resource's owner asks.
    Owner(bool),
    /// Whether the resource's tenant is one of the asker's.
    Tenant(bool),
    /// An attribute of the resource.
    Attribute(String, Test),
    /// How long ago the sign-in may have been.
    SignedInWithin(Duration),
    /// The time of the day.
    Time(Hours),
    /// The day of the week.
    Days(Days),
    /// Not before this, and before that.
    Between(Option<Timestamp>, Option<Timestamp>),
    /// What the engine beside the policy says.
    Engine(bool),
}

/// All of these.
pub(super) fn all(conditions: &[Condition], question: &Question<'_>, engine: Option<&dyn Engine>) -> Truth {
    conditions.iter().fold(Truth::Yes, |held, condition| held.and(|| condition.holds(question, engine)))
}

impl Condition {
    pub(super) fn holds(&self, question: &Question<'_>, engine: Option<&dyn Engine>) -> Truth {
        let Question { who, now, .. } = *question;
        match self {
            Self::Owner(wanted) => about(question, "owner", |owner| owns(who, &owner).map(|owns| owns == *wanted)),
            Self::Tenant(wanted) => about(question, "tenant", |tenant| {
                let tenant = tenant.as_tenant()?;
                Some(who.tenants().any(|own| own == tenant) == *wanted)
            }),
            Self::Attribute(name, test) => about(question, name, |value| test.holds(&value)),
            Self::SignedInWithin(bound) => match who.signed_in_at {
                Some(at) if ahead(at, now) => Truth::Unknown(Unknown::SignInAhead),
                Some(at) => Truth::of(now.since(at) <= *bound),
                None => Truth::Unknown(Unknown::NoSignIn),
            },
            Self::Time(hours) => Truth::of(hours.hold(now)),
            Self::Days(days) => Truth::of(days.hold(now)),
            Self::Between(from, until) => {
                Truth::of(from.is_none_or(|from| from <= now) && until.is_none_or(|until| now < until))
            }
            Self::Engine(wanted) => match engine.map(|engine| engine.permits(question)) {
                Some(Ok(permits)) => Truth::of(permits == *wanted),
                Some(Err(unknown)) => Truth::Unknown(unknown),
                None => Truth::Unknown(Unknown::Engine("there is none".to_owned())),
            },
        }
    }

    /// The attribute of the resource that it asks for.
    pub(super) fn attribute(&self) -> Option<&str> {
        match self {
            Self::Owner(_) => Some("owner"),
            Self::Tenant(_) => Some("tenant"),
            Self::Attribute(name, _) => Some(name),
            Self::SignedInWithin(_) | Self::Time(_) | Self::Days(_) | Self::Between(..) | Self::Engine(_) => None,
        }
    }
}

fn about(question: &Question<'_>, name: &str, holds: impl FnOnce(Value<'_>) -> Option<bool>) -> Truth {
    let Some(object) = question.on else { return Truth::Unknown(Unknown::NeedsObject) };
    let Some(value) = object.attribute(name) else { return Truth::Unknown(Unknown::NoAttribute(name.to_owned())) };
    holds(value).map_or_else(|| Truth::Unknown(Unknown::OtherKind(name.to_owned())), Truth::of)
}

/// Whether this value names the one who asks. An id as text counts, for objects that keep it so. What is no id at all, a
/// username perhaps, may be anybody's: were it taken for somebody else's, no rule against one's own objects would apply.
fn owns(who: Asker<'_>, owner: &Value<'_>) -> Option<bool> {
    owner.as_subject().map(|id| id == who.id)
}

/// Whether a sign-in lies further in the future than clocks of two nodes may differ: a wrong clock, not a fresh sign-in.
pub(super) fn ahead(signed_in_at: Timestamp, now: Timestamp) -> bool {
    signed_in_at > now.plus(LEEWAY)
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Owner(true) => f.write_str("the object is the caller's own"),
            Self::Owner(false) => f.write_str("the object is somebody else's"),
            Self::Tenant(true) => f.write_str("the object is of one of the caller's tenants"),
            Self::Tenant(false) => f.write_str("the object is of none of the caller's tenants"),
            Self::Attribute(name, test) => write!(f, "the object's {name} is {test}"),
            Self::SignedInWithin(bound) => write!(f, "the caller signed in within the last {} s", bound.as_secs()),
            Self::Time(hours) => write!(f, "the time is {hours}"),
            Self::Days(days) => write!(f, "the day is {days}"),
            Self::Between(Some(from), None) => write!(f, "it is {from} or later"),
            Self::Between(None, Some(until)) => write!(f, "it is before {until}"),
            Self::Between(from, until) => {
                let show = |time: &Option<Timestamp>| time.map_or_else(|| "ever".to_owned(), |time| time.to_string());
                write!(f, "it is between {} and {}", show(from), show(until))
            }
            Self::Engine(true) => f.write_str("the policy engine permits it"),
            Self::Engine(false) => f.write_str("the policy engine does not permit it"),
        }
    }
}
