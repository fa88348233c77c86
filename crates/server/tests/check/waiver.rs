//! Waivers: with a reason and an end, told at each start and kept in the audit log.

use std::fs;
use std::sync::Arc;

use admit_testkit::{Server, run};

use crate::BINARY;
use crate::setup::SetUp;

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
        "{FRAMED}[[waive]]\nid = \"cookie-samesite\"\nreason = \"Framed by partner.example; decided by Ada.\"\nuntil = \"{until}\"\n"
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
fn a_waiver_is_told_at_each_start_and_is_in_the_audit_log_each_time() {
    let set_up = SetUp::with(&waived("2099-12-31"));
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
            events.iter().all(|event| event.contains("cookie-samesite") && event.contains("decided by Ada")),
            "{events:?}"
        );
    }
}
