//! The auditor at admit's own door, by the command line, as somebody would run it.

use std::fs;
use std::time::Duration;

use admit_testkit::{PASSWORD, Server, run_within};
use serde_json::Value;

use crate::BINARY;

/// What is known of admit: its account page, its admin pages, its tokens.
fn recipe() -> String {
    format!(
        r#"
[accounts.ordinary]
name = "carol"
password = "{PASSWORD}"
new_password = "Amber-Quill-5521"
[accounts.admin]
name = "ada"
password = "{PASSWORD}"
[pages]
private = ["/account"]
admin = ["/admin", "/admin/audit"]
[password]
page = "/account"
[tokens]
url = "/login"
fields = {{ client_id = "demo-native" }}
refresh = "/oauth/token"
refresh_fields = {{ grant_type = "refresh_token", client_id = "demo-native" }}
refresh_form = true
revoke = "/logout"
private = ["/session"]
admin = ["/admin/api/users"]
jwks = "/.well-known/jwks.json"
"#
    )
}

#[test]
fn of_admit_itself_nothing_is_found_but_that_this_is_plain_http() {
    let server = Server::demo(BINARY).start();
    server.user("carol", &["customer"]);
    server.user("ada", &["admin"]);
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("admit.recipe.toml"), recipe()).unwrap();
    let arguments = [
        "--json",
        "audit",
        &server.url,
        "--active",
        "--i-own-this-site",
        "--recipe",
        "admit.recipe.toml",
        "--rate",
        "500",
    ];
    // Half a minute of it is waiting: for the time in which an app may ask again.
    let output = run_within(Duration::from_secs(120), BINARY, folder.path(), &arguments);
    assert_eq!(output.code, 0, "{}", output.stdout);
    let report = output.json();
    let with = |state: &str| -> Vec<&str> {
        let answers = report["answers"].as_array().unwrap().iter().filter(|answer| answer["state"] == state);
        answers.map(|answer| answer["id"].as_str().unwrap()).collect()
    };
    assert_eq!(with("fail"), [""; 0], "{report:#}");
    // In development the cookie is plain, on purpose and on this machine alone.
    assert_eq!(with("warn"), ["cookie-secure"], "{report:#}");
    assert_eq!(report["complete"], true);
    assert!(with("pass").len() >= 55, "{:?}", with("pass"));
    // What is left is what no recipe can name here: there is no harmless change on the account page, no reset by mail, …
    let untested = with("untested");
    let known = ["csrf-", "reset-", "access-owned", "jwt-audience", "jwt-expired", "token-storage"];
    assert!(untested.iter().all(|id| known.iter().any(|prefix| id.starts_with(prefix))), "{untested:?}");
    // And nothing of it is a secret.
    let text = report.to_string();
    for secret in [PASSWORD, "Amber-Quill-5521"] {
        assert!(!text.contains(secret), "{secret} is in the report");
    }
    assert!(!text.contains("eyJ"), "a token is in the report");
    assert_eq!(report["left_behind"], Value::Array(Vec::new()));
}
