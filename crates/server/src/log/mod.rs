//! Logs: JSON lines on standard error, or short text in development.
//!
//! Whoever logs never waits and never fails: a line goes to a `queue`, and one thread writes. Lines that anybody can cause
//! over and over are limited (`limit`) by their kind.

mod limit;
mod queue;

use std::any::Any;
use std::fs::File;
use std::io::{self, Write as _};
use std::os::fd::AsFd;
use std::sync::Arc;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use serde_json::{Map, Value};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, fmt};

use crate::config::Log;
use limit::Limit;
use queue::Queue;

/// The target of the line that each request leaves where `log.requests` asks for it. It is not limited: there are to be as
/// many as there are requests.
pub const REQUESTS: &str = "admit::requests";

/// How long the end of a process waits for lines that have not been written.
const WRITTEN_WITHIN: Duration = Duration::from_millis(500);

/// The log of this process.
#[derive(Clone)]
pub struct Logging {
    queue: Queue,
    limit: Arc<Limit>,
}

/// How lines look.
#[derive(Clone, Copy)]
enum Style {
    /// One JSON object a line.
    Json,
    /// For people.
    Text,
}

/// Begins logging. A panic is logged too, instead of being printed.
///
/// # Errors
/// When `log.level` is not a filter, or the system gives no thread.
pub fn begin(log: &Log, dev: bool) -> Result<Logging, String> {
    let filter = EnvFilter::try_new(&log.level).map_err(|error| {
        format!("log.level: \"{}\" is not a level ({error}). Use error, warn, info or debug.", log.level)
    })?;
    let style = if dev { Style::Text } else { Style::Json };
    let limit = Arc::new(Limit::new(Instant::now));
    let begun = standard_error().and_then(|out| Queue::start(out, style, Arc::clone(&limit)));
    let queue = begun.map_err(|error| format!("The log cannot begin: {error}."))?;
    let lines = fmt::layer().with_writer(queue.clone()).with_target(false).log_internal_errors(false);
    let lines = match style {
        Style::Json => lines.json().flatten_event(true).boxed(),
        Style::Text => lines.compact().boxed(),
    };
    let registry = tracing_subscriber::registry().with(lines).with(filter).with(limit::Limiter(Arc::clone(&limit)));
    registry.try_init().map_err(|error| error.to_string())?;
    std::panic::set_hook(Box::new(|panic| {
        let at = panic.location().map(ToString::to_string);
        tracing::error!(at, "a thread panicked: {}", words(panic.payload()));
    }));
    Ok(Logging { queue, limit })
}

impl Logging {
    /// Lines that were lost since the start, because standard error did not take them.
    #[must_use]
    pub fn lost(&self) -> u64 {
        self.queue.lost()
    }

    /// Lines that were left out since the start, because there were many of their kind. Each is in the count of a summary.
    #[must_use]
    pub fn limited(&self) -> u64 {
        self.limit.held()
    }

    /// Waits until what was logged is written, but not for long.
    pub fn finish(&self) {
        self.queue.flush(WRITTEN_WITHIN);
    }
}

/// Says a last sentence on standard error, without waiting for a reader that has stalled.
pub fn last_words(sentence: String) {
    let (done, said) = mpsc::channel();
    let spoken = std::thread::Builder::new().name("admit-last-words".to_owned()).spawn(move || {
        drop(standard_error().and_then(|mut out| out.write_all(sentence.as_bytes())));
        let _ = done.send(());
    });
    if spoken.is_ok() {
        let _ = said.recv_timeout(WRITTEN_WITHIN);
    }
}

/// Standard error without its lock: a thread that is stuck in writing would hold that.
fn standard_error() -> io::Result<File> {
    io::stderr().as_fd().try_clone_to_owned().map(File::from)
}

fn words(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("without a word")
}

impl Style {
    /// A line of the log's own, which does not come from an event.
    fn line(self, level: tracing::Level, message: &str, fields: &[(&str, Value)]) -> Vec<u8> {
        let at = jiff::Timestamp::now().to_string();
        let mut line = match self {
            Self::Json => {
                let mut object = Map::new();
                object.insert("timestamp".to_owned(), at.into());
                object.insert("level".to_owned(), level.as_str().into());
                object.insert("message".to_owned(), message.into());
                object.extend(fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
                Value::Object(object).to_string()
            }
            Self::Text => {
                let fields: String = fields.iter().map(|(name, value)| format!(" {name}={value}")).collect();
                format!("{at} {level:>5} {message}{fields}")
            }
        };
        line.push('\n');
        line.into_bytes()
    }
}
