//! What people see where programs get a problem document.

use admit::core::csrf::Forgery;
use admit::core::principal::Principal;
use admit::core::redirect::LocalPath;
use admit::{Asked, Face, Problem, Rejection};
use axum::response::{IntoResponse, Response};
use http::header::{COOKIE, HOST, ORIGIN, REFERER};
use http::{HeaderMap, Method, StatusCode};

use super::context::Context;
use super::query::query_value;
use super::reply::{Page, see_other};
use super::{Web, form};
use crate::accept::wants_page;
use crate::page::text::{counted, with};
use crate::page::view;

/// Pages for people, instead of problem documents.
pub struct Pages(pub Web);

impl Face for Pages {
    fn refuse(&self, rejection: &Rejection, asked: Asked<'_>) -> Option<Response> {
        if !wants_page(asked.headers) {
            return None;
        }
        let context = Context::of(&self.0, asked);
        match rejection {
            Rejection::Anonymous { presented: true } => Some(to_login(&asked, "session-ended")),
            Rejection::Anonymous { presented: false } => Some(to_login(&asked, "sign-in-first")),
            Rejection::SignInAgain { .. } => Some(to_login(&asked, "sign-in-again")),
            Rejection::SignedInAlready => {
                Some(login_and_back(asked_to_lead(&self.0, asked.headers).as_ref(), "signed-in"))
            }
            Rejection::Forged(Forgery::CookieMissing) => {
                let problem = rejection.problem();
                let detail = dropped_cookie(&self.0, &context, asked.headers);
                Some(problem_page(&self.0, &context, &problem, Said::detail(detail)))
            }
            Rejection::Forged(Forgery::Origin) if came_by_plain_http(&self.0, asked.headers) => {
                let detail = context.lang.text().login.cookie_plain_http.to_owned();
                Some(problem_page(&self.0, &context, &rejection.problem(), Said::detail(detail)))
            }
            _ => {
                let form = form::page_of(asked.uri.path()).filter(|_| *asked.method != Method::GET);
                let said = Said { who: who(rejection), form, ..Said::default() };
                Some(problem_page(&self.0, &context, &rejection.problem(), said))
            }
        }
    }

    fn not_found(&self, asked: Asked<'_>) -> Option<Response> {
        if !wants_page(asked.headers) {
            return None;
        }
        let context = Context::of(&self.0, asked);
        Some(problem_page(&self.0, &context, &Problem::not_found("There is nothing at this address."), Said::default()))
    }

    fn method_not_allowed(&self, asked: Asked<'_>) -> Option<Response> {
        if !wants_page(asked.headers) {
            return None;
        }
        let context = Context::read(&self.0, asked).showing("/");
        let problem = Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", "Method not allowed", "");
        let said = Said { form: form::page_of(asked.uri.path()), ..Said::default() };
        Some(problem_page(&self.0, &context, &problem, said))
    }
}

/// Who was turned away, where that is known: the page then says so.
fn who(rejection: &Rejection) -> Option<&Principal> {
    match rejection {
        Rejection::Forbidden { who, .. } => Some(who),
        _ => None,
    }
}

/// A browser is sent to the login page, and from there back to where it wanted to go, or to the page of the form that it sent.
fn to_login(asked: &Asked<'_>, notice: &str) -> Response {
    let wanted = match *asked.method {
        Method::GET => asked.uri.path_and_query().and_then(|wanted| LocalPath::parse(wanted.as_str())),
        _ => form::page_of(asked.uri.path()),
    };
    login_and_back(wanted.as_ref(), notice)
}

/// Where the login page was asked to lead from which this form was sent. The browser says which page that was; whatever is
/// written there is a local path, or nothing.
fn asked_to_lead(web: &Web, headers: &HeaderMap) -> Option<LocalPath> {
    let referer = headers.get(REFERER)?.to_str().ok()?.strip_prefix(web.public.as_str())?;
    let return_to = query_value(&referer.parse().ok()?, "return_to")?;
    LocalPath::parse(&return_to)
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

/// What the page of a problem says beside the catalogue's words.
#[derive(Default)]
pub(super) struct Said<'a> {
    /// In place of the catalogue's sentence, where there is a better one.
    detail: Option<String>,
    /// Who was turned away.
    who: Option<&'a Principal>,
    /// The page of the form that was sent.
    form: Option<LocalPath>,
}

impl Said<'_> {
    /// A better sentence.
    pub(super) fn detail(detail: String) -> Self {
        Self { detail: Some(detail), ..Self::default() }
    }
}

/// A problem as a page.
pub(super) fn problem_page(web: &Web, context: &Context, problem: &Problem, said: Said<'_>) -> Response {
    let text = context.lang.text().failure;
    let status = problem.status().as_u16();
    let (title, sentence) = match problem.kind() {
        "cross-origin" => (text.forged_title, text.forged),
        "csrf-token-missing" | "csrf-token-wrong" | "form-cookie-missing" => (text.stale_title, text.stale),
        "invalid-parameter" => (text.bad_request_title, text.no_place),
        _ => text.of(status),
    };
    let retry = problem.headers().get(http::header::RETRY_AFTER).and_then(|value| value.to_str().ok());
    let remedy = match (retry, problem.kind()) {
        (Some(seconds), _) => seconds.parse().ok().map(|seconds| counted(text.later_remedy, seconds)),
        (None, "cross-origin" | "csrf-token-missing" | "csrf-token-wrong" | "form-cookie-missing") => {
            Some(text.forged_remedy.to_owned())
        }
        _ => None,
    };
    // Where the catalogue has no words of its own, the problem's sentence says more than nothing.
    let detail = said.detail.unwrap_or_else(|| match problem.status() {
        StatusCode::UNPROCESSABLE_ENTITY | StatusCode::CONFLICT | StatusCode::UNSUPPORTED_MEDIA_TYPE => {
            problem.detail().to_owned()
        }
        _ => sentence.to_owned(),
    });
    let page = match Page::begin(web, context) {
        Ok(page) => page,
        Err(failure) => return Problem::from(failure).into_response(),
    };
    let view = view::Failure {
        chrome: page.chrome(title, said.who, None),
        status,
        title: title.to_owned(),
        detail,
        remedy,
        request_id: Some(context.request_id.clone()),
        form_href: said.form.map(|page| page.as_str().to_owned()),
    };
    let mut response = page.finish(problem.status(), &view);
    response.headers_mut().extend(problem.headers().clone());
    if let Some(cause) = problem.cause() {
        response.extensions_mut().insert(cause.clone());
    }
    response
}
