//! Reading bodies by hand, so that what is wrong with one is said after 401, 403 and 404, and in our own words.

use std::fmt;

use admit::Problem;
use axum::body::{Body, Bytes};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;
use serde_json::error::Category;

use crate::flaw::Flaw;
use crate::lang::Lang;
use crate::price::Price;
use crate::product::{Edit, Name};

/// The largest body that is read, in bytes. A name of 100 characters with every one escaped is under 2 KiB.
const LIMIT: usize = 16 * 1024;

/// Why a body is no edit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum BodyError {
    /// It is called something else than what the route takes.
    MediaType(&'static str),
    /// Over [`LIMIT`].
    Large,
    /// It ended early.
    Unreadable,
    /// Not JSON.
    NotJson { line: usize, column: usize },
    /// JSON, and not an object.
    NotObject,
    /// JSON with a field that is not there, or is there twice.
    Field { field: String, twice: bool },
    /// A form that no page of ours makes.
    OddForm { field: String, twice: bool },
    /// A field that holds what it may not.
    Flaw(Flaw),
}

impl From<Flaw> for BodyError {
    fn from(flaw: Flaw) -> Self {
        Self::Flaw(flaw)
    }
}

impl From<BodyError> for Problem {
    fn from(error: BodyError) -> Self {
        let which = |field: &str, twice: bool| match twice {
            true => format!("The field \"{field}\" comes twice. Send it once."),
            false => format!("There is no field \"{field}\" here. Send name and price alone."),
        };
        let unprocessable = StatusCode::UNPROCESSABLE_ENTITY;
        match error {
            BodyError::MediaType(media_type) => Self::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "unsupported-media-type",
                "Unsupported media type",
                format!("This address takes {media_type} only. Send the body as that, with the header Content-Type: {media_type}."),
            ),
            BodyError::Large => Self::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "body-too-large",
                "The body is too large",
                format!("The body is larger than the {LIMIT} bytes that are read here. A product is its name and price alone."),
            ),
            BodyError::Unreadable => Self::bad_request(
                "malformed-body",
                "The body cannot be read",
                "The body ended before it was complete. Send it again.",
            ),
            BodyError::NotJson { line, column } => Self::bad_request(
                "malformed-json",
                "The body is not JSON",
                format!("The body is not JSON: reading stopped at line {line}, column {column}. Correct it there and send it again."),
            )
            .with("line", line)
            .with("column", column),
            BodyError::NotObject => Self::new(
                unprocessable,
                "invalid-body",
                "The body has another shape",
                "The body is JSON, but not an object. Send {\"name\": \"…\", \"price\": 12.5}.",
            ),
            BodyError::Field { field, twice } => {
                Self::new(unprocessable, "invalid-field", "A field is wrong", which(&field, twice)).with("field", field)
            }
            BodyError::OddForm { field, twice } => {
                Self::bad_request("malformed-form", "The form is not one of this site's", which(&field, twice))
            }
            BodyError::Flaw(flaw) => Self::field(flaw.field(), flaw.sentence(Lang::En)),
        }
    }
}

/// Reads a body of the media type that the route takes.
pub(crate) async fn read(headers: &HeaderMap, body: Body, media_type: &'static str) -> Result<Bytes, BodyError> {
    let sent = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let sent = sent.split(';').next().unwrap_or_default().trim();
    if !sent.eq_ignore_ascii_case(media_type) {
        return Err(BodyError::MediaType(media_type));
    }
    match Limited::new(body, LIMIT).collect().await {
        Ok(read) => Ok(read.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(BodyError::Large),
        Err(_) => Err(BodyError::Unreadable),
    }
}

/// Reads `{"name": …, "price": …}`: both, each once, and nothing else.
pub(crate) fn parse_json(bytes: &[u8]) -> Result<Edit, BodyError> {
    let Members(members) = serde_json::from_slice(bytes).map_err(|error| malformed(bytes, &error))?;
    let (mut name, mut price) = (None, None);
    for (field, value) in &members {
        let wrong = |twice: bool| BodyError::Field { field: field.clone(), twice };
        let taken = match field.as_str() {
            "name" => name.replace(value),
            "price" => price.replace(value),
            _ => return Err(wrong(false)),
        };
        if taken.is_some() {
            return Err(wrong(true));
        }
    }
    Ok(Edit { name: Name::from_json(name)?, price: Price::from_json(price)? })
}

fn malformed(bytes: &[u8], error: &serde_json::Error) -> BodyError {
    // Reading stops where the shape goes wrong. Whether it was JSON at all shows only at the end.
    let broken = serde_json::from_slice::<IgnoredAny>(bytes).err();
    let error = broken.as_ref().unwrap_or(error);
    match error.classify() {
        Category::Data => BodyError::NotObject,
        Category::Syntax | Category::Eof | Category::Io => {
            BodyError::NotJson { line: error.line(), column: error.column() }
        }
    }
}

/// An object's members as they were sent. A map would keep the last of two equal names without a word, and two readers
/// of one body would then disagree about what it says.
struct Members(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;

        impl<'de> Visitor<'de> for Object {
            type Value = Members;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(Object)
    }
}

/// The fields of the edit form, as they were typed.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Typed {
    pub(crate) name: String,
    pub(crate) price: String,
}

/// Reads the edit form. The gate has looked at its `csrf_token` already.
pub(crate) fn parse_form(bytes: &[u8]) -> Result<Typed, BodyError> {
    let (mut name, mut price) = (None, None);
    for (field, value) in form_urlencoded::parse(bytes) {
        let wrong = |twice: bool| BodyError::OddForm { field: field.to_string(), twice };
        let taken = match &*field {
            "name" => name.replace(value.into_owned()),
            "price" => price.replace(value.into_owned()),
            "csrf_token" => None,
            _ => return Err(wrong(false)),
        };
        if taken.is_some() {
            return Err(wrong(true));
        }
    }
    Ok(Typed { name: name.unwrap_or_default(), price: price.unwrap_or_default() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(body: &str) -> (u16, &'static str, String) {
        let problem = Problem::from(parse_json(body.as_bytes()).unwrap_err());
        (problem.status().as_u16(), problem.kind(), problem.detail().to_owned())
    }

    #[test]
    fn an_object_with_both_fields_is_an_edit() {
        let edit = parse_json(r#" {"price": 9.9, "name": " Mug "} "#.as_bytes()).unwrap();
        assert_eq!((edit.name.as_str(), edit.price.to_string().as_str()), ("Mug", "9.90"));
    }

    #[test]
    fn text_that_is_not_json_is_400_and_names_the_place() {
        for (body, place) in [
            ("{\"name\": \"a\",\n  price: 1}", "line 2, column 3"),
            ("", "line 1, column 0"),
            ("{\"name\": \"a\"", "line 1, column 12"),
            ("name=a&price=1", "line 1, column 2"),
            ("{\"name\":\"a\",\"price\":1} x", "line 1, column 24"),
        ] {
            let (status, kind, detail) = refused(body);
            assert_eq!((status, kind), (400, "malformed-json"), "{body}");
            assert!(detail.contains(place), "{body}: {detail}");
        }
        assert!(matches!(parse_json(b"{\"name\":\"\xff\",\"price\":1}"), Err(BodyError::NotJson { line: 1, .. })));
        for deep in ["[".repeat(10_000), format!("{{\"name\":{}", "[".repeat(10_000)), "[1,".to_owned()] {
            assert_eq!((refused(&deep).0, refused(&deep).1), (400, "malformed-json"));
        }
    }

    #[test]
    fn json_of_another_shape_is_422_and_names_the_field() {
        assert_eq!(refused("[]").1, "invalid-body");
        assert_eq!(refused("null").1, "invalid-body");
        for body in [
            r#"{"name":"a","price":1,"id":2}"#,
            r#"{"name":"a","price":1,"price":2}"#,
            r#"{"name":"a"}"#,
            r#"{"price":1}"#,
            r#"{"name":"a","price":"1"}"#,
            r#"{"name":"","price":1}"#,
        ] {
            assert_eq!((refused(body).0, refused(body).1), (422, "invalid-field"), "{body}");
        }
    }

    #[test]
    fn a_form_is_read_as_typed_and_one_that_no_page_here_makes_is_refused() {
        let typed = parse_form("csrf_token=x&name=+%EB%9E%A8%ED%94%84+&price=1%2C5".as_bytes()).unwrap();
        assert_eq!(typed, Typed { name: " 램프 ".to_owned(), price: "1,5".to_owned() });
        assert_eq!(parse_form(b"").unwrap(), Typed::default());
        let odd = |field: &str, twice| Err(BodyError::OddForm { field: field.to_owned(), twice });
        assert_eq!(parse_form(b"name=a&price=1&role=admin"), odd("role", false));
        assert_eq!(parse_form(b"name=a&name=b&price=1"), odd("name", true));
    }
}
