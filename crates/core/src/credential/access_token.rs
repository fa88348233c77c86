//! The access token as presented: a text in `Authorization: Bearer`, not yet verified.

use std::fmt;

use http::HeaderValue;

/// The longest access token, in bytes. What needs more carries what it should not.
pub const MAX_ACCESS_TOKEN_BYTES: usize = 1024;

/// An access token. It shares the request's own memory, and no `Debug` shows it.
#[derive(Clone)]
pub struct AccessToken {
    header: HeaderValue,
    from: usize,
}

impl AccessToken {
    /// Reads the value of an `Authorization` header (RFC 6750 section 2.1). `Ok(None)` when its scheme is another.
    ///
    /// # Errors
    /// When the scheme is Bearer and what follows is not one `b64token`.
    #[expect(clippy::result_unit_err, reason = "the caller has the one reason there is")]
    pub fn from_authorization(header: &HeaderValue) -> Result<Option<Self>, ()> {
        let bytes = header.as_bytes();
        let scheme = bytes.split(|byte| matches!(byte, b' ' | b'\t')).next().unwrap_or_default();
        if !scheme.eq_ignore_ascii_case(b"bearer") {
            return Ok(None);
        }
        let rest = bytes.get(scheme.len()..).unwrap_or_default();
        let token = rest.trim_ascii_start();
        if !is_b64token(token) {
            return Err(());
        }
        Ok(Some(Self { from: bytes.len() - token.len(), header: header.clone() }))
    }

    /// Reads a token that came in a body (RFC 7009, RFC 7662).
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if !is_b64token(text.as_bytes()) {
            return None;
        }
        let mut header = HeaderValue::from_str(text).ok()?;
        header.set_sensitive(true);
        Some(Self { header, from: 0 })
    }

    /// The token's text, for the one place that verifies it.
    #[must_use]
    pub(crate) fn text(&self) -> &str {
        let text = self.header.as_bytes().get(self.from..).unwrap_or_default();
        // It was looked at letter for letter: ASCII.
        std::str::from_utf8(text).unwrap_or_default()
    }
}

/// RFC 6750 section 2.1: `1*( ALPHA / DIGIT / "-" / "." / "_" / "~" / "+" / "/" ) *"="`.
fn is_b64token(bytes: &[u8]) -> bool {
    let body = bytes.iter().rposition(|byte| *byte != b'=').map_or(0, |last| last + 1);
    let letters = bytes.get(..body).unwrap_or_default();
    // Every letter, without a way out in between: many are looked at in one step, for every request that carries a token.
    !letters.is_empty() && letters.iter().fold(true, |good, byte| good & is_letter(*byte))
}

const fn is_letter(byte: u8) -> bool {
    let alphabetic = (byte | 0x20).wrapping_sub(b'a') < 26;
    let digit = byte.wrapping_sub(b'0') < 10;
    alphabetic
        | digit
        | (byte == b'-')
        | (byte == b'.')
        | (byte == b'_')
        | (byte == b'~')
        | (byte == b'+')
        | (byte == b'/')
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AccessToken(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_letters_of_a_token_are_those_of_the_standard_and_no_others() {
        for byte in 0..=u8::MAX {
            let letter = byte.is_ascii_alphanumeric() || b"-._~+/".contains(&byte);
            assert_eq!(is_letter(byte), letter, "{byte}");
        }
    }

    #[test]
    fn one_b64token_after_the_scheme_is_a_token_and_nothing_else_is() {
        let read = |text: &str| {
            AccessToken::from_authorization(&HeaderValue::from_str(text).unwrap())
                .map(|token| token.map(|token| token.text().to_owned()))
        };
        for good in ["Bearer a.b-c_d~e+f/g==", "bearer a.b-c_d~e+f/g==", "BEARER   a.b-c_d~e+f/g=="] {
            assert_eq!(read(good).unwrap().as_deref(), Some("a.b-c_d~e+f/g=="), "{good}");
        }
        for other in ["Basic eDp5", "Bearerx y", "Digest a", ""] {
            assert_eq!(read(other), Ok(None), "{other}");
        }
        for bad in
            ["Bearer", "Bearer ", "Bearer =", "Bearer a b", "Bearer a,b", "Bearer \"a\"", "Bearer a=b", "Bearer {}"]
        {
            assert_eq!(read(bad), Err(()), "{bad}");
        }
        let token = AccessToken::parse("abc").unwrap();
        assert_eq!(format!("{token:?}"), "AccessToken(…)");
    }
}
