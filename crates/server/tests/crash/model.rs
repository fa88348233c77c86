//! What one subject's history allows to be seen after a crash, and what is seen instead.
//!
//! One thread does everything that is done to a subject, one request after another, so the order is known, and at most
//! the last request of a round has had no answer. Of that one either nothing or everything may have happened.

use std::collections::{BTreeMap, BTreeSet};

/// A session as its owner knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Session {
    pub(crate) secret: String,
    pub(crate) id: String,
    pub(crate) csrf_token: String,
}

/// What a thread did to its subject.
#[derive(Clone, Debug)]
pub(crate) enum Deed {
    /// A login; the session, when the answer came.
    SignIn(Option<Session>),
    /// The end of one session, by itself or by another of the same subject.
    End { secret: String },
    /// The end of all sessions, by the subject or by an administrator.
    EndAll,
    /// A ban.
    Disable,
    /// The end of a ban.
    Enable,
    /// Other roles.
    SetRoles(Vec<String>),
    /// `GET /session`, which replaces the secret of a session whose roles have changed.
    Look { secret: String, renewed: Option<Session> },
}

/// An event that must be in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Expected {
    pub(crate) kind: &'static str,
    /// The id of the request that caused it, where the log has one.
    pub(crate) request: Option<String>,
    pub(crate) session: Option<String>,
}

/// An event as the log has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Logged {
    pub(crate) seq: u64,
    pub(crate) kind: String,
    pub(crate) request: Option<String>,
    pub(crate) session: Option<String>,
}

/// What the server says of a subject after a restart.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen {
    /// Whether each session, by its secret, is signed in.
    pub(crate) alive: BTreeMap<String, bool>,
    pub(crate) roles: Vec<String>,
    pub(crate) active: bool,
    /// The events about this subject, oldest first.
    pub(crate) events: Vec<Logged>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    Alive,
    Dead,
    /// The request that may have ended it was not answered.
    Open,
}

/// What is known of a subject.
#[derive(Clone, Debug, Default)]
pub(crate) struct Model {
    pub(crate) sessions: BTreeMap<String, (Session, Fate)>,
    pub(crate) roles: Vec<String>,
    pub(crate) active: bool,
    roles_perhaps: Option<Vec<String>>,
    active_perhaps: Option<bool>,
    /// Sessions whose next `GET /session` gives them a new secret.
    stale: BTreeSet<String>,
    expected: Vec<Expected>,
    /// Requests without an answer so far: each may have left one event that nobody expects.
    unanswered: usize,
}

impl Model {
    /// A subject that the command line has just made.
    pub(crate) fn new(roles: &[&str]) -> Self {
        let created = Expected { kind: "subject-created", request: None, session: None };
        let roles = roles.iter().map(|role| (*role).to_owned()).collect();
        Self { roles, active: true, expected: vec![created], ..Self::default() }
    }

    pub(crate) fn with_fate(&self, wanted: Fate) -> Vec<Session> {
        self.sessions.values().filter(|(_, fate)| *fate == wanted).map(|(session, _)| session.clone()).collect()
    }

    /// Notes a deed that was answered with success, by the request of this id.
    pub(crate) fn acknowledged(&mut self, deed: Deed, request: String) {
        let (kind, mut session) = match &deed {
            Deed::SignIn(opened) => ("session-created", opened.as_ref().map(|session| session.id.clone())),
            Deed::End { secret } => {
                ("session-revoked", self.sessions.get(secret).map(|(session, _)| session.id.clone()))
            }
            Deed::EndAll => ("sessions-revoked", None),
            Deed::Disable => ("subject-disabled", None),
            Deed::Enable => ("subject-enabled", None),
            Deed::SetRoles(_) => ("roles-changed", None),
            Deed::Look { renewed, .. } => ("session-rotated", renewed.as_ref().map(|session| session.id.clone())),
        };
        let mut request = Some(request);
        match deed {
            Deed::SignIn(Some(opened)) => drop(self.sessions.insert(opened.secret.clone(), (opened, Fate::Alive))),
            Deed::SignIn(None) => session = None,
            Deed::End { secret } => self.end(|one| *one == secret, Fate::Dead),
            Deed::EndAll => self.end(|_| true, Fate::Dead),
            Deed::Disable => {
                self.active = false;
                self.end(|_| true, Fate::Dead);
            }
            Deed::Enable => self.active = true,
            Deed::SetRoles(roles) => {
                self.roles = roles;
                self.all_stale();
            }
            Deed::Look { renewed: None, .. } => return,
            Deed::Look { secret, renewed: Some(renewed) } => {
                // The server does this by itself, so the log names no request.
                request = None;
                // The old one is good for ten seconds beside it: what is found of it says nothing.
                self.sessions.remove(&secret);
                self.sessions.insert(renewed.secret.clone(), (renewed, Fate::Alive));
            }
        }
        self.expected.push(Expected { kind, request, session });
    }

    /// Notes a deed whose answer never came.
    pub(crate) fn unanswered(&mut self, deed: Deed) {
        self.unanswered += 1;
        match deed {
            Deed::SignIn(_) => {}
            Deed::End { secret } => self.end(|one| *one == secret, Fate::Open),
            Deed::EndAll => self.end(|_| true, Fate::Open),
            Deed::Disable => {
                self.active_perhaps = Some(false);
                self.end(|_| true, Fate::Open);
            }
            Deed::Enable => self.active_perhaps = Some(true),
            Deed::SetRoles(roles) => {
                self.roles_perhaps = Some(roles);
                self.all_stale();
            }
            Deed::Look { secret, .. } if self.stale.contains(&secret) => drop(self.sessions.remove(&secret)),
            Deed::Look { .. } => self.unanswered -= 1,
        }
    }

    fn end(&mut self, which: impl Fn(&String) -> bool, as_fate: Fate) {
        for (secret, (_, fate)) in &mut self.sessions {
            if which(secret) && *fate != Fate::Dead {
                *fate = as_fate;
            }
        }
    }

    fn all_stale(&mut self) {
        self.stale.extend(self.with_fate(Fate::Alive).into_iter().map(|session| session.secret));
    }

    /// Everything in `seen` that this history does not allow.
    pub(crate) fn violations(&self, seen: &Seen) -> Vec<String> {
        let mut wrong = Vec::new();
        let mut open = BTreeSet::new();
        for (secret, alive) in &seen.alive {
            let Some((session, fate)) = self.sessions.get(secret) else { continue };
            match (fate, alive) {
                (Fate::Alive, false) => wrong.push(format!("an acknowledged login is lost: session {}", session.id)),
                (Fate::Dead, true) => wrong.push(format!("an ended session is back: {}", session.id)),
                (Fate::Open, alive) => drop(open.insert(*alive)),
                (Fate::Alive, true) | (Fate::Dead, false) => {}
            }
        }
        if open.len() > 1 {
            wrong.push("one change ended some of its sessions and not the others".to_owned());
        }
        let roles_allowed = seen.roles == self.roles || Some(&seen.roles) == self.roles_perhaps.as_ref();
        if !roles_allowed {
            wrong.push(format!("roles are {:?}; {:?} was acknowledged", seen.roles, self.roles));
        }
        if seen.active != self.active && Some(seen.active) != self.active_perhaps {
            wrong.push(format!("active is {}; {} was acknowledged", seen.active, self.active));
        }
        if self.active_perhaps == Some(false) && open.iter().any(|alive| *alive != seen.active) {
            wrong.push("a ban and the end of its sessions are not one".to_owned());
        }
        self.judge_log(&seen.events, &mut wrong);
        wrong
    }

    fn judge_log(&self, events: &[Logged], wrong: &mut Vec<String>) {
        if !events.is_sorted_by(|a, b| a.seq < b.seq) {
            wrong.push("the places in the log do not rise".to_owned());
        }
        let mut rest = events.iter();
        let mut lost = 0;
        for expected in &self.expected {
            let same = |event: &Logged| {
                event.kind == expected.kind && event.request == expected.request && event.session == expected.session
            };
            let before = rest.clone();
            if rest.any(same) {
                continue;
            }
            rest = before;
            lost += 1;
            let how = if events.iter().any(same) { "is out of order" } else { "is not in the log" };
            wrong.push(format!("the acknowledged {expected:?} {how}"));
        }
        let unexpected = events.len() + lost - self.expected.len();
        if unexpected > self.unanswered {
            wrong.push(format!("{unexpected} events that nobody asked for, and {} without an answer", self.unanswered));
        }
    }

    /// Takes what was seen for what happened, where the history left it open.
    pub(crate) fn settle(&mut self, seen: &Seen) {
        for (secret, (_, fate)) in &mut self.sessions {
            if *fate == Fate::Open {
                *fate = if seen.alive.get(secret) == Some(&true) { Fate::Alive } else { Fate::Dead };
            }
        }
        self.roles.clone_from(&seen.roles);
        self.active = seen.active;
        (self.roles_perhaps, self.active_perhaps) = (None, None);
    }
}
