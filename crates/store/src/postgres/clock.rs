//! The database's clock, beside this machine's.

use std::time::Duration;

use admit_core::time::Timestamp;
use admit_core::token::LEEWAY;

use super::column::time;
use super::connection::On;
use super::error::Error;

/// How far this machine's clock may be from the database's. Verifiers take a token that is issued as far ahead of their own
/// clocks, and no further: tokens of a node beyond it are refused, and sessions of other nodes end early there.
const CLOCKS_APART: Duration = LEEWAY;

/// What the database's clock says.
pub(super) async fn theirs(on: On<'_>) -> Result<Timestamp, Error> {
    time(&on.one("SELECT clock_timestamp()", &[]).await?, 0)
}

/// Compares the database's clock with this machine's, between whose two readings it was read.
pub(super) fn apart(asked: Timestamp, theirs: Timestamp, answered: Timestamp) -> Result<(), Error> {
    let (ahead, behind) = (asked.since(theirs), theirs.since(answered));
    match ahead.max(behind) > CLOCKS_APART {
        true => Err(Error::Clock { by: ahead.max(behind), ahead: ahead > behind }),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_may_be_as_far_apart_as_verifiers_allow_and_no_further() {
        let at = |seconds: u64| Timestamp::from_seconds(1_700_000_000 + seconds);
        assert!(apart(at(0), at(0), at(1)).is_ok() && apart(at(10), at(0), at(11)).is_ok());
        assert!(apart(at(0), at(5), at(30)).is_ok(), "it was long on its way");
        let ahead = apart(at(3600), at(0), at(3601)).unwrap_err().to_string();
        assert!(ahead.contains("3600 seconds ahead of the database's"), "{ahead}");
        let behind = apart(at(0), at(3600), at(1)).unwrap_err().to_string();
        assert!(behind.contains("3599 seconds behind the database's"), "{behind}");
    }
}
