//! Cross-origin resource sharing (the Fetch standard, section 3.3): which answers a page of another origin may read.
//!
//! Closed unless a route says [`crate::Guarded::cors`], and then open to exactly the origins that the check against forgery trusts:
//! one list decides who may send and who may read. No consent is ever on a page, a redirect or the answer to a form, whatever
//! the route. See `docs/decisions/0022-cors-at-the-route.md`.

use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ALLOW, CONTENT_TYPE, VARY,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};

use crate::checks::Route;
use crate::gate::Gate;
use crate::problem::Problem;
use admit_core::csrf::Csrf;
use admit_core::media::is_form;

static RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// What a page may send beside what every page may: a body of JSON, a CSRF token, an access token.
const MAY_SEND: HeaderValue = HeaderValue::from_static("authorization, content-type, x-csrf-token");

/// What a page may read beside what every page may.
const MAY_READ: HeaderValue = HeaderValue::from_static("link, location, retry-after, www-authenticate, x-request-id");

/// How many seconds a browser may keep the answer to its preflight: a list that is made shorter is in force after that.
const MAX_AGE: HeaderValue = HeaderValue::from_static("600");

/// What the answer to a request says of who may read it.
pub(crate) enum Consent {
    /// Nothing: the answer is the same whoever sends the request.
    Silent,
    /// That it depends on the origin. This one may not read it.
    Withheld,
    /// That this origin may read it.
    To(HeaderValue),
}

impl Consent {
    /// The consent to a request at this route.
    pub(crate) fn of(route: &Route, method: &Method, headers: &HeaderMap) -> Self {
        if !route.terms.cors {
            // The check against forgery looks at the origin of what may change something.
            return if admit_core::csrf::is_safe(method) { Self::Silent } else { Self::Withheld };
        }
        // A client's own form is the API of the OAuth endpoints; any other form is a page's.
        let is_form_of_page = route.terms.csrf != Csrf::Client && is_form(headers);
        match route.gate.0.origins.trusted_sender(headers) {
            Some(origin) if !is_form_of_page => Self::To(origin.clone()),
            _ => Self::Withheld,
        }
    }

    /// Writes it into the answer.
    pub(crate) fn write(&self, response: &mut Response) {
        match self {
            Self::Silent => {}
            Self::To(origin) if !response.status().is_redirection() && !is_html(response.headers()) => {
                let headers = response.headers_mut();
                depends_on_origin(headers);
                consent(headers, origin);
                headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, MAY_READ);
            }
            Self::To(_) | Self::Withheld => depends_on_origin(response.headers_mut()),
        }
    }
}

/// The answer to `OPTIONS` on a path with routes that are open to other origins: to one of them what it may send, as the answer to
/// its preflight; to anybody else that there is no such method, as on every other path.
pub(crate) fn preflight(gate: &Gate, methods: &Methods, request: &Request) -> Response {
    let mut response = match gate.0.origins.trusted_sender(request.headers()) {
        Some(origin) => {
            let mut response = StatusCode::NO_CONTENT.into_response();
            let headers = response.headers_mut();
            consent(headers, origin);
            headers.insert(ACCESS_CONTROL_ALLOW_METHODS, methods.open.clone());
            headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, MAY_SEND);
            headers.insert(ACCESS_CONTROL_MAX_AGE, MAX_AGE);
            response
        }
        None => {
            let mut response = Problem::method_not_allowed(request.method()).into_response();
            response.headers_mut().insert(ALLOW, methods.all.clone());
            response
        }
    };
    depends_on_origin(response.headers_mut());
    response
}

/// The methods of a path, as headers list them.
#[derive(Clone)]
pub(crate) struct Methods {
    /// Those that pages of other origins may use.
    open: HeaderValue,
    all: HeaderValue,
}

impl Methods {
    /// Of the routes of one path: each method, and whether it is open to other origins. `None` when none is.
    pub(crate) fn of(routes: &[(Method, bool)]) -> Option<Self> {
        let list = |methods: Vec<&str>| HeaderValue::from_str(&methods.join(", ")).ok();
        let open: Vec<&str> = routes.iter().filter(|(_, cors)| *cors).map(|(method, _)| method.as_str()).collect();
        if open.is_empty() {
            return None;
        }
        let reads = routes.iter().any(|(method, _)| method == Method::GET).then_some("HEAD");
        let all = routes.iter().map(|(method, _)| method.as_str()).chain(reads).collect();
        Some(Self { open: list(open)?, all: list(all)? })
    }
}

fn consent(headers: &mut HeaderMap, origin: &HeaderValue) {
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
    headers.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
    headers.insert(&RESOURCE_POLICY, HeaderValue::from_static("cross-origin"));
}

/// `Vary: Origin`, once: what a cache keeps for one origin is not given to another.
pub(crate) fn depends_on_origin(headers: &mut HeaderMap) {
    let named = |value: &HeaderValue| {
        value.as_bytes().split(|byte| *byte == b',').any(|name| name.trim_ascii().eq_ignore_ascii_case(b"origin"))
    };
    if !headers.get_all(VARY).iter().any(named) {
        headers.append(VARY, HeaderValue::from_static("Origin"));
    }
}

fn is_html(headers: &HeaderMap) -> bool {
    let html =
        |value: &HeaderValue| value.as_bytes().get(..9).is_some_and(|begins| begins.eq_ignore_ascii_case(b"text/html"));
    headers.get(CONTENT_TYPE).is_some_and(html)
}
