//! Several tenants in one app: `cargo run -p admit-apps --example tenants -- http://127.0.0.1:8080 admit-data/demo-shop.secret`.
//!
//! A role may be held in one tenant alone: `admit user set-roles ada editor@acme viewer@globex`. Such a role says nothing
//! until there is an object, and nothing about an object of another tenant. The list of a tenant's notes is asked for like a
//! note of that tenant.

use std::collections::BTreeMap;
use std::error::Error;
use std::sync::{Arc, Mutex, PoisonError};

use admit::core::credential::ClientSecret;
use admit::{Action, Allowed, Gate, Policy, Principal, Rejection, Resource, Router, Value, get, put, require};
use axum::Json;
use axum::extract::{Path, State};

pub(crate) const POLICY: &str = r#"
[roles.viewer]
permissions = ["note:read"]

[roles.editor]
inherits = ["viewer"]
permissions = ["note:write"]

# Support staff hold their role everywhere, and read nothing of a tenant that has not let them in.
[roles.support]
permissions = ["note:read"]

[[deny]]
name = "support-by-invitation"
roles = ["support"]
permissions = ["note:read"]
unless.resource.support_invited = true
"#;

/// A tenant, and whether it has let support in.
struct Tenant {
    name: String,
    support_invited: bool,
}

impl Resource for Tenant {
    const NOUN: &'static str = "note";
    const ATTRIBUTES: &'static [&'static str] = &["tenant", "support_invited"];

    fn attribute(&self, name: &str) -> Option<Value<'_>> {
        match name {
            "tenant" => Some(self.name.as_str().into()),
            "support_invited" => Some(self.support_invited.into()),
            _ => None,
        }
    }
}

struct Read;

impl Action for Read {
    const PERMISSION: &'static str = "note:read";
}

struct Write;

impl Action for Write {
    const PERMISSION: &'static str = "note:write";
}

/// The notes by tenant and name. Each function takes the proof for the tenant that it opens.
#[derive(Clone, Default)]
pub(crate) struct Notes(Arc<Mutex<BTreeMap<(String, String), String>>>);

impl Notes {
    fn list(&self, of: &Allowed<Read, Tenant>) -> Vec<String> {
        let notes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        notes.keys().filter(|(tenant, _)| *tenant == of.name).map(|(_, name)| name.clone()).collect()
    }

    fn write(&self, of: &Allowed<Write, Tenant>, name: String, text: String) {
        let mut notes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        notes.insert((of.name.clone(), name), text);
    }
}

fn tenant(name: String) -> Tenant {
    Tenant { support_invited: name == "globex", name }
}

async fn list(
    principal: Principal,
    State(notes): State<Notes>,
    Path(name): Path<String>,
) -> Result<Json<Vec<String>>, Rejection> {
    let of = principal.authorize(Read, tenant(name))?;
    Ok(Json(notes.list(&of)))
}

async fn write(
    principal: Principal,
    State(notes): State<Notes>,
    Path((name, note)): Path<(String, String)>,
    text: String,
) -> Result<&'static str, Rejection> {
    let of = principal.authorize(Write, tenant(name))?;
    notes.write(&of, note, text);
    Ok("written")
}

pub(crate) fn routes(notes: Notes) -> Router {
    Router::new()
        .route("/{tenant}/notes", require("note:read", get(list)).on::<Tenant>())
        .route("/{tenant}/notes/{note}", require("note:write", put(write)).on::<Tenant>())
        .with_state(notes)
}

pub(crate) fn app(issuer: &str, secret: ClientSecret) -> Result<axum::Router, Box<dyn Error>> {
    let routes = routes(Notes::default());
    let policy = Policy::read(POLICY, &routes.permissions())?;
    let gate = Gate::offline(issuer, "demo-shop").client("demo-shop", secret).policy(policy).start()?;
    Ok(routes.mount(&gate)?)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (issuer, file) = arguments.next().zip(arguments.next()).ok_or("usage: tenants ISSUER SECRET-FILE")?;
    let secret = ClientSecret::parse(std::fs::read_to_string(file)?.trim())?;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
    axum::serve(listener, app(&issuer, secret)?).await?;
    Ok(())
}
