//! Following the feed: every signal in order, none left out, and an honest idea of how old the knowledge is.

use std::sync::Arc;
use std::time::{Duration, Instant};

use admit_clock::SystemClock;
use admit_core::drift::GRACE;
use admit_core::random::{OsRandom, spread};
use admit_core::signal::{Position, Revocations, Told, WireError, read};
use admit_core::time::{Clock, Moment, Timestamp};
use admit_core::token::{LEEWAY, Verifier};
use reqwest::Response;
use serde::Deserialize;

use super::fetch::{Fetch, FetchError, Metadata};
use super::fresh::Fresh;
use super::sse::{SseError, SseEvent, SseReader};

/// The first and the longest wait between two tries.
const WAIT: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(1));
/// An answer that has gone on for this long has shown that following works: the next wait is the first again.
const STEADY: Duration = Duration::from_secs(5);
/// In an outage it is said this often that it goes on.
const SAY_AGAIN: Duration = Duration::from_secs(60);
/// How far the issuer's clock may run ahead of ours within one answer. Two steady clocks part by a few hundredths of a
/// second in five minutes. More is a machine that was stopped for a while: its clock says that no time has passed.
const AHEAD: Duration = Duration::from_millis(250);
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
    #[error("nothing arrived for {0:?}")]
    Silent(Duration),
    #[error("the event {0} cannot be read")]
    Event(String),
    #[error("the event {name} revokes tokens, but {why}")]
    Signal { name: String, why: WireError },
    #[error("signals are missing between {known} and {given}")]
    Gap { known: u64, given: u64 },
    #[error("the feed is {0:?} late")]
    Late(Duration),
    #[error("the issuer's clock has gone {0:?} further than ours")]
    Ahead(Duration),
    #[error(
        "this machine's clock and the issuer's are {0:?} apart: until they agree no token can be judged. Set them by NTP"
    )]
    Clock(Duration),
    #[error("the answer ended before it had told what is current")]
    Ended,
}

/// `current` and `heartbeat`.
#[derive(Deserialize)]
struct Pulse {
    /// Milliseconds since the answer began.
    t: u64,
    /// The issuer's clock: milliseconds since 1970.
    at: u64,
}

/// How far this machine's clock is from the issuer's, if that is more than a check of a token allows for.
///
/// What was said `age` ago says what the time was then. A clock that is apart would take tokens for good, or for over, at
/// other times than the issuer counts on when it forgets what was revoked.
fn apart(here: Timestamp, issuer: Timestamp, age: Duration) -> Option<Duration> {
    let ahead = here.since(issuer).saturating_sub(age);
    let apart = ahead.max(issuer.since(here));
    (apart > LEEWAY).then_some(apart)
}

/// Follows one issuer.
pub(super) struct Follower {
    fetch: Fetch,
    verifier: Arc<Verifier>,
    revocations: Arc<Revocations>,
    fresh: Arc<Fresh>,
    /// Half of the bound: a stream that lags further behind is given up for a new one.
    late: Duration,
    /// The last place up to which everything is known.
    position: Option<Position>,
    /// Whether the keys are to be fetched (again).
    keys_due: bool,
    purged: Instant,
    /// Since when the present answer has told what is current.
    current: Option<Instant>,
    /// When it was last said that the feed is lost, unless it has been found again since.
    said: Option<Instant>,
    /// What the issuer said last.
    heartbeat: Duration,
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
        let (position, current, said) = (None, None, None);
        let (keys_due, heartbeat) = (true, Duration::ZERO);
        Self { fetch, verifier, revocations, fresh, late, position, keys_due, purged, current, said, heartbeat }
    }

    /// Follows for ever. While it cannot, what is known grows old, and the gate closes by itself.
    pub(super) async fn run(mut self) {
        let mut wait = WAIT.0;
        loop {
            let ended = self.once().await;
            if self.current.take().is_some_and(|since| since.elapsed() >= STEADY) {
                wait = WAIT.0;
            }
            match ended {
                // The issuer ends each answer after a while, so that followers show again that they may.
                Ok(()) => {
                    tracing::debug!(issuer = self.verifier.issuer(), "the feed of revocations is asked for again");
                }
                Err(lost) => self.say(&lost),
            }
            tokio::time::sleep(spread(wait, &OsRandom)).await;
            wait = (wait * 2).min(WAIT.1);
        }
    }

    /// Once when it is lost, and now and then while it stays so: an outage of an hour must not fill the log.
    fn say(&mut self, lost: &Lost) {
        let issuer = self.verifier.issuer();
        if self.said.is_some_and(|said| said.elapsed() < SAY_AGAIN) {
            tracing::debug!(issuer, %lost, "the feed of revocations was lost; asking again");
        } else {
            tracing::warn!(issuer, %lost, "the feed of revocations was lost; asking again until it is back");
            self.said = Some(Instant::now());
        }
    }

    /// A bound that is over before the next heartbeat comes is a mistake in the configuration, and would look like an outage.
    fn compare(&mut self, heartbeat: Duration) {
        if heartbeat > self.late && self.heartbeat != heartbeat {
            let (issuer, bound) = (self.verifier.issuer(), self.late * 2);
            tracing::warn!(
                issuer,
                ?bound,
                ?heartbeat,
                "max_staleness is under two heartbeats: expect 503 between them"
            );
        }
        self.heartbeat = heartbeat;
    }

    async fn once(&mut self) -> Result<(), Lost> {
        // Each time: an issuer that was started anew may say something else.
        let metadata = self.fetch.metadata().await?;
        self.compare(metadata.heartbeat());
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

    async fn listen(&mut self, metadata: &Metadata, asked: Moment, mut response: Response) -> Result<(), Lost> {
        let silence = silence(metadata.heartbeat(), self.late);
        let mut reader = SseReader::default();
        let mut heard = Instant::now();
        loop {
            // Since the last whole event: bytes that say nothing (a proxy's comments) do not count.
            let patience = silence.saturating_sub(heard.elapsed());
            if patience.is_zero() {
                return Err(Lost::Silent(silence));
            }
            let piece = tokio::time::timeout(patience, response.chunk()).await.map_err(|_| Lost::Silent(silence))??;
            let Some(piece) = piece else {
                return if self.current.is_some() { Ok(()) } else { Err(Lost::Ended) };
            };
            for event in reader.push(&piece)? {
                match event.name.as_str() {
                    "current" | "heartbeat" => {
                        // Before it counts as knowledge: a token of a new key would be refused as of an unknown one.
                        self.fetch_keys(metadata).await?;
                        self.pulse(&event, asked)?;
                    }
                    _ => self.signal(&event)?,
                }
                heard = Instant::now();
            }
        }
    }

    /// Everything up to `t` milliseconds after the answer began has been told. It began after we asked.
    fn pulse(&mut self, event: &SseEvent, asked: Moment) -> Result<(), Lost> {
        let unreadable = || Lost::Event(event.name.clone());
        let place: Position = event.id.parse().map_err(|_| unreadable())?;
        let pulse: Pulse = serde_json::from_str(&event.data).map_err(|_| unreadable())?;
        // Until the first of them, signals may leave out numbers that nobody needs any more.
        if self.current.is_some()
            && let Some(known) = self.position.filter(|known| *known != place)
        {
            return Err(Lost::Gap { known: known.seq, given: place.seq });
        }
        self.position = Some(place);
        let now = SystemClock.monotonic();
        let as_of = asked.plus(Duration::from_millis(pulse.t));
        let ahead = as_of.since(now);
        if ahead > AHEAD {
            return Err(Lost::Ahead(ahead));
        }
        let age = now.since(as_of);
        // Of the two clocks' difference, what came late on its way is no part: both ends of that time are known.
        if let Some(apart) = apart(SystemClock.now(), Timestamp::from_millis(pulse.at), age) {
            return Err(Lost::Clock(apart));
        }
        self.fresh.know(as_of.min(now));
        if self.current.is_none() {
            self.current = Some(Instant::now());
            if self.said.take().is_some() {
                tracing::info!(issuer = self.verifier.issuer(), "the feed of revocations is followed again");
            }
        }
        if self.purged.elapsed() > PURGE {
            self.purged = Instant::now();
            // Not at once: this clock may be ahead for the moment.
            self.revocations.purge(SystemClock.now().minus(GRACE));
        }
        // Held up on the way, or the two clocks run apart: a new answer begins at a new moment.
        if age > self.late { Err(Lost::Late(age)) } else { Ok(()) }
    }

    fn signal(&mut self, event: &SseEvent) -> Result<(), Lost> {
        let unreadable = || Lost::Event(event.name.clone());
        let place: Position = event.id.parse().map_err(|_| unreadable())?;
        let claims = serde_json::from_str(&event.data).map_err(|_| unreadable())?;
        let current = self.current.is_some();
        if let Some(known) = self.position.filter(|_| current)
            && (known.log != place.log || known.seq.checked_add(1) != Some(place.seq))
        {
            return Err(Lost::Gap { known: known.seq, given: place.seq });
        }
        let signal = read(&event.name, &claims, self.verifier.issuer(), place.seq)
            .map_err(|why| Lost::Signal { name: event.name.clone(), why })?;
        self.keys_due |= matches!(signal.told, Told::KeysChanged);
        self.revocations.apply(&signal);
        // Before `current`, the place stays where everything before it is known for certain.
        if current {
            self.position = Some(place);
        }
        Ok(())
    }
}

/// How long nothing may be heard: three heartbeats, or half of the bound if that is less and leaves room for two.
fn silence(heartbeat: Duration, late: Duration) -> Duration {
    (heartbeat * 3).max(Duration::from_secs(1)).min(late.max(heartbeat * 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_that_are_seconds_apart_are_told_from_news_that_came_late() {
        let at = |seconds: u64| Timestamp::from_seconds(1_700_000_000 + seconds);
        let seconds = Duration::from_secs;
        assert_eq!(apart(at(5), at(0), seconds(5)), None, "it was 5 s on its way");
        assert_eq!(apart(at(10), at(0), seconds(0)), None);
        assert_eq!(apart(at(11), at(0), seconds(0)), Some(seconds(11)), "this clock is ahead");
        assert_eq!(apart(at(0), at(11), seconds(0)), Some(seconds(11)), "this clock is behind");
        assert_eq!(apart(at(16), at(0), seconds(5)), Some(seconds(11)), "ahead, and late");
    }
}
