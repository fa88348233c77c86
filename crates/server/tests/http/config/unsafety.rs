//! What `serve` refuses to start with.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt, chown};

use admit_testkit::run;

use super::{folder, init, mode, serve, unsafe_for};
use crate::http::support::{BINARY, alone};

#[test]
fn everything_unsafe_is_named_at_once_each_with_its_remedy() {
    let at = folder();
    fs::write(
        at.path().join("admit.toml"),
        r#"
[server]
trusted_proxies = ["0.0.0.0/0"]
trusted_origins = ["https://shop.example/path"]
[sessions]
idle = "800h"
absolute = "750h"
limit = 0
[password]
min_length = 6
"#,
    )
    .unwrap();
    fs::create_dir(at.path().join("admit-data")).unwrap();
    fs::set_permissions(at.path().join("admit-data"), fs::Permissions::from_mode(0o755)).unwrap();
    unsafe_for(
        &serve(&at),
        &[
            "public-url-missing",
            "secret-unusable",
            "session-never",
            "session-expiry",
            "session-idle-over-absolute",
            "proxy-everybody",
            "origin-malformed",
            "data-readable",
            "password-short",
        ],
    );
    assert_eq!(fs::read_dir(at.path().join("admit-data")).unwrap().count(), 0, "it has not begun");
}

#[test]
fn each_thing_that_is_unsafe_alone_is_enough_not_to_start() {
    let cases: [(&str, &str, &[&str]); 18] = [
        ("ADMIT_SERVER__PUBLIC_URL", "http://login.example.org", &["transport-https"]),
        ("ADMIT_SERVER__PUBLIC_URL", "http://localhost:8080", &["transport-https"]),
        ("ADMIT_SERVER__PUBLIC_URL", "https://login.example.org/path", &["public-url-malformed"]),
        ("ADMIT_SERVER__PUBLIC_URL", "https://*", &["public-url-malformed"]),
        ("ADMIT_SERVER__PUBLIC_URL", "https://login.example.org:99999", &["public-url-malformed"]),
        ("ADMIT_SERVER__PUBLIC_URL", "https://login.example.org?a=b", &["public-url-malformed"]),
        ("ADMIT_SERVER__PUBLIC_URL", "https://admin:hunter2@login.example.org", &["public-url-malformed"]),
        ("ADMIT_SERVER__PUBLIC_URL", "https://로그인.example", &["public-url-malformed"]),
        ("ADMIT_SERVER__PUBLIC_URL", "HTTP://LOCALHOST", &["transport-https"]),
        ("ADMIT_SERVER__SECRET", "too-short", &["secret-unusable"]),
        ("ADMIT_SERVER__SECRET_FILE", "nothing.secret", &["secret-unusable"]),
        ("ADMIT_SERVER__TRUSTED_PROXIES", r#"["::/0"]"#, &["proxy-everybody"]),
        ("ADMIT_SERVER__TRUSTED_PROXIES", r#"["*"]"#, &["proxy-malformed"]),
        ("ADMIT_SERVER__TRUSTED_ORIGINS", r#"["*"]"#, &["cors-credentials"]),
        ("ADMIT_SESSIONS__ABSOLUTE", "721h", &["session-expiry"]),
        ("ADMIT_SESSIONS__IDLE", "9h", &["session-idle-over-absolute"]),
        ("ADMIT_SESSIONS__LIMIT", "0", &["session-never"]),
        ("ADMIT_PASSWORD__MIN_LENGTH", "7", &["password-short"]),
    ];
    let at = folder();
    init(&at);
    for (name, value, ids) in cases {
        let environment = [("ADMIT_SERVER__LISTEN", "127.0.0.1:0"), (name, value)];
        unsafe_for(&run(BINARY, at.path(), &["serve"], &environment, ""), ids);
    }
    fs::set_permissions(at.path().join("admit.secret"), fs::Permissions::from_mode(0o640)).unwrap();
    unsafe_for(&serve(&at), &["secret-readable"]);
}

#[test]
fn cve_2026_33505_it_starts_with_no_secret_that_is_missing_or_that_others_know() {
    let at = folder();
    init(&at);
    let path = at.path().join("admit.secret");
    let known = [
        "",
        "changeme",
        "secret",
        "CHANGE-ME-BEFORE-YOU-DEPLOY-THIS-SERVER-NOW",
        // 32 bytes each: of zeros, of one letter, 0 to 31, and two pass phrases.
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "YWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWE",
        "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
        "Y29ycmVjdCBob3JzZSBiYXR0ZXJ5IHN0YXBsZSBub3c",
        "cGxlYXNlLWNoYW5nZS10aGlzLXNlY3JldC1ub3chISE",
    ];
    for secret in known {
        fs::write(&path, format!("{secret}\n")).unwrap();
        unsafe_for(&serve(&at), &["secret-unusable"]);
    }
    fs::remove_file(&path).unwrap();
    unsafe_for(&serve(&at), &["secret-unusable"]);
    // And none comes with the program: each folder has one of its own.
    let made = [folder(), folder()].map(|at| {
        init(&at);
        fs::read(at.path().join("admit.secret")).unwrap()
    });
    assert_ne!(made[0], made[1]);
}

#[test]
fn the_remedies_can_be_followed_to_the_letter() {
    let at = folder();
    init(&at);
    for (name, value) in [
        ("ADMIT_SESSIONS__ABSOLUTE", "30d"),
        ("ADMIT_SESSIONS__IDLE", "45s"),
        ("ADMIT_PASSWORD__MIN_LENGTH", "8"),
        ("ADMIT_SERVER__TRUSTED_PROXIES", r#"["10.0.0.5", "10.0.0.0/24"]"#),
        ("ADMIT_SERVER__TRUSTED_ORIGINS", r#"["https://shop.example"]"#),
        ("ADMIT_SERVER__PUBLIC_URL", "https://login.example.org/"),
        ("ADMIT_SERVER__PUBLIC_URL", "https://Login.Example.org:443"),
    ] {
        // A wrong value would be said before the address that is not this machine's.
        let environment = [("ADMIT_SERVER__LISTEN", "192.0.2.1:1"), (name, value)];
        let output = run(BINARY, at.path(), &["serve"], &environment, "");
        assert!(
            output.code == 3 && output.stderr.contains("Cannot listen on 192.0.2.1:1"),
            "{name}={value}: {output:?}"
        );
    }
}

#[test]
fn development_mode_does_not_leave_this_machine() {
    for listen in ["0.0.0.0:0", "[::]:0", "192.0.2.1:0"] {
        let output = alone(&["serve", "--dev"], &[("ADMIT_SERVER__LISTEN", listen)]);
        unsafe_for(&output, &["dev-exposed"]);
    }
    let proxies = [("ADMIT_SERVER__TRUSTED_PROXIES", r#"["0.0.0.0/0"]"#)];
    unsafe_for(&alone(&["serve", "--dev"], &proxies), &["proxy-everybody"]);
}

#[test]
fn development_mode_uses_no_folder_that_others_write_to_and_no_secret_that_they_know() {
    let at = folder();
    let data = at.path().join("admit-data");
    let secret = data.join("secret");
    // Whatever is wrong is said before the port that is taken.
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let listen = taken.local_addr().unwrap().to_string();
    let start = || run(BINARY, at.path(), &["serve", "--dev"], &[("ADMIT_SERVER__LISTEN", listen.as_str())], "");
    fs::create_dir(&data).unwrap();
    fs::write(&secret, "Q0xKqZsT3v0k1m8g7w5yX2c4b6n9p1r3t5u7i9o0a8E\n").unwrap();
    for (folder_mode, secret_mode) in [(0o777, 0o644), (0o770, 0o600), (0o755, 0o600)] {
        fs::set_permissions(&data, fs::Permissions::from_mode(folder_mode)).unwrap();
        fs::set_permissions(&secret, fs::Permissions::from_mode(secret_mode)).unwrap();
        let output = start();
        unsafe_for(&output, &["data-readable"]);
        assert!(output.stderr.contains("chmod 700 admit-data"), "{output:?}");
    }
    // The folder is closed now, and what was put there before is still there.
    fs::set_permissions(&data, fs::Permissions::from_mode(0o700)).unwrap();
    for mode in [0o644, 0o640, 0o602] {
        fs::set_permissions(&secret, fs::Permissions::from_mode(mode)).unwrap();
        let output = start();
        assert!(output.code == 3 && output.stderr.contains("Delete it (rm admit-data/secret)"), "{output:?}");
    }
    fs::remove_file(&secret).unwrap();
    let output = start();
    assert!(output.stderr.contains("Cannot listen on 127.0.0.1"), "{output:?}");
    assert_eq!((mode(&data), mode(&secret)), (0o700, 0o600));
}

#[test]
fn what_belongs_to_another_user_is_not_used() {
    const SOMEBODY: Option<u32> = Some(4711);
    let at = folder();
    init(&at);
    let (data, secret) = (at.path().join("admit-data"), at.path().join("admit.secret"));
    fs::create_dir(&data).unwrap();
    fs::set_permissions(&data, fs::Permissions::from_mode(0o700)).unwrap();
    // Only root can give a file away.
    if chown(&data, SOMEBODY, None).is_err() {
        return;
    }
    let here = [("ADMIT_SERVER__LISTEN", "127.0.0.1:0"), ("ADMIT_SERVER__PUBLIC_URL", "http://127.0.0.1:8080")];
    let dev = || run(BINARY, at.path(), &["serve", "--dev"], &here, "");
    for output in [serve(&at), dev()] {
        unsafe_for(&output, &["file-foreign"]);
        assert!(output.stderr.contains("sudo -u '#4711' admit serve"), "{output:?}");
    }
    chown(&data, Some(0), None).unwrap();
    let planted = data.join("secret");
    fs::write(&planted, "").unwrap();
    fs::set_permissions(&planted, fs::Permissions::from_mode(0o600)).unwrap();
    chown(&planted, SOMEBODY, None).unwrap();
    for output in [serve(&at), dev()] {
        unsafe_for(&output, &["file-foreign"]);
        assert!(output.stderr.contains("admit-data/secret belongs to user 4711"), "{output:?}");
    }
    fs::remove_file(&planted).unwrap();
    chown(&secret, SOMEBODY, None).unwrap();
    let output = serve(&at);
    unsafe_for(&output, &["file-foreign"]);
    assert!(output.stderr.contains("admit.secret belongs to user 4711"), "{output:?}");
    chown(&secret, Some(0), None).unwrap();
    // So is any other file with a secret, for root too.
    let of_client = at.path().join("api.secret");
    assert_eq!(run(BINARY, at.path(), &["clients", "secret", "api.secret"], &[], "").code, 0);
    let config = fs::read_to_string(at.path().join("admit.toml")).unwrap();
    let client = "[clients.api]\nruns = \"service\"\naudience = [\"self\"]\nsecret_file = \"api.secret\"\n";
    fs::write(at.path().join("admit.toml"), format!("{config}\n{client}")).unwrap();
    chown(&of_client, SOMEBODY, None).unwrap();
    let output = serve(&at);
    unsafe_for(&output, &["file-foreign"]);
    assert!(output.stderr.contains("api.secret belongs to user 4711"), "{output:?}");
}
