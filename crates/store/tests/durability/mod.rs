//! What was acknowledged is there after a restart and after a crash, and what was revoked stays so.

mod tokens;

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use admit_core::assurance::Methods;
use admit_core::audit::{Actor, Event, EventKind};
use admit_core::credential::password::PasswordHash;
use admit_core::credential::{SessionDigest, SessionToken};
use admit_core::id::{SessionId, SubjectId};
use admit_core::proved::Proved;
use admit_core::random::OsRandom;
use admit_core::session::{NewSession, SUPERSEDED_GRACE, SessionRules};
use admit_core::store::{Accounts, Change, Created, EventQuery, Health, NewSubject, Opened, Sessions};
use admit_core::subject::{RoleName, Status, SubjectState, Username};
use admit_core::time::Timestamp;
use admit_store::{MemorySessions, OpenError, Sqlite};

fn rules() -> SessionRules {
    SessionRules { limit: 1_000_000, ..SessionRules::default() }
}

fn at(seconds: u64) -> Timestamp {
    Timestamp::from_seconds(1_700_000_000 + seconds)
}

fn event(kind: EventKind) -> Event {
    Event::new(kind, Actor::Server, at(0))
}

async fn subject(store: &Sqlite, name: &str) -> Arc<SubjectState> {
    let new = NewSubject {
        id: SubjectId::new(at(0), &OsRandom).unwrap(),
        username: Username::parse(name).unwrap(),
        password: PasswordHash::from_phc("$argon2id$first".to_owned()),
        roles: vec![RoleName::parse("customer").unwrap()],
        created_at: at(0),
    };
    match store.create(new, event(EventKind::SubjectCreated)).await.unwrap() {
        Created::Subject(subject) => subject,
        refused @ (Created::UsernameTaken | Created::LinkDead) => panic!("{refused:?}"),
    }
}

fn new_session(subject: &SubjectState, digest: SessionDigest) -> NewSession {
    NewSession {
        id: SessionId::new(at(0), &OsRandom).unwrap(),
        digest,
        proved: Proved::vouched_for(subject, Methods::PASSWORD, at(0)),
        created_at: at(0),
        absolute_expires_at: at(8 * 3600),
        device: Default::default(),
        replaces: None,
    }
}

fn digest(subject: &SubjectState) -> SessionDigest {
    SessionToken::new_for(subject.id, &OsRandom).unwrap().digest()
}

async fn sign_in(store: &dyn Sessions, subject: &SubjectState) -> (SessionDigest, SessionId) {
    let new = new_session(subject, digest(subject));
    let held = (new.digest, new.id);
    let opened = store.open(new, event(EventKind::SessionCreated)).await.unwrap();
    assert!(matches!(opened, Opened::Session(_)));
    held
}

async fn is_live(store: &dyn Sessions, digest: SessionDigest) -> bool {
    store.check(&digest, at(1)).await.unwrap().is_some()
}

/// A crash: the files as they are while the store has them open, its log not yet checked in.
fn crashed_copy(from: &Path, to: &Path) -> std::path::PathBuf {
    let copy = to.join("admit.db");
    std::fs::copy(from, &copy).unwrap();
    std::fs::copy(from.with_extension("db-wal"), to.join("admit.db-wal")).unwrap();
    copy
}

#[tokio::test]
async fn sessions_roles_generations_and_events_survive_a_restart_and_a_crash() {
    let (folder, crash) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let path = folder.path().join("admit.db");
    let store = Sqlite::open(&path, rules()).unwrap();
    let (alice, bob) = (subject(&store, "alice").await, subject(&store, "bob").await);
    let carol = subject(&store, "carol").await;
    let kept = sign_in(&*store, &alice).await;
    let ended = sign_in(&*store, &alice).await;
    let rotated = sign_in(&*store, &alice).await;
    let of_bob = sign_in(&*store, &bob).await;
    let of_carol = sign_in(&*store, &carol).await;
    let admin = vec![RoleName::parse("admin").unwrap()];
    let alice = store.change(alice.id, Change::Roles(admin), event(EventKind::RolesChanged)).await.unwrap().unwrap();
    assert!(store.end(alice.id, ended.1, event(EventKind::SessionRevoked)).await.unwrap());
    let new = digest(&alice);
    assert!(store.rotate(rotated.0, new, event(EventKind::SessionRotated)).await.unwrap());
    let disabled = Change::Status(Status::Disabled);
    let bob = store.change(bob.id, disabled, event(EventKind::SubjectDisabled)).await.unwrap().unwrap();
    let password = Change::Password(PasswordHash::from_phc("$argon2id$second".to_owned()));
    store.change(carol.id, password, event(EventKind::PasswordChanged)).await.unwrap();
    let written = store.events(EventQuery { limit: 1000, ..EventQuery::default() }).await.unwrap().len();

    let crashed = crashed_copy(&path, crash.path());
    drop(store);
    assert!(!path.with_extension("db-wal").exists(), "a clean end checks the log in");
    for path in [path, crashed] {
        let store = Sqlite::open(&path, rules()).unwrap();
        assert_eq!(store.session_count(), 3, "one of them by its old secret too");
        assert!(is_live(&*store, kept.0).await && is_live(&*store, new).await);
        for dead in [ended.0, of_bob.0, of_carol.0] {
            assert!(!is_live(&*store, dead).await);
        }
        let old = async |seconds| store.check(&rotated.0, at(seconds)).await.unwrap().is_some();
        assert!(old(1).await && !old(1 + SUPERSEDED_GRACE.as_secs()).await);
        let checked = store.check(&kept.0, at(1)).await.unwrap().unwrap();
        assert_eq!(checked.subject, alice);
        assert_eq!(checked.session.roles_version, 0, "due for a new secret, as before");
        assert_eq!(store.by_id(bob.id).await.unwrap().unwrap().subject, bob);
        let query = EventQuery { limit: 1000, ..EventQuery::default() };
        assert_eq!(store.events(query).await.unwrap().len(), written);
        // Lifting the ban after the restart revives nothing either.
        store.change(bob.id, Change::Status(Status::Active), event(EventKind::SubjectEnabled)).await.unwrap();
        assert!(!is_live(&*store, of_bob.0).await);
    }
}

#[tokio::test]
async fn a_use_that_was_noted_survives_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("admit.db");
    let store = Sqlite::open(&path, rules()).unwrap();
    let alice = subject(&store, "alice").await;
    let (digest, _) = sign_in(&*store, &alice).await;
    assert!(store.check(&digest, at(1500)).await.unwrap().is_some());
    drop(store);
    let store = Sqlite::open(&path, rules()).unwrap();
    assert!(store.check(&digest, at(1500 + 1799)).await.unwrap().is_some());
}

#[tokio::test]
async fn ending_more_sessions_than_one_change_deletes_ends_them_all_for_good() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("admit.db");
    let store = Sqlite::open(&path, rules()).unwrap();
    let alice = subject(&store, "alice").await;
    let digests: Vec<SessionDigest> = (0..2500).map(|_| digest(&alice)).collect();
    let opening: Vec<_> = digests
        .iter()
        .map(|digest| store.open(new_session(&alice, *digest), event(EventKind::SessionCreated)))
        .collect();
    for reply in opening {
        assert!(matches!(reply.await.unwrap(), Opened::Session(_)));
    }
    store.change(alice.id, Change::EndSessions, event(EventKind::SessionsRevoked)).await.unwrap();
    for digest in &digests {
        assert!(!is_live(&*store, *digest).await);
    }
    let left = store.session_count();
    assert!(left > 0 && left < 2500, "{left} left: the rest waits for the purge");
    assert!(store.list(alice.id, at(1)).await.unwrap().is_empty());
    let crash = tempfile::tempdir().unwrap();
    let crashed = Sqlite::open(&crashed_copy(&path, crash.path()), rules()).unwrap();
    assert_eq!(crashed.session_count(), 0, "or for the next start");
    assert_eq!(store.purge(at(1)).await.unwrap(), left as u64);
    assert_eq!(store.session_count(), 0);
}

#[tokio::test]
async fn sessions_in_memory_end_with_the_process_and_so_do_those_left_on_disk() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("admit.db");
    let durable = Sqlite::open(&path, rules()).unwrap();
    let alice = subject(&durable, "alice").await;
    let (on_disk, _) = sign_in(&*durable, &alice).await;
    drop(durable);
    let memory = MemorySessions::open(&path, rules()).unwrap();
    assert!(!is_live(&*memory, on_disk).await);
    let (in_memory, _) = sign_in(&*memory, &alice).await;
    assert!(is_live(&*memory, in_memory).await);
    drop(memory);
    let durable = Sqlite::open(&path, rules()).unwrap();
    assert!(!is_live(&*durable, on_disk).await && !is_live(&*durable, in_memory).await);
    let query = EventQuery { kind: Some(EventKind::SessionCreated), limit: 9, ..EventQuery::default() };
    assert_eq!(durable.events(query).await.unwrap().len(), 2, "the log has both");
}

#[tokio::test]
async fn a_failing_write_is_an_error_and_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("admit.db");
    let store = Sqlite::open(&path, rules()).unwrap();
    let alice = subject(&store, "alice").await;
    let (taken, _) = sign_in(&*store, &alice).await;
    let replaced = sign_in(&*store, &alice).await;
    let good = store.open(new_session(&alice, digest(&alice)), event(EventKind::SessionCreated));
    let twice = NewSession { replaces: Some(replaced.0), ..new_session(&alice, taken) };
    let bad = store.open(twice, event(EventKind::SessionCreated));
    let good_too = store.open(new_session(&alice, digest(&alice)), event(EventKind::SessionCreated));
    assert!(good.await.is_ok() && bad.await.is_err() && good_too.await.is_ok());
    assert!(is_live(&*store, replaced.0).await, "the failed login ended no session");
    let query = EventQuery { kind: Some(EventKind::SessionCreated), limit: 9, ..EventQuery::default() };
    assert_eq!(store.events(query).await.unwrap().len(), 4, "and left no event");
    store.healthy().await.unwrap();
    drop(store);
    let store = Sqlite::open(&path, rules()).unwrap();
    assert!(is_live(&*store, replaced.0).await, "on the disk neither");
}

#[tokio::test]
async fn a_row_that_cannot_be_read_is_an_error_and_never_a_default() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("admit.db");
    let store = Sqlite::open(&path, rules()).unwrap();
    let alice = subject(&store, "alice").await;
    sign_in(&*store, &alice).await;
    let hand = rusqlite::Connection::open(&path).unwrap();
    for (breaking, mending) in [
        ("UPDATE subject SET status = 'odd'", "UPDATE subject SET status = 'active'"),
        ("UPDATE subject SET generation = -1", "UPDATE subject SET generation = 0"),
        ("UPDATE subject_role SET role = 'A,B'", "UPDATE subject_role SET role = 'customer'"),
    ] {
        hand.execute_batch(&format!("PRAGMA ignore_check_constraints = ON; {breaking}")).unwrap();
        assert!(store.by_id(alice.id).await.is_err(), "{breaking}");
        let opened = store.open(new_session(&alice, digest(&alice)), event(EventKind::SessionCreated)).await;
        assert!(opened.is_err(), "{breaking}");
        hand.execute_batch(mending).unwrap();
        assert!(store.by_id(alice.id).await.is_ok(), "{mending}");
    }
    hand.execute_batch("UPDATE event SET kind = 'odd' WHERE seq = 1").unwrap();
    assert!(store.events(EventQuery { limit: 9, ..EventQuery::default() }).await.is_err());
    hand.execute_batch("UPDATE session SET last_seen_at = -1").unwrap();
    drop((hand, store));
    assert!(matches!(Sqlite::open(&path, rules()), Err(OpenError::Database(_))), "nor is it skipped at the start");
}

#[tokio::test]
async fn a_purge_of_more_than_a_step_leaves_nothing_that_has_ended() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("admit.db");
    let store = Sqlite::open(&path, rules()).unwrap();
    let alice = subject(&store, "alice").await;
    let hand = rusqlite::Connection::open(&path).unwrap();
    let many = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1200)";
    hand.execute_batch(&format!(
        "INSERT INTO used_assertion {many} SELECT 'app', i, 1 FROM n;
         INSERT INTO used_assertion VALUES ('app', 'later', 9000000000000);
         INSERT INTO known_address {many} SELECT (SELECT id FROM subject), i, 1 FROM n;
         INSERT INTO token_family {many} SELECT randomblob(16), (SELECT id FROM subject), 'app', randomblob(32), 0, 1,
             CASE WHEN i % 2 THEN 1 ELSE 9000000000000 END, 1, 1, '', '', NULL FROM n"
    ))
    .unwrap();
    assert_eq!(store.purge(at(0)).await.unwrap(), 1200, "the families");
    for (table, left) in [("used_assertion", 1), ("known_address", 0), ("token_family", 0)] {
        let found: i64 = hand.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).unwrap();
        assert_eq!(found, left, "{table}");
    }
    assert!(store.by_id(alice.id).await.unwrap().is_some());
}

#[test]
fn a_newer_database_a_foreign_one_and_one_in_use_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("admit.db");
    let store = Sqlite::open(&path, rules()).unwrap();
    assert!(matches!(Sqlite::open(&path, rules()), Err(OpenError::InUse(_))));
    drop(store);
    let hand = rusqlite::Connection::open(&path).unwrap();
    hand.pragma_update(None, "user_version", 1000).unwrap();
    assert!(matches!(Sqlite::open(&path, rules()), Err(OpenError::Newer { found: 1000, .. })));
    let foreign = folder.path().join("foreign.db");
    rusqlite::Connection::open(&foreign).unwrap().execute_batch("CREATE TABLE theirs (a)").unwrap();
    assert!(matches!(Sqlite::open(&foreign, rules()), Err(OpenError::Foreign)));
    assert!(matches!(Sqlite::open(&folder.path().join("no/such/folder"), rules()), Err(OpenError::File { .. })));
}

#[cfg(unix)]
#[tokio::test]
async fn every_file_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("admit.db");
    std::fs::File::create(&path).unwrap().set_permissions(std::fs::Permissions::from_mode(0o644)).unwrap();
    let store = Sqlite::open(&path, rules()).unwrap();
    subject(&store, "alice").await;
    let mut names = Vec::new();
    for file in std::fs::read_dir(folder.path()).unwrap().map(Result::unwrap) {
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{:?}", file.path());
        names.push(file.file_name().into_string().unwrap());
    }
    names.sort();
    assert_eq!(names, ["admit.db", "admit.db-lock", "admit.db-shm", "admit.db-wal"]);
}

const CHILD: &str = "ADMIT_STORE_TEST_CHILD";

/// Opens and ends sessions, and says each on standard output as soon as it is acknowledged, until it is killed.
///
/// Run by the test below in a process of its own; without the path it has nothing to do.
#[tokio::test]
async fn the_child_that_is_killed() {
    let Ok(path) = std::env::var(CHILD) else { return };
    let store = Sqlite::open(path.as_ref(), rules()).unwrap();
    let alice = subject(&store, "alice").await;
    let mut out = std::io::stdout();
    loop {
        let (kept, ended) = (sign_in(&*store, &alice).await, sign_in(&*store, &alice).await);
        writeln!(out, "live {}", hex(kept.0.as_bytes())).unwrap();
        assert!(store.end(alice.id, ended.1, event(EventKind::SessionRevoked)).await.unwrap());
        writeln!(out, "dead {}", hex(ended.0.as_bytes())).unwrap();
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex<const N: usize>(text: &str) -> [u8; N] {
    std::array::from_fn(|at| u8::from_str_radix(text.get(2 * at..2 * at + 2).unwrap(), 16).unwrap())
}

/// Runs the test `name` in a process of its own on the database at `path`, and kills it when it has said so many lines.
/// What it said: lines of other lengths than `lengths` are the test harness's, or the last one cut off.
fn kill_child(name: &str, path: &Path, lines: usize, lengths: &[usize]) -> Vec<String> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", name, "--nocapture", "--quiet"])
        .env(CHILD, path)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let whole = |line: &String| lengths.contains(&line.len());
    let mut said: Vec<String> = Vec::new();
    let mut out = BufReader::new(child.stdout.take().unwrap()).lines();
    while said.len() < lines {
        said.extend(out.next().unwrap().ok().filter(whole));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    // And what it said between the last line read and its end.
    said.extend(out.map_while(Result::ok).filter(whole));
    said
}

#[tokio::test]
async fn what_a_process_acknowledged_before_it_was_killed_is_in_force_in_the_next() {
    for lines in [1, 40, 400] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("admit.db");
        let said = kill_child("durability::the_child_that_is_killed", &path, lines, &[69]);
        let store = Sqlite::open(&path, rules()).unwrap();
        for line in said {
            let (word, digest) = line.split_once(' ').unwrap();
            let digest = SessionDigest::from_bytes(unhex(digest));
            assert_eq!(is_live(&*store, digest).await, word == "live", "{line}");
        }
    }
}
