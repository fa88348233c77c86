//! `/admin/api`: administration for programs.

use admit::Problem;
use admit_core::audit::Recorded;
use admit_core::id::SubjectId;
use admit_core::store::{EventQuery, Listed};
use admit_core::subject::Status;
use admit_core::time::Timestamp;
use axum::Json;
use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::LOCATION;
use serde::{Deserialize, Serialize};

use super::event_query::{self, FILTERS};
use super::input::{self, Input};
use super::list::{ListQuery, cursor};
use super::visit::Caller;
use super::{Context, Web};
use crate::control::setup_link;
use crate::operation::{Failure, IssuedLink, UserBody};

#[derive(Serialize)]
struct Users {
    users: Vec<UserBody>,
    /// To be given as `after` for the next part; `null` on the last one.
    next: Option<String>,
}

pub(super) async fn users(State(web): State<Web>, context: Context) -> Result<Response, Problem> {
    let query = ListQuery::read(&context.uri, "after", &["query"])?;
    let (limit, after) = (query.limit()?, query.after()?);
    let begins = query.get("query").unwrap_or_default();
    let listed = web.operations.accounts.search(begins, after.as_deref(), limit).await.map_err(Failure::from)?;
    let next = next(&listed, limit);
    let users = listed.iter().map(UserBody::from).collect();
    Ok(query.answer("after", next.as_deref(), &Users { users, next: next.clone() }))
}

/// Where the next part begins, if this one is full.
pub(super) fn next(listed: &[Listed], limit: u32) -> Option<String> {
    let last = listed.last().filter(|_| listed.len() >= limit as usize)?;
    Some(cursor(&last.place))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewUser {
    pub(super) username: String,
    #[serde(default)]
    pub(super) password: Option<String>,
    /// Without a password: the answer has a link with which the user sets one.
    #[serde(default)]
    pub(super) invite: bool,
    #[serde(default)]
    pub(super) roles: Vec<String>,
}

pub(super) async fn create(caller: Caller, request: Request) -> Result<Response, Problem> {
    let Input { body, .. } = input::read::<NewUser>(&caller.web, request).await?;
    let (by, operations) = (caller.cause(), &caller.web.operations);
    let (subject, link) = match (&body.password, body.invite) {
        (Some(password), false) => {
            (operations.create_user(&by, &body.username, Some(password), &body.roles).await?, None)
        }
        (None, true) => {
            let (made, link) = operations.invite(&by, &body.username, &body.roles).await?;
            (made, Some(LinkBody::of(&caller.web, &link)))
        }
        (Some(_), true) => return Err(Problem::field("invite", ONE_OF_BOTH)),
        (None, false) => return Err(Problem::field("password", ONE_OF_BOTH)),
    };
    let user = shown(&caller, subject.id).await;
    let place = [(LOCATION, format!("/admin/api/users/{}", subject.id))];
    Ok(match (user, link) {
        (user, Some(link)) => (StatusCode::CREATED, place, Json(Invited { user, link })).into_response(),
        (Some(user), None) => (StatusCode::CREATED, place, Json(user)).into_response(),
        (None, None) => (StatusCode::CREATED, place).into_response(),
    })
}

const ONE_OF_BOTH: &str = "Send either a password, or \"invite\": true for a link with which the user sets one.";

/// A user who was invited.
#[derive(Serialize)]
struct Invited {
    /// Missing where it could not be read.
    #[serde(flatten)]
    user: Option<UserBody>,
    #[serde(flatten)]
    link: LinkBody,
}

/// A one-time link, for the one who passes it on.
#[derive(Serialize)]
struct LinkBody {
    link: String,
    expires_at: Timestamp,
}

impl LinkBody {
    fn of(web: &Web, link: &IssuedLink) -> Self {
        Self { link: setup_link(&web.public, link), expires_at: link.expires_at }
    }
}

/// `POST /admin/api/users/{id}/link`
pub(super) async fn link(caller: Caller, Path(id): Path<String>) -> Result<Response, Problem> {
    let link = caller.web.operations.issue_password_link(&caller.cause(), subject_id(&id)?).await?;
    Ok((StatusCode::CREATED, Json(LinkBody::of(&caller.web, &link))).into_response())
}

pub(super) async fn user(State(web): State<Web>, Path(id): Path<String>) -> Result<Json<UserBody>, Problem> {
    let account = web.operations.account_of(subject_id(&id)?).await?;
    Ok(Json(UserBody::from(&account)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AllRoles {
    roles: Vec<String>,
}

pub(super) async fn set_roles(caller: Caller, Path(id): Path<String>, request: Request) -> Result<Response, Problem> {
    let id = existing(&caller.web, &id).await?;
    let Input { body, .. } = input::read::<AllRoles>(&caller.web, request).await?;
    caller.web.operations.set_roles(&caller.cause(), id, &body.roles, None).await?;
    Ok(changed(&caller, id).await)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewName {
    pub(super) username: String,
}

pub(super) async fn rename(caller: Caller, Path(id): Path<String>, request: Request) -> Result<Response, Problem> {
    let id = existing(&caller.web, &id).await?;
    let Input { body, .. } = input::read::<NewName>(&caller.web, request).await?;
    caller.web.operations.rename(&caller.cause(), id, &body.username).await?;
    Ok(changed(&caller, id).await)
}

pub(super) async fn add_role(caller: Caller, Path((id, role)): Path<(String, String)>) -> Result<Response, Problem> {
    let id = subject_id(&id)?;
    caller.web.operations.add_role(&caller.cause(), id, &role).await?;
    Ok(changed(&caller, id).await)
}

pub(super) async fn remove_role(caller: Caller, Path((id, role)): Path<(String, String)>) -> Result<Response, Problem> {
    let id = subject_id(&id)?;
    caller.web.operations.remove_role(&caller.cause(), id, &role).await?;
    Ok(changed(&caller, id).await)
}

pub(super) async fn disable(caller: Caller, Path(id): Path<String>) -> Result<Response, Problem> {
    let id = subject_id(&id)?;
    caller.web.operations.set_status(&caller.cause(), id, Status::Disabled).await?;
    Ok(changed(&caller, id).await)
}

pub(super) async fn delete(caller: Caller, Path(id): Path<String>) -> Result<StatusCode, Problem> {
    caller.web.operations.delete(&caller.cause(), subject_id(&id)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn enable(caller: Caller, Path(id): Path<String>) -> Result<Response, Problem> {
    let id = subject_id(&id)?;
    caller.web.operations.set_status(&caller.cause(), id, Status::Active).await?;
    Ok(changed(&caller, id).await)
}

pub(super) async fn revoke(caller: Caller, Path(id): Path<String>) -> Result<Response, Problem> {
    let id = subject_id(&id)?;
    caller.web.operations.end_sessions(&caller.cause(), id).await?;
    Ok(changed(&caller, id).await)
}

#[derive(Serialize)]
struct Log {
    events: Vec<Recorded>,
    /// To be given as `before` for the next page; `null` on the last one.
    next: Option<u64>,
}

pub(super) async fn audit(State(web): State<Web>, context: Context) -> Result<Response, Problem> {
    let query = ListQuery::read(&context.uri, "before", &FILTERS)?;
    let wanted = EventQuery { limit: query.limit()?, ..event_query::query(&web, &context).await? };
    let limit = wanted.limit as usize;
    let events = web.operations.accounts.events(wanted).await.map_err(Failure::from)?;
    let next = events.last().filter(|_| events.len() >= limit).map(|event| event.seq);
    let place = next.map(|seq| seq.to_string());
    Ok(query.answer("before", place.as_deref(), &Log { events, next }))
}

/// The user after a change, for those who may read users. Whoever may only change them hears that it was done.
async fn changed(caller: &Caller, id: SubjectId) -> Response {
    let user = shown(caller, id).await.map(|user| Json(user).into_response());
    user.unwrap_or_else(|| StatusCode::NO_CONTENT.into_response())
}

/// The user after a change, for callers who may read users. `None` if reading fails too: the change has been made all the
/// same.
async fn shown(caller: &Caller, id: SubjectId) -> Option<UserBody> {
    if !caller.may("user:read") {
        return None;
    }
    caller.web.operations.account_of(id).await.ok().map(|account| UserBody::from(&account))
}

pub(super) fn subject_id(id: &str) -> Result<SubjectId, Failure> {
    id.parse()
        .map_err(|_| Failure::NotFound("That is not the id of a user. GET /admin/api/users lists them.".to_owned()))
}

async fn existing(web: &Web, id: &str) -> Result<SubjectId, Failure> {
    Ok(web.operations.subject(subject_id(id)?).await?.id)
}
