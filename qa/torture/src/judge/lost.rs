//! What is certain of an operation, when its answer stayed out, or when a standby took over that may not have heard of it.

use super::index::Index;
use crate::history::{Deed, Failover, Nanos, Outcome, SignIn, Subject};

impl<'a> Index<'a> {
    /// The last failover that may have lost an operation.
    pub(super) fn lost_by(&self, place: usize) -> Option<&'a Failover> {
        let operation = self.operation(place);
        self.history.failovers.iter().rev().find(|failover| failover.may_have_lost(operation))
    }

    /// Whether an operation was acknowledged, and no failover can have lost it.
    pub(super) fn is_certain(&self, place: usize) -> bool {
        self.operation(place).outcome == Outcome::Ok && self.lost_by(place).is_none()
    }

    /// When an operation was surely done or will surely never be: its end, when it was answered; else the end of the first
    /// calm after it. One that a failover may have lost is there when that is over, or never will be.
    pub(super) fn settled(&self, place: usize) -> Nanos {
        let operation = self.operation(place);
        match operation.outcome {
            Outcome::Refused(_) => operation.end,
            Outcome::Ok => self.lost_by(place).map_or(operation.end, |failover| failover.over.max(operation.end)),
            Outcome::Error(_) | Outcome::Lost => {
                let calm = self.history.calms.iter().find(|calm| calm.start > operation.end);
                calm.map_or(Nanos::MAX, |calm| calm.end)
            }
        }
    }

    /// When an operation has surely ended all that it ever will. A revocation that a failover has lost may be made again by a node that
    /// knew of it, a little later.
    pub(super) fn over(&self, place: usize) -> Nanos {
        match self.lost_by(place) {
            Some(failover) => {
                let calm = self.history.calms.iter().find(|calm| calm.start > failover.over);
                calm.map_or(Nanos::MAX, |calm| calm.end)
            }
            None => self.settled(place),
        }
    }

    /// Whether a session may have been lost by the time of this operation. A family of refresh tokens is named by each of them.
    pub(super) fn may_be_gone(&self, sign_in: SignIn, place: usize) -> bool {
        let Some(begun) = self.begun(sign_in).filter(|_| !self.history.sign_ins[sign_in].app) else { return false };
        let (from, to) = (self.operation(begun).start, self.operation(place).end);
        let mut faults = self.history.faults.iter().filter(|fault| fault.loses_sessions);
        !self.is_certain(begun) || faults.any(|fault| fault.start <= to && fault.end >= from)
    }

    /// What may have ended every sign-in of a subject that was begun at this time.
    ///
    /// The first change of a subject since a standby took over does: under the numbers that it would count on from, something
    /// else may have begun that was lost.
    pub(super) fn may_end_all(&self, subject: Subject, begun: Nanos) -> impl Iterator<Item = usize> + '_ {
        let about = &self.subjects[subject];
        let changed_between = move |from: Nanos, to: Nanos| {
            let mut all = about.changes.iter().chain(&about.ends).map(|place| (*place, self.operation(*place)));
            // To disable or enable somebody who is so already changes nothing.
            let surely = |deed: &Deed| !matches!(deed, Deed::Disable { .. } | Deed::Enable { .. });
            all.any(|(place, one)| surely(&one.deed) && self.is_certain(place) && one.start > from && one.end < to)
        };
        let is_first = move |place: &usize| {
            let mut since = self.history.failovers.iter().filter(|failover| failover.killed <= self.settled(*place));
            since.any(|failover| !changed_between(failover.over, begun))
        };
        about.ends.iter().copied().chain(about.changes.iter().copied().filter(is_first))
    }
}
