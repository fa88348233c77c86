//! Times of sessions in a compact form: whole seconds in 32 bits, until 2106.
//!
//! They are rounded down, so a session never lives longer than it says, and may end up to a second earlier.

use admit_core::session::SessionRecord;
use admit_core::store::StoreError;
use admit_core::time::Timestamp;

/// The seconds of a time.
pub(crate) fn seconds(time: Timestamp) -> u32 {
    u32::try_from(time.seconds()).unwrap_or(u32::MAX)
}

/// An error for a session that would end past the last second that is kept: its end would be read back as earlier than it
/// is, and at last the session as over. That is a clock that is wrong, until 2106.
pub(crate) fn keepable(end: Timestamp) -> Result<(), StoreError> {
    if end.seconds() < u32::MAX.into() {
        return Ok(());
    }
    Err(StoreError::new(format_args!(
        "a session that ends at {end} cannot be kept: the clock of this machine is wrong"
    )))
}

/// A time rounded down to whole seconds.
pub(crate) fn whole(time: Timestamp) -> Timestamp {
    Timestamp::from_seconds(seconds(time).into())
}

/// A session as a check would return it: its times in whole seconds.
pub(crate) fn in_whole_seconds(record: SessionRecord) -> SessionRecord {
    SessionRecord {
        created_at: whole(record.created_at),
        last_seen_at: whole(record.last_seen_at),
        absolute_expires_at: whole(record.absolute_expires_at),
        superseded_at: record.superseded_at.map(whole),
        ..record
    }
}
