//! Who has which permission: for people in `/admin/permissions`, for programs below `/admin/api`.

use admit::Problem;
use admit_core::policy::{Clause, Ground, Holds, Permission};
use axum::extract::{Path, State};
use axum::response::Response;
use http::StatusCode;
use serde::Serialize;

use super::error::Error;
use super::list::{ListQuery, cursor};
use super::visit::{Caller, Visit};
use super::{Context, Web, admin_api};
use crate::operation::{Failure, Holder, How, RoleHolder, UserBody};
use crate::page::view::{AdminPermissions, AdminTabs, PermissionRow};

pub(super) async fn show(visit: Visit) -> Result<Response, Error> {
    let Caller { web, context, principal } = &*visit;
    let operations = &web.operations;
    let all: Vec<String> = operations.policy.now().permissions().iter().map(ToString::to_string).collect();
    let asked = context.query("permission").filter(|text| !text.is_empty());
    let permission = asked.or_else(|| all.first().cloned());
    let permission = permission.ok_or_else(|| Failure::NotFound("The policy has no permission at all.".to_owned()))?;
    let having = operations.who_has(&permission, None, MOST_ON_PAGE).await?;
    let page = visit.page()?;
    let roles =
        having.roles.iter().map(|held| PermissionRow { holder: held.role.to_string(), ..row(&permission, &held.how) });
    let users = having.users.iter().map(|holder| PermissionRow {
        holder: holder.user.subject.username.to_string(),
        href: format!("/admin/users/{}", holder.user.subject.id),
        ..row(&permission, &holder.how)
    });
    let view = AdminPermissions {
        chrome: visit.chrome(&page, context.lang.text().admin.permissions),
        tabs: AdminTabs::of(principal),
        all,
        roles: roles.collect(),
        users: users.collect(),
        more: having.last.is_some(),
        permission,
    };
    Ok(page.finish(StatusCode::OK, &view))
}

/// How a permission is had, as the pages show it.
pub(super) fn row(permission: &str, holds: &Holds) -> PermissionRow {
    let permission = permission.to_owned();
    let name = |clause: &Clause| match &clause.ground {
        Ground::Role(role) => role.to_string(),
        Ground::Rule(rule) => rule.to_string(),
    };
    match holds {
        Holds::No => PermissionRow { permission, ..PermissionRow::default() },
        Holds::Yes { by } => PermissionRow {
            permission,
            always: true,
            by: by.iter().map(ToString::to_string).collect(),
            ..PermissionRow::default()
        },
        Holds::Depends { permitted, forbidden } => PermissionRow {
            permission,
            by: permitted.iter().map(name).collect(),
            // That editor@acme counts for acme alone, its name says in every language.
            conditions: permitted
                .iter()
                .filter(|clause| matches!(clause.ground, Ground::Rule(_)))
                .map(ToString::to_string)
                .chain(forbidden.iter().map(|clause| format!("never {clause}")))
                .collect(),
            ..PermissionRow::default()
        },
    }
}

/// What a user may do: the user as everywhere, and the permissions.
#[derive(Serialize)]
struct Permissions {
    #[serde(flatten)]
    user: UserBody,
    permissions: Vec<Held>,
    /// To be given as `after` for the next part; `null` on the last one.
    next: Option<String>,
}

#[derive(Serialize)]
struct Held {
    permission: String,
    how: How,
}

/// `GET /admin/api/users/{id}/permissions`: what a user may do, and how, by the names of the permissions.
pub(super) async fn of_user(
    State(web): State<Web>,
    context: Context,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let query = ListQuery::read(&context.uri, "after", &[])?;
    let (limit, after) = (query.limit()? as usize, query.after()?);
    let account = web.operations.account_of(admin_api::subject_id(&id)?).await?;
    let mut held = web.operations.may_do(&account.subject.roles);
    held.sort_by(|(one, _), (other, _)| one.as_str().cmp(other.as_str()));
    held.retain(|(permission, _)| after.as_deref().is_none_or(|after| permission.as_str() > after));
    let more = held.len() > limit;
    held.truncate(limit);
    let next = held.last().filter(|_| more).map(|(last, _)| cursor(last.as_str()));
    let line =
        |(permission, holds): (Permission, Holds)| Held { how: How::from(&holds), permission: permission.to_string() };
    let permissions = held.into_iter().map(line).collect();
    let body = Permissions { user: UserBody::from(&account), permissions, next: next.clone() };
    Ok(query.answer("after", next.as_deref(), &body))
}

/// Who has a permission: the roles, and a part of the users.
#[derive(Serialize)]
struct Holders {
    permission: String,
    roles: Vec<RoleHolder>,
    users: Vec<Holder>,
    /// To be given as `after` for the next part; `null` on the last one.
    next: Option<String>,
}

/// `GET /admin/api/permissions/{permission}`: who has it, and how.
pub(super) async fn holders(
    State(web): State<Web>,
    context: Context,
    Path(permission): Path<String>,
) -> Result<Response, Problem> {
    let query = ListQuery::read(&context.uri, "after", &[])?;
    let (limit, after) = (query.limit()?, query.after()?);
    let having = web.operations.who_has(&permission, after, limit).await?;
    let next = having.last.as_deref().map(cursor);
    let body = Holders { permission: having.permission, roles: having.roles, users: having.users, next: next.clone() };
    Ok(query.answer("after", next.as_deref(), &body))
}

/// Most users that the page lists.
const MOST_ON_PAGE: u32 = 1_000;
