//! What the checks of tokens are made of.

use admit_core::assurance::{Assurance, Methods};
use admit_core::audit::{Actor, Event, EventKind};
use admit_core::client::{Audience, ClientGeneration, ClientId};
use admit_core::credential::RefreshDigest;
use admit_core::id::SessionId;
use admit_core::jws::KeyId;
use admit_core::proved::Proved;
use admit_core::random::{OsRandom, Random};
use admit_core::session::Device;
use admit_core::signal::{Position, Revoked, Signal, Told};
use admit_core::store::{EventQuery, Exchanged, FamilyBegun, Issuable, NewFamily, Redeemed, Redemption};
use admit_core::subject::SubjectState;
use admit_core::time::Timestamp;
use admit_core::token::{Claims, Holder, TokenId};

use super::fixture::{at, event};
use super::{Outcome, Stores, TOKENS, fault};

/// A family as its client knows it: its name, and the refresh token that it holds now.
#[derive(Clone, Copy)]
pub(super) struct Grant {
    pub(super) id: SessionId,
    pub(super) token: RefreshDigest,
}

/// When an access token ends that is issued so many seconds into the check.
pub(super) fn token_end(seconds: u64) -> Timestamp {
    at(seconds).plus(TOKENS.access)
}

/// The client that every family of the checks is bound to.
pub(super) fn app() -> Outcome<ClientId> {
    Ok(ClientId::parse("app")?)
}

pub(super) fn refresh() -> Outcome<RefreshDigest> {
    let mut bytes = [0; 32];
    OsRandom.fill(&mut bytes)?;
    Ok(RefreshDigest::from_bytes(bytes))
}

/// The digest of the one token that takes a token's place; nothing here has the tokens themselves.
pub(super) fn successor(of: RefreshDigest) -> RefreshDigest {
    RefreshDigest::from_bytes(of.as_bytes().map(|byte| byte.wrapping_add(1)))
}

pub(super) fn new_family(subject: &SubjectState, seconds: u64) -> Outcome<NewFamily> {
    Ok(NewFamily {
        id: SessionId::new(at(seconds), &OsRandom)?,
        digest: refresh()?,
        proved: Proved::vouched_for(subject, Methods::PASSWORD, at(seconds)),
        client: app()?,
        roles_version: subject.roles_version,
        created_at: at(seconds),
        absolute_expires_at: at(seconds).plus(TOKENS.refresh_absolute),
        token_until: token_end(seconds),
        device: Device { user_agent: "App/1".to_owned(), address: "192.0.2.1".to_owned() },
    })
}

/// `grant`'s token presented by its own client, with no access token made yet.
pub(super) fn redemption(grant: &Grant, seconds: u64) -> Outcome<Redemption> {
    Ok(Redemption {
        family: grant.id,
        presented: grant.token,
        successor: successor(grant.token),
        seen: None,
        client: app()?,
        at: at(seconds),
        token_until: token_end(seconds),
    })
}

/// The key that signed what the checks look up, unless they say otherwise.
pub(super) fn kid() -> KeyId {
    KeyId::from_text("key")
}

/// What an access token says that is issued to this subject now, by this session or family.
pub(super) fn claims(subject: &SubjectState, session: SessionId) -> Outcome<Claims> {
    let (generation, assurance) = (subject.token_generation(), Assurance::of_before(at(0)));
    let holder = Holder::User { id: subject.id, session, generation, assurance };
    Ok(Claims {
        holder,
        client: app()?,
        client_generation: ClientGeneration::default(),
        audience: Audience::parse("https://api.example.org")?,
        roles: subject.roles.clone(),
        issued_at: at(0),
        expires_at: token_end(0),
        id: TokenId::new(&OsRandom)?,
    })
}

impl Stores {
    /// A family begun so many seconds into the check.
    pub(super) async fn begin(&self, subject: &SubjectState, seconds: u64) -> Outcome<Grant> {
        let new = new_family(subject, seconds)?;
        let grant = Grant { id: new.id, token: new.digest };
        let event = Event::new(EventKind::TokenFamilyBegun, Actor::Subject(subject.id), at(seconds));
        match self.families.begin(new, event).await? {
            FamilyBegun::Family(family) if family.id == grant.id => Ok(grant),
            other => Err(fault(format!("not begun: {other:?}"))),
        }
    }

    /// What is answered to this very redemption.
    pub(super) async fn redeem_once(&self, redemption: Redemption) -> Outcome<Redeemed> {
        let reused = Event::new(EventKind::RefreshTokenReused, Actor::Anonymous, redemption.at);
        Ok(self.families.redeem(redemption, reused).await?)
    }

    /// The same, and again with what its subject is.
    pub(super) async fn redeem(&self, mut redemption: Redemption) -> Outcome<Redeemed> {
        for _ in 0..4 {
            match self.redeem_once(redemption.clone()).await? {
                Redeemed::Changed(family) => redemption.seen = Some(family.subject.token_generation()),
                other => return Ok(other),
            }
        }
        Err(fault("its subject changes all the time".to_owned()))
    }

    /// What becomes of a token when its own client presents it.
    pub(super) async fn present(&self, grant: &Grant, seconds: u64) -> Outcome<Redeemed> {
        self.redeem(redemption(grant, seconds)?).await
    }

    /// Redeems a token that must be good.
    pub(super) async fn issue(&self, grant: &Grant, seconds: u64) -> Outcome<(Grant, Issuable)> {
        let redemption = redemption(grant, seconds)?;
        let renewed = Grant { token: redemption.successor, ..*grant };
        match self.redeem(redemption).await? {
            Redeemed::Family(family) if family.id == grant.id => Ok((renewed, family)),
            other => Err(fault(format!("a good token, {seconds} s into the check: {other:?}"))),
        }
    }

    /// The same, for its successor alone.
    pub(super) async fn renew(&self, grant: &Grant, seconds: u64) -> Outcome<Grant> {
        Ok(self.issue(grant, seconds).await?.0)
    }

    /// The public names in the list of a subject's families.
    pub(super) async fn granted(&self, subject: &SubjectState, seconds: u64) -> Outcome<Vec<SessionId>> {
        Ok(self.families.families(subject.id, at(seconds)).await?.iter().map(|open| open.id).collect())
    }

    /// Ends a family in the name of its subject.
    pub(super) async fn end_family(&self, subject: &SubjectState, family: SessionId, seconds: u64) -> Outcome<bool> {
        Ok(self.families.end_family(subject.id, family, event(EventKind::TokenFamilyEnded, seconds)).await?)
    }

    /// Exchanges a session of what its subject is here for an access token.
    pub(super) async fn exchange(
        &self,
        subject: &SubjectState,
        session: SessionId,
        seconds: u64,
    ) -> Outcome<Option<Issuable>> {
        let (seen, event) = (subject.token_generation(), event(EventKind::SessionExchanged, seconds));
        match self.families.exchange(subject.id, session, seen, token_end(seconds), event).await? {
            Exchanged::Session(issuable) => Ok(Some(issuable)),
            Exchanged::Ended => Ok(None),
            Exchanged::Changed(now) => Err(fault(format!("of {subject:?}, who is {now:?}"))),
        }
    }

    /// What a token that says this is dead of, if it is.
    pub(super) fn died_of(&self, claims: &Claims) -> Option<Revoked> {
        self.signals.revocations().look_up(claims, &kid()).err()
    }

    /// Every signal that is kept.
    pub(super) async fn signals(&self) -> Outcome<Vec<Signal>> {
        Ok(self.signals.follow(None).await?.missed)
    }

    /// What they tell.
    pub(super) async fn told(&self) -> Outcome<Vec<Told>> {
        Ok(self.signals().await?.into_iter().map(|signal| signal.told).collect())
    }

    /// The end of the list.
    pub(super) async fn position(&self) -> Outcome<Position> {
        let following = self.signals.follow(None).await?;
        Ok(Position { log: following.log, seq: following.seq })
    }

    /// How many events of a kind there are, about whomever.
    pub(super) async fn count(&self, kind: EventKind) -> Outcome<usize> {
        let query = EventQuery { kind: Some(kind), limit: 10_000, ..EventQuery::default() };
        Ok(self.accounts.events(query).await?.len())
    }
}
