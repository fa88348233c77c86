//! What the site remembers of its tokens: which refresh token was used, and which access tokens are revoked.

use std::collections::{HashMap, HashSet};
use std::sync::Mutex;

use super::now;
use crate::flaw::Flaw;
use crate::site::lock;
use crate::user::Account;

#[derive(Debug, Default)]
pub(crate) struct Tokens {
    state: Mutex<State>,
}

/// All tokens that go back to one sign-in.
pub(crate) type FamilyId = usize;

#[derive(Debug, Default)]
struct State {
    families: Vec<Family>,
    refresh: HashMap<String, Refresh>,
    revoked: HashSet<String>,
}

#[derive(Debug)]
struct Family {
    user: &'static Account,
    session: Option<String>,
    /// The `jti` of each of its JWTs.
    jtis: Vec<String>,
    /// Access tokens die with it.
    dead: bool,
    /// Its refresh tokens are good for nothing more.
    closed: bool,
}

#[derive(Debug)]
struct Refresh {
    family: FamilyId,
    used: bool,
    expires: u64,
}

impl Tokens {
    /// A sign-in, for as long as the session lives where it is bound to one.
    pub(crate) fn open(&self, user: &'static Account, session: Option<String>) -> FamilyId {
        let mut state = lock(&self.state);
        state.families.push(Family { user, session, jtis: Vec::new(), dead: false, closed: false });
        state.families.len() - 1
    }

    /// A token that a family is given after its death is dead from the start.
    pub(super) fn remember_jti(&self, family: FamilyId, jti: &str) {
        let mut state = lock(&self.state);
        match state.families.get_mut(family) {
            Some(family) if !family.dead => family.jtis.push(jti.to_owned()),
            _ => {
                state.revoked.insert(jti.to_owned());
            }
        }
    }

    pub(super) fn remember_refresh(&self, family: FamilyId, token: &str, expires: u64) {
        lock(&self.state).refresh.insert(token.to_owned(), Refresh { family, used: false, expires });
    }

    /// Uses a refresh token up. One that comes twice is known to two, and nobody knows which of them is the thief.
    pub(crate) fn redeem(&self, flaw: Option<Flaw>, token: &str) -> Option<(FamilyId, &'static Account)> {
        let mut state = lock(&self.state);
        let refresh = state.refresh.get_mut(token).filter(|refresh| now() < refresh.expires)?;
        let (family, used) = (refresh.family, refresh.used);
        refresh.used = true;
        if used && flaw != Some(Flaw::RefreshReplay) {
            if flaw != Some(Flaw::RefreshFamily) {
                state.end(|id, _| id == family);
            }
            return None;
        }
        let found = state.families.get(family).filter(|family| !family.closed)?;
        Some((family, found.user))
    }

    /// Ends the family of an access token, and with it that token, unless `jwt-logout` is the flaw.
    pub(crate) fn revoke(&self, flaw: Option<Flaw>, jti: &str) {
        let mut state = lock(&self.state);
        let holds = |family: &Family| family.jtis.iter().any(|found| found == jti);
        if flaw == Some(Flaw::JwtLogout) {
            state.families.iter_mut().filter(|family| holds(family)).for_each(|family| family.closed = true);
            return;
        }
        state.end(|_, family| holds(family));
        state.revoked.insert(jti.to_owned());
    }

    pub(crate) fn end_of_user(&self, user: &'static Account) {
        lock(&self.state).end(|_, family| family.user == user);
    }

    pub(crate) fn end_of_session(&self, session: &str) {
        lock(&self.state).end(|_, family| family.session.as_deref() == Some(session));
    }

    pub(super) fn is_revoked(&self, jti: &str) -> bool {
        lock(&self.state).revoked.contains(jti)
    }
}

impl State {
    fn end(&mut self, is_meant: impl Fn(FamilyId, &Family) -> bool) {
        for (id, family) in self.families.iter_mut().enumerate() {
            if is_meant(id, family) {
                family.dead = true;
                family.closed = true;
                self.revoked.extend(family.jtis.drain(..));
            }
        }
    }
}
