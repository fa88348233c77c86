//! The report in SARIF.

use admit_rules::{Rule, Severity, sarif};
use admit_words::Language;
use serde_json::{Value, json};

use super::{Answered, Report, Waived};
use crate::outcome::State;

impl Report {
    /// As SARIF. Findings are results of kind `fail`; what a person has to look at is `review`.
    #[must_use]
    pub fn to_sarif(&self, language: Language) -> Value {
        let rules = self.answers.iter().map(|answered| rule(answered.rule, language)).collect();
        let results =
            self.answers.iter().enumerate().map(|(at, answered)| self.result(at, answered, language)).collect();
        let notifications = self.ended.iter().map(|trouble| {
            json!({ "level": "error", "message": { "text": self.redactor.redact(trouble.words().tell(language)) } })
        });
        let invocation = json!({
            "executionSuccessful": self.ended.is_none(),
            "startTimeUtc": self.begun.to_string(),
            "toolExecutionNotifications": notifications.collect::<Vec<_>>(),
        });
        let more = json!({ "invocations": [invocation], "language": language.tag() });
        sarif::document("admit audit", rules, results, more)
    }

    fn result(&self, at: usize, answered: &Answered, language: Language) -> Value {
        let Answered { rule, outcome, waived } = answered;
        let (kind, level) = match outcome.state {
            State::Fail => ("fail", sarif::level(rule.severity)),
            State::Warn => ("fail", "warning"),
            State::Manual => ("review", "none"),
            State::Untested => ("open", "none"),
            State::NotApplicable => ("notApplicable", "none"),
            State::Pass => ("pass", "none"),
        };
        let mut more = json!({
            "kind": kind,
            "partialFingerprints": { "admit/v1": format!("{} {}", rule.id, self.start.origin().ascii_serialization()) },
            "properties": {
                "curl": outcome.evidence.iter().map(|exchange| exchange.curl(&self.redactor)).collect::<Vec<_>>(),
            },
        });
        if let (Some(waived), Some(more)) = (waived, more.as_object_mut()) {
            let why = match waived {
                Waived::Waiver { reason, until } => format!("{reason} ({until})"),
                Waived::Baseline => "baseline".to_owned(),
            };
            more.insert("suppressions".to_owned(), sarif::suppressed("external", &why));
        }
        let place = outcome.evidence.last().map_or(&self.start, |exchange| &exchange.request.url);
        let place = sarif::location(&self.redactor.redact(place.as_str()), None);
        let told = self.redactor.redact(outcome.told.tell(language));
        sarif::result(rule.id, Some(at), level, &told, place, more)
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
    let more = json!({
        "help": { "text": rule.remedy.tell(language) },
        "properties": { "tags": tags, "security-severity": score },
    });
    let (title, why) = (rule.title.tell(language), rule.why.tell(language));
    sarif::rule(rule.id, title, why, sarif::level(rule.severity), more)
}
