//! What the gate adds to an answer on its way out: the cookie that an extractor has made, and who may keep the answer.

use std::sync::{Arc, OnceLock};

use admit_core::credential::SessionToken;
use admit_core::csrf::PreSession;
use axum::response::Response;
use http::header::{CACHE_CONTROL, Entry, SET_COOKIE};
use http::{HeaderMap, HeaderValue};

use crate::cookie::Cookies;
use crate::who::{OnDemand, Who};

const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");

/// A secret that an extractor has made in this request, and its cookie. Whoever asks a second time gets the same.
pub(crate) struct Fresh {
    pub(crate) cookie: HeaderValue,
    pub(crate) secret: Secret,
}

/// What a CSRF token belongs to.
pub(crate) enum Secret {
    /// The new secret of a session whose roles have changed.
    Session(SessionToken),
    /// The secret of a form, of a browser without a session.
    Form(PreSession),
}

/// The place of the one secret that a request may make.
#[derive(Clone, Default)]
pub(crate) struct Outbox(pub(crate) Arc<OnceLock<Fresh>>);

/// What is known of a request when its answer leaves.
pub(crate) struct Parting {
    cookies: Cookies,
    guarded: bool,
    outbox: Option<Outbox>,
    on_demand: Option<Arc<OnDemand>>,
}

impl Parting {
    pub(crate) fn new(cookies: Cookies, guarded: bool, outbox: Option<Outbox>, who: &Who) -> Self {
        let on_demand = match who {
            Who::OnDemand(asked) => Some(Arc::clone(asked)),
            Who::Known { .. } => None,
        };
        Self { cookies, guarded, outbox, on_demand }
    }

    /// The answer as it leaves.
    pub(crate) fn apply(&self, mut response: Response) -> Response {
        let headers = response.headers_mut();
        if let Some(fresh) = self.outbox.as_ref().and_then(|outbox| outbox.0.get()) {
            // A session that began in this very request (a new password) must not be replaced by the one that it has ended.
            if !sets(headers, name_of(&fresh.cookie)) {
                headers.append(SET_COOKIE, fresh.cookie.clone());
            }
        }
        if self.guarded {
            let has_its_own = match headers.entry(CACHE_CONTROL) {
                Entry::Vacant(empty) => {
                    empty.insert(NO_STORE);
                    false
                }
                Entry::Occupied(_) => true,
            };
            if has_its_own && (!is_for_one_browser(headers) || self.sets_ours(headers)) {
                headers.insert(CACHE_CONTROL, NO_STORE);
            }
        } else if self.sets_ours(headers) {
            // What a cache keeps with a cookie in it signs everybody in as the first who came.
            headers.insert(CACHE_CONTROL, NO_STORE);
        } else if self.knew_somebody() {
            headers.entry(CACHE_CONTROL).or_insert(NO_STORE);
        }
        response
    }

    /// Whether a cookie of ours is in the answer.
    fn sets_ours(&self, headers: &HeaderMap) -> bool {
        let ours = [self.cookies.session_name(), self.cookies.form_name()];
        headers.contains_key(SET_COOKIE) && ours.iter().any(|name| sets(headers, name.as_bytes()))
    }

    /// Whether a handler of a public route asked who it is and somebody was found, so that its answer is theirs.
    fn knew_somebody(&self) -> bool {
        let found = self.on_demand.as_ref().and_then(|asked| asked.found());
        matches!(found, Some(Ok(Some(_))))
    }
}

fn name_of(cookie: &HeaderValue) -> &[u8] {
    cookie.as_bytes().split(|byte| *byte == b'=').next().unwrap_or_default()
}

fn sets(headers: &HeaderMap, name: &[u8]) -> bool {
    headers.get_all(SET_COOKIE).iter().any(|cookie| name_of(cookie) == name)
}

/// Whether `Cache-Control` keeps the answer out of every shared cache (RFC 9111 section 5.2.2): `no-store`, or `private`
/// without naming fields, and nothing that takes it back.
fn is_for_one_browser(headers: &HeaderMap) -> bool {
    let mut kept_out = false;
    for value in headers.get_all(CACHE_CONTROL) {
        for directive in value.as_bytes().split(|byte| *byte == b',') {
            let name = directive.split(|byte| *byte == b'=').next().unwrap_or_default().trim_ascii();
            if name.eq_ignore_ascii_case(b"public") || name.eq_ignore_ascii_case(b"s-maxage") {
                return false;
            }
            let whole = directive.trim_ascii();
            kept_out |= whole.eq_ignore_ascii_case(b"no-store") || whole.eq_ignore_ascii_case(b"private");
        }
    }
    kept_out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_for_one_browser_when_every_shared_cache_is_kept_out_of_it() {
        let judged = |values: &[&str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(CACHE_CONTROL, value.parse().unwrap());
            }
            is_for_one_browser(&headers)
        };
        for kept_out in ["no-store", "private", "private, max-age=60", "max-age=60 , PRIVATE", "No-Store"] {
            assert!(judged(&[kept_out]), "{kept_out}");
        }
        for shared in [
            "",
            "public",
            "public, max-age=60",
            "max-age=60",
            "no-cache",
            "private, s-maxage=60",
            "private, public",
            "private=\"set-cookie\"",
            "x-private",
        ] {
            assert!(!judged(&[shared]), "{shared}");
        }
        assert!(judged(&["max-age=60", "private"]) && !judged(&["private", "s-maxage=9"]));
    }
}
