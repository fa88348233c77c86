//! A login storm: those who are signed in do not notice it, and it takes no more memory than the pool has (DESIGN §12).

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use admit_testkit::{PASSWORD, Response};

use super::target::Target;

const LOGINS: usize = 64;
const WAVES: usize = 3;
const KIB_PER_HASH: u64 = 20 * 1024;
const KIB_MORE: u64 = 32 * 1024;

/// A line of `/proc/PID/status`, in KiB.
fn memory(pid: u32, name: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("the process's status");
    let line = status.lines().find(|line| line.starts_with(name)).expect("a line of this name");
    line.split_whitespace().nth(1).and_then(|number| number.parse().ok()).expect("a number")
}

#[test]
fn sixty_four_logins_at_once_hold_up_nobody_and_stay_within_the_memory_of_the_pool() {
    let server = Target::empty();
    let (pid, address) = (server.pid(), server.address);
    let idle = memory(pid, "VmRSS:");
    let mut target = Target::people(server);
    let over = AtomicBool::new(false);
    let (answers, mut waits) = std::thread::scope(|scope| {
        let boss = &mut target.boss;
        let checks = scope.spawn(|| {
            let mut waits = Vec::new();
            while !over.load(Ordering::Relaxed) {
                let started = Instant::now();
                let answer = boss.get("/session");
                waits.push(started.elapsed());
                assert_eq!(answer.status, 200, "{}", answer.text());
            }
            waits
        });
        let mut answers: Vec<Response> = Vec::new();
        for _ in 0..WAVES {
            let logins: Vec<_> = (0..LOGINS)
                .map(|_| scope.spawn(move || admit_testkit::Client::new(address).login("alice", PASSWORD)))
                .collect();
            answers.extend(logins.into_iter().map(|login| login.join().expect("a login")));
        }
        over.store(true, Ordering::Relaxed);
        (answers, checks.join().expect("the checks"))
    });
    let peak = memory(pid, "VmHWM:");

    let count = |status: u16| answers.iter().filter(|answer| answer.status == status).count();
    let (taken, full, throttled) = (count(200), count(503), count(429));
    waits.sort_unstable();
    let (median, longest) = (waits[waits.len() / 2], waits[waits.len() - 1]);
    let hashers = u64::try_from(std::thread::available_parallelism().map_or(1, usize::from)).expect("a small number");
    let bound = idle + (hashers + 1) * KIB_PER_HASH + KIB_MORE;
    println!(
        "logins: {taken} taken, {full} full, {throttled} throttled; {} checks, median {median:?}, longest {longest:?}; \
         memory: idle {idle} KiB, peak {peak} KiB, bound {bound} KiB",
        waits.len()
    );
    assert_eq!(taken + full + throttled, LOGINS * WAVES, "no other outcome");
    assert!(taken >= WAVES, "some logins succeed in each wave: {taken}");
    for answer in answers.iter().filter(|answer| answer.status != 200) {
        let after = answer.header("retry-after").and_then(|seconds| seconds.parse::<u32>().ok());
        assert!(after.is_some(), "{} says when to come back", answer.status);
    }
    assert!(longest < Duration::from_secs(1), "a check waited {longest:?}");
    assert!(median < Duration::from_millis(50), "checks took {median:?}");
    assert!(peak <= bound, "peak {peak} KiB, bound {bound} KiB");
    // Alice's first session went when she had more than the limit: she signs in anew.
    target.alice = target.server.signed_in("alice");
    target.assert_unharmed_and_open();
}
