//! What a data folder remembers of its database, in a file beside it: which one it is, and how far its audit log was.
//!
//! SQLite makes a database where there is none, so one that was lost (deleted, copied without its `-wal`, on a disk that is not
//! mounted) would be a new and empty installation without a word. And a backup that was put back has sessions that were ended,
//! users who were disabled since, and passwords and refresh tokens that were replaced.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use admit_store::{Mark, OpenError, Sqlite, Stores};
use serde::{Deserialize, Serialize};

use super::DataFolder;

/// How often it is written down how far the audit log is.
const NOTE_EVERY: Duration = Duration::from_secs(10);

/// What is remembered.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Remembered {
    /// The id of the database; empty until there is one.
    database: String,
    /// The number of the last event of its audit log, at the least.
    events: u64,
}

/// Notes that a folder is new: no database was here.
///
/// # Errors
/// When it cannot be written.
pub fn begin(file: &Path) -> std::io::Result<()> {
    write(file, &Remembered::default())
}

/// Before a database of SQLite is opened: whether it is there if it was before. Answers whether it is to be made.
///
/// # Errors
/// What is missing, and what to do.
pub fn before(data: &DataFolder, path: &Path) -> Result<bool, String> {
    let remembered = read(data)?;
    let begins = remembered.as_ref().is_some_and(|it| it.database.is_empty());
    let is_there = match fs::metadata(path) {
        Ok(metadata) => metadata.len() > 0 && Sqlite::version(path).map_err(|error| unusable(path, &error))? > Some(0),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return match begins {
                true => Ok(true),
                false => Err(lost(path, "is not there", data)),
            };
        }
        Err(error) => return Err(format!("The database {} cannot be looked at: {error}.", path.display())),
    };
    match is_there {
        true => Ok(false),
        // What a first start leaves that was interrupted.
        false if begins => Ok(true),
        false => Err(lost(path, "is empty", data)),
    }
}

/// After it was opened: whether it is the one that was here, and no older.
///
/// # Errors
/// What is wrong, and what to do.
pub fn after(data: &DataFolder, path: &Path, mark: &Mark, made: bool) -> Result<(), String> {
    if made {
        tracing::warn!(path = %path.display(), "a new database was made");
    }
    if data.takes_any_database() {
        return Ok(());
    }
    let remembered = read(data)?.unwrap_or_default();
    let known = !remembered.database.is_empty();
    let wrong = if known && remembered.database != mark.database {
        format!("The database {} is another one than this folder had before", path.display())
    } else if known && remembered.events > mark.events {
        format!(
            "The database {} is older than this folder had it: its audit log ends at {}, and was at {}. Either a backup was put \
             back, or its last changes are missing: they are in {}-wal until the server stops",
            path.display(),
            mark.events,
            remembered.events,
            path.display()
        )
    } else {
        // Without it the next start knows a little less. That is no reason not to start.
        if let Err(error) = note(data, mark) {
            tracing::warn!(error, "what the folder remembers was not written");
        }
        return Ok(());
    };
    Err(format!(
        "{wrong}. Put back what is missing; or, if this is the database to go on with, run `admit restored`: it ends every \
         sign-in and replaces the signing keys, because everything that was ended since the backup would be valid again."
    ))
}

/// Remembers it as it is now.
///
/// # Errors
/// When that cannot be written.
pub fn note(data: &DataFolder, mark: &Mark) -> Result<(), String> {
    let file = data.installation();
    write(&file, &of(mark)).map_err(|error| format!("{} cannot be written: {error}.", file.display()))
}

/// Goes on remembering how far the audit log is, until it is aborted.
pub async fn keep(file: PathBuf, stores: Stores) {
    let Some(mark) = stores.mark else { return };
    let mut last = None;
    loop {
        tokio::time::sleep(NOTE_EVERY).await;
        let Ok(mark) = mark().await else { continue };
        if last.as_ref() == Some(&mark) {
            continue;
        }
        match write(&file, &of(&mark)) {
            Ok(()) => last = Some(mark),
            Err(error) => tracing::warn!(%error, file = %file.display(), "what the folder remembers was not written"),
        }
    }
}

fn of(mark: &Mark) -> Remembered {
    Remembered { database: mark.database.clone(), events: mark.events }
}

/// Why a database of SQLite is not opened.
pub(crate) fn unusable(path: &Path, error: &OpenError) -> String {
    format!(
        "The database {} cannot be used: {error}. Nothing in it was changed. Put back a backup, or begin anew in another \
         folder (server.data, --data).",
        path.display()
    )
}

fn lost(path: &Path, how: &str, data: &DataFolder) -> String {
    format!(
        "The database {path} {how}, and this folder had one before. Nothing was made in its place. Put it back with its \
         {name}-wal (both are needed after a copy or a crash), mount its disk, or put back a backup. To begin anew, name another \
         folder (server.data, --data), or delete {folder} whole.",
        path = path.display(),
        name = path.file_name().unwrap_or_default().to_string_lossy(),
        folder = data.path().display(),
    )
}

/// `None`: a release that did not remember anything has used the folder.
fn read(data: &DataFolder) -> Result<Option<Remembered>, String> {
    let file = data.installation();
    let unreadable = |error: &dyn std::fmt::Display| format!("{} cannot be read: {error}.", file.display());
    match fs::read_to_string(&file) {
        Ok(text) => toml::from_str(&text).map(Some).map_err(|error| unreadable(&error.message())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(unreadable(&error)),
    }
}

/// Whole or not at all, after a power loss too.
fn write(file: &Path, remembered: &Remembered) -> std::io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt;
    let text = toml::to_string(remembered).map_err(std::io::Error::other)?;
    let new = file.with_extension("new");
    let mut options = fs::OpenOptions::new();
    let mut written = options.write(true).create(true).truncate(true).mode(0o600).open(&new)?;
    written.write_all(b"# Written by admit: which database this folder has.\n")?;
    written.write_all(text.as_bytes())?;
    written.sync_all()?;
    fs::rename(&new, file)?;
    match file.parent() {
        Some(folder) => fs::File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Claim;

    fn claim(path: &Path) -> DataFolder {
        match DataFolder::claim(path).unwrap() {
            Claim::Ours(data) => data,
            Claim::Taken => panic!("nobody else is here"),
        }
    }

    fn mark(database: &str, events: u64) -> Mark {
        Mark { database: database.to_owned(), events }
    }

    #[test]
    fn a_database_that_is_lost_empty_older_or_anothers_is_not_begun_anew() {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("data");
        let data = claim(&folder);
        let path = data.database();
        assert_eq!(before(&data, &path), Ok(true), "the first start");
        drop(data);
        let data = claim(&folder);
        assert_eq!(before(&data, &path), Ok(true), "a first start that was interrupted before it made one");
        fs::write(&path, "").unwrap();
        assert_eq!(before(&data, &path), Ok(true), "or while it did");
        fs::remove_file(&path).unwrap();
        after(&data, &path, &mark("one", 7), true).unwrap();
        assert!(before(&data, &path).unwrap_err().contains("is not there, and this folder had one before"));
        fs::write(&path, "").unwrap();
        assert!(before(&data, &path).unwrap_err().contains("is empty"));
        after(&data, &path, &mark("one", 9), false).unwrap();
        assert!(after(&data, &path, &mark("one", 8), false).unwrap_err().contains("ends at 8, and was at 9"));
        assert!(after(&data, &path, &mark("other", 10), false).unwrap_err().contains("another one"));
        let mut any = data;
        any.take_any_database();
        after(&any, &path, &mark("other", 1), false).unwrap();
        note(&any, &mark("other", 1)).unwrap();
        drop(any);
        after(&claim(&folder), &path, &mark("other", 1), false).unwrap();
    }

    #[test]
    fn an_empty_file_in_a_new_folder_and_the_folder_of_an_earlier_release_are_no_first_start() {
        let parent = tempfile::tempdir().unwrap();
        let copied = parent.path().join("copied");
        fs::create_dir(&copied).unwrap();
        fs::write(copied.join("admit.db"), "").unwrap();
        let data = claim(&copied);
        assert!(before(&data, &data.database()).unwrap_err().contains("is empty"));
        let earlier = parent.path().join("earlier");
        fs::create_dir(&earlier).unwrap();
        fs::write(earlier.join("lock"), "").unwrap();
        let data = claim(&earlier);
        assert!(before(&data, &data.database()).unwrap_err().contains("is not there"));
    }
}
