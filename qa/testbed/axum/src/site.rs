//! What the handlers share: the flaw, the options and the state, which is in memory alone.

use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::flaw::Flaw;
use crate::session::Sessions;
use crate::throttle::Throttle;
use crate::token::{Keys, Tokens};
use crate::user::{Account, Users};

/// How a site is started. The default is a free port, plain http, and the lifetimes of the contract.
#[derive(Clone, Debug)]
pub struct Options {
    /// The port on 127.0.0.1; 0 for one that is free.
    pub port: u16,
    /// https when there is one.
    pub tls: Option<Tls>,
    /// A session ends after this long without a request.
    pub idle: Duration,
    /// How long an access token is good.
    pub token_lifetime: Duration,
    /// The `aud` of access tokens.
    pub audience: String,
    /// Passwords cost next to nothing, for whoever does not look at the time.
    pub quick_hashes: bool,
}

/// A certificate and its key.
#[derive(Clone, Debug)]
pub struct Tls {
    /// The chain, PEM.
    pub cert: Vec<u8>,
    /// The private key, PEM.
    pub key: Vec<u8>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            port: 0,
            tls: None,
            idle: Duration::from_secs(30 * 60),
            token_lifetime: Duration::from_secs(5 * 60),
            audience: "testbed".to_owned(),
            quick_hashes: false,
        }
    }
}

#[derive(Debug)]
pub(crate) struct Site {
    flaw: Option<Flaw>,
    /// Scheme, host and port, without a slash behind.
    pub(crate) url: String,
    pub(crate) options: Options,
    pub(crate) users: Users,
    pub(crate) sessions: Sessions,
    pub(crate) throttle: Throttle,
    pub(crate) tokens: Tokens,
    pub(crate) keys: Keys,
}

impl Site {
    /// Makes keys and hashes the passwords: slow, and not for the threads that answer.
    pub(crate) fn new(flaw: Option<Flaw>, url: String, options: Options) -> io::Result<Self> {
        let truncates = flaw == Some(Flaw::PasswordTruncated);
        Ok(Self {
            flaw,
            url,
            users: Users::new(truncates, options.quick_hashes)?,
            sessions: Sessions::new(flaw, options.idle),
            throttle: Throttle::default(),
            tokens: Tokens::default(),
            keys: Keys::generate()?,
            options,
        })
    }

    pub(crate) fn has(&self, flaw: Flaw) -> bool {
        self.flaw == Some(flaw)
    }

    pub(crate) const fn flaw(&self) -> Option<Flaw> {
        self.flaw
    }

    /// Ends a session, and the access tokens that it was given.
    pub(crate) fn end_session(&self, id: &str) {
        self.sessions.end(id);
        self.tokens.end_of_session(id);
    }

    /// What follows a change of the password: the user's tokens die, and all sessions but this one.
    pub(crate) fn end_others(&self, account: &'static Account, kept: &str) {
        if !self.has(Flaw::SessionPasswordChange) {
            self.sessions.end_others(account, kept);
        }
        self.tokens.end_of_user(account);
    }
}

/// A handler that panicked has not made what it held unusable.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
