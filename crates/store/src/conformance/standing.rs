//! An actor that is no longer what it was when it was allowed changes nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use admit_core::audit::{Actor, Event, EventKind};
use admit_core::client::ClientId;
use admit_core::credential::{OneTimeToken, Purpose};
use admit_core::id::SessionId;
use admit_core::jws::{Algorithm, KeyId, Sealed};
use admit_core::keyring::KeyRecord;
use admit_core::random::OsRandom;
use admit_core::standing::{LostStanding, Standing};
use admit_core::store::{Change, EventQuery, ImportedSubject, StoreError};
use admit_core::subject::{Status, SubjectState, Username};
use admit_core::token::{Claims, TokenId};

use super::fixture::{Held, at, digest, event, hash, new_session, new_subject, roles};
use super::tokens::{claims, kid, new_family, redemption, token_end};
use super::{Outcome, Stores, ensure, fault};

/// What may befall an actor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Loss {
    Disabled,
    Demoted,
    AllSessionsEnded,
    NewPassword,
    SignInEnded,
}

const LOSSES: [Loss; 5] = [Loss::Disabled, Loss::Demoted, Loss::AllSessionsEnded, Loss::NewPassword, Loss::SignInEnded];

impl Loss {
    async fn befall(self, stores: &Stores, actor: &SubjectState, sign_in: SessionId) -> Outcome {
        let change = match self {
            Self::Disabled => Change::Status(Status::Disabled),
            Self::Demoted => Change::Roles(Vec::new()),
            Self::AllSessionsEnded => Change::EndSessions,
            Self::NewPassword => Change::Password(hash("reset")),
            Self::SignInEnded => {
                let ended = event(EventKind::SessionRevoked, 2);
                if !stores.sessions.end(actor.id, sign_in, ended).await? {
                    ensure!(stores.end_family(actor, sign_in, 2).await?, "there is no such sign-in");
                }
                return Ok(());
            }
        };
        stores.change(actor, change, 2).await.map(drop)
    }
}

/// Somebody whom the changes are about, with a sign-in of each kind.
struct Target {
    subject: Arc<SubjectState>,
    session: Held,
    family: SessionId,
}

async fn target(stores: &Stores, name: &str) -> Outcome<Target> {
    let subject = stores.subject(name, &["customer"]).await?;
    let session = stores.sign_in(&subject, 1).await?;
    let family = stores.begin(&subject, 1).await?.id;
    Ok(Target { subject, session, family })
}

fn key(seconds: u64, kid: KeyId) -> KeyRecord {
    let (created_at, sealed) = (at(seconds), Sealed::from_bytes(vec![1]));
    KeyRecord { kid, algorithm: Algorithm::default(), sealed, created_at, signs_from: created_at, revoked_at: None }
}

/// Tries every change that there is. What came of each, by its name.
async fn try_all(stores: &Stores, target: &Target, event: &Event) -> Outcome<Vec<(&'static str, Option<StoreError>)>> {
    let (accounts, id, family) = (&stores.accounts, target.subject.id, target.family);
    let one = || event.clone();
    let mut tried = Vec::new();
    macro_rules! attempt {
        ($name:literal, $change:expr) => {
            tried.push(($name, $change.await.err()))
        };
    }
    attempt!("create", accounts.create(new_subject("accomplice", &["admin"])?, one()));
    let link = OneTimeToken::new(&OsRandom)?.digest();
    attempt!("keep link", accounts.keep_link(link, Purpose::FirstAdmin, at(3600), one()));
    let password = OneTimeToken::new(&OsRandom)?.digest();
    attempt!("keep password link", accounts.keep_link(password, Purpose::Password(id), at(3600), one()));
    attempt!("use link", accounts.create_with_link(new_subject("first", &["owner"])?, link, vec![one(), one()]));
    let subject = new_subject("imported", &["admin"])?;
    let imported = ImportedSubject { subject, status: Status::Active, event: one() };
    attempt!("import", accounts.import(vec![imported], true));
    let version = target.subject.roles_version;
    for change in [
        Change::Roles(roles(&["admin"])?),
        Change::RolesIf { version, roles: roles(&["admin"])? },
        Change::Status(Status::Disabled),
        Change::Password(hash("theirs")),
        Change::PasswordIf { still: hash("first"), new: hash("theirs") },
        Change::EndSessions,
    ] {
        attempt!("change", accounts.change(id, change.clone(), one()));
        let keep = roles(&["admin"])?.remove(0);
        attempt!("change keeping", accounts.change_keeping(id, change, keep, one()));
    }
    attempt!("rename", accounts.rename(id, Username::parse("theirs")?, one()));
    attempt!("rehash", accounts.rehash(id, hash("first"), hash("again"), one()));
    attempt!("record", accounts.record(one()));
    attempt!("end", stores.sessions.end(id, target.session.id, one()));
    attempt!("rotate", stores.sessions.rotate(target.session.digest, digest(id)?, one()));
    attempt!("open", stores.sessions.open(new_session(&target.subject, 3)?, one()));
    attempt!("end family", stores.families.end_family(id, family, one()));
    attempt!("end by client", stores.families.end_by_client(family, ClientId::parse("app")?, one()));
    attempt!("end others", stores.families.end_others(id, None, one()));
    attempt!("begin", stores.families.begin(new_family(&target.subject, 3)?, one()));
    let seen = target.subject.token_generation();
    attempt!("exchange", stores.families.exchange(id, target.session.id, seen, token_end(3), one()));
    let token = super::tokens::Grant { id: family, token: super::tokens::refresh()? };
    attempt!("redeem", stores.families.redeem(redemption(&token, 3)?, one()));
    attempt!("revoke token", stores.signals.revoke_token(TokenId::new(&OsRandom)?, token_end(3), one()));
    let beside = stores.keys.keys().await?.iter().filter(|key| key.revoked_at.is_none()).count();
    attempt!("add key", stores.keys.add_key(key(3, KeyId::from_text("another")), beside, one()));
    attempt!("revoke key", stores.keys.revoke_key(KeyId::from_text("spare"), one()));
    Ok(tried)
}

/// Everything that a change could have changed, in words.
async fn picture(stores: &Stores, target: &Target) -> Outcome<String> {
    let subject = &target.subject;
    let account = stores.accounts.by_id(subject.id).await?.ok_or_else(|| fault("the target is gone".to_owned()))?;
    let all = stores.accounts.search("", None, 1000).await?.len();
    let events = stores.accounts.events(EventQuery { limit: 10_000, ..EventQuery::default() }).await?.len();
    let (sessions, families) = (stores.listed(subject, 4).await?, stores.granted(subject, 4).await?);
    let keys = stores.keys.keys().await?.iter().filter(|key| key.revoked_at.is_none()).count();
    let (signals, hash) = (stores.signals().await?.len(), account.password.as_phc().to_owned());
    Ok(format!("{:?} {hash} {all} {events} {sessions:?} {families:?} {keys} {signals}", account.subject))
}

/// Nothing of this actor's is done, for this reason.
async fn all_refused(stores: &Stores, target: &Target, event: &Event, why: LostStanding, when: &str) -> Outcome {
    let before = picture(stores, target).await?;
    for (change, error) in try_all(stores, target, event).await? {
        let refused = matches!(&error, Some(StoreError::StandingLost(lost)) if *lost == why);
        ensure!(refused, "{change} after {when}: {error:?}");
    }
    let after = picture(stores, target).await?;
    ensure!(before == after, "after {when}:\n{before}\n{after}");
    Ok(())
}

fn by(actor: &SubjectState, standing: Standing) -> Event {
    Event::new(EventKind::FindingWaived, Actor::Subject(actor.id), at(3)).standing(standing)
}

/// The standing of somebody who is signed in by a session.
async fn of_session(stores: &Stores, held: &Held) -> Outcome<Standing> {
    let checked = stores.check(held, 1).await?.ok_or_else(|| fault("not signed in".to_owned()))?;
    Ok(Standing::of_session(&checked.session, &checked.subject))
}

async fn with_keys(stores: &Stores) -> Outcome {
    for (beside, kid) in [kid(), KeyId::from_text("spare")].into_iter().enumerate() {
        let added = stores.keys.add_key(key(0, kid), beside, event(EventKind::KeyCreated, 0)).await?;
        ensure!(added, "the key was not added");
    }
    Ok(())
}

pub(super) async fn whoever_lost_the_session_or_the_roles_changes_nothing_any_more(stores: Stores) -> Outcome {
    with_keys(&stores).await?;
    let target = target(&stores, "target").await?;
    for loss in LOSSES {
        let actor = stores.subject(&format!("{loss:?}"), &["admin"]).await?;
        let held = stores.sign_in(&actor, 1).await?;
        let event = by(&actor, of_session(&stores, &held).await?);
        loss.befall(&stores, &actor, held.id).await?;
        let why = if loss == Loss::Demoted { LostStanding::Roles } else { LostStanding::Session };
        all_refused(&stores, &target, &event, why, &format!("{loss:?}")).await?;
    }
    let replaced = stores.subject("replaced", &["admin"]).await?;
    let held = stores.sign_in(&replaced, 1).await?;
    let event = by(&replaced, of_session(&stores, &held).await?);
    stores.open(admit_core::session::NewSession { replaces: Some(held.digest), ..new_session(&replaced, 2)? }).await?;
    all_refused(&stores, &target, &event, LostStanding::Session, "another sign-in of the same browser").await
}

pub(super) async fn whoever_lost_the_token_changes_nothing_any_more(stores: Stores) -> Outcome {
    with_keys(&stores).await?;
    let target = target(&stores, "target").await?;
    for loss in LOSSES {
        for exchanged in [false, true] {
            let when = format!("{loss:?}, {}", if exchanged { "a session's token" } else { "an app's token" });
            let actor = stores.subject(&format!("{loss:?}-{exchanged}"), &["admin"]).await?;
            let (sign_in, claims) = token_of(&stores, &actor, exchanged).await?;
            let event = by(&actor, Standing::of_token(&claims, &kid()));
            loss.befall(&stores, &actor, sign_in).await?;
            all_refused(&stores, &target, &event, LostStanding::Token, &when).await?;
        }
    }
    let actor = stores.subject("revoked", &["admin"]).await?;
    let (_, claims) = token_of(&stores, &actor, false).await?;
    let standing = Standing::of_token(&claims, &kid());
    stores.signals.revoke_token(claims.id, claims.expires_at, event(EventKind::TokenRevoked, 2)).await?;
    all_refused(&stores, &target, &by(&actor, standing), LostStanding::Token, "its revocation").await?;
    let claims = self::claims(&actor, SessionId::new(at(1), &OsRandom)?)?;
    let stranger = by(&actor, Standing::of_token(&claims, &kid()));
    all_refused(&stores, &target, &stranger, LostStanding::Token, "no sign-in at all").await?;
    let (_, claims) = token_of(&stores, &actor, false).await?;
    let standing = Standing::of_token(&claims, &kid());
    stores.keys.revoke_key(kid(), event(EventKind::KeyRevoked, 2)).await?;
    all_refused(&stores, &target, &by(&actor, standing), LostStanding::Token, "its key's withdrawal").await
}

async fn token_of(stores: &Stores, actor: &SubjectState, exchanged: bool) -> Outcome<(SessionId, Claims)> {
    let sign_in = if exchanged {
        let held = stores.sign_in(actor, 1).await?;
        ensure!(stores.exchange(actor, held.id, 1).await?.is_some(), "not exchanged");
        held.id
    } else {
        stores.begin(actor, 1).await?.id
    };
    Ok((sign_in, claims(actor, sign_in)?))
}

pub(super) async fn whoever_still_is_what_they_were_changes_what_they_may(stores: Stores) -> Outcome {
    with_keys(&stores).await?;
    let actor = stores.subject("actor", &["admin"]).await?;
    let held = stores.sign_in(&actor, 1).await?;
    let (_, of_app) = token_of(&stores, &actor, false).await?;
    let (_, of_exchange) = token_of(&stores, &actor, true).await?;
    let standings = [
        of_session(&stores, &held).await?,
        Standing::of_token(&of_app, &kid()),
        Standing::of_token(&of_exchange, &kid()),
    ];
    for (number, standing) in standings.into_iter().enumerate() {
        let target = target(&stores, &format!("target{number}")).await?;
        stores.accounts.record(by(&actor, standing.clone())).await?;
        for change in [Change::Roles(roles(&["editor"])?), Change::EndSessions, Change::Status(Status::Disabled)] {
            let changed = stores.accounts.change(target.subject.id, change, by(&actor, standing.clone())).await?;
            ensure!(changed.is_some(), "not changed");
        }
    }
    Ok(())
}

pub(super) async fn a_change_of_roles_does_not_stop_what_anybody_may_do_to_their_own_account(
    stores: Stores,
) -> Outcome {
    with_keys(&stores).await?;
    let actor = stores.subject("actor", &["admin"]).await?;
    let (held, other) = (stores.sign_in(&actor, 1).await?, stores.sign_in(&actor, 1).await?);
    let standing = of_session(&stores, &held).await?.whatever_its_roles();
    let (_, claims) = token_of(&stores, &actor, false).await?;
    let token = Standing::of_token(&claims, &kid()).whatever_its_roles();
    Loss::Demoted.befall(&stores, &actor, held.id).await?;
    stores.accounts.record(by(&actor, token)).await?;
    ensure!(stores.sessions.end(actor.id, other.id, by(&actor, standing.clone())).await?, "it was not ended");
    ensure!(stores.families.end_others(actor.id, Some(held.id), by(&actor, standing.clone())).await? == 1, "the app");
    let changed = stores.accounts.change(actor.id, Change::EndSessions, by(&actor, standing.clone())).await?;
    ensure!(changed.is_some(), "not signed out everywhere");
    let again = stores.accounts.change(actor.id, Change::EndSessions, by(&actor, standing)).await;
    ensure!(
        matches!(again, Err(StoreError::StandingLost(LostStanding::Session))),
        "by a session that ended: {again:?}"
    );
    Ok(())
}

pub(super) async fn of_two_tokens_that_revoke_each_other_at_once_one_does(stores: Stores) -> Outcome {
    with_keys(&stores).await?;
    let (alice, bob) = (stores.subject("alice", &["admin"]).await?, stores.subject("bob", &["admin"]).await?);
    let (of_alice, _) = token_of(&stores, &alice, false).await?;
    let (of_bob, _) = token_of(&stores, &bob, false).await?;
    for round in 0..20 {
        let (a, b) = (claims(&alice, of_alice)?, claims(&bob, of_bob)?);
        let by_a = by(&alice, Standing::of_token(&a, &kid()));
        let by_b = by(&bob, Standing::of_token(&b, &kid()));
        let answers = tokio::join!(
            stores.signals.revoke_token(b.id, b.expires_at, by_a),
            stores.signals.revoke_token(a.id, a.expires_at, by_b)
        );
        let lost =
            |answer: &Result<(), StoreError>| matches!(answer, Err(StoreError::StandingLost(LostStanding::Token)));
        let one = (answers.0.is_ok() && lost(&answers.1)) || (answers.1.is_ok() && lost(&answers.0));
        ensure!(one, "round {round}: {answers:?}");
    }
    Ok(())
}

pub(super) async fn no_change_comes_after_the_acknowledged_end_of_its_actor(stores: Stores) -> Outcome {
    for round in 0..12 {
        let loss = *LOSSES.get(round % LOSSES.len()).unwrap_or(&Loss::Disabled);
        let actor = stores.subject(&format!("actor{round}"), &["admin"]).await?;
        let held = stores.sign_in(&actor, 1).await?;
        let standing = of_session(&stores, &held).await?;
        let over = Arc::new(AtomicBool::new(false));
        let acts = (0..4).map(|_| {
            let (stores, event) = (stores.clone(), by(&actor, standing.clone()).about(actor.id));
            let over = Arc::clone(&over);
            tokio::spawn(async move {
                let mut more = 5;
                while more > 0 {
                    match stores.accounts.record(event.clone()).await {
                        Ok(()) => more -= u32::from(over.load(Ordering::Acquire)),
                        Err(StoreError::StandingLost(_)) => return Ok(()),
                        Err(error) => return Err(error),
                    }
                }
                Ok(())
            })
        });
        let acts: Vec<_> = acts.collect();
        loss.befall(&stores, &actor, held.id).await?;
        let acknowledged = stores.kinds(&actor).await?.len();
        over.store(true, Ordering::Release);
        for act in acts {
            act.await??;
        }
        let in_the_end = stores.kinds(&actor).await?.len();
        ensure!(acknowledged == in_the_end, "{loss:?}: {acknowledged} events, then {in_the_end}");
    }
    Ok(())
}
