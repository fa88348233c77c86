//! The parameters of a token request (RFC 6749 section 3.2): a form, each at most once, unknown ones ignored.

use std::collections::BTreeMap;

use axum::extract::Request;
use http::HeaderMap;
use zeroize::Zeroizing;

use super::error::OauthError;
use crate::web::Web;
use crate::web::input::{self, Kind};

/// The parameters, and the headers that came with them.
pub(super) struct Parameters {
    pub(super) headers: HeaderMap,
    values: BTreeMap<String, Zeroizing<String>>,
}

impl Parameters {
    /// Reads a request.
    pub(super) async fn read(web: &Web, request: Request) -> Result<Self, OauthError> {
        let (parts, body) = request.into_parts();
        if input::kind(&parts.headers) != Some(Kind::Form) {
            return Err(OauthError::request("Send Content-Type: application/x-www-form-urlencoded."));
        }
        let bytes = input::collect(web, body).await.map_err(|problem| OauthError::request(problem.detail()))?;
        let mut values = BTreeMap::new();
        for (name, value) in form_urlencoded::parse(&bytes) {
            if name.contains('\u{fffd}') || value.contains('\u{fffd}') {
                return Err(OauthError::request("A parameter is not UTF-8."));
            }
            // A parameter without a value counts as left out (RFC 6749 section 3.2).
            if value.is_empty() {
                continue;
            }
            if values.insert(name.clone().into_owned(), Zeroizing::new(value.into_owned())).is_some() {
                return Err(OauthError::request(format!("The parameter {name} came twice. Send it once.")));
            }
        }
        Ok(Self { headers: parts.headers, values })
    }

    /// One that may be left out.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(|value| value.as_str())
    }

    /// One that must be there.
    pub(super) fn need(&self, name: &str) -> Result<&str, OauthError> {
        self.get(name).ok_or_else(|| OauthError::request(format!("The parameter {name} is missing.")))
    }

    /// The audience that is asked for: `resource` (RFC 8707) or `audience` (RFC 8693).
    pub(super) fn audience(&self) -> Result<Option<&str>, OauthError> {
        match (self.get("resource"), self.get("audience")) {
            (Some(_), Some(_)) => Err(OauthError::request("Send resource or audience, and not both.")),
            (resource, audience) => Ok(resource.or(audience)),
        }
    }
}
