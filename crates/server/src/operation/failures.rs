//! Sign-ins that failed at one's own account, for its owner to see.

use admit_core::audit::{EventKind, Recorded};
use admit_core::id::SubjectId;
use admit_core::store::{EventQuery, StoreError};
use admit_core::time::Timestamp;
use serde::Serialize;
use serde_json::Value;

use super::{Failure, Operations};

/// How many of each kind are shown.
const SHOWN: u32 = 5;

/// Attempts of one address within some minutes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FailedSignIn {
    /// `login-failed`, or `login-throttled` where further ones were turned away.
    pub kind: EventKind,
    /// When the first was.
    pub at: Timestamp,
    /// When the last was.
    pub last_at: Timestamp,
    /// How many there were. Of those that were turned away only the first is counted.
    pub count: u64,
    /// Where from.
    pub address: Option<String>,
}

impl From<Recorded> for FailedSignIn {
    fn from(recorded: Recorded) -> Self {
        let last = recorded.detail.get("last_at").and_then(Value::as_str).and_then(|text| text.parse().ok());
        let last = last.and_then(|last: jiff::Timestamp| u64::try_from(last.as_millisecond()).ok());
        Self {
            kind: recorded.kind,
            at: recorded.at,
            last_at: last.map_or(recorded.at, Timestamp::from_millis),
            count: recorded.detail.get("count").and_then(Value::as_u64).unwrap_or(1),
            address: recorded.address,
        }
    }
}

impl Operations {
    /// The last sign-ins that failed at this account, newest first. `None` when so many lists are being made that this one is not:
    /// nobody is kept from their account for that.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn failed_sign_ins(&self, subject: SubjectId) -> Result<Option<Vec<FailedSignIn>>, Failure> {
        let mut failed: Vec<FailedSignIn> = Vec::new();
        for kind in [EventKind::LoginFailed, EventKind::LoginThrottled] {
            let query = EventQuery { subject: Some(subject), kind: Some(kind), limit: SHOWN, ..EventQuery::default() };
            match self.accounts.events(query).await {
                Ok(events) => failed.extend(events.into_iter().map(FailedSignIn::from)),
                Err(StoreError::TooManyLists | StoreError::ListTooSlow) => return Ok(None),
                Err(error) => return Err(error.into()),
            }
        }
        failed.sort_by_key(|failed| std::cmp::Reverse(failed.last_at));
        Ok(Some(failed))
    }
}
