//! A gate over a real store, for the tests of this crate.
#![allow(
    dead_code,
    clippy::allow_attributes,
    clippy::unwrap_used,
    clippy::panic,
    reason = "each test target uses its own part, and reports by panicking"
)]

use std::sync::Arc;

use admit::core::assurance::Methods;
use admit::core::audit::{Actor, Event, EventKind};
use admit::core::credential::password::PasswordHash;
use admit::core::id::SubjectId;
use admit::core::policy::{Permission, Policy};
use admit::core::proved::Proved;
use admit::core::random::OsRandom;
use admit::core::secret::ServerSecret;
use admit::core::session::{Device, SessionRules};
use admit::core::store::{Accounts, Created, NewSubject};
use admit::core::subject::{RoleName, SubjectState, Username};
use admit::core::time::Clock;
use admit::{Begun, Gate, GateBuilder, SystemClock};
use admit_store::Sqlite;
use axum::body::Body;
use axum::response::Response;
use http::Request;
use tower::ServiceExt;

/// A store in a folder of its own, a secret, a policy.
pub(crate) struct Bench {
    pub(crate) store: Arc<Sqlite>,
    pub(crate) secret: ServerSecret,
    pub(crate) policy: Arc<Policy>,
    _folder: tempfile::TempDir,
}

impl Bench {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Sqlite::open(&folder.path().join("admit.db"), SessionRules::default()).unwrap();
        let used = [Permission::parse("product:update").unwrap()];
        let text = "
            [roles.customer]\npermissions = [\"product:read\"]
            [roles.admin]\ninherits = [\"customer\"]\npermissions = [\"product:update\"]
            [permissions.\"product:read\"]\nused_by = \"the page\"\n";
        let policy = Arc::new(Policy::read(text, &used).unwrap());
        Self { store, secret: ServerSecret::new(&OsRandom).unwrap(), policy, _folder: folder }
    }

    pub(crate) fn builder(&self) -> GateBuilder {
        Gate::builder(Arc::clone(&self.store) as _, Arc::clone(&self.policy), &self.secret)
    }

    pub(crate) fn gate(&self) -> Gate {
        self.builder().build()
    }

    /// Makes a subject with these roles.
    pub(crate) async fn subject(&self, name: &str, roles: &[&str]) -> Arc<SubjectState> {
        let now = SystemClock.now();
        let new = NewSubject {
            id: SubjectId::new(now, &OsRandom).unwrap(),
            username: Username::parse(name).unwrap(),
            password: PasswordHash::from_phc("$argon2id$never-verified-here".to_owned()),
            roles: roles.iter().map(|role| RoleName::parse(role).unwrap()).collect(),
            created_at: now,
        };
        let event = Event::new(EventKind::SubjectCreated, Actor::Operator, now).about(new.id);
        match self.store.create(new, event).await.unwrap() {
            Created::Subject(subject) => subject,
            other => panic!("{other:?}"),
        }
    }

    /// Begins a session; its `Cookie` header and its CSRF token.
    pub(crate) async fn sign_in(&self, gate: &Gate, subject: &SubjectState) -> (String, String) {
        let event = Event::new(EventKind::SessionCreated, Actor::Subject(subject.id), SystemClock.now());
        let proved = Proved::vouched_for(subject, Methods::PASSWORD, SystemClock.now());
        let begun: Begun = gate.begin_session(&proved, Device::default(), None, event).await.unwrap().unwrap();
        let token = begun.csrf_token.reveal().to_owned();
        let response = axum::response::IntoResponse::into_response((begun, ""));
        let cookie = response.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
        (cookie, token)
    }
}

/// Sends a request through the routes.
pub(crate) async fn send(site: &axum::Router, request: Request<Body>) -> Response {
    site.clone().oneshot(request).await.unwrap()
}

/// A response's body as text.
pub(crate) async fn body(response: Response) -> String {
    let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
    String::from_utf8(bytes.to_vec()).unwrap()
}
