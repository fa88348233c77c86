//! Pages of HTML, and the answers around them.

use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};

use crate::session::Session;

/// A page that is for one visitor: nothing on the way keeps it.
pub(crate) fn page(status: StatusCode, title: &str, main: &str) -> Response {
    let mut response = public(title, main);
    *response.status_mut() = status;
    with(response, header::CACHE_CONTROL, HeaderValue::from_static("no-store"))
}

/// A page that is the same for everybody.
pub(crate) fn public(title: &str, main: &str) -> Response {
    Html(format!(
        "<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>{title}</title></head>\n\
         <body>\n<h1>{title}</h1>\n{main}</body>\n</html>\n"
    ))
    .into_response()
}

/// A page of one sentence.
pub(crate) fn message(status: StatusCode, title: &str, sentence: &str) -> Response {
    page(status, title, &paragraph(sentence))
}

pub(crate) fn paragraph(sentence: &str) -> String {
    format!("<p>{}</p>\n", escape(sentence))
}

/// The field that carries the CSRF token.
pub(crate) fn csrf_field(session: &Session) -> String {
    format!("<input type=\"hidden\" name=\"csrf\" value=\"{}\">\n", escape(&session.csrf))
}

/// Good for text and for attributes in double quotes.
pub(crate) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}

/// 303. A place that no header can hold becomes the start page.
pub(crate) fn see_other(place: &str) -> Response {
    let place = HeaderValue::try_from(place).unwrap_or(HeaderValue::from_static("/"));
    let response = with(StatusCode::SEE_OTHER.into_response(), header::LOCATION, place);
    with(response, header::CACHE_CONTROL, HeaderValue::from_static("no-store"))
}

/// To the login, and back to this path afterwards.
pub(crate) fn to_login(path: &str) -> Response {
    see_other(&format!("/login?next={path}"))
}

pub(crate) fn with(mut response: Response, name: HeaderName, value: HeaderValue) -> Response {
    response.headers_mut().insert(name, value);
    response
}

pub(crate) fn with_cookie(mut response: Response, cookie: Option<HeaderValue>) -> Response {
    if let Some(cookie) = cookie {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}
