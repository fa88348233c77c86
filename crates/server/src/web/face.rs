//! What people see where programs get a problem document.

use admit::core::csrf::Forgery;
use admit::core::principal::Principal;
use admit::core::redirect::LocalPath;
use admit::{Asked, Face, Problem, Rejection};
use axum::response::{IntoResponse, Response};
use http::header::{COOKIE, HOST, ORIGIN};
use http::{HeaderMap, Method, StatusCode};

use super::Web;
use super::context::Context;
use super::reply::{Page, see_other};
use crate::accept::wants_page;
use crate::page::text::with;
use crate::page::view;

/// Pages for people, instead of problem documents.
pub struct Pages(pub Web);

impl Face for Pages {
    fn refuse(&self, rejection: &Rejection, asked: Asked<'_>) -> Option<Response> {
        if !wants_page(asked.headers) {
            return None;
        }
        let context = context(&self.0, &asked);
        match rejection {
            Rejection::Anonymous { presented: true } => Some(to_login(&asked, "session-ended")),
            Rejection::Anonymous { presented: false } => Some(to_login(&asked, "sign-in-first")),
            Rejection::SignInAgain { .. } => Some(to_login(&asked, "sign-in-again")),
            Rejection::Forged(Forgery::CookieMissing) => {
                let problem = rejection.problem();
                let said = dropped_cookie(&self.0, &context, asked.headers);
                Some(problem_page(&self.0, &context, &problem, Some(said), None))
            }
            Rejection::Forged(Forgery::Origin) if came_by_plain_http(&self.0, asked.headers) => {
                let said = context.lang.text().login.cookie_plain_http.to_owned();
                Some(problem_page(&self.0, &context, &rejection.problem(), Some(said), None))
            }
            _ => Some(problem_page(&self.0, &context, &rejection.problem(), None, who(rejection))),
        }
    }

    fn not_found(&self, asked: Asked<'_>) -> Option<Response> {
        if !wants_page(asked.headers) {
            return None;
        }
        let context = context(&self.0, &asked);
        Some(problem_page(&self.0, &context, &Problem::not_found("There is nothing at this address."), None, None))
    }
}

/// What the page may know. A form's own address answers no GET, so links on its answer lead to the start.
fn context(web: &Web, asked: &Asked<'_>) -> Context {
    let context = Context::read(web, asked.uri, asked.headers, asked.extensions);
    if *asked.method == Method::GET { context } else { context.showing("/") }
}

/// Who was turned away, where that is known: the page then says so.
fn who(rejection: &Rejection) -> Option<&Principal> {
    match rejection {
        Rejection::Forbidden { who, .. } => Some(who),
        _ => None,
    }
}

/// A browser is sent to the login page, and from there back to where it wanted to go.
fn to_login(asked: &Asked<'_>, notice: &str) -> Response {
    let wanted =
        asked.uri.path_and_query().map(http::uri::PathAndQuery::as_str).filter(|_| *asked.method == Method::GET);
    login_and_back(wanted.and_then(LocalPath::parse).as_ref(), notice)
}

/// 303 to the login page, which says why, and leads back to `return_to` unless that makes its address too long.
fn login_and_back(return_to: Option<&LocalPath>, notice: &str) -> Response {
    let mut query = form_urlencoded::Serializer::new(String::new());
    if let Some(path) = return_to {
        query.append_pair("return_to", path.as_str());
    }
    let login = format!("/login?{}", query.append_pair("notice", notice).finish());
    match (LocalPath::parse(&login), return_to) {
        (None, Some(_)) => login_and_back(None, notice),
        _ => see_other(&login),
    }
}

/// Why the browser did not send the form's cookie back, as far as the request tells.
pub(super) fn dropped_cookie(web: &Web, context: &Context, headers: &HeaderMap) -> String {
    let text = context.lang.text().login;
    let host = headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    if host != web.public.authority() {
        return with(text.cookie_other_host, web.public.as_str());
    }
    if headers.get(COOKIE).is_none() { text.cookie_dropped.to_owned() } else { text.stale_form.to_owned() }
}

/// Whether the page was opened at our own address without https.
fn came_by_plain_http(web: &Web, headers: &HeaderMap) -> bool {
    let origin = headers.get(ORIGIN).and_then(|origin| origin.to_str().ok()).and_then(|it| it.strip_prefix("http://"));
    web.public.is_https() && origin == Some(web.public.authority())
}

/// A problem as a page. `detail` replaces the catalogue's sentence where there is a better one.
pub(super) fn problem_page(
    web: &Web,
    context: &Context,
    problem: &Problem,
    detail: Option<String>,
    who: Option<&Principal>,
) -> Response {
    let text = context.lang.text().failure;
    let status = problem.status().as_u16();
    let (title, sentence) = match problem.kind() {
        "cross-origin" | "csrf-token-missing" | "csrf-token-wrong" | "form-cookie-missing" => {
            (text.forged_title, text.forged)
        }
        _ => text.of(status),
    };
    let retry = problem.headers().get(http::header::RETRY_AFTER).and_then(|value| value.to_str().ok());
    let remedy = match (retry, problem.kind()) {
        (Some(seconds), _) => Some(with(text.later_remedy, seconds)),
        (None, "cross-origin" | "csrf-token-missing" | "csrf-token-wrong" | "form-cookie-missing") => {
            Some(text.forged_remedy.to_owned())
        }
        _ => None,
    };
    // Where the catalogue has no words of its own, the problem's sentence says more than nothing.
    let detail = detail.unwrap_or_else(|| match problem.status() {
        StatusCode::UNPROCESSABLE_ENTITY | StatusCode::CONFLICT | StatusCode::UNSUPPORTED_MEDIA_TYPE => {
            problem.detail().to_owned()
        }
        _ => sentence.to_owned(),
    });
    let page = match Page::begin(web, context) {
        Ok(page) => page,
        Err(problem) => return problem.into_response(),
    };
    let view = view::Failure {
        chrome: page.chrome(title, who, None),
        status,
        title: title.to_owned(),
        detail,
        remedy,
        request_id: Some(context.request_id.clone()),
        back_href: Some(("/".to_owned(), text.back_home.to_owned())),
    };
    let mut response = page.finish(problem.status(), &view);
    response.headers_mut().extend(problem.headers().clone());
    if let Some(cause) = problem.cause() {
        response.extensions_mut().insert(cause.clone());
    }
    response
}
