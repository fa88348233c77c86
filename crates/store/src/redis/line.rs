//! Whether Redis is within reach, as one value that every request reads.

use std::sync::Arc;

use arc_swap::ArcSwap;
use tokio::sync::Notify;
use tokio::time::{Instant, timeout_at};

use super::broken::Broken;
use super::link::Link;

/// The state of the connections.
enum State {
    /// Requests go out.
    Up(Arc<Link>),
    /// They broke a moment ago and are being made anew: that takes milliseconds where it succeeds, so requests wait.
    Mending(Arc<Link>),
    /// Redis cannot be reached. Requests fail at once; one task tries again.
    Down(Arc<Link>, Broken),
}

/// The line to Redis.
pub(super) struct Line {
    state: ArcSwap<State>,
    changed: Notify,
}

impl Line {
    /// A line that is up.
    pub(super) fn new(link: Link) -> Self {
        Self { state: ArcSwap::from_pointee(State::Up(Arc::new(link))), changed: Notify::new() }
    }

    /// The connections, now or as soon as they are mended.
    pub(super) async fn link(&self, until: Instant) -> Result<Arc<Link>, Broken> {
        loop {
            let changed = self.changed.notified();
            match &**self.state.load() {
                State::Up(link) => return Ok(link.clone()),
                State::Down(_, broken) => return Err(broken.clone()),
                State::Mending(_) => {}
            }
            if timeout_at(until, changed).await.is_err() {
                return Err(Broken::late());
            }
        }
    }

    /// The connections, if they are there now.
    pub(super) fn link_now(&self) -> Option<Arc<Link>> {
        match &**self.state.load() {
            State::Up(link) => Some(link.clone()),
            State::Mending(_) | State::Down(..) => None,
        }
    }

    /// The connections that are there or were there last: what was seen over them is the last that is known.
    pub(super) fn last(&self) -> Arc<Link> {
        match &**self.state.load() {
            State::Up(link) | State::Mending(link) | State::Down(link, _) => link.clone(),
        }
    }

    /// Takes connections that broke out of use. `true` for the one that did it: it is the one to mend them.
    pub(super) fn take_down(&self, link: &Arc<Link>, broken: &Broken) -> bool {
        let current = self.state.load();
        let State::Up(up) = &**current else { return false };
        if !Arc::ptr_eq(up, link) {
            return false;
        }
        let last = up.clone();
        let next = if broken.late { State::Down(last, broken.clone()) } else { State::Mending(last) };
        let before = self.state.compare_and_swap(&*current, Arc::new(next));
        Arc::ptr_eq(&before, &current)
    }

    /// They could not be mended yet.
    pub(super) fn stay_down(&self, broken: Broken) {
        self.state.store(Arc::new(State::Down(self.last(), broken)));
        self.changed.notify_waiters();
    }

    /// They are there again.
    pub(super) fn put_up(&self, link: Arc<Link>) {
        self.state.store(Arc::new(State::Up(link)));
        self.changed.notify_waiters();
    }

    /// Takes others in place of these, if these are in use still.
    pub(super) fn replace(&self, old: &Arc<Link>, new: &Arc<Link>) -> bool {
        let current = self.state.load();
        let State::Up(up) = &**current else { return false };
        if !Arc::ptr_eq(up, old) {
            return false;
        }
        let before = self.state.compare_and_swap(&*current, Arc::new(State::Up(new.clone())));
        Arc::ptr_eq(&before, &current)
    }
}
