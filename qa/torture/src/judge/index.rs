//! A history by subject, by sign-in and by credential, and what is certain about each.

use super::values::Write;
use crate::history::{
    CredentialId, Deed, Form, History, Nanos, Operation, Outcome, Roles, Route, SignIn, SignInRecord, Subject,
};

/// Reuse of a refresh token within this time, its successor unused, ends nothing; the server's own time is a second longer.
const SURELY_WITHIN_GRACE: Nanos = 9_000_000_000;

/// After this time nothing is good any more that another has taken the place of; the server's own time is a second shorter.
pub(super) const SURELY_AFTER_GRACE: Nanos = 11_000_000_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status {
    Active,
    Disabled,
}

/// What was done to a subject as a whole.
#[derive(Default)]
pub(super) struct About {
    /// What ends every sign-in: places of operations.
    pub(super) ends: Vec<usize>,
    /// What changes it otherwise, and ends every sign-in if it is the first change since a standby took over.
    pub(super) changes: Vec<usize>,
    pub(super) roles: Vec<Write<Roles>>,
    pub(super) status: Vec<Write<Status>>,
    pub(super) password: Vec<Write<u32>>,
}

pub(super) struct Index<'a> {
    pub(super) history: &'a History,
    pub(super) subjects: Vec<About>,
    /// The operation that gave each credential.
    births: Vec<Option<usize>>,
    /// The operation that began each sign-in.
    sign_ins: Vec<Option<usize>>,
    /// What ends a sign-in by itself, redemptions that may be reuse included.
    ends: Vec<Vec<usize>>,
    /// The operations that showed each credential.
    shown: Vec<Vec<usize>>,
}

impl<'a> Index<'a> {
    pub(super) fn new(history: &'a History) -> Self {
        let subjects = history.operations.iter().filter_map(|operation| subject(&operation.deed));
        let owners = history.sign_ins.iter().map(|sign_in| sign_in.subject);
        let count = subjects.chain(owners).max().map_or(0, |last| last + 1);
        let mut index = Self {
            history,
            subjects: (0..count).map(|_| About::default()).collect(),
            births: vec![None; history.credentials.len()],
            sign_ins: vec![None; history.sign_ins.len()],
            ends: vec![Vec::new(); history.sign_ins.len()],
            shown: vec![Vec::new(); history.credentials.len()],
        };
        (0..history.operations.len()).for_each(|place| index.add(place));
        index
    }

    fn add(&mut self, place: usize) {
        let operation = &self.history.operations[place];
        if let Some(shown) = operation.shown {
            self.shown[shown].push(place);
        }
        if operation.outcome == Outcome::Ok {
            for gave in operation.deed.gave() {
                let birth = &mut self.births[*gave];
                if birth.is_none_or(|birth| self.history.operations[birth].end > operation.end) {
                    *birth = Some(place);
                }
                let begun = &mut self.sign_ins[self.history.credentials[*gave].sign_in];
                if begun.is_none_or(|begun| self.history.operations[begun].start > operation.start) {
                    *begun = Some(place);
                }
            }
        }
        if let (Deed::Redeem { .. }, Some(shown)) = (&operation.deed, operation.shown) {
            self.ends[self.history.credentials[shown].sign_in].push(place);
        }
        if let (Deed::SignIn { replaces: Some(sign_in), .. }, Outcome::Refused(401)) =
            (&operation.deed, operation.outcome)
        {
            self.ends[*sign_in].push(place);
        }
        if !operation.outcome.may_have_happened() {
            return;
        }
        let (start, end) = (operation.start, self.settled(place));
        let certain = self.is_certain(place);
        fn write<T>(to: &mut Vec<Write<T>>, like: (usize, Nanos, Nanos, bool), value: T) {
            let (operation, start, end, certain) = like;
            to.push(Write { operation, start, end, certain, value });
        }
        let like = (place, start, end, certain);
        match &operation.deed {
            Deed::Create { subject, roles } => {
                let about = &mut self.subjects[*subject];
                write(&mut about.roles, like, roles.clone());
                write(&mut about.status, like, Status::Active);
                write(&mut about.password, like, 0);
            }
            Deed::SetRoles { subject, roles } => {
                write(&mut self.subjects[*subject].roles, like, roles.clone());
                self.subjects[*subject].changes.push(place);
            }
            Deed::Enable { subject } => {
                write(&mut self.subjects[*subject].status, like, Status::Active);
                self.subjects[*subject].changes.push(place);
            }
            Deed::Disable { subject } => {
                write(&mut self.subjects[*subject].status, like, Status::Disabled);
                self.subjects[*subject].ends.push(place);
            }
            Deed::Password { subject, to, .. } => {
                write(&mut self.subjects[*subject].password, like, *to);
                self.subjects[*subject].ends.push(place);
            }
            Deed::EndAll { subject, .. } => self.subjects[*subject].ends.push(place),
            Deed::End { sign_in, .. } | Deed::SignIn { replaces: Some(sign_in), .. } => self.ends[*sign_in].push(place),
            Deed::SignIn { .. } | Deed::Check { .. } | Deed::Redeem { .. } | Deed::Exchange { .. } | Deed::List => {}
            Deed::Guess { .. } | Deed::Call { .. } => {}
        }
    }

    pub(super) fn operation(&self, place: usize) -> &'a Operation {
        &self.history.operations[place]
    }

    pub(super) fn places(&self) -> impl Iterator<Item = (usize, &'a Operation)> + use<'a> {
        self.history.operations.iter().enumerate()
    }

    /// Whether the same node said later on what it did not say this time of this credential.
    pub(super) fn was_answered_later(&self, place: usize) -> bool {
        let operation = self.operation(place);
        let later = |other: &usize| {
            let other = self.operation(*other);
            let answered = matches!(other.outcome, Outcome::Ok | Outcome::Refused(_));
            other.node == operation.node && other.start > operation.end && answered
        };
        operation.shown.is_some_and(|shown| self.shown[shown].iter().any(later))
    }

    /// The operation that gave a credential.
    pub(super) fn birth(&self, credential: CredentialId) -> Option<usize> {
        self.births[credential]
    }

    /// The operation that began a sign-in.
    pub(super) fn begun(&self, sign_in: SignIn) -> Option<usize> {
        self.sign_ins[sign_in]
    }

    pub(super) fn owner(&self, credential: CredentialId) -> Subject {
        self.history.sign_ins[self.history.credentials[credential].sign_in].subject
    }

    /// The refresh token that a redemption gave.
    pub(super) fn successor(&self, place: usize) -> Option<CredentialId> {
        let is_refresh = |gave: &&CredentialId| self.history.credentials[**gave].form == Form::Refresh;
        self.operation(place).deed.gave().iter().find(is_refresh).copied()
    }

    /// Acknowledged operations that end this credential, and from when on it is dead.
    pub(super) fn deaths(&self, credential: CredentialId) -> impl Iterator<Item = (Nanos, usize)> + '_ {
        let renewals = self.shown[credential].iter().copied();
        let renewals =
            renewals.filter(|place| matches!(self.operation(*place).deed, Deed::Check { renewed: Some(_), .. }));
        let renewals = renewals.filter(|place| self.is_certain(*place));
        // A secret is good for ten seconds beside the one that took its place.
        let ends = self.ends(credential).map(|place| (0, place));
        let ends = ends.chain(renewals.map(|place| (SURELY_AFTER_GRACE, place)));
        ends.map(|(after, place)| (self.operation(place).end.saturating_add(after), place))
    }

    /// The same, without those that have put another secret of the same session in its place: whoever showed the old one is
    /// still signed in.
    pub(super) fn ends(&self, credential: CredentialId) -> impl Iterator<Item = usize> + '_ {
        let known = self.history.credentials[credential];
        let about = &self.subjects[self.owner(credential)];
        let begun = self.sign_ins[known.sign_in].map(|place| self.operation(place).end);
        let born = self.births[credential].map(|place| self.operation(place).end);
        let before =
            move |time: Option<Nanos>, place: usize| time.is_some_and(|time| time < self.operation(place).start);
        let itself = self.ends[known.sign_in].iter().copied();
        let ends = |deed: &Deed| matches!(deed, Deed::End { .. } | Deed::SignIn { replaces: Some(_), .. });
        let itself = itself.filter(move |place| ends(&self.operation(*place).deed));
        // Whoever ends a session that is not there any more ends no token that was made of it: nobody knows its name.
        let is_nameless = move |place: usize| known.form == Form::Access && self.may_be_gone(known.sign_in, place);
        let itself = itself.filter(move |place| !is_nameless(*place));
        let all = about.ends.iter().copied().filter(move |place| before(begun, *place));
        let roles = about.roles.iter().map(|write| write.operation);
        let roles = roles.filter(move |place| known.form == Form::Access && before(born, *place));
        itself.chain(all).chain(roles).filter(|place| self.is_certain(*place))
    }

    /// Whether a credential is good all the time until `to`, whatever the order of what overlapped, `except` left out.
    pub(super) fn certainly_alive(&self, credential: CredentialId, to: Nanos, except: Option<usize>) -> bool {
        let known = self.history.credentials[credential];
        let Some(birth) = self.births[credential].filter(|birth| self.is_certain(*birth)) else { return false };
        let born = self.operation(birth).start;
        let others = |place: &usize| Some(*place) != except && *place != birth && self.operation(*place).start <= to;
        let changed = |place: &usize| others(place) && self.over(*place) >= born;
        let roles = &self.subjects[self.owner(credential)].roles;
        self.goes_on(known.sign_in, birth, to, except)
            && !(known.form == Form::Access && roles.iter().any(|write| changed(&write.operation)))
            && !self.shown[credential].iter().any(|place| others(place) && self.uses_up(*place))
    }

    /// Likewise of a sign-in.
    pub(super) fn sign_in_goes_on(&self, sign_in: SignIn, to: Nanos, except: Option<usize>) -> bool {
        let begun = self.sign_ins[sign_in].filter(|birth| self.is_certain(*birth));
        begun.is_some_and(|birth| self.goes_on(sign_in, birth, to, except))
    }

    /// Whether nothing can have ended a sign-in from an operation on that proves that it was alive.
    fn goes_on(&self, sign_in: SignIn, birth: usize, to: Nanos, except: Option<usize>) -> bool {
        let born = self.operation(birth).start;
        let SignInRecord { subject, app, .. } = self.history.sign_ins[sign_in];
        let others = |place: &usize| Some(*place) != except && *place != birth && self.operation(*place).start <= to;
        // A ban that is still in force would have refused the sign-in, so what was settled before it does not matter.
        let ended = self.may_end_all(subject, born).any(|place| others(&place) && self.over(place) >= born)
            || self.ends[sign_in].iter().any(|place| others(place) && self.may_end(*place));
        let faults = self.history.faults.iter().filter(|fault| fault.loses_sessions && !app);
        !ended && !faults.into_iter().any(|fault| fault.start <= to && fault.end >= born)
    }

    /// Whether an operation on one sign-in may have ended it. A redemption may when it may have been the second of its token.
    fn may_end(&self, place: usize) -> bool {
        let operation = self.operation(place);
        // Its tokens are strangers, or spent, to a new primary that lacks one of its redemptions.
        let forgotten = |sign_in: SignIn| {
            let redeemed = |place: &usize| matches!(self.operation(*place).deed, Deed::Redeem { .. });
            self.ends[sign_in].iter().any(|place| redeemed(place) && self.lost_by(*place).is_some())
        };
        match (&operation.deed, operation.shown) {
            (Deed::Redeem { .. }, Some(token)) if forgotten(self.history.credentials[token].sign_in) => true,
            (Deed::Redeem { .. }, Some(token)) if operation.outcome != Outcome::Ok => {
                let latest = self.settled(place);
                let is_redemption = |other: &usize| {
                    let other = self.operation(*other);
                    matches!(other.deed, Deed::Redeem { .. }) && other.outcome.may_have_happened()
                };
                let spent_before = |other: &usize| {
                    let used = |successor: CredentialId| {
                        let mut shown = self.shown[successor].iter().filter(|other| is_redemption(other));
                        shown.any(|other| self.operation(*other).start <= latest)
                    };
                    *other != place
                        && is_redemption(other)
                        && (latest.saturating_sub(self.operation(*other).start) >= SURELY_WITHIN_GRACE
                            || self.successor(*other).is_some_and(used))
                };
                // One whose answer stayed out may be sent again by nobody: alone it ends nothing.
                self.shown[token].iter().any(spent_before)
            }
            (Deed::Redeem { .. }, _) => false,
            // The password was right, and then the subject was banned or signed out everywhere. With sessions in Redis, what this sign-in was
            // to take the place of has ended by then.
            (Deed::SignIn { subject, .. }, _) if operation.outcome == Outcome::Refused(401) => {
                self.may_be_ended_during(*subject, operation.start, operation.end)
            }
            _ => true,
        }
    }

    /// Whether something may have ended every sign-in of a subject between these times.
    pub(super) fn may_be_ended_during(&self, subject: Subject, from: Nanos, to: Nanos) -> bool {
        self.may_end_all(subject, from).any(|end| self.operation(end).start <= to && self.over(end) >= from)
    }

    /// Whether an operation may have made the very credential useless that it showed.
    fn uses_up(&self, place: usize) -> bool {
        let operation = self.operation(place);
        match &operation.deed {
            Deed::Check { route: Route::Session, renewed, .. } => {
                renewed.is_some() || (operation.outcome != Outcome::Ok && operation.outcome.may_have_happened())
            }
            Deed::Redeem { .. } => operation.outcome.may_have_happened(),
            // A refusal shows the form again: a session whose roles have changed gets another secret with it.
            Deed::Password { .. } => true,
            _ => false,
        }
    }
}

fn subject(deed: &Deed) -> Option<Subject> {
    match deed {
        Deed::Create { subject, .. }
        | Deed::SignIn { subject, .. }
        | Deed::EndAll { subject, .. }
        | Deed::Password { subject, .. }
        | Deed::Disable { subject }
        | Deed::Enable { subject }
        | Deed::SetRoles { subject, .. } => Some(*subject),
        Deed::Check { .. } | Deed::Redeem { .. } | Deed::Exchange { .. } | Deed::End { .. } => None,
        Deed::List | Deed::Guess { .. } | Deed::Call { .. } => None,
    }
}
