//! `[tokens]`: what `serve` refuses.

use std::fs;

use admit_testkit::run;

use super::{folder, init, unsafe_for};
use crate::http::support::{BINARY, alone};

#[test]
fn each_lifetime_that_would_be_unsafe_alone_is_enough_not_to_start() {
    let cases: [(&str, &str, &[&str]); 16] = [
        ("ADMIT_TOKENS__ACCESS", "61m", &["jwt-lifetime"]),
        ("ADMIT_TOKENS__ACCESS", "3601s", &["jwt-lifetime"]),
        ("ADMIT_TOKENS__ACCESS", "24h", &["jwt-lifetime"]),
        ("ADMIT_TOKENS__ACCESS", "29s", &["token-too-short"]),
        ("ADMIT_TOKENS__ACCESS", "0s", &["token-too-short"]),
        ("ADMIT_TOKENS__REFRESH_IDLE", "4m", &["token-too-short"]),
        ("ADMIT_TOKENS__REFRESH_IDLE", "0s", &["token-too-short"]),
        ("ADMIT_TOKENS__REFRESH_IDLE", "31d", &["refresh-idle-over-absolute"]),
        ("ADMIT_TOKENS__REFRESH_ABSOLUTE", "31d", &["refresh-too-long"]),
        ("ADMIT_TOKENS__REFRESH_ABSOLUTE", "365d", &["refresh-too-long"]),
        ("ADMIT_TOKENS__REFRESH_ABSOLUTE", "1h", &["refresh-idle-over-absolute"]),
        ("ADMIT_TOKENS__ROTATE_EVERY", "59m", &["key-rotation"]),
        ("ADMIT_TOKENS__ROTATE_EVERY", "119m", &["key-rotation"]),
        ("ADMIT_TOKENS__PUBLISH_BEFORE", "16d", &["key-rotation"]),
        ("ADMIT_TOKENS__HEARTBEAT", "99ms", &["heartbeat"]),
        ("ADMIT_TOKENS__HEARTBEAT", "31s", &["heartbeat"]),
    ];
    let at = folder();
    init(&at);
    for (name, value, ids) in cases {
        let environment = [("ADMIT_SERVER__LISTEN", "127.0.0.1:0"), (name, value)];
        unsafe_for(&run(BINARY, at.path(), &["serve"], &environment, ""), ids);
        unsafe_for(&alone(&["serve", "--dev"], &environment), ids);
    }
    let file = at.path().join("admit.toml");
    let before = fs::read_to_string(&file).unwrap();
    let worse = [("access = \"5m\"", "access = \"2h\""), ("\"30d\"\nalg", "\"90d\"\nalg"), ("\"1s\"", "\"1m\"")];
    let after = worse.iter().fold(before, |text, (from, to)| text.replacen(from, to, 1));
    fs::write(&file, after).unwrap();
    unsafe_for(&super::serve(&at), &["jwt-lifetime", "refresh-too-long", "heartbeat"]);
}

#[test]
fn the_remedies_of_tokens_can_be_followed_to_the_letter() {
    let at = folder();
    init(&at);
    for (name, value) in [
        ("ADMIT_TOKENS__ACCESS", "5m"),
        ("ADMIT_TOKENS__ACCESS", "60m"),
        ("ADMIT_TOKENS__ACCESS", "30s"),
        ("ADMIT_TOKENS__REFRESH_IDLE", "14d"),
        ("ADMIT_TOKENS__REFRESH_ABSOLUTE", "30d"),
        ("ADMIT_TOKENS__ROTATE_EVERY", "2h"),
        ("ADMIT_TOKENS__PUBLISH_BEFORE", "1h"),
        ("ADMIT_TOKENS__HEARTBEAT", "1s"),
        ("ADMIT_TOKENS__ALGORITHM", "ES256"),
    ] {
        let environment = [("ADMIT_SERVER__LISTEN", "192.0.2.1:1"), (name, value)];
        let output = run(BINARY, at.path(), &["serve"], &environment, "");
        let passed = output.code == 3 && output.stderr.contains("Cannot listen on 192.0.2.1:1");
        assert!(passed, "{name}={value}: {output:?}");
    }
}

#[test]
fn an_algorithm_that_is_none_of_the_three_is_refused_with_its_name() {
    let at = folder();
    init(&at);
    for algorithm in ["HS256", "none", "eddsa", "ES256K", "RS1", "PS256", ""] {
        let environment = [("ADMIT_SERVER__LISTEN", "127.0.0.1:0"), ("ADMIT_TOKENS__ALGORITHM", algorithm)];
        let output = run(BINARY, at.path(), &["serve"], &environment, "");
        assert_eq!(output.code, 3, "{algorithm}: {output:?}");
        assert!(output.stderr.contains(algorithm) && output.stderr.contains("EdDSA"), "{algorithm}: {output:?}");
    }
}
