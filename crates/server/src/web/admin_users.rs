//! `/admin`: the users, and a form for one more.

use admit::{Principal, Problem};
use admit_core::store::Listed;
use admit_core::subject::{RoleName, Status};
use axum::extract::Request;
use axum::response::Response;

use super::account::minute;
use super::admin_api::{self, NewUser};
use super::admin_user::Said;
use super::error::Error;
use super::input::{self, Input};
use super::list::{PAGE, place_of};
use super::reply::{may, see_other};
use super::say::again;
use super::visit::Visit;
use crate::operation::Failure;
use crate::page::text::with;
use crate::page::view::{AdminTabs, AdminUsers, LinkRow, NewUserField, NewUserForm, UserRow};

impl AdminTabs {
    pub(super) fn of(principal: &Principal) -> Self {
        Self { users: may(principal, "user:read"), audit: may(principal, "audit:read") }
    }
}

pub(super) async fn show(visit: Visit) -> Result<Response, Error> {
    let created = visit.context.query("created").and_then(|id| id.parse().ok());
    let created = match created {
        Some(id) => visit.web.operations.subject(id).await.ok(),
        None => None,
    };
    let text = visit.context.lang.text().admin;
    let deleted = visit.context.query("notice").filter(|notice| notice == "deleted");
    let notice = created.map(|user| with(text.created_notice, &user.username));
    let notice = notice.or_else(|| deleted.map(|_| text.deleted_notice.to_owned()));
    let said = Said { notice, ..Said::default() };
    list(&visit, said, NewUserForm::default()).await
}

async fn list(visit: &Visit, said: Said<'_>, form: NewUserForm) -> Result<Response, Error> {
    let Said { notice, failure, link } = said;
    let query = visit.context.query("query").unwrap_or_default();
    let after = visit.context.query("after").filter(|text| !text.is_empty());
    let after = after.as_deref().map(place_of).transpose()?;
    let listed = visit.web.operations.accounts.search(&query, after.as_deref(), PAGE).await?;
    let page = visit.page()?;
    let next = admin_api::next(&listed, PAGE).map(|after| {
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("query", &query)
            .append_pair("after", &after)
            .finish();
        format!("/admin?{query}")
    });
    let user = |listed: &Listed| UserRow {
        id: listed.subject.id.to_string(),
        username: listed.subject.username.to_string(),
        roles: joined(&listed.subject.roles),
        status_active: listed.subject.status == Status::Active,
        created: minute(listed.created_at),
        last_login: listed.last_login_at.map(minute),
    };
    let (status, problem) = again(failure, visit.context.lang);
    let view = AdminUsers {
        chrome: visit.chrome(&page, visit.context.lang.text().admin.users),
        tabs: AdminTabs::of(&visit.principal),
        may_update: visit.may("user:update"),
        csrf_token: visit.csrf_token.reveal().to_owned(),
        users: listed.iter().map(user).collect(),
        query,
        next_href: next,
        all_roles: visit.web.operations.policy.now().roles().iter().map(ToString::to_string).collect(),
        min_length: visit.web.operations.passwords.min_length,
        notice,
        problem,
        problem_in: failure.and_then(field),
        link,
        form,
    };
    Ok(page.finish(status, &view))
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

pub(super) async fn create(visit: Visit, request: Request) -> Result<Response, Error> {
    let Input { body, .. } = input::read::<NewUser>(&visit.web, request).await?;
    let by = visit.cause();
    // Without a password the user is invited: their link is shown to those who come back to the list.
    let password = body.password.as_deref().filter(|typed| !typed.is_empty());
    if password.is_none() && !visit.may("user:read") {
        let sentence = "Send a password: only those who may read users can see the link of a user without one.";
        return Err(Problem::field("password", sentence).into());
    }
    let operations = &visit.web.operations;
    let made = match password {
        Some(_) => operations.create_user(&by, &body.username, password, &body.roles).await.map(|made| (made, None)),
        None => operations.invite(&by, &body.username, &body.roles).await.map(|(made, link)| (made, Some(link))),
    };
    match made {
        Ok((subject, Some(link))) => {
            let notice = Some(with(visit.context.lang.text().admin.created_notice, &subject.username));
            let link = Some(LinkRow::of(&visit.web, &subject.username, &link));
            let said = Said { notice, link, failure: None };
            list(&visit, said, NewUserForm::default()).await
        }
        Ok((subject, None)) => Ok(see_other(&format!("/admin?created={}", subject.id))),
        Err(failure) => {
            let failure = visit.on_the_form(failure)?;
            let form = NewUserForm { username: body.username, roles: body.roles };
            list(&visit, Said { failure: Some(&failure), ..Said::default() }, form).await
        }
    }
}
