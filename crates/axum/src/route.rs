//! Endpoints and their rules: a handler can be mounted only together with the rule that guards it.

use std::convert::Infallible;
use std::time::Duration;

use admit_core::policy::{Demand, Permission, PermissionError, Resource};
use axum::handler::Handler;
use axum::routing::{self, MethodRouter};
use http::Method;

use crate::layer::GateLayer;
use crate::terms::{Accepts, BodyReading, Rule, Terms};
use admit_core::csrf::Csrf;

/// A handler under one method, not yet under a rule.
///
/// The gate is put directly around the handler, before axum boxes it: a layer on a finished route costs every request
/// one box and one clone more.
pub struct Endpoint<S = ()> {
    pub(crate) method: Method,
    pub(crate) behind: Box<dyn FnOnce(GateLayer) -> MethodRouter<S, Infallible> + Send>,
}

macro_rules! endpoint {
    ($name:ident, $method:ident) => {
        #[doc = concat!("A handler for `", stringify!($method), "`. Give it a rule: `public`, `signed_in` or `require`.")]
        pub fn $name<H, T, S>(handler: H) -> Endpoint<S>
        where
            H: Handler<T, S>,
            T: 'static,
            S: Clone + Send + Sync + 'static,
        {
            Endpoint { method: Method::$method, behind: Box::new(|gate| routing::$name(handler.layer(gate))) }
        }
    };
}

endpoint!(get, GET);
endpoint!(post, POST);
endpoint!(put, PUT);
endpoint!(patch, PATCH);
endpoint!(delete, DELETE);

/// A handler with its rule: what [`crate::Router::route`] takes.
pub struct Guarded<S = ()> {
    pub(crate) endpoint: Endpoint<S>,
    pub(crate) rule: Result<Rule, PermissionError>,
    pub(crate) terms: Terms,
    /// The noun and the attributes of the object that the handler asks about.
    pub(crate) on: Option<Shape>,
    pub(crate) changes_nothing: bool,
}

pub(crate) type Shape = (&'static str, &'static [&'static str]);

fn guarded<S>(endpoint: Endpoint<S>, rule: Result<Rule, PermissionError>, csrf: Csrf) -> Guarded<S> {
    Guarded { endpoint, rule, terms: Terms::new(csrf), on: None, changes_nothing: false }
}

/// Open to anybody. The handler may still ask who it is (`Option<Principal>`, or `Viewer` to greet somebody by name); one that
/// does not ask reads no store, and is there during an outage.
pub fn public<S>(endpoint: Endpoint<S>) -> Guarded<S> {
    guarded(endpoint, Ok(Rule::Public), Csrf::Session)
}

/// Open to anybody who is signed in; anonymous gets 401.
pub fn signed_in<S>(endpoint: Endpoint<S>) -> Guarded<S> {
    guarded(endpoint, Ok(Rule::SignedIn), Csrf::Session)
}

/// Open to whoever has a role with this permission (`product:update`): anonymous gets 401, others 403.
///
/// A malformed permission, or one that the policy does not know, is an error when the router is mounted.
pub fn require<S>(permission: &str, endpoint: Endpoint<S>) -> Guarded<S> {
    guarded(endpoint, Permission::parse(permission).map(Rule::Require), Csrf::Session)
}

/// Open to anybody, for what is sent before there is a session: login, set-up, register, reset.
///
/// A form needs the token that its page carried, tied to the browser by a cookie of its own; a JSON body, which no form
/// of another site can send, needs to pass the origin check. Whoever has a live session needs that session's token.
pub fn before_login<S>(endpoint: Endpoint<S>) -> Guarded<S> {
    guarded(endpoint, Ok(Rule::Public), Csrf::BeforeLogin)
}

/// Open to programs that show who they are in the call itself: the token endpoints of OAuth. The handler checks that.
///
/// Whatever cookie or Bearer token comes along is not looked at, so an app that attaches its dead access token to every
/// call can still renew it. A call from a page of another site is refused. The handler reads the body itself, whole, before it
/// finds out who the client is.
pub fn for_clients<S>(endpoint: Endpoint<S>) -> Guarded<S> {
    guarded(endpoint, Ok(Rule::Public), Csrf::Client)
}

impl<S> Guarded<S> {
    /// Takes a session alone, whatever else the gate takes: for pages, and what only its browser may do.
    #[must_use]
    pub fn by_session(mut self) -> Self {
        self.terms.accepts = Accepts::Session;
        self
    }

    /// Takes tokens of those clients alone that [`crate::GateBuilder::named_clients`] names: for what an app that merely signs
    /// its users in has no business with, whatever their roles. A session is taken as ever.
    #[must_use]
    pub fn by_named_clients(mut self) -> Self {
        self.terms.accepts = Accepts::NamedClients;
        self
    }

    /// How old the knowledge of ended sessions and revoked tokens may be on this route. Past it whoever knows is asked, and
    /// where that cannot be the answer is 503.
    ///
    /// Without it sessions are checked against the present, and tokens against what the gate allows.
    #[must_use]
    pub fn max_staleness(mut self, at_most: Duration) -> Self {
        self.terms.max_staleness = Some(at_most);
        self
    }

    /// The most bytes of this route's body: over it, 413. For axum's own extractors too.
    ///
    /// The body of an unsafe request is read whole, within this limit or the gate's ([`crate::GateBuilder::body_limit`]),
    /// before anybody is authenticated: who holds back the last byte acts with the rights of when it came. How long that may
    /// take is up to the server around the app: give it a timeout.
    #[must_use]
    pub fn body_limit(mut self, bytes: usize) -> Self {
        self.terms.body = BodyReading::Whole { at_most: Some(bytes) };
        self
    }

    /// Leaves the body to the handler, which gets it as it comes: for uploads that do not fit into memory.
    ///
    /// The caller is authenticated before the body, so the handler owes three things. It asks again who it is when the last
    /// byte has come, before it makes anything of it: the session may have ended, or a role gone, in the meantime. It has a
    /// limit and a deadline of its own. And its forms send their CSRF token in `X-CSRF-Token`, because no field is looked for.
    #[must_use]
    pub fn streaming(mut self) -> Self {
        self.terms.body = BodyReading::Streaming;
        self
    }

    /// The handler loads an object and asks about it: `principal.authorize(Cancel, &order)?`.
    ///
    /// What the policy can say without the object is still decided at the door. What depends on it passes, and an answer that
    /// is a success although the handler never asked, or was refused, is replaced by 500. That finds a forgotten check; it
    /// does not see which object the handler changes, and a change that was made is made. Only a function that takes the proof
    /// (`Allowed<Cancel, Order>`) cannot change another one.
    #[must_use]
    pub fn on<R: Resource>(mut self) -> Self {
        self.on = Some(Demand::shape::<R>());
        self.terms.on_object = true;
        self
    }

    /// A `GET` under a permission that changes something only shows: the form that is then posted.
    ///
    /// Without it such a route is refused, because any link on any page makes a browser send a `GET`.
    #[must_use]
    pub fn changes_nothing(mut self) -> Self {
        self.changes_nothing = true;
        self
    }

    /// Lets pages of the origins that the gate trusts ([`Origins::trusted`](admit_core::csrf::Origins)) read this route's answers,
    /// with the user's cookie (CORS). For routes that answer with JSON: a page, a redirect and the answer to a form stay unreadable.
    ///
    /// It gives no right: an unsafe request needs the session's CSRF token or an access token, as from a page of this site.
    #[must_use]
    pub fn cors(mut self) -> Self {
        self.terms.cors = true;
        self
    }

    /// Takes unsafe requests from pages of any origin. A request with a session cookie still needs its token.
    ///
    /// For endpoints that other sites' pages are meant to call without a session. Not for anything with a form.
    #[must_use]
    pub fn danger_from_any_origin(mut self) -> Self {
        self.terms.csrf = Csrf::AnyOrigin;
        self
    }
}
