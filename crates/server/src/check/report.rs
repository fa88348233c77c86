//! What was found, in words, as JSON, and as SARIF.

use std::fmt::Write;

use admit_rules::{Severity, sarif};
use admit_words::Language;
use jiff::ToSpan;
use serde_json::{Value, json};

use super::Checked;
use super::catalogue::{DesignRule, Weight, rule, rules};
use crate::finding::Finding;

/// For people.
#[must_use]
pub fn text(checked: &Checked, language: Language) -> String {
    let mut text = String::new();
    for (mark, findings) in [("✗", &checked.refused), ("!", &checked.told)] {
        for finding in findings {
            let severity = rule(finding.id).map_or(Severity::High, |rule| rule.severity).words();
            let _ = writeln!(
                text,
                "{mark} {} [{}]{}\n    {}\n    → {}",
                finding.id,
                severity.tell(language),
                about(finding),
                finding.wrong,
                finding.remedy
            );
        }
    }
    for waived in &checked.waived {
        let _ = writeln!(
            text,
            "~ {}{} until {}: {}\n    {}",
            waived.finding.id,
            about(&waived.finding),
            waived.until,
            waived.reason,
            waived.finding.wrong
        );
    }
    let (refused, told, waived) = (checked.refused.len(), checked.told.len(), checked.waived.len());
    let _ = match (refused, told, waived) {
        (0, 0, 0) => writeln!(text, "Nothing was found."),
        _ => writeln!(
            text,
            "{refused} refused, {told} told, {waived} waived. What an id means: admit check --explain ID."
        ),
    };
    text
}

/// The object of a finding, as a waiver names it.
fn about(finding: &Finding) -> String {
    if finding.about.is_empty() { String::new() } else { format!(" about {:?}", finding.about) }
}

/// For programs.
#[must_use]
pub fn json(checked: &Checked) -> Value {
    let finding = |finding: &Finding, weight: &str| {
        json!({
            "id": finding.id,
            "severity": rule(finding.id).map(|rule| rule.severity),
            "weight": weight,
            "about": finding.about,
            "wrong": finding.wrong,
            "remedy": finding.remedy,
        })
    };
    let findings: Vec<Value> = checked
        .refused
        .iter()
        .map(|found| finding(found, "refused"))
        .chain(checked.told.iter().map(|found| finding(found, "told")))
        .collect();
    let waived: Vec<Value> = checked
        .waived
        .iter()
        .map(|waived| {
            json!({
                "id": waived.finding.id,
                "about": waived.finding.about,
                "wrong": waived.finding.wrong,
                "reason": waived.reason,
                "until": waived.until.to_string(),
            })
        })
        .collect();
    json!({ "sound": checked.refused.is_empty(), "findings": findings, "waived": waived })
}

/// SARIF. `file`: where the configuration stands.
#[must_use]
pub fn to_sarif(checked: &Checked, file: &str, language: Language) -> Value {
    let described = rules()
        .map(|rule| sarif::rule(rule.id, rule.title(language), rule.why(language), level(rule), json!({})))
        .collect();
    let result = |finding: &Finding, more: Value| {
        let index = rules().position(|rule| rule.id == finding.id);
        let message = format!("{} {}", finding.wrong, finding.remedy);
        let level = rule(finding.id).map_or("error", level);
        sarif::result(finding.id, index, level, &message, sarif::location(file, Some(&finding.about)), more)
    };
    let waived = checked.waived.iter().map(|waived| {
        let why = format!("{} (until {})", waived.reason, waived.until);
        result(&waived.finding, json!({ "suppressions": sarif::suppressed("inSource", &why) }))
    });
    let results = checked.findings().map(|finding| result(finding, json!({}))).chain(waived).collect();
    sarif::document("admit check", described, results, json!({}))
}

fn level(rule: &DesignRule) -> &'static str {
    match (rule.weight, rule.severity) {
        (Weight::Told, Severity::Low) => "note",
        (Weight::Told, _) => "warning",
        (Weight::Refused | Weight::RefusedUnlessWaived, _) => "error",
    }
}

/// Every rule in a line.
#[must_use]
pub fn list(language: Language) -> String {
    let mut text = String::new();
    for rule in rules() {
        let _ = writeln!(
            text,
            "{:<28} {:<9} {:<9} {}",
            rule.id,
            rule.severity.words().tell(language),
            weight(rule),
            rule.title(language)
        );
    }
    text
}

/// What a rule is about, with the auditor's part where it has one.
#[must_use]
pub fn explain(id: &str, language: Language) -> Option<String> {
    let rule = rule(id)?;
    let severity = rule.severity.words();
    let mut text = format!(
        "{} [{}, {}]\n{}.\n\n{}\n",
        rule.id,
        severity.tell(language),
        weight(rule),
        rule.title(language),
        rule.why(language)
    );
    let becomes = match rule.weight {
        Weight::Refused => "The server does not start with it, and no waiver excuses it.",
        Weight::RefusedUnlessWaived => "The server does not start with it, unless a waiver answers for it:",
        Weight::Told => "It is told at each start, unless a waiver answers for it:",
    };
    let _ = writeln!(text, "\n{becomes}");
    if rule.weight != Weight::Refused {
        let _ = writeln!(
            text,
            "  [[waive]]\n  id = \"{}\"\n  about = \"what it was found at, as admit check prints it\"\n  \
             reason = \"Why it may be, and who decided it.\"\n  until = \"{}\"  # a year ahead at most",
            rule.id,
            super::today().saturating_add(3.months())
        );
    }
    if let Some(live) = rule.live() {
        let _ = writeln!(text, "\n`admit audit` asks the same of a live site.\n\n{}", live.explain(language));
    }
    Some(text)
}

fn weight(rule: &DesignRule) -> &'static str {
    match rule.weight {
        Weight::Refused => "refused",
        Weight::RefusedUnlessWaived => "waivable",
        Weight::Told => "told",
    }
}
