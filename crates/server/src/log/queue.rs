//! The way of a line to standard error. A reader that has gone or stalled, and a full disk, cost lines and nothing else.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};

use tracing::Level;
use tracing_subscriber::fmt::MakeWriter;

use super::Style;
use super::limit::Limit;

/// Most bytes that wait to be written. A line more is lost, and counted.
const MOST_BYTES: usize = 4 * 1024 * 1024;
/// What a line costs beside its bytes.
const EACH: usize = 64;
/// How often summaries are written, and how often a way that was shut is tried again.
const TICK: Duration = Duration::from_secs(1);
/// How long a pipe that is full and does not make its writer wait is left alone.
const FULL: Duration = Duration::from_millis(20);

enum Message {
    Line(Vec<u8>),
    Flush(Sender<()>),
}

#[derive(Default)]
struct Counts {
    waiting: AtomicUsize,
    lost: AtomicU64,
}

/// Takes lines. Never waits, never fails.
#[derive(Clone)]
pub(super) struct Queue {
    sender: Sender<Message>,
    counts: Arc<Counts>,
}

impl Queue {
    /// Starts the thread that writes.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub(super) fn start(out: impl Write + Send + 'static, style: Style, limit: Arc<Limit>) -> io::Result<Self> {
        let (sender, messages) = mpsc::channel();
        let counts = Arc::new(Counts::default());
        let mut pen = Pen { out, style, counts: Arc::clone(&counts), limit, torn: false, reported: 0, cause: None };
        std::thread::Builder::new().name("admit-log".to_owned()).spawn(move || pen.write_all(&messages))?;
        Ok(Self { sender, counts })
    }

    /// Lines that were lost.
    pub(super) fn lost(&self) -> u64 {
        self.counts.lost.load(Ordering::Relaxed)
    }

    /// Waits until what was sent is written, at most this long.
    pub(super) fn flush(&self, within: Duration) {
        let (done, flushed) = mpsc::channel();
        if self.sender.send(Message::Flush(done)).is_ok() {
            let _ = flushed.recv_timeout(within);
        }
    }
}

impl Write for Queue {
    /// A whole line, as the formatter gives it.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let cost = line.len() + EACH;
        let taken = self.counts.waiting.fetch_add(cost, Ordering::Relaxed) + cost <= MOST_BYTES
            && self.sender.send(Message::Line(line.to_vec())).is_ok();
        if !taken {
            self.counts.waiting.fetch_sub(cost, Ordering::Relaxed);
            self.counts.lost.fetch_add(1, Ordering::Relaxed);
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Queue {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// The thread's side of it.
struct Pen<W> {
    out: W,
    style: Style,
    counts: Arc<Counts>,
    limit: Arc<Limit>,
    /// Whether the last line was written in part: the next one begins on a line of its own.
    torn: bool,
    /// How many of the lost lines have been reported.
    reported: u64,
    /// Why the last line was lost.
    cause: Option<String>,
}

impl<W: Write> Pen<W> {
    fn write_all(&mut self, messages: &Receiver<Message>) {
        let mut ticked = Instant::now();
        loop {
            match messages.recv_timeout(TICK) {
                Ok(Message::Line(line)) => {
                    self.line(&line);
                    self.counts.waiting.fetch_sub(line.len() + EACH, Ordering::Relaxed);
                }
                Ok(Message::Flush(done)) => {
                    self.summaries(true);
                    self.report();
                    let _ = done.send(());
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            if ticked.elapsed() >= TICK {
                self.summaries(false);
                self.report();
                ticked = Instant::now();
            }
        }
    }

    fn line(&mut self, line: &[u8]) {
        if let Err(error) = self.put(line) {
            self.counts.lost.fetch_add(1, Ordering::Relaxed);
            self.cause = Some(error.to_string());
        }
    }

    fn summaries(&mut self, all: bool) {
        for summary in self.limit.due(all) {
            let message =
                format!("{}: {} more of this kind in the last {} s", summary.message, summary.more, summary.seconds);
            let line = self.style.line(summary.level, &message, &[("more", summary.more.into())]);
            self.line(&line);
        }
    }

    /// Says how many lines were lost, once lines are taken again.
    fn report(&mut self) {
        let lost = self.counts.lost.load(Ordering::Relaxed);
        if lost == self.reported {
            return;
        }
        let cause = self.cause.as_deref().unwrap_or("the reader was too slow");
        let fields = [("lost", (lost - self.reported).into()), ("cause", cause.into())];
        let line = self.style.line(Level::WARN, "log lines were lost", &fields);
        if self.put(&line).is_ok() {
            (self.reported, self.cause) = (lost, None);
        }
    }

    fn put(&mut self, line: &[u8]) -> io::Result<()> {
        if self.torn {
            self.rest(b"\n")?;
            self.torn = false;
        }
        self.rest(line)
    }

    fn rest(&mut self, mut rest: &[u8]) -> io::Result<()> {
        while !rest.is_empty() {
            match self.out.write(rest) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(written) => {
                    rest = rest.get(written..).unwrap_or_default();
                    self.torn = !rest.is_empty();
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => std::thread::sleep(FULL),
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    const SOON: Duration = Duration::from_secs(5);

    /// What standard error is in a test: full while it is shut, and of which a thread may be made to wait.
    #[derive(Clone, Default)]
    struct Out(Arc<Mutex<State>>);

    #[derive(Default)]
    struct State {
        text: Vec<u8>,
        room: Option<usize>,
        stalled: bool,
    }

    impl Write for Out {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let mut state = self.0.lock().unwrap();
            if state.stalled {
                return Err(io::ErrorKind::WouldBlock.into());
            }
            let most = state.room.unwrap_or(usize::MAX).min(bytes.len());
            if most == 0 {
                return Err(io::ErrorKind::StorageFull.into());
            }
            state.room = state.room.map(|room| room - most);
            state.text.extend(&bytes[..most]);
            Ok(most)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn queue() -> (Queue, Out) {
        let out = Out::default();
        let limit = Arc::new(Limit::new(Instant::now));
        (Queue::start(out.clone(), Style::Json, limit).unwrap(), out)
    }

    fn text(out: &Out) -> String {
        String::from_utf8(out.0.lock().unwrap().text.clone()).unwrap()
    }

    #[test]
    fn on_a_full_disk_lines_are_lost_and_counted_and_afterwards_one_line_says_how_many() {
        let (mut queue, out) = queue();
        out.0.lock().unwrap().room = Some(13);
        for line in ["{\"a\":1}\n", "{\"b\":2}\n", "{\"c\":3}\n"] {
            queue.write_all(line.as_bytes()).unwrap();
        }
        Queue::flush(&queue, SOON);
        assert_eq!((queue.lost(), text(&out).as_str()), (2, "{\"a\":1}\n{\"b\":"), "the second was torn");
        out.0.lock().unwrap().room = None;
        queue.write_all(b"{\"d\":4}\n").unwrap();
        Queue::flush(&queue, SOON);
        let text = text(&out);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[2], "{\"d\":4}", "on a line of its own: {text}");
        let report: serde_json::Value = serde_json::from_str(lines[3]).unwrap();
        assert_eq!((&report["lost"], &report["level"]), (&2.into(), &"WARN".into()), "{report}");
        assert!(report["cause"].as_str().unwrap().contains("storage"), "{report}");
        assert_eq!(lines.len(), 4, "it says so once: {text}");
    }

    #[test]
    fn a_reader_that_stalls_makes_nobody_wait_and_costs_a_bounded_memory() {
        let (mut queue, out) = queue();
        out.0.lock().unwrap().stalled = true;
        let line = [b'x'; 1024];
        let begun = Instant::now();
        for _ in 0..10_000 {
            queue.write_all(&line).unwrap();
        }
        Queue::flush(&queue, Duration::from_millis(50));
        assert!(begun.elapsed() < SOON, "somebody waited");
        assert!(queue.lost() > 5_000, "{}", queue.lost());
        assert!(queue.counts.waiting.load(Ordering::Relaxed) <= MOST_BYTES);
        out.0.lock().unwrap().stalled = false;
        Queue::flush(&queue, SOON);
        assert!(text(&out).contains("\"log lines were lost\""));
        assert_eq!(queue.counts.waiting.load(Ordering::Relaxed), 0);
    }
}
