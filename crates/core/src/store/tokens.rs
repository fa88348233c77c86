//! What a store promises of tokens: families of refresh tokens, signals, signing keys.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use super::Reply;
use crate::assurance::Assurance;
use crate::audit::Event;
use crate::client::{ClientGeneration, ClientId};
use crate::credential::RefreshDigest;
use crate::id::{SessionId, SubjectId};
use crate::jws::KeyId;
use crate::keyring::KeyRecord;
use crate::proved::Proved;
use crate::session::Device;
use crate::signal::{LogId, Position, Revocations, Signal};
use crate::subject::{SubjectState, TokenGeneration};
use crate::time::{Moment, Timestamp};
use crate::token::TokenId;

/// A family of refresh tokens to be begun: one sign-in of one client.
#[derive(Clone, Debug)]
pub struct NewFamily {
    /// Its public name, the `sid` of its access tokens.
    pub id: SessionId,
    /// The digest of its first refresh token.
    pub digest: RefreshDigest,
    /// Whose it is, and what was proved.
    pub proved: Proved,
    /// The client that it is bound to.
    pub client: ClientId,
    /// The roles version that the access token was made of.
    pub roles_version: u32,
    /// When.
    pub created_at: Timestamp,
    /// When it ends at the latest.
    pub absolute_expires_at: Timestamp,
    /// When the access token that goes with it ends.
    pub token_until: Timestamp,
    /// Where from.
    pub device: Device,
}

/// A family and the state of its subject, read together.
#[derive(Clone, Debug)]
pub struct Issuable {
    /// Its public name.
    pub id: SessionId,
    /// When it ends at the latest, and with it every token of it.
    pub absolute_expires_at: Timestamp,
    /// What was proved when it began.
    pub assurance: Assurance,
    /// Its subject, as it is now.
    pub subject: Arc<SubjectState>,
}

/// The outcome of beginning a family.
#[derive(Clone, Debug)]
pub enum FamilyBegun {
    /// It is there.
    Family(Issuable),
    /// Nothing was begun: the subject's roles have changed, and the access token has to be made of these.
    Changed(Arc<SubjectState>),
    /// The subject was disabled, or its generation rose, between the password check and now.
    Refused,
}

/// A refresh token to be redeemed.
#[derive(Clone, Debug)]
pub struct Redemption {
    /// The family that the token names.
    pub family: SessionId,
    /// The digest of what was presented: a token that this server made for that family, once.
    pub presented: RefreshDigest,
    /// The digest of the one token that takes its place.
    pub successor: RefreshDigest,
    /// What the access token was made of that goes with it; `None` when none was made yet.
    pub seen: Option<TokenGeneration>,
    /// The client that presented it.
    pub client: ClientId,
    /// When.
    pub at: Timestamp,
    /// When the access token that goes with it ends.
    pub token_until: Timestamp,
}

/// The outcome of redeeming a refresh token.
#[derive(Clone, Debug)]
pub enum Redeemed {
    /// It is used, and its successor is the family's token. Or it was a moment ago, its successor is unused, and this is that
    /// again: the answer was lost, or it was used several times at once.
    Family(Issuable),
    /// It would be, and nothing was changed: its subject is not what was seen but this.
    Changed(Issuable),
    /// No family has it, or its family is dead.
    Unknown,
    /// Another client's.
    OtherClient,
    /// It was redeemed before, and longer ago or its successor too: somebody has a copy. The family is dead now.
    Reused,
}

/// The outcome of exchanging a session.
#[derive(Clone, Debug)]
pub enum Exchanged {
    /// It is written down.
    Session(Issuable),
    /// Nothing was: the session's subject is not what was seen but this.
    Changed(Arc<SubjectState>),
    /// The session is not live.
    Ended,
}

/// A family as its owner sees it in the list of devices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenFamily {
    /// Its public name.
    pub id: SessionId,
    /// The client that it is bound to.
    pub client: ClientId,
    /// When it began.
    pub created_at: Timestamp,
    /// When its refresh token was last redeemed.
    pub last_used_at: Timestamp,
    /// When it ends if it is not used again.
    pub idle_expires_at: Timestamp,
    /// When it ends at the latest.
    pub absolute_expires_at: Timestamp,
    /// Where it was begun from.
    pub device: Device,
}

impl OpenFamily {
    /// Whether time alone has ended it, with `idle` as the longest time between two uses. Times from the future count as now.
    #[must_use]
    pub fn is_expired(&self, idle: Duration, now: Timestamp) -> bool {
        let absolute = match self.created_at.is_ahead_of(now) {
            true => self.absolute_expires_at.min(now.plus(self.absolute_expires_at.since(self.created_at))),
            false => self.absolute_expires_at,
        };
        now >= absolute || now.since(self.last_used_at.as_of(now)) >= idle
    }
}

/// Where families of refresh tokens live, and where it is known which access tokens are out.
pub trait Families: Send + Sync + 'static {
    /// Begins a family, and ends the oldest ones over the limit.
    fn begin(&self, new: NewFamily, event: Event) -> Reply<FamilyBegun>;

    /// Redeems a refresh token in one atomic step, if its subject is still what was seen. A token has one successor: used again
    /// within the grace time, and before its successor was, it is that again. Any other use of an old one ends the family,
    /// with an event of its own kind that says of which family (RFC 9700 section 4.14.2).
    fn redeem(&self, redemption: Redemption, event: Event) -> Reply<Redeemed>;

    /// Ends a family by its client (RFC 7009). `false` when this client has none of that name.
    fn end_by_client(&self, family: SessionId, client: ClientId, event: Event) -> Reply<bool>;

    /// Ends one family of a subject by its public name. `false` when it had none of that name.
    fn end_family(&self, subject: SubjectId, family: SessionId, event: Event) -> Reply<bool>;

    /// Ends every live sign-in of a subject but `keep` in one step: the sessions, and the families. Answers how many. Each has an
    /// event of its own like `event`, with its public name, of the kind [`SessionRevoked`](crate::audit::EventKind::SessionRevoked)
    /// or [`TokenFamilyEnded`](crate::audit::EventKind::TokenFamilyEnded).
    fn end_others(&self, subject: SubjectId, keep: Option<SessionId>, event: Event) -> Reply<u64>;

    /// The live families of a subject, newest first.
    fn families(&self, subject: SubjectId, now: Timestamp) -> Reply<Vec<OpenFamily>>;

    /// Notes that a session is exchanged for an access token that was made of what was `seen` and ends at `until`, so that its
    /// end will be told.
    fn exchange(
        &self,
        subject: SubjectId,
        session: SessionId,
        seen: TokenGeneration,
        until: Timestamp,
        event: Event,
    ) -> Reply<Exchanged>;

    /// Writes down that a client's assertion was used. `false` when it had been before.
    fn use_assertion(&self, client: ClientId, id: String, until: Timestamp, now: Timestamp) -> Reply<bool>;
}

/// What follows a list of signals: first those that are still needed, then each new one when it is in force.
pub struct Following {
    /// The list.
    pub log: LogId,
    /// The last number given so far.
    pub seq: u64,
    /// Those after the position asked for, or all when that is of another list.
    pub missed: Vec<Signal>,
    /// Those that come.
    pub coming: Box<dyn Coming>,
}

/// Signals as they come.
pub trait Coming: Send {
    /// The next one. `None` when the follower was too slow, or the store stops: it asks again from its last position.
    fn next(&mut self) -> Pin<Box<dyn Future<Output = Option<Signal>> + Send + '_>>;

    /// A moment, `at_most` before now or later, as of which everything is known here: whatever was acknowledged before it,
    /// by whichever process, has come out of [`Self::next`] or is ready there when this has answered.
    ///
    /// Where processes share a store that is the beginning of the last completed question to it, never the time of this
    /// call: a process that the store does not answer knows nothing about the present.
    ///
    /// # Errors
    /// When no such moment can be proved. Nobody may then be told that nothing has happened.
    fn known_as_of(&self, at_most: Duration) -> Reply<Moment>;
}

/// Where signals are kept while a token could need them.
pub trait Signals: Send + Sync + 'static {
    /// What is revoked, in memory: true for every check that starts after an acknowledged change of this process, and for
    /// those of other processes as far as [`Self::confirm`] says.
    fn revocations(&self) -> Arc<Revocations>;

    /// Makes sure that what is in memory is at most `max_staleness` old: that it has every revocation that was acknowledged
    /// before that, by whichever process. Where one process has the store it always has.
    fn confirm(&self, max_staleness: Duration) -> Reply<()> {
        let _ = max_staleness;
        Reply::ready(Ok(()))
    }

    /// Revokes one access token until its own end.
    fn revoke_token(&self, token: TokenId, until: Timestamp, event: Event) -> Reply<()>;

    /// Says what tokens of each client may say from now on ([`Client::rights`](crate::client::Client::rights)). A client whose
    /// rights have changed, or that is gone, gets its next generation: followers are told, and the audit log gets an event, made of
    /// this one. Answers the generation of every client that is there.
    fn declare_clients(
        &self,
        clients: BTreeMap<ClientId, String>,
        event: Event,
    ) -> Reply<BTreeMap<ClientId, ClientGeneration>>;

    /// Follows the list from a position on.
    fn follow(&self, from: Option<Position>) -> Reply<Following>;
}

/// Where signing keys are kept.
pub trait Keys: Send + Sync + 'static {
    /// Every key.
    fn keys(&self) -> Reply<Vec<KeyRecord>>;

    /// Adds a key, if the keys that are not withdrawn are as many as the caller believes: of two at once, one is added.
    fn add_key(&self, key: KeyRecord, beside: usize, event: Event) -> Reply<bool>;

    /// Withdraws a key. `false` when there is none of that name, or it was withdrawn before.
    fn revoke_key(&self, kid: KeyId, event: Event) -> Reply<bool>;

    /// Deletes a key that nobody needs any more.
    fn delete_key(&self, kid: KeyId) -> Reply<()>;
}
