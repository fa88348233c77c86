//! Who comes to a route, and what the table says to each.

use std::collections::HashMap;
use std::fmt;

use admit_core::subject::RoleName;

use super::is_unsafe;
use crate::door::Answered;
use crate::table::{Cell, Line};
use crate::terms::{Accepts, Rule};
use admit_core::csrf::Csrf;

/// Whose credential it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Whose {
    /// Somebody with this one of the policy's roles.
    Role(usize),
    /// Somebody with none.
    NoRole,
    /// It has been ended or revoked.
    Dead,
    /// A session that the store gives no answer for; a token whose time is over.
    Unanswered,
}

impl Whose {
    pub(super) fn all(roles: &[RoleName]) -> impl Iterator<Item = Self> {
        (0..roles.len()).map(Self::Role).chain([Self::NoRole, Self::Dead, Self::Unanswered])
    }

    /// Those that must not be good have every role: nothing but what is wrong with them can stop them.
    pub(super) fn roles(self, roles: &[RoleName]) -> Vec<RoleName> {
        match self {
            Self::Role(place) => roles.get(place).cloned().into_iter().collect(),
            Self::NoRole => Vec::new(),
            Self::Dead | Self::Unanswered => roles.to_vec(),
        }
    }
}

/// What is wrong with a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bad {
    Expired,
    Forged,
    Revoked,
}

impl Bad {
    pub(super) fn spoil(self, good: &str, tokens: &HashMap<Whose, String>) -> String {
        match self {
            Self::Expired => tokens.get(&Whose::Unanswered).cloned().unwrap_or_default(),
            Self::Revoked => tokens.get(&Whose::Dead).cloned().unwrap_or_default(),
            Self::Forged => {
                let (signed, signature) = good.rsplit_once('.').unwrap_or_default();
                let first = if signature.starts_with('A') { 'B' } else { 'A' };
                let rest: String = signature.chars().skip(1).collect();
                format!("{signed}.{first}{rest}")
            }
        }
    }
}

/// What a caller presents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Credential {
    None,
    Session { whose: Whose, csrf: bool },
    Token { whose: Whose },
    BadToken(Bad),
}

/// From where a call comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum From {
    /// A program: it names no site.
    Program,
    /// A page of this site.
    OwnSite,
    /// A page of another.
    OtherSite,
}

/// A call.
#[derive(Clone, Debug)]
pub(super) struct Visit {
    pub(super) credential: Credential,
    pub(super) from: From,
    caller: String,
}

impl fmt::Display for Visit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.caller)
    }
}

/// What the table says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Expected {
    Passed,
    Stopped(u16),
    /// Passed, 401 for a fresh sign-in, or 403: the policy decides with what it learns then.
    Depends,
}

impl Expected {
    pub(super) fn fits(&self, answered: Answered) -> bool {
        match (self, answered) {
            (Self::Passed | Self::Depends, Answered::Passed) => true,
            (Self::Stopped(status), Answered::Stopped(answered)) => *status == answered.as_u16(),
            (Self::Depends, Answered::Stopped(answered)) => matches!(answered.as_u16(), 401 | 403),
            (Self::Passed, Answered::Stopped(_)) | (Self::Stopped(_), Answered::Passed) => false,
        }
    }
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Passed => f.write_str("that the handler is called"),
            Self::Stopped(status) => write!(f, "{status}"),
            Self::Depends => f.write_str("that the handler is called, 401 or 403"),
        }
    }
}

impl Visit {
    pub(super) fn all(roles: &[RoleName]) -> Vec<Self> {
        let visit = |credential, from, caller: String| Self { credential, from, caller };
        let mut visits = vec![
            visit(Credential::None, From::Program, "anonymous".to_owned()),
            visit(Credential::None, From::OtherSite, "anonymous on another site's page".to_owned()),
        ];
        for whose in Whose::all(roles) {
            let session = Credential::Session { whose, csrf: true };
            let name = match whose {
                Whose::Role(place) => format!("{} with a session", roles.get(place).map_or("?", RoleName::as_str)),
                Whose::NoRole => "somebody without a role with a session".to_owned(),
                Whose::Dead => "a session that has ended".to_owned(),
                Whose::Unanswered => "a session that the store gives no answer for".to_owned(),
            };
            visits.push(visit(session, From::OwnSite, name.clone()));
            if matches!(whose, Whose::Role(_) | Whose::NoRole) {
                visits.push(visit(session, From::OtherSite, format!("{name}, on another site's page")));
                let bare = Credential::Session { whose, csrf: false };
                visits.push(visit(bare, From::OwnSite, format!("{name}, without its CSRF token")));
                let name = name.replace("with a session", "with an access token");
                visits.push(visit(Credential::Token { whose }, From::Program, name));
            }
        }
        for (how, word) in [(Bad::Expired, "expired"), (Bad::Forged, "forged"), (Bad::Revoked, "revoked")] {
            visits.push(visit(Credential::BadToken(how), From::Program, format!("an access token that is {word}")));
        }
        visits
    }

    /// What the line of the table comes to for this call.
    pub(super) fn expected(&self, line: &Line) -> Expected {
        let row = &line.row;
        let unsafe_method = is_unsafe(line);
        if row.csrf == Csrf::Client {
            return if unsafe_method && self.from == From::OtherSite {
                Expected::Stopped(403)
            } else {
                Expected::Passed
            };
        }
        if row.accepts == Accepts::Session
            && matches!(self.credential, Credential::Token { .. } | Credential::BadToken(_))
        {
            return Expected::Stopped(400);
        }
        let explicit = matches!(self.credential, Credential::Token { .. } | Credential::BadToken(_));
        if unsafe_method && self.from == From::OtherSite && !explicit && row.csrf != Csrf::AnyOrigin {
            return Expected::Stopped(403);
        }
        let without = matches!(self.credential, Credential::Session { csrf: false, .. });
        if unsafe_method && without {
            // Before login a session that is alive needs its token too.
            return Expected::Stopped(if row.csrf == Csrf::BeforeLogin { 409 } else { 403 });
        }
        // A public route finds out who it is when its handler asks, and a proof calls no handler.
        if row.rule == Rule::Public {
            return Expected::Passed;
        }
        match self.credential {
            Credential::BadToken(_) => Expected::Stopped(401),
            Credential::Session { whose: Whose::Unanswered, .. } => Expected::Stopped(503),
            Credential::None | Credential::Session { whose: Whose::Dead, .. } => of(&line.anonymous),
            Credential::Session { whose, .. } | Credential::Token { whose } => match (whose, &row.rule) {
                (Whose::Role(place), _) => line.by_role.get(place).map_or(Expected::Depends, of),
                (_, Rule::Require(_)) => Expected::Stopped(403),
                (_, Rule::Public | Rule::SignedIn) => Expected::Passed,
            },
        }
    }
}

fn of(cell: &Cell) -> Expected {
    match cell {
        Cell::Passes => Expected::Passed,
        Cell::Unauthorized => Expected::Stopped(401),
        Cell::Forbidden => Expected::Stopped(403),
        Cell::Depends(_) => Expected::Depends,
    }
}
