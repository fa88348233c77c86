//! A PostgreSQL that follows another, as a hot standby does: asynchronously, so what the primary has acknowledged may not be
//! there yet. It can be kept from hearing more, be promoted, and follow another primary anew.
//!
//! ```no_run
//! # use admit_testkit::{Forwarder, Postgres};
//! let mut primary = Postgres::start();
//! let way = Forwarder::to(primary.port());
//! let url = primary.url_at(way.address().port(), "admit"); // the one that clients know
//! let standby = primary.standby();
//! standby.wait_until_caught_up(&primary);
//! standby.stop_replication();
//! // What is committed here will be lost.
//! primary.kill();
//! standby.promote();
//! way.switch_to(standby.port());
//! primary.follow(&standby); // the old primary, as a standby of the new one
//! ```

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::{Postgres, binary, launch};
use crate::process::{Somebody, Watch};
use crate::verifier::free;

/// How long it may take to catch up, to hear no more, or to be promoted.
const WITHIN: Duration = Duration::from_secs(60);

impl Postgres {
    /// Starts a hot standby of it, on a free port of its own, and waits until that can be read.
    ///
    /// # Panics
    /// When it cannot be copied or started.
    #[must_use]
    pub fn standby(&self) -> Self {
        let folder = tempfile::Builder::new().prefix("admit-standby-").tempdir().expect("a temporary folder");
        if let Some(somebody) = self.somebody {
            somebody.owns(folder.path());
        }
        if self.starting.tls {
            std::fs::copy(self.ca(), folder.path().join("ca.crt")).expect("its authority's certificate");
        }
        copy(self, folder.path(), self.somebody);
        let (starting, port) = (self.starting.clone(), free().port());
        let postmaster = launch(&starting, folder.path(), port, self.somebody);
        let watch = Watch::over(postmaster.id(), folder.path());
        let mut standby = Self { starting, folder, port, somebody: self.somebody, postmaster, watch };
        standby.ready();
        standby
    }

    /// Makes it a standby of this primary, at its own port: what it has itself is thrown away.
    ///
    /// # Panics
    /// As [`Self::standby`].
    pub fn follow(&mut self, primary: &Self) {
        self.kill();
        std::fs::remove_dir_all(self.data()).expect("its old data removed");
        copy(primary, self.folder.path(), self.somebody);
        self.restart();
    }

    /// Waits until this standby has applied everything that the primary has acknowledged by now.
    ///
    /// # Panics
    /// When it does not within a minute.
    pub fn wait_until_caught_up(&self, primary: &Self) {
        let upto = primary.ask("SELECT pg_current_wal_flush_lsn()");
        self.wait(&format!("SELECT pg_last_wal_replay_lsn() >= '{}'", upto.trim()));
    }

    /// Keeps this standby from hearing more of its primary, which goes on without it.
    ///
    /// Its connection is ended for good. A paused replay would not do: what is received meanwhile is applied when it is
    /// promoted.
    ///
    /// # Panics
    /// When the connection does not end within a minute.
    pub fn stop_replication(&self) {
        self.ask("ALTER SYSTEM SET primary_conninfo = ''");
        self.ask("SELECT pg_reload_conf()");
        self.wait("SELECT NOT EXISTS (SELECT FROM pg_stat_wal_receiver)");
    }

    /// Makes this standby a primary, and waits until it takes writes.
    ///
    /// # Panics
    /// When it does not within a minute.
    pub fn promote(&self) {
        self.ask("SELECT pg_promote(false)");
        self.wait("SELECT NOT pg_is_in_recovery()");
    }

    fn ask(&self, statement: &str) -> String {
        self.run("postgres", statement)
    }

    /// Waits until it answers this with true.
    fn wait(&self, condition: &str) {
        let deadline = Instant::now() + WITHIN;
        while self.ask(condition).trim() != "t" {
            assert!(Instant::now() < deadline, "never became true: {condition}\n{}", self.logged());
            std::thread::sleep(Duration::from_millis(2));
        }
    }
}

/// Copies the data of a running server, and a note to follow it, into this folder.
fn copy(primary: &Postgres, folder: &Path, somebody: Option<Somebody>) {
    let mut command = Command::new(binary("pg_basebackup"));
    command.args(["--no-sync", "--checkpoint=fast", "--write-recovery-conf", "--no-password"]);
    command.arg("--dbname").arg(primary.url("postgres")).arg("--pgdata").arg(folder.join("data"));
    command.current_dir(folder).stdin(Stdio::null());
    if let Some(somebody) = somebody {
        somebody.runs(&mut command);
    }
    let copied = command.output().expect("pg_basebackup");
    assert!(copied.status.success(), "pg_basebackup: {}", String::from_utf8_lossy(&copied.stderr));
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpStream;

    use super::super::psql;
    use super::*;
    use crate::Forwarder;

    #[test]
    fn a_promoted_standby_lacks_what_it_was_kept_from_hearing_and_is_followed() {
        let mut primary = Postgres::start();
        drop(primary.create_database("kept"));
        let way = Forwarder::to(primary.port());
        let through = primary.url_at(way.address().port(), "kept");
        psql(&through, "CREATE TABLE kept (id int); INSERT INTO kept VALUES (1)").unwrap();
        let standby = primary.standby();
        psql(&through, "INSERT INTO kept VALUES (2)").unwrap();
        standby.wait_until_caught_up(&primary);
        assert!(psql(&standby.url("kept"), "INSERT INTO kept VALUES (9)").is_err(), "a standby takes no writes");
        standby.stop_replication();
        psql(&through, "INSERT INTO kept VALUES (3)").unwrap();

        let mut open = TcpStream::connect(way.address()).unwrap();
        // An SSLRequest: the server's answer is one byte, and the connection stays open.
        open.write_all(&[0, 0, 0, 8, 4, 210, 22, 47]).unwrap();
        open.read_exact(&mut [0]).unwrap();
        primary.kill();
        standby.promote();
        way.switch_to(standby.port());
        // Whether by its last words or without any: the connection to the old primary ends.
        drop(open.read_to_end(&mut Vec::new()));
        assert_eq!(psql(&through, "SELECT id FROM kept ORDER BY id").as_deref(), Ok("1\n2\n"));

        primary.follow(&standby);
        psql(&through, "INSERT INTO kept VALUES (4)").unwrap();
        primary.wait_until_caught_up(&standby);
        assert_eq!(psql(&primary.url("kept"), "SELECT id FROM kept ORDER BY id").as_deref(), Ok("1\n2\n4\n"));
    }
}
