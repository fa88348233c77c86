//! The live sessions and the state of their subjects, in memory, read without a lock.
//!
//! This is what a session check reads, so it is the hottest path of the product: one lookup by digest, one load of the
//! subject's state, no lock and no allocation. It is a copy: whatever is here was committed first, and is put here by the one
//! holder of [`LiveWriter`], in the order of the commits, before anybody is told of it.
//!
//! Times are whole seconds ([`crate::whole`]), to keep a session small.

use std::hash::{BuildHasherDefault, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use admit_core::assurance::{Assurance, Methods};
use admit_core::credential::SessionDigest;
use admit_core::id::{SessionId, SubjectId};
use admit_core::session::{SessionRecord, SessionRules, is_good_beside};
use admit_core::signal::Signal;
use admit_core::store::Checked;
use admit_core::subject::{Generation, SubjectState};
use admit_core::time::Timestamp;
use arc_swap::{ArcSwap, Guard};
use papaya::HashMap;

use crate::feed::Feed;
use crate::whole::{seconds, whole};

/// Takes the last eight bytes of the digest as its hash.
///
/// The keys are SHA-256 of random values that the server made, so they are uniform already. To crowd one place of the
/// table an attacker would have to choose those values. What a client presents is only looked up, never inserted, and a
/// lookup that lands in a place of the attacker's choice finds no more there than any other does.
#[derive(Default)]
struct DigestHasher(u64);

impl Hasher for DigestHasher {
    fn write(&mut self, bytes: &[u8]) {
        // Not the first: one byte of those is the subject's shard, and the sessions of a subject must not crowd one place.
        if let Some(last) = bytes.last_chunk::<8>() {
            self.0 = u64::from_le_bytes(*last);
        }
    }

    /// The length that precedes an array; always 32.
    fn write_usize(&mut self, _: usize) {}

    fn finish(&self) -> u64 {
        self.0
    }
}

/// One subject that has sessions: its state once, however many sessions there are.
struct SubjectSlot {
    state: ArcSwap<SubjectState>,
    /// How many sessions point here. Changed by the writer alone.
    sessions: AtomicU32,
}

/// When a session was last seen that was refused because time had ended it. No use is noted at the beginning of 1970.
const REFUSED: u32 = 0;

/// What a check finds.
pub(crate) enum Found {
    /// A live session, and whether the caller is the one to write down that it was seen.
    Live(Checked, bool),
    /// One that time has ended, or whose secret of before it has, which nobody had found before: the caller is the one to delete it.
    Expired,
}

/// One session. The table holds a million of these, so every byte counts: device texts stay in the database.
struct Entry {
    slot: Arc<SubjectSlot>,
    id: SessionId,
    created: u32,
    last_seen: AtomicU32,
    expires: u32,
    generation: u32,
    roles_version: u32,
    /// When another secret took the place of this one; 0 when none did.
    superseded: u32,
    proved: u32,
    methods: Methods,
}

impl Entry {
    fn new(slot: Arc<SubjectSlot>, record: &SessionRecord) -> Self {
        Self {
            slot,
            id: record.id,
            created: seconds(record.created_at),
            last_seen: AtomicU32::new(seconds(record.last_seen_at)),
            expires: seconds(record.absolute_expires_at),
            generation: record.generation.0,
            roles_version: record.roles_version,
            superseded: record.superseded_at.map_or(0, seconds),
            proved: seconds(record.assurance.proved_at()),
            methods: record.assurance.methods(),
        }
    }

    fn record(&self) -> SessionRecord {
        SessionRecord {
            id: self.id,
            created_at: Timestamp::from_seconds(self.created.into()),
            last_seen_at: Timestamp::from_seconds(self.last_seen.load(Ordering::Relaxed).into()),
            absolute_expires_at: Timestamp::from_seconds(self.expires.into()),
            generation: Generation(self.generation),
            roles_version: self.roles_version,
            superseded_at: (self.superseded != 0).then(|| Timestamp::from_seconds(self.superseded.into())),
            assurance: Assurance::new(self.methods, Timestamp::from_seconds(self.proved.into())),
        }
    }

    /// Notes this use in memory. Of several checks at once one gets `true`, and it alone writes the use down. Backwards only
    /// from a time that a wrong clock wrote: one that is set back a little does not shorten a session's life.
    fn claim_touch(&self, seen: Timestamp, now: Timestamp) -> bool {
        let (seen, now) = (seconds(seen), seconds(now));
        now != seen && self.last_seen.compare_exchange(seen, now, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }

    /// Ends it for good: no clock brings it back. Of several checks at once one gets `true`.
    fn refuse(&self, seen: Timestamp) -> bool {
        self.last_seen.compare_exchange(seconds(seen), REFUSED, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }

    fn is_refused(&self) -> bool {
        self.last_seen.load(Ordering::Relaxed) == REFUSED
    }

    fn was_over(&self, rules: &SessionRules, by: Timestamp) -> bool {
        self.is_refused() || self.record().was_over(&self.slot.state.load(), rules, by)
    }
}

/// The index. Anybody may read it.
#[derive(Default)]
pub(crate) struct Live {
    sessions: HashMap<SessionDigest, Entry, BuildHasherDefault<DigestHasher>>,
    subjects: HashMap<SubjectId, Arc<SubjectSlot>>,
    feed: Feed,
}

impl Live {
    /// An empty index with the signals as they were kept, and the only hand that may change it.
    pub(crate) fn new(feed: Feed) -> (Arc<Self>, LiveWriter) {
        let live = Arc::new(Self { feed, ..Self::default() });
        (live.clone(), LiveWriter(live))
    }

    /// The signals.
    pub(crate) fn feed(&self) -> &Feed {
        &self.feed
    }

    /// The session with this digest. Refused once is refused: one that time has ended does not live again when the clock is set
    /// back.
    pub(crate) fn check(&self, digest: &SessionDigest, now: Timestamp, rules: &SessionRules) -> Option<Found> {
        let sessions = self.sessions.pin();
        let entry = sessions.get(digest)?;
        let subject = entry.slot.state.load();
        let kept = entry.record();
        if entry.is_refused() {
            return None;
        }
        if !kept.is_live(&subject, rules, now) {
            let is_over = kept.superseded_at.is_some() || kept.is_expired(rules, now);
            return (is_over && entry.refuse(kept.last_seen_at)).then_some(Found::Expired);
        }
        let touch = kept.needs_touch(rules, now) && entry.claim_touch(kept.last_seen_at, now);
        let mut session = kept.as_of(now);
        if touch {
            session.last_seen_at = whole(now);
        }
        Some(Found::Live(Checked { session, subject: Guard::into_inner(subject) }, touch))
    }

    /// The same question without the use being noted.
    pub(crate) fn peek(&self, digest: &SessionDigest, now: Timestamp, rules: &SessionRules) -> Option<SessionRecord> {
        let sessions = self.sessions.pin();
        let entry = sessions.get(digest)?;
        let session = entry.record();
        let live = !entry.is_refused() && session.is_live(&entry.slot.state.load(), rules, now);
        live.then(|| session.as_of(now))
    }

    /// When this session was last used. The database may lag behind by the touches still on their way to it.
    pub(crate) fn last_seen(&self, digest: &SessionDigest) -> Option<Timestamp> {
        self.sessions.pin().get(digest).map(|entry| entry.record().last_seen_at)
    }

    /// The secrets that were over at `by`. A quarter of a second for a million.
    pub(crate) fn dead(&self, by: Timestamp, rules: &SessionRules) -> Vec<SessionDigest> {
        let sessions = self.sessions.pin();
        sessions.iter().filter(|(_, entry)| entry.was_over(rules, by)).map(|(digest, _)| *digest).collect()
    }

    /// Whether this secret was over at `by`, or is nobody's.
    pub(crate) fn is_dead(&self, digest: &SessionDigest, by: Timestamp, rules: &SessionRules) -> bool {
        self.sessions.pin().get(digest).is_none_or(|entry| entry.was_over(rules, by))
    }

    /// The secrets with times that are ahead of `now`, and the superseded ones that are not good at it.
    pub(crate) fn misdated(&self, now: Timestamp) -> Vec<SessionDigest> {
        let sessions = self.sessions.pin();
        let is_dead = |at: Timestamp| !is_good_beside(at, now);
        let is_misdated = |it: SessionRecord| it.is_ahead_of(now) || it.superseded_at.is_some_and(is_dead);
        sessions.iter().filter(|(_, entry)| is_misdated(entry.record())).map(|(digest, _)| *digest).collect()
    }

    /// How many sessions are held, those included that time has ended and nothing has dropped yet.
    pub(crate) fn len(&self) -> usize {
        self.sessions.len()
    }
}

/// A committed change, to be put into memory.
#[derive(Clone, Debug)]
pub(crate) enum Effect {
    /// A session began.
    Insert { digest: SessionDigest, record: SessionRecord, subject: Arc<SubjectState> },
    /// A session ended.
    Remove(SessionDigest),
    /// A session has a new secret; the old one is good for some seconds from `at` on.
    Rotate { old: SessionDigest, new: SessionDigest, roles_version: u32, at: Timestamp },
    /// A subject changed.
    Subject(Arc<SubjectState>),
    /// Tokens died.
    Signal(Signal),
}

/// The right to change a [`Live`]. There is one, and the writer thread has it: that makes the order of the changes in
/// memory the order of the commits.
pub(crate) struct LiveWriter(Arc<Live>);

impl LiveWriter {
    /// What it changes.
    pub(crate) fn live(&self) -> &Live {
        &self.0
    }

    /// Puts one change into memory. Every check that starts after this returns sees it.
    pub(crate) fn apply(&mut self, effect: Effect) {
        match effect {
            Effect::Insert { digest, record, subject } => self.insert(digest, &record, subject),
            Effect::Remove(digest) => self.remove(&digest),
            Effect::Rotate { old, new, roles_version, at } => self.rotate(old, new, roles_version, at),
            Effect::Signal(signal) => self.0.feed.publish(signal),
            Effect::Subject(state) => {
                // A subject without sessions is not held: its next session brings its state along.
                if let Some(slot) = self.0.subjects.pin().get(&state.id) {
                    slot.state.store(state);
                }
            }
        }
    }

    fn insert(&mut self, digest: SessionDigest, record: &SessionRecord, subject: Arc<SubjectState>) {
        let subjects = self.0.subjects.pin();
        let id = subject.id;
        // A slot that is there holds the newest state already, by the order of the changes.
        let slot = subjects.get_or_insert_with(id, || {
            Arc::new(SubjectSlot { state: ArcSwap::new(subject), sessions: AtomicU32::new(0) })
        });
        if self.0.sessions.pin().insert(digest, Entry::new(slot.clone(), record)).is_none() {
            slot.sessions.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn remove(&mut self, digest: &SessionDigest) {
        let sessions = self.0.sessions.pin();
        let Some(entry) = sessions.remove(digest) else { return };
        if entry.slot.sessions.fetch_sub(1, Ordering::Relaxed) == 1 {
            self.0.subjects.pin().remove(&entry.slot.state.load().id);
        }
    }

    fn rotate(&mut self, old: SessionDigest, new: SessionDigest, roles_version: u32, at: Timestamp) {
        let sessions = self.0.sessions.pin();
        let Some(entry) = sessions.get(&old) else { return };
        let (slot, record) = (entry.slot.clone(), entry.record());
        if sessions.insert(new, Entry::new(slot.clone(), &SessionRecord { roles_version, ..record })).is_none() {
            slot.sessions.fetch_add(1, Ordering::Relaxed);
        }
        sessions.insert(old, Entry::new(slot, &SessionRecord { superseded_at: Some(at), ..record }));
    }
}

#[cfg(test)]
mod tests;
