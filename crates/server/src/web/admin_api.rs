//! `/admin/api`: administration for programs.

use std::sync::Arc;

use admit::{Principal, Problem};
use admit_core::audit::Recorded;
use admit_core::id::SubjectId;
use admit_core::store::{EventQuery, Listed, StoreError};
use admit_core::subject::{Status, SubjectState};
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
use super::reply::may;
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
    let listed = web.operations.accounts.search(begins, after.as_deref(), limit).await.map_err(unavailable)?;
    let next = next(&listed, limit);
    let users = listed.iter().map(UserBody::from).collect();
    Ok(query.answer("after", next.as_deref(), &Users { users, next: next.clone() }))
}

/// Where the next part begins, if this one is full.
pub(super) fn next(listed: &[Listed], limit: u32) -> Option<String> {
    let last = listed.last().filter(|_| listed.len() >= limit as usize)?;
    Some(cursor(&last.place))
}

fn unavailable(error: StoreError) -> Problem {
    Failure::from(error).problem()
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

pub(super) async fn create(
    State(web): State<Web>,
    context: Context,
    principal: Principal,
    request: Request,
) -> Response {
    let Input { body, .. } = match input::read::<NewUser>(&web, request).await {
        Ok(input) => input,
        Err(problem) => return problem.into_response(),
    };
    let by = context.cause_of(&principal);
    match (body.password.is_some(), body.invite) {
        (true, false) | (false, true) => {}
        (true, true) => return Problem::field("invite", ONE_OF_BOTH).into_response(),
        (false, false) => return Problem::field("password", ONE_OF_BOTH).into_response(),
    }
    let made = async {
        Ok::<_, Failure>(match body.invite {
            true => {
                web.operations.invite(&by, &body.username, &body.roles).await.map(|(made, link)| (made, Some(link)))?
            }
            false => {
                let password = body.password.as_deref();
                (web.operations.create_user(&by, &body.username, password, &body.roles).await?, None)
            }
        })
    };
    match made.await {
        Ok((subject, link)) => {
            let location = format!("/admin/api/users/{}", subject.id);
            let user = if may(&principal, "user:read") { shown(&web, subject.id).await } else { None };
            let place = [(LOCATION, location)];
            match (user, link) {
                (user, Some(link)) => {
                    let user = user.map(|Json(user)| user);
                    (StatusCode::CREATED, place, Json(Invited { user, link: LinkBody::of(&web, &link) }))
                        .into_response()
                }
                (Some(user), None) => (StatusCode::CREATED, place, user).into_response(),
                (None, None) => (StatusCode::CREATED, place).into_response(),
            }
        }
        Err(failure) => failure.problem().into_response(),
    }
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
pub(super) async fn link(
    State(web): State<Web>,
    context: Context,
    principal: Principal,
    Path(id): Path<String>,
) -> Response {
    let issued = match subject_id(&id) {
        Ok(id) => web.operations.issue_password_link(&context.cause_of(&principal), id).await,
        Err(failure) => Err(failure),
    };
    match issued {
        Ok(link) => (StatusCode::CREATED, Json(LinkBody::of(&web, &link))).into_response(),
        Err(failure) => failure.problem().into_response(),
    }
}

pub(super) async fn user(State(web): State<Web>, Path(id): Path<String>) -> Response {
    let found = match subject_id(&id) {
        Ok(id) => web.operations.account_of(id).await,
        Err(failure) => Err(failure),
    };
    match found {
        Ok(account) => Json(UserBody::from(&account)).into_response(),
        Err(failure) => failure.problem().into_response(),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AllRoles {
    roles: Vec<String>,
}

pub(super) async fn set_roles(
    State(web): State<Web>,
    context: Context,
    principal: Principal,
    Path(id): Path<String>,
    request: Request,
) -> Response {
    let id = match existing(&web, &id).await {
        Ok(id) => id,
        Err(failure) => return failure.problem().into_response(),
    };
    let Input { body, .. } = match input::read::<AllRoles>(&web, request).await {
        Ok(input) => input,
        Err(problem) => return problem.into_response(),
    };
    changed(&web, &principal, web.operations.set_roles(&context.cause_of(&principal), id, &body.roles, None).await)
        .await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewName {
    pub(super) username: String,
}

pub(super) async fn rename(
    State(web): State<Web>,
    context: Context,
    principal: Principal,
    Path(id): Path<String>,
    request: Request,
) -> Response {
    let id = match existing(&web, &id).await {
        Ok(id) => id,
        Err(failure) => return failure.problem().into_response(),
    };
    let Input { body, .. } = match input::read::<NewName>(&web, request).await {
        Ok(input) => input,
        Err(problem) => return problem.into_response(),
    };
    changed(&web, &principal, web.operations.rename(&context.cause_of(&principal), id, &body.username).await).await
}

pub(super) async fn add_role(
    State(web): State<Web>,
    context: Context,
    principal: Principal,
    Path((id, role)): Path<(String, String)>,
) -> Response {
    let done = match subject_id(&id) {
        Ok(id) => web.operations.add_role(&context.cause_of(&principal), id, &role).await,
        Err(failure) => Err(failure),
    };
    changed(&web, &principal, done).await
}

pub(super) async fn remove_role(
    State(web): State<Web>,
    context: Context,
    principal: Principal,
    Path((id, role)): Path<(String, String)>,
) -> Response {
    let done = match subject_id(&id) {
        Ok(id) => web.operations.remove_role(&context.cause_of(&principal), id, &role).await,
        Err(failure) => Err(failure),
    };
    changed(&web, &principal, done).await
}

pub(super) async fn disable(
    State(web): State<Web>,
    context: Context,
    principal: Principal,
    Path(id): Path<String>,
) -> Response {
    changed(&web, &principal, status(&web, &context, &principal, &id, Status::Disabled).await).await
}

pub(super) async fn enable(
    State(web): State<Web>,
    context: Context,
    principal: Principal,
    Path(id): Path<String>,
) -> Response {
    changed(&web, &principal, status(&web, &context, &principal, &id, Status::Active).await).await
}

pub(super) async fn status(
    web: &Web,
    context: &Context,
    principal: &Principal,
    id: &str,
    status: Status,
) -> Result<Arc<SubjectState>, Failure> {
    let by = context.cause_of(principal);
    web.operations.set_status(&by, subject_id(id)?, status).await
}

pub(super) async fn revoke(
    State(web): State<Web>,
    context: Context,
    principal: Principal,
    Path(id): Path<String>,
) -> Response {
    let by = context.cause_of(&principal);
    let ended = match subject_id(&id) {
        Ok(id) => web.operations.end_sessions(&by, id).await,
        Err(failure) => Err(failure),
    };
    changed(&web, &principal, ended).await
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
    let events = web.operations.accounts.events(wanted).await.map_err(unavailable)?;
    let next = events.last().filter(|_| events.len() >= limit).map(|event| event.seq);
    let place = next.map(|seq| seq.to_string());
    Ok(query.answer("before", place.as_deref(), &Log { events, next }))
}

/// The user after a change, for those who may read users. Whoever may only change them hears that it was done.
async fn changed(web: &Web, principal: &Principal, outcome: Result<Arc<SubjectState>, Failure>) -> Response {
    match outcome {
        Ok(subject) if may(principal, "user:read") => match shown(web, subject.id).await {
            Some(user) => user.into_response(),
            None => StatusCode::NO_CONTENT.into_response(),
        },
        Ok(_) => StatusCode::NO_CONTENT.into_response(),
        Err(failure) => failure.problem().into_response(),
    }
}

/// A user who was made or changed. It is not shown where it cannot be read: the change is made all the same.
async fn shown(web: &Web, id: SubjectId) -> Option<Json<UserBody>> {
    web.operations.account_of(id).await.ok().map(|account| Json(UserBody::from(&account)))
}

pub(super) fn subject_id(id: &str) -> Result<SubjectId, Failure> {
    id.parse()
        .map_err(|_| Failure::NotFound("That is not the id of a user. GET /admin/api/users lists them.".to_owned()))
}

async fn existing(web: &Web, id: &str) -> Result<SubjectId, Failure> {
    Ok(web.operations.subject(subject_id(id)?).await?.id)
}
