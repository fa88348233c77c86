//! What a route declares besides its handler: who may pass, and on which terms.

use std::time::Duration;

use admit_core::csrf::Csrf;
use admit_core::policy::Permission;

/// Who may pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Anybody, signed in or not.
    Public,
    /// Anybody who is signed in.
    SignedIn,
    /// Whoever has a role with this permission.
    Require(Permission),
}

/// Which credentials a route takes, of those that its gate takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Accepts {
    /// Each.
    Any,
    /// A session alone: pages, and what only its browser may do.
    Session,
    /// A session, and tokens of the clients that the gate is told by name.
    NamedClients,
}

/// What the gate does with the body of an unsafe request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyReading {
    /// Read whole before anybody is authenticated.
    Whole {
        /// Most bytes; `None` for what the gate says.
        at_most: Option<usize>,
    },
    /// Left to the handler, which gets it as it comes.
    Streaming,
}

/// What a route asks for beside its rule.
#[derive(Clone, Copy)]
pub(crate) struct Terms {
    pub(crate) csrf: Csrf,
    pub(crate) accepts: Accepts,
    pub(crate) max_staleness: Option<Duration>,
    pub(crate) body: BodyReading,
    /// The handler loads an object and asks about it, so that a decision which depends on one is left to it.
    pub(crate) on_object: bool,
    /// Pages of the trusted origins may read the answers.
    pub(crate) cors: bool,
}

impl Terms {
    pub(crate) const fn new(csrf: Csrf) -> Self {
        Self {
            csrf,
            accepts: Accepts::Any,
            max_staleness: None,
            body: BodyReading::Whole { at_most: None },
            on_object: false,
            cors: false,
        }
    }
}
