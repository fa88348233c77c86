//! Whether the files that are written are still those at their path.
//!
//! A process goes on writing to a file that was deleted or moved away, or whose folder another one was mounted over. Whatever it
//! acknowledges then is gone at its end, and another server can begin anew on the path. So the files are looked at before each commit:
//! a call of the system for each, beside the flush of a disk.

use std::path::{Path, PathBuf};

use admit_core::store::StoreError;

/// Which file something is.
#[cfg(unix)]
type Identity = (u64, u64);
#[cfg(not(unix))]
type Identity = ();

/// The files of a database, as they were when it was opened.
pub(super) struct Place {
    files: Vec<(PathBuf, Identity)>,
    said: bool,
}

#[cfg(unix)]
fn identity(path: &Path) -> std::io::Result<Identity> {
    use std::os::unix::fs::MetadataExt;
    let metadata = std::fs::metadata(path)?;
    Ok((metadata.dev(), metadata.ino()))
}

#[cfg(not(unix))]
fn identity(path: &Path) -> std::io::Result<Identity> {
    std::fs::metadata(path).map(drop)
}

impl Place {
    /// The database at `path` and its write-ahead log, both of which are there once something was written.
    ///
    /// # Errors
    /// When one of them is not.
    pub(super) fn of(path: &Path) -> std::io::Result<Self> {
        let mut log = path.as_os_str().to_owned();
        log.push("-wal");
        let files = [path.to_owned(), PathBuf::from(log)];
        let files = files.into_iter().map(|path| identity(&path).map(|it| (path, it))).collect::<Result<_, _>>()?;
        Ok(Self { files, said: false })
    }

    /// # Errors
    /// When a file is gone or another one.
    pub(super) fn look(&mut self) -> Result<(), StoreError> {
        let other = self.files.iter().find(|(path, opened)| identity(path).ok().as_ref() != Some(opened));
        let Some((path, _)) = other else {
            self.said = false;
            return Ok(());
        };
        let error = StoreError::new(format_args!(
            "{} was deleted or replaced while the server runs: nothing is written any more. Stop the server and put the file back, \
             or a backup",
            path.display()
        ));
        if !self.said {
            self.said = true;
            tracing::error!(%error, "the database is not where it was");
        }
        Err(error)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use admit_core::audit::{Actor, Event, EventKind};
    use admit_core::session::SessionRules;
    use admit_core::store::{Accounts, Health};
    use admit_core::time::Timestamp;

    use crate::sqlite::Sqlite;

    #[tokio::test]
    async fn a_database_that_is_not_where_it_was_takes_nothing_more_and_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let (path, away) = (folder.path().join("admit.db"), folder.path().join("away"));
        let store = Sqlite::open(&path, SessionRules::default()).unwrap();
        let write = || store.record(Event::new(EventKind::LoginFailed, Actor::Server, Timestamp::default()));
        write().await.unwrap();
        fs::rename(&path, &away).unwrap();
        let error = write().await.unwrap_err().to_string();
        assert!(error.contains("admit.db was deleted or replaced while the server runs"), "{error}");
        assert!(store.healthy().await.is_err());
        // Another file in its place is not it.
        fs::copy(&away, &path).unwrap();
        assert!(write().await.is_err());
        fs::rename(&away, &path).unwrap();
        write().await.unwrap();
        fs::remove_file(folder.path().join("admit.db-wal")).unwrap();
        assert!(write().await.is_err(), "what is in a log that was deleted is lost at the end");
    }
}
