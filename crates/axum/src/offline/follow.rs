//! Following the feed: every signal in order, none left out, and an honest idea of how old the knowledge is.

use std::sync::Arc;
use std::time::{Duration, Instant};

use admit_core::signal::{Position, Revocations, Told, read};
use admit_core::time::{Clock, SystemClock};
use admit_core::token::Verifier;
use reqwest::Response;
use serde::Deserialize;

use super::fetch::{Fetch, FetchError, Metadata};
use super::fresh::Fresh;
use super::sse::{SseError, SseEvent, SseReader};

/// The first and the longest wait after a failure.
const WAIT: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(2));
/// How often what no token needs any more is forgotten.
const PURGE: Duration = Duration::from_secs(60);

/// Why following ended.
#[derive(Debug, thiserror::Error)]
enum Lost {
    #[error(transparent)]
    Fetch(#[from] FetchError),
    #[error(transparent)]
    Http(#[from] reqwest::Error),
    #[error(transparent)]
    Stream(#[from] SseError),
    #[error("nothing was heard for {0:?}")]
    Silent(Duration),
    #[error("the event {0} cannot be read")]
    Event(String),
    #[error("signals are missing between {known} and {given}")]
    Gap { known: u64, given: u64 },
    #[error("what is heard is {0:?} old")]
    Late(Duration),
}

/// `current` and `heartbeat`.
#[derive(Deserialize)]
struct Pulse {
    /// Milliseconds since the answer began.
    t: u64,
}

/// Follows one issuer.
pub(super) struct Follower {
    fetch: Fetch,
    verifier: Arc<Verifier>,
    revocations: Arc<Revocations>,
    fresh: Arc<Fresh>,
    /// Half of the bound: a stream that lags further behind is given up for a new one.
    late: Duration,
    metadata: Option<Metadata>,
    /// The last place up to which everything is known.
    position: Option<Position>,
    /// Whether the keys are to be fetched (again).
    keys_due: bool,
    purged: Instant,
}

impl Follower {
    pub(super) fn new(
        fetch: Fetch,
        verifier: Arc<Verifier>,
        revocations: Arc<Revocations>,
        fresh: Arc<Fresh>,
        bound: Duration,
    ) -> Self {
        let (late, purged) = (bound / 2, Instant::now());
        Self { fetch, verifier, revocations, fresh, late, metadata: None, position: None, keys_due: true, purged }
    }

    /// Follows for ever. While it cannot, what is known grows old, and the gate closes by itself.
    pub(super) async fn run(mut self) {
        let mut wait = WAIT.0;
        loop {
            match self.once().await {
                // The issuer ends each answer after a while, so that followers show again that they may.
                Ok(()) => wait = WAIT.0,
                Err(lost) => {
                    tracing::warn!(issuer = self.verifier.issuer(), %lost, "the feed of revocations was lost; asking again");
                    tokio::time::sleep(wait).await;
                    wait = (wait * 2).min(WAIT.1);
                }
            }
        }
    }

    async fn once(&mut self) -> Result<(), Lost> {
        let metadata = match &self.metadata {
            Some(metadata) => metadata.clone(),
            None => self.metadata.insert(self.fetch.metadata().await?).clone(),
        };
        let position = self.position.map(|position| position.to_string());
        let (asked, response) = self.fetch.feed(&metadata, position.as_deref()).await?;
        // After the feed has begun: a change of the keys from here on is told by it.
        self.keys_due = true;
        self.fetch_keys(&metadata).await?;
        self.listen(&metadata, asked, response).await
    }

    async fn fetch_keys(&mut self, metadata: &Metadata) -> Result<(), Lost> {
        if self.keys_due {
            self.verifier.use_keys(self.fetch.keys(metadata).await?);
            self.keys_due = false;
        }
        Ok(())
    }

    async fn listen(&mut self, metadata: &Metadata, asked: Instant, mut response: Response) -> Result<(), Lost> {
        let silence =
            (metadata.heartbeat() * 3).max(Duration::from_secs(1)).min(self.late.max(metadata.heartbeat() * 2));
        let mut reader = SseReader::default();
        // Until `current` has come, signals may leave out numbers that nobody needs any more.
        let mut current = false;
        loop {
            let piece = tokio::time::timeout(silence, response.chunk()).await.map_err(|_| Lost::Silent(silence))??;
            let Some(piece) = piece else { return Ok(()) };
            for event in reader.push(&piece)? {
                match event.name.as_str() {
                    "current" | "heartbeat" => {
                        self.pulse(&event, asked, current)?;
                        current = true;
                        self.fetch_keys(metadata).await?;
                    }
                    _ => self.signal(&event, current)?,
                }
            }
        }
    }

    /// Everything up to `t` milliseconds after the answer began has been told. It began after we asked.
    fn pulse(&mut self, event: &SseEvent, asked: Instant, current: bool) -> Result<(), Lost> {
        let unreadable = || Lost::Event(event.name.clone());
        let place: Position = event.id.parse().map_err(|_| unreadable())?;
        let pulse: Pulse = serde_json::from_str(&event.data).map_err(|_| unreadable())?;
        if current && let Some(known) = self.position.filter(|known| *known != place) {
            return Err(Lost::Gap { known: known.seq, given: place.seq });
        }
        self.position = Some(place);
        let now = Instant::now();
        let as_of = asked.checked_add(Duration::from_millis(pulse.t)).map_or(now, |moment| moment.min(now));
        self.fresh.know(as_of);
        if now.saturating_duration_since(self.purged) > PURGE {
            self.purged = now;
            self.revocations.purge(SystemClock.now());
        }
        // Held up on the way, or the two clocks run apart: a new answer begins at a new moment.
        let age = now.saturating_duration_since(as_of);
        if age > self.late { Err(Lost::Late(age)) } else { Ok(()) }
    }

    fn signal(&mut self, event: &SseEvent, current: bool) -> Result<(), Lost> {
        let unreadable = || Lost::Event(event.name.clone());
        let place: Position = event.id.parse().map_err(|_| unreadable())?;
        let claims = serde_json::from_str(&event.data).map_err(|_| unreadable())?;
        if let Some(known) = self.position.filter(|_| current)
            && (known.log != place.log || known.seq + 1 != place.seq)
        {
            return Err(Lost::Gap { known: known.seq, given: place.seq });
        }
        let signal = read(&event.name, &claims, self.verifier.issuer(), place.seq).map_err(|_| unreadable())?;
        if let Some(signal) = signal {
            self.keys_due |= matches!(signal.told, Told::KeysChanged);
            self.revocations.apply(&signal);
        }
        // Before `current`, the place stays where everything before it is known for certain.
        if current {
            self.position = Some(place);
        }
        Ok(())
    }
}
