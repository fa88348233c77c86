//! The lane of checks: few connections, on which questions follow one another without waiting for answers.
//!
//! A connection can hang while the database is well: a firewall forgot it, the machine behind it is gone. So a question that
//! has no answer after half of its time, on a connection that meanwhile answered nothing at all, is asked on another one
//! too. Whichever is proved to hang is closed, and another is made in its place behind everybody's back.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use arc_swap::ArcSwapOption;
use tokio::sync::Mutex;

use super::connection::{Ask, Connection, Making};
use super::error::Error;
use crate::seeded::{Bug, seeded};

/// How many there are.
const READERS: usize = 3;

/// How long making a connection in the background may take.
const MADE_WITHIN: Duration = Duration::from_secs(5);

/// How long it is until another is tried after one could not be made.
const AGAIN: Duration = Duration::from_millis(100);

/// The lane.
pub(super) struct Readers {
    making: Arc<Making>,
    places: [Arc<Place>; READERS],
    turn: AtomicUsize,
}

/// Where a connection is, or will be.
#[derive(Default)]
struct Place {
    open: ArcSwapOption<Reader>,
    making: Mutex<()>,
}

/// A connection, and how many answers have come on it.
pub(super) struct Reader {
    connection: Connection,
    answers: AtomicUsize,
}

impl Reader {
    /// To ask on.
    pub(super) fn on(&self) -> super::connection::On<'_> {
        self.connection.on()
    }

    fn answers(&self) -> usize {
        self.answers.load(Ordering::Acquire)
    }

    /// Asks, and counts the answer.
    async fn ask<T>(&self, ask: &impl Ask<T>) -> Result<T, Error> {
        let answer = ask.on(self.on()).await;
        self.answers.fetch_add(1, Ordering::AcqRel);
        answer
    }

    /// Whether this error says that the other side has closed it.
    fn has_lost(&self, error: &Error) -> bool {
        matches!(error, Error::Sql(_)) && self.connection.is_closed()
    }
}

/// A question that was put: on which connection, and how many answers had come there before.
struct Put {
    reader: Arc<Reader>,
    before: usize,
}

impl Put {
    fn on(reader: &Arc<Reader>) -> Self {
        Self { reader: Arc::clone(reader), before: reader.answers() }
    }

    /// Whether nothing at all has been answered on it since.
    fn is_silent(&self) -> bool {
        self.reader.answers() == self.before
    }
}

impl Readers {
    pub(super) fn new(making: Arc<Making>) -> Self {
        Self { making, places: Default::default(), turn: AtomicUsize::new(0) }
    }

    /// Asks a question that changes nothing, and waits so long for the answer.
    pub(super) async fn ask<T>(&self, within: Duration, ask: impl Ask<T>) -> Result<T, Error> {
        let mut put = Vec::new();
        let patience = if seeded(Bug::HangingNotReplaced) { within } else { within / 2 };
        if let Ok(answer) = tokio::time::timeout(within, self.ask_until(patience, &ask, &mut put)).await {
            return answer;
        }
        for put in put.iter().filter(|put| put.is_silent() && !seeded(Bug::HangingNotReplaced)) {
            self.give_up(&put.reader);
        }
        Err(Error::Slow(within))
    }

    /// Asks until there is an answer. One that was closed by the other side was so before: it is asked elsewhere.
    async fn ask_until<T>(&self, patience: Duration, ask: &impl Ask<T>, put: &mut Vec<Put>) -> Result<T, Error> {
        let mut tried = 0;
        loop {
            let reader = self.next(None).await?;
            tried += 1;
            put.push(Put::on(&reader));
            let answer = self.ask_twice(&reader, patience, ask, put).await;
            match &answer {
                Err(error) if reader.has_lost(error) && tried <= READERS => {}
                _ => return answer,
            }
        }
    }

    /// Asks here, and somewhere else too when nothing is heard.
    async fn ask_twice<T>(
        &self,
        reader: &Arc<Reader>,
        patience: Duration,
        ask: &impl Ask<T>,
        put: &mut Vec<Put>,
    ) -> Result<T, Error> {
        let first = reader.ask(ask);
        tokio::pin!(first);
        if let Ok(answer) = tokio::time::timeout(patience, &mut first).await {
            return answer;
        }
        if !put.last().is_some_and(Put::is_silent) {
            // It answers others, one after the other.
            return first.await;
        }
        let second = async {
            let other = self.next(Some(reader)).await?;
            put.push(Put::on(&other));
            other.ask(ask).await
        };
        tokio::select! {
            biased;
            answer = &mut first => answer,
            answer = second => {
                if answer.is_err() {
                    return first.await;
                }
                self.give_up(reader);
                answer
            }
        }
    }

    /// A connection: one that is open, if any is, and not this one if there is another. Those that are not are made meanwhile.
    pub(super) async fn next(&self, but: Option<&Arc<Reader>>) -> Result<Arc<Reader>, Error> {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        let from_turn = || self.places.iter().cycle().skip(turn % READERS).take(READERS);
        let mut found = None;
        for place in from_turn() {
            match place.reader() {
                Some(reader) if but.is_some_and(|but| Arc::ptr_eq(but, &reader)) => {}
                Some(reader) => found = found.or(Some(reader)),
                None => place.make_behind(&self.making),
            }
            // The ones after it have their own turn.
            if found.is_some() {
                break;
            }
        }
        if let Some(reader) = found {
            return Ok(reader);
        }
        let is_other = |place: &&Arc<Place>| match (but, place.reader()) {
            (Some(but), Some(reader)) => !Arc::ptr_eq(but, &reader),
            (Some(_) | None, None) | (None, Some(_)) => true,
        };
        let place = from_turn().find(is_other).ok_or(Error::Down)?;
        place.make(&self.making).await
    }

    /// Closes one that hangs.
    fn give_up(&self, reader: &Arc<Reader>) {
        for place in &self.places {
            let open = place.open.load();
            if open.as_ref().is_some_and(|open| Arc::ptr_eq(open, reader)) {
                tracing::warn!("a connection to the database does not answer and is replaced");
                place.open.compare_and_swap(&open, None);
                place.make_behind(&self.making);
            }
        }
        reader.connection.hang_up();
    }
}

impl Place {
    fn reader(&self) -> Option<Arc<Reader>> {
        self.open.load_full().filter(|reader| !reader.connection.is_closed())
    }

    /// Makes the connection, unless it is there.
    async fn make(&self, making: &Making) -> Result<Arc<Reader>, Error> {
        let _making = self.making.lock().await;
        if let Some(reader) = self.reader() {
            return Ok(reader);
        }
        let reader = Arc::new(Reader { connection: making.open().await?, answers: AtomicUsize::new(0) });
        self.open.store(Some(Arc::clone(&reader)));
        Ok(reader)
    }

    /// The same with nobody waiting, unless somebody is at it.
    fn make_behind(self: &Arc<Self>, making: &Arc<Making>) {
        if self.making.try_lock().is_err() {
            return;
        }
        let (place, making) = (Arc::clone(self), Arc::clone(making));
        tokio::spawn(async move {
            let Ok(_making) = place.making.try_lock() else { return };
            if place.reader().is_some() {
                return;
            }
            match tokio::time::timeout(MADE_WITHIN, making.open()).await {
                Ok(Ok(connection)) => {
                    place.open.store(Some(Arc::new(Reader { connection, answers: AtomicUsize::new(0) })));
                }
                Ok(Err(_)) | Err(_) => tokio::time::sleep(AGAIN).await,
            }
        });
    }
}
