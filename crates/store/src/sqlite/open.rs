//! Opening the database file: who may read it, who may open it, and how SQLite is set.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

/// How long a statement waits for another program that holds the database (a backup, a person's `sqlite3`).
const BUSY_TIMEOUT: Duration = Duration::from_secs(2);

/// Why a database could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The file cannot be made, read or locked.
    #[error("cannot open {}: {source}", .path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Another process has it. Sessions are checked in memory, so a change made by a second process would not be seen
    /// by the first: a ban that does not ban.
    #[error("another admit process is using {}: stop it first, or make the change through it", .0.display())]
    InUse(PathBuf),
    /// A later release wrote it.
    #[error(
        "the database has schema version {found} and this admit knows only up to {known}: \
         use the release that wrote it, or restore a backup made before the upgrade."
    )]
    Newer {
        /// The version in the file.
        found: u32,
        /// The newest version known here.
        known: u32,
    },
    /// An earlier release wrote it, and it is only to be read.
    #[error("the database has schema version {found} and this admit needs {known}: run `admit migrate up` first.")]
    Behind {
        /// The version in the file.
        found: u32,
        /// The newest version known here.
        known: u32,
    },
    /// An import into it has not ended.
    #[error("an import into it was begun and not ended: `admit import` with the same file ends it")]
    Unfinished,
    /// Another program's.
    #[error("the file is a database of another program: give admit a path of its own")]
    Foreign,
    /// The file system does not carry SQLite's write-ahead log.
    #[error("the database stayed in journal mode \"{0}\": admit needs WAL, so keep it on a local disk")]
    NoWal(String),
    /// SQLite refused, or a row cannot be read.
    #[error("the database could not be read: {0}")]
    Database(#[from] rusqlite::Error),
    /// The writer could not be started.
    #[error("the thread that writes the database could not be started: {0}")]
    Thread(io::Error),
}

/// Makes the file if need be, for its owner alone, and takes it for this process.
///
/// SQLite gives the `-wal` and `-shm` files the mode of the database, so making that one first is enough. The lock is on
/// a file of its own: closing any descriptor of the database itself would drop SQLite's locks on it (POSIX).
pub(super) fn claim(path: &Path) -> Result<File, OpenError> {
    let file_error = |path: &Path| {
        let path = path.to_owned();
        move |source| OpenError::File { path, source }
    };
    let mut name = path.as_os_str().to_owned();
    name.push("-lock");
    let lock_path = PathBuf::from(name);
    let lock = private_file(&lock_path).map_err(file_error(&lock_path))?;
    lock.try_lock().map_err(|error| match error {
        TryLockError::WouldBlock => OpenError::InUse(path.to_owned()),
        TryLockError::Error(source) => OpenError::File { path: lock_path, source },
    })?;
    private_file(path).map_err(file_error(path))?;
    Ok(lock)
}

#[cfg(unix)]
fn private_file(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
    let file = OpenOptions::new().create(true).truncate(false).read(true).write(true).mode(0o600).open(path)?;
    let mut permissions = file.metadata()?.permissions();
    // One that was copied here may be open to others.
    if permissions.mode() & 0o077 != 0 {
        permissions.set_mode(0o600);
        file.set_permissions(permissions)?;
    }
    Ok(file)
}

#[cfg(not(unix))]
fn private_file(path: &Path) -> io::Result<File> {
    OpenOptions::new().create(true).truncate(false).read(true).write(true).open(path)
}

/// The connection that writes. There is one.
pub(super) fn writing(path: &Path) -> Result<Connection, OpenError> {
    let connection = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    let mode: String = connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0))?;
    if !mode.eq_ignore_ascii_case("wal") {
        return Err(OpenError::NoWal(mode));
    }
    // FULL: an acknowledged change is on the disk, not in its cache (invariant I3). Group commit pays for it.
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    // Replaced password hashes are overwritten where that costs no further write. Full overwriting would make each end
    // of a session touch pages that it has no other business with; the file is its owner's alone either way.
    connection.pragma_update_and_check(None, "secure_delete", "FAST", |_| Ok(()))?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    Ok(connection)
}

/// A connection that cannot write.
pub(super) fn reading(path: &Path) -> Result<Connection, OpenError> {
    connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY)
}

fn connect(path: &Path, access: OpenFlags) -> Result<Connection, OpenError> {
    // Without SQLITE_OPEN_URI, so that a path is a path whatever it begins with. One thread at a time has a connection,
    // by ownership or by mutex, so SQLite need not lock it too.
    let connection = Connection::open_with_flags(path, access | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_committed_is_flushed_to_the_disk() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("admit.db");
        let _claim = claim(&path).unwrap();
        let connection = writing(&path).unwrap();
        let synchronous: u8 = connection.pragma_query_value(None, "synchronous", |row| row.get(0)).unwrap();
        assert_eq!(synchronous, 2, "FULL: a loss of power takes nothing that was acknowledged");
    }
}
