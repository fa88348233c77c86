//! What sessions take in each pair of stores, how a check fares among many, and how long it takes to end those of one user.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use admit_clock::SystemClock;
use admit_core::audit::{Actor, Event, EventKind};
use admit_core::credential::password::PasswordHash;
use admit_core::credential::{SessionDigest, SessionToken};
use admit_core::id::{SessionId, SubjectId};
use admit_core::random::{BufferedRandom, Random};
use admit_core::session::{Device, NewSession, SessionRules};
use admit_core::store::{Change, Imported, ImportedSubject, NewSubject, Opened, Sessions};
use admit_core::subject::{Status, Username};
use admit_core::time::{Clock, Timestamp};
use admit_store::Stores;

use crate::rooms::{Kind, Room, open, proved};

/// Sessions of a user.
const EACH: usize = 20;
/// Sessions of the one who logs out everywhere.
const MANY: usize = 1000;
/// Checks of one measurement, one after the other.
const CHECKS: usize = 20_000;

const AGENT: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

fn rules() -> SessionRules {
    SessionRules { limit: 10_000, ..SessionRules::default() }
}

pub(crate) fn compare(sessions: usize) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    println!(
        "| store | sessions | bytes each | where | check p50 | p99 | log out everywhere, {MANY} sessions | of them accepted after |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    for kind in Kind::ALL {
        runtime.block_on(one(kind, sessions));
    }
}

async fn one(kind: Kind, most: usize) {
    let room = Room::new(kind);
    let stores = open(kind, &room.accounts, &room.sessions, rules()).await;
    let empty = size(&room).await;
    let now = SystemClock.now();
    let mut known = Vec::new();
    let mut there = 0;
    for count in [1_000, most / 10, most] {
        let users = subjects(&stores, (count - there) / EACH, there, now).await;
        fill(&room, &stores, &users, now, &mut known).await;
        there = count;
        settle(&room).await;
        let bytes = size(&room).await.saturating_sub(empty) / count as u64;
        let (p50, p99) = checks(&*stores.sessions, &known, now).await;
        let (ended, accepted) =
            if count == most { everywhere(&stores, now).await } else { (String::new(), String::new()) };
        println!(
            "| {} | {count} | {bytes} | {} | {p50:.1} µs | {p99:.1} µs | {ended} | {accepted} |",
            kind.name(),
            place(kind)
        );
    }
}

fn place(kind: Kind) -> &'static str {
    match kind {
        Kind::Memory => "memory of the process",
        Kind::Sqlite => "the file",
        Kind::Postgres => "the table with its indexes",
        Kind::PostgresRedis => "used_memory of Redis",
    }
}

/// Users without sessions, made at once.
async fn subjects(stores: &Stores, count: usize, from: usize, now: Timestamp) -> Vec<SubjectId> {
    let mut ids = Vec::with_capacity(count);
    for chunk in (0..count).collect::<Vec<_>>().chunks(500) {
        let mut batch = Vec::with_capacity(chunk.len());
        for number in chunk {
            let id = SubjectId::new(now, &BufferedRandom).expect("randomness");
            ids.push(id);
            let subject = NewSubject {
                id,
                username: Username::parse(&format!("user-{from}-{number}")).expect("a name"),
                password: PasswordHash::from_phc("never verified".to_owned()),
                roles: Vec::new(),
                created_at: now,
            };
            let event = Event::new(EventKind::SubjectImported, Actor::Operator, now);
            batch.push(ImportedSubject { subject, status: Status::Active, event });
        }
        let made = stores.accounts.import(batch, true).await.expect("an answer");
        assert!(made.iter().all(|made| *made == Imported::Made));
    }
    ids
}

fn new_session(subject: SubjectId, now: Timestamp) -> NewSession {
    NewSession {
        id: SessionId::new(now, &BufferedRandom).expect("randomness"),
        digest: SessionToken::new_for(subject, &BufferedRandom).expect("randomness").digest(),
        proved: proved(subject, now),
        created_at: now,
        absolute_expires_at: now.plus(rules().absolute),
        device: Device { user_agent: AGENT.to_owned(), address: "192.0.2.1".to_owned() },
        replaces: None,
    }
}

/// Sessions for these users: all of them opened where that is quick, and one each and copies of it elsewhere.
async fn fill(room: &Room, stores: &Stores, users: &[SubjectId], now: Timestamp, known: &mut Vec<SessionDigest>) {
    let opened = if matches!(room.kind, Kind::Memory | Kind::Sqlite) { EACH } else { 1 };
    for users in users.chunks(64) {
        let mut opening = Vec::new();
        for user in users.iter().flat_map(|user| std::iter::repeat_n(*user, opened)) {
            let new = new_session(user, now);
            let event = Event::new(EventKind::SessionCreated, Actor::Subject(user), now);
            opening.push((new.digest, new.id, user, stores.sessions.open(new, event)));
        }
        let mut copies = Vec::new();
        for (digest, id, user, opening) in opening {
            assert!(matches!(opening.await.expect("an answer"), Opened::Session(_)));
            known.push(digest);
            copies.push((digest, id, user));
        }
        if room.kind == Kind::PostgresRedis {
            copy_in_redis(room, &copies, known);
        }
    }
    if room.kind == Kind::Postgres {
        copy_in_postgres(room).await;
    }
}

/// Nineteen more rows for every user that has one.
async fn copy_in_postgres(room: &Room) {
    let client = connected(room).await;
    client
        .batch_execute(&format!(
            "CREATE EXTENSION IF NOT EXISTS pgcrypto;
             INSERT INTO admit.session (digest, id, subject_id, generation, roles_version, created_at, last_seen_at,
                 absolute_expires_at, user_agent, address)
             SELECT set_byte(gen_random_bytes(32), 0, get_byte(digest, 0)), gen_random_uuid(), subject_id, generation,
                 roles_version, created_at, last_seen_at, absolute_expires_at, user_agent, address
             FROM admit.session s, generate_series(2, {EACH})
             WHERE NOT EXISTS (SELECT 1 FROM admit.session o WHERE o.subject_id = s.subject_id AND o.id <> s.id);
             ANALYZE admit.session"
        ))
        .await
        .expect("copies");
}

async fn connected(room: &Room) -> tokio_postgres::Client {
    let (client, connection) =
        tokio_postgres::connect(&room.accounts, tokio_postgres::NoTls).await.expect("a connection");
    tokio::spawn(connection);
    client
}

/// Nineteen more sessions beside each of these: the same bytes under other names.
fn copy_in_redis(room: &Room, sessions: &[(SessionDigest, SessionId, SubjectId)], known: &mut Vec<SessionDigest>) {
    let Some(redis) = &room.redis else { return };
    let mut stream = TcpStream::connect(("127.0.0.1", redis.port())).expect("a connection");
    let mut commands = Vec::new();
    let mut sent = 0;
    for (digest, _, user) in sessions {
        let key =
            |kind: &str, name: &[u8]| [format!("admit:{{{:02x}}}:{kind}:", user.shard().0).as_bytes(), name].concat();
        for _ in 1..EACH {
            let mut copy = [0; 32];
            BufferedRandom.fill(&mut copy).expect("randomness");
            copy[0] = user.shard().0;
            let id = SessionId::new(SystemClock.now(), &BufferedRandom).expect("randomness");
            // The name is at bytes 17 to 33 of the value.
            let script = "local v = redis.call('GET', KEYS[1])
                 redis.call('SET', KEYS[2], string.sub(v, 1, 17) .. ARGV[1] .. string.sub(v, 34), 'PX', 1800000)
                 redis.call('HSET', KEYS[3], ARGV[1], ARGV[2])";
            let parts: [&[u8]; 8] = [
                b"EVAL",
                script.as_bytes(),
                b"3",
                &key("s", digest.as_bytes()),
                &key("s", &copy),
                &key("i", user.as_bytes()),
                id.as_bytes(),
                &copy,
            ];
            commands.extend_from_slice(format!("*{}\r\n", parts.len()).as_bytes());
            for part in parts {
                commands.extend_from_slice(format!("${}\r\n", part.len()).as_bytes());
                commands.extend_from_slice(part);
                commands.extend_from_slice(b"\r\n");
            }
            sent += 1;
            known.push(SessionDigest::from_bytes(copy));
        }
    }
    stream.write_all(&commands).expect("sent");
    // Each answers with a null: `$-1\r\n`.
    let mut answers = vec![0; sent * 5];
    stream.read_exact(&mut answers).expect("answers");
    assert!(answers.starts_with(b"$-1\r\n"), "{}", String::from_utf8_lossy(&answers));
}

/// What is to be written in the background is.
async fn settle(room: &Room) {
    if room.kind == Kind::Postgres {
        connected(room).await.batch_execute("CHECKPOINT").await.expect("a checkpoint");
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
}

/// Bytes that are taken now.
async fn size(room: &Room) -> u64 {
    match room.kind {
        Kind::Memory => {
            let statm = std::fs::read_to_string("/proc/self/statm").expect("Linux");
            statm.split(' ').nth(1).and_then(|pages| pages.parse::<u64>().ok()).expect("pages") * 4096
        }
        Kind::Sqlite => ["admit.db", "admit.db-wal"]
            .iter()
            .filter_map(|name| std::fs::metadata(room.folder.path().join(name)).ok())
            .map(|file| file.len())
            .sum(),
        Kind::Postgres => {
            let client = connected(room).await;
            let row = client.query_one("SELECT pg_total_relation_size('admit.session')", &[]).await.expect("a size");
            row.get::<_, i64>(0).cast_unsigned()
        }
        Kind::PostgresRedis => {
            let answer = room.redis.as_ref().expect("a Redis").command(&["INFO", "memory"]);
            let line = answer.lines().find_map(|line| line.strip_prefix("used_memory:"));
            line.and_then(|bytes| bytes.trim().parse().ok()).expect("a number")
        }
    }
}

/// The median and the 99th percentile of checks of sessions here and there, in µs.
async fn checks(sessions: &dyn Sessions, known: &[SessionDigest], now: Timestamp) -> (f64, f64) {
    let mut times = Vec::with_capacity(CHECKS);
    let mut place = 0_usize;
    for _ in 0..CHECKS {
        // A stride that has no factor in common with the number of sessions.
        place = (place + 611_953) % known.len();
        let begun = Instant::now();
        let checked = sessions.check(&known[place], now).await.expect("an answer");
        times.push(begun.elapsed().as_secs_f64() * 1e6);
        assert!(checked.is_some());
    }
    times.sort_by(f64::total_cmp);
    (times[CHECKS / 2], times[CHECKS * 99 / 100])
}

/// Ends the many sessions of one user: how long that took, and how many were accepted after.
async fn everywhere(stores: &Stores, now: Timestamp) -> (String, String) {
    let user = subjects(stores, 1, usize::MAX, now).await[0];
    let mut digests = Vec::new();
    for _ in 0..MANY {
        let new = new_session(user, now);
        digests.push(new.digest);
        let event = Event::new(EventKind::SessionCreated, Actor::Subject(user), now);
        assert!(matches!(stores.sessions.open(new, event).await.expect("an answer"), Opened::Session(_)));
    }
    let begun = Instant::now();
    let event = Event::new(EventKind::SessionsRevoked, Actor::Subject(user), now);
    let changed = stores.accounts.change(user, Change::EndSessions, event).await.expect("an answer");
    let took = begun.elapsed();
    assert!(changed.is_some());
    let mut accepted = 0;
    for digest in &digests {
        accepted += usize::from(stores.sessions.check(digest, now).await.expect("an answer").is_some());
    }
    (format!("{:.1} ms", took.as_secs_f64() * 1e3), accepted.to_string())
}
