//! `/admin/api`: administration for programs.

use std::sync::Arc;

use admit::{Principal, Problem};
use admit_core::audit::{EventKind, Recorded};
use admit_core::id::SubjectId;
use admit_core::store::{EventQuery, Listed};
use admit_core::subject::{RoleName, Status, SubjectState, Username};
use admit_core::time::Timestamp;
use axum::Json;
use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::LOCATION;
use serde::{Deserialize, Serialize};

use super::input::{self, Input};
use super::reply::may;
use super::{Context, Web};
use crate::control::setup_link;
use crate::operation::{Failure, IssuedLink};

/// Users, events a page.
pub(super) const PAGE: u32 = 50;

/// A user as an administrator's program sees it.
#[derive(Serialize)]
pub(super) struct UserBody {
    id: SubjectId,
    username: Arc<str>,
    status: Status,
    roles: Arc<[RoleName]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    created_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_login_at: Option<Timestamp>,
}

impl From<&SubjectState> for UserBody {
    fn from(subject: &SubjectState) -> Self {
        Self {
            id: subject.id,
            username: Arc::clone(&subject.username),
            status: subject.status,
            roles: Arc::clone(&subject.roles),
            created_at: None,
            last_login_at: None,
        }
    }
}

impl From<&Listed> for UserBody {
    fn from(listed: &Listed) -> Self {
        Self {
            created_at: Some(listed.created_at),
            last_login_at: listed.last_login_at,
            ..Self::from(&*listed.subject)
        }
    }
}

#[derive(Serialize)]
struct Users {
    users: Vec<UserBody>,
    /// To be given as `after` for the next page; `null` on the last one.
    next: Option<String>,
}

pub(super) async fn users(State(web): State<Web>, context: Context) -> Response {
    let query = context.query("query").unwrap_or_default();
    let after = match place(&context) {
        Ok(after) => after,
        Err(problem) => return problem.into_response(),
    };
    match web.operations.accounts.search(&query, after.as_ref().map(as_stored), PAGE).await {
        Ok(listed) => {
            Json(Users { users: listed.iter().map(UserBody::from).collect(), next: next(&listed) }).into_response()
        }
        Err(error) => Failure::from(error).problem().into_response(),
    }
}

/// Where the page begins that `after` asks for. Anybody can write anything there, and PostgreSQL refuses a text with a zero
/// byte in it (CVE-2026-33505): what is no name does not get as far.
pub(super) fn place(context: &Context) -> Result<Option<Username>, Problem> {
    let given = context.query("after").filter(|text| !text.is_empty());
    given
        .map(|text| {
            Username::existing(&text).map_err(|_| Problem::field("after", "after is not a place in this list."))
        })
        .transpose()
}

/// Where the next page begins.
pub(super) fn next(listed: &[Listed]) -> Option<String> {
    let last = listed.last().filter(|_| listed.len() >= PAGE as usize)?;
    Some(last.place.clone())
}

/// A place in the list as it was given out, also one of a name that an earlier release stored.
pub(super) fn as_stored(place: &Username) -> &str {
    let [form, _] = place.stored_forms();
    form
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
        let made = web.operations.create_user(&by, &body.username, body.password.as_deref(), &body.roles).await?;
        let link = match body.invite {
            true => Some(web.operations.issue_password_link(&by, made.id).await?),
            false => None,
        };
        Ok::<_, Failure>((made, link))
    };
    match made.await {
        Ok((subject, link)) => {
            let location = format!("/admin/api/users/{}", subject.id);
            let user = UserBody::from(&*subject);
            let body = match link {
                Some(link) => Json(Invited { user, link: LinkBody::of(&web, &link) }).into_response(),
                None => Json(user).into_response(),
            };
            (StatusCode::CREATED, [(LOCATION, location)], body).into_response()
        }
        Err(failure) => failure.problem().into_response(),
    }
}

const ONE_OF_BOTH: &str = "Send either a password, or \"invite\": true for a link with which the user sets one.";

/// A user who was invited.
#[derive(Serialize)]
struct Invited {
    #[serde(flatten)]
    user: UserBody,
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
        Ok(id) => web.operations.subject(id).await,
        Err(failure) => Err(failure),
    };
    answer(found)
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
    changed(&principal, web.operations.set_roles(&context.cause_of(&principal), id, &body.roles, None).await)
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
    changed(&principal, web.operations.rename(&context.cause_of(&principal), id, &body.username).await)
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
    changed(&principal, done)
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
    changed(&principal, done)
}

pub(super) async fn disable(
    State(web): State<Web>,
    context: Context,
    principal: Principal,
    Path(id): Path<String>,
) -> Response {
    changed(&principal, status(&web, &context, &principal, &id, Status::Disabled).await)
}

pub(super) async fn enable(
    State(web): State<Web>,
    context: Context,
    principal: Principal,
    Path(id): Path<String>,
) -> Response {
    changed(&principal, status(&web, &context, &principal, &id, Status::Active).await)
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
    changed(&principal, ended)
}

#[derive(Serialize)]
struct Log {
    events: Vec<Recorded>,
    /// To be given as `before` for the next page; `null` on the last one.
    next: Option<u64>,
}

pub(super) async fn audit(State(web): State<Web>, context: Context) -> Response {
    let query = match event_query(&context) {
        Ok(query) => query,
        Err(problem) => return problem.into_response(),
    };
    match web.operations.accounts.events(query).await {
        Ok(events) => {
            let next = events.last().filter(|_| events.len() >= PAGE as usize).map(|event| event.seq);
            Json(Log { events, next }).into_response()
        }
        Err(error) => Failure::from(error).problem().into_response(),
    }
}

/// The part of the log that `subject`, `kind` and `before` ask for.
pub(super) fn event_query(context: &Context) -> Result<EventQuery, Problem> {
    let given = |name| context.query(name).filter(|text| !text.is_empty());
    let subject = given("subject")
        .map(|text| text.parse().map_err(|_| Problem::field("subject", "subject is not a user's id.")))
        .transpose()?;
    let kind = given("kind")
        .map(|text| {
            EventKind::parse(&text)
                .ok_or_else(|| Problem::field("kind", format!("There is no kind of event called {text}.")))
        })
        .transpose()?;
    let before = given("before")
        .map(|text| text.parse().map_err(|_| Problem::field("before", "before is not a number.")))
        .transpose()?;
    Ok(EventQuery { subject, kind, before, limit: PAGE })
}

/// The user after a change, for those who may read users. Whoever may only change them hears that it was done.
fn changed(principal: &Principal, outcome: Result<Arc<SubjectState>, Failure>) -> Response {
    match outcome {
        Ok(_) if !may(principal, "user:read") => StatusCode::NO_CONTENT.into_response(),
        outcome => answer(outcome),
    }
}

fn answer(outcome: Result<Arc<SubjectState>, Failure>) -> Response {
    match outcome {
        Ok(subject) => Json(UserBody::from(&*subject)).into_response(),
        Err(failure) => failure.problem().into_response(),
    }
}

pub(super) fn subject_id(id: &str) -> Result<SubjectId, Failure> {
    id.parse()
        .map_err(|_| Failure::NotFound("That is not the id of a user. GET /admin/api/users lists them.".to_owned()))
}

async fn existing(web: &Web, id: &str) -> Result<SubjectId, Failure> {
    Ok(web.operations.subject(subject_id(id)?).await?.id)
}
