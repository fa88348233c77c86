//! The PostgreSQL of a run: alone, or with a standby that takes over without the last commits.

use admit_testkit::{Forwarder, Postgres};

/// A primary, and maybe its standby.
pub(crate) struct Pair {
    pub(crate) primary: Postgres,
    standby: Option<Standby>,
}

struct Standby {
    server: Postgres,
    /// The address of whichever is the primary.
    front: Forwarder,
}

impl Pair {
    /// Starts it, with the empty database `admit`.
    pub(crate) fn start(with_standby: bool) -> Self {
        let primary = Postgres::start();
        drop(primary.create_database("admit"));
        let standby = with_standby.then(|| Standby { server: primary.standby(), front: Forwarder::to(primary.port()) });
        Self { primary, standby }
    }

    /// The port at which the primary is reached, whichever that is.
    pub(crate) fn port(&self) -> u16 {
        self.standby.as_ref().map_or(self.primary.port(), |standby| standby.front.address().port())
    }

    /// Puts in so many users, all with the password of the first.
    pub(crate) fn populate(&self, users: usize) {
        if users == 0 {
            return;
        }
        let made = format!(
            "SET search_path = admit;
             INSERT INTO subject (id, username, username_canonical, status, generation, roles_version, created_at)
             SELECT gen_random_uuid(), name, name, 'active', 0, 0, now()
             FROM (SELECT 'person-' || md5(number::text) AS name FROM generate_series(1, {users}) number) people;
             INSERT INTO password (subject_id, phc, changed_at)
             SELECT s.id, p.phc, now() FROM subject s, (SELECT phc FROM password LIMIT 1) p WHERE s.username LIKE 'person-%';
             ANALYZE"
        );
        drop(self.primary.run("admit", &made));
    }

    /// The standby has everything that was acknowledged before this was called, and hears nothing that comes after it has
    /// returned.
    pub(crate) fn stop_replication(&self) {
        if let Some(standby) = &self.standby {
            standby.server.wait_until_caught_up(&self.primary);
            standby.server.stop_replication();
        }
    }

    /// The primary is dead when this has returned.
    pub(crate) fn kill_primary(&mut self) {
        self.primary.kill();
    }

    /// The standby is the primary when this has returned, and has its address.
    pub(crate) fn promote(&mut self) {
        if let Some(standby) = &mut self.standby {
            standby.server.promote();
            std::mem::swap(&mut self.primary, &mut standby.server);
            standby.front.switch_to(self.primary.port());
        }
    }

    /// The old primary comes back, as a standby.
    pub(crate) fn rejoin(&mut self) {
        if let Some(standby) = &mut self.standby {
            standby.server.follow(&self.primary);
        }
    }
}
