//! Looking at verifiers without a pause while something happens at the issuer.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use admit_testkit::{Verifier, Wire};

use super::support::{BOUND, with};

/// How long a token is looked at after it was first refused: it must not come back.
const AFTERWARDS: Duration = Duration::from_millis(40);

/// Between two questions. Without it the watchers alone would keep two processors busy, and a password's hash, which is made
/// when nothing else is to be done, would wait for seconds.
const PAUSE: Duration = Duration::from_micros(250);

/// One answer of a verifier.
#[derive(Clone, Copy, Debug)]
struct Seen {
    asked: Instant,
    answered: Instant,
    status: u16,
}

/// Asks each verifier about this token over and over, on a connection and thread of its own, while `revoke` revokes it.
/// Returns how long after the acknowledgement each has refused it for the first time; zero when it had already.
///
/// # Panics
/// When a verifier takes the token past the bound, or again after it has refused it, or gives any other answer.
pub(crate) fn refused_after(verifiers: &[Verifier], token: &str, path: &str, revoke: impl FnOnce()) -> Vec<Duration> {
    let (stop, passed, refused) = (AtomicBool::new(false), AtomicU32::new(0), AtomicU32::new(0));
    let everybody = u32::try_from(verifiers.len()).expect("a few verifiers");
    std::thread::scope(|scope| {
        let (stop, passed, refused) = (&stop, &passed, &refused);
        // Also when the revocation panics: the scope waits for its threads.
        let ends = Ends(stop);
        let watchers: Vec<_> = verifiers
            .iter()
            .map(|verifier| scope.spawn(move || watch(verifier, token, path, stop, passed, refused)))
            .collect();
        wait(passed, everybody, Instant::now() + BOUND);
        if passed.load(Ordering::Acquire) == everybody {
            revoke();
        }
        let acknowledged = Instant::now();
        wait(refused, everybody, acknowledged + BOUND);
        std::thread::sleep(AFTERWARDS);
        drop(ends);
        let all: Vec<Vec<Seen>> = watchers.into_iter().map(|watcher| watcher.join().expect("a watcher")).collect();
        all.iter().map(|seen| judge(seen, acknowledged)).collect()
    })
}

/// Ends the watching when dropped.
struct Ends<'a>(&'a AtomicBool);

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}

fn watch(
    verifier: &Verifier,
    token: &str,
    path: &str,
    stop: &AtomicBool,
    passed: &AtomicU32,
    refused: &AtomicU32,
) -> Vec<Seen> {
    let mut wire = Wire::new(verifier.address);
    let request = with(token, path);
    let mut seen: Vec<Seen> = Vec::new();
    while !stop.load(Ordering::Acquire) {
        let asked = Instant::now();
        let status = wire.ask(&request).map_or(0, |answer| answer.status);
        let first = |status| !seen.iter().any(|before| before.status == status);
        match status {
            200 if seen.is_empty() => drop(passed.fetch_add(1, Ordering::AcqRel)),
            401 if first(401) => drop(refused.fetch_add(1, Ordering::AcqRel)),
            _ => {}
        }
        // A long row of equal answers is one: its first and its last.
        let now = Seen { asked, answered: Instant::now(), status };
        match seen.as_mut_slice() {
            [.., before, last] if before.status == status && last.status == status => *last = now,
            _ => seen.push(now),
        }
        std::thread::sleep(PAUSE);
    }
    seen
}

fn wait(count: &AtomicU32, everybody: u32, deadline: Instant) {
    while count.load(Ordering::Acquire) < everybody && Instant::now() < deadline {
        std::thread::sleep(Duration::from_micros(200));
    }
}

fn judge(seen: &[Seen], acknowledged: Instant) -> Duration {
    let after = |moment: Instant| moment.saturating_duration_since(acknowledged);
    let story: Vec<String> = seen
        .iter()
        .map(|seen| {
            format!("{} (asked {:?}, answered {:?} after)", seen.status, after(seen.asked), after(seen.answered))
        })
        .collect();
    let story = story.join(", ");
    let first = seen.iter().position(|seen| seen.status == 401).unwrap_or_else(|| panic!("never refused: {story}"));
    let (before, since) = seen.split_at(first);
    assert!(!before.is_empty() && before.iter().all(|seen| seen.status == 200), "{story}");
    assert!(since.iter().all(|seen| seen.status == 401), "it came back: {story}");
    assert!(before.iter().all(|seen| after(seen.asked) < BOUND), "taken past the bound: {story}");
    after(seen[first].answered)
}
