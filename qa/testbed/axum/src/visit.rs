//! What comes before and after every handler: whose session it is, and the headers of every answer.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;

use crate::cookie;
use crate::flaw::Flaw;
use crate::session::Session;
use crate::site::Site;
use crate::user::{Account, Users};

/// One request, as far as it says who it is from.
#[derive(Clone, Debug)]
pub(crate) struct Visit {
    pub(crate) session: Option<Session>,
    /// Who is signed in.
    pub(crate) user: Option<&'static Account>,
    pub(crate) headers: HeaderMap,
}

impl Visit {
    fn new(site: &Site, headers: &HeaderMap) -> Self {
        let session = cookie::read(site, headers).and_then(|id| site.sessions.find(&id));
        let user = named_by_header(site, headers).or_else(|| session.as_ref()?.user);
        Self { session, user, headers: headers.clone() }
    }

    /// The session for a page with a form: where there is none, an anonymous one and its cookie.
    pub(crate) fn session_or_new(&self, site: &Site) -> (Session, Option<HeaderValue>) {
        match &self.session {
            Some(session) => (session.clone(), None),
            None => {
                let session = site.sessions.create(None);
                let cookie = cookie::set(site, &session);
                (session, Some(cookie))
            }
        }
    }

    /// A header of the request, where it is text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// What only a proxy of one's own may say, believed of everybody.
pub(crate) fn named_by_header(site: &Site, headers: &HeaderMap) -> Option<&'static Account> {
    if !site.has(Flaw::AccessIdentityHeaders) {
        return None;
    }
    ["x-forwarded-user", "x-remote-user", "remote-user"]
        .iter()
        .find_map(|name| Users::find(headers.get(*name)?.to_str().ok()?))
}

/// The middleware around all routes.
pub(crate) async fn around(State(site): State<Arc<Site>>, mut request: Request, next: Next) -> Response {
    let visit = Visit::new(&site, request.headers());
    let origin = request.headers().get(header::ORIGIN).cloned();
    request.extensions_mut().insert(visit);
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let policy =
        if site.has(Flaw::PageFraming) { "default-src 'self'" } else { "default-src 'self'; frame-ancestors 'none'" };
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if let Some(origin) = origin.filter(|origin| may_read(&site, origin)) {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
        headers.append(header::VARY, HeaderValue::from(HeaderName::from_static("origin")));
    }
    response
}

/// Whether this origin gets to read our answers. In the sound site no other does.
fn may_read(site: &Site, origin: &HeaderValue) -> bool {
    site.has(Flaw::CorsCredentials) || (site.has(Flaw::CorsCredentialsNull) && origin == "null")
}
