//! A large policy is read in a time that grows with its size, and not with the square of it.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use super::*;

/// Some five times what it takes without optimisation; with a step for each pair of two things it takes minutes.
const BOUND: Duration = Duration::from_secs(10);

fn within_bound(text: &str) -> Policy {
    let begun = Instant::now();
    let policy = Policy::read(text, &used()).unwrap();
    let took = begun.elapsed();
    assert!(took < BOUND, "{took:?}");
    policy
}

/// Roles with ten permissions each, that another program asks for.
fn declared(roles: usize, mut more: impl FnMut(usize) -> String) -> String {
    let mut text = String::new();
    for role in 0..roles {
        let own: Vec<String> = (0..10).map(|verb| format!("\"noun{role}:verb{verb}\"")).collect();
        writeln!(text, "[roles.role{role}]\npermissions = [{}]\n{}", own.join(", "), more(role)).unwrap();
        own.iter().for_each(|name| writeln!(text, "[permissions.{name}]\nused_by = \"the shop\"").unwrap());
    }
    text
}

#[test]
fn a_policy_of_thousands_of_roles_and_permissions_is_read_at_once() {
    let policy = within_bound(&declared(1_000, |_| String::new()));
    assert!(ask(&policy, &["role999"], "noun999:verb9", None).is_allow());
    assert!(!ask(&policy, &["role999"], "noun998:verb9", None).is_allow());
}

#[test]
fn a_thousand_generations_of_heirs_are_read_at_once() {
    let text = declared(1_000, |role| match role {
        0 => String::new(),
        role => format!("inherits = [\"role{}\"]", role - 1),
    });
    let policy = within_bound(&text);
    assert!(ask(&policy, &["role999"], "noun0:verb0", None).is_allow());
    assert!(!ask(&policy, &["role0"], "noun999:verb0", None).is_allow());
}

#[test]
fn thousands_of_rules_are_read_at_once() {
    let mut text = declared(1_000, |_| String::new());
    for rule in 0..1_000 {
        let of = (rule + 1) % 1_000;
        writeln!(
            text,
            "[[allow]]\nname = \"own{rule}\"\nroles = [\"role{rule}\"]\npermissions = [\"noun{of}:*\"]\nwhen.owner = true\n\
             [[deny]]\nname = \"locked{rule}\"\npermissions = [\"noun{rule}:verb0\"]\nwhen.resource.locked = true"
        )
        .unwrap();
    }
    let policy = within_bound(&text);
    assert!(ask(&policy, &["role0"], "noun1:verb3", Some("owner = \"self\"")).is_allow());
}

#[test]
fn thousands_of_mistakes_are_told_at_once() {
    let text = declared(1_000, |_| String::new()).replace("the shop", "");
    let begun = Instant::now();
    let errors = Policy::read(&text, &used()).unwrap_err();
    assert_eq!(errors.0.len(), 20_000);
    let circle = declared(1_000, |role| format!("inherits = [\"role{}\"]", (role + 1) % 1_000));
    let errors = Policy::read(&circle, &used()).unwrap_err();
    assert!((1..=20).contains(&errors.0.len()), "{}", errors.0.len());
    assert!(begun.elapsed() < BOUND, "{:?}", begun.elapsed());
}
