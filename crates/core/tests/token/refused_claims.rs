//! Claims of the wrong form, signed by the right key: a claim that cannot be read is never a claim that is not there
//! (CVE-2026-25537).

use admit_core::jws::Algorithm;
use admit_core::token::{Claims, ClaimsError, Refusal};

use super::support::{AUDIENCE, Api, ISSUER, NOW, audience};

/// A good user's claims, in JSON text.
fn good() -> Vec<(&'static str, String)> {
    let text = |text: &str| format!("\"{text}\"");
    vec![
        ("iss", text(ISSUER)),
        ("aud", text(AUDIENCE)),
        ("sub", text("01010101-0101-0101-0101-010101010101")),
        ("client_id", text("shop-ios")),
        ("iat", NOW.to_string()),
        ("nbf", NOW.to_string()),
        ("exp", (NOW + 300).to_string()),
        ("jti", text("BAQEBAQEBAQE")),
        ("sid", text("02020202-0202-0202-0202-020202020202")),
        ("gen", "3".to_owned()),
        ("auth_time", (NOW - 60).to_string()),
        ("amr", "[\"pwd\",\"otp\",\"mfa\"]".to_owned()),
        ("acr", text("2")),
        ("roles", "[\"customer\"]".to_owned()),
    ]
}

fn object(claims: &[(&str, String)]) -> String {
    let members: Vec<String> = claims.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
    format!("{{{}}}", members.join(","))
}

/// The good claims with another value for one.
fn with(name: &str, value: &str) -> String {
    let mut claims = good();
    claims.iter_mut().find(|(other, _)| *other == name).unwrap().1 = value.to_owned();
    object(&claims)
}

fn read(text: &str) -> Result<Claims, ClaimsError> {
    Claims::read(text, ISSUER, &audience(AUDIENCE))
}

/// The reader and a whole verifier, given the key's signature of it, both refuse this.
#[track_caller]
fn refused(api: &Api, text: &str) {
    assert!(read(text).is_err(), "read: {text}");
    let token = api.key.sign_access(text.as_bytes()).unwrap();
    assert!(matches!(api.refusal(&token), Refusal::Claims(_)), "verified: {text}");
}

#[test]
fn the_claims_that_these_tests_spoil_are_good() {
    let api = Api::new(Algorithm::EdDsa);
    let text = object(&good());
    assert!(read(&text).is_ok());
    assert!(api.check(&api.key.sign_access(text.as_bytes()).unwrap()).is_ok());
}

#[test]
fn each_claim_of_another_type_is_refused_and_never_taken_for_absent() {
    let api = Api::new(Algorithm::EdDsa);
    let never = [
        "1.5",
        "1800000000.0",
        "1.8e9",
        "1e400",
        "-1e400",
        "-1",
        "-0",
        "-1800000000",
        "9223372036854775808",
        "18446744073709551615",
        "18446744073709551616",
        "null",
        "true",
        "false",
        "{}",
        "{\"a\":1}",
        "[null]",
        "[1]",
        "[[]]",
        "\"\"",
        "\"\\u0000\"",
        "NaN",
        "Infinity",
        "01",
        "+1",
        "0x10",
    ];
    for (name, value) in good() {
        for bad in never {
            refused(&api, &with(name, bad));
        }
        // The right value in the wrong wrapping: a number as a string, a string in a list, a list as a string.
        let wrapped =
            if value.starts_with('"') { format!("[{value}]") } else { format!("\"{}\"", value.replace('"', "")) };
        refused(&api, &with(name, &wrapped));
        refused(&api, &with(name, &format!("{{\"value\":{value}}}")));
        if name != "roles" {
            refused(&api, &with(name, "[]"));
        }
    }
    // The end of the numbers that every reader of JSON reads alike (RFC 7493 section 2.2), where nothing else stops it.
    assert!(read(&with("gen", "9007199254740991")).is_ok());
    refused(&api, &with("gen", "9007199254740992"));
    refused(&api, &with("iat", "0"));
    refused(&api, &with("nbf", &(NOW + 300).to_string()));
}

#[test]
fn each_claim_that_is_missing_or_comes_twice_is_refused() {
    let api = Api::new(Algorithm::EdDsa);
    for (at, (name, value)) in good().into_iter().enumerate() {
        let mut without = good();
        without.remove(at);
        match name {
            // A token without roles has none, and one without nbf begins when it was issued.
            "roles" | "nbf" => assert!(read(&object(&without)).is_ok(), "{name}"),
            _ => refused(&api, &object(&without)),
        }
        // The same again, another one, one under an escaped name, and one that is null.
        let (first, rest) = name.split_at(1);
        let escaped = format!("\\u{:04x}{rest}", u32::from(first.as_bytes()[0]));
        for (again, second) in [(name, &*value), (name, "0"), (&escaped, &*value), (name, "null")] {
            let mut twice = good();
            twice.push((again, second.to_owned()));
            refused(&api, &object(&twice));
            twice.rotate_right(1);
            refused(&api, &object(&twice));
        }
    }
}

#[test]
fn a_user_has_a_session_and_a_generation_and_a_client_has_neither() {
    let api = Api::new(Algorithm::EdDsa);
    let without = |names: &[&str], sub: &str| {
        let mut claims = good();
        claims.retain(|(name, _)| !names.contains(name));
        claims.iter_mut().find(|(name, _)| *name == "sub").unwrap().1 = format!("\"{sub}\"");
        object(&claims)
    };
    let user = "01010101-0101-0101-0101-010101010101";
    let of_a_user = ["sid", "gen", "auth_time", "amr", "acr"];
    assert!(read(&without(&of_a_user, "shop-ios")).is_ok(), "a client for itself");
    refused(&api, &without(&["sid", "gen"], "shop-ios"));
    refused(&api, &without(&of_a_user, user));
    refused(&api, &without(&of_a_user, "billing"));
    refused(&api, &without(&["sid"], "shop-ios"));
    refused(&api, &without(&["gen"], "shop-ios"));
    refused(&api, &without(&[], "shop-ios"));
}

#[test]
fn each_name_in_a_token_has_one_spelling() {
    let api = Api::new(Algorithm::EdDsa);
    for (name, bad) in [
        ("sub", "01010101010101010101010101010101"),
        ("sub", "{01010101-0101-0101-0101-010101010101}"),
        ("sub", "urn:uuid:01010101-0101-0101-0101-010101010101"),
        ("sub", "0101010A-0101-0101-0101-010101010101"),
        ("sub", " 01010101-0101-0101-0101-01010101010"),
        ("sid", "02020202020202020202020202020202"),
        ("sid", "0202020A-0202-0202-0202-020202020202"),
        ("jti", "BAQEBAQEBAQ"),
        ("jti", "BAQEBAQEBAQEBA"),
        ("jti", "BAQEBAQEBAQ="),
        ("jti", "BAQEBAQEBA+/"),
        ("client_id", "Shop-iOS"),
        ("iss", "https://login.example.org/"),
        ("iss", "HTTPS://login.example.org"),
        ("aud", "https://api.example.org/"),
        ("aud", "https://API.example.org"),
    ] {
        refused(&api, &with(name, &format!("\"{bad}\"")));
    }
    for roles in [r#"["Customer"]"#, r#"[""]"#, r#"["customer",null]"#, r#"["a:b"]"#, r#"["customer",["admin"]]"#] {
        refused(&api, &with("roles", roles));
    }
    assert!(read(&with("sub", "\"0101010a-0101-0101-0101-01010101010f\"")).is_ok());
}

#[test]
fn a_claim_that_nobody_here_knows_is_ignored_and_must_still_be_well_formed() {
    let api = Api::new(Algorithm::EdDsa);
    let plus = |more: &str| {
        let text = object(&good());
        format!("{},{more}}}", text.strip_suffix('}').unwrap())
    };
    assert_eq!(read(&plus(r#""x":{"a":[1,-2.5,{"b":null}]},"y":"\u00e9""#)), read(&object(&good())));
    for bad in [
        r#""x":1,"x":1"#,
        r#""x":1,"\u0078":2"#,
        r#""x":{"a":1,"a":2}"#,
        r#""x":[{"a":{"b":1,"b":1}}]"#,
        r#""x":"\ud800""#,
        r#""x":["\udc00"]"#,
        r#""\ud800":1"#,
        r#""x":1e400"#,
        r#""x":NaN"#,
        r#""x":01"#,
        r#""x":'a'"#,
        r#""x":/**/1"#,
        "\"x\":\"a\nb\"",
        "\"x\":\"a\u{1}b\"",
        // Whoever takes a token bound to a key as one that is not gives it to whoever stole it.
        r#""cnf":{"jkt":"0"}"#,
        r#""cnf":null"#,
    ] {
        refused(&api, &plus(bad));
    }
    assert!(read(&plus(&format!("\"x\":{}{}", "[".repeat(200), "]".repeat(200)))).is_err(), "deep");
    assert!(read(&plus(&format!("\"x\":{}", "{\"a\":".repeat(100_000)))).is_err(), "deeper than any stack");
}

#[test]
fn what_is_not_one_json_object_is_refused() {
    let api = Api::new(Algorithm::EdDsa);
    let text = object(&good());
    let spoilt = [
        // As short as it can be: two of them fit into a token.
        object(&good()[..10]).repeat(2),
        format!("{text},"),
        format!("{text}\u{0}"),
        format!("\u{feff}{text}"),
        format!("[{text}]"),
        text.replace('}', ",}"),
        text.replace('"', "'"),
        "null".to_owned(),
        "[]".to_owned(),
        "\"\"".to_owned(),
        "1".to_owned(),
        "{}".to_owned(),
        "{".to_owned(),
    ];
    for bad in spoilt {
        refused(&api, &bad);
    }
}

#[test]
fn a_time_beyond_all_clocks_is_never_now() {
    for (iat, exp) in [(9_007_199_254_740_000_u64, 9_007_199_254_740_300_u64), (1 << 63, (1 << 63) + 300)] {
        let mut claims = good();
        claims.retain(|(name, _)| *name != "nbf");
        for (name, value) in &mut claims {
            match *name {
                "iat" => *value = iat.to_string(),
                "exp" => *value = exp.to_string(),
                _ => {}
            }
        }
        let now = admit_core::time::Timestamp::from_seconds(NOW);
        assert!(read(&object(&claims)).and_then(|claims| claims.in_time(now)).is_err(), "{iat}");
    }
}
