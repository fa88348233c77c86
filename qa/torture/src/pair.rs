//! The PostgreSQL of a run: alone, or with a standby that takes over without the last commits.

use admit_testkit::{Postgres, Replicated};

/// A primary, and maybe its standby.
pub(crate) enum Pair {
    Alone(Postgres),
    Replicated(Replicated),
}

impl Pair {
    /// Starts it, with the empty database `admit`.
    pub(crate) fn start(with_standby: bool) -> Self {
        if with_standby {
            return Self::Replicated(Replicated::start());
        }
        let primary = Postgres::start();
        drop(primary.create_database("admit"));
        Self::Alone(primary)
    }

    /// The port at which the primary is reached, whichever that is.
    pub(crate) fn port(&self) -> u16 {
        match self {
            Self::Alone(primary) => primary.port(),
            Self::Replicated(both) => both.port(),
        }
    }

    pub(crate) fn primary(&mut self) -> &mut Postgres {
        match self {
            Self::Alone(primary) => primary,
            Self::Replicated(both) => &mut both.primary,
        }
    }

    /// Puts in so many users, all with the password of the first.
    pub(crate) fn populate(&mut self, users: usize) {
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
        drop(self.primary().run("admit", &made));
    }

    /// The standby has everything that was acknowledged before this was called, and hears nothing that comes after it has
    /// returned.
    pub(crate) fn stop_replication(&self) {
        if let Self::Replicated(both) = self {
            both.stop_replication();
        }
    }

    /// The standby is the primary when this has returned, and has its address. The old one is dead.
    pub(crate) fn promote(&mut self) {
        if let Self::Replicated(both) = self {
            both.promote();
            both.switch();
        }
    }

    /// The old primary comes back, as a standby.
    pub(crate) fn rejoin(&mut self) {
        if let Self::Replicated(both) = self {
            both.rejoin();
        }
    }
}
