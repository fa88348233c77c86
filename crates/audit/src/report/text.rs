//! The report for a terminal.

use std::fmt::Write;

use admit_rules::{Area, Tier};
use admit_words::{Language, Words};

use super::{Answered, Report, Waived};
use crate::outcome::State;

/// How the terminal is written to.
#[derive(Clone, Copy, Debug, Default)]
pub struct Style {
    /// Whether it has colours.
    pub colour: bool,
    /// Whether passes and what does not apply are listed one by one too.
    pub all: bool,
}

impl Report {
    /// As text: the findings with what to do, then the counts.
    #[must_use]
    pub fn to_text(&self, language: Language, style: Style) -> String {
        let mut text = String::new();
        for area in Area::ALL {
            let shown: Vec<&Answered> = self
                .answers
                .iter()
                .filter(|answered| {
                    answered.rule.area == area
                        && (style.all || (is_told(answered.outcome.state) && !self.is_unasked(answered)))
                })
                .collect();
            if shown.is_empty() {
                continue;
            }
            let _ = writeln!(text, "\n{}", paint(style, "1", area.words().tell(language)));
            for answered in shown {
                self.line(&mut text, answered, language, style);
            }
        }
        self.end(&mut text, language, style);
        text
    }

    fn line(&self, text: &mut String, answered: &Answered, language: Language, style: Style) {
        let rule = answered.rule;
        let outcome = &answered.outcome;
        let told = self.redactor.redact(outcome.told.tell(language));
        let colour = match outcome.state {
            State::Fail => "1;31",
            State::Warn => "33",
            State::Untested | State::Manual => "36",
            State::NotApplicable => "2",
            State::Pass => "32",
        };
        let mark = match outcome.state {
            State::Fail => "✗",
            State::Warn => "!",
            State::Untested => "?",
            State::Manual => "☞",
            State::NotApplicable => "–",
            State::Pass => "✓",
        };
        let severity = if outcome.state.is_finding() {
            format!(" [{}]", rule.severity.words().tell(language))
        } else {
            String::new()
        };
        let state = outcome.state.words();
        let _ = writeln!(
            text,
            "  {} {}{severity}  {}",
            paint(style, colour, &format!("{mark} {}", state.tell(language))),
            paint(style, "1", rule.id),
            rule.title.tell(language),
        );
        let _ = writeln!(text, "      {told}");
        if !outcome.state.is_finding() {
            return;
        }
        match &answered.waived {
            Some(Waived::Waiver { reason, until }) => {
                let known = Words::fixed("waived until", "면제됨, 기한");
                let _ = writeln!(text, "      {} {until}: {reason}", known.tell(language));
            }
            Some(Waived::Baseline) => {
                let known = Words::fixed("known from the baseline", "기준 보고서에 이미 있음");
                let _ = writeln!(text, "      {}", known.tell(language));
            }
            None => {
                let _ = writeln!(text, "      → {}", rule.remedy.tell(language));
                if let Some(decisive) = outcome.evidence.last() {
                    let _ = writeln!(text, "      {}", paint(style, "2", &decisive.curl(&self.redactor)));
                }
            }
        }
    }

    fn end(&self, text: &mut String, language: Language, style: Style) {
        let counts: Vec<String> =
            [State::Fail, State::Warn, State::Untested, State::Manual, State::NotApplicable, State::Pass]
                .into_iter()
                .map(|state| format!("{} {}", self.count(state), state.words().tell(language)))
                .collect();
        let requests = self.requests;
        let summary = admit_words::say!("{requests} requests to", "요청 {requests}개,");
        let _ = writeln!(text, "\n{}\n{} {}", counts.join(" · "), summary.tell(language), self.start);
        for tier in [Tier::Login, Tier::Active].into_iter().filter(|tier| *tier > self.tier) {
            let count = self.answers.iter().filter(|answered| answered.rule.tier == tier).count();
            let option = tier.option();
            let told = admit_words::say!(
                "{count} of those that could not be tested were not asked for: they need {option}.",
                "확인하지 못한 것 가운데 {count}개는 요청하지 않은 것입니다. {option}이(가) 필요합니다."
            );
            let _ = writeln!(text, "{}", told.tell(language));
        }
        for waiver in &self.stale {
            let (id, until) = (&waiver.id, waiver.until);
            let told = admit_words::say!(
                "The waiver of {id} (until {until}) waived nothing: it is over, or the finding is gone.",
                "{id} 면제({until}까지)는 쓰이지 않았습니다. 기한이 지났거나 지적 사항이 사라졌습니다."
            );
            let _ = writeln!(text, "{}", told.tell(language));
        }
        for left in &self.left_behind {
            let _ = writeln!(text, "{}", paint(style, "1;31", left.tell(language)));
        }
        if let Some(trouble) = &self.ended {
            let partial = Words::fixed(
                "The audit broke off, and this report is partial.",
                "감사가 중단되어 이 보고서는 일부입니다.",
            );
            let told = self.redactor.redact(trouble.words().tell(language));
            let _ = writeln!(text, "{} {told}", paint(style, "1;31", partial.tell(language)));
        }
    }
}

/// Whether a state is listed without being asked for.
fn is_told(state: State) -> bool {
    !matches!(state, State::Pass | State::NotApplicable)
}

fn paint(style: Style, code: &str, text: &str) -> String {
    if style.colour { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
}
