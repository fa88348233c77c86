//! The data folder: one process owns it at a time.
//!
//! With SQLite live sessions are checked from the memory of the process that owns the folder, so nobody else may write to its
//! database. Another process asks the owner through the control socket (see [`crate::control`]). With PostgreSQL each node
//! has a folder of its own, for the socket, and any process may change what is in the database.

pub mod installation;

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// A data folder that this process owns until it is dropped.
#[derive(Debug)]
pub struct DataFolder {
    path: PathBuf,
    _lock: File,
    any_database: bool,
}

/// The outcome of claiming a folder.
#[derive(Debug)]
pub enum Claim {
    /// It is ours.
    Ours(DataFolder),
    /// Another process has it.
    Taken,
}

impl DataFolder {
    /// Claims a folder, making it where it is missing: only its owner may look into it, and git ignores it.
    ///
    /// # Errors
    /// When it cannot be made or locked.
    pub fn claim(path: &Path) -> io::Result<Claim> {
        if !path.exists() {
            DirBuilder::new().recursive(true).mode(0o700).create(path)?;
            std::fs::write(path.join(".gitignore"), "*\n")?;
        }
        // Whoever was here before has left a lock, or a database.
        let begins = !path.join("lock").exists() && !Self::database_in(path).exists();
        let installation = path.join("installation");
        if begins && !installation.exists() {
            installation::begin(&installation)?;
        }
        let lock = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path.join("lock"))?;
        match lock.try_lock() {
            Ok(()) => Ok(Claim::Ours(Self { path: path.to_owned(), _lock: lock, any_database: false })),
            Err(TryLockError::WouldBlock) => Ok(Claim::Taken),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    /// The folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What the folder remembers of its database.
    #[must_use]
    pub fn installation(&self) -> PathBuf {
        self.path.join("installation")
    }

    /// From now on whichever database is there is taken: whoever says so ends what could live again in it.
    pub fn take_any_database(&mut self) {
        self.any_database = true;
    }

    /// Whether that was said.
    #[must_use]
    pub fn takes_any_database(&self) -> bool {
        self.any_database
    }

    /// The database.
    #[must_use]
    pub fn database(&self) -> PathBuf {
        Self::database_in(&self.path)
    }

    /// The database in a folder, whoever owns that.
    #[must_use]
    pub fn database_in(folder: &Path) -> PathBuf {
        folder.join("admit.db")
    }

    /// The secret that development mode makes for itself.
    #[must_use]
    pub fn dev_secret(&self) -> PathBuf {
        Self::dev_secret_in(&self.path)
    }

    /// The same in a folder, whoever owns that.
    #[must_use]
    pub fn dev_secret_in(folder: &Path) -> PathBuf {
        folder.join("secret")
    }

    /// The secret of the demonstration's service.
    #[must_use]
    pub fn demo_secret(&self) -> PathBuf {
        self.path.join("demo-shop.secret")
    }

    /// The control socket.
    #[must_use]
    pub fn socket(&self) -> PathBuf {
        socket(&self.path)
    }
}

/// Where the owner of a folder listens for commands.
#[must_use]
pub fn socket(folder: &Path) -> PathBuf {
    folder.join("control.sock")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_folder_has_one_owner_at_a_time_and_is_closed_to_others() {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("data");
        let Claim::Ours(owner) = DataFolder::claim(&path).unwrap() else { panic!("nobody else is here") };
        assert!(matches!(DataFolder::claim(&path).unwrap(), Claim::Taken));
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o700);
        assert_eq!(std::fs::read_to_string(path.join(".gitignore")).unwrap(), "*\n");
        drop(owner);
        assert!(matches!(DataFolder::claim(&path).unwrap(), Claim::Ours(_)));
    }
}
