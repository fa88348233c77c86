//! `admit policy`, and a policy that changes while the server runs.

use std::fs;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use admit_server::config::policy::BUILT_IN;
use admit_testkit::{Output, PASSWORD, Server, run};
use serde_json::Value;
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use crate::http::support::{BINARY, edit};

/// A folder with a policy in it; the environment that names it.
struct At {
    folder: Arc<TempDir>,
    policy: String,
}

impl At {
    fn new(policy: &str) -> Self {
        let folder = Arc::new(tempfile::tempdir().unwrap());
        let path = folder.path().join("policy.toml");
        fs::write(&path, policy).unwrap();
        Self { policy: path.display().to_string(), folder }
    }

    fn write(&self, policy: &str) {
        fs::write(&self.policy, policy).unwrap();
    }

    fn run(&self, arguments: &[&str]) -> Output {
        run(BINARY, self.folder.path(), arguments, &[("ADMIT_SERVER__POLICY", &self.policy)], "")
    }

    fn server(&self) -> Server {
        Server::demo(BINARY).within(Arc::clone(&self.folder)).env("ADMIT_SERVER__POLICY", &self.policy).start()
    }
}

const NIGHT: &str = "
[roles.editor]
permissions = [\"product:update\"]

[[allow]]
name = \"office-hours\"
roles = [\"customer\"]
permissions = [\"product:update\"]
when = { time = \"08:00-18:00\", signed_in_within = \"15m\" }
";

#[test]
fn explain_names_what_decided_and_what_would_change_it_and_its_exit_code_is_the_answer() {
    let at = At::new(&format!("{BUILT_IN}{NIGHT}"));
    let customer = ["policy", "explain", "--role", "customer", "--action", "product:update", "--at"];
    let day = at.run(&[&customer[..], &["2027-01-04T09:00:00Z"]].concat());
    assert_eq!(day.code, 0, "{day:?}");
    assert!(
        day.stdout.contains("ALLOWED: somebody (customer) may product:update: the rule \"office-hours\" permits it")
    );
    let night = at.run(&[&customer[..], &["2027-01-04T19:00:00Z"]].concat());
    assert_eq!(night.code, 1);
    assert!(night.stdout.contains("the time is 08:00 to 18:00 (UTC): no"), "{night:?}");
    assert!(night.stdout.contains("With one of these roles it would be permitted: admin, editor."), "{night:?}");
    let stale = at.run(&[&customer[..], &["2027-01-04T09:00:00Z", "--signed-in", "20m", "--json"]].concat());
    assert_eq!((stale.code, &stale.json()["because"]), (1, &Value::from("it needs a sign-in of the last 900 seconds")));
    for (arguments, words) in [
        (&["policy", "explain", "--action", "a:b"][..], "--as <USER>"),
        (&["policy", "explain", "--role", "customer", "--action", "a:b"], "the policy does not know a:b"),
        (&["policy", "explain", "--role", "pirate", "--action", "user:read"], "\"pirate\" is not a role of the policy"),
        (&["policy", "explain", "--role", "admin", "--action", "user:read", "--resource", "owner"], "write name=value"),
    ] {
        let output = at.run(arguments);
        assert!(output.code == 2 && output.stderr.contains(words), "{output:?}");
    }
}

#[test]
fn a_user_is_explained_by_the_roles_that_they_hold_whether_a_server_runs_or_not() {
    let at = At::new(BUILT_IN);
    let mut server = at.server();
    server.user("ada", &["admin@acme"]);
    let explain = ["policy", "explain", "--as", "ada", "--action", "user:read", "--resource"];
    for _ in 0..2 {
        let own = at.run(&[&explain[..], &["tenant=acme"]].concat());
        assert!(own.code == 0 && own.stdout.contains("ada (admin@acme) may user:read"), "{own:?}");
        assert_eq!(at.run(&[&explain[..], &["tenant=globex"]].concat()).code, 1);
        let who = at.run(&["policy", "who", "user:read"]);
        assert!(who.stdout.contains("role admin") && who.stdout.contains("user ada"), "{who:?}");
        assert!(who.stdout.contains("by admin@acme when the object is of the tenant acme"), "{who:?}");
        server.kill();
    }
    assert_eq!(at.run(&["policy", "who", "user:fly"]).code, 1);
}

#[test]
fn a_policys_own_cases_are_run_and_a_wrong_one_is_named_with_its_line() {
    let at = At::new(&format!("{BUILT_IN}{NIGHT}"));
    let file = at.folder.path().join("cases.toml");
    let case = |expect: &str| {
        format!(
            "[[case]]\nname = \"a customer at noon\"\nroles = [\"customer\"]\naction = \"product:update\"\nexpect = \"{expect}\"\n"
        )
    };
    fs::write(&file, case("allow")).unwrap();
    let good = at.run(&["policy", "test", "cases.toml"]);
    assert!(good.code == 0 && good.stdout.contains("1 of 1 cases came out as expected"), "{good:?}");
    fs::write(&file, format!("{}{}", case("allow"), case("deny"))).unwrap();
    let wrong = at.run(&["policy", "test", "cases.toml"]);
    assert!(wrong.code == 1 && wrong.stdout.contains("cases.toml:6: it was allowed: the rule"), "{wrong:?}");
    fs::write(&file, "[[case]]\nname = 1\n").unwrap();
    let broken = at.run(&["policy", "test", "cases.toml"]);
    assert!(broken.code == 2 && broken.stderr.contains("cases.toml:2:"), "{broken:?}");
}

#[test]
fn a_diff_prints_who_gains_and_who_loses_what() {
    let at = At::new(BUILT_IN);
    fs::write(at.folder.path().join("new.toml"), format!("{}{NIGHT}", BUILT_IN.replace(", \"audit:read\"", "")))
        .unwrap();
    let diff = at.run(&["policy", "diff", "policy.toml", "new.toml"]);
    assert_eq!(diff.code, 1);
    assert!(diff.stdout.contains("- admin audit:read\n    before: yes, by admin\n    after:  no"), "{diff:?}");
    assert!(diff.stdout.contains("+ editor product:update"), "{diff:?}");
    let same = at.run(&["policy", "diff", "policy.toml", "policy.toml"]);
    assert_eq!((same.code, same.stdout.as_str()), (0, "No role gains or loses anything.\n"));
}

/// Sends SIGHUP and waits until the server has said what came of it.
fn reload(server: &Server) -> String {
    let before = server.logged().len();
    assert!(Command::new("kill").args(["-HUP", &server.pid().to_string()]).status().unwrap().success());
    let until = Instant::now() + Duration::from_secs(30);
    loop {
        let logged = server.logged();
        let new = logged.get(before..).unwrap_or_default();
        if new.contains("SIGHUP") {
            return new.to_owned();
        }
        assert!(Instant::now() < until, "nothing was said");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn a_policy_is_read_anew_on_sighup_whole_or_not_at_all() {
    let at = At::new(BUILT_IN);
    let server = at.server();
    server.user("alice", &["customer"]);
    let mut alice = server.client();
    alice.sign_in("alice", PASSWORD);
    let mut put = || alice.call("PUT", "/demo/api/products/1", &edit()).status;
    assert_eq!(put(), 403);

    at.write(&BUILT_IN.replace("[\"product:read\"]", "[\"product:read\", \"product:update\"]"));
    assert!(reload(&server).contains("is in force"));
    assert_eq!(put(), 200, "without a new sign-in");

    at.write(&BUILT_IN.replace("[\"product:read\"]", "[\"product:raed\"]"));
    let said = reload(&server);
    assert!(said.contains("the policy in force stays") && said.contains("policy.toml:7: [roles.customer]"), "{said}");
    assert_eq!(put(), 200, "the one before");

    // A rule that wants to see an object cannot guard a route that decides without one.
    let owners = "[[deny]]\nname = \"own\"\npermissions = [\"product:update\"]\nwhen.owner = true\n";
    at.write(&format!("{BUILT_IN}{owners}"));
    let said = reload(&server);
    assert!(said.contains("PUT /demo/api/products/{id} requires \"product:update\", and the rule \"own\""), "{said}");
    assert_eq!(put(), 200);

    at.write(BUILT_IN);
    assert!(reload(&server).contains("is in force"));
    assert_eq!(put(), 403);
}

#[test]
fn an_auditor_reads_when_a_policy_was_put_in_force_or_refused_and_which() {
    let at = At::new(BUILT_IN);
    let server = at.server();
    server.user("root", &["admin"]);
    let mut root = server.signed_in("root");
    let good = format!("{BUILT_IN}\n# another\n");
    at.write(&good);
    assert!(reload(&server).contains("is in force"));
    at.write(&BUILT_IN.replace("[\"product:read\"]", "[\"product:raed\"]"));
    assert!(reload(&server).contains("stays"));
    fs::remove_file(&at.policy).unwrap();
    assert!(reload(&server).contains("stays"));
    let events = |kind: &str| root.get(&format!("/admin/api/audit?kind={kind}")).json()["events"].clone();
    let mut events = events;
    let reloaded = events("policy-reloaded");
    assert_eq!((reloaded.as_array().unwrap().len(), &reloaded[0]["actor"]), (1, &Value::from("operator")));
    assert_eq!(reloaded[0]["detail"]["policy"], at.policy.as_str());
    let digest: String = Sha256::digest(&good).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(reloaded[0]["detail"]["sha256"], digest);
    let refused = events("policy-refused");
    assert_eq!(refused.as_array().unwrap().len(), 2);
    assert!(refused[1]["detail"]["because"].as_str().unwrap().contains("product:raed"), "{refused}");
    assert!(refused[0]["detail"]["because"].as_str().unwrap().contains("cannot be read"), "not there: {refused}");
}

#[test]
fn a_policy_that_locks_every_admin_out_is_refused_on_sighup_and_at_the_start() {
    let at = At::new(BUILT_IN);
    fs::write(
        at.folder.path().join("admit.toml"),
        "[clients.signer]\nruns = \"service\"\naudience = [\"self\"]\nroles = [\"verifier\"]\n\
               secret_file = \"signer.secret\"\n",
    )
    .unwrap();
    let made = run(BINARY, at.folder.path(), &["clients", "secret", "signer.secret"], &[], "");
    assert_eq!(made.code, 0, "{made:?}");
    let serve = ["serve", "--dev", "--demo", "--config", "admit.toml"];
    let server =
        Server::with(BINARY, &serve).within(Arc::clone(&at.folder)).env("ADMIT_SERVER__POLICY", &at.policy).start();
    server.user("root", &["admin"]);
    let mut root = server.client();
    root.sign_in("root", PASSWORD);
    let without_update = BUILT_IN.replace("\"user:update\", ", "");
    let denied =
        format!("{BUILT_IN}[[deny]]\nname = \"frozen\"\nroles = [\"admin\"]\npermissions = [\"user:update\"]\n");
    let bad = [
        (BUILT_IN.replace("[roles.admin]", "[roles.boss]"), "no role called admin"),
        (without_update, "admin may not user:update"),
        (denied, "admin may not user:update"),
        (
            BUILT_IN.replace("[roles.verifier]", "[roles.follower]"),
            "has the role \"verifier\", which the policy does not know",
        ),
    ];
    for (policy, words) in &bad {
        at.write(policy);
        let said = reload(&server);
        assert!(said.contains("the policy in force stays") && said.contains(words), "{said}");
        assert_eq!(root.get("/admin/api/users").status, 200, "{words}");
        assert_eq!(root.call("POST", "/admin/api/users", &serde_json::json!({})).status, 422, "{words}");
    }
    drop(server);
    for (policy, words) in &bad {
        at.write(policy);
        let started = at.run(&serve);
        assert!(started.code != 0 && started.stderr.contains(words), "{started:?}");
    }
    at.write(&bad[1].0);
    let checked = at.run(&["policy", "check"]);
    assert!(checked.code == 1 && checked.stderr.contains("user:update"), "{checked:?}");
}

#[test]
fn an_operator_whose_policy_file_everybody_can_write_is_refused_on_sighup_as_at_the_start() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Arc::new(tempfile::tempdir().unwrap());
    let done = run(BINARY, folder.path(), &["init", "--public-url", "https://login.example.org"], &[], "");
    assert_eq!(done.code, 0, "{done:?}");
    let server = Server::with(BINARY, &["serve"]).within(Arc::clone(&folder)).start();
    let policy = folder.path().join("policy.toml");
    fs::set_permissions(&policy, fs::Permissions::from_mode(0o666)).unwrap();
    let said = reload(&server);
    assert!(said.contains("the policy in force stays") && said.contains("config-writable"), "{said}");
    fs::set_permissions(&policy, fs::Permissions::from_mode(0o644)).unwrap();
    assert!(reload(&server).contains("is in force"));
}

#[test]
fn a_change_that_needs_a_fresh_sign_in_sends_a_browser_to_sign_in_again_and_a_program_a_401() {
    let recent = "[[deny]]\nname = \"recent\"\npermissions = [\"user:read\"]\nunless.signed_in_within = \"1ms\"\n";
    let at = At::new(&format!("{BUILT_IN}{recent}"));
    let server = at.server();
    server.user("root", &["admin"]);
    let mut root = server.client();
    root.sign_in("root", PASSWORD);
    std::thread::sleep(Duration::from_millis(5));
    let program = root.get("/admin/api/users");
    assert_eq!((program.status, program.problem().as_str()), (401, "sign-in-again"));
    let page = root.page("/admin");
    assert_eq!(page.status, 303);
    assert_eq!(page.header("location"), Some("/login?return_to=%2Fadmin&notice=sign-in-again"));
}
