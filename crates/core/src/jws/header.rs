//! The header of a signature: what it says of itself, and nothing that anybody should act upon.

use std::borrow::Cow;
use std::fmt;

use data_encoding::BASE64URL_NOPAD;
use serde::Serialize;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};

use super::{Algorithm, KeyId, StrictValue};

/// A protected header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header<'a> {
    /// The algorithm that it claims. Compared with the key's, never followed.
    pub alg: Cow<'a, str>,
    /// Which of the verifier's own keys it claims to be signed with.
    pub kid: Option<Cow<'a, str>>,
    /// What kind of token it claims to be.
    pub typ: Option<Cow<'a, str>>,
    /// Whether it has further members, none of them refused.
    pub more: bool,
}

/// Members that end the reading: they bring or point to a key (RFC 8725 section 3.10), ask for processing that is not
/// done here (`crit`, `b64`, `zip`), or belong to encryption.
const REFUSED: &[&str] = &[
    "crit", "b64", "zip", "jku", "jwk", "x5u", "x5c", "x5t", "x5t#S256", "enc", "epk", "apu", "apv", "iv", "tag",
    "p2s", "p2c",
];

impl<'de: 'a, 'a> Deserialize<'de> for Header<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(HeaderVisitor)
    }
}

struct HeaderVisitor;

/// A string, borrowed where it has no escapes.
pub(crate) struct Text<'a>(pub(crate) Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextVisitor;
        impl<'de> Visitor<'de> for TextVisitor {
            type Value = Text<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }
        }
        deserializer.deserialize_str(TextVisitor)
    }
}

impl<'de> Visitor<'de> for HeaderVisitor {
    type Value = Header<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JOSE header")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Header<'de>, A::Error> {
        let (mut alg, mut kid, mut typ) = (None, None, None);
        let mut others: Vec<String> = Vec::new();
        while let Some(Text(name)) = map.next_key::<Text<'de>>()? {
            let place = match &*name {
                "alg" => &mut alg,
                "kid" => &mut kid,
                "typ" => &mut typ,
                refused if REFUSED.contains(&refused) => {
                    return Err(A::Error::custom(format_args!(
                        "the header has {refused}, which is never accepted here"
                    )));
                }
                other => {
                    if others.iter().any(|seen| seen == other) {
                        return Err(A::Error::custom("a header name comes twice"));
                    }
                    others.push(other.to_owned());
                    map.next_value::<StrictValue>()?;
                    continue;
                }
            };
            if place.replace(map.next_value::<Text<'de>>()?.0).is_some() {
                return Err(A::Error::custom("a header name comes twice"));
            }
        }
        let alg = alg.ok_or_else(|| A::Error::custom("the header has no alg"))?;
        Ok(Header { alg, kid, typ, more: !others.is_empty() })
    }
}

#[derive(Serialize)]
struct AccessHeader<'a> {
    alg: Algorithm,
    kid: &'a KeyId,
    typ: &'static str,
}

/// The header of every access token of a key, in base64url.
pub(super) fn access_header(kid: &KeyId, algorithm: Algorithm) -> String {
    // Text and names always serialize.
    let header = serde_json::to_vec(&AccessHeader { alg: algorithm, kid, typ: "at+jwt" }).unwrap_or_default();
    BASE64URL_NOPAD.encode(&header)
}
