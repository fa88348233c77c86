//! Why a store did not do what it was asked for.

use std::fmt;
use std::sync::Arc;

use crate::standing::LostStanding;

/// Why a store did not do what it was asked for. These have nothing in common: an outage is never told as a refusal, a refusal
/// never as an outage, and a list that was too much is neither.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StoreError {
    /// It could not answer. To a client this is 503, never 401, 403 or 200.
    #[error("the store could not answer: {0}")]
    Unavailable(Arc<str>),
    /// It was told to make a change, and did not confirm it. To a client this is 503.
    #[error("the store did not confirm the change: it may have been made")]
    OutcomeUnknown,
    /// Others are making lists, and the next one has to wait. The store is well. To a client this is 503 with `Retry-After`.
    #[error("too many lists and searches are running")]
    TooManyLists,
    /// Making a list took too long, and it was stopped. The store is well. To a client this is 503.
    #[error("the list took too long and was stopped")]
    ListTooSlow,
    /// Whoever asked is not what they were when they were allowed to: 401 or 403. Nothing was changed.
    #[error(transparent)]
    StandingLost(#[from] LostStanding),
}

impl StoreError {
    /// It could not answer, with what went wrong, for the log.
    pub fn new(cause: impl fmt::Display) -> Self {
        Self::Unavailable(cause.to_string().into())
    }
}
