//! The report for programs.

use serde_json::{Value, json};

use super::{Answered, Report};
use crate::http::{Exchange, Redactor, Trouble};
use crate::outcome::State;

impl Report {
    /// As JSON. Members are only ever added.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let states = [State::Fail, State::Warn, State::Untested, State::Manual, State::NotApplicable, State::Pass];
        let counts: serde_json::Map<String, Value> =
            states.into_iter().map(|state| (state.name().to_owned(), self.count(state).into())).collect();
        json!({
            "site": self.start.as_str(),
            "begun": self.begun.to_string(),
            "version": env!("CARGO_PKG_VERSION"),
            "requests": self.requests,
            "complete": self.ended.is_none(),
            "ended": self.ended.as_ref().map(Trouble::words),
            "left_behind": self.left_behind,
            "counts": counts,
            "answers": self.answers.iter().map(|answered| answer(answered, &self.redactor)).collect::<Vec<_>>(),
            "stale_waivers": self.stale,
        })
    }
}

fn answer(answered: &Answered, redactor: &Redactor) -> Value {
    let rule = answered.rule;
    let outcome = &answered.outcome;
    json!({
        "id": rule.id,
        "state": outcome.state,
        "severity": rule.severity,
        "area": rule.area,
        "tier": rule.tier,
        "title": rule.title,
        "told": { "en": redactor.redact(&outcome.told.en), "ko": redactor.redact(&outcome.told.ko) },
        "asvs": rule.asvs,
        "cwe": rule.cwe,
        "remedy": outcome.state.is_finding().then_some(&rule.remedy),
        "waived": answered.waived,
        "evidence": outcome.evidence.iter().map(|exchange| evidence(exchange, redactor)).collect::<Vec<_>>(),
    })
}

fn evidence(exchange: &Exchange, redactor: &Redactor) -> Value {
    json!({
        "number": exchange.number,
        "request": redactor.redact(&exchange.request_line()),
        "status": exchange.status(),
        "headers": exchange.telling_headers().map(|(name, value)| format!("{name}: {}", redactor.redact(value))).collect::<Vec<_>>(),
        "milliseconds": u64::try_from(exchange.elapsed.as_millis()).unwrap_or(u64::MAX),
        "curl": exchange.curl(redactor),
    })
}

impl Exchange {
    /// Method and address.
    #[must_use]
    pub fn request_line(&self) -> String {
        format!("{} {}", self.request.method, self.request.url)
    }

    /// The headers of the answer that say something about sign-in.
    pub fn telling_headers(&self) -> impl Iterator<Item = (&str, &str)> {
        const TELLING: [&str; 14] = [
            "set-cookie",
            "location",
            "www-authenticate",
            "cache-control",
            "content-type",
            "retry-after",
            "strict-transport-security",
            "content-security-policy",
            "x-frame-options",
            "access-control-allow-origin",
            "access-control-allow-credentials",
            "referrer-policy",
            "allow",
            "vary",
        ];
        self.received
            .headers
            .iter()
            .filter(|(name, _)| TELLING.contains(&name.as_str()))
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }
}
