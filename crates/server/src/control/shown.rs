//! What commands are answered: users, sessions, keys, clients and links as JSON; and whom a name means.

use std::sync::Arc;

use admit_core::client::{Client, Gets};
use admit_core::csrf::Origin;
use admit_core::id::{SessionId, SubjectId};
use admit_core::keyring::{KeyRecord, Stage};
use admit_core::store::Listed;
use admit_core::subject::{SubjectState, Username};
use serde_json::{Value, json};

use crate::operation::{Failure, IssuedLink, Operations, SignedIn, UserBody};

/// The address of a one-time link.
#[must_use]
pub fn setup_link(public: &Origin, link: &IssuedLink) -> String {
    format!("{public}/setup?token={}", link.token.reveal().as_str())
}

/// An answer with a link.
pub(super) fn with_link(mut answer: Value, public: &Origin, link: &IssuedLink) -> Value {
    if let Some(answer) = answer.as_object_mut() {
        answer.insert("link".to_owned(), json!(setup_link(public, link)));
        answer.insert("expires_at".to_owned(), json!(link.expires_at));
    }
    answer
}

pub(super) fn user(subject: &SubjectState) -> Value {
    json!({ "id": subject.id, "username": &*subject.username, "status": subject.status, "roles": &*subject.roles })
}

/// Most users that `policy who` prints.
pub(super) const MOST_HOLDERS: u32 = 1_000;

/// Whose session this is, when `name` is the id of a live session and of no user.
pub(super) async fn owner(operations: &Operations, name: &str) -> Result<Option<(SubjectId, SessionId)>, Failure> {
    let Ok(session) = name.parse::<SessionId>() else { return Ok(None) };
    for subject in everybody(operations).await? {
        let open = operations.devices(subject.id).await?;
        if open.iter().any(|open| open.id == session) {
            return Ok(Some((subject.id, session)));
        }
    }
    Ok(None)
}

pub(super) async fn sessions(operations: &Operations, subject: &SubjectState) -> Result<Vec<Value>, Failure> {
    let open = operations.devices(subject.id).await?;
    Ok(open.iter().map(|open| session(open, subject)).collect())
}

pub(super) fn session(open: &SignedIn, subject: &SubjectState) -> Value {
    json!({
        "username": &*subject.username,
        "id": open.id,
        "client_id": open.client,
        "created_at": open.created_at,
        "last_seen_at": open.last_seen_at,
        "idle_expires_at": open.idle_expires_at,
        "absolute_expires_at": open.absolute_expires_at,
        "user_agent": open.device.user_agent,
        "address": open.device.address,
    })
}

pub(super) async fn keys(operations: &Operations) -> Result<Value, Failure> {
    let key = |(record, stage): &(KeyRecord, Stage)| {
        json!({
            "kid": record.kid,
            "algorithm": record.algorithm,
            "stage": stage,
            "created_at": record.created_at,
            "signs_from": record.signs_from,
            "revoked_at": record.revoked_at,
        })
    };
    Ok(Value::Array(operations.keys().await?.iter().map(key).collect()))
}

/// What each client gets, and why: it follows from where it runs.
pub(super) fn clients(operations: &Operations) -> Value {
    let client = |client: &Client| {
        let (gets, reason) = match client.runs.gets() {
            Gets::Session => ("session cookie", "a page's scripts can keep no secret"),
            Gets::AccessAndRefresh => {
                ("access and refresh token", "an app has storage of its own, and no cookies to forge")
            }
            Gets::AccessAlone => ("access token", "a service has a secret of its own, and asks again"),
        };
        json!({
            "client_id": client.id,
            "runs": client.runs,
            "gets": gets,
            "because": reason,
            "audience": client.audiences,
            "roles": client.roles,
            "max_roles": client.max_roles,
            "admin_api": client.admin_api,
            "session_exchange": client.session_exchange,
        })
    };
    Value::Array(operations.clients.values().map(client).collect())
}

pub(super) async fn list(operations: &Operations, query: &str) -> Result<Value, Failure> {
    Ok(Value::Array(found(operations, query).await?.iter().map(|listed| json!(UserBody::from(listed))).collect()))
}

pub(super) async fn show(operations: &Operations, id: SubjectId) -> Result<Value, Failure> {
    let found = operations.account_of(id).await?;
    let held = operations.may_do(&found.subject.roles).into_iter();
    let held = held.map(|(permission, holds)| json!({ "permission": permission.as_str(), "how": holds.to_string() }));
    let mut shown = json!(UserBody::from(&found));
    if let Some(shown) = shown.as_object_mut() {
        shown.insert("permissions".to_owned(), held.collect());
    }
    Ok(shown)
}

pub(super) async fn everybody(operations: &Operations) -> Result<Vec<Arc<SubjectState>>, Failure> {
    Ok(found(operations, "").await?.into_iter().map(|listed| listed.subject).collect())
}

/// Every user whose name contains `query`, page by page.
pub(super) async fn found(operations: &Operations, query: &str) -> Result<Vec<Listed>, Failure> {
    const PAGE: u32 = 500;
    let mut users: Vec<Listed> = Vec::new();
    let mut after: Option<String> = None;
    loop {
        let page = operations.accounts.search(query, after.as_deref(), PAGE).await?;
        let full = page.len() == PAGE as usize;
        after = page.last().map(|last| last.place.clone());
        users.extend(page);
        if !full {
            return Ok(users);
        }
    }
}

pub(super) async fn named(operations: &Operations, name: &str) -> Result<SubjectId, Failure> {
    let missing =
        || Failure::NotFound(format!("There is no user called \"{name}\"; `admit user list` shows them all."));
    if let Ok(id) = name.parse::<SubjectId>() {
        return Ok(operations.subject(id).await?.id);
    }
    let username = Username::existing(name).map_err(|_| missing())?;
    Ok(operations.accounts.by_username(&username).await?.ok_or_else(missing)?.subject.id)
}
