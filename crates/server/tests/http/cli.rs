//! The command line, while the server runs and while it does not.

use admit_testkit::{Output, PASSWORD, Server};
use serde_json::{Value, json};

use crate::http::support::{alone, demo, edit, is_signed_in, members};

const SOMEBODY: &str = "01a20733-4f54-7c2e-9ecd-a45e830343c0";

fn done(output: Output) -> Output {
    assert_eq!(output.code, 0, "{output:?}");
    assert!(output.stderr.is_empty(), "{output:?}");
    output
}

fn password(text: &str) -> String {
    format!("{text}\n")
}

/// A refusal: its code, nothing on standard output, one sentence that begins with the program's name on standard error.
pub(crate) fn refused(output: &Output, code: i32, words: &str) {
    assert_eq!(output.code, code, "{output:?}");
    assert!(output.stdout.is_empty(), "{output:?}");
    assert!(output.stderr.starts_with("admit: ") && output.stderr.contains(words), "{output:?}");
    assert!(!output.stderr.contains("panicked") && !output.stderr.contains("Err("), "{output:?}");
}

/// Everything that can be done to a user, each step looked at in the list.
fn a_users_life(server: &Server) {
    let listed = || done(server.cli(&["--json", "user", "list", "bob"], "")).json();
    let create = ["--json", "user", "create", "bob", "--role", "customer", "--role", "admin", "--password-stdin"];
    let made = done(server.cli(&create, &password(PASSWORD))).json();
    let id = made["id"].as_str().unwrap().to_owned();
    assert_eq!(made, json!({ "id": id, "username": "bob", "status": "active", "roles": ["admin", "customer"] }));
    let entry = &listed()[0];
    assert_eq!(members(entry), ["created_at", "id", "last_login_at", "roles", "status", "username"].into());
    assert_eq!((&entry["id"], &entry["last_login_at"]), (&json!(id), &Value::Null));

    for (arguments, status, roles) in [
        (vec!["disable", "bob"], "disabled", json!(["admin", "customer"])),
        (vec!["enable", id.as_str()], "active", json!(["admin", "customer"])),
        (vec!["set-roles", "BOB", "customer"], "active", json!(["customer"])),
        (vec!["set-roles", "bob", "--role", "admin"], "active", json!(["admin"])),
        (vec!["set-roles", "bob", "--none"], "active", json!([])),
        (vec!["add-role", "bob", "customer"], "active", json!(["customer"])),
        (vec!["add-role", "Bob", "admin"], "active", json!(["admin", "customer"])),
        (vec!["add-role", id.as_str(), "admin"], "active", json!(["admin", "customer"])),
        (vec!["remove-role", "bob", "customer"], "active", json!(["admin"])),
        (vec!["remove-role", "bob", "customer"], "active", json!(["admin"])),
        (vec!["remove-role", "bob", "admin"], "active", json!([])),
    ] {
        let arguments = [vec!["--json", "user"], arguments].concat();
        let answer = done(server.cli(&arguments, "")).json();
        assert_eq!((&answer["status"], &answer["roles"]), (&json!(status), &roles), "{arguments:?}");
        assert_eq!((&listed()[0]["status"], &listed()[0]["roles"]), (&json!(status), &roles), "{arguments:?}");
    }
    done(server.cli(&["user", "set-password", "bob", "--password-stdin"], "another tulip lantern\r\n"));
    assert_eq!(done(server.cli(&["--json", "session", "list", "bob"], "")).json(), json!([]));
    done(server.cli(&["--json", "session", "revoke", "bob"], ""));

    let text = done(server.cli(&["user", "list", "bob"], "")).stdout;
    assert!(text.starts_with("bob  active  (no roles)  ") && text.ends_with("  never\n"), "{text}");
}

#[admit_testkit::everywhere]
fn an_empty_variable_in_a_script_takes_no_role_away() {
    let server = demo();
    server.user("carol", &["admin", "customer"]);
    for roles in [&[][..], &[""], &["--role", ""], &[" "], &["--role="]] {
        let output = server.cli(&[&["user", "set-roles", "carol"], roles].concat(), "");
        refused(&output, 2, "Name the roles that \"carol\" is to have, or give --none");
    }
    for wrong in [&["", "customer"][..], &["customer", ""]] {
        refused(&server.cli(&[&["user", "set-roles", "carol"], wrong].concat(), ""), 1, "is not a role of the policy");
    }
    for both in [&["--none", "customer"][..], &["--none", "--role", "admin"]] {
        let output = server.cli(&[&["user", "set-roles", "carol"], both].concat(), "");
        assert_eq!(output.code, 2, "{output:?}");
    }
    for empty in ["add-role", "remove-role"] {
        refused(&server.cli(&["user", empty, "carol", ""], ""), 1, "is not a role of the policy");
        assert_eq!(server.cli(&["user", empty, "carol"], "").code, 2);
    }
    let roles = |server: &Server| done(server.cli(&["--json", "user", "show", "carol"], "")).json()["roles"].clone();
    assert_eq!(roles(&server), json!(["admin", "customer"]));
    done(server.cli(&["user", "set-roles", "carol", "--none"], ""));
    assert_eq!(roles(&server), json!([]));
}

#[admit_testkit::everywhere]
fn a_user_is_shown_with_what_they_may_do() {
    let server = demo();
    let id = server.user("Carol", &["customer"]);
    server.user("carolina", &["admin"]);
    let shown = done(server.cli(&["--json", "user", "show", "carol"], "")).json();
    let all = ["created_at", "id", "last_login_at", "permissions", "roles", "status", "username"];
    assert_eq!(members(&shown), all.into());
    assert_eq!(
        (&shown["id"], &shown["username"], &shown["last_login_at"]),
        (&json!(id), &json!("Carol"), &Value::Null)
    );
    assert_eq!(shown["permissions"][0]["permission"], "product:read");
    assert!(is_signed_in(&mut server.signed_in("carol")));
    let text = done(server.cli(&["user", "show", &id], "")).stdout;
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 7, "{text}");
    assert_eq!(lines[0], "username     Carol");
    assert_eq!((lines[2], lines[3]), ("status       active", "roles        customer"));
    assert!(lines[5].starts_with("last sign-in 20") && lines[6].starts_with("may          product:read"), "{text}");
    refused(&server.cli(&["user", "show", "nobody"], ""), 1, "`admit user list` shows them all.");
}

/// What can be refused, and how that is said.
fn what_is_refused(server: &Server) {
    let create = |name: &str, role: &str, typed: &str| {
        server.cli(&["user", "create", name, "--role", role, "--password-stdin"], typed)
    };
    refused(&create("bob", "customer", &password(PASSWORD)), 1, "The username bob is taken.");
    refused(&create("carol", "emperor", &password(PASSWORD)), 1, "It has: admin, customer, verifier.");
    refused(&create("carol", "customer", "weak\n"), 1, "use at least 15 characters");
    refused(&create("has spaces", "customer", &password(PASSWORD)), 1, "The username has a space");
    refused(&create("carol", "customer", "\n"), 2, "Standard input holds no password.");
    refused(&create("carol", "customer", ""), 2, "Standard input holds no password.");
    for arguments in [
        &["user", "disable", "nobody"][..],
        &["user", "enable", "nobody"],
        &["user", "set-roles", "nobody", "customer"],
        &["session", "list", "nobody"],
        &["session", "revoke", "nobody"],
        &["user", "disable", "no body"],
    ] {
        refused(&server.cli(arguments, ""), 1, "`admit user list` shows them all.");
    }
    refused(&server.cli(&["user", "disable", SOMEBODY], ""), 1, "There is no user");
    let set = ["user", "set-password", "nobody", "--password-stdin"];
    refused(&server.cli(&set, &password(PASSWORD)), 1, "There is no user called \"nobody\"");
    refused(&server.cli(&["session", "revoke", "bob", "nonsense"], ""), 1, "is not the id of a session");
    refused(&server.cli(&["session", "revoke", "bob", SOMEBODY], ""), 1, "There is no session");
}

#[admit_testkit::everywhere]
fn the_operator_manages_users_while_the_server_runs_and_while_it_does_not() {
    let mut server = demo();
    a_users_life(&server);
    what_is_refused(&server);
    server.kill();
    what_is_refused(&server);

    let mut other = demo();
    other.kill();
    a_users_life(&other);
    let server = other.again();
    assert_eq!(server.client().login("bob", "another tulip lantern").status, 200, "the server finds what was done");
}

#[admit_testkit::everywhere]
fn a_byte_order_mark_before_a_password_on_standard_input_is_no_part_of_it() {
    let server = demo();
    done(server.cli(&["user", "create", "bob", "--password-stdin"], &format!("\u{feff}{PASSWORD}\r\n")));
    assert_eq!(server.client().login("bob", PASSWORD).status, 200);
    done(server.cli(&["user", "set-password", "bob", "--password-stdin"], "\u{feff}another tulip lantern"));
    assert_eq!(server.client().login("bob", "another tulip lantern").status, 200);
    refused(&server.cli(&["user", "set-password", "bob", "--password-stdin"], "\u{feff}\n"), 2, "holds no password");
    let few = server.cli(&["user", "set-password", "bob", "--password-stdin"], "\u{fdfa}\n");
    refused(&few, 1, "use at least 15 characters");
}

#[admit_testkit::everywhere]
fn the_very_next_request_obeys_what_the_operator_has_done() {
    let server = demo();
    server.user("alice", &["customer"]);
    let mut alice = server.signed_in("alice");
    let mut put = || alice.call("PUT", "/demo/api/products/1", &edit()).status;
    assert_eq!(put(), 403);
    for _ in 0..3 {
        done(server.cli(&["user", "set-roles", "alice", "admin"], ""));
        assert_eq!(put(), 200);
        done(server.cli(&["user", "set-roles", "alice", "customer"], ""));
        assert_eq!(put(), 403);
    }
    done(server.cli(&["user", "disable", "alice"], ""));
    assert_eq!(put(), 401);
    assert_eq!(server.client().login("alice", PASSWORD).status, 401);
    done(server.cli(&["user", "enable", "alice"], ""));
    assert_eq!(put(), 401, "the old session stays dead");

    let mut again = server.signed_in("alice");
    done(server.cli(&["user", "set-password", "alice", "--password-stdin"], "another tulip lantern\n"));
    assert!(!is_signed_in(&mut again));
    assert_eq!(server.client().login("alice", PASSWORD).status, 401);
    assert_eq!(server.client().login("alice", "another tulip lantern").status, 200);
}

#[admit_testkit::everywhere]
fn the_operator_sees_sessions_and_ends_one_or_all() {
    let server = demo();
    server.user("alice", &[]);
    let (mut laptop, mut phone, mut tablet) =
        (server.signed_in("alice"), server.signed_in("alice"), server.signed_in("alice"));
    let listed = done(server.cli(&["--json", "session", "list", "alice"], "")).json();
    assert_eq!(listed.as_array().unwrap().len(), 3);
    let shown = [
        "absolute_expires_at",
        "address",
        "client_id",
        "created_at",
        "id",
        "idle_expires_at",
        "last_seen_at",
        "user_agent",
        "username",
    ];
    assert_eq!(members(&listed[0]), shown.into());
    let id = laptop.get("/session").json()["session"]["id"].as_str().unwrap().to_owned();
    assert_eq!(done(server.cli(&["--json", "session", "revoke", "alice", &id], "")).json(), json!({ "session": id }));
    assert!(!is_signed_in(&mut laptop) && is_signed_in(&mut phone));
    assert_eq!(done(server.cli(&["session", "list", "alice"], "")).stdout.lines().count(), 2);
    done(server.cli(&["session", "revoke", "alice"], ""));
    assert!(!is_signed_in(&mut phone) && !is_signed_in(&mut tablet));
    assert_eq!(done(server.cli(&["session", "list", "alice"], "")).stdout, "none\n");

    server.user("bob", &[]);
    let (mut hers, mut his) = (server.signed_in("alice"), server.signed_in("bob"));
    let everybodys = done(server.cli(&["--json", "session", "list"], "")).json();
    assert_eq!((&everybodys[0]["username"], &everybodys[1]["username"]), (&json!("alice"), &json!("bob")));
    let id = everybodys[1]["id"].as_str().unwrap();
    done(server.cli(&["session", "revoke", id], ""));
    assert!(is_signed_in(&mut hers) && !is_signed_in(&mut his), "a session is named by its id alone, too");
    refused(&server.cli(&["session", "revoke", id], ""), 1, "There is no");
}

#[test]
fn no_password_is_ever_in_the_arguments() {
    for arguments in [
        &["user", "create", "bob"][..],
        &["user", "create", "bob", "--password", PASSWORD],
        &["user", "create", "bob", PASSWORD, "--password-stdin"],
        &["user", "set-password", "bob"],
        &["user", "set-password", "bob", PASSWORD, "--password-stdin"],
    ] {
        let output = alone(arguments, &[]);
        assert_eq!((output.code, output.stdout.as_str()), (2, ""), "{arguments:?}: {output:?}");
    }
}

#[test]
fn wrong_usage_is_2_and_says_where_help_is() {
    for arguments in [&[][..], &["nonsense"], &["user"], &["user", "nonsense"], &["serve", "--demo"], &["--nonsense"]] {
        let output = alone(arguments, &[]);
        assert_eq!((output.code, output.stdout.as_str()), (2, ""), "{arguments:?}: {output:?}");
        assert!(output.stderr.contains("Usage: admit"), "{output:?}");
    }
    let help = alone(&["--help"], &[]);
    assert_eq!(help.code, 0);
    assert!(help.stdout.contains("serve") && help.stdout.contains("init"));
    assert_eq!(alone(&["--version"], &[]).code, 0);
}

#[test]
fn routes_lists_every_route_with_its_rule() {
    let rows = alone(&["--json", "routes"], &[]).json();
    let rule = |method: &str, path: &str| {
        let row = rows.as_array().unwrap().iter().find(|row| row["method"] == method && row["path"] == path);
        row.map(|row| row["rule"].as_str().unwrap().to_owned())
    };
    assert_eq!(rule("GET", "/login").as_deref(), Some("public"));
    assert_eq!(rule("GET", "/session").as_deref(), Some("signed in"));
    assert_eq!(rule("PUT", "/demo/api/products/{id}").as_deref(), Some("product:update"));
    let of_admin = |row: &&Value| row["path"].as_str().unwrap().starts_with("/admin");
    for row in rows.as_array().unwrap().iter().filter(of_admin) {
        let passes = |who: &str| row["passes"][who].as_str().unwrap();
        assert_eq!(["anonymous", "customer", "verifier", "admin"].map(passes), ["401", "403", "403", "yes"], "{row}");
    }
    assert!(!rows.to_string().contains("DANGER"));
    let text = alone(&["routes"], &[]).stdout;
    assert!(text.starts_with("METHOD") && text.lines().count() == rows.as_array().unwrap().len() + 1);
}
