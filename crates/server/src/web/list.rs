//! The query of a list: which part of it is wanted, where the next part begins, and nothing that is not understood.
//!
//! A program that misspells a parameter would otherwise get another list than it asked for, without a word. What people's browsers
//! send to pages is read with more patience: only a place that is none is refused there.

use admit::Problem;
use axum::response::{IntoResponse, Response};
use data_encoding::BASE64URL_NOPAD;
use http::header::LINK;
use http::{HeaderValue, Uri};
use serde::Serialize;
use sha2::{Digest, Sha256};

/// Rows of a part when nobody says how many.
pub(super) const PAGE: u32 = 50;

/// Most rows of a part.
const MOST: u32 = 200;

/// The longest value that an error repeats.
const REPEATED: usize = 40;

/// The query of a list.
#[derive(Debug)]
pub(super) struct ListQuery {
    path: String,
    pairs: Vec<(String, String)>,
}

impl ListQuery {
    /// Reads the query of a request, which may have `limit`, `place` (the parameter that says where the part begins) and these.
    ///
    /// # Errors
    /// 400 for a parameter that is not one of them, is there twice, is empty or is not UTF-8.
    pub(super) fn read(uri: &Uri, place: &'static str, filters: &[&'static str]) -> Result<Self, Problem> {
        let known: Vec<&str> = filters.iter().copied().chain([place, "limit"]).collect();
        let mut pairs: Vec<(String, String)> = Vec::new();
        for (name, value) in form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()) {
            if !known.contains(&&*name) {
                let name: String = name.chars().take(REPEATED).collect();
                let detail = format!("There is no parameter \"{name}\" here. There are: {}.", known.join(", "));
                return Err(wrong(&name, detail));
            }
            if pairs.iter().any(|(earlier, _)| *earlier == name) {
                return Err(wrong(&name, format!("{name} was sent twice. Send it once.")));
            }
            if value.is_empty() {
                return Err(wrong(&name, format!("{name} is empty. Give it a value, or leave it out.")));
            }
            if value.contains('\u{fffd}') {
                return Err(wrong(&name, format!("{name} is not UTF-8.")));
            }
            pairs.push((name.into_owned(), value.into_owned()));
        }
        Ok(Self { path: uri.path().to_owned(), pairs })
    }

    /// One of its parameters.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.pairs.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// How many rows are wanted.
    ///
    /// # Errors
    /// 400 for anything but a number from 1 to 200.
    pub(super) fn limit(&self) -> Result<u32, Problem> {
        let Some(text) = self.get("limit") else { return Ok(PAGE) };
        let digits = text.bytes().all(|digit| digit.is_ascii_digit());
        let limit = text.parse::<u32>().ok().filter(|limit| digits && (1..=MOST).contains(limit));
        limit.ok_or_else(|| wrong("limit", format!("limit must be a number from 1 to {MOST}.")))
    }

    /// Behind which row the part begins; `None` for the first.
    ///
    /// # Errors
    /// 400 for what is no cursor of ours.
    pub(super) fn after(&self) -> Result<Option<String>, Problem> {
        self.get("after").map(place_of).transpose()
    }

    /// A part of the list, with a link to the next one (RFC 8288) if there is more: the same query from `next` on.
    pub(super) fn answer<T: Serialize>(&self, place: &str, next: Option<&str>, body: &T) -> Response {
        let mut response = axum::Json(body).into_response();
        if let Some(next) = next {
            let mut query = form_urlencoded::Serializer::new(String::new());
            query.extend_pairs(self.pairs.iter().filter(|(name, _)| name != place));
            query.append_pair(place, next);
            let link = format!("<{}?{}>; rel=\"next\"", self.path, query.finish());
            if let Ok(link) = HeaderValue::from_str(&link) {
                response.headers_mut().insert(LINK, link);
            }
        }
        response
    }
}

/// 400: a parameter of a list is wrong.
fn wrong(parameter: &str, detail: impl Into<String>) -> Problem {
    Problem::bad_request("invalid-parameter", "A query parameter is wrong", detail).with("parameter", parameter)
}

/// 400: what says where a part begins does not.
pub(super) fn no_place(parameter: &str) -> Problem {
    let detail = format!(
        "{parameter} is not a place in this list. Send the next of the previous part, unchanged, or leave it out."
    );
    wrong(parameter, detail)
}

/// The cursor of the row of this key: opaque, so that programs hand it back as it is, and its key needs no other meaning.
pub(super) fn cursor(key: &str) -> String {
    BASE64URL_NOPAD.encode(&[&check(key), key.as_bytes()].concat())
}

/// The key in a cursor.
///
/// # Errors
/// 400 for what is no cursor, or one that was changed on its way.
pub(super) fn place_of(cursor: &str) -> Result<String, Problem> {
    let key = || {
        let bytes = BASE64URL_NOPAD.decode(cursor.as_bytes()).ok()?;
        let (found, key) = bytes.split_at_checked(CHECKED)?;
        let key = std::str::from_utf8(key).ok()?;
        // PostgreSQL refuses a text with a zero byte (CVE-2026-33505), and nothing is called so.
        (found == check(key) && !key.is_empty() && !key.contains('\0')).then(|| key.to_owned())
    };
    key().ok_or_else(|| no_place("after"))
}

/// Bytes that tell a cursor from any other text. They keep no secret: a place in a list gives no right.
const CHECKED: usize = 6;

fn check(key: &str) -> [u8; CHECKED] {
    let digest = Sha256::new_with_prefix(b"place in a list\0").chain_update(key).finalize();
    let mut check = [0; CHECKED];
    check.iter_mut().zip(digest).for_each(|(to, from)| *to = from);
    check
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(query: &str) -> Result<ListQuery, Problem> {
        ListQuery::read(&format!("/list?{query}").parse().unwrap(), "after", &["query"])
    }

    #[test]
    fn what_is_not_understood_is_refused_and_named() {
        for (query, parameter) in [
            ("limt=3", "limt"),
            ("Limit=3", "Limit"),
            ("page=2", "page"),
            ("limit=3&limit=3", "limit"),
            ("query=a&query=b", "query"),
            ("limit=", "limit"),
            ("query", "query"),
            ("after=", "after"),
            ("=", ""),
            ("query=%ff", "query"),
            ("%00=1", "\0"),
        ] {
            let problem = read(query).unwrap_err();
            assert_eq!((problem.status().as_u16(), problem.kind()), (400, "invalid-parameter"), "{query}");
            let body = format!("{problem:?}");
            assert!(body.contains(&format!("String({parameter:?})")), "{query}: {body}");
        }
        for fine in ["", "limit=3", "query=a%20b&limit=200", "&&limit=1&", "after=x"] {
            assert!(read(fine).is_ok(), "{fine}");
        }
    }

    #[test]
    fn a_limit_is_a_number_from_one_to_two_hundred() {
        assert_eq!(read("").unwrap().limit().unwrap(), PAGE);
        for (text, limit) in [("1", 1), ("200", 200), ("007", 7)] {
            assert_eq!(read(&format!("limit={text}")).unwrap().limit().unwrap(), limit);
        }
        for wrong in
            ["0", "201", "-1", "%2B5", "1.0", "1e2", "0x10", "%20", "5%20", "99999999999999999999", "%D9%A3", "all"]
        {
            assert!(read(&format!("limit={wrong}")).unwrap().limit().is_err(), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn a_cursor_leads_back_to_its_key_whatever_that_is(key in "[^\0]{1,80}") {
            let cursor = cursor(&key);
            prop_assert!(cursor.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)));
            prop_assert_eq!(place_of(&cursor).ok(), Some(key));
        }

        #[test]
        fn any_other_text_is_no_cursor(text in "\\PC{0,40}") {
            prop_assert!(place_of(&text).is_err());
        }

        #[test]
        fn a_cursor_that_was_changed_is_none(key in "\\PC{1,20}", at in 0_usize..40) {
            let mut changed = cursor(&key).into_bytes();
            let at = at % changed.len();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            prop_assert!(place_of(std::str::from_utf8(&changed).unwrap()).is_err());
            prop_assert!(place_of(cursor(&key).get(1..).unwrap()).is_err());
        }
    }
}
