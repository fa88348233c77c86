//! The command itself: its forms, its exit codes, and what it finds around it.

use std::fs;

use admit_testkit::{Server, run};

use crate::check::BINARY;
use crate::check::setup::{SetUp, git, mode};

const SOUND: &str = r#"
[server]
public_url = "https://login.example.org"
secret_file = "admit.secret"
trusted_proxies = ["127.0.0.1"]
policy = "policy.toml"
"#;

#[test]
fn what_init_writes_would_start_and_hears_that_its_proxy_is_not_named() {
    let folder = tempfile::tempdir().unwrap();
    let done = run(BINARY, folder.path(), &["init", "--public-url", "https://login.example.org"], &[], "");
    assert_eq!(done.code, 0, "{done:?}");
    let checked = run(BINARY, folder.path(), &["check", "--offline"], &[], "");
    assert_eq!(checked.code, 0, "{checked:?}");
    assert!(checked.stdout.contains("! proxy-untrusted [low]"), "{checked:?}");
    let strict = run(BINARY, folder.path(), &["check", "--offline", "--strict"], &[], "");
    assert_eq!(strict.code, 1, "{strict:?}");
}

#[test]
fn a_store_that_does_not_answer_is_3_and_not_a_pass() {
    let set_up = SetUp::with(&format!("{SOUND}[accounts]\nurl = \"postgres://admit@127.0.0.1:1/admit\"\n"));
    let checked = set_up.run(&["check"]);
    assert_eq!(checked.code, 3, "{checked:?}");
    assert!(checked.stdout.contains("store-unreachable") && checked.stderr.contains("Not everything"), "{checked:?}");
    assert!(!checked.stdout.contains(".."), "a sentence has one end: {}", checked.stdout);
}

#[test]
fn a_secret_in_a_subfolder_of_a_repository_and_one_that_is_ignored_are_told_apart() {
    let set_up = SetUp::with(&SOUND.replace("admit.secret", "secrets/admit.secret"));
    let at = set_up.folder.path();
    fs::create_dir(at.join("secrets")).unwrap();
    fs::rename(at.join("admit.secret"), at.join("secrets/admit.secret")).unwrap();
    git(at, &["init", "--quiet"]);
    git(at, &["add", "policy.toml"]);
    assert_eq!(set_up.check().ids, [""; 0], "it is in the folder and not in the index");
    // A name that only ends alike is another file.
    fs::create_dir_all(at.join("other/secrets")).unwrap();
    fs::write(at.join("other/secrets/admit.secret"), "x").unwrap();
    git(at, &["add", "other"]);
    assert_eq!(set_up.check().ids, [""; 0]);
    git(at, &["add", "secrets"]);
    assert_eq!(set_up.check().ids, ["secret-in-git"]);
}

#[test]
fn sarif_has_every_rule_each_finding_and_what_is_waived() {
    let text = format!(
        "{SOUND}[password]\nmin_length = 6\n[sessions]\nsame_site = \"none\"\n\
         [[waive]]\nid = \"cookie-samesite\"\nabout = \"sessions.same_site\"\nreason = \"Framed by partner.example.\"\n\
         until = \"NEXT-MONTH\"\n"
    );
    let set_up = SetUp::with(&text);
    let output = set_up.run(&["check", "--offline", "--sarif", "check.sarif"]);
    assert_eq!(output.code, 1, "{output:?}");
    let sarif: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(set_up.folder.path().join("check.sarif")).unwrap()).unwrap();
    let run = &sarif["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    let results = run["results"].as_array().unwrap();
    assert!(rules.len() > 50);
    for result in results {
        let at = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[at]["id"], result["ruleId"]);
    }
    let of = |id: &str| results.iter().find(|result| result["ruleId"] == id).unwrap();
    assert!(of("password-short").get("suppressions").is_none());
    assert_eq!(of("cookie-samesite")["suppressions"][0]["kind"], "inSource");
}

#[test]
fn an_id_is_explained_in_both_languages_and_as_the_auditor_explains_it() {
    let folder = tempfile::tempdir().unwrap();
    let explained = |arguments: &[&str]| run(BINARY, folder.path(), arguments, &[], "");
    let design = explained(&["check", "--explain", "cookie-samesite"]);
    let live = explained(&["audit", "--explain", "cookie-samesite"]);
    assert_eq!((design.code, live.code), (0, 0));
    assert!(design.stdout.contains(live.stdout.trim()), "{design:?}");
    assert!(design.stdout.contains("[[waive]]"), "{design:?}");
    let korean = explained(&["check", "--explain", "secret-in-git", "--lang", "ko"]);
    assert!(korean.stdout.contains("비밀"), "{korean:?}");
    let unknown = explained(&["check", "--explain", "nothing"]);
    assert_eq!(unknown.code, 2);
    assert!(unknown.stderr.contains("--list"), "{unknown:?}");
    let listed = explained(&["check", "--list"]);
    assert!(listed.stdout.lines().count() > 50 && listed.stdout.contains("proxy-everybody"), "{listed:?}");
}

#[test]
fn a_running_servers_roles_and_administrators_are_looked_at_through_the_server() {
    let set_up = SetUp::with(SOUND);
    let folder = std::sync::Arc::new(set_up.folder);
    fs::write(folder.path().join("policy.toml"), admit_server::config::policy::BUILT_IN).unwrap();
    let server = Server::with(BINARY, &["serve"]).within(std::sync::Arc::clone(&folder)).start();
    let ids = || -> Vec<String> {
        let output = run(BINARY, folder.path(), &["--json", "check"], &[], "");
        let json = output.json();
        let ids = json["findings"].as_array().unwrap().iter().map(|finding| finding["id"].as_str().unwrap().to_owned());
        ids.filter(|id| id != "runs-as-root").collect()
    };
    // admin and verifier; customer is inherited by admin, which nobody holds either.
    assert_eq!(ids(), ["role-unheld"; 3]);
    server.user("ada", &["admin"]);
    assert_eq!(ids(), ["role-unheld", "admin-second-factor"], "verifier is left");
    drop(server);
    assert_eq!(ids(), ["role-unheld", "admin-second-factor"], "and the same without a server");
}

#[test]
fn a_configuration_that_others_can_write_is_told_before_the_server_starts() {
    let set_up = SetUp::with(SOUND);
    mode(&set_up.folder.path().join("policy.toml"), 0o666);
    let served = set_up.run(&["serve"]);
    assert_eq!(served.code, 1, "{served:?}");
    assert!(served.stderr.contains("config-writable"), "{served:?}");
}

#[test]
fn a_role_of_a_client_that_the_policy_does_not_know_is_told_with_and_without_a_store() {
    let clients = "[server]\npublic_url = \"https://login.example.org\"\nsecret_file = \"admit.secret\"\npolicy = \"policy.toml\"\n\
                   trusted_proxies = [\"127.0.0.1\"]\n[clients.api]\nruns = \"service\"\naudience = [\"self\"]\n\
                   secret_file = \"service.secret\"\nroles = [\"ghost\"]\n";
    let set_up = SetUp::with(&clients.replace("ghost", "verifier"));
    // There is a database, so that a check without --offline asks it.
    let made = run(
        BINARY,
        set_up.folder.path(),
        &["user", "create", "carol", "--password-stdin"],
        &[],
        "a long password here\n",
    );
    assert_eq!(made.code, 0, "{made:?}");
    assert_eq!(set_up.run(&["check", "--offline"]).code, 0);
    fs::write(set_up.folder.path().join("admit.toml"), clients).unwrap();
    for arguments in [&["check", "--offline"][..], &["check"], &["serve"]] {
        let output = set_up.run(arguments);
        let told = format!("{}{}", output.stdout, output.stderr);
        assert!(output.code == 1 && told.contains("client-role-unknown"), "{output:?}");
        assert!(told.contains("[clients.api] has the role \"ghost\"") && told.contains("[roles.ghost]"), "{output:?}");
        assert!(!told.contains("Start the store"), "{output:?}");
    }
}
