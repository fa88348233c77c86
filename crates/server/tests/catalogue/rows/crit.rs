//! Headers that must be understood, and payloads that are not in base64url. All are signed by the issuer.

use serde_json::json;

use super::super::bytes::encode;
use super::super::forge::Forge;
use super::super::row::{Row, Rows};

pub(super) fn rows() -> Rows {
    vec![
        ("crit-50", |forge| {
            with(forge, &[r#""crit":["x"],"x":1"#, r#""crit":["http://example.org/x"],"http://example.org/x":true"#])
        }),
        ("crit-51", |forge| with(forge, &[r#""crit":[]"#])),
        ("crit-52", |forge| {
            with(
                forge,
                &[r#""crit":"exp""#, r#""crit":{}"#, r#""crit":null"#, r#""crit":true"#, r#""crit":1"#, r#""crit":"""#],
            )
        }),
        ("crit-53", |forge| with(forge, &[r#""crit":["x","x"],"x":1"#, r#""crit":["x"],"crit":["x"],"x":1"#])),
        ("crit-54", |forge| {
            with(forge, &[r#""crit":["alg"]"#, r#""crit":["kid"]"#, r#""crit":["typ"]"#, r#""crit":["crit"]"#])
        }),
        ("crit-55", |forge| {
            with(forge, &[r#""crit":["exp"]"#, r#""crit":["x"]"#, r#""crit":[""]"#, r#""crit":[null]"#])
        }),
        ("crit-56", |forge| {
            // Beside the signature, where only the JSON serialization has room for it.
            let token = forge.good();
            let parts: Vec<&str> = token.split('.').collect();
            let unprotected = json!({ "crit": ["exp"], "exp": 1 });
            let flat =
                json!({ "protected": parts[0], "header": unprotected, "payload": parts[1], "signature": parts[2] });
            let general = json!({
                "payload": parts[1],
                "signatures": [{ "protected": parts[0], "header": unprotected, "signature": parts[2] }],
            });
            let unprotected = encode(unprotected.to_string());
            let four = [format!("{token}.{unprotected}"), format!("{unprotected}.{token}")];
            let json = [flat.to_string(), encode(flat.to_string()), general.to_string(), encode(general.to_string())];
            Row::near(token, json).and(four)
        }),
        ("crit-57", |forge| unencoded(forge, r#""b64":false"#)),
        ("crit-58", |forge| unencoded(forge, r#""b64":false,"crit":["b64"]"#)),
        ("crit-59", |forge| {
            let mut row = unencoded(forge, r#""b64":"false","crit":["b64"]"#);
            for member in [r#""b64":"false""#, r#""b64":"true""#, r#""b64":true"#, r#""b64":0"#, r#""b64":null"#] {
                row = row.and([forge.headed(forge.header_and(member))]);
            }
            row
        }),
    ]
}

fn with(forge: &Forge<'_>, members: &[&str]) -> Row {
    Row::new(forge, members.iter().map(|member| forge.headed(forge.header_and(member))))
}

/// The payload in base64url, as it is, and left out (RFC 7797); each signed in both ways of reading it.
fn unencoded(forge: &Forge<'_>, member: &str) -> Row {
    let (key, claims) = (forge.ed(), forge.claims().json());
    let (header, payload) = (encode(forge.header_and(member)), encode(&claims));
    let (as_it_is, encoded) = (key.sign(format!("{header}.{claims}")), key.sign(format!("{header}.{payload}")));
    let mut bad = Vec::new();
    for signature in [encode(as_it_is), encode(encoded)] {
        bad.extend([
            format!("{header}.{payload}.{signature}"),
            format!("{header}.{claims}.{signature}"),
            format!("{header}..{signature}"),
        ]);
    }
    Row::new(forge, bad)
}
