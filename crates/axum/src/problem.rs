//! What a client is told when something is refused: an RFC 9457 problem document with a stable `type`.

use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_TYPE, HeaderName, RETRY_AFTER};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use serde::Serialize;
use serde_json::{Map, Value};

/// Why a request was answered 503: for the log, never for the client. A response carries it as an extension.
#[derive(Clone, Debug)]
pub struct Cause(pub String);

/// A problem document under construction.
#[derive(Clone, Debug)]
pub struct Problem(Box<Parts>);

#[derive(Clone, Debug)]
struct Parts {
    status: StatusCode,
    kind: &'static str,
    title: &'static str,
    detail: String,
    extra: Map<String, Value>,
    headers: HeaderMap,
    cause: Option<Cause>,
}

#[derive(Serialize)]
struct Document<'a> {
    r#type: String,
    title: &'a str,
    status: u16,
    detail: &'a str,
    #[serde(flatten)]
    extra: &'a Map<String, Value>,
}

impl Problem {
    /// A problem. `kind` is the stable name that programs look at (`urn:admit:problem:KIND`), `title` the short phrase
    /// that goes with it always, `detail` the sentence for this occurrence.
    #[must_use]
    pub fn new(status: StatusCode, kind: &'static str, title: &'static str, detail: impl Into<String>) -> Self {
        Self(Box::new(Parts {
            status,
            kind,
            title,
            detail: detail.into(),
            extra: Map::new(),
            headers: HeaderMap::new(),
            cause: None,
        }))
    }

    /// 400: the request cannot be read.
    #[must_use]
    pub fn bad_request(kind: &'static str, title: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, kind, title, detail)
    }

    /// 422: the request was read, and one of its fields is wrong.
    #[must_use]
    pub fn field(field: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid-field", "A field is wrong", detail).with("field", field)
    }

    /// 404: there is no such thing.
    #[must_use]
    pub fn not_found(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not-found", "Not found", detail)
    }

    /// 405: the route exists, but not for this method.
    pub(crate) fn method_not_allowed(method: &Method) -> Self {
        let detail = format!("{method} is not allowed here; the Allow header lists the methods that are.");
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", "Method not allowed", detail)
    }

    /// 409: it contradicts what is there.
    #[must_use]
    pub fn conflict(kind: &'static str, title: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, kind, title, detail)
    }

    /// 503: we cannot tell, and say when to ask again.
    #[must_use]
    pub fn unavailable(kind: &'static str, title: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, kind, title, detail).retry_after(1)
    }

    /// With the cause, for the log alone.
    #[must_use]
    pub fn because(mut self, cause: impl Into<String>) -> Self {
        self.0.cause = Some(Cause(cause.into()));
        self
    }

    /// The cause, for the log alone.
    #[must_use]
    pub fn cause(&self) -> Option<&Cause> {
        self.0.cause.as_ref()
    }

    /// With one more member.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0.extra.insert(name.to_owned(), value.into());
        self
    }

    /// With one more response header.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.0.headers.append(name, value);
        self
    }

    /// With `Retry-After`, in seconds.
    #[must_use]
    pub fn retry_after(self, seconds: u64) -> Self {
        self.header(RETRY_AFTER, seconds.into())
    }

    /// The status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.0.status
    }

    /// The stable name.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        self.0.kind
    }

    /// The short phrase.
    #[must_use]
    pub fn title(&self) -> &'static str {
        self.0.title
    }

    /// The sentence.
    #[must_use]
    pub fn detail(&self) -> &str {
        &self.0.detail
    }

    /// Headers that go with it, whatever form the body takes.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        &self.0.headers
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let document = Document {
            r#type: format!("urn:admit:problem:{}", self.0.kind),
            title: self.0.title,
            status: self.0.status.as_u16(),
            detail: &self.0.detail,
            extra: &self.0.extra,
        };
        // Strings and JSON values always serialize; an empty body would still carry the status.
        let body = serde_json::to_vec(&document).unwrap_or_default();
        let mut response = (self.0.status, body).into_response();
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        response.headers_mut().extend(self.0.headers);
        if let Some(cause) = self.0.cause {
            response.extensions_mut().insert(cause);
        }
        response
    }
}
