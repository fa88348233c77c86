//! Who asks for a change, and what its events say of them.

use admit_core::audit::{Actor, Event, EventKind};
use admit_core::client::ClientId;
use admit_core::id::SessionId;
use admit_core::standing::Standing;
use admit_core::throttle::prefix;
use admit_core::time::Timestamp;

use crate::hashing::Asker;

/// Who asks for something, for the audit log.
#[derive(Clone, Debug)]
pub struct Cause {
    /// Who.
    pub actor: Actor,
    /// From where.
    pub address: Option<String>,
    /// In which request.
    pub request: Option<String>,
    /// By way of which client.
    pub client: Option<ClientId>,
    /// In which sign-in.
    pub session: Option<SessionId>,
    /// What the actor was when it was allowed: the store makes the change only if it still is.
    pub standing: Option<Standing>,
}

impl Cause {
    /// Somebody with the command line.
    #[must_use]
    pub fn operator() -> Self {
        Self::of(Actor::Operator)
    }

    /// The prefix of the address; empty when there is none.
    pub(super) fn prefix(&self) -> String {
        self.address.as_deref().and_then(|address| address.parse().ok()).map(prefix).unwrap_or_default()
    }

    /// Whose share of the hashing pool is used by what this asks for.
    pub(super) fn asker(&self) -> Asker {
        Asker::new(format!("{:?}", self.actor), &self.prefix(), true)
    }

    /// The server by itself.
    #[must_use]
    pub fn server() -> Self {
        Self::of(Actor::Server)
    }

    pub(super) fn of(actor: Actor) -> Self {
        Self { actor, address: None, request: None, client: None, session: None, standing: None }
    }

    /// An event that this caused.
    #[must_use]
    pub fn event(&self, kind: EventKind, at: Timestamp) -> Event {
        let event = Event {
            address: self.address.clone(),
            request: self.request.clone(),
            standing: self.standing.clone(),
            ..Event::new(kind, self.actor.clone(), at)
        };
        event.by_way_of(self.client.as_ref(), self.session)
    }

    /// For what anybody may do to their own account: a change of roles in the meantime does not stop it.
    #[must_use]
    pub fn whatever_its_roles(mut self) -> Self {
        self.standing = self.standing.map(Standing::whatever_its_roles);
        self
    }

    /// For what follows from a change that was made: it has no say in that any more what the actor is by then.
    #[must_use]
    pub fn afterwards(mut self) -> Self {
        self.standing = None;
        self
    }
}
