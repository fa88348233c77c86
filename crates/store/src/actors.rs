//! Who makes a change, where they have to be what they were when they were allowed to.

use admit_core::audit::Event;
use admit_core::standing::Standing;
use admit_core::time::Timestamp;

use crate::seeded::{Bug, seeded};

/// The standings that a change goes by, each once, with the time of the change. Each backend compares them in one place, in
/// the transaction that writes and before anything is written.
#[derive(Default)]
pub(crate) struct Actors(Vec<(Standing, Timestamp)>);

impl Actors {
    /// Of a change with one event.
    pub(crate) fn of(event: &Event) -> Self {
        Self::of_all([event])
    }

    /// Of a change with many.
    pub(crate) fn of_all<'e>(events: impl IntoIterator<Item = &'e Event>) -> Self {
        if seeded(Bug::StandingNotCompared) {
            return Self::default();
        }
        let mut all = Vec::new();
        for event in events {
            let Some(standing) = &event.standing else { continue };
            let one = (standing.clone(), event.at);
            if !all.contains(&one) {
                all.push(one);
            }
        }
        Self(all)
    }

    /// Each, with the time of the change.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &(Standing, Timestamp)> {
        self.0.iter()
    }

    /// Whether there are none.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
