//! JSON that is read although nothing is taken from it.

use std::collections::HashSet;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// Any JSON value, read in full and dropped.
///
/// serde's own `IgnoredAny` steps over a string without looking at its escapes, and over an object without noticing that
/// a name comes twice. What one reader steps over another may read (RFC 8725 section 2.6).
#[derive(Debug)]
pub struct StrictValue;

impl<'de> Deserialize<'de> for StrictValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Self)
    }
}

impl<'de> Visitor<'de> for StrictValue {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_str<E>(self, _: &str) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_unit<E>(self) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Self, A::Error> {
        while sequence.next_element::<Self>()?.is_some() {}
        Ok(self)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self, A::Error> {
        let mut names = HashSet::new();
        while let Some(name) = map.next_key::<String>()? {
            if names.contains(&name) {
                return Err(A::Error::custom(format_args!("the name {name:?} comes twice")));
            }
            names.insert(name);
            map.next_value::<Self>()?;
        }
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nothing_is_taken_from_is_still_read_in_full() {
        let read = |text: &str| serde_json::from_str::<StrictValue>(text).is_ok();
        for good in ["null", "true", "-1", "1.5", "\"a\\u00e9\"", "[1,[2]]", "{\"a\":{\"a\":1},\"b\":2}"] {
            assert!(read(good), "{good}");
        }
        for bad in
            ["", "\"\\ud800\"", "1e400", "NaN", "{\"a\":1,\"a\":2}", "[1]x", "/**/1", "{\"a\":{\"b\":1,\"b\":1}}"]
        {
            assert!(!read(bad), "{bad}");
        }
        assert!(!read(&"[".repeat(10_000)), "a deep value ends in an error, not in the stack");
    }
}
