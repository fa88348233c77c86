//! Roles that are held in one tenant, against objects of every other: nothing is read and nothing is written across.

use std::sync::{Arc, Mutex};

use admit::core::audit::{Actor, Event, EventKind};
use admit::core::store::{Accounts, Change};
use admit::core::subject::RoleName;
use admit::core::time::Clock;
use admit::{
    Action, Allowed, Gate, Policy, Principal, Rejection, Resource, Router, SystemClock, Value, delete, get, post, put,
    require, signed_in,
};
use axum::body::Body;
use axum::extract::{Path, State};
use http::{Request, StatusCode};

use crate::support::{Bench, body, send};

const POLICY: &str = r#"
[roles.viewer]
permissions = ["document:read"]
[roles.editor]
inherits = ["viewer"]
permissions = ["document:create", "document:update", "document:delete"]
"#;

/// A document of a tenant, or of the installation itself.
#[derive(Clone, Debug)]
struct Document {
    tenant: Tenant,
    text: String,
}

/// What a document says of its tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tenant {
    Named(&'static str),
    /// The parent of all: it has none.
    None,
    Number(i64),
}

impl Resource for Document {
    const NOUN: &'static str = "document";
    const ATTRIBUTES: &'static [&'static str] = &["tenant"];

    fn attribute(&self, name: &str) -> Option<Value<'_>> {
        match (name, self.tenant) {
            ("tenant", Tenant::Named(tenant)) => Some(tenant.into()),
            ("tenant", Tenant::Number(number)) => Some(number.into()),
            _ => None,
        }
    }
}

macro_rules! action {
    ($name:ident, $permission:literal) => {
        struct $name;
        impl Action for $name {
            const PERMISSION: &'static str = $permission;
        }
    };
}

action!(Read, "document:read");
action!(Create, "document:create");
action!(Update, "document:update");
action!(Delete, "document:delete");

/// Tenants whose names are nearly one another's, and documents that are in none.
const TENANTS: [Tenant; 12] = [
    Tenant::Named("acme"),
    Tenant::Named("globex"),
    Tenant::Named("acme-2"),
    Tenant::Named("acm"),
    Tenant::Named("ACME"),
    Tenant::Named(" acme"),
    Tenant::Named("acme\0"),
    Tenant::Named("acme@globex"),
    Tenant::Named("*"),
    Tenant::Named(""),
    Tenant::Number(7),
    Tenant::None,
];

type Documents = Arc<Mutex<Vec<Document>>>;
type Answer = Result<String, Result<Rejection, StatusCode>>;

fn find(documents: &Documents, id: usize) -> Result<Document, Result<Rejection, StatusCode>> {
    documents.lock().unwrap().get(id).cloned().ok_or(Err(StatusCode::NOT_FOUND))
}

/// The one data function that writes: the proof says to whose document.
fn write<A: Action>(documents: &Documents, id: usize, proof: &Allowed<A, Document>, text: &str) {
    let mut documents = documents.lock().unwrap();
    assert_eq!(documents[id].tenant, proof.tenant);
    documents[id].text = text.to_owned();
}

async fn read(who: Principal, State(documents): State<Documents>, Path(id): Path<usize>) -> Answer {
    Ok(who.authorize(Read, find(&documents, id)?).map_err(Ok)?.text.clone())
}

async fn update(who: Principal, State(documents): State<Documents>, Path(id): Path<usize>) -> Answer {
    let proof = who.authorize(Update, find(&documents, id)?).map_err(Ok)?;
    write(&documents, id, &proof, "updated");
    Ok("updated".to_owned())
}

async fn remove(who: Principal, State(documents): State<Documents>, Path(id): Path<usize>) -> Answer {
    let proof = who.authorize(Delete, find(&documents, id)?).map_err(Ok)?;
    write(&documents, id, &proof, "deleted");
    Ok("deleted".to_owned())
}

/// Makes a document in the tenant at this place: the caller names it, as an attacker would name another's.
async fn create(who: Principal, State(documents): State<Documents>, Path(place): Path<usize>) -> Answer {
    let new = Document { tenant: TENANTS[place], text: "created".to_owned() };
    let proof = who.authorize(Create, new).map_err(Ok)?;
    documents.lock().unwrap().push(proof.into_inner());
    Ok("created".to_owned())
}

/// All that the caller may see.
async fn list(who: Principal, State(documents): State<Documents>) -> String {
    let documents = documents.lock().unwrap();
    let seen = documents.iter().enumerate().filter(|(_, document)| who.may(Read, *document));
    seen.map(|(id, _)| id.to_string()).collect::<Vec<_>>().join(" ")
}

/// It is about the documents of all tenants, and shows none.
async fn purge(_: Allowed<Delete>) -> &'static str {
    "purged"
}

fn routes(documents: Documents) -> Router {
    Router::new()
        .route("/documents", signed_in(get(list)))
        .route("/documents/{id}", require("document:read", get(read)).on::<Document>())
        .route("/documents/{id}", require("document:update", put(update)).on::<Document>())
        .route("/documents/{id}", require("document:delete", delete(remove)).on::<Document>())
        .route("/tenants/{place}/documents", require("document:create", post(create)).on::<Document>())
        .route("/purge", require("document:delete", post(purge)))
        .with_state(documents)
}

/// Roles as somebody holds them.
type Held = &'static [(&'static str, Option<&'static str>)];

/// Who there is.
const CALLERS: [(&str, Held); 7] = [
    ("viewer-of-acme", &[("viewer", Some("acme"))]),
    ("editor-of-acme", &[("editor", Some("acme"))]),
    ("editor-of-globex", &[("editor", Some("globex"))]),
    ("editor-here-viewer-there", &[("editor", Some("acme")), ("viewer", Some("globex"))]),
    ("editor-of-an-unknown-tenant", &[("editor", Some("initech"))]),
    ("viewer-everywhere", &[("viewer", None)]),
    ("editor-everywhere", &[("editor", None)]),
];

/// What has to come out, by what is written here alone: a role that is held in a tenant reaches what says that it is in it.
fn may(held: Held, tenant: Tenant, writes: bool) -> bool {
    held.iter().any(|(role, within)| {
        let reaches = within.is_none_or(|within| tenant == Tenant::Named(within));
        reaches && (!writes || *role == "editor")
    })
}

struct Site {
    bench: Bench,
    gate: Gate,
    documents: Documents,
    site: axum::Router,
}

impl Site {
    fn new() -> Self {
        let bench = Bench::new();
        let documents = Documents::default();
        let policy = Policy::read(POLICY, &routes(Documents::default()).permissions()).unwrap();
        let gate = Gate::builder(Arc::clone(&bench.store) as _, policy, &bench.secret).build();
        let site = routes(Arc::clone(&documents)).mount(&gate).unwrap();
        Self { bench, gate, documents, site }
    }

    /// The documents as they were: one of each tenant, untouched.
    fn reset(&self) {
        let document = |tenant: &Tenant| Document { tenant: *tenant, text: format!("secret of {tenant:?}") };
        *self.documents.lock().unwrap() = TENANTS.iter().map(document).collect();
    }

    /// The documents that are no longer as they were, and those that are new.
    fn written(&self) -> Vec<(Tenant, String)> {
        let documents = self.documents.lock().unwrap();
        let touched = documents.iter().filter(|document| !document.text.starts_with("secret of "));
        touched.map(|document| (document.tenant, document.text.clone())).collect()
    }

    async fn ask(&self, method: &str, path: &str, (cookie, token): &(String, String)) -> (u16, String) {
        let request = Request::builder().method(method).uri(path).header("host", "shop.example");
        let request = if cookie.is_empty() { request } else { request.header("cookie", cookie) };
        let request = request.header("x-csrf-token", token).body(Body::empty()).unwrap();
        let response = send(&self.site, request).await;
        (response.status().as_u16(), body(response).await)
    }
}

fn names(held: Held) -> Vec<String> {
    held.iter().map(|(role, within)| within.map_or((*role).to_owned(), |within| format!("{role}@{within}"))).collect()
}

#[tokio::test]
async fn cve_2026_123800_whoever_holds_a_role_in_one_tenant_reads_and_writes_nothing_of_another() {
    let site = Site::new();
    let mut across = 0;
    for (name, held) in CALLERS {
        let roles = names(held);
        let subject = site.bench.subject(name, &roles.iter().map(String::as_str).collect::<Vec<_>>()).await;
        let signed_in = site.bench.sign_in(&site.gate, &subject).await;
        site.reset();
        let seen = TENANTS.iter().enumerate().filter(|(_, tenant)| may(held, **tenant, false));
        let seen: Vec<_> = seen.map(|(id, _)| id.to_string()).collect();
        assert_eq!(site.ask("GET", "/documents", &signed_in).await, (200, seen.join(" ")), "{name} lists");
        for (id, tenant) in TENANTS.iter().enumerate() {
            let asked = [
                ("GET", format!("/documents/{id}"), false, format!("secret of {tenant:?}")),
                ("PUT", format!("/documents/{id}"), true, "updated".to_owned()),
                ("DELETE", format!("/documents/{id}"), true, "deleted".to_owned()),
                ("POST", format!("/tenants/{id}/documents"), true, "created".to_owned()),
            ];
            for (method, path, writes, due) in asked {
                site.reset();
                let (status, text) = site.ask(method, &path, &signed_in).await;
                let said = format!("{name} sends {method} to a document of {tenant:?}: {status} {text}");
                let touched = site.written();
                if may(held, *tenant, writes) {
                    assert_eq!((status, &text), (200, &due), "{said}");
                    assert_eq!(touched.len(), usize::from(writes), "{said}");
                } else {
                    across += 1;
                    assert_eq!(status, 403, "{said}");
                    assert!(!text.contains("secret of "), "{said}");
                    assert!(touched.is_empty(), "{said}: {touched:?}");
                }
            }
        }
        // What is about the documents of all of them is for whom the role is in force in all of them.
        let everywhere = held.contains(&("editor", None));
        let due = if everywhere { 200 } else { 403 };
        assert_eq!(site.ask("POST", "/purge", &signed_in).await.0, due, "{name} purges");
    }
    assert!(across > 200, "{across} questions across tenants");
}

#[tokio::test]
async fn cve_2026_123800_anonymous_is_401_at_the_documents_of_every_tenant() {
    let site = Site::new();
    site.reset();
    let nobody = (String::new(), String::new());
    for id in 0..TENANTS.len() {
        for (method, path) in [
            ("GET", format!("/documents/{id}")),
            ("PUT", format!("/documents/{id}")),
            ("DELETE", format!("/documents/{id}")),
            ("POST", format!("/tenants/{id}/documents")),
        ] {
            assert_eq!(site.ask(method, &path, &nobody).await.0, 401, "{method} {path}");
        }
    }
    assert!(site.written().is_empty());
}

#[tokio::test]
async fn cve_2026_123800_an_editor_who_is_moved_to_another_tenant_leaves_the_first_with_the_next_request() {
    let site = Site::new();
    site.reset();
    let subject = site.bench.subject("mover", &["editor@acme"]).await;
    let (cookie, token) = site.bench.sign_in(&site.gate, &subject).await;
    let signed_in = (cookie, token);
    let status = async |id: usize| site.ask("PUT", &format!("/documents/{id}"), &signed_in).await.0;
    assert_eq!((status(0).await, status(1).await), (200, 403));
    let event = Event::new(EventKind::RolesChanged, Actor::Operator, SystemClock.now()).about(subject.id);
    let moved = Change::Roles(vec![RoleName::parse("editor@globex").unwrap()]);
    site.bench.store.change(subject.id, moved, event).await.unwrap();
    assert_eq!((status(0).await, status(1).await), (403, 200));
}
