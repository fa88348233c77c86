//! Tokens under secrets that can be guessed. No HMAC is ever taken; and the secrets themselves are refused where they are
//! configured (key_load).

use super::super::bytes::encode;
use super::super::forge::Forge;
use super::super::key::mac;
use super::super::row::{Row, Rows};

/// A few that stand in tutorials and examples everywhere.
pub(crate) const WELL_KNOWN: &[&str] = &[
    "secret",
    "password",
    "changeme",
    "your-256-bit-secret",
    "a-string-secret-at-least-256-bits-long",
    "jwt_secret_key",
    "0123456789abcdef0123456789abcdef",
    "AllYourBase",
];

/// Shorter than what SHA-256 gives.
pub(crate) const SHORT: &[&str] = &["k", "6ghd9Xq", "x7Qm2LpV9sKd4TfW", "x7Qm2LpV9sKd4TfWbR8nYcJ3hGu6ZaE"];

pub(super) fn rows() -> Rows {
    vec![
        ("weak-secret-156", |forge| guessed(forge, WELL_KNOWN.iter().map(|secret| secret.as_bytes().to_vec()))),
        ("weak-secret-157", |forge| guessed(forge, SHORT.iter().map(|secret| secret.as_bytes().to_vec()))),
        ("weak-secret-158", |forge| guessed(forge, [Vec::new()])),
        ("weak-secret-159", |forge| guessed(forge, [1, 32, 64].map(|length| vec![0; length]))),
    ]
}

fn guessed(forge: &Forge<'_>, secrets: impl IntoIterator<Item = Vec<u8>>) -> Row {
    let mut bad = Vec::new();
    for secret in secrets {
        for (bits, named) in [(256, "HS256"), (512, "HS512"), (256, "EdDSA")] {
            for header in [
                forge.ed().header_as(named),
                format!(r#"{{"alg":"{named}","typ":"at+jwt"}}"#),
                format!(r#"{{"alg":"{named}","typ":"JWT"}}"#),
            ] {
                let signed = format!("{}.{}", encode(header), encode(forge.claims().json()));
                bad.push(format!("{signed}.{}", encode(mac(bits, &secret, &signed))));
            }
        }
    }
    Row::new(forge, bad)
}
