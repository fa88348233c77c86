//! The scripts: each is one step at the server, in one shard, so in one slot of a cluster.
//!
//! Each begins with `#!lua`, which makes a replica refuse it (it may write), and a server before 7.0 refuse to load it.

use std::sync::LazyLock;

use data_encoding::HEXLOWER;
use redis::Cmd;
use sha1::{Digest, Sha1};

/// A script by its digest, which is what is sent.
pub(super) struct Script {
    source: &'static str,
    sha: LazyLock<String>,
}

/// A script that is run even when the server's memory is full: a check needs it, or it makes no more sessions.
macro_rules! always {
    ($($file:literal),+) => { script!("#!lua flags=allow-oom\n", $($file),+) };
}

/// A script that makes more of what is kept: refused when the server's memory is full.
macro_rules! growing {
    ($($file:literal),+) => { script!("#!lua\n", $($file),+) };
}

macro_rules! script {
    ($first:literal, $($file:literal),+) => {{
        const SOURCE: &str = concat!($first, $(include_str!(concat!("lua/", $file))),+);
        Script { source: SOURCE, sha: LazyLock::new(|| HEXLOWER.encode(&Sha1::digest(SOURCE))) }
    }};
}

/// Reads a session, its subject and the fence.
pub(super) static CHECK: Script = always!("front.lua", "check.lua");
/// Writes down that a session was seen.
pub(super) static TOUCH: Script = always!("touch.lua");
/// Ends a session that was refused because time had ended it.
pub(super) static REFUSE: Script = always!("refuse.lua");
/// Applies entries of the log.
pub(super) static APPLY: Script = always!("put_state.lua", "supersede.lua", "apply.lua");
/// Makes a session.
pub(super) static OPEN: Script = growing!("put_state.lua", "front.lua", "open.lua");
/// Ends sessions of a subject.
pub(super) static DROP: Script = always!("drop.lua");
/// Reads the sessions of a subject.
pub(super) static LIST: Script = always!("list.lua");
/// Reads the fence and its epoch.
pub(super) static FENCE: Script = always!("fence.lua");
/// Gives a fence another epoch.
pub(super) static ADOPT: Script = always!("adopt.lua");
/// Puts a subject's state there.
pub(super) static STATE: Script = always!("put_state.lua", "state.lua");

/// Reads whose the keys are.
pub(super) static OWNER: Script = always!("owner.lua");

/// Counts an attempt.
pub(super) static RESERVE: Script = growing!("count.lua", "reserve.lua");
/// Writes down how attempts ended.
pub(super) static SETTLE: Script = always!("count.lua", "settle.lua");

/// All of them.
pub(super) static ALL: [&Script; 13] =
    [&CHECK, &TOUCH, &REFUSE, &APPLY, &OPEN, &DROP, &LIST, &FENCE, &ADOPT, &STATE, &OWNER, &RESERVE, &SETTLE];

impl Script {
    /// What is loaded into a server.
    pub(super) const fn source(&self) -> &'static str {
        self.source
    }

    /// Begins a call with so many keys; then come those keys, then the arguments.
    pub(super) fn call(&self, keys: u64) -> Cmd {
        let mut command = redis::cmd("EVALSHA");
        command.arg(self.sha.as_str()).arg(keys);
        command
    }
}

#[cfg(test)]
mod tests;
