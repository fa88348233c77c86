//! Families, signals and keys after a restart and after a crash.

use admit_core::assurance::{Assurance, Methods};
use admit_core::client::{Audience, ClientGeneration, ClientId};
use admit_core::credential::RefreshDigest;
use admit_core::jws::{Algorithm, KeyId, Sealed};
use admit_core::keyring::KeyRecord;
use admit_core::proved::Proved;
use admit_core::random::Random;
use admit_core::signal::{Position, Revoked, Signal, Told};
use admit_core::store::{Exchanged, Families, FamilyBegun, Keys, NewFamily, Redeemed, Redemption, Signals};
use admit_core::token::{Claims, Holder, TokenId};

use super::*;

/// When the access tokens of these tests end.
const TOKEN_END: u64 = 300;

fn app() -> ClientId {
    ClientId::parse("app").unwrap()
}

fn refresh() -> RefreshDigest {
    let mut bytes = [0; 32];
    OsRandom.fill(&mut bytes).unwrap();
    RefreshDigest::from_bytes(bytes)
}

async fn begin(store: &Sqlite, subject: &SubjectState) -> (SessionId, RefreshDigest) {
    let new = NewFamily {
        id: SessionId::new(at(0), &OsRandom).unwrap(),
        digest: refresh(),
        proved: Proved::vouched_for(subject, Methods::PASSWORD, at(0)),
        client: app(),
        roles_version: subject.roles_version,
        created_at: at(0),
        absolute_expires_at: at(30 * 24 * 3600),
        token_until: at(TOKEN_END),
        device: Default::default(),
    };
    let held = (new.id, new.digest);
    let begun = Families::begin(store, new, event(EventKind::TokenFamilyBegun)).await.unwrap();
    assert!(matches!(begun, FamilyBegun::Family(_)));
    held
}

/// Presents a token, and says what its successor would be.
async fn present(
    store: &Sqlite,
    (family, presented): (SessionId, RefreshDigest),
    seconds: u64,
) -> (Redeemed, RefreshDigest) {
    let successor = RefreshDigest::from_bytes(presented.as_bytes().map(|byte| byte.wrapping_add(1)));
    let (at, token_until) = (at(seconds), at(TOKEN_END));
    let mut redemption = Redemption { family, presented, successor, seen: None, client: app(), at, token_until };
    let first = store.redeem(redemption.clone(), event(EventKind::RefreshTokenReused)).await.unwrap();
    let Redeemed::Changed(family) = first else { return (first, successor) };
    redemption.seen = Some(family.subject.token_generation());
    (store.redeem(redemption, event(EventKind::RefreshTokenReused)).await.unwrap(), successor)
}

fn died_of(store: &Sqlite, subject: &SubjectState, session: SessionId, token: TokenId, kid: &KeyId) -> Option<Revoked> {
    let claims = Claims {
        holder: Holder::User {
            id: subject.id,
            session,
            generation: subject.token_generation(),
            assurance: Assurance::of_before(at(0)),
        },
        client: app(),
        client_generation: ClientGeneration::default(),
        audience: Audience::parse("api").unwrap(),
        roles: subject.roles.clone(),
        issued_at: at(0),
        expires_at: at(TOKEN_END),
        id: token,
    };
    store.revocations().look_up(&claims, kid).err()
}

fn key(created: u64) -> KeyRecord {
    KeyRecord {
        kid: KeyId::new(&OsRandom).unwrap(),
        algorithm: Algorithm::default(),
        sealed: Sealed::from_bytes(vec![7; 48]),
        created_at: at(created),
        signs_from: at(created + 3600),
        revoked_at: None,
    }
}

async fn all(store: &Sqlite) -> (Position, Vec<Signal>) {
    let following = store.follow(None).await.unwrap();
    (Position { log: following.log, seq: following.seq }, following.missed)
}

fn token() -> TokenId {
    TokenId::new(&OsRandom).unwrap()
}

#[tokio::test]
async fn families_used_tokens_signals_and_keys_survive_a_restart_and_a_crash() {
    let (folder, crash) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let path = folder.path().join("admit.db");
    let store = Sqlite::open(&path, rules()).unwrap();
    let (alice, bob) = (subject(&store, "alice").await, subject(&store, "bob").await);
    let (first, ended, of_bob) = (begin(&store, &alice).await, begin(&store, &alice).await, begin(&store, &bob).await);
    let (redeemed, successor) = present(&store, first, 1).await;
    assert!(matches!(redeemed, Redeemed::Family(_)));
    assert!(store.end_family(alice.id, ended.0, event(EventKind::TokenFamilyEnded)).await.unwrap());
    let (_, exchanged) = sign_in(&*store, &alice).await;
    let exchange = store.exchange(
        alice.id,
        exchanged,
        alice.token_generation(),
        at(TOKEN_END),
        event(EventKind::SessionExchanged),
    );
    assert!(matches!(exchange.await.unwrap(), Exchanged::Session(_)));
    let disabled = Change::Status(Status::Disabled);
    let banned = store.change(bob.id, disabled, event(EventKind::SubjectDisabled)).await.unwrap().unwrap();
    let revoked = token();
    store.revoke_token(revoked, at(TOKEN_END), event(EventKind::TokenRevoked)).await.unwrap();
    let (kept_key, stolen_key) = (key(1), key(2));
    assert!(store.add_key(kept_key.clone(), 0, event(EventKind::KeyCreated)).await.unwrap());
    assert!(store.add_key(stolen_key.clone(), 1, event(EventKind::KeyCreated)).await.unwrap());
    assert!(store.revoke_key(stolen_key.kid.clone(), event(EventKind::KeyRevoked)).await.unwrap());
    assert!(store.use_assertion(app(), "a1".to_owned(), at(100), at(0)).await.unwrap());
    let before = all(&store).await;
    assert_eq!(before.1.len(), 7, "{:?}", before.1);

    let crashed = crashed_copy(&path, crash.path());
    drop(store);
    for path in [path, crashed] {
        let store = Sqlite::open(&path, rules()).unwrap();
        let (place, signals) = all(&store).await;
        assert_eq!((place.seq, &signals), (before.0.seq, &before.1), "the same signals with the same end");
        // Of a backup that was put back nobody could tell: the numbers that a follower knows may be given to others.
        assert_ne!(place.log, before.0.log, "under another name");
        let following = store.follow(Some(before.0)).await.unwrap();
        assert_eq!(following.missed, before.1, "a follower is told everything");

        let of = |subject: &SubjectState, family| died_of(&store, subject, family, token(), &kept_key.kid);
        assert_eq!(of(&alice, first.0), None);
        assert_eq!(of(&alice, ended.0), Some(Revoked::Session));
        assert_eq!(of(&bob, of_bob.0), Some(Revoked::Subject));
        assert_eq!(of(&banned, of_bob.0), None);
        assert_eq!(died_of(&store, &alice, first.0, revoked, &kept_key.kid), Some(Revoked::Token));
        assert_eq!(died_of(&store, &alice, first.0, token(), &stolen_key.kid), Some(Revoked::Key));

        let keys = store.keys().await.unwrap();
        assert_eq!(keys.iter().map(|key| &key.kid).collect::<Vec<_>>(), [&kept_key.kid, &stolen_key.kid]);
        assert_eq!(keys.iter().map(|key| key.revoked_at).collect::<Vec<_>>(), [None, Some(at(0))]);
        assert_eq!(keys.first().unwrap().sealed.as_bytes(), kept_key.sealed.as_bytes());
        assert!(!store.use_assertion(app(), "a1".to_owned(), at(100), at(1)).await.unwrap(), "it was used before");

        // That it was exchanged is not forgotten: its end is told, with the next number.
        assert!(store.end(alice.id, exchanged, event(EventKind::SessionRevoked)).await.unwrap());
        let told: Vec<_> = all(&store).await.1.into_iter().skip(before.1.len()).collect();
        assert!(
            matches!(told.as_slice(), [signal] if signal.seq == before.0.seq + 1
            && signal.told == Told::Session(exchanged)),
            "{told:?}"
        );

        for dead in [ended, of_bob] {
            assert!(matches!(present(&store, dead, 2).await.0, Redeemed::Unknown));
        }
        assert!(matches!(present(&store, first, 10).await.0, Redeemed::Family(_)), "within the grace time");
        assert!(matches!(present(&store, (first.0, successor), 11).await.0, Redeemed::Family(_)));
        assert!(matches!(present(&store, first, 12).await.0, Redeemed::Reused), "after the grace time");
        assert_eq!(of(&alice, first.0), Some(Revoked::Session));
    }
}

#[tokio::test]
async fn an_app_stays_signed_in_though_the_sessions_were_in_memory() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("admit.db");
    let memory = MemorySessions::open(&path, rules()).unwrap();
    let alice = subject(memory.accounts(), "alice").await;
    let held = begin(memory.accounts(), &alice).await;
    let (_, session) = sign_in(&*memory, &alice).await;
    let exchange = memory.accounts().exchange(
        alice.id,
        session,
        alice.token_generation(),
        at(TOKEN_END),
        event(EventKind::SessionExchanged),
    );
    assert!(matches!(exchange.await.unwrap(), Exchanged::Session(_)));
    drop(memory);
    let memory = MemorySessions::open(&path, rules()).unwrap();
    let store = memory.accounts();
    assert!(matches!(present(store, held, 1).await.0, Redeemed::Family(_)));
    // The session is gone, and its token with everything that alice has, when she says so.
    store.change(alice.id, Change::EndSessions, event(EventKind::SessionsRevoked)).await.unwrap();
    assert_eq!(died_of(store, &alice, session, token(), &key(0).kid), Some(Revoked::Subject));
}

#[tokio::test]
async fn a_failing_write_tells_nothing_and_takes_no_number() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("admit.db");
    let store = Sqlite::open(&path, rules()).unwrap();
    let alice = subject(&store, "alice").await;
    let (taken, replaced) = (sign_in(&*store, &alice).await, sign_in(&*store, &alice).await);
    let exchange = store.exchange(
        alice.id,
        replaced.1,
        alice.token_generation(),
        at(TOKEN_END),
        event(EventKind::SessionExchanged),
    );
    assert!(matches!(exchange.await.unwrap(), Exchanged::Session(_)));
    // It ends the session that it replaces, tells of that, and then fails.
    let twice = NewSession { replaces: Some(replaced.0), ..new_session(&alice, taken.0) };
    let (good, bad, good_too) = (
        store.revoke_token(token(), at(TOKEN_END), event(EventKind::TokenRevoked)),
        store.open(twice, event(EventKind::SessionCreated)),
        store.revoke_token(token(), at(TOKEN_END), event(EventKind::TokenRevoked)),
    );
    assert!(good.await.is_ok() && bad.await.is_err() && good_too.await.is_ok());
    let (position, signals) = all(&store).await;
    assert!(signals.iter().all(|signal| matches!(signal.told, Told::Token(_))), "{signals:?}");
    assert_eq!((signals.iter().map(|signal| signal.seq).collect::<Vec<_>>(), position.seq), (vec![1, 2], 2));
    assert_eq!(died_of(&store, &alice, replaced.1, token(), &key(0).kid), None);
}

#[tokio::test]
async fn none_of_very_many_sessions_is_exchanged_once_their_end_is_on_its_way() {
    for change in [Change::EndSessions, Change::Status(Status::Disabled)] {
        let folder = tempfile::tempdir().unwrap();
        let store = Sqlite::open(&folder.path().join("admit.db"), rules()).unwrap();
        let alice = subject(&store, "alice").await;
        let mut sessions = Vec::new();
        for _ in 0..200 {
            sessions.push(sign_in(&*store, &alice).await.1);
        }
        // The change deletes some of the rows. What is left is dead all the same, for whoever waits behind it.
        let before: Vec<_> = (0..8).map(|_| store.record(event(EventKind::LoginFailed))).collect();
        let ending = store.change(alice.id, change, event(EventKind::SessionsRevoked));
        let exchanges: Vec<_> = sessions
            .iter()
            .map(|id| {
                store.exchange(
                    alice.id,
                    *id,
                    alice.token_generation(),
                    at(TOKEN_END),
                    event(EventKind::SessionExchanged),
                )
            })
            .collect();
        for reply in before {
            reply.await.unwrap();
        }
        ending.await.unwrap().unwrap();
        for exchange in exchanges {
            assert!(matches!(exchange.await.unwrap(), Exchanged::Ended), "a token for a session that had been ended");
        }
    }
}

/// Redeems tokens of one family, begins and ends others, and says each on standard output once it is acknowledged.
#[tokio::test]
async fn the_child_with_families_that_is_killed() {
    let Ok(path) = std::env::var(CHILD) else { return };
    let store = Sqlite::open(path.as_ref(), rules()).unwrap();
    let alice = subject(&store, "alice").await;
    let (family, mut last) = begin(&store, &alice).await;
    let mut out = std::io::stdout();
    loop {
        let (redeemed, successor) = present(&store, (family, last), 0).await;
        assert!(matches!(redeemed, Redeemed::Family(_)));
        writeln!(out, "used {}{}", hex(family.as_bytes()), hex(last.as_bytes())).unwrap();
        last = successor;
        let (ended, _) = begin(&store, &alice).await;
        assert!(store.end_family(alice.id, ended, event(EventKind::TokenFamilyEnded)).await.unwrap());
        writeln!(out, "ended {}", hex(ended.as_bytes())).unwrap();
    }
}

#[tokio::test]
async fn what_was_acknowledged_of_tokens_before_a_kill_is_in_force_after_it() {
    for lines in [1, 40, 400] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("admit.db");
        let said =
            kill_child("durability::tokens::the_child_with_families_that_is_killed", &path, lines, &[5 + 96, 6 + 32]);
        let store = Sqlite::open(&path, rules()).unwrap();
        let alice = store.by_username(&Username::parse("alice").unwrap()).await.unwrap().unwrap().subject;
        let kid = key(0).kid;
        let mut used = Vec::new();
        for line in said {
            match line.split_once(' ').unwrap() {
                ("used", token) => {
                    let (family, digest) = token.split_at(32);
                    let token = (SessionId::from_bytes(unhex(family)), RefreshDigest::from_bytes(unhex(digest)));
                    used.push(token);
                }
                (_, family) => {
                    let family = SessionId::from_bytes(unhex(family));
                    assert_eq!(died_of(&store, &alice, family, token(), &kid), Some(Revoked::Session), "{line}");
                }
            }
        }
        let last = *used.last().unwrap();
        let (again, successor) = present(&store, last, 1).await;
        assert!(matches!(again, Redeemed::Family(_) | Redeemed::Reused), "{again:?}");
        if matches!(again, Redeemed::Family(_)) {
            // What took its place is good, so it was used indeed; and then the last one is not.
            assert!(matches!(present(&store, (last.0, successor), 1).await.0, Redeemed::Family(_)));
            assert!(matches!(present(&store, last, 1).await.0, Redeemed::Reused));
        }
        let numbers: Vec<_> = all(&store).await.1.iter().map(|signal| signal.seq).collect();
        assert_eq!(numbers, (1..=numbers.len() as u64).collect::<Vec<_>>());
    }
}
