//! The name of the key: unknown, missing, a path, a query, another's.

use super::super::bytes::encode;
use super::super::forge::Forge;
use super::super::key::{Key, mac};
use super::super::row::{Row, Rows};

pub(super) fn rows() -> Rows {
    vec![
        ("kid-31", |forge| {
            let real = &forge.ed().kid;
            let near =
                [real.to_lowercase(), real.to_uppercase(), format!("{real} "), real[..real.len() - 1].to_owned()];
            let others = near.iter().filter(|kid| *kid != real).map(String::as_str).chain(["unknown", "", "*", "0"]);
            named(forge, others.map(|kid| format!("\"{kid}\"")))
        }),
        ("kid-32", |forge| {
            let bad = [forge.ed(), forge.ec(), forge.rsa()].map(|key| {
                let header = format!(r#"{{"alg":"{}","typ":"at+jwt"}}"#, key.algorithm);
                key.token(header, forge.claims().json())
            });
            Row::new(forge, bad)
        }),
        ("kid-33", |forge| {
            let paths = [
                "../../dev/null",
                "../../../../../../dev/null",
                "/dev/null",
                "file:///dev/null",
                "..%2f..%2fdev%2fnull",
            ];
            // The signature is the HMAC whose secret is what that file holds: nothing.
            looked_up(forge, &paths, &[b"", b"\0"])
        }),
        ("kid-34", |forge| {
            let queries = ["' OR '1'='1", "x' UNION SELECT 'secret' -- ", "'; DROP TABLE signing_key; --", "' || '"];
            looked_up(forge, &queries, &[b"secret", b"1"])
        }),
        ("kid-35", |forge| {
            let real = &forge.ed().kid;
            named(forge, [format!(r#""{real}\u0000""#), format!(r#""\u0000{real}""#), r#""\u0000""#.to_owned()])
                .and([forge.headed(format!("{{\"alg\":\"EdDSA\",\"kid\":\"{real}\0\",\"typ\":\"at+jwt\"}}"))])
        }),
        ("kid-36", |forge| {
            let long = |length: usize| format!("\"{}\"", "k".repeat(length));
            let padded = format!("\"{}{}\"", forge.ed().kid, " ".repeat(1 << 20));
            named(forge, [long(400), long(5_000), long(12_000), long(1 << 20), padded])
        }),
        ("kid-37", |forge| {
            let list = format!("[\"{}\"]", forge.ed().kid);
            named(forge, ["0".to_owned(), "1".to_owned(), "1e0".to_owned(), "null".to_owned(), "true".to_owned(), list])
        }),
        // Twice in the header, once in the issuer's set and once in the attacker's; keys of one name are refused when they
        // are read (key_load).
        ("kid-38", |forge| {
            let (real, own) = (&forge.ed().kid, &forge.world.own[0]);
            let twice = [(real, real), (real, &own.kid), (&own.kid, real)];
            let twice = twice.map(|(a, b)| format!(r#"{{"alg":"EdDSA","kid":"{a}","kid":"{b}","typ":"at+jwt"}}"#));
            let claims = forge.claims().json();
            Row::new(forge, twice.iter().map(|header| forge.headed(header)))
                .and(twice.iter().map(|header| own.token(header, &claims)))
                .and([own.token(forge.ed().header(), &claims)])
        }),
        ("kid-39", |forge| {
            let (gone, withdrawn) = (&forge.world.gone, &forge.world.withdrawn);
            Row::new(forge, [gone, withdrawn].map(|key| forge.good_of(key)))
                .and([gone, withdrawn].map(|key| other_name(forge, key, &forge.ed().kid)))
                .and([gone, withdrawn].map(|key| other_name(forge, forge.ed(), &key.kid)))
        }),
        ("kid-40", |forge| {
            let other = &forge.world.stranger.key;
            let bad = [
                forge.good_of(other),
                other_name(forge, forge.ed(), &other.kid),
                other_name(forge, other, &forge.ed().kid),
            ];
            Row::new(forge, bad)
        }),
    ]
}

/// Good tokens of the issuer's key under other names, given in JSON text.
fn named(forge: &Forge<'_>, kids: impl IntoIterator<Item = String>) -> Row {
    let headers = kids.into_iter().map(|kid| format!(r#"{{"alg":"EdDSA","kid":{kid},"typ":"at+jwt"}}"#));
    Row::new(forge, headers.map(|header| forge.headed(header)))
}

/// For whoever looks the name up somewhere: the issuer's own signature, and HMACs with what would be found there.
fn looked_up(forge: &Forge<'_>, kids: &[&str], found: &[&[u8]]) -> Row {
    let mut row = named(forge, kids.iter().map(|kid| format!("\"{kid}\"")));
    for (kid, secret) in kids.iter().flat_map(|kid| found.iter().map(move |secret| (kid, secret))) {
        let signed = forge.unsigned("HS256", kid);
        row = row.and([format!("{signed}.{}", encode(mac(256, secret, &signed)))]);
    }
    row
}

/// A good token of one key under the name of another.
fn other_name(forge: &Forge<'_>, key: &Key, kid: &str) -> String {
    key.close(&forge.unsigned("EdDSA", kid))
}
