//! A shop behind a gate over SQLite, and the people who call it.

use std::sync::{Arc, Mutex};

use admit::core::assurance::Methods;
use admit::core::audit::{Actor, Event, EventKind};
use admit::core::credential::password::PasswordHash;
use admit::core::csrf::{Origin, Origins};
use admit::core::id::SubjectId;
use admit::core::policy::Policy;
use admit::core::proved::Proved;
use admit::core::random::OsRandom;
use admit::core::secret::ServerSecret;
use admit::core::session::{Device, SessionRules};
use admit::core::store::{Accounts, Change, Created, NewSubject};
use admit::core::subject::{RoleName, SubjectState, Username};
use admit::core::time::{Clock, Timestamp};
use admit::witness::{Seen, Witness};
use admit::{Cookies, Gate, SystemClock};
use admit_shop::Shop;
use admit_store::Sqlite;
use axum::body::Body;
use axum::http::{Request, Response, StatusCode};
use axum::response::IntoResponse;
use http_body_util::BodyExt;
use serde_json::Value;
use tower::ServiceExt;

pub(crate) struct World {
    pub(crate) shop: Shop,
    pub(crate) app: axum::Router,
    pub(crate) attacker: axum::Router,
    gate: Gate,
    store: Arc<Sqlite>,
    _folder: tempfile::TempDir,
}

/// Somebody who sends requests.
#[derive(Clone)]
pub(crate) struct Caller {
    pub(crate) cookie: Option<String>,
    pub(crate) csrf: String,
    pub(crate) subject: Option<Arc<SubjectState>>,
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: axum::http::HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    /// The stable name of the problem, with its media type looked at.
    pub(crate) fn problem(&self) -> (u16, String) {
        assert_eq!(self.headers["content-type"], "application/problem+json", "{}", self.text);
        let kind = self.json()["type"].as_str().unwrap().trim_start_matches("urn:admit:problem:").to_owned();
        (self.status.as_u16(), kind)
    }
}

#[derive(Clone, Default)]
struct Notebook(Arc<Mutex<Vec<Seen>>>);

impl Witness for Notebook {
    fn saw(&self, seen: Seen) {
        self.0.lock().unwrap().insert(0, seen);
    }
}

fn now() -> Timestamp {
    SystemClock.now()
}

pub(crate) async fn world() -> World {
    let folder = tempfile::tempdir().unwrap();
    let store = Sqlite::open(&folder.path().join("shop.db"), SessionRules::default()).unwrap();
    let shop = Shop::default();
    let routes = admit_shop::routes(shop.clone());
    let policy = Policy::read(include_str!("../../policy.toml"), &routes.permissions()).unwrap();
    let notebook = Notebook::default();
    let own = Some(Origin::parse("http://127.0.0.1:8080").unwrap());
    let gate = Gate::builder(store.clone(), Arc::new(policy), &ServerSecret::new(&OsRandom).unwrap())
        .cookies(Cookies::danger_plain_http())
        .origins(Origins { own, ..Origins::default() })
        .witness(Arc::new(notebook.clone()))
        .build();
    let app = routes.mount(&gate).unwrap();
    let recent = Arc::new(move || notebook.0.lock().unwrap().clone());
    let attacker = admit_shop::attack::router("http://127.0.0.1:8080".to_owned(), recent, shop.clone());
    World { shop, app, attacker, gate, store, _folder: folder }
}

pub(crate) fn anonymous() -> Caller {
    Caller { cookie: None, csrf: String::new(), subject: None }
}

impl World {
    pub(crate) async fn customer(&self) -> Caller {
        self.sign_in("kim", &["customer"]).await
    }

    pub(crate) async fn admin(&self) -> Caller {
        self.sign_in("lee", &["admin"]).await
    }

    async fn sign_in(&self, name: &str, roles: &[&str]) -> Caller {
        let new = NewSubject {
            id: SubjectId::new(now(), &OsRandom).unwrap(),
            username: Username::parse(name).unwrap(),
            password: PasswordHash::from_phc("never verified here".to_owned()),
            roles: roles.iter().map(|role| RoleName::parse(role).unwrap()).collect(),
            created_at: now(),
        };
        let event = |kind| Event::new(kind, Actor::Server, now());
        let Created::Subject(subject) = self.store.create(new, event(EventKind::SubjectCreated)).await.unwrap() else {
            panic!("{name} is there already");
        };
        let event = event(EventKind::SessionCreated);
        let proved = Proved::vouched_for(&subject, Methods::PASSWORD, now());
        let begun = self.gate.begin_session(&proved, Device::default(), None, event).await.unwrap().unwrap();
        let csrf = begun.csrf_token.reveal().to_owned();
        let response = (begun, ()).into_response();
        let cookie = response.headers()["set-cookie"].to_str().unwrap();
        Caller { cookie: Some(cookie.split(';').next().unwrap().to_owned()), csrf, subject: Some(subject) }
    }

    pub(crate) async fn give_roles(&self, caller: &Caller, roles: &[&str]) {
        let roles = roles.iter().map(|role| RoleName::parse(role).unwrap()).collect();
        let event = Event::new(EventKind::RolesChanged, Actor::Server, now());
        self.store.change(caller.subject.as_ref().unwrap().id, Change::Roles(roles), event).await.unwrap().unwrap();
    }

    pub(crate) async fn get(&self, caller: &Caller, path: &str) -> Answer {
        self.send(caller, Request::get(path), Body::empty()).await
    }

    /// `PUT` of JSON with the caller's CSRF token in its header.
    pub(crate) async fn put(&self, caller: &Caller, path: &str, body: &str) -> Answer {
        let request =
            Request::put(path).header("content-type", "application/json").header("x-csrf-token", &caller.csrf);
        self.send(caller, request, Body::from(body.to_owned())).await
    }

    /// A form, its CSRF token among the fields.
    pub(crate) async fn post(&self, caller: &Caller, path: &str, fields: &[(&str, &str)]) -> Answer {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("csrf_token", &caller.csrf).extend_pairs(fields);
        let request = Request::post(path).header("content-type", "application/x-www-form-urlencoded");
        self.send(caller, request, Body::from(form.finish())).await
    }

    pub(crate) async fn send(&self, caller: &Caller, request: axum::http::request::Builder, body: Body) -> Answer {
        let request = match &caller.cookie {
            Some(cookie) => request.header("cookie", cookie),
            None => request,
        };
        answer(self.app.clone().oneshot(request.body(body).unwrap()).await.unwrap()).await
    }

    /// A request to the attack page's own listener.
    pub(crate) async fn look_at_attack(&self, path: &str) -> Answer {
        let request = Request::get(path).body(Body::empty()).unwrap();
        answer(self.attacker.clone().oneshot(request).await.unwrap()).await
    }
}

async fn answer(response: Response<Body>) -> Answer {
    let (parts, body) = response.into_parts();
    let text = String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
    Answer { status: parts.status, headers: parts.headers, text }
}
