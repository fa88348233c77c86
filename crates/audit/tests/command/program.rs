//! The command: what it says before it starts, what it refuses, its forms and its exit codes.

use std::fs;

use admit_testkit::{Output, run};

/// The password of alice, who has an account on every site of the testbed.
const PASSWORD: &str = "violet-anchor-1842-mango";

fn audit(folder: &tempfile::TempDir, arguments: &[&str]) -> Output {
    let environment = [("ADMIT_AUDIT_PASSWORD", PASSWORD), ("LC_ALL", "C")];
    run(env!("CARGO_BIN_EXE_admit-audit"), folder.path(), arguments, &environment, "")
}

#[test]
fn nothing_active_is_sent_to_a_site_that_nobody_answers_for() {
    let folder = tempfile::tempdir().unwrap();
    let output = audit(&folder, &["https://shop.example.org", "--active"]);
    assert_eq!(output.code, 2, "{output:?}");
    assert!(output.stderr.contains("--i-own-this-site") && output.stderr.contains("shop.example.org"), "{output:?}");
    assert_eq!(output.stdout, "");
    assert!(!output.stderr.contains("Sends forged"), "it announces what it does not do: {output:?}");
}

#[test]
fn wrong_usage_is_2_and_says_what_to_write() {
    let folder = tempfile::tempdir().unwrap();
    for (arguments, says) in [
        (&["shop.example.org"][..], "https://shop.example.org"),
        (&["https://a.example", "--recipe", "no.toml"], "no.toml"),
        (&["https://a.example", "--only", "cookies"], "--list"),
        (&["--explain", "nothing"], "--list"),
        (&["https://a.example", "--baseline", "no.json"], "no.json"),
        (&["https://a.example", "--har", "no.har"], "no.har"),
    ] {
        let output = audit(&folder, arguments);
        assert_eq!(output.code, 2, "{arguments:?}: {output:?}");
        assert!(output.stderr.contains(says), "{arguments:?}: {output:?}");
    }
    fs::write(folder.path().join("wrong.toml"), "[accounts.ordinary]\nname = \"carol\"\npasword = \"x\"\n").unwrap();
    let output = audit(&folder, &["https://a.example", "--recipe", "wrong.toml"]);
    assert_eq!(output.code, 2);
    assert!(output.stderr.contains("pasword") && output.stderr.contains("line 3"), "{output:?}");
}

#[test]
fn a_waiver_of_no_check_without_a_reason_or_with_an_object_is_wrong_usage() {
    let folder = tempfile::tempdir().unwrap();
    for (id, more, says) in [
        ("page-frames", "reason = \"The partner frames it.\"", "no such check"),
        ("page-framing", "reason = \"ok\"", "gives no reason"),
        ("page-framing", "reason = \"The partner frames it.\"\nabout = \"/login\"", "about"),
    ] {
        let text = format!("[[waive]]\nid = \"{id}\"\n{more}\nuntil = \"2099-12-31\"\n");
        fs::write(folder.path().join("waive.toml"), text).unwrap();
        let output = audit(&folder, &["http://127.0.0.1:9", "--recipe", "waive.toml"]);
        assert_eq!(output.code, 2, "{output:?}");
        assert!(output.stderr.contains(says) && output.stdout.is_empty(), "{output:?}");
    }
}

#[test]
fn it_says_before_it_starts_what_it_will_send_and_a_site_that_is_not_there_is_3() {
    let folder = tempfile::tempdir().unwrap();
    let recipe =
        "[accounts.ordinary]\nname = \"carol\"\npassword = \"x\"\nnew_password = \"y\"\n[password]\npage = \"/p\"\n";
    fs::write(folder.path().join("r.toml"), recipe).unwrap();
    let output = audit(&folder, &["http://127.0.0.1:9", "--active", "--i-own-this-site", "--recipe", "r.toml"]);
    assert_eq!(output.code, 3, "{output:?}");
    for said in
        ["at most 1500 requests", "10 a second", "as carol", "Changes the password of carol", "25 wrong passwords"]
    {
        assert!(output.stderr.contains(said), "{said}: {output:?}");
    }
    assert!(output.stdout.contains("partial"), "{output:?}");
}

#[test]
fn reports_come_as_text_json_sarif_and_one_page_in_both_languages() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let flaw = Some("cookie-secure".parse().unwrap());
    let site = runtime.block_on(admit_testbed::start(flaw, admit_testbed::Options::default())).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let arguments =
        [&site.url, "--login", "--user", "alice", "--private", "/account", "--rate", "500", "--only", "cookie-"];
    let with = |more: &[&str]| {
        let all: Vec<&str> = arguments.iter().map(|argument| argument.as_ref()).chain(more.iter().copied()).collect();
        audit(&folder, &all)
    };
    let english = with(&["--html", "en.html", "--sarif", "en.sarif", "--lang", "en"]);
    let korean = with(&["--html", "ko.html", "--lang", "ko"]);
    assert_eq!((english.code, korean.code), (0, 0), "{english:?}");
    assert!(
        english.stdout.contains("! warn cookie-secure") && korean.stdout.contains("! 주의 cookie-secure"),
        "{english:?}"
    );
    let page = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
    assert!(page("en.html").contains("<html lang=\"en\">") && page("ko.html").contains("<html lang=\"ko\">"));
    for part in ["<script", "http-equiv=\"refresh\"", "@import", "url("] {
        assert!(!page("en.html").contains(part), "the page needs something else: {part}");
    }
    let sarif: serde_json::Value = serde_json::from_str(&page("en.sarif")).unwrap();
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    let of = |id: &str| results.iter().find(|result| result["ruleId"] == id).unwrap();
    assert_eq!((&of("cookie-secure")["kind"], &of("cookie-secure")["level"]), (&"fail".into(), &"warning".into()));
    assert_eq!((&of("cookie-httponly")["kind"], &of("cookie-httponly")["level"]), (&"pass".into(), &"none".into()));
    for file in ["en.html", "ko.html", "en.sarif"] {
        assert!(!page(file).contains(PASSWORD), "{file}");
    }
}

#[test]
fn what_was_not_asked_for_is_told_in_a_line_and_listed_only_when_all_is() {
    let (url, folder) = (framed(), tempfile::tempdir().unwrap());
    let short = audit(&folder, &[&url, "--rate", "500"]);
    assert!(!short.stdout.contains("session-logout"), "{short:?}");
    assert!(short.stdout.contains("not asked for: they need --login"), "{short:?}");
    assert!(short.stdout.contains("not asked for: they need --active"), "{short:?}");
    let all = audit(&folder, &[&url, "--rate", "500", "--all"]);
    assert!(all.stdout.contains("session-logout") && all.stdout.contains("needs --login"), "{all:?}");
}

#[test]
fn a_baseline_and_a_waiver_let_known_findings_pass_and_say_so() {
    // A page over plain http whose login form can be framed by anybody.
    let (url, folder) = (framed(), tempfile::tempdir().unwrap());
    let only = ["--only", "page-framing", "--rate", "500"];
    let with = |more: &[&str]| {
        let all: Vec<&str> = [url.as_str()].into_iter().chain(only).chain(more.iter().copied()).collect();
        audit(&folder, &all)
    };
    let found = with(&[]);
    assert_eq!(found.code, 1, "{found:?}");
    assert_eq!(with(&["--fail-on", "high"]).code, 0, "it is of medium severity");
    let json = with(&["--json"]);
    fs::write(folder.path().join("before.json"), &json.stdout).unwrap();
    let known = with(&["--baseline", "before.json"]);
    assert_eq!(known.code, 0, "{known:?}");
    assert!(known.stdout.contains("baseline"), "{known:?}");
    let waive = |until: &str| {
        let text = format!(
            "[[waive]]\nid = \"page-framing\"\nreason = \"The partner frames it until May.\"\nuntil = \"{until}\"\n"
        );
        fs::write(folder.path().join("waive.toml"), text).unwrap();
        with(&["--recipe", "waive.toml"])
    };
    let waived = waive("2099-12-31");
    assert_eq!(waived.code, 0, "{waived:?}");
    assert!(waived.stdout.contains("waived until 2099-12-31"), "{waived:?}");
    let over = waive("2020-12-31");
    assert_eq!(over.code, 1, "{over:?}");
    assert!(over.stdout.contains("waived nothing"), "{over:?}");
}

/// A server whose every page is a login form without any header.
fn framed() -> String {
    use std::io::{Read, Write};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut head = [0; 4096];
            drop(stream.read(&mut head));
            let body = "<form method=post><input name=u><input name=p type=password></form>";
            let text = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
                body.len()
            );
            drop(stream.write_all(text.as_bytes()));
        }
    });
    url
}

#[test]
fn every_option_that_a_check_names_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let help = audit(&folder, &["--help"]).stdout;
    let sources = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut named = 0;
    let mut folders = vec![sources];
    while let Some(at) = folders.pop() {
        for entry in fs::read_dir(at).unwrap().map(|entry| entry.unwrap().path()) {
            if entry.is_dir() {
                folders.push(entry);
            } else if entry.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&entry).unwrap();
                // As sentences name them: behind a bracket or a space, with an end.
                for piece in text.split(['(', ' ', '"']).filter(|piece| piece.starts_with("--")) {
                    let option: String = piece.chars().take_while(|c| c.is_ascii_lowercase() || *c == '-').collect();
                    let others = [
                        "--headless",
                        "--length",
                        "--no-sandbox",
                        "--disable-",
                        "--no-first-run",
                        "--port",
                        "--dev",
                        "--data-raw",
                    ];
                    if option.chars().nth(2).is_some_and(|letter| letter != '-')
                        && option.len() > 3
                        && !others.iter().any(|known| option.starts_with(known))
                    {
                        named += 1;
                        assert!(help.contains(&option), "{option} of {}", entry.display());
                    }
                }
            }
        }
    }
    assert!(named > 20, "{named}");
}
