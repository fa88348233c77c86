//! Waivers: with a reason and an end, told at each start and kept in the audit log.

use std::fs;
use std::sync::Arc;

use admit_testkit::{Server, run};

use crate::check::BINARY;
use crate::check::setup::SetUp;

const FRAMED: &str = r#"
[server]
public_url = "https://login.example.org"
secret_file = "admit.secret"
trusted_proxies = ["127.0.0.1"]
[sessions]
same_site = "none"
"#;

fn waived(until: &str) -> String {
    format!(
        "{FRAMED}[[waive]]\nid = \"cookie-samesite\"\nabout = \"sessions.same_site\"\nreason = \"Framed by partner.example; decided by Ada.\"\nuntil = \"{until}\"\n"
    )
}

#[test]
fn what_is_waived_does_not_count_until_its_last_day_and_counts_again_after_it() {
    assert_eq!(SetUp::with(FRAMED).check().ids, ["cookie-samesite"]);
    let today = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date();
    assert_eq!(SetUp::with(&waived(&today.to_string())).check().ids, [""; 0]);
    let over = SetUp::with(&waived(&today.yesterday().unwrap().to_string())).check();
    assert_eq!(over.ids, ["cookie-samesite", "waiver-over"]);
}

#[test]
fn an_operator_with_a_waiver_of_the_old_form_hears_what_to_write_and_the_server_does_not_start() {
    let set_up = SetUp::with(&waived("NEXT-MONTH").replace("about = \"sessions.same_site\"\n", ""));
    let checked = set_up.run(&["check", "--offline"]);
    assert_eq!(checked.code, 1, "{checked:?}");
    assert!(
        checked.stdout.contains("waiver-about") && checked.stdout.contains("→ Add: about = \"sessions.same_site\""),
        "{checked:?}"
    );
    assert!(checked.stdout.contains("✗ cookie-samesite [medium] about \"sessions.same_site\""), "{checked:?}");
    let served = set_up.run(&["serve"]);
    assert!(served.code == 1 && served.stderr.contains("\n  waiver-about: "), "{served:?}");
}

#[test]
fn an_operator_who_waives_for_more_than_a_year_is_told_the_latest_day() {
    let set_up = SetUp::with(&waived("2099-12-31"));
    let checked = set_up.run(&["check", "--offline"]);
    let latest = admit_server::check::today().saturating_add(jiff::ToSpan::years(1)).to_string();
    assert!(
        checked.code == 1 && checked.stdout.contains("waiver-long") && checked.stdout.contains(&latest),
        "{checked:?}"
    );
    let good = SetUp::with(&waived(&latest)).run(&["check", "--offline"]);
    assert!(good.code == 0 && good.stdout.contains("~ cookie-samesite about \"sessions.same_site\" until"), "{good:?}");
}

#[test]
fn an_operator_who_waives_one_wide_network_does_not_waive_the_next() {
    let head = "[server]\npublic_url = \"https://login.example.org\"\nsecret_file = \"admit.secret\"\n";
    let waived = |networks: &str| {
        let waiver =
            "[[waive]]\nid = \"proxy-wide\"\nabout = \"10.0.0.0/8\"\nreason = \"Only our proxies are in it.\"\n";
        SetUp::with(&format!("{head}trusted_proxies = {networks}\n{waiver}until = \"NEXT-MONTH\"\n")).check().ids
    };
    assert_eq!(waived("[\"10.0.0.0/8\"]"), [""; 0]);
    assert_eq!(waived("[\"10.0.0.0/8\", \"172.16.0.0/12\"]"), ["proxy-wide"]);
    assert_eq!(waived("[\"10.0.0.0/9\"]"), ["proxy-wide", "waiver-idle"]);
}

#[test]
fn a_waiver_is_told_at_each_start_and_is_in_the_audit_log_each_time() {
    let set_up = SetUp::with(&waived("NEXT-MONTH"));
    let folder = Arc::new(set_up.folder);
    for start in 1..=2 {
        let server = Server::with(BINARY, &["serve"]).within(Arc::clone(&folder)).start();
        let log = server.logged();
        assert!(log.contains("cookie-samesite") && log.contains("decided by Ada"), "{log}");
        // The cookie is what was answered for.
        let page = server.client().page("/login");
        let cookie = page.header("set-cookie").unwrap_or_default().to_owned();
        assert!(cookie.contains("SameSite=None") && cookie.contains("Secure"), "{cookie}");
        drop(server);
        let file = format!("export-{start}");
        let exported = run(BINARY, folder.path(), &["export", &file], &[], "");
        assert_eq!(exported.code, 0, "{exported:?}");
        let text = fs::read_to_string(folder.path().join(file)).unwrap();
        let events: Vec<&str> = text.lines().filter(|line| line.contains("finding-waived")).collect();
        assert_eq!(events.len(), start, "{events:?}");
        assert!(
            events.iter().all(|event| {
                ["cookie-samesite", "sessions.same_site", "decided by Ada"].iter().all(|word| event.contains(word))
            }),
            "{events:?}"
        );
    }
}
