//! A PostgreSQL with a standby that takes over without the last commits, at one address.

use crate::{Forwarder, Postgres};

/// A primary with a hot standby, which have the database `admit`.
pub struct Replicated {
    /// The server that takes writes.
    pub primary: Postgres,
    /// The one that follows it.
    pub standby: Postgres,
    front: Forwarder,
}

impl Replicated {
    /// Starts both.
    ///
    /// # Panics
    /// When one of them does not start.
    #[must_use]
    pub fn start() -> Self {
        let primary = Postgres::start();
        drop(primary.create_database("admit"));
        let (standby, front) = (primary.standby(), Forwarder::to(primary.port()));
        Self { primary, standby, front }
    }

    /// The port at which the primary is reached, whichever that is.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.front.address().port()
    }

    /// Likewise the URL of the database.
    #[must_use]
    pub fn url(&self) -> String {
        self.primary.url_at(self.port(), "admit")
    }

    /// The standby has everything that was acknowledged before this was called, and hears nothing that comes after it has
    /// returned.
    pub fn stop_replication(&self) {
        self.standby.wait_until_caught_up(&self.primary);
        self.standby.stop_replication();
    }

    /// The primary is dead when this has returned, and the standby takes writes, at an address of its own.
    pub fn take_over(&mut self) {
        self.primary.kill();
        self.promote();
    }

    /// The same, of a primary that is dead already.
    pub fn promote(&mut self) {
        self.standby.promote();
        std::mem::swap(&mut self.primary, &mut self.standby);
    }

    /// Everybody finds it at the address of the old one.
    pub fn switch(&self) {
        self.front.switch_to(self.primary.port());
    }

    /// The old primary comes back, as a standby.
    pub fn rejoin(&mut self) {
        self.standby.follow(&self.primary);
    }
}
