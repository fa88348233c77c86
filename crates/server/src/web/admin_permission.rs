//! Who has which permission: for people in `/admin/permissions`, for programs below `/admin/api`.

use admit::{CsrfToken, Principal};
use admit_core::policy::{Clause, Ground, Holds, Permission};
use axum::Json;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde_json::{Value, json};

use super::reply::{Page, failed};
use super::{Context, Web, admin_api};
use crate::operation::Failure;
use crate::page::view::{AdminPermissions, AdminTabs, PermissionRow};

pub(super) async fn show(
    State(web): State<Web>,
    context: Context,
    principal: Principal,
    csrf_token: CsrfToken,
) -> Response {
    let operations = &web.operations;
    let all: Vec<String> = operations.policy.now().permissions().iter().map(ToString::to_string).collect();
    let asked = context.query("permission").filter(|text| !text.is_empty());
    let Some(permission) = asked.or_else(|| all.first().cloned()) else {
        return failed(&web, &context, &Failure::NotFound("The policy has no permission at all.".to_owned()));
    };
    let having = match operations.who_has(&permission).await {
        Ok(having) => having,
        Err(failure) => return failed(&web, &context, &failure),
    };
    let page = match Page::begin(&web, &context) {
        Ok(page) => page,
        Err(problem) => return problem.into_response(),
    };
    let roles =
        having.roles.iter().map(|(role, holds)| PermissionRow { holder: role.to_string(), ..row(&permission, holds) });
    let users = having.users.iter().map(|user| PermissionRow {
        holder: user.username.to_string(),
        href: format!("/admin/users/{}", user.id),
        ..row(&permission, &user.how)
    });
    let view = AdminPermissions {
        chrome: page.chrome(context.lang.text().admin.permissions, Some(&principal), Some(&csrf_token)),
        tabs: AdminTabs::of(&principal),
        all,
        roles: roles.collect(),
        users: users.collect(),
        more: having.more,
        permission,
    };
    page.finish(StatusCode::OK, &view)
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

/// `GET /admin/api/users/{id}/permissions`: what a user may do, and how.
pub(super) async fn of_user(State(web): State<Web>, Path(id): Path<String>) -> Response {
    let found = match admin_api::subject_id(&id) {
        Ok(id) => web.operations.subject(id).await,
        Err(failure) => Err(failure),
    };
    match found {
        Ok(subject) => {
            let line = |(permission, holds): (Permission, Holds)| json!({ "permission": permission.as_str(), "how": holds.to_string() });
            let held: Value = web.operations.may_do(&subject.roles).into_iter().map(line).collect();
            Json(json!({ "id": subject.id, "username": subject.username, "status": subject.status, "permissions": held }))
                .into_response()
        }
        Err(failure) => failure.problem().into_response(),
    }
}

/// `GET /admin/api/permissions/{permission}`: who has it, and how.
pub(super) async fn holders(State(web): State<Web>, Path(permission): Path<String>) -> Response {
    match web.operations.who_has(&permission).await {
        Ok(having) => Json(json!(having)).into_response(),
        Err(failure) => failure.problem().into_response(),
    }
}
