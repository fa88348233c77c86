//! Files that are for the server's user alone: whether others may read or replace them, and whose they are.

use std::fs::{File, Metadata};
use std::io::Read;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

use super::Config;
use crate::finding::{Finding, finding};

pub(super) const ROOT: u32 = 0;

/// Whether a file belongs to neither this user nor root, who can do everything anyway.
fn is_foreign(owner: u32, user: u32) -> bool {
    owner != user && owner != ROOT
}

fn is_open(metadata: &Metadata) -> bool {
    metadata.permissions().mode() & 0o077 != 0
}

pub(super) fn user() -> u32 {
    rustix::process::geteuid().as_raw()
}

/// Looks at one. `id` is that of the finding when others may read it.
pub(super) fn look(path: &Path, id: &'static str, what: &str, mode: u32, found: &mut Vec<Finding>) {
    let Ok(metadata) = std::fs::metadata(path) else { return };
    if is_open(&metadata) {
        let wrong = format!("{what} {} can be read by other users of this machine.", path.display());
        found.push(finding(id, wrong, format!("chmod {mode:o} {}", path.display())).about(path.display()));
    }
    // Root may look at another user's server; `unsafety::of_another_user` decides whether it may also serve it.
    if user() != ROOT && is_foreign(metadata.uid(), user()) {
        found.push(foreign(what, path, metadata.uid()));
    }
}

/// Looks at the data folder, and at whose the files in it are: who could write into it may have put them there.
pub(super) fn folder(config: &Config, found: &mut Vec<Finding>) {
    let folder = &config.server.data;
    look(folder, "data-readable", "The data folder", 0o700, found);
    let Ok(owner) = std::fs::metadata(folder).map(|metadata| metadata.uid()) else { return };
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        if let Ok(metadata) = entry.metadata()
            && is_foreign(metadata.uid(), owner)
        {
            found.push(foreign("In the data folder,", &entry.path(), metadata.uid()));
        }
    }
}

fn foreign(what: &str, path: &Path, owner: u32) -> Finding {
    let path = path.display();
    let wrong = format!(
        "{what} {path} belongs to user {owner}, and this runs as user {}: user {owner} can read and change it.",
        user()
    );
    let remedy = format!(
        "Run admit as the user who owns it. If nobody meant to put it there, move it away: never use a secret \
         that somebody else made. If it is yours: sudo chown {} {path}",
        user()
    );
    finding("file-foreign", wrong, remedy).about(path)
}

/// Reads a secret that was made in the data folder: nobody but this user may ever have had it. What is read is what was looked at.
pub(super) fn read_made(path: &Path) -> Result<String, String> {
    let unreadable = |error| format!("The secret file {} cannot be read: {error}.", path.display());
    let mut file = File::open(path).map_err(unreadable)?;
    let metadata = file.metadata().map_err(unreadable)?;
    let why = if is_open(&metadata) {
        "can be read by other users of this machine"
    } else if is_foreign(metadata.uid(), user()) {
        "belongs to another user"
    } else {
        let mut text = String::new();
        file.read_to_string(&mut text).map_err(unreadable)?;
        return Ok(text);
    };
    Err(format!(
        "The secret file {0} {why}, who may have put it there. Anyone who knows it can forge forms and tokens. Delete it (rm {0}); the \
         next start makes a new one, and everybody signs in again.",
        path.display()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_belongs_to_neither_this_user_nor_root_is_another_user_s() {
        assert!(!is_foreign(1000, 1000) && !is_foreign(ROOT, 1000) && !is_foreign(ROOT, ROOT));
        assert!(is_foreign(1001, 1000) && is_foreign(1001, ROOT));
    }
}
