//! `/account/password`.

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use crate::body::Fields;
use crate::flaw::Flaw;
use crate::page::{self, csrf_field, paragraph, see_other, to_login, with_cookie};
use crate::rules::refusal;
use crate::sign_in::password_is;
use crate::site::Site;
use crate::user::Account;
use crate::visit::Visit;
use crate::{cookie, csrf};

pub(crate) async fn form(State(site): State<Arc<Site>>, Extension(visit): Extension<Visit>) -> Response {
    if visit.user.is_none() {
        return to_login("/account/password");
    }
    show(&site, &visit, StatusCode::OK, None)
}

pub(crate) async fn submit(
    State(site): State<Arc<Site>>,
    Extension(visit): Extension<Visit>,
    fields: Fields,
) -> Response {
    if !csrf::passes(&site, &visit, fields.get("csrf")) {
        return csrf::refused();
    }
    let Some(user) = visit.user else { return to_login("/account/password") };
    let asks = !site.has(Flaw::PasswordCurrent);
    if asks && !password_is(&site, Some(user), fields.text("current_password")).await {
        return show(&site, &visit, StatusCode::FORBIDDEN, Some("The current password is wrong."));
    }
    let password = fields.text("new_password");
    if let Some(reason) = refusal(&site, password) {
        return show(&site, &visit, StatusCode::UNPROCESSABLE_ENTITY, Some(reason));
    }
    change(&site, &visit, user, password.to_owned()).await
}

async fn change(site: &Arc<Site>, visit: &Visit, user: &'static Account, password: String) -> Response {
    let shared = Arc::clone(site);
    let done = tokio::task::spawn_blocking(move || shared.users.set_password(user, &password)).await;
    if !matches!(done, Ok(Ok(()))) {
        return page::message(StatusCode::INTERNAL_SERVER_ERROR, "Error", "The password was not changed.");
    }
    if let Some(old) = &visit.session {
        site.end_session(&old.id);
    }
    let session = site.sessions.create(Some(user));
    site.end_others(user, &session.id);
    with_cookie(see_other("/account"), Some(cookie::set(site, &session)))
}

fn show(site: &Site, visit: &Visit, status: StatusCode, sentence: Option<&str>) -> Response {
    let (session, cookie) = visit.session_or_new(site);
    let current = if site.has(Flaw::PasswordCurrent) {
        ""
    } else {
        "<label>Current password <input type=\"password\" name=\"current_password\" \
         autocomplete=\"current-password\" required></label>\n"
    };
    let main = format!(
        "{}<form method=\"post\" action=\"/account/password\">\n{current}\
         <label>New password <input type=\"password\" name=\"new_password\" autocomplete=\"new-password\" \
         required></label>\n{}<button>Change</button>\n</form>\n",
        sentence.map(paragraph).unwrap_or_default(),
        csrf_field(&session),
    );
    with_cookie(page::page(status, "Change the password", &main), cookie)
}
