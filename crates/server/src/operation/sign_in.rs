//! Signing in with a password: the same work and the same words whether or not there is such a user.

use std::sync::Arc;
use std::time::Duration;

use admit::{Begun, Gate};
use admit_core::audit::{Actor, EventKind};
use admit_core::credential::SessionDigest;
use admit_core::credential::password::{Password, PasswordHash, Verdict};
use admit_core::session::Device;
use admit_core::store::Account;
use admit_core::subject::{Status, Username};
use admit_core::throttle::Attempt;
use zeroize::Zeroizing;

use super::{Cause, Failure, Operations};
use crate::hashing::Verified;

/// How long an address stays known to an account.
const REMEMBERED: Duration = Duration::from_secs(90 * 24 * 3600);

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
    /// The session that the browser presented, if any: it ends when the new one begins.
    pub replaces: Option<SessionDigest>,
}

/// Somebody whose password was right.
pub(super) struct Proved {
    /// Who.
    pub(super) account: Account,
    name: String,
    prefix: String,
    known: bool,
    /// The password again, when its hash is to be made at today's cost.
    rehash: Option<Zeroizing<String>>,
}

impl Proved {
    fn attempt(&self) -> Attempt<'_> {
        Attempt { account: &self.name, prefix: &self.prefix, known: self.known }
    }
}

impl Operations {
    /// Verifies a password and begins a session.
    ///
    /// # Errors
    /// [`Failure::Credentials`] alike for an unknown name, a wrong password and a banned subject; throttled; a full pool.
    pub async fn sign_in(self: &Arc<Self>, gate: &Gate, by: &Cause, sign_in: SignIn<'_>) -> Result<Begun, Failure> {
        let (device, replaces) = (sign_in.device.clone(), sign_in.replaces);
        let proved = self.prove(by, sign_in).await?;
        let event = Cause { actor: Actor::Subject(proved.account.subject.id), ..by.clone() }
            .event(EventKind::SessionCreated, self.clock.now());
        let begun = gate
            .begin_session(&proved.account.subject, device, replaces, event)
            .await
            .map_err(|rejection| Failure::Unavailable(format!("the session could not begin: {rejection:?}")))?;
        // Banned, or signed out everywhere, between the password and here.
        let Some(begun) = begun else { return Err(self.refuse_proved(by, &proved).await) };
        self.afterwards(proved);
        Ok(begun)
    }

    /// Verifies a password.
    ///
    /// # Errors
    /// As [`Self::sign_in`].
    pub(super) async fn prove(&self, by: &Cause, sign_in: SignIn<'_>) -> Result<Proved, Failure> {
        let now = self.clock.now();
        // Nothing that could be anybody's password, whoever is meant: nothing is looked up, counted or written down for it.
        let Some(typed_password) = Password::new(sign_in.password) else { return Err(Failure::Credentials) };
        let username = Username::parse(sign_in.username).ok();
        // A name that cannot exist is counted under one entry: it is nobody's, and must not fill the table.
        let name = username.as_ref().map_or("", Username::canonical).to_owned();
        let account = match &username {
            Some(username) => self.accounts.by_username(username).await?,
            None => None,
        };
        let known = match &account {
            Some(account) => {
                self.accounts.knows_address(account.subject.id, &sign_in.prefix, now.minus(REMEMBERED)).await?
            }
            None => false,
        };
        let attempt = Attempt { account: &name, prefix: &sign_in.prefix, known };
        if let Some(wait) = self.throttle.wait(attempt, now) {
            // Not written to the audit log each time: an attacker would choose how fast the disk fills.
            tracing::warn!(address = by.address, "sign-in throttled");
            return Err(Failure::Throttled(wait.as_secs() + 1));
        }

        let verified = self.verify(typed_password, account.as_ref()).await?;
        let active = account.filter(|account| account.subject.status == Status::Active);
        let (Verdict::Right { rehash }, Some(account)) = (verified.verdict, active) else {
            // Counted first: whoever sends many guesses at once must not have them all under way before one counts.
            let failure = self.refuse(by, attempt).await;
            self.hasher.level(&verified).await;
            return Err(failure);
        };
        self.throttle.succeeded(attempt);
        let rehash = rehash.then(|| Zeroizing::new(sign_in.password.to_owned()));
        Ok(Proved { account, name, prefix: sign_in.prefix, known, rehash })
    }

    /// The answer to somebody who was banned, or signed out everywhere, just after the password was found right.
    pub(super) async fn refuse_proved(&self, by: &Cause, proved: &Proved) -> Failure {
        self.refuse(by, proved.attempt()).await
    }

    async fn verify(&self, password: Password, account: Option<&Account>) -> Result<Verified, Failure> {
        let stored: Option<PasswordHash> = account.map(|account| account.password.clone());
        Ok(self.hasher.verify(password, stored).await?)
    }

    async fn refuse(&self, by: &Cause, attempt: Attempt<'_>) -> Failure {
        let now = self.clock.now();
        self.throttle.failed(attempt, now);
        // The name as typed may be a password in the wrong field: it is not written down.
        match self.accounts.record(by.event(EventKind::LoginFailed, now)).await {
            Ok(()) => Failure::Credentials,
            Err(error) => error.into(),
        }
    }

    /// What need not be waited for: remembering the address, and hashing anew at today's cost.
    pub(super) fn afterwards(self: &Arc<Self>, proved: Proved) {
        let operations = Arc::clone(self);
        tokio::spawn(async move {
            let Proved { account, prefix, known, rehash, .. } = proved;
            let now = operations.clock.now();
            let id = account.subject.id;
            if !known && let Err(error) = operations.accounts.learn_address(id, prefix, now).await {
                tracing::warn!(%error, "an address was not remembered");
            }
            let Some(password) = rehash.as_ref().and_then(|password| Password::new(password)) else { return };
            if let Ok(hash) = operations.hasher.hash(password).await {
                let event = admit_core::audit::Event::new(EventKind::PasswordRehashed, Actor::Server, now).about(id);
                if let Err(error) = operations.accounts.rehash(id, account.password, hash, event).await {
                    tracing::warn!(%error, "a password was not hashed anew");
                }
            }
        });
    }
}
