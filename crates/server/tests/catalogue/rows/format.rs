//! Sizes, base64url, the number of parts, and other serializations.

use serde_json::json;

use super::super::bytes::encode;
use super::super::forge::Forge;
use super::super::row::{Row, Rows};

pub(super) fn rows() -> Rows {
    vec![
        ("format-134", |forge| {
            // The longest token that is taken at all, and those with one more claim than that.
            let padded =
                |length: usize| forge.says(forge.claims().with("x", format!("\"{}\"", "x".repeat(length))).json());
            let longest = (0..800).rev().map(padded).find(|token| token.len() <= 1024).unwrap();
            Row::near(longest, [padded(800), padded(12_000), padded(1 << 20)])
        }),
        ("format-135", |forge| {
            let padded = |length: usize| forge.headed(forge.header_and(&format!(r#""x":"{}""#, "x".repeat(length))));
            Row::new(forge, [padded(1), padded(600), padded(12_000), padded(64 * 1024), padded(1 << 20)])
        }),
        ("format-136", |forge| {
            let parts = Parts::of(forge);
            let signed = forge.ed().close(&format!("{}=.{}", parts.header, parts.payload));
            let payload = forge.ed().close(&format!("{}.{}=", parts.header, parts.payload));
            let whole = parts.whole();
            let bad = [format!("{whole}="), format!("{whole}=="), format!("{whole}===="), signed, payload];
            Row::near(whole, bad)
        }),
        ("format-137", |forge| {
            // A token with both of the letters that differ, in the part that anybody can write otherwise and in all of it.
            let good = std::iter::repeat_with(|| Parts::of(forge))
                .find(|parts| parts.signature.contains('-') && parts.signature.contains('_'));
            let good = good.unwrap();
            let other = |text: &str| text.replace('-', "+").replace('_', "/");
            let signature = format!("{}.{}.{}", good.header, good.payload, other(&good.signature));
            let claims = forge.claims().with("x", r#""???>>>???""#).json();
            let signed = forge.ed().close(&other(&format!("{}.{}", encode(forge.ed().header()), encode(claims))));
            assert!(signed.split('.').nth(1).unwrap().contains(['+', '/']), "it has letters that differ");
            Row::near(good.whole(), [signature, signed])
        }),
        ("format-138", |forge| {
            let Parts { header, payload, signature } = Parts::of(forge);
            let whole = format!("{header}.{payload}.{signature}");
            let mut bad = Vec::new();
            for line_break in ["\n", "\r\n", "\r\n ", "\r", " ", "\t", "%0A", "\\n"] {
                bad.push(format!("{header}{line_break}.{payload}.{signature}"));
                bad.push(format!("{}{line_break}{}", &whole[..60], &whole[60..]));
                bad.push(forge.ed().close(&format!("{header}{line_break}.{payload}")));
            }
            Row::near(whole, bad)
        }),
        ("format-139", |forge| {
            let parts = Parts::of(forge);
            // Signed as it is written, and the last letter of the signature, which nobody signs.
            let header = spare(|pad| encode(format!("{}{pad}", forge.ed().header())));
            let payload = spare(|pad| encode(format!("{}{pad}", forge.claims().json())));
            let signature = next_letter(&parts.signature);
            let bad = [
                forge.ed().close(&format!("{}.{}", next_letter(&header), parts.payload)),
                forge.ed().close(&format!("{}.{}", parts.header, next_letter(&payload))),
                format!("{}.{}.{signature}", parts.header, parts.payload),
            ];
            Row::near(forge.ed().close(&format!("{header}.{payload}")), bad)
        }),
        ("format-140", |forge| {
            let Parts { header, payload, signature } = Parts::of(forge);
            let bad =
                [format!("{header}.{payload}"), format!("{payload}.{signature}"), format!("{header}.{signature}")];
            Row::new(forge, bad).and([header, payload, signature])
        }),
        ("format-141", |forge| more(forge, 1)),
        ("format-142", |forge| more(forge, 2)),
        ("format-143", |forge| more(forge, 3)),
        ("format-144", |forge| {
            let Parts { header, payload, signature } = Parts::of(forge);
            let empty = forge.ed().close(&format!("{header}."));
            let nameless = forge.ed().close(&format!(".{payload}"));
            let bad = [
                "..".to_owned(),
                ".".to_owned(),
                "....".to_owned(),
                format!("{header}..{signature}"),
                format!(".{payload}.{signature}"),
                format!("{header}.{payload}."),
                format!("..{signature}"),
                String::new(),
                empty,
                nameless,
            ];
            Row::new(forge, bad)
        }),
        ("format-145", |forge| {
            let parts = Parts::of(forge);
            let flat = parts.flat().to_string();
            let list = json!([parts.flat()]).to_string();
            let general = json!({
                "payload": parts.payload,
                "signatures": [{ "protected": parts.header, "signature": parts.signature }],
            });
            let general = general.to_string();
            Row::near(parts.whole(), [encode(&flat), flat, encode(&general), general, list])
        }),
        ("format-146", |forge| {
            // One text that is a compact token to whoever splits it at the dots, and JSON to whoever parses it.
            let parts = Parts::of(forge);
            let whole = parts.whole();
            let member = format!(
                r#"{{"protected":"{}","payload":"{}","signature":"{}","x":"{whole}"}}"#,
                parts.header, parts.payload, parts.signature
            );
            let around = format!(
                r#"{{"payload":"{}","a":".{}.","signature":"{}"}}"#,
                parts.payload, parts.payload, parts.signature
            );
            let inner = encode(parts.flat().to_string());
            let nested = [
                format!("{inner}.{}.{}", parts.payload, parts.signature),
                format!("{}.{inner}.{}", parts.header, parts.signature),
            ];
            let signed = forge.says(parts.flat().to_string());
            Row::near(whole, [encode(&member), member, around, signed]).and(nested)
        }),
        ("format-147", |forge| {
            let whole = Parts::of(forge).whole();
            let bad = [
                format!("\"{whole}\""),
                format!("'{whole}'"),
                format!("{{{whole}}}"),
                format!("<{whole}>"),
                format!("[{whole}]"),
                format!("{whole}\""),
                format!("{{\"access_token\":\"{whole}\"}}"),
                format!("Bearer {whole}"),
                format!("{whole},{whole}"),
                format!("{whole};"),
                format!("{whole}\u{e9}"),
                whole.replacen('.', "\".\"", 1),
            ];
            Row::near(whole.clone(), bad)
                .and([[whole.as_bytes(), b"\xff"].concat(), [whole.as_bytes(), b"\0"].concat()])
        }),
    ]
}

struct Parts {
    header: String,
    payload: String,
    signature: String,
}

impl Parts {
    fn of(forge: &Forge<'_>) -> Self {
        let token = forge.good();
        let [header, payload, signature] = token.split('.').map(str::to_owned).collect::<Vec<_>>().try_into().unwrap();
        Self { header, payload, signature }
    }

    fn whole(&self) -> String {
        format!("{}.{}.{}", self.header, self.payload, self.signature)
    }

    fn flat(&self) -> serde_json::Value {
        json!({ "protected": self.header, "payload": self.payload, "signature": self.signature })
    }
}

/// A good token with so many parts too many, at the end, in front and between, one of them signed as it is.
fn more(forge: &Forge<'_>, count: usize) -> Row {
    let Parts { header, payload, signature } = Parts::of(forge);
    let (extra, nothing) = (format!(".{}", encode("{}")).repeat(count), ".".repeat(count));
    let front = extra.trim_start_matches('.');
    let bad = [
        format!("{header}.{payload}.{signature}{extra}"),
        format!("{header}.{payload}.{signature}{nothing}"),
        format!("{nothing}{header}.{payload}.{signature}"),
        format!("{front}.{header}.{payload}.{signature}"),
        format!("{header}.{payload}{extra}.{signature}"),
        forge.ed().close(&format!("{header}.{payload}{extra}")),
        forge.ed().close(&format!("{header}{nothing}.{payload}")),
    ];
    Row::new(forge, bad)
}

/// A text whose last letter has bits that belong to no byte.
fn spare(encoded: impl Fn(&str) -> String) -> String {
    ["", " ", "  "].map(encoded).into_iter().find(|text| text.len() % 4 != 0).unwrap()
}

/// The same bytes to whoever does not look at the bits that are left over.
fn next_letter(text: &str) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let (body, last) = text.split_at(text.len() - 1);
    let at = LETTERS.iter().position(|letter| *letter == last.as_bytes()[0]).unwrap();
    format!("{body}{}", char::from(LETTERS[at + 1]))
}
