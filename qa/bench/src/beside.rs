//! What session checks take beside searches, a dump, a migration and a connection that hangs.

use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use admit_clock::SystemClock;
use admit_core::credential::SessionDigest;
use admit_core::time::Clock;
use admit_store::Stores;

use crate::million::percentiles;
use crate::rooms::Room;

/// How long sessions are checked in one measurement.
const CHECKING: Duration = Duration::from_secs(5);
/// Who check them at once, each one after the other.
const CHECKERS: usize = 4;
/// Searches that are made all the time beside the checks.
const SEARCHING: usize = 10;

/// Prints a row for each.
pub(crate) async fn compare(room: &Room, stores: &Stores, known: &[SessionDigest], users: usize) {
    println!("| {} checks | a second | median, 99th | failed | beside it |", room.kind.name());
    println!("|---|---|---|---|---|");
    row("calm", stores, known, String::new).await;
    let searches = Searches::begin(stores, users);
    row("ten searches", stores, known, || searches.told()).await;
    searches.end().await;
    let Some(server) = &room.postgres else { return };
    let mut dump = Command::new(admit_testkit::postgres_program("pg_dump"))
        .arg(&room.accounts)
        .stdout(Stdio::null())
        .spawn()
        .expect("pg_dump");
    row("pg_dump", stores, known, String::new).await;
    drop(dump.kill());
    drop(dump.wait());
    let (hand, connection) =
        tokio_postgres::connect(&room.accounts, tokio_postgres::NoTls).await.expect("a connection");
    tokio::spawn(connection);
    let hand = Arc::new(hand);
    let index = tokio::spawn({
        let hand = Arc::clone(&hand);
        async move { hand.batch_execute("CREATE INDEX CONCURRENTLY pretended ON admit.event (actor, at, kind)").await }
    });
    row("a migration that builds an index of a million events", stores, known, String::new).await;
    index.await.expect("a task").expect("an index");
    let held = server.dump("admit");
    let column = tokio::spawn({
        let hand = Arc::clone(&hand);
        async move {
            // As a migration does it.
            while hand
                .batch_execute("SET lock_timeout = '100ms'; ALTER TABLE admit.session ADD COLUMN pretended int")
                .await
                .is_err()
            {
                tokio::time::sleep(Duration::from_secs(2)).await;
            }
        }
    });
    row("a migration that waits for a dump", stores, known, String::new).await;
    drop(held);
    column.await.expect("a task");
    let found = hand
        .query("SELECT pid FROM pg_stat_activity WHERE query LIKE '%FROM session x JOIN subject s%' AND pid <> pg_backend_pid()", &[])
        .await
        .expect("processes");
    let hangs: i32 = found.first().expect("a connection of checks").get(0);
    signal("STOP", hangs);
    row("a connection that hangs", stores, known, String::new).await;
    signal("CONT", hangs);
}

fn signal(name: &str, process: i32) {
    let sent = Command::new("kill").args([format!("-{name}"), process.to_string()]).status();
    assert!(sent.is_ok_and(|sent| sent.success()), "SIG{name}");
}

async fn row(name: &str, stores: &Stores, known: &[SessionDigest], beside: impl Fn() -> String) {
    let now = SystemClock.now();
    let checkers: Vec<_> = (0..CHECKERS)
        .map(|number| {
            let (stores, known) = (stores.clone(), known.to_vec());
            tokio::spawn(async move {
                let (begun, mut taken, mut failed) = (Instant::now(), Vec::new(), 0_usize);
                while begun.elapsed() < CHECKING {
                    let (asked, digest) = (Instant::now(), &known[(taken.len() * CHECKERS + number) % known.len()]);
                    failed += usize::from(!matches!(stores.sessions.check(digest, now).await, Ok(Some(_))));
                    taken.push(asked.elapsed().as_secs_f64() * 1e3);
                }
                (taken, failed)
            })
        })
        .collect();
    let (mut taken, mut failed) = (Vec::new(), 0);
    for checker in checkers {
        let (its, of_it) = checker.await.expect("a checker");
        taken.extend(its);
        failed += of_it;
    }
    let rate = taken.len() as f64 / CHECKING.as_secs_f64();
    println!("| {name} | {rate:.0} | {} | {failed} | {} |", percentiles(taken), beside());
}

/// Administrators who search all the time.
struct Searches {
    ends: Arc<AtomicBool>,
    made: Arc<AtomicUsize>,
    refused: Arc<AtomicUsize>,
    tasks: Vec<tokio::task::JoinHandle<()>>,
}

impl Searches {
    fn begin(stores: &Stores, users: usize) -> Self {
        let (ends, made, refused) =
            (Arc::<AtomicBool>::default(), Arc::<AtomicUsize>::default(), Arc::<AtomicUsize>::default());
        let tasks = (0..SEARCHING)
            .map(|number| {
                let (stores, ends, made, refused) = (stores.clone(), ends.clone(), made.clone(), refused.clone());
                tokio::spawn(async move {
                    let mut turn = number;
                    while !ends.load(Ordering::Relaxed) {
                        turn += SEARCHING;
                        let asked = format!("user{}", (turn * 611_953) % users);
                        let answer = stores.accounts.search(&asked, None, 50).await;
                        made.fetch_add(1, Ordering::Relaxed);
                        refused.fetch_add(usize::from(answer.is_err()), Ordering::Relaxed);
                    }
                })
            })
            .collect();
        Self { ends, made, refused, tasks }
    }

    fn told(&self) -> String {
        let (made, refused) = (self.made.load(Ordering::Relaxed), self.refused.load(Ordering::Relaxed));
        format!("{made} searches, {refused} refused")
    }

    async fn end(self) {
        self.ends.store(true, Ordering::Relaxed);
        for task in self.tasks {
            task.await.expect("a search");
        }
    }
}
