//! `/forgot`: for a password that was forgotten. No message is ever sent.

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use crate::body::Fields;
use crate::csrf;
use crate::flaw::Flaw;
use crate::page::{self, csrf_field, with_cookie};
use crate::site::Site;
use crate::user::Users;
use crate::visit::Visit;

pub(crate) async fn form(State(site): State<Arc<Site>>, Extension(visit): Extension<Visit>) -> Response {
    let (session, cookie) = visit.session_or_new(&site);
    let main = format!(
        "<form method=\"post\" action=\"/forgot\">\n\
         <label>Name <input name=\"username\" autocomplete=\"username\" required></label>\n\
         {}<button>Send</button>\n</form>\n",
        csrf_field(&session),
    );
    with_cookie(page::page(StatusCode::OK, "Forgotten password", &main), cookie)
}

pub(crate) async fn submit(
    State(site): State<Arc<Site>>,
    Extension(visit): Extension<Visit>,
    fields: Fields,
) -> Response {
    if !csrf::passes(&site, &visit, fields.get("csrf")) {
        return csrf::refused();
    }
    let unknown = Users::find(fields.text("username")).is_none();
    let sentence = if unknown && site.has(Flaw::ResetEnumeration) {
        "No such user."
    } else {
        "If there is such a user, a message is on its way."
    };
    page::message(StatusCode::OK, "Forgotten password", sentence)
}
