//! The router: paths, each with handlers under rules, and the table that shows them all.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use admit_core::policy::{Demand, Permission, PermissionError, Unfit};
use axum::extract::Request;
use http::Method;

use crate::checks::Compiled;
use crate::cors::{self, Methods};
use crate::gate::Gate;
use crate::layer::GateLayer;
use crate::route::{Endpoint, Guarded};
use crate::terms::{Accepts, BodyReading, Rule, Terms};
use admit_core::csrf::Csrf;

/// What [`Router::route`] takes. Only a handler with a rule is one.
#[diagnostic::on_unimplemented(
    message = "this route has no rule",
    label = "who may call this handler?",
    note = "wrap it in a rule: public(get(handler)), signed_in(get(handler)) or require(\"product:update\", put(handler))",
    note = "get, post, put, patch and delete are those of this crate, not axum's"
)]
pub trait HasRule<S> {
    /// The handler with its rule.
    fn guarded(self) -> Guarded<S>;
}

impl<S> HasRule<S> for Guarded<S> {
    fn guarded(self) -> Guarded<S> {
        self
    }
}

/// One line of the route table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The path, with `{placeholders}`.
    pub path: String,
    /// The method.
    pub method: Method,
    /// Who may pass.
    pub rule: Rule,
    /// Which forgery check goes with it.
    pub csrf: Csrf,
    /// Which credentials it takes.
    pub accepts: Accepts,
    /// How old the knowledge of revoked tokens may be; `None` for what the policy, or else the gate, says.
    pub max_staleness: Option<Duration>,
    /// What is done with the body of an unsafe request.
    pub body: BodyReading,
    /// The kind of object that the handler asks about, by its noun.
    pub on: Option<&'static str>,
    /// Whether pages of the trusted origins may read the answers (CORS).
    pub cors: bool,
}

/// Why a router cannot be mounted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MountError {
    /// A malformed permission.
    #[error("{method} {path}: {error}")]
    Permission {
        /// The route's method.
        method: Method,
        /// The route's path.
        path: String,
        /// What is wrong.
        error: PermissionError,
    },
    /// The policy does not fit the route: it does not know the permission, or decides it by what the route does not show.
    #[error(transparent)]
    Policy(#[from] Unfit),
    /// A `GET` under a permission to change something.
    #[error(
        "GET {path} requires \"{permission}\", which changes something, and any link on any page makes a browser send a GET: \
         mount it under another method, or say that the handler only shows: require(\"{permission}\", …).changes_nothing()"
    )]
    ChangingGet {
        /// The route's path.
        path: String,
        /// The permission.
        permission: Permission,
    },
    /// A route whose rule requires no permission asks about an object.
    #[error("{method} {path} asks about an object and requires no permission: mount it with require(\"noun:verb\", …)")]
    ObjectWithoutPermission {
        /// The route's method.
        method: Method,
        /// The route's path.
        path: String,
    },
    /// The same method twice on one path.
    #[error("{method} {path} is mounted twice: remove one")]
    Duplicate {
        /// The route's method.
        method: Method,
        /// The route's path.
        path: String,
    },
    /// A route for sessions behind a gate that has none.
    #[error("{method} {path} takes a session alone, and this gate has no sessions: nobody could ever pass")]
    NoSessions {
        /// The route's method.
        method: Method,
        /// The route's path.
        path: String,
    },
    /// A path that does not begin with a slash.
    #[error("the path \"{0}\" does not begin with a slash")]
    Path(String),
    /// Two paths of the same shape, whose parameters have different names.
    #[error("{path} and {with} are the same addresses: give their parameters the same names")]
    SamePath {
        /// The path.
        path: String,
        /// The one that was there before.
        with: String,
    },
    /// A path with parameters that cannot be read.
    #[error(
        "the path \"{path}\" cannot be read: {why}. Write /{{name}} for one segment, and /{{*name}} for the rest at the end"
    )]
    Pattern {
        /// The path.
        path: String,
        /// Why.
        why: String,
    },
}

/// Why axum cannot take this path beside those before it; it would panic.
fn unfit(paths: &mut matchit::Router<()>, path: &str) -> Option<MountError> {
    if path.split('/').any(|segment| segment.starts_with([':', '*'])) {
        let why = "this is how older versions of axum wrote parameters".to_owned();
        return Some(MountError::Pattern { path: path.to_owned(), why });
    }
    paths.insert(path, ()).err().map(|error| match error {
        matchit::InsertError::Conflict { with } => MountError::SamePath { path: path.to_owned(), with },
        other => MountError::Pattern { path: path.to_owned(), why: other.to_string() },
    })
}

/// Every mistake of a router that cannot be mounted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MountErrors(pub Vec<MountError>);

impl std::fmt::Display for MountErrors {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let lines: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        f.write_str(&lines.join("\n"))
    }
}

impl std::error::Error for MountErrors {}

impl std::ops::Deref for MountErrors {
    type Target = [MountError];

    fn deref(&self) -> &[MountError] {
        &self.0
    }
}

/// Routes that each have a rule. Mounting it behind a [`Gate`] gives an `axum::Router`.
pub struct Router<S = ()> {
    pub(crate) routes: Vec<(String, Guarded<S>)>,
}

impl<S> Default for Router<S> {
    fn default() -> Self {
        Self { routes: Vec::new() }
    }
}

impl<S: Clone + Send + Sync + 'static> Router<S> {
    /// No routes yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a handler with its rule under a path. Several methods of one path are several calls.
    #[must_use]
    pub fn route(mut self, path: &str, guarded: impl HasRule<S>) -> Self {
        self.routes.push((path.to_owned(), guarded.guarded()));
        self
    }

    /// Adds all routes of another router.
    #[must_use]
    pub fn merge(mut self, other: Self) -> Self {
        self.routes.extend(other.routes);
        self
    }

    /// Adds all routes of another router under a path.
    #[must_use]
    pub fn nest(mut self, prefix: &str, other: Self) -> Self {
        let under = |path: String| if path == "/" { prefix.to_owned() } else { format!("{prefix}{path}") };
        self.routes.extend(other.routes.into_iter().map(|(path, guarded)| (under(path), guarded)));
        self
    }

    /// Gives the handlers their state.
    #[must_use]
    pub fn with_state<T: Clone + Send + Sync + 'static>(self, state: S) -> Router<T> {
        let with = |(path, guarded): (String, Guarded<S>)| {
            let Guarded { endpoint: Endpoint { method, behind }, rule, terms, on, changes_nothing } = guarded;
            let state = state.clone();
            let endpoint = Endpoint { method, behind: Box::new(|gate| behind(gate).with_state(state)) };
            (path, Guarded { endpoint, rule, terms, on, changes_nothing })
        };
        Router { routes: self.routes.into_iter().map(with).collect() }
    }

    /// Every route with its rule, in the order of adding. Malformed permissions are left to [`Self::mount`].
    #[must_use]
    pub fn table(&self) -> Vec<Row> {
        let row = |(path, guarded): &(String, Guarded<S>)| {
            let Terms { csrf, accepts, max_staleness, body, cors, .. } = guarded.terms;
            Some(Row {
                path: path.clone(),
                method: guarded.endpoint.method.clone(),
                rule: guarded.rule.clone().ok()?,
                csrf,
                accepts,
                max_staleness,
                body,
                on: guarded.on.map(|(noun, _)| noun),
                cors,
            })
        };
        self.routes.iter().filter_map(row).collect()
    }

    /// The permissions that the routes require: what a policy's wildcards range over.
    #[must_use]
    pub fn permissions(&self) -> Vec<Permission> {
        let required = |row: Row| match row.rule {
            Rule::Require(permission) => Some(permission),
            Rule::Public | Rule::SignedIn => None,
        };
        self.table().into_iter().filter_map(required).collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// Puts every route behind the gate.
    ///
    /// A path or method that is not there is answered by the gate too: a forged request gets 403 before anybody says
    /// what exists, and the rest 404 and 405 as problem documents.
    ///
    /// # Errors
    /// Every mistake at once: malformed or unknown permissions, rules that the policy decides by an object which the route does
    /// not show, a `GET` under a permission to change something, paths without a slash or with parameters that cannot be read,
    /// two names for one parameter, a method twice on one path, routes that nobody could pass.
    pub fn mount(self, gate: &Gate) -> Result<axum::Router<S>, MountErrors> {
        let mut errors = Vec::new();
        let mut taken = BTreeSet::new();
        let mut paths = matchit::Router::new();
        let mut known = BTreeSet::new();
        let mut methods: BTreeMap<String, Vec<(Method, bool)>> = BTreeMap::new();
        let mut router = axum::Router::new();
        for (path, guarded) in self.routes {
            let method = guarded.endpoint.method;
            let guarded_method = method.clone();
            if !path.starts_with('/') {
                errors.push(MountError::Path(path));
                continue;
            }
            if known.insert(path.clone())
                && let Some(error) = unfit(&mut paths, &path)
            {
                errors.push(error);
                continue;
            }
            if !taken.insert((path.clone(), method.to_string())) {
                errors.push(MountError::Duplicate { method, path });
                continue;
            }
            if guarded.terms.accepts == Accepts::Session && gate.0.sessions.is_none() {
                errors.push(MountError::NoSessions { method, path });
                continue;
            }
            let compiled = match guarded.rule {
                Err(error) => Err(MountError::Permission { method, path: path.clone(), error }),
                Ok(Rule::Require(permission)) => {
                    if method == Method::GET && !permission.reads() && !guarded.changes_nothing {
                        errors.push(MountError::ChangingGet { path: path.clone(), permission: permission.clone() });
                    }
                    let place = format!("{method} {path}");
                    let demand = Demand { place, permission: permission.clone(), on: guarded.on };
                    gate.policy().demand(demand).map(|index| Compiled::Require(permission, index)).map_err(Into::into)
                }
                Ok(_) if guarded.on.is_some() => {
                    Err(MountError::ObjectWithoutPermission { method, path: path.clone() })
                }
                Ok(Rule::Public) => Ok(Compiled::Public),
                Ok(Rule::SignedIn) => Ok(Compiled::SignedIn),
            };
            match compiled {
                Err(error) => errors.push(error),
                Ok(compiled) => {
                    methods.entry(path.clone()).or_default().push((guarded_method, guarded.terms.cors));
                    let layer = GateLayer::new(gate.clone(), compiled, guarded.terms, &path);
                    router = router.route(&path, (guarded.endpoint.behind)(layer));
                }
            }
        }
        if !errors.is_empty() {
            return Err(MountErrors(errors));
        }
        for (path, routes) in methods {
            let Some(methods) = Methods::of(&routes) else { continue };
            let gate = gate.clone();
            let preflight = move |request: Request| {
                let response = cors::preflight(&gate, &methods, &request);
                async move { response }
            };
            router = router.route(&path, axum::routing::options(preflight));
        }
        Ok(crate::fallback::with_fallbacks(router, gate))
    }
}
