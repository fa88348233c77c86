//! Stores with something of everything in them, in any script and of any size.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use admit_core::assurance::{Assurance, Method, Methods};
use admit_core::audit::{Actor, Event, EventKind};
use admit_core::client::ClientId;
use admit_core::credential::password::PasswordHash;
use admit_core::credential::{
    OneTimeToken, OneTimeTokenDigest, Purpose, RefreshDigest, RefreshKey, RefreshToken, SessionDigest, SessionToken,
};
use admit_core::id::{SessionId, SubjectId};
use admit_core::jws::{Algorithm, KeyId, Sealed};
use admit_core::keyring::KeyRecord;
use admit_core::proved::Proved;
use admit_core::random::OsRandom;
use admit_core::session::{Device, NewSession};
use admit_core::store::{
    Change, Created, EventQuery, FamilyBegun, NewFamily, NewSubject, Opened, Redeemed, Redemption,
};
use admit_core::subject::{RoleName, Status, SubjectState, Username};
use admit_core::time::Timestamp;
use admit_core::token::TokenId;
use admit_store::Stores;

pub(crate) fn at(seconds: u64) -> Timestamp {
    Timestamp::from_seconds(1_800_000_000 + seconds).plus(Duration::from_millis(7))
}

fn event(kind: EventKind, seconds: u64) -> Event {
    Event::new(kind, Actor::Anonymous, at(seconds))
}

pub(crate) async fn subject(stores: &Stores, name: &str) -> Arc<SubjectState> {
    let new = NewSubject {
        id: SubjectId::new(at(0), &OsRandom).unwrap(),
        username: Username::parse(name).unwrap(),
        password: PasswordHash::from_phc(format!("$2b$10$of {name}")),
        roles: vec![RoleName::parse("customer").unwrap(), RoleName::parse("admin").unwrap()],
        created_at: at(0),
    };
    match stores.accounts.create(new, event(EventKind::SubjectCreated, 0)).await.unwrap() {
        Created::Subject(subject) => subject,
        refused => panic!("{name}: {refused:?}"),
    }
}

pub(crate) async fn session(stores: &Stores, subject: &SubjectState, agent: &str, seconds: u64) -> SessionDigest {
    let digest = SessionToken::new_for(subject.id, &OsRandom).unwrap().digest();
    let new = NewSession {
        id: SessionId::new(at(seconds), &OsRandom).unwrap(),
        digest,
        proved: Proved::vouched_for(subject, two_factors(), at(seconds)),
        created_at: at(seconds),
        absolute_expires_at: at(seconds).plus(Duration::from_secs(8 * 3600)),
        device: Device { user_agent: agent.to_owned(), address: "2001:db8::1".to_owned() },
        replaces: None,
    };
    let opened = stores.sessions.open(new, event(EventKind::SessionCreated, seconds)).await.unwrap();
    assert!(matches!(opened, Opened::Session(_)), "{opened:?}");
    digest
}

/// What was made, as whoever holds the secrets knows it.
pub(crate) struct World {
    sessions: Vec<SessionDigest>,
    ended: SessionDigest,
    family: SessionId,
    current: Mutex<RefreshToken>,
    spent: RefreshToken,
    subject: SubjectId,
    links: [(OneTimeTokenDigest, Purpose); 2],
    events: u64,
}

/// What every user here has proved.
fn two_factors() -> Methods {
    Methods::of([Method::Password, Method::HardwareKey]).unwrap()
}

fn client() -> ClientId {
    ClientId::parse("shop-ios").unwrap()
}

fn refresh(family: SessionId) -> RefreshToken {
    let key = RefreshKey::new(&admit_core::secret::ServerSecret::new(&OsRandom).unwrap());
    key.issue(family, &OsRandom).unwrap()
}

impl World {
    pub(crate) async fn made(stores: &Stores) -> Self {
        let names = ["Alice", "홍길동", "рустам", "日本太郎", "bob+tag@example.org"];
        let mut sessions = Vec::new();
        for (number, name) in names.iter().enumerate() {
            let one = subject(stores, name).await;
            let agent = format!("{name} '\"; DROP TABLE session; -- 🦊 \u{1}\t\n{}", "크".repeat(300));
            sessions.push(session(stores, &one, &agent, number as u64).await);
            stores.accounts.learn_address(one.id, format!("2001:db8:{number}::"), at(1)).await.unwrap();
        }
        let alice = subject(stores, "first").await;
        let ended = session(stores, &alice, "Firefox", 1).await;
        let until = at(600);
        let held = stores.sessions.check(&ended, at(2)).await.unwrap().unwrap().session;
        stores
            .families
            .exchange(alice.id, held.id, alice.token_generation(), until, event(EventKind::SessionExchanged, 2))
            .await
            .unwrap();
        stores.sessions.end(alice.id, held.id, event(EventKind::SessionRevoked, 3)).await.unwrap();
        let mut large = event(EventKind::LoginFailed, 4).about(alice.id).with("reason", "틀림".repeat(20_000));
        large = large.with("number", 1.5).with("deep", serde_json::json!({ "a": [null, true, "\u{1f98a}"] }));
        (large.address, large.request) = (Some("192.0.2.1".to_owned()), Some("r1".to_owned()));
        stores.accounts.record(large).await.unwrap();
        for number in 0..1_100_u64 {
            stores.accounts.record(event(EventKind::LoginFailed, 5).with("number", number)).await.unwrap();
        }
        let banned = subject(stores, "banned").await;
        let ban = event(EventKind::SubjectDisabled, 6);
        stores.accounts.change(banned.id, Change::Status(Status::Disabled), ban).await.unwrap();

        let family = SessionId::new(at(7), &OsRandom).unwrap();
        let (spent, current) = (refresh(family), refresh(family));
        let begun = NewFamily {
            id: family,
            proved: Proved::vouched_for(&alice, two_factors(), at(6)),
            client: client(),
            digest: spent.digest(),
            roles_version: alice.roles_version,
            created_at: at(7),
            absolute_expires_at: at(7).plus(Duration::from_secs(86_400 * 30)),
            token_until: at(307),
            device: Device { user_agent: "앱".to_owned(), address: "192.0.2.9".to_owned() },
        };
        let begun = stores.families.begin(begun, event(EventKind::TokenFamilyBegun, 7)).await.unwrap();
        assert!(matches!(begun, FamilyBegun::Family(_)));
        let first = current.digest();
        let link = || OneTimeToken::new(&OsRandom).unwrap().digest();
        let world = Self {
            sessions,
            ended,
            family,
            current: Mutex::new(current),
            spent,
            subject: alice.id,
            links: [(link(), Purpose::FirstAdmin), (link(), Purpose::Password(alice.id))],
            events: 0,
        };
        let redeemed = world.redeem(stores, world.spent.digest(), first, 8).await;
        assert!(matches!(redeemed, Redeemed::Family(_)), "{redeemed:?}");
        assert!(stores.families.use_assertion(client(), "jti-한".to_owned(), at(900), at(8)).await.unwrap());

        let key = |kid: &str, from| KeyRecord {
            kid: KeyId::from_text(kid),
            algorithm: Algorithm::EdDsa,
            sealed: Sealed::from_bytes((0..=255).collect()),
            created_at: at(9),
            signs_from: at(from),
            revoked_at: None,
        };
        for (beside, kid) in ["-first_", "second"].into_iter().enumerate() {
            assert!(stores.keys.add_key(key(kid, 9), beside, event(EventKind::KeyCreated, 9)).await.unwrap());
        }
        stores.keys.revoke_key(KeyId::from_text("second"), event(EventKind::KeyRevoked, 10)).await.unwrap();
        stores
            .signals
            .revoke_token(TokenId::new(&OsRandom).unwrap(), until, event(EventKind::TokenRevoked, 10))
            .await
            .unwrap();
        let roles = Change::Roles(vec![RoleName::parse("customer").unwrap()]);
        stores.accounts.change(alice.id, roles, event(EventKind::RolesChanged, 11)).await.unwrap();
        let issued = || event(EventKind::SetupLinkIssued, 12);
        for (link, purpose) in world.links {
            assert!(stores.accounts.keep_link(link, purpose, at(9999), issued()).await.unwrap());
        }
        let newest = stores.accounts.events(EventQuery { limit: 1, ..EventQuery::default() }).await.unwrap();
        Self { events: newest[0].seq, ..world }
    }

    async fn redeem(
        &self,
        stores: &Stores,
        presented: RefreshDigest,
        successor: RefreshDigest,
        seconds: u64,
    ) -> Redeemed {
        let mut redemption = Redemption {
            family: self.family,
            seen: None,
            client: client(),
            presented,
            successor,
            at: at(seconds),
            token_until: at(seconds + 300),
        };
        let reused = event(EventKind::RefreshTokenReused, seconds);
        match stores.families.redeem(redemption.clone(), reused.clone()).await.unwrap() {
            Redeemed::Changed(family) => redemption.seen = Some(family.subject.token_generation()),
            other => return other,
        }
        stores.families.redeem(redemption, reused).await.unwrap()
    }

    /// Whoever was signed in is, and nobody else; what was just spent is known.
    pub(crate) async fn is_alive(&self, stores: &Stores) {
        for digest in &self.sessions {
            let checked = stores.sessions.check(digest, at(60)).await.unwrap().unwrap().session;
            assert_eq!(checked.assurance, Assurance::new(two_factors(), checked.created_at));
        }
        assert!(stores.sessions.check(&self.ended, at(60)).await.unwrap().is_none());
        let devices = stores.families.families(self.subject, at(60)).await.unwrap();
        assert_eq!(devices.iter().map(|open| open.id).collect::<Vec<_>>(), [self.family]);
        let current = self.current.lock().unwrap().digest();
        let spent = self.redeem(stores, self.spent.digest(), current, 9).await;
        let Redeemed::Family(family) = spent else { panic!("{spent:?}") };
        assert_eq!(family.assurance, Assurance::new(two_factors(), at(6)));
        assert!(!stores.families.use_assertion(client(), "jti-한".to_owned(), at(900), at(60)).await.unwrap());
        assert_eq!(self.live_links(stores).await, [true; 2]);
        let keys = stores.keys.keys().await.unwrap();
        assert_eq!(keys.len(), 2);
        assert_eq!(keys.iter().filter(|key| key.revoked_at.is_some()).count(), 1);
    }

    /// Whether the link for the first administrator, and the one with which the subject sets a password, can be used.
    pub(crate) async fn live_links(&self, stores: &Stores) -> [bool; 2] {
        let [first, password] = &self.links;
        let live = async |(link, purpose): &(OneTimeTokenDigest, Purpose)| {
            stores.accounts.live_link(link, at(60)).await.unwrap() == Some(*purpose)
        };
        [live(first).await, live(password).await]
    }

    /// Ends every session of the subject, which voids its link.
    pub(crate) async fn ends_sessions(&self, stores: &Stores) {
        let event = event(EventKind::SessionsRevoked, 60);
        stores.accounts.change(self.subject, Change::EndSessions, event).await.unwrap().unwrap();
    }

    /// No row says what was proved any more: everybody counts as having given a password when the sign-in began.
    pub(crate) async fn is_of_before(&self, stores: &Stores) {
        for digest in &self.sessions {
            let checked = stores.sessions.check(digest, at(60)).await.unwrap().unwrap().session;
            assert_eq!(checked.assurance, Assurance::of_before(checked.created_at));
        }
        let current = self.current.lock().unwrap().digest();
        let spent = self.redeem(stores, self.spent.digest(), current, 9).await;
        let Redeemed::Family(family) = spent else { panic!("{spent:?}") };
        assert_eq!(family.assurance, Assurance::of_before(at(7)));
    }

    /// The next event has a number that none had, and the next redemption works.
    pub(crate) async fn goes_on(&self, stores: &Stores) {
        let (current, next) = (self.current.lock().unwrap().digest(), refresh(self.family));
        let redeemed = self.redeem(stores, current, next.digest(), 20).await;
        assert!(matches!(redeemed, Redeemed::Family(_)), "{redeemed:?}");
        *self.current.lock().unwrap() = next;
        stores.accounts.record(event(EventKind::LoginFailed, 21)).await.unwrap();
        let newest = stores.accounts.events(EventQuery { limit: 1, ..EventQuery::default() }).await.unwrap();
        assert!(newest[0].seq > self.events);
    }
}
