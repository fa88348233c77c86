//! One connection, which all requests share: their questions go out in order, and so do the answers come.
//!
//! A request puts its question into a queue and waits for its answer. One task writes what is in the queue and gives out the answers. While
//! questions are on their way the next ones wait for an answer to any of them, or until they are enough for a packet: so many go out by one
//! write and come back by one read, the more the busier it is, and one that is alone goes out at once. That is what Nagle's algorithm does for
//! a socket, without a system call for each question and without waiting for an acknowledgement that is delayed.
//!
//! Time is kept for the oldest question alone: when that is not answered in time none of the later ones would be, and the connection ends.

mod driver;
#[cfg(test)]
mod tests;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use self::driver::Driver;
use super::broken::Broken;
use super::resp::{Answer, Command};
use super::socket::Socket;

/// How much may wait to be written before questions are refused.
const MOST: usize = 16 * 1024 * 1024;

/// How much is worth a write while answers are on their way: what fits into a packet.
const ENOUGH: usize = 1400;

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
        let driver = Driver::new(shared.clone(), socket);
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
