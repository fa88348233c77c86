//! Reading a body: JSON or a form, strictly, with an answer that names what is wrong.

use admit::media::{is_form, is_json, is_json_as_form};
use admit::{Problem, Rejection};
use axum::body::Body;
use axum::extract::Request;
use http::{HeaderMap, StatusCode};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::{Map, Value};

use super::Web;

/// How the body came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// As JSON: the answer is JSON.
    Json,
    /// As a form: the answer is a redirect or a page.
    Form,
}

/// What a body held.
#[derive(Debug)]
pub(super) struct Input<T> {
    /// The fields.
    pub body: T,
    /// How it came.
    pub kind: Kind,
    /// The form's CSRF token, already verified by the gate: a form that is shown again carries it again.
    pub csrf_token: String,
    /// Where the form asks to be sent afterwards, not yet looked at.
    pub return_to: Option<String>,
}

/// Reads a body as `T`.
///
/// # Errors
/// 413 over the limit, 415 for another type, 400 for what is not JSON or not a form, 422 for a wrong or missing field.
pub(super) async fn read<T: DeserializeOwned>(web: &Web, request: Request) -> Result<Input<T>, Problem> {
    let (parts, body) = request.into_parts();
    let kind = kind(&parts.headers).ok_or_else(|| Rejection::MediaType.problem())?;
    let bytes = collect(web, body).await?;
    match kind {
        Kind::Form if is_json_as_form(&bytes) => Err(Rejection::MediaType.problem()),
        Kind::Json => Ok(Input { body: json(&bytes)?, kind, csrf_token: String::new(), return_to: None }),
        Kind::Form => {
            let mut fields = form(&bytes)?;
            // These two belong to the page and not to what it asks for.
            let mut of_page = |name| fields.remove(name).and_then(|value| value.as_str().map(str::to_owned));
            let (csrf_token, return_to) = (of_page("csrf_token").unwrap_or_default(), of_page("return_to"));
            let body = serde_path_to_error::deserialize(Value::Object(fields)).map_err(|error| wrong_field(&error))?;
            Ok(Input { body, kind, csrf_token, return_to })
        }
    }
}

/// 422, with the name of the field: its path in the body, or what the sentence of the parser puts into backquotes.
fn wrong_field(error: &serde_path_to_error::Error<serde_json::Error>) -> Problem {
    let (path, sentence) = (error.path().to_string(), error.inner().to_string());
    let quoted = sentence.split('`').nth(1).unwrap_or_default();
    let named = if path == "." { quoted } else { path.as_str() };
    let detail = if named.is_empty() || sentence.contains(named) {
        format!("The body has a wrong or missing field: {sentence}.")
    } else {
        format!("The field {named} is wrong: {sentence}.")
    };
    let problem = Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid-field", "A field is wrong", detail);
    if named.is_empty() { problem } else { problem.with("field", named) }
}

/// How a body comes, by its `Content-Type`. Without one it is neither: a page of another site can leave it out too.
#[must_use]
pub(super) fn kind(headers: &HeaderMap) -> Option<Kind> {
    match (is_json(headers), is_form(headers)) {
        (true, _) => Some(Kind::Json),
        (_, true) => Some(Kind::Form),
        (false, false) => None,
    }
}

pub(super) async fn collect(web: &Web, body: Body) -> Result<Vec<u8>, Problem> {
    match Limited::new(body, web.max_body).collect().await {
        Ok(collected) => Ok(collected.to_bytes().to_vec()),
        Err(error) if error.is::<LengthLimitError>() => Err(Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "body-too-large",
            "The body is too large",
            format!("Send at most {} bytes.", web.max_body),
        )),
        Err(_) => Err(Problem::bad_request("malformed-body", "The body cannot be read", "The body ended early.")),
    }
}

/// Reads JSON straight into `T`: by way of a map, the last of two equal fields would win unseen.
fn json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    if bytes.trim_ascii().is_empty() {
        let detail = "The body is empty. Send a JSON object; {} is the shortest.";
        return Err(Problem::bad_request("malformed-json", "The body is not JSON", detail));
    }
    let malformed = |error: serde_json::Error| {
        Problem::bad_request("malformed-json", "The body is not JSON", format!("The body is not JSON: {error}."))
    };
    serde_json::from_slice::<IgnoredAny>(bytes).map_err(malformed)?;
    serde_path_to_error::deserialize(&mut serde_json::Deserializer::from_slice(bytes))
        .map_err(|error| wrong_field(&error))
}

/// A form as the JSON object that says the same. `role` may come several times and becomes the list `roles`.
fn form(bytes: &[u8]) -> Result<Map<String, Value>, Problem> {
    let malformed = |detail: String| Problem::bad_request("malformed-form", "The form cannot be read", detail);
    let mut object = Map::new();
    let mut roles = Vec::new();
    for (name, value) in form_urlencoded::parse(bytes) {
        // What is not UTF-8 would be replaced silently, and two different passwords would become one.
        if name.contains('\u{fffd}') || value.contains('\u{fffd}') {
            return Err(malformed("A field is not UTF-8. Send the form as UTF-8.".to_owned()));
        }
        match &*name {
            "role" => roles.push(Value::String(value.into_owned())),
            _ => {
                if object.insert(name.clone().into_owned(), Value::String(value.into_owned())).is_some() {
                    return Err(malformed(format!("The field {name} came twice. Send it once.")));
                }
            }
        }
    }
    if !roles.is_empty() {
        object.insert("roles".to_owned(), Value::Array(roles));
    }
    Ok(object)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_says_what_the_json_would() {
        let read = form(b"username=a%40b&role=x&role=y").unwrap();
        assert_eq!(Value::Object(read), serde_json::json!({"username": "a@b", "roles": ["x", "y"]}));
    }

    #[test]
    fn a_field_that_came_twice_or_is_not_utf_8_is_refused() {
        assert_eq!(form(b"password=a&password=b").unwrap_err().status(), StatusCode::BAD_REQUEST);
        assert_eq!(form(b"password=%ff%fe").unwrap_err().status(), StatusCode::BAD_REQUEST);
    }
}
