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

use super::{Cause, Failure, Operations};

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

impl Operations {
    /// Verifies a password and begins a session.
    ///
    /// # Errors
    /// [`Failure::Credentials`] alike for an unknown name, a wrong password and a banned subject; throttled; a full pool.
    pub async fn sign_in(self: &Arc<Self>, gate: &Gate, by: &Cause, sign_in: SignIn<'_>) -> Result<Begun, Failure> {
        let now = self.clock.now();
        let typed_password = Password::new(sign_in.password);
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

        let verdict = match typed_password {
            Some(password) => self.verify(password, account.as_ref()).await?,
            // Nothing that could be anybody's password; a well-formed guess costs the same for everybody.
            None => Verdict::Wrong,
        };
        let active = account.filter(|account| account.subject.status == Status::Active);
        let (Verdict::Right { rehash }, Some(account)) = (verdict, active) else {
            return self.refuse(by, attempt).await;
        };
        self.throttle.succeeded(attempt);

        let event = Cause { actor: Actor::Subject(account.subject.id), ..by.clone() }
            .event(EventKind::SessionCreated, self.clock.now());
        let begun = gate
            .begin_session(&account.subject, sign_in.device, sign_in.replaces, event)
            .await
            .map_err(|rejection| Failure::Unavailable(format!("the session could not begin: {rejection:?}")))?;
        // Banned, or signed out everywhere, between the password and here.
        let Some(begun) = begun else { return self.refuse(by, attempt).await };
        self.afterwards(&account, sign_in.prefix, known, rehash.then(|| sign_in.password.to_owned()));
        Ok(begun)
    }

    async fn verify(&self, password: Password, account: Option<&Account>) -> Result<Verdict, Failure> {
        let stored: Option<PasswordHash> = account.map(|account| account.password.clone());
        Ok(self.hasher.verify(password, stored).await?)
    }

    async fn refuse<T>(&self, by: &Cause, attempt: Attempt<'_>) -> Result<T, Failure> {
        let now = self.clock.now();
        self.throttle.failed(attempt, now);
        // The name as typed may be a password in the wrong field: it is not written down.
        self.accounts.record(by.event(EventKind::LoginFailed, now)).await?;
        Err(Failure::Credentials)
    }

    /// What need not be waited for: remembering the address, and hashing anew at today's cost.
    fn afterwards(self: &Arc<Self>, account: &Account, prefix: String, known: bool, rehash: Option<String>) {
        let (operations, account) = (Arc::clone(self), account.clone());
        tokio::spawn(async move {
            let now = operations.clock.now();
            let id = account.subject.id;
            if !known && let Err(error) = operations.accounts.learn_address(id, prefix, now).await {
                tracing::warn!(%error, "an address was not remembered");
            }
            let Some(password) = rehash.as_deref().and_then(Password::new) else { return };
            if let Ok(hash) = operations.hasher.hash(password).await {
                let event = admit_core::audit::Event::new(EventKind::PasswordRehashed, Actor::Server, now).about(id);
                if let Err(error) = operations.accounts.rehash(id, account.password, hash, event).await {
                    tracing::warn!(%error, "a password was not hashed anew");
                }
            }
        });
    }
}
