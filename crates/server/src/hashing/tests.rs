use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use admit_clock::SystemClock;
use admit_core::random::{OsRandom, RandomError};
use admit_core::throttle::{Claimant, Throttle};

use super::*;

const QUICK: Cost = Cost { memory_kib: 64, passes: 1, lanes: 1 };

fn hasher(workers: usize, waiting: usize, cost: Cost) -> Hasher {
    Hasher::start(PoolSize { workers, waiting }, cost, &(Arc::new(OsRandom) as _), Arc::new(SystemClock)).unwrap()
}

fn asker(account: &str) -> Asker {
    Asker::new(account, "192.0.2.1", false)
}

fn typed() -> Password {
    Password::new("correct horse battery").unwrap()
}

impl Hasher {
    /// Verifies, with a throttle that nobody has tried.
    async fn check(&self, account: &str, stored: Option<PasswordHash>) -> Result<Verified, HasherError> {
        let name = account.to_owned();
        let begin = move || {
            let claimant = Claimant { account: &name, prefix: "", known: false, session: None };
            Ok(Arc::new(Throttle::default()).begin(claimant, SystemClock.monotonic())?)
        };
        let judged = self.verify(asker(account), typed(), stored, begin).await?;
        Ok(judged.unwrap().0)
    }
}

#[tokio::test]
async fn an_unknown_user_is_verified_and_never_right() {
    let hasher = hasher(1, 4, QUICK);
    let stored = hasher.hash(asker("alice"), typed()).await.unwrap();
    let verified = hasher.check("alice", Some(stored)).await.unwrap();
    assert!(matches!(verified.verdict, Verdict::Right(right) if !right.rehash()));
    assert_eq!(hasher.check("nobody", None).await.unwrap().verdict, Verdict::Wrong);
}

#[tokio::test]
async fn once_a_costly_hash_was_verified_a_refusal_takes_as_long_whoever_it_is_for() {
    let hasher = hasher(1, 4, QUICK);
    let own = hasher.hash(asker("alice"), typed()).await.unwrap();
    let verified = hasher.check("alice", Some(own)).await.unwrap();
    let begun = Instant::now();
    hasher.level(&verified).await;
    assert!(begun.elapsed() < Duration::from_millis(50), "nobody waits where nobody's hash is costly");

    // bcrypt of cost 10, of another password.
    let costly = PasswordHash::from_phc("$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy".to_owned());
    let wrong = hasher.check("bob", Some(costly)).await.unwrap();
    assert_eq!(wrong.verdict, Verdict::Wrong);
    let level = &hasher.pool.0.level;
    assert_eq!(level.is(), Duration::from_micros(wrong.took.as_micros().try_into().unwrap()));
    let begun = Instant::now();
    let unknown = hasher.check("nobody", None).await.unwrap();
    hasher.level(&unknown).await;
    assert!(begun.elapsed() >= level.is(), "{:?} of {:?}", begun.elapsed(), level.is());
    level.note(Duration::ZERO);
    assert!(level.is() < wrong.took, "what was an exception is forgotten");
}

#[tokio::test]
async fn accounts_past_the_places_of_the_queue_are_turned_away_and_none_for_another_s_many() {
    let hasher = hasher(1, 2, Cost::OWASP);
    let verify = |account: String| {
        let hasher = hasher.clone();
        tokio::spawn(async move { hasher.check(&account, None).await })
    };
    let many: Vec<_> = (0..16).map(|_| verify("bob".to_owned())).collect();
    tokio::task::yield_now().await;
    let others: Vec<_> = (0..16).map(|number| verify(format!("user{number}"))).collect();
    let mut full = 0;
    for task in others {
        full += usize::from(matches!(task.await.unwrap(), Err(HasherError::Full | HasherError::Address)));
    }
    assert!((8..16).contains(&full), "{full} of 16 others were turned away");
    for task in many {
        let waited = task.await.unwrap();
        assert!(matches!(waited, Ok(_) | Err(HasherError::Account | HasherError::Address)), "{waited:?}");
    }
}

/// Randomness that counts who asks, and panics when it is told to.
struct Watched {
    asked: AtomicUsize,
    panics: bool,
}

impl Random for Watched {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomError> {
        let before = self.asked.fetch_add(1, Ordering::Relaxed);
        // The decoy takes two.
        assert!(!self.panics || before < 2, "on purpose");
        OsRandom.fill(bytes)
    }
}

fn watched(panics: bool) -> (Hasher, Arc<Watched>) {
    let random = Arc::new(Watched { asked: AtomicUsize::new(0), panics });
    let size = PoolSize { workers: 1, waiting: 4 };
    let dynamic: Arc<dyn Random> = Arc::clone(&random) as _;
    (Hasher::start(size, Cost::OWASP, &dynamic, Arc::new(SystemClock)).unwrap(), random)
}

#[tokio::test]
async fn a_panic_in_a_thread_is_an_error_of_one_and_the_pool_goes_on() {
    let (hasher, _) = watched(true);
    for _ in 0..3 {
        assert!(matches!(hasher.hash(asker("alice"), typed()).await, Err(HasherError::Panicked)));
    }
    assert_eq!(hasher.threads(), 1);
    assert_eq!(hasher.check("alice", None).await.unwrap().verdict, Verdict::Wrong);
}

#[tokio::test]
async fn a_pool_without_threads_says_so_at_once() {
    let hasher = hasher(0, 4, QUICK);
    assert_eq!(hasher.threads(), 0);
    assert!(matches!(hasher.check("alice", None).await, Err(HasherError::Stopped)));
    assert!(matches!(hasher.hash(asker("alice"), typed()).await, Err(HasherError::Stopped)));
}

#[tokio::test]
async fn nothing_is_computed_for_an_asker_who_has_gone() {
    let (hasher, random) = watched(false);
    let first = hasher.check("bob", None);
    let gone: Vec<_> = (0..8)
        .map(|_| {
            let hasher = hasher.clone();
            tokio::spawn(async move { hasher.hash(asker("alice"), typed()).await })
        })
        .collect();
    tokio::task::yield_now().await;
    assert!(hasher.waiting() >= 7, "one may have begun: {}", hasher.waiting());
    gone.iter().for_each(tokio::task::JoinHandle::abort);
    let _ = first.await.unwrap();
    for task in gone {
        assert!(task.await.unwrap_err().is_cancelled());
    }
    let _ = hasher.hash(asker("carol"), typed()).await.unwrap();
    assert_eq!(hasher.waiting(), 0);
    // Two for the decoy, one for carol, and at most one that had begun before it was given up.
    assert!(random.asked.load(Ordering::Relaxed) <= 4, "{:?}", random.asked);
}

#[tokio::test]
async fn threads_end_with_the_last_who_could_ask() {
    let pool = Arc::downgrade(&hasher(2, 4, QUICK).pool.0);
    let until = Instant::now() + Duration::from_secs(10);
    while pool.upgrade().is_some() {
        assert!(Instant::now() < until, "they run on");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
