//! Signing in with a password: the same work and the same words whether or not there is such a user. The password is verified
//! first; the proof of that then opens a session or a token family (`token.rs`).

use std::sync::Arc;
use std::time::Duration;

use admit_core::audit::{Actor, Event, EventKind};
use admit_core::credential::password::{Password, Verdict};
use admit_core::id::SubjectId;
use admit_core::proved::Proved;
use admit_core::session::Device;
use admit_core::store::Account;
use admit_core::subject::{Status, Username};
use admit_core::throttle::Claimant;
use zeroize::Zeroizing;

use super::{Cause, Failure, Operations};
use crate::hashing::Asker;

/// How long an address stays known to an account.
const REMEMBERED: Duration = Duration::from_secs(90 * 24 * 3600);

/// Nobody's id: what is asked of the store for a name that nobody has, so that every name costs the same calls.
const NOBODY: SubjectId = SubjectId::from_bytes([0; 16]);

/// What somebody typed to sign in, and where from.
pub struct SignIn<'a> {
    /// The username as typed.
    pub username: &'a str,
    /// The password as typed.
    pub password: &'a str,
    /// The client's address prefix.
    pub prefix: String,
    /// What to show in the list of devices.
    pub device: Device,
}

/// Somebody whose password was right.
pub(super) struct PasswordProof {
    /// Opens a session or a token family.
    pub(super) proved: Proved,
    /// The account at that moment.
    pub(super) account: Account,
    name: String,
    prefix: String,
    known: bool,
    /// The password again, when its hash is to be made at today's cost.
    rehash: Option<Zeroizing<String>>,
}

impl PasswordProof {
    fn claimant(&self) -> Claimant<'_> {
        Claimant { account: &self.name, prefix: &self.prefix, known: self.known, session: None }
    }
}

impl Operations {
    /// Verifies a password and begins a session with `begin`, which returns `None` for a user who was disabled or signed out
    /// everywhere after the password was verified.
    ///
    /// # Errors
    /// [`Failure::Credentials`] alike for an unknown name, a wrong password and a banned subject; throttled; a full pool.
    pub async fn sign_in<B, F>(
        self: &Arc<Self>,
        by: &Cause,
        sign_in: SignIn<'_>,
        begin: impl FnOnce(Proved, Device, Event) -> F,
    ) -> Result<B, Failure>
    where
        F: Future<Output = Result<Option<B>, Failure>>,
    {
        let device = sign_in.device.clone();
        let proof = self.prove(by, sign_in).await?;
        let event = Cause { actor: Actor::Subject(proof.proved.subject()), ..by.clone() }
            .event(EventKind::SessionCreated, self.clock.now());
        let Some(begun) = begin(proof.proved, device, event).await? else {
            return Err(self.refuse_proved(by, &proof).await);
        };
        self.afterwards(proof);
        Ok(begun)
    }

    /// Verifies a password.
    ///
    /// # Errors
    /// As [`Self::sign_in`].
    pub(super) async fn prove(&self, by: &Cause, sign_in: SignIn<'_>) -> Result<PasswordProof, Failure> {
        // Nothing that could be anybody's password, whoever is meant: nothing is looked up, counted or written down for it.
        let Some(typed_password) = Password::new(sign_in.password) else { return Err(Failure::Credentials) };
        let username = Username::existing(sign_in.username).ok();
        // A name that cannot exist is counted under one entry: it is nobody's, and must not fill the table.
        let name = username.as_ref().map_or("", Username::canonical).to_owned();
        // Before any store is asked: how long a refusal takes must not depend on whether there is such an account.
        if let Some(wait) = self.wait(&name, &sign_in.prefix) {
            return Err(self.throttled(by, &name, &sign_in.prefix, wait).await);
        }
        if let Some(wait) = self.wait_of_address(&sign_in.prefix)
            && self.all_are_strangers_at(&sign_in.prefix).await?
        {
            return Err(self.throttled(by, "", &sign_in.prefix, wait).await);
        }
        let (account, known) = match &username {
            Some(username) => self.account(username, &sign_in.prefix).await?,
            None => (None, false),
        };
        let claimant = Claimant { account: &name, prefix: &sign_in.prefix, known, session: None };
        let stored = account.as_ref().map(|account| account.password.clone());
        let (verified, attempt) = self.attempt(by, claimant, typed_password, stored).await?;
        let matched = account.as_ref().map(|account| account.subject.id);
        let active = account.filter(|account| account.subject.status == Status::Active);
        let (Verdict::Right(right), Some(account)) = (verified.verdict, active) else {
            drop(attempt);
            let failure = self.refuse(by, &claimant, matched).await;
            self.hasher.level(&verified).await;
            return Err(failure);
        };
        attempt.succeeded();
        self.episodes.end(&name, &sign_in.prefix);
        let proved = Proved::by_password(&account.subject, right, self.clock.now());
        let rehash = right.rehash().then(|| Zeroizing::new(sign_in.password.to_owned()));
        Ok(PasswordProof { proved, account, name, prefix: sign_in.prefix, known, rehash })
    }

    /// The account of this name, if there is one, and whether it has signed in from this address before. The same questions for
    /// every name.
    async fn account(&self, username: &Username, prefix: &str) -> Result<(Option<Account>, bool), Failure> {
        let account = self.accounts.by_username(username).await?;
        let id = account.as_ref().map_or(NOBODY, |account| account.subject.id);
        let known = self.knows_address(id, prefix).await?;
        Ok((account, known))
    }

    /// Whether nobody has signed in from this address before.
    async fn all_are_strangers_at(&self, prefix: &str) -> Result<bool, Failure> {
        let now = self.clock.monotonic();
        if self.strangers.are_all_at(prefix, now) {
            return Ok(true);
        }
        let anyone = self.accounts.knows_anyone_at(prefix, self.clock.now().minus(REMEMBERED)).await?;
        if !anyone {
            self.strangers.note(prefix, now);
        }
        Ok(!anyone)
    }

    /// Whether this subject has signed in from this address before.
    pub(super) async fn knows_address(&self, id: SubjectId, prefix: &str) -> Result<bool, Failure> {
        Ok(self.accounts.knows_address(id, prefix, self.clock.now().minus(REMEMBERED)).await?)
    }

    /// The answer to somebody who was banned, or signed out everywhere, just after the password was found right.
    pub(super) async fn refuse_proved(&self, by: &Cause, proof: &PasswordProof) -> Failure {
        self.count_failure(proof.claimant()).await;
        self.refuse(by, &proof.claimant(), Some(proof.proved.subject())).await
    }

    async fn refuse(&self, by: &Cause, claimant: &Claimant<'_>, matched: Option<SubjectId>) -> Failure {
        // The name as typed may be a password in the wrong field: it is not written down. Whose account it is, is; that costs one
        // write like any other failure.
        let mut event = by.event(EventKind::LoginFailed, self.clock.now());
        event.subject = matched;
        if let Some(subject) = matched {
            self.episodes.failed(claimant.account, claimant.prefix, subject, self.clock.monotonic());
        }
        match self.accounts.record(event).await {
            Ok(()) => Failure::Credentials,
            Err(error) => error.into(),
        }
    }

    /// Remembers that this subject has signed in from this address.
    pub(super) async fn learn_address(&self, id: SubjectId, prefix: String) {
        match self.accounts.learn_address(id, prefix.clone(), self.clock.now()).await {
            Ok(()) => self.strangers.forget(&prefix),
            Err(error) => tracing::warn!(%error, "an address was not remembered"),
        }
    }

    /// What need not be waited for: remembering the address, and hashing anew at today's cost.
    pub(super) fn afterwards(self: &Arc<Self>, proof: PasswordProof) {
        let operations = Arc::clone(self);
        tokio::spawn(async move {
            let PasswordProof { account, name, prefix, known, rehash, .. } = proof;
            let id = account.subject.id;
            let asker = Asker::new(name, &prefix, true);
            if !known {
                operations.learn_address(id, prefix).await;
            }
            let Some(password) = rehash.as_ref().and_then(|password| Password::new(password)) else { return };
            if let Ok(hash) = operations.hasher.hash(asker, password).await {
                let now = operations.clock.now();
                let event = Event::new(EventKind::PasswordRehashed, Actor::Server, now).about(id);
                if let Err(error) = operations.accounts.rehash(id, account.password, hash, event).await {
                    tracing::warn!(%error, "a password was not hashed anew");
                }
            }
        });
    }
}
