//! Findings that are known and do not count: with a reason and an end, or because an earlier report has them.

use admit_rules::Waiver;
use admit_words::{Words, say};
use jiff::civil::Date;
use serde::Serialize;

use super::Report;
use crate::outcome::State;

/// # Errors
/// When a waiver names an unknown check, names an object, which only `admit check` has, or gives no reason.
pub(crate) fn sound(waiver: &Waiver) -> Result<(), Words> {
    let id = &waiver.id;
    if !crate::check::rules().any(|rule| rule.id == id) {
        return Err(say!(
            "A waiver names \"{id}\", and there is no such check.",
            "면제에 적힌 \"{id}\" 검사는 없습니다."
        ));
    }
    if !waiver.about.is_empty() {
        return Err(say!(
            "The waiver of \"{id}\" has `about`, which is for waivers of `admit check` only.",
            "\"{id}\" 면제에 `about`이 있습니다. `about`은 `admit check`의 면제에만 쓸 수 있습니다."
        ));
    }
    if !waiver.has_reason() {
        return Err(say!("The waiver of \"{id}\" gives no reason.", "\"{id}\" 면제에 이유가 없습니다."));
    }
    Ok(())
}

/// Why a finding does not count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "by")]
pub enum Waived {
    /// Somebody answers for it.
    Waiver {
        /// Why.
        reason: String,
        /// The last day.
        until: Date,
    },
    /// An earlier report has it too.
    Baseline,
}

/// The findings of an earlier report.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Baseline {
    known: Vec<(String, String)>,
}

impl Baseline {
    /// Reads what `--json` printed.
    ///
    /// # Errors
    /// When it is no such report.
    pub fn read(text: &str) -> Result<Self, Words> {
        let not = |why: String| {
            say!(
                "The baseline is no report of `admit audit --json`: {why}.",
                "기준 파일이 `admit audit --json`의 보고서가 아닙니다: {why}."
            )
        };
        let report: serde_json::Value = serde_json::from_str(text).map_err(|error| not(error.to_string()))?;
        let answers = report.get("answers").and_then(serde_json::Value::as_array);
        let answers = answers.ok_or_else(|| not("no member \"answers\"".to_owned()))?;
        let text = |answer: &serde_json::Value, name: &str| {
            answer.get(name).and_then(serde_json::Value::as_str).unwrap_or_default().to_owned()
        };
        let known = answers
            .iter()
            .map(|answer| (text(answer, "id"), text(answer, "state")))
            .filter(|(_, state)| state == State::Fail.name() || state == State::Warn.name())
            .collect();
        Ok(Self { known })
    }

    /// A warning that has become a failure is new.
    fn has(&self, id: &str, state: State) -> bool {
        self.known.iter().any(|(known, then)| known == id && (then == state.name() || then == State::Fail.name()))
    }
}

impl Report {
    /// Marks what does not count. `today` decides which waivers are over.
    pub fn waive(&mut self, waivers: &[Waiver], baseline: &Baseline, today: Date) {
        let mut used = vec![false; waivers.len()];
        for answered in self.answers.iter_mut().filter(|answered| answered.outcome.state.is_finding()) {
            if baseline.has(answered.rule.id, answered.outcome.state) {
                answered.waived = Some(Waived::Baseline);
            }
            for (waiver, used) in waivers.iter().zip(&mut used).filter(|(waiver, _)| waiver.id == answered.rule.id) {
                if !waiver.is_over(today) {
                    answered.waived = Some(Waived::Waiver { reason: waiver.reason.clone(), until: waiver.until });
                    *used = true;
                }
            }
        }
        self.stale = waivers.iter().zip(used).filter(|(_, used)| !used).map(|(waiver, _)| waiver.clone()).collect();
    }
}
