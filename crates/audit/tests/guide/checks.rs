//! The guide lists every check as the program knows it.

use std::path::{Path, PathBuf};

use admit_audit::{guide, rules};
use admit_rules::Tier;
use admit_words::Language;

/// Between these the guide is written by `ADMIT_RENEW=1 cargo nextest run -p admit-audit --test guide`.
const BEGIN: &str = "<!-- The checks: written by the program, see crates/audit/tests/guide.rs -->\n";

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/guide").join(name)
}

#[track_caller]
fn says_what_the_program_knows(name: &str, language: Language) {
    let path = file(name);
    let text = std::fs::read_to_string(&path).unwrap_or_default();
    let Some((before, after)) = text.split_once(BEGIN) else { panic!("docs/guide/{name} has no place for the checks") };
    let wanted = guide(language);
    if after != wanted && std::env::var_os("ADMIT_RENEW").is_some() {
        let written = std::fs::write(&path, format!("{before}{BEGIN}{wanted}"));
        assert!(written.is_ok(), "{written:?}");
        return;
    }
    assert!(after == wanted, "docs/guide/{name} is not what the checks say: ADMIT_RENEW=1 renews it");
}

#[test]
fn the_english_guide_lists_every_check_as_it_is() {
    says_what_the_program_knows("audit.md", Language::En);
}

#[test]
fn the_korean_guide_lists_every_check_as_it_is() {
    says_what_the_program_knows("audit.ko.md", Language::Ko);
}

#[test]
fn every_check_has_a_name_of_its_own_and_says_why_how_and_what_to_do_in_both_languages() {
    let mut ids = Vec::new();
    for rule in rules() {
        let id = rule.id;
        assert!(id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-'), "{id}");
        assert!(!ids.contains(&id), "{id} is there twice");
        ids.push(id);
        for words in [&rule.title, &rule.why, &rule.how, &rule.remedy] {
            for (language, text) in [("en", &words.en), ("ko", &words.ko)] {
                assert!(text.chars().count() >= 8, "{id} ({language}): {text}");
                assert!(!text.contains("  "), "{id} ({language}): two spaces in {text}");
            }
            assert!(words.ko.chars().any(|letter| ('가'..='힣').contains(&letter)), "{id}: {}", words.ko);
            assert!(!words.en.chars().any(|letter| ('가'..='힣').contains(&letter)), "{id}: {}", words.en);
        }
        assert!(!rule.title.en.ends_with('.'), "{id}");
        assert!(['.', ')'].iter().any(|end| rule.why.en.ends_with(*end)), "{id}: {}", rule.why.en);
        assert!(
            rule.asvs.iter().all(|requirement| requirement.starts_with('V') && requirement.split('.').count() == 3),
            "{id}"
        );
    }
    assert!(ids.len() >= 60, "{} checks", ids.len());
}

#[test]
fn what_only_looks_is_safe_and_what_forges_is_active() {
    let tier = |id: &str| rules().find(|rule| rule.id == id).expect("the check").tier;
    assert_eq!(tier("page-framing"), Tier::Safe);
    assert_eq!(tier("cookie-secure"), Tier::Login);
    for id in ["csrf-form", "jwt-alg-none", "login-brute-force", "password-short", "access-path"] {
        assert_eq!(tier(id), Tier::Active, "{id}");
    }
}
