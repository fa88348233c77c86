//! `/admin`: administration for people.

use admit::{CsrfToken, Principal, Problem};
use admit_core::store::EventQuery;
use admit_core::subject::{RoleName, Status, Username};
use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde::Deserialize;

use super::account::{minute, row};
use super::admin_api::{self, NewName, NewUser, subject_id};
use super::admin_audit::rows;
use super::admin_permission;
use super::input::{self, Input};
use super::list::{PAGE, place_of};
use super::reply::{Page, failed, may, problem, see_other};
use super::say::say;
use super::{Context, Web};
use crate::control::setup_link;
use crate::operation::{Failure, IssuedLink};
use crate::page::text::with;
use crate::page::view::{
    AdminGiveUp, AdminTabs, AdminUser, AdminUsers, LinkRow, NewUserField, NewUserForm, RoleChoice, UserRow,
};

impl AdminTabs {
    pub(super) fn of(principal: &Principal) -> Self {
        Self { users: may(principal, "user:read"), audit: may(principal, "audit:read") }
    }
}

/// What a page says of what was just asked for.
#[derive(Default)]
struct Said<'a> {
    notice: Option<String>,
    failure: Option<&'a Failure>,
    link: Option<LinkRow>,
}

impl LinkRow {
    fn of(web: &Web, username: &str, link: &IssuedLink) -> Self {
        Self { username: username.to_owned(), href: setup_link(&web.public, link), until: minute(link.expires_at) }
    }
}

pub(super) async fn users(
    State(web): State<Web>,
    context: Context,
    principal: Principal,
    csrf_token: CsrfToken,
) -> Response {
    let notice = context
        .query("created")
        .filter(|name| Username::existing(name).is_ok())
        .map(|name| with(context.lang.text().admin.created_notice, name));
    let said = Said { notice, ..Said::default() };
    list(&web, &context, &principal, &csrf_token, said, NewUserForm::default()).await
}

async fn list(
    web: &Web,
    context: &Context,
    principal: &Principal,
    csrf_token: &CsrfToken,
    said: Said<'_>,
    form: NewUserForm,
) -> Response {
    let Said { notice, failure, link } = said;
    let query = context.query("query").unwrap_or_default();
    let after = match context.query("after").filter(|text| !text.is_empty()).as_deref().map(place_of).transpose() {
        Ok(after) => after,
        Err(wrong) => return problem(web, context, wrong),
    };
    let listed = match web.operations.accounts.search(&query, after.as_deref(), PAGE).await {
        Ok(listed) => listed,
        Err(error) => return failed(web, context, &error.into()),
    };
    let page = match Page::begin(web, context) {
        Ok(page) => page,
        Err(problem) => return problem.into_response(),
    };
    let next = admin_api::next(&listed, PAGE).map(|after| {
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("query", &query)
            .append_pair("after", &after)
            .finish();
        format!("/admin?{query}")
    });
    let user = |listed: &admit_core::store::Listed| UserRow {
        id: listed.subject.id.to_string(),
        username: listed.subject.username.to_string(),
        roles: joined(&listed.subject.roles),
        status_active: listed.subject.status == Status::Active,
        created: minute(listed.created_at),
        last_login: listed.last_login_at.map(minute),
    };
    let view = AdminUsers {
        chrome: page.chrome(context.lang.text().admin.users, Some(principal), Some(csrf_token)),
        tabs: AdminTabs::of(principal),
        may_update: may(principal, "user:update"),
        csrf_token: csrf_token.reveal().to_owned(),
        users: listed.iter().map(user).collect(),
        query,
        next_href: next,
        all_roles: web.operations.policy.now().roles().iter().map(ToString::to_string).collect(),
        min_length: web.operations.passwords.min_length,
        notice,
        problem: failure.map(|failure| say(failure, context.lang)),
        problem_in: failure.and_then(field),
        link,
        form,
    };
    page.finish(failure.map_or(StatusCode::OK, |failure| failure.problem().status()), &view)
}

/// The field of the form for a new user in which this problem lies.
fn field(failure: &Failure) -> Option<NewUserField> {
    match failure {
        Failure::Username(_) | Failure::UsernameTaken(_) => Some(NewUserField::Username),
        Failure::Password { .. } | Failure::PasswordLength { .. } => Some(NewUserField::Password),
        Failure::Field { field: "roles", .. } => Some(NewUserField::Roles),
        _ => None,
    }
}

fn joined(roles: &[RoleName]) -> String {
    roles.iter().map(RoleName::as_str).collect::<Vec<_>>().join(", ")
}

pub(super) async fn create(
    State(web): State<Web>,
    context: Context,
    principal: Principal,
    csrf_token: CsrfToken,
    request: Request,
) -> Response {
    let context = context.showing("/admin");
    let Input { body, .. } = match input::read::<NewUser>(&web, request).await {
        Ok(input) => input,
        Err(wrong) => return problem(&web, &context, wrong),
    };
    let by = context.cause_of(&principal);
    // Without a password the user is invited: their link is shown to those who come back to the list.
    let password = body.password.as_deref().filter(|typed| !typed.is_empty());
    if password.is_none() && !may(&principal, "user:read") {
        let sentence = "Send a password: the link of a user without one is shown to those alone who may read users.";
        return problem(&web, &context, Problem::field("password", sentence));
    }
    let made = async {
        let made = web.operations.create_user(&by, &body.username, password, &body.roles).await?;
        let link = match password {
            Some(_) => None,
            None => Some(web.operations.issue_password_link(&by, made.id).await?),
        };
        Ok((made, link))
    };
    match made.await {
        Ok((subject, Some(link))) => {
            let notice = Some(with(context.lang.text().admin.created_notice, &subject.username));
            let link = Some(LinkRow::of(&web, &subject.username, &link));
            let said = Said { notice, link, failure: None };
            list(&web, &context, &principal, &csrf_token, said, NewUserForm::default()).await
        }
        Ok((subject, None)) => {
            let query =
                form_urlencoded::Serializer::new(String::new()).append_pair("created", &subject.username).finish();
            see_other(&format!("/admin?{query}"))
        }
        Err(failure @ Failure::StandingLost(_)) => failed(&web, &context, &failure),
        // The list that the form stands on is for those alone who may read it.
        Err(failure) if !may(&principal, "user:read") => failed(&web, &context, &failure),
        Err(failure) => {
            let form = NewUserForm { username: body.username, roles: body.roles };
            let said = Said { failure: Some(&failure), ..Said::default() };
            list(&web, &context, &principal, &csrf_token, said, form).await
        }
    }
}

pub(super) async fn user(
    State(web): State<Web>,
    context: Context,
    principal: Principal,
    csrf_token: CsrfToken,
    Path(id): Path<String>,
) -> Response {
    let text = context.lang.text().admin;
    let notice = match context.query("notice").as_deref() {
        Some("roles") => Some(text.roles_saved),
        Some("disabled") => Some(text.disabled_notice),
        Some("enabled") => Some(text.enabled_notice),
        Some("revoked") => Some(text.revoked),
        Some("renamed") => Some(text.renamed),
        Some("ended") => Some(text.ended),
        Some("ended-before") => Some(text.ended_before),
        _ => None,
    };
    let said = Said { notice: notice.map(str::to_owned), ..Said::default() };
    match one(&web, &context, &principal, &csrf_token, &id, said).await {
        Ok(response) => response,
        Err(failure) => failed(&web, &context, &failure),
    }
}

async fn one(
    web: &Web,
    context: &Context,
    principal: &Principal,
    csrf_token: &CsrfToken,
    id: &str,
    said: Said<'_>,
) -> Result<Response, Failure> {
    let Said { notice, failure, link } = said;
    let operations = &web.operations;
    let subject = operations.subject(subject_id(id)?).await?;
    // Where somebody is signed in is for those who may end it, and what happened for those who may read the audit log.
    let is_self = subject.id == principal.id();
    let may_end = may(principal, "session:revoke");
    let sessions = match may_end || is_self {
        true => {
            let own = principal.session_id().filter(|_| is_self);
            Some(operations.devices(subject.id).await?.iter().map(|device| row(device, own)).collect())
        }
        false => None,
    };
    let query = EventQuery { subject: Some(subject.id), limit: 20, ..EventQuery::default() };
    let events = match may(principal, "audit:read") {
        true => Some(rows(web, operations.accounts.events(query).await?).await?),
        false => None,
    };
    let policy = std::sync::Arc::clone(&operations.policy.now());
    let choice = |role: &RoleName| RoleChoice {
        name: role.to_string(),
        held: subject.roles.contains(role),
        permissions: policy.permissions_of(role).iter().map(ToString::to_string).collect(),
    };
    // Roles in one tenant alone are not among the policy's, and are kept when the form is sent.
    let mut all_roles = policy.roles();
    all_roles.extend(subject.roles.iter().filter(|role| role.tenant().is_some()).cloned());
    let page = match Page::begin(web, context) {
        Ok(page) => page,
        Err(problem) => return Ok(problem.into_response()),
    };
    let view = AdminUser {
        chrome: page.chrome(&subject.username, Some(principal), Some(csrf_token)),
        csrf_token: csrf_token.reveal().to_owned(),
        id: subject.id.to_string(),
        username: subject.username.to_string(),
        status_active: subject.status == Status::Active,
        roles: all_roles.iter().map(choice).collect(),
        roles_version: subject.roles_version,
        permissions: policy
            .effective(&subject.roles)
            .iter()
            .map(|(permission, holds)| admin_permission::row(permission.as_str(), holds))
            .collect(),
        may_update: may(principal, "user:update"),
        may_end,
        sessions,
        events,
        link,
        is_self,
        notice,
        problem: failure.map(|failure| say(failure, context.lang)),
    };
    Ok(page.finish(failure.map_or(StatusCode::OK, |failure| failure.problem().status()), &view))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RolesForm {
    #[serde(default)]
    roles: Vec<String>,
    /// The roles version that the page showed.
    version: Option<String>,
    /// Whether somebody who takes these rights from themselves was asked.
    confirmed: Option<String>,
}

pub(super) async fn set_roles(
    State(web): State<Web>,
    context: Context,
    principal: Principal,
    csrf_token: CsrfToken,
    Path(id): Path<String>,
    request: Request,
) -> Response {
    let Input { body, .. } = match input::read::<RolesForm>(&web, request).await {
        Ok(input) => input,
        Err(wrong) => return problem(&web, &context, wrong),
    };
    let by = context.cause_of(&principal);
    // The field for one more is mostly left empty.
    let roles: Vec<String> = body.roles.into_iter().filter(|role| !role.trim().is_empty()).collect();
    let seen = match body.version.as_deref().map(str::parse).transpose() {
        Ok(seen) => seen,
        Err(_) => return problem(&web, &context, Problem::field("version", "version is not a number.")),
    };
    let subject = subject_id(&id);
    let gives_up = subject.as_ref().is_ok_and(|id| *id == principal.id()) && !web.operations.lets_administer(&roles);
    if gives_up && body.confirmed.is_none() {
        return match web.operations.is_last_admin(principal.id()).await {
            Ok(true) => done(&web, &context, &principal, &csrf_token, &id, "roles", Err(Failure::LastAdmin)).await,
            Ok(false) => confirm(&web, &context, &principal, &csrf_token, roles, body.version),
            Err(failure) => failed(&web, &context, &failure),
        };
    }
    let changed = match subject {
        Ok(id) => web.operations.set_roles(&by, id, &roles, seen).await,
        Err(failure) => Err(failure),
    };
    if gives_up && changed.is_ok() {
        return see_other("/account?notice=no-admin");
    }
    done(&web, &context, &principal, &csrf_token, &id, "roles", changed.map(drop)).await
}

/// Asks before somebody takes the way to these pages from themselves. Nothing is changed yet.
fn confirm(
    web: &Web,
    context: &Context,
    principal: &Principal,
    csrf_token: &CsrfToken,
    roles: Vec<String>,
    version: Option<String>,
) -> Response {
    let context = &context.clone().showing(&format!("/admin/users/{}", principal.id()));
    let page = match Page::begin(web, context) {
        Ok(page) => page,
        Err(problem) => return problem.into_response(),
    };
    let view = AdminGiveUp {
        chrome: page.chrome(context.lang.text().admin.give_up_title, Some(principal), Some(csrf_token)),
        csrf_token: csrf_token.reveal().to_owned(),
        id: principal.id().to_string(),
        roles,
        version,
    };
    page.finish(StatusCode::CONFLICT, &view)
}

/// Makes a link for the password of a user, and shows it: it is nowhere else.
pub(super) async fn link(
    State(web): State<Web>,
    context: Context,
    principal: Principal,
    csrf_token: CsrfToken,
    Path(id): Path<String>,
) -> Response {
    let context = context.showing(&format!("/admin/users/{id}"));
    let may_see = may(&principal, "user:read");
    let issued = async {
        let subject = web.operations.subject(subject_id(&id)?).await?;
        // Nothing is made for whoever could not be shown it.
        if !may_see {
            return Err(Failure::NotFound("The page that shows the link is for those who may read users.".to_owned()));
        }
        let link = web.operations.issue_password_link(&context.cause_of(&principal), subject.id).await?;
        Ok(LinkRow::of(&web, &subject.username, &link))
    };
    let shown = match issued.await {
        Ok(link) => {
            let said = Said { link: Some(link), ..Said::default() };
            one(&web, &context, &principal, &csrf_token, &id, said).await
        }
        Err(failure) => return done(&web, &context, &principal, &csrf_token, &id, "", Err(failure)).await,
    };
    shown.unwrap_or_else(|failure| failed(&web, &context, &failure))
}

pub(super) async fn rename(
    State(web): State<Web>,
    context: Context,
    principal: Principal,
    csrf_token: CsrfToken,
    Path(id): Path<String>,
    request: Request,
) -> Response {
    let Input { body, .. } = match input::read::<NewName>(&web, request).await {
        Ok(input) => input,
        Err(wrong) => return problem(&web, &context, wrong),
    };
    let by = context.cause_of(&principal);
    let changed = match subject_id(&id) {
        Ok(id) => web.operations.rename(&by, id, &body.username).await,
        Err(failure) => Err(failure),
    };
    done(&web, &context, &principal, &csrf_token, &id, "renamed", changed.map(drop)).await
}

pub(super) async fn disable(
    State(web): State<Web>,
    context: Context,
    principal: Principal,
    csrf_token: CsrfToken,
    Path(id): Path<String>,
) -> Response {
    let changed = admin_api::status(&web, &context, &principal, &id, Status::Disabled).await;
    done(&web, &context, &principal, &csrf_token, &id, "disabled", changed.map(drop)).await
}

pub(super) async fn enable(
    State(web): State<Web>,
    context: Context,
    principal: Principal,
    csrf_token: CsrfToken,
    Path(id): Path<String>,
) -> Response {
    let changed = admin_api::status(&web, &context, &principal, &id, Status::Active).await;
    done(&web, &context, &principal, &csrf_token, &id, "enabled", changed.map(drop)).await
}

pub(super) async fn revoke(
    State(web): State<Web>,
    context: Context,
    principal: Principal,
    csrf_token: CsrfToken,
    Path(id): Path<String>,
) -> Response {
    let by = context.cause_of(&principal);
    let changed = match subject_id(&id) {
        Ok(id) => web.operations.end_sessions(&by, id).await,
        Err(failure) => Err(failure),
    };
    done(&web, &context, &principal, &csrf_token, &id, "revoked", changed.map(drop)).await
}

/// Back to the user's page: with what was done, or with why it was not.
pub(super) async fn done(
    web: &Web,
    context: &Context,
    principal: &Principal,
    csrf_token: &CsrfToken,
    id: &str,
    notice: &str,
    outcome: Result<(), Failure>,
) -> Response {
    let context = &context.clone().showing(&format!("/admin/users/{id}"));
    let failure = match outcome {
        Ok(()) => return see_other(&format!("/admin/users/{id}?notice={notice}")),
        Err(failure @ Failure::StandingLost(_)) => return failed(web, context, &failure),
        Err(failure) => failure,
    };
    if !may(principal, "user:read") {
        return failed(web, context, &failure);
    }
    let said = Said { failure: Some(&failure), ..Said::default() };
    match one(web, context, principal, csrf_token, id, said).await {
        Ok(response) => response,
        Err(failure) => failed(web, context, &failure),
    }
}
