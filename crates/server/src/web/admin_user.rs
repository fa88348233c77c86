//! `/admin/users/{id}`: one user, and what an administrator changes of them.

use std::sync::Arc;

use admit::Problem;
use admit_core::store::EventQuery;
use admit_core::subject::{RoleName, Status};
use axum::extract::{Path, Request};
use axum::response::Response;
use http::StatusCode;
use serde::Deserialize;

use super::account::{minute, row};
use super::admin_api::{NewName, subject_id};
use super::admin_audit::rows;
use super::error::Error;
use super::input::{self, Input};
use super::reply::see_other;
use super::say::again;
use super::visit::Visit;
use super::{Web, admin_permission};
use crate::control::setup_link;
use crate::operation::{Failure, IssuedLink};
use crate::page::view::{AdminGiveUp, AdminUser, LinkRow, RoleChoice};

/// What a page says of what was just asked for.
#[derive(Default)]
pub(super) struct Said<'a> {
    /// What was done.
    pub(super) notice: Option<String>,
    /// Why it was not.
    pub(super) failure: Option<&'a Failure>,
    /// The link that was made.
    pub(super) link: Option<LinkRow>,
}

impl LinkRow {
    pub(super) fn of(web: &Web, username: &str, link: &IssuedLink) -> Self {
        Self { username: username.to_owned(), href: setup_link(&web.public, link), until: minute(link.expires_at) }
    }
}

pub(super) async fn show(visit: Visit, Path(id): Path<String>) -> Result<Response, Error> {
    let text = visit.context.lang.text().admin;
    let notice = match visit.context.query("notice").as_deref() {
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
    page(&visit, &id, said).await
}

async fn page(visit: &Visit, id: &str, said: Said<'_>) -> Result<Response, Error> {
    let Said { notice, failure, link } = said;
    let operations = &visit.web.operations;
    let subject = operations.subject(subject_id(id)?).await?;
    // Where somebody is signed in is for those who may end it, and what happened for those who may read the audit log.
    let is_self = subject.id == visit.principal.id();
    let may_end = visit.may("session:revoke");
    let sessions = match may_end || is_self {
        true => {
            let own = visit.principal.session_id().filter(|_| is_self);
            Some(operations.devices(subject.id).await?.iter().map(|device| row(device, own)).collect())
        }
        false => None,
    };
    let query = EventQuery { subject: Some(subject.id), limit: 20, ..EventQuery::default() };
    let events = match visit.may("audit:read") {
        true => Some(rows(&visit.web, operations.accounts.events(query).await?).await?),
        false => None,
    };
    let policy = Arc::clone(&operations.policy.now());
    let choice = |role: &RoleName| RoleChoice {
        name: role.to_string(),
        held: subject.roles.contains(role),
        permissions: policy.permissions_of(role).iter().map(ToString::to_string).collect(),
    };
    // Roles in one tenant alone are not among the policy's, and are kept when the form is sent.
    let mut all_roles = policy.roles();
    all_roles.extend(subject.roles.iter().filter(|role| role.tenant().is_some()).cloned());
    let page = visit.page()?;
    let (status, problem) = again(failure, visit.context.lang);
    let view = AdminUser {
        chrome: visit.chrome(&page, &subject.username),
        csrf_token: visit.csrf_token.reveal().to_owned(),
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
        may_update: visit.may("user:update"),
        may_end,
        sessions,
        events,
        link,
        is_self,
        notice,
        problem,
    };
    Ok(page.finish(status, &view))
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

pub(super) async fn set_roles(visit: Visit, Path(id): Path<String>, request: Request) -> Result<Response, Error> {
    let Input { body, .. } = input::read::<RolesForm>(&visit.web, request).await?;
    let operations = &visit.web.operations;
    // The field for one more is mostly left empty.
    let roles: Vec<String> = body.roles.into_iter().filter(|role| !role.trim().is_empty()).collect();
    let seen = body.version.as_deref().map(str::parse).transpose();
    let seen = seen.map_err(|_| Problem::field("version", "version is not a number."))?;
    let subject = subject_id(&id)?;
    let gives_up = subject == visit.principal.id() && !operations.lets_administer(&roles);
    if gives_up && body.confirmed.is_none() {
        return match operations.is_last_admin(subject).await? {
            true => done(&visit, &id, "roles", Err(Failure::LastAdmin)).await,
            false => confirm(&visit, roles, body.version),
        };
    }
    let changed = operations.set_roles(&visit.cause(), subject, &roles, seen).await;
    if gives_up && changed.is_ok() {
        return Ok(see_other("/account?notice=no-admin"));
    }
    done(&visit, &id, "roles", changed.map(drop)).await
}

/// Asks before somebody takes the way to these pages from themselves. Nothing is changed yet.
fn confirm(visit: &Visit, roles: Vec<String>, version: Option<String>) -> Result<Response, Error> {
    let page = visit.page()?;
    let view = AdminGiveUp {
        chrome: visit.chrome(&page, visit.context.lang.text().admin.give_up_title),
        csrf_token: visit.csrf_token.reveal().to_owned(),
        id: visit.principal.id().to_string(),
        roles,
        version,
    };
    Ok(page.finish(StatusCode::CONFLICT, &view))
}

/// Makes a link for the password of a user, and shows it: it is nowhere else.
pub(super) async fn link(visit: Visit, Path(id): Path<String>) -> Result<Response, Error> {
    // Nothing is made for whoever could not be shown it.
    if !visit.may("user:read") {
        let sentence = "Only those who may read users can see the page with the link. POST /admin/api/users/{id}/link gives it to a program.";
        return Err(Problem::new(StatusCode::FORBIDDEN, "not-permitted", "Not permitted", sentence).into());
    }
    let subject = visit.web.operations.subject(subject_id(&id)?).await?;
    match visit.web.operations.issue_password_link(&visit.cause(), subject.id).await {
        Ok(link) => {
            let link = Some(LinkRow::of(&visit.web, &subject.username, &link));
            page(&visit, &id, Said { link, ..Said::default() }).await
        }
        Err(failure) => done(&visit, &id, "", Err(failure)).await,
    }
}

pub(super) async fn rename(visit: Visit, Path(id): Path<String>, request: Request) -> Result<Response, Error> {
    let Input { body, .. } = input::read::<NewName>(&visit.web, request).await?;
    let changed = visit.web.operations.rename(&visit.cause(), subject_id(&id)?, &body.username).await;
    done(&visit, &id, "renamed", changed.map(drop)).await
}

pub(super) async fn disable(visit: Visit, Path(id): Path<String>) -> Result<Response, Error> {
    let changed = visit.web.operations.set_status(&visit.cause(), subject_id(&id)?, Status::Disabled).await;
    done(&visit, &id, "disabled", changed.map(drop)).await
}

pub(super) async fn enable(visit: Visit, Path(id): Path<String>) -> Result<Response, Error> {
    let changed = visit.web.operations.set_status(&visit.cause(), subject_id(&id)?, Status::Active).await;
    done(&visit, &id, "enabled", changed.map(drop)).await
}

/// Deletes a user once the username was typed to confirm: it cannot be undone.
pub(super) async fn delete(visit: Visit, Path(id): Path<String>, request: Request) -> Result<Response, Error> {
    let Input { body, .. } = input::read::<NewName>(&visit.web, request).await?;
    let (operations, subject) = (&visit.web.operations, subject_id(&id)?);
    let named = operations.subject(subject).await?;
    let deleted = match *named.username == *body.username.trim() {
        true => operations.delete(&visit.cause(), subject).await,
        false => Err(Failure::OtherName),
    };
    match deleted {
        Ok(()) => Ok(see_other("/admin?notice=deleted")),
        refused => done(&visit, &id, "", refused).await,
    }
}

pub(super) async fn revoke(visit: Visit, Path(id): Path<String>) -> Result<Response, Error> {
    let changed = visit.web.operations.end_sessions(&visit.cause(), subject_id(&id)?).await;
    done(&visit, &id, "revoked", changed.map(drop)).await
}

/// Back to the user's page: with what was done, or with why it was not.
pub(super) async fn done(
    visit: &Visit,
    id: &str,
    notice: &str,
    outcome: Result<(), Failure>,
) -> Result<Response, Error> {
    let Err(failure) = outcome else { return Ok(see_other(&format!("/admin/users/{id}?notice={notice}"))) };
    let failure = visit.on_the_form(failure)?;
    page(visit, id, Said { failure: Some(&failure), ..Said::default() }).await
}
