//! Bodies of requests: a form, or JSON of a route that says so.

use axum::body::to_bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;

use crate::{page, problem};

const LIMIT: usize = 64 * 1024;
const UNREADABLE: &str = "The body of this request cannot be read.";

/// The fields of a form or of a query.
#[derive(Debug, Default)]
pub(crate) struct Fields(Vec<(String, String)>);

impl Fields {
    pub(crate) fn parse(text: &str) -> Self {
        Self(form_urlencoded::parse(text.as_bytes()).into_owned().collect())
    }

    /// The first of this name, where it was sent at all.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find_map(|(found, value)| (found == name).then_some(value.as_str()))
    }

    /// The first of this name; what was not sent is empty.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.get(name).unwrap_or_default()
    }
}

/// No body at all is a form without fields.
impl<S: Sync> FromRequest<S> for Fields {
    type Rejection = Response;

    async fn from_request(request: Request, _: &S) -> Result<Self, Response> {
        let unreadable = || page::message(StatusCode::BAD_REQUEST, "Bad request", UNREADABLE);
        let kind = media_type(request.headers());
        let body = to_bytes(request.into_body(), LIMIT).await.map_err(|_| unreadable())?;
        let text = std::str::from_utf8(&body).map_err(|_| unreadable())?;
        match kind.as_deref() {
            Some("application/x-www-form-urlencoded") => Ok(Self::parse(text)),
            None if text.is_empty() => Ok(Self::default()),
            _ => Err(unreadable()),
        }
    }
}

/// A body and its type, for the routes that take JSON and answer so.
#[derive(Debug)]
pub(crate) struct Typed {
    kind: Option<String>,
    text: String,
}

impl Typed {
    pub(crate) fn is(&self, kind: &str) -> bool {
        self.kind.as_deref() == Some(kind)
    }

    pub(crate) fn json(&self) -> serde_json::Result<serde_json::Value> {
        serde_json::from_str(&self.text)
    }

    /// Members that are all there, and all text.
    pub(crate) fn members<const N: usize>(&self, names: [&str; N]) -> Option<[String; N]> {
        let value = self.json().ok()?;
        let mut members = [const { String::new() }; N];
        for (member, name) in members.iter_mut().zip(names) {
            value.get(name)?.as_str()?.clone_into(member);
        }
        Some(members)
    }
}

impl<S: Sync> FromRequest<S> for Typed {
    type Rejection = Response;

    async fn from_request(request: Request, _: &S) -> Result<Self, Response> {
        let kind = media_type(request.headers());
        let body = to_bytes(request.into_body(), LIMIT).await.map_err(|_| unreadable_json())?;
        let text = String::from_utf8(body.into()).map_err(|_| unreadable_json())?;
        Ok(Self { kind, text })
    }
}

pub(crate) fn wrong_type() -> Response {
    problem::problem(StatusCode::UNSUPPORTED_MEDIA_TYPE, "The body has to be application/json.")
}

pub(crate) fn unreadable_json() -> Response {
    problem::problem(StatusCode::BAD_REQUEST, UNREADABLE)
}

/// Without its parameters.
fn media_type(headers: &HeaderMap) -> Option<String> {
    let text = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    Some(text.split(';').next()?.trim().to_ascii_lowercase())
}
