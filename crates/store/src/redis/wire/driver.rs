//! The task of a connection.

use std::collections::VecDeque;
use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::{Buf, BytesMut};
use tokio::io::{AsyncReadExt, AsyncWrite};
use tokio::sync::oneshot;
use tokio::time::{Instant, Sleep, sleep_until};

use super::{ENOUGH, Shared};
use crate::redis::broken::Broken;
use crate::redis::resp::{Answer, read};
use crate::redis::socket::Socket;

/// Room for what is read at once.
const ROOM: usize = 16 * 1024;

/// What the task does: writes what is in the queue, and gives out the answers.
pub(super) struct Driver {
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
                this.shared.queue().ended = Some(broken);
                Poll::Ready(())
            }
        }
    }
}

/// However the task ends, nobody waits for an answer any more, and whoever finds none finds the reason.
impl Drop for Driver {
    fn drop(&mut self) {
        let mut queue = self.shared.queue();
        queue.ended.get_or_insert_with(|| Broken::new("the connection was closed"));
        queue.asked.clear();
    }
}

impl Driver {
    /// Over this socket.
    pub(super) fn new(shared: Arc<Shared>, socket: Box<dyn Socket>) -> Self {
        Self {
            shared,
            socket,
            writing: Vec::new(),
            written: 0,
            unflushed: false,
            read: BytesMut::new(),
            waiting: VecDeque::new(),
            alarm: None,
        }
    }

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
