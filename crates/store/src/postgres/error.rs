//! What can go wrong with the database, in words.

use std::fmt;
use std::time::Duration;

use admit_core::standing::LostStanding;
use admit_core::store::StoreError;

/// Why a question to the database was not answered.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    /// PostgreSQL said no, or the connection is gone.
    #[error("{}", InWords(.0))]
    Sql(#[from] tokio_postgres::Error),
    /// No connection could be had.
    #[error("no connection to the database: {0}")]
    Connection(String),
    /// All connections of a lane are taken.
    #[error("every connection to the database is in use")]
    Crowded,
    /// All connections for lists are taken.
    #[error(transparent)]
    List(StoreError),
    /// It took too long.
    #[error("the database did not answer within {} ms", .0.as_millis())]
    Slow(Duration),
    /// It was told to commit, and its answer did not come.
    #[error("the database did not confirm the change: it may have been made")]
    OutcomeUnknown,
    /// The last answer that was asked for did not come, and none has come since.
    #[error("the database does not answer")]
    Down,
    /// It answers questions, and takes no changes.
    #[error("the database is read-only")]
    ReadOnly,
    /// A connection is not the same one from one transaction to the next.
    #[error(
        "a pooler in front of it gives each transaction another connection; admit needs one for as long as it is open: set \
         pool_mode = session in pgbouncer.ini, or use the database's own address"
    )]
    Pooled,
    /// It did not take a setting that admit depends on.
    #[error(
        "its setting {name} is '{found}' although admit has set it to '{value}': does a pooler in front change it?"
    )]
    Setting {
        /// Which.
        name: &'static str,
        /// What it was set to.
        value: &'static str,
        /// What it is.
        found: String,
    },
    /// Its clock and this machine's are too far apart.
    #[error(
        "this machine's clock is {} seconds {} the database's: let both follow the same time servers (chrony, systemd-timesyncd)",
        .by.as_secs(), if *.ahead { "ahead of" } else { "behind" }
    )]
    Clock {
        /// By how much.
        by: Duration,
        /// Whether this machine's is ahead.
        ahead: bool,
    },
    /// A row is not what it should be.
    #[error("a row of the database cannot be read: {0}")]
    Malformed(String),
    /// It has more or fewer migrations than are known here.
    #[error("its schema is not this admit's; `admit migrate status` compares them")]
    Schema,
    /// Another has the name that a subject was to have.
    #[error("the name is taken")]
    NameTaken,
    /// A counter has reached its end.
    #[error("a counter of this user has reached its end")]
    Counter,
    /// What was committed is not in force in the store of sessions yet.
    #[error(transparent)]
    Follower(StoreError),
    /// Whoever makes the change is not what they were when they were allowed to.
    #[error(transparent)]
    StandingLost(#[from] LostStanding),
}

impl Error {
    /// Whether the next change will most likely meet it too: a full disk or an error of one (classes 53 and 58), damage
    /// (XX), or a database that takes no changes (25006: `default_transaction_read_only`, or a standby).
    pub(super) fn stops_others(&self) -> bool {
        let Self::Sql(error) = self else { return matches!(self, Self::ReadOnly) };
        let code = error.code().map_or("", |code| code.code());
        code == "25006" || ["53", "58", "XX"].iter().any(|class| code.starts_with(class))
    }
}

impl From<Error> for StoreError {
    fn from(error: Error) -> Self {
        match error {
            Error::Follower(error) | Error::List(error) => error,
            Error::OutcomeUnknown => Self::OutcomeUnknown,
            Error::StandingLost(lost) => Self::StandingLost(lost),
            error => Self::new(error),
        }
    }
}

/// The whole of an error of PostgreSQL: by itself it says only "db error".
pub(super) struct InWords<'a>(pub(super) &'a tokio_postgres::Error);

impl fmt::Display for InWords<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(error) = self.0.as_db_error() {
            write!(f, "{} ({})", error.message(), error.code().code())?;
            // No connection of admit's loses a statement, or has one by that name already.
            if ["26000", "42P05"].contains(&error.code().code()) {
                f.write_str("; is there a pooler in front that is not set to pool_mode = session?")?;
            }
            return Ok(());
        }
        write!(f, "{}", self.0)?;
        let mut source = std::error::Error::source(self.0);
        while let Some(error) = source {
            write!(f, ": {error}")?;
            source = error.source();
        }
        Ok(())
    }
}
