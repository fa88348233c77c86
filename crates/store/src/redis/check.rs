//! The check: one script at the server of the session's shard, and the rules here.

use std::sync::Arc;
use std::time::Duration;

use admit_core::credential::SessionDigest;
use admit_core::drift::AHEAD;
use admit_core::id::SubjectId;
use admit_core::session::SessionRecord;
use admit_core::store::{Checked, StoreError};
use admit_core::time::Timestamp;
use redis::{Cmd, Value};
use tokio::time::{Instant, timeout_at};

use super::core::{Core, MARGIN, millis};
use super::link::{Link, Trouble};
use super::record::{Kept, front, time};
use super::scripts;
use crate::epoch::In;
use crate::truth::Versioned;

/// A session as Redis has it.
struct Read {
    fence: u64,
    session: Option<(Kept, Option<Versioned>)>,
}

impl Core {
    /// The live session with this digest.
    pub(super) async fn check(
        self: Arc<Self>,
        digest: SessionDigest,
        now: Timestamp,
    ) -> Result<Option<Checked>, StoreError> {
        let until = Instant::now() + self.address.deadline;
        let Some((session, subject)) = self.look(&digest).await? else { return Ok(None) };
        let kept = session.record;
        if !kept.is_live(&subject.state, &self.rules, now) {
            // Refused once is refused, whatever the clock says next, where Redis' says so too. When this fails its key goes a
            // minute later by itself.
            if kept.is_expired(&self.rules, now)
                && let Some(link) = self.line.link_now()
            {
                let mut call = scripts::REFUSE.call(1);
                call.arg(self.keys.session(&digest)).arg(&time(kept.last_seen_at)).arg(self.rules.idle.as_secs());
                drop(timeout_at(until, link.send(digest.shard(), &call)).await);
            }
            return Ok(None);
        }
        let mut record = kept.as_of(now);
        if kept.needs_touch(&self.rules, now) {
            record.last_seen_at = Timestamp::from_seconds(now.seconds());
            self.touch(&digest, &record, (kept.is_ahead_of(now), now), until).await;
        }
        Ok(Some(Checked { session: record, subject: subject.state }))
    }

    /// A session and its subject, dead or alive, from a Redis that has applied all that was known to be committed before.
    pub(super) async fn look(
        self: &Arc<Self>,
        digest: &SessionDigest,
    ) -> Result<Option<(Kept, Versioned)>, StoreError> {
        let until = Instant::now() + self.address.deadline;
        let call = self.check_call(digest);
        // What is known is read after the connection is taken, which was compared to the accounts before it was put there;
        // and before the answer, so that what becomes known from here on is the next check's.
        let (known, first) = match self.line.link_now() {
            Some(link) => (self.known.at(digest.shard()), self.read(&link, digest, &call).await),
            None => (0, Err(None)),
        };
        match first {
            Ok(Read { session: None, .. }) => Ok(None),
            Ok(Read { fence, session: Some((session, Some(subject))) }) if fence >= known => {
                Ok(Some((session, subject)))
            }
            Err(Some(error)) => Err(error),
            behind => match timeout_at(until, self.repaired(digest, &call, behind.ok(), until)).await {
                Ok(answer) => answer,
                Err(_) => Err(StoreError::new("Redis could not be brought up to date in time")),
            },
        }
    }

    fn check_call(&self, digest: &SessionDigest) -> Cmd {
        let mut call = scripts::CHECK.call(1);
        call.arg(self.keys.session(digest));
        call
    }

    /// Asks once. An error without words is worth another try.
    async fn read(
        self: &Arc<Self>,
        link: &Arc<Link>,
        digest: &SessionDigest,
        call: &Cmd,
    ) -> Result<Read, Option<StoreError>> {
        match link.send(digest.shard(), call).await {
            Ok(Value::BulkString(bytes)) => self.decode(link, digest, &bytes).map_err(Some),
            Ok(_) => Err(Some(something_else())),
            Err(Trouble::Moving(words)) => self.read_elsewhere(link, digest, call, &words).await.map_err(|()| None),
            Err(trouble) => {
                let again = matches!(&trouble, Trouble::Broken(broken) if !broken.late);
                let error = self.failed(link, trouble);
                Err(Some(error).filter(|_| !again))
            }
        }
    }

    /// Asks where a session of a moving slot is already. What is found there with its subject is believed, by the fence that has come along; that
    /// something is missing there says nothing.
    async fn read_elsewhere(
        self: &Arc<Self>,
        link: &Arc<Link>,
        digest: &SessionDigest,
        call: &Cmd,
        words: &str,
    ) -> Result<Read, ()> {
        match link.ask_at(words, call).await {
            Some(Ok(Value::BulkString(bytes))) => match self.decode(link, digest, &bytes) {
                Ok(read @ Read { session: Some((_, Some(_))), .. }) => Ok(read),
                Ok(_) | Err(_) => Err(()),
            },
            Some(Err(trouble @ Trouble::Broken(_))) => {
                self.failed(link, trouble);
                Err(())
            }
            Some(_) | None => Err(()),
        }
    }

    fn decode(&self, link: &Link, digest: &SessionDigest, bytes: &[u8]) -> Result<Read, StoreError> {
        let digits = bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let (fence, rest) = bytes.split_at_checked(digits).ok_or_else(something_else)?;
        let fence =
            std::str::from_utf8(fence).ok().and_then(|digits| digits.parse().ok()).ok_or_else(something_else)?;
        let session = match rest.split_first() {
            None => None,
            Some((b' ', rest)) => {
                let length = front(rest.first().copied());
                let (session, state) = rest.split_at_checked(length).ok_or_else(something_else)?;
                let kept = Kept::decode(session)?;
                let state = if state.is_empty() { None } else { Some(self.states.decode(kept.subject, state)?) };
                // One of what the accounts have lost is none: they are asked for what it is.
                let is_lost = |it: &Versioned| link.epochs().is_lost(In::Shard(digest.shard()), it.version);
                Some((kept, state.filter(|it| !is_lost(it))))
            }
            Some(_) => return Err(something_else()),
        };
        link.applied().set(digest.shard(), fence);
        self.known.raise(digest.shard(), fence);
        Ok(Read { fence, session })
    }

    /// Asks until Redis has what it must have: the connection, the entries of the log, the subject's state.
    async fn repaired(
        self: &Arc<Self>,
        digest: &SessionDigest,
        call: &Cmd,
        mut read: Option<Read>,
        until: Instant,
    ) -> Result<Option<(Kept, Versioned)>, StoreError> {
        let mut known = self.known.at(digest.shard());
        loop {
            match read {
                Some(Read { session: None, .. }) => return Ok(None),
                Some(Read { fence, .. }) if fence < known => {
                    self.apply_until(digest.shard(), known, until).await?;
                }
                Some(Read { session: Some((session, None)), .. }) => {
                    match self.load_state(session.subject, until).await? {
                        true => {}
                        false => return Ok(None),
                    }
                }
                Some(Read { session: Some((session, Some(subject))), .. }) => return Ok(Some((session, subject))),
                None => {}
            }
            let link = self.line.link(until).await.map_err(Trouble::Broken)?;
            known = self.known.at(digest.shard());
            read = match self.read(&link, digest, call).await {
                Ok(read) => Some(read),
                Err(Some(error)) => return Err(error),
                Err(None) => {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                    None
                }
            };
        }
    }

    /// Puts a subject's state from the accounts into Redis, where it was evicted. `false` when there is no such subject.
    pub(super) async fn load_state(self: &Arc<Self>, id: SubjectId, until: Instant) -> Result<bool, StoreError> {
        let Some(subject) = self.truth.subject(id).await? else { return Ok(false) };
        let mut call = scripts::STATE.call(2);
        call.arg(self.keys.state(id)).arg(self.keys.fence(id.shard())).arg(subject.encode()).arg(self.keep());
        self.call(id.shard(), until, call).await.map(|_| true)
    }

    /// Writes down that a session was seen, once a minute. When that fails its idle time counts from its last written use,
    /// which is no reason to turn anybody away.
    async fn touch(
        &self,
        digest: &SessionDigest,
        record: &SessionRecord,
        (was_ahead, now): (bool, Timestamp),
        until: Instant,
    ) {
        let Some(link) = self.line.link_now() else { return };
        let mut call = scripts::TOUCH.call(1);
        call.arg(self.keys.session(digest)).arg(&time(record.last_seen_at)).arg(self.time_to_live(record, now));
        if was_ahead {
            call.arg(AHEAD.as_secs());
        }
        drop(timeout_at(until, link.send(digest.shard(), &call)).await);
    }

    /// How long a session may live from now on if it is not used, in milliseconds.
    pub(super) fn time_to_live(&self, record: &SessionRecord, now: Timestamp) -> u64 {
        millis(record.idle_expires_at(&self.rules).since(now) + MARGIN)
    }
}

fn something_else() -> StoreError {
    StoreError::new("Redis answered a check with something else: another program may use the prefix")
}
