//! Open files: every connection is one, and so is the database.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use super::Ended;

/// Fewer than these are no limit to serve with.
const FEWEST: u64 = 128;

/// What the databases, the logs and the other listeners need.
const OTHERS: u64 = 80;

/// How many files this process may open, after that was raised as far as the system allows; `None` for any number.
///
/// # Errors
/// When they are too few to serve.
pub(super) fn raise() -> Result<Option<u64>, Ended> {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
    if let Err(error) = setrlimit(Resource::Nofile, raised) {
        tracing::debug!(%error, "the limit of open files stays as it was");
    }
    let files = getrlimit(Resource::Nofile).current;
    match files {
        Some(files) if files < FEWEST => Err(Ended::Incomplete(format!(
            "This process may open {files} files, and needs {FEWEST} at least: each connection is one. Raise the limit \
             (ulimit -n, or LimitNOFILE= in a systemd unit)."
        ))),
        files => Ok(files),
    }
}

/// As many connections as are configured and there are files for: past that, accepting would only fail.
pub(super) fn connections(files: Option<u64>, configured: usize) -> usize {
    let Some(files) = files else { return configured };
    let room = usize::try_from(files.saturating_sub(OTHERS)).unwrap_or(usize::MAX);
    if room < configured {
        tracing::warn!(
            room,
            configured,
            "fewer connections than server.max_connections: raise the limit of open files"
        );
    }
    room.min(configured)
}
