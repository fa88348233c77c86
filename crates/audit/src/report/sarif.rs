//! The report in SARIF 2.1.0 (OASIS), for code hosts and dashboards.

use serde_json::{Value, json};

use super::{Answered, Report, Waived};
use crate::outcome::State;
use crate::rule::{Rule, Severity};
use crate::words::Language;

impl Report {
    /// As SARIF. Findings are results of kind `fail`; what a person has to look at is `review`.
    #[must_use]
    pub fn to_sarif(&self, language: Language) -> Value {
        let rules: Vec<Value> = self.answers.iter().map(|answered| rule(answered.rule, language)).collect();
        let results: Vec<Value> =
            self.answers.iter().enumerate().map(|(at, answered)| self.result(at, answered, language)).collect();
        json!({
            "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
            "version": "2.1.0",
            "runs": [{
                "tool": { "driver": {
                    "name": "admit audit",
                    "semanticVersion": env!("CARGO_PKG_VERSION"),
                    "rules": rules,
                } },
                "invocations": [{
                    "executionSuccessful": self.ended.is_none(),
                    "startTimeUtc": self.begun.to_string(),
                    "toolExecutionNotifications": self.ended.iter().map(|trouble| json!({
                        "level": "error",
                        "message": { "text": self.redactor.redact(trouble.words().tell(language)) },
                    })).collect::<Vec<_>>(),
                }],
                "language": language.tag(),
                "results": results,
            }],
        })
    }

    fn result(&self, at: usize, answered: &Answered, language: Language) -> Value {
        let (kind, level) = match answered.outcome.state {
            State::Fail => ("fail", level(answered.rule.severity)),
            State::Warn => ("fail", "warning"),
            State::Manual => ("review", "none"),
            State::Untested => ("open", "none"),
            State::NotApplicable => ("notApplicable", "none"),
            State::Pass => ("pass", "none"),
        };
        let place = answered.outcome.evidence.last().map_or(&self.start, |exchange| &exchange.request.url);
        let mut result = json!({
            "ruleId": answered.rule.id,
            "ruleIndex": at,
            "kind": kind,
            "level": level,
            "message": { "text": self.redactor.redact(answered.outcome.told.tell(language)) },
            "locations": [{ "physicalLocation": { "artifactLocation": { "uri": self.redactor.redact(place.as_str()) } } }],
            "partialFingerprints": { "admit/v1": format!("{} {}", answered.rule.id, self.start.origin().ascii_serialization()) },
            "properties": {
                "curl": answered.outcome.evidence.iter().map(|exchange| exchange.curl(&self.redactor)).collect::<Vec<_>>(),
            },
        });
        if let (Some(waived), Some(result)) = (&answered.waived, result.as_object_mut()) {
            let why = match waived {
                Waived::Waiver { reason, until } => format!("{reason} ({until})"),
                Waived::Baseline => "baseline".to_owned(),
            };
            result.insert("suppressions".to_owned(), json!([{ "kind": "external", "justification": why }]));
        }
        result
    }
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low => "note",
    }
}

fn rule(rule: &Rule, language: Language) -> Value {
    let score = match rule.severity {
        Severity::Critical => "9.5",
        Severity::High => "8.0",
        Severity::Medium => "5.5",
        Severity::Low => "2.5",
    };
    let tags: Vec<String> = rule
        .cwe
        .iter()
        .map(|number| format!("external/cwe/cwe-{number:03}"))
        .chain(rule.asvs.iter().map(|requirement| format!("external/asvs-5.0.0/{requirement}")))
        .chain(["security".to_owned()])
        .collect();
    json!({
        "id": rule.id,
        "shortDescription": { "text": rule.title.tell(language) },
        "fullDescription": { "text": rule.why.tell(language) },
        "help": { "text": rule.remedy.tell(language) },
        "defaultConfiguration": { "level": level(rule.severity) },
        "properties": { "tags": tags, "security-severity": score },
    })
}
