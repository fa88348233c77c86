//! One connection, which all requests share: their questions go out in order, and so do the answers come.
//!
//! A request puts its question into a queue and waits for its answer. One task writes what is in the queue and gives out the answers. While
//! questions are on their way the next ones wait for an answer to any of them, or until they are enough for a packet: so many go out by one
//! write and come back by one read, the more the busier it is, and one that is alone goes out at once. That is what Nagle's algorithm does for
//! a socket, without a system call for each question and without waiting for an acknowledgement that is delayed.
//!
//! Time is kept for the oldest question alone: when that is not answered in time none of the later ones would be, and the connection ends.

use std::collections::VecDeque;
use std::io;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::{Buf, BytesMut};
use tokio::io::{AsyncReadExt, AsyncWrite};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::{Instant, Sleep, sleep_until};

use super::dial::Broken;
use super::resp::{Answer, Command, read};
use super::socket::Socket;

/// How much may wait to be written before questions are refused.
const MOST: usize = 16 * 1024 * 1024;

/// How much is worth a write while answers are on their way: what fits into a packet.
const ENOUGH: usize = 1400;

/// Room for what is read at once.
const ROOM: usize = 16 * 1024;

/// The connection. It is closed when nobody has it any more.
#[derive(Clone)]
pub(super) struct Wire {
    shared: Arc<Shared>,
    _task: Arc<Task>,
}

struct Shared {
    queue: Mutex<Queue>,
    /// How long an answer may take, in milliseconds.
    patience: AtomicU64,
}

struct Queue {
    /// What is to be written.
    out: Vec<u8>,
    /// Who waits for the answers to it, and since when.
    asked: Vec<(Instant, oneshot::Sender<Answer>)>,
    /// The task, when it waits for something to write.
    idle: Option<Waker>,
    /// Some are not answered yet: it may wait for their answers, too.
    asking: bool,
    /// Why there are no answers any more.
    ended: Option<Broken>,
}

impl Shared {
    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Wire {
    /// Over this socket.
    pub(super) fn over(socket: Box<dyn Socket>, patience: Duration) -> Self {
        let queue = Queue { out: Vec::new(), asked: Vec::new(), idle: None, asking: false, ended: None };
        let shared = Arc::new(Shared { queue: Mutex::new(queue), patience: AtomicU64::new(0) });
        let driver = Driver {
            shared: shared.clone(),
            socket,
            writing: Vec::new(),
            written: 0,
            unflushed: false,
            read: BytesMut::new(),
            waiting: VecDeque::new(),
            alarm: None,
        };
        let wire = Self { shared, _task: Arc::new(Task(tokio::spawn(driver))) };
        wire.set_patience(patience);
        wire
    }

    /// How long an answer may take from now on.
    pub(super) fn set_patience(&self, patience: Duration) {
        let millis = u64::try_from(patience.as_millis()).unwrap_or(u64::MAX);
        self.shared.patience.store(millis, Ordering::Relaxed);
    }

    /// Asks, and waits for the answer.
    pub(super) async fn ask(&self, command: &Command) -> Result<Answer, Broken> {
        let (sender, answer) = oneshot::channel();
        self.put(|queue| {
            command.write_to(&mut queue.out);
            queue.asked.push((Instant::now(), sender));
        })?;
        answer.await.map_err(|_| self.ended())
    }

    /// Asks all of these in one go, and waits for the answers.
    pub(super) async fn ask_all(&self, commands: &[Command]) -> Result<Vec<Answer>, Broken> {
        let (senders, answers): (Vec<_>, Vec<_>) = commands.iter().map(|_| oneshot::channel()).unzip();
        self.put(|queue| {
            commands.iter().for_each(|command| command.write_to(&mut queue.out));
            let now = Instant::now();
            queue.asked.extend(senders.into_iter().map(|sender| (now, sender)));
        })?;
        let mut all = Vec::with_capacity(commands.len());
        for answer in answers {
            all.push(answer.await.map_err(|_| self.ended())?);
        }
        Ok(all)
    }

    fn put(&self, question: impl FnOnce(&mut Queue)) -> Result<(), Broken> {
        let idle = {
            let mut queue = self.shared.queue();
            if let Some(broken) = &queue.ended {
                return Err(broken.clone());
            }
            if queue.out.len() > MOST {
                return Err(Broken::late_because("it does not take what is sent"));
            }
            question(&mut queue);
            if queue.asking && queue.out.len() < ENOUGH { None } else { queue.idle.take() }
        };
        if let Some(task) = idle {
            task.wake();
        }
        Ok(())
    }

    fn ended(&self) -> Broken {
        self.shared.queue().ended.clone().unwrap_or_else(|| Broken::new("the connection was closed"))
    }
}

/// The task. It ends with this.
struct Task(JoinHandle<()>);

impl Drop for Task {
    fn drop(&mut self) {
        let Self(task) = self;
        task.abort();
    }
}

/// What the task does.
struct Driver {
    shared: Arc<Shared>,
    socket: Box<dyn Socket>,
    /// What was taken from the queue, and how much of it is written.
    writing: Vec<u8>,
    written: usize,
    unflushed: bool,
    read: BytesMut,
    /// Who waits for the answers to what was taken from the queue, the longest first.
    waiting: VecDeque<(Instant, oneshot::Sender<Answer>)>,
    /// Goes off when somebody may have waited too long.
    alarm: Option<Pin<Box<Sleep>>>,
}

impl Future for Driver {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let this = self.get_mut();
        match this.go_on(context) {
            Ok(()) => Poll::Pending,
            Err(broken) => {
                // Whoever finds no answer any more finds the reason.
                let mut queue = this.shared.queue();
                queue.ended = Some(broken);
                queue.asked.clear();
                Poll::Ready(())
            }
        }
    }
}

impl Driver {
    fn go_on(&mut self, context: &mut Context<'_>) -> Result<(), Broken> {
        let answered = self.take_answers(context)?;
        self.write_questions(context, answered)?;
        self.watch(context)
    }

    /// Gives out the answers that have come. `true` when there were any.
    fn take_answers(&mut self, context: &mut Context<'_>) -> Result<bool, Broken> {
        let mut answered = false;
        loop {
            self.read.reserve(ROOM);
            match pin!(self.socket.read_buf(&mut self.read)).poll(context) {
                Poll::Pending => return Ok(answered),
                Poll::Ready(Ok(0)) => return Err(Broken::new("it closed the connection")),
                Poll::Ready(read) => drop(read.map_err(|error| lost(&error))?),
            }
            while let Some((answer, length)) = read(&self.read).map_err(|error| Broken::new(error.to_string()))? {
                self.read.advance(length);
                answered = true;
                match (self.waiting.pop_front(), answer) {
                    // Who does not wait any more has gone.
                    (Some((_, sender)), answer) => drop(sender.send(answer)),
                    (None, Answer::Refused(words)) => return Err(Broken::new(words)),
                    (None, _) => return Err(Broken::new("it answers what was not asked")),
                }
            }
        }
    }

    fn write_questions(&mut self, context: &mut Context<'_>, mut answered: bool) -> Result<(), Broken> {
        while self.written < self.writing.len() || self.take_questions(context, std::mem::take(&mut answered)) {
            let left = self.writing.get(self.written..).unwrap_or_default();
            match Pin::new(&mut self.socket).poll_write(context, left) {
                Poll::Pending => return Ok(()),
                Poll::Ready(Ok(0)) => return Err(Broken::new("it takes nothing")),
                Poll::Ready(written) => self.written += written.map_err(|error| lost(&error))?,
            }
            self.unflushed = true;
        }
        if self.unflushed && Pin::new(&mut self.socket).poll_flush(context).map_err(|error| lost(&error))?.is_ready() {
            self.unflushed = false;
        }
        Ok(())
    }

    /// Takes what is in the queue, or asks to be woken when something is that is worth a write.
    fn take_questions(&mut self, context: &mut Context<'_>, answered: bool) -> bool {
        let mut queue = self.shared.queue();
        queue.asking = !self.waiting.is_empty();
        let later = queue.asking && !answered && queue.out.len() < ENOUGH;
        if queue.asked.is_empty() || later {
            queue.idle = Some(context.waker().clone());
            return false;
        }
        self.writing.clear();
        self.written = 0;
        std::mem::swap(&mut queue.out, &mut self.writing);
        self.waiting.extend(queue.asked.drain(..));
        true
    }

    /// Looks whether the oldest question has waited too long.
    fn watch(&mut self, context: &mut Context<'_>) -> Result<(), Broken> {
        let patience = Duration::from_millis(self.shared.patience.load(Ordering::Relaxed));
        loop {
            let Some((since, _)) = self.waiting.front() else { return Ok(()) };
            let due = *since + patience;
            let alarm = self.alarm.get_or_insert_with(|| Box::pin(sleep_until(due)));
            // It may be set for a question that has been answered since. Then it is set anew when it goes off, not with each question.
            if alarm.as_mut().poll(context).is_pending() {
                if alarm.deadline() <= due {
                    return Ok(());
                }
            } else if due <= Instant::now() {
                return Err(Broken::late());
            }
            alarm.as_mut().reset(due);
        }
    }
}

fn lost(error: &io::Error) -> Broken {
    Broken::new(error.to_string())
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncWriteExt, DuplexStream, duplex};
    use tokio::task::{JoinHandle, yield_now};

    use super::*;

    const PATIENCE: Duration = Duration::from_millis(200);

    /// A wire, and the server's end of it.
    fn wire() -> (Wire, DuplexStream) {
        let (near, far) = duplex(1 << 20);
        (Wire::over(Box::new(near), PATIENCE), far)
    }

    fn asked(wire: &Wire, what: &str) -> JoinHandle<Result<Answer, String>> {
        let (wire, command) = (wire.clone(), Command::new(what));
        tokio::spawn(async move { wire.ask(&command).await.map_err(|broken| broken.to_string()) })
    }

    /// What has come to the server by now.
    async fn came(server: &mut DuplexStream) -> String {
        for _ in 0..32 {
            yield_now().await;
        }
        let mut bytes = Vec::new();
        while let Poll::Ready(read) = futures_poll(pin!(server.read_buf(&mut bytes))) {
            read.unwrap();
        }
        String::from_utf8(bytes).unwrap()
    }

    fn futures_poll<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
        future.poll(&mut Context::from_waker(Waker::noop()))
    }

    fn sent(what: &[&str]) -> String {
        what.iter().map(|what| format!("*1\r\n${}\r\n{what}\r\n", what.len())).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn one_question_goes_out_at_once_and_those_asked_meanwhile_together_when_an_answer_comes() {
        let (wire, mut server) = wire();
        let first = asked(&wire, "A");
        assert_eq!(came(&mut server).await, sent(&["A"]));
        let others: Vec<_> = ["B", "C", "D"].map(|what| asked(&wire, what)).into();
        assert_eq!(came(&mut server).await, "", "an answer is on its way");
        server.write_all(b":1\r\n").await.unwrap();
        assert_eq!(first.await.unwrap(), Ok(Answer::Number(1)));
        assert_eq!(came(&mut server).await, sent(&["B", "C", "D"]));
        let again = asked(&wire, "E");
        assert_eq!(came(&mut server).await, "");
        server.write_all(b":2\r\n:3\r\n").await.unwrap();
        assert_eq!(came(&mut server).await, sent(&["E"]), "D is not answered yet, others are");
        server.write_all(b":4\r\n:5\r\n").await.unwrap();
        for (number, answer) in (2..).zip(others) {
            assert_eq!(answer.await.unwrap(), Ok(Answer::Number(number)));
        }
        assert_eq!(again.await.unwrap(), Ok(Answer::Number(5)));
    }

    #[tokio::test(start_paused = true)]
    async fn what_fills_a_packet_waits_for_no_answer() {
        let (wire, mut server) = wire();
        let first = asked(&wire, "A");
        assert_eq!(came(&mut server).await, sent(&["A"]));
        let long = "B".repeat(ENOUGH);
        let second = asked(&wire, &long);
        assert_eq!(came(&mut server).await, sent(&[&long]));
        server.write_all(b":1\r\n:2\r\n").await.unwrap();
        assert_eq!((first.await.unwrap(), second.await.unwrap()), (Ok(Answer::Number(1)), Ok(Answer::Number(2))));
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_whose_asker_has_gone_is_nobody_elses() {
        let (wire, mut server) = wire();
        let gone = asked(&wire, "A");
        assert_eq!(came(&mut server).await, sent(&["A"]));
        gone.abort();
        let second = asked(&wire, "B");
        server.write_all(b"$4\r\nhers\r\n").await.unwrap();
        assert_eq!(came(&mut server).await, sent(&["B"]));
        server.write_all(b"$3\r\nhis\r\n").await.unwrap();
        assert_eq!(second.await.unwrap(), Ok(Answer::Bytes(b"his".to_vec())));
    }

    #[tokio::test(start_paused = true)]
    async fn a_question_that_waits_too_long_ends_the_connection_and_one_that_is_asked_later_waits_no_longer() {
        let (wire, mut server) = wire();
        // Answered questions, over a long time, leave nothing behind.
        for _ in 0..4 {
            let question = asked(&wire, "A");
            tokio::time::sleep(PATIENCE - Duration::from_millis(1)).await;
            server.write_all(b":1\r\n").await.unwrap();
            assert_eq!(question.await.unwrap(), Ok(Answer::Number(1)));
        }
        let started = Instant::now();
        let first = asked(&wire, "A");
        tokio::time::sleep(PATIENCE / 2).await;
        let second = asked(&wire, "B");
        assert!(first.await.unwrap().unwrap_err().contains("did not answer in time"));
        assert!(second.await.unwrap().unwrap_err().contains("did not answer in time"));
        assert_eq!(started.elapsed().as_millis(), PATIENCE.as_millis());
        assert!(asked(&wire, "C").await.unwrap().is_err(), "an ended connection takes no questions");
    }

    #[tokio::test(start_paused = true)]
    async fn the_time_in_which_a_question_is_held_back_is_a_part_of_its_time() {
        let (wire, mut server) = wire();
        let started = Instant::now();
        let first = asked(&wire, "A");
        assert_eq!(came(&mut server).await, sent(&["A"]));
        let second = asked(&wire, "B");
        tokio::time::sleep(PATIENCE - Duration::from_millis(5)).await;
        server.write_all(b":1\r\n").await.unwrap();
        assert_eq!(first.await.unwrap(), Ok(Answer::Number(1)));
        assert!(second.await.unwrap().unwrap_err().contains("did not answer in time"));
        assert!(started.elapsed() <= PATIENCE + Duration::from_millis(2), "{:?}", started.elapsed());
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_waits_is_told_why_the_connection_ended() {
        for (last, words) in [
            ("", "it closed the connection"),
            ("-ERR max number of clients reached\r\n", "max number of clients"),
            (":1\r\n:2\r\n", "what was not asked"),
            ("HTTP/1.1 400 Bad Request\r\n\r\n", "no answer of a Redis"),
        ] {
            let (wire, mut server) = wire();
            let question = if last.starts_with('-') { None } else { Some(asked(&wire, "A")) };
            came(&mut server).await;
            server.write_all(last.as_bytes()).await.unwrap();
            drop(server);
            if let Some(question) = question.filter(|_| !last.starts_with(':')) {
                let told = question.await.unwrap().unwrap_err();
                assert!(told.contains(words), "{told}");
            }
            for _ in 0..32 {
                yield_now().await;
            }
            let told = asked(&wire, "B").await.unwrap().unwrap_err();
            assert!(told.contains(words), "{told}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_server_that_takes_nothing_is_late_and_what_waits_for_it_has_a_bound() {
        let (near, _far) = duplex(64);
        let wire = Wire::over(Box::new(near), PATIENCE);
        let first = asked(&wire, &"A".repeat(1000));
        yield_now().await;
        let rest: Vec<_> = (0..18).map(|_| asked(&wire, &"B".repeat(1 << 20))).collect();
        let mut refused = 0;
        for question in rest {
            refused += usize::from(question.await.unwrap().unwrap_err().contains("does not take what is sent"));
        }
        assert!((1..=2).contains(&refused), "{refused}");
        assert!(first.await.unwrap().unwrap_err().contains("did not answer in time"));
    }

    #[tokio::test(start_paused = true)]
    async fn a_wire_that_nobody_has_any_more_is_closed() {
        let (wire, mut server) = wire();
        let question = asked(&wire, "A");
        assert_eq!(came(&mut server).await, sent(&["A"]));
        drop(wire);
        question.abort();
        let mut rest = Vec::new();
        assert_eq!(server.read_to_end(&mut rest).await.unwrap(), 0);
    }
}
