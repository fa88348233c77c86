//! Lists among a million users and a million events, and what session checks take beside those who make them and beside what
//! happens in operation.

use std::time::Instant;

use admit_clock::SystemClock;
use admit_core::audit::{Actor, Event, EventKind};
use admit_core::credential::{SessionDigest, SessionToken};
use admit_core::id::{SessionId, SubjectId};
use admit_core::random::BufferedRandom;
use admit_core::session::{Device, NewSession, SessionRules};
use admit_core::store::{EventQuery, Opened};
use admit_core::subject::Username;
use admit_core::time::{Clock, Timestamp};
use admit_store::Stores;

use crate::beside;
use crate::rooms::{Kind, Room, open, proved};

/// Each list, so often.
const LISTS: usize = 300;
/// Sessions that are checked.
const SESSIONS: usize = 200;

pub(crate) fn compare(users: usize) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    println!("{users} users, as many events; median and 99th percentile in ms");
    println!("| store | search | list | holders of a rare role | of everybody's | audit | of a kind | of a user |");
    println!("|---|---|---|---|---|---|---|---|");
    for kind in [Kind::Sqlite, Kind::Postgres] {
        runtime.block_on(one(kind, users));
    }
}

fn rules() -> SessionRules {
    SessionRules { limit: 10_000, ..SessionRules::default() }
}

async fn one(kind: Kind, users: usize) {
    let room = Room::new(kind);
    // The schema first, then the rows, then a server as it would find them.
    drop(open(kind, &room.accounts, "", rules()).await);
    match kind {
        Kind::Postgres => fill_postgres(&room, users).await,
        _ => fill_sqlite(&room, users),
    }
    let stores = open(kind, &room.accounts, "", rules()).await;
    let now = SystemClock.now();
    let (someone, known) = sessions(&stores, now).await;
    let mut cells = Vec::new();
    let name = |turn: usize| format!("user{}", (turn * 611_953) % users);
    cells.push(timed(LISTS, async |turn| search(&stores, &name(turn)).await).await);
    let page = async |turn: usize| {
        let after = name(turn);
        assert!(!stores.accounts.search("", Some(&after), 50).await.expect("an answer").is_empty());
    };
    cells.push(timed(LISTS, page).await);
    for role in ["admin", "customer"] {
        let holders = async |turn: usize| {
            let after = if role == "admin" { String::new() } else { name(turn) };
            assert!(!stores.accounts.holders(&[role], Some(&after), 50).await.expect("an answer").is_empty());
        };
        cells.push(timed(LISTS, holders).await);
    }
    for (subject, kind) in
        [(None, None), (None, Some(EventKind::RolesChanged)), (Some(someone), Some(EventKind::SessionCreated))]
    {
        let events = async |turn: usize| {
            let before = subject.is_none().then_some((turn as u64 * 611_953) % users as u64 + 100);
            let query = EventQuery { subject, kind, before, limit: 50, ..EventQuery::default() };
            stores.accounts.events(query).await.expect("an answer");
        };
        cells.push(timed(LISTS, events).await);
    }
    println!("| {} | {} |", kind.name(), cells.join(" | "));
    beside::compare(&room, &stores, &known, users).await;
}

async fn search(stores: &Stores, name: &str) {
    assert!(!stores.accounts.search(name, None, 50).await.expect("an answer").is_empty());
}

/// The median and the 99th percentile in ms, of so many.
async fn timed(times: usize, work: impl AsyncFn(usize)) -> String {
    let mut taken = Vec::with_capacity(times);
    for turn in 0..times {
        taken.push(time(turn, &work).await);
    }
    percentiles(taken)
}

async fn time(turn: usize, work: &impl AsyncFn(usize)) -> f64 {
    let begun = Instant::now();
    work(turn).await;
    begun.elapsed().as_secs_f64() * 1e3
}

pub(crate) fn percentiles(mut taken: Vec<f64>) -> String {
    taken.sort_by(f64::total_cmp);
    format!("{:.3}, {:.3}", taken[taken.len() / 2], taken[taken.len() * 99 / 100])
}

/// Sessions of one of them.
async fn sessions(stores: &Stores, now: Timestamp) -> (SubjectId, Vec<SessionDigest>) {
    let name = Username::parse("user7").expect("a name");
    let user = stores.accounts.by_username(&name).await.expect("an answer").expect("a user").subject.id;
    let mut known = Vec::new();
    for _ in 0..SESSIONS {
        let new = NewSession {
            id: SessionId::new(now, &BufferedRandom).expect("randomness"),
            digest: SessionToken::new_for(user, &BufferedRandom).expect("randomness").digest(),
            proved: proved(user, now),
            created_at: now,
            absolute_expires_at: now.plus(rules().absolute),
            device: Device::default(),
            replaces: None,
        };
        known.push(new.digest);
        let event = Event::new(EventKind::SessionCreated, Actor::Subject(user), now);
        assert!(matches!(stores.sessions.open(new, event).await.expect("an answer"), Opened::Session(_)));
    }
    (user, known)
}

async fn fill_postgres(room: &Room, users: usize) {
    let (client, connection) =
        tokio_postgres::connect(&room.accounts, tokio_postgres::NoTls).await.expect("a connection");
    tokio::spawn(connection);
    let fill = format!(
        "SET search_path = admit;
         INSERT INTO subject (id, username, username_canonical, status, generation, roles_version, created_at)
         SELECT gen_random_uuid(), 'user' || n, 'user' || n, 'active', 0, 0, now() FROM generate_series(0, {users} - 1) n;
         INSERT INTO password (subject_id, phc, changed_at) SELECT id, 'never verified', now() FROM subject;
         INSERT INTO subject_role (subject_id, role) SELECT id, 'customer' FROM subject;
         INSERT INTO subject_role (subject_id, role) SELECT id, 'admin' FROM subject WHERE username LIKE 'user%77777';
         INSERT INTO event (at, kind, actor, subject, detail)
         SELECT now(), CASE WHEN row_number() OVER () % 1000 = 0 THEN 'roles-changed' ELSE 'session-created' END,
                'operator', id, '{{}}' FROM subject;
         ANALYZE; CHECKPOINT"
    );
    client.batch_execute(&fill).await.expect("rows");
}

fn fill_sqlite(room: &Room, users: usize) {
    let connection = rusqlite::Connection::open(&room.accounts).expect("a database");
    let fill = format!(
        "BEGIN;
         INSERT INTO subject (id, username, username_canonical, status, generation, roles_version, created_at)
         SELECT randomblob(16), 'user' || value, 'user' || value, 'active', 0, 0, 1
         FROM (WITH RECURSIVE n (value) AS (SELECT 0 UNION ALL SELECT value + 1 FROM n LIMIT {users}) SELECT value FROM n);
         INSERT INTO password (subject_id, phc, changed_at) SELECT id, 'never verified', 1 FROM subject;
         INSERT INTO subject_role (subject_id, role) SELECT id, 'customer' FROM subject;
         INSERT INTO subject_role (subject_id, role) SELECT id, 'admin' FROM subject WHERE username LIKE 'user%77777';
         INSERT INTO event (at, kind, actor, subject, detail)
         SELECT 1, CASE WHEN row_number() OVER () % 1000 = 0 THEN 'roles-changed' ELSE 'session-created' END,
                'operator', id, '{{}}' FROM subject;
         COMMIT"
    );
    connection.execute_batch(&fill).expect("rows");
}
