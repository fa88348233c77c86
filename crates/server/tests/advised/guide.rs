//! The guides on sessions and tokens: what they say to run is run, and what they say that it prints is what it prints.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use admit_testkit::Server;

use crate::advised::BINARY;

const GUIDES: [&str; 5] =
    ["session-or-jwt", "when-jwt-ruins-you", "401-and-403", "csrf-in-practice", "where-to-keep-tokens"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn guide(name: &str) -> String {
    fs::read_to_string(root().join(format!("docs/guide/{name}.md"))).unwrap()
}

/// The first code block in this language.
fn block<'a>(text: &'a str, language: &str) -> &'a str {
    let (_, rest) = text.split_once(&format!("\n```{language}\n")).unwrap();
    rest.split_once("```").unwrap().0
}

#[test]
fn what_each_guide_says_to_run_prints_what_the_guide_says() {
    for name in GUIDES {
        let text = guide(name);
        let server = Server::demo(BINARY).start();
        let cookie = format!("admit_session_{}", server.address.port());
        let script = block(&text, "sh").replace("http://127.0.0.1:8080", &server.url);
        let script = script.replace("admit_session_8080", &cookie).replace("./target/release/admit", BINARY);
        let done = Command::new("bash").arg("-c").arg(script).current_dir(server.folder()).output().unwrap();
        let printed = String::from_utf8(done.stdout).unwrap().replace(&server.url, "http://127.0.0.1:8080");
        let printed = printed.replace(&cookie, "admit_session_8080");
        assert_eq!(printed, block(&text, "text"), "{name}: {}", String::from_utf8_lossy(&done.stderr));
        assert!(done.stderr.is_empty(), "{name}: {}", String::from_utf8_lossy(&done.stderr));
    }
}

#[test]
fn each_guide_is_short_and_is_there_in_korean_with_the_same_commands() {
    for name in GUIDES {
        let (english, korean) = (guide(name), guide(&format!("{name}.ko")));
        for language in ["sh", "text"] {
            assert_eq!(block(&english, language), block(&korean, language), "{name}");
        }
        for text in [&english, &korean] {
            assert!(text.lines().count() <= 120, "{name}");
        }
        assert!(korean.chars().filter(|c| ('가'..='힣').contains(c)).count() > 500, "{name}");
    }
}

#[test]
fn every_link_of_a_guide_leads_to_a_file() {
    for name in GUIDES.iter().flat_map(|name| [(*name).to_owned(), format!("{name}.ko")]) {
        let text = guide(&name);
        for target in text.split("](").skip(1).map(|rest| rest.split(')').next().unwrap()) {
            let (file, heading) = target.split_once('#').unwrap_or((target, ""));
            let text = fs::read_to_string(root().join("docs/guide").join(file));
            assert!(text.is_ok(), "{name}: {target}");
            let is_it = |line: &str| {
                line.starts_with('#') && line.trim_matches(['#', ' ']).to_lowercase().replace(' ', "-") == heading
            };
            assert!(heading.is_empty() || text.unwrap().lines().any(is_it), "{name}: {target}");
        }
    }
}
