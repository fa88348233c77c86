//! Rounds of load and `kill -9`.
//!
//! Forty by default, some ten seconds. The long run is one command:
//! `ADMIT_CRASH_ROUNDS=1000 cargo nextest run -p admit-server --no-capture crash::rounds`
//! (about a quarter of a second a round); `ADMIT_SEED=…` repeats a run's choices, though not the timing of the machine.

use std::time::Duration;

use admit_testkit::{Seeded, Server, Wire};

use super::journal::Journal;
use super::model::Fate;
use super::watch::see;
use super::worker::{Admin, Worker, cookie, given};

const WORKERS: u64 = 5;

/// Of the sessions that were dead in earlier rounds, so many of a subject are looked at again each round.
const DEAD_LOOKED_AT: usize = 40;

fn rounds() -> usize {
    std::env::var("ADMIT_CRASH_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(40)
}

#[test]
fn nothing_acknowledged_is_lost_and_nothing_ended_comes_back_however_often_the_server_is_killed() {
    let seed = Seeded::seed();
    let mut random = Seeded::new(seed);
    // Logins without an answer leave sessions that nobody can end; the limit is not what is tested here.
    let starting = Server::demo(env!("CARGO_BIN_EXE_admit")).env("ADMIT_SESSIONS__LIMIT", "1000000");
    let mut server = starting.start();
    server.user("boss", &["admin"]);
    let login = server.client().login("boss", admit_testkit::PASSWORD);
    let session = given(&login).expect("the administrator's session");
    let admin = Admin { cookie: cookie(&session.secret), csrf_token: session.csrf_token };
    let mut workers: Vec<Worker> =
        (0..WORKERS).map(|number| Worker::new(&server, number, seed, admin.clone())).collect();
    let mut journal = Journal::default();
    let rounds = rounds();
    for round in 1..=rounds {
        let delay = Duration::from_millis(5 + u64::try_from(random.below(296)).unwrap_or_default());
        std::thread::scope(|scope| {
            for worker in &mut workers {
                scope.spawn(|| worker.work());
            }
            // Not waiting for anything: the point in time is the random choice that this test is about.
            std::thread::sleep(delay);
            server.kill();
        });
        server = server.again();
        let mut wire = Wire::new(server.address);
        journal.read_on(&mut wire, &admin.cookie);
        for worker in &mut workers {
            let dead = worker.model.with_fate(Fate::Dead).len();
            let look_at = || round == rounds || random.below(dead) < DEAD_LOOKED_AT;
            let seen = see(&mut wire, &admin, &journal, worker, look_at);
            let mut wrong = std::mem::take(&mut worker.wrong);
            wrong.extend(worker.model.violations(&seen));
            let wrong = wrong.join("\n  ");
            assert!(wrong.is_empty(), "ADMIT_SEED={seed}, round {round}, {}:\n  {wrong}", worker.name);
            worker.model.settle(&seen);
        }
    }
    journal.assert_unchanged(&mut Wire::new(server.address), &admin.cookie);
    let answered: usize = workers.iter().map(|worker| worker.answered).sum();
    let sessions: usize = workers.iter().map(|worker| worker.model.sessions.len()).sum();
    println!("{rounds} rounds, {answered} requests acknowledged, {sessions} sessions, {} events", journal.len());
    assert!(answered > rounds, "hardly anything was done before each kill: {answered}");
}
