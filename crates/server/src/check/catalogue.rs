//! What a set-up is checked for. Where `admit audit` asks the same of a live site, the id, the title and the reason are its
//! own, so that both read alike.

mod clients;
mod files;
mod lifetimes;
mod operation;
mod reach;
mod stores;

use admit_rules::{Rule, Severity};
use admit_words::{Language, Words};

/// What becomes of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// The server does not start, and nothing can excuse it: it could not work, or anybody would be let in.
    Refused,
    /// The server does not start unless a waiver answers for it.
    RefusedUnlessWaived,
    /// It is told at each start.
    Told,
}

/// One thing that a set-up is checked for.
#[derive(Debug)]
pub struct DesignRule {
    /// Its stable name.
    pub id: &'static str,
    /// How grave it is.
    pub severity: Severity,
    /// What becomes of it.
    pub weight: Weight,
    text: Text,
}

#[derive(Debug)]
enum Text {
    Own { title: Words, why: Words },
    Shared(&'static Rule),
}

impl DesignRule {
    /// What a sound set-up keeps to.
    #[must_use]
    pub fn title(&self, language: Language) -> &str {
        match &self.text {
            Text::Own { title, .. } | Text::Shared(Rule { title, .. }) => title.tell(language),
        }
    }

    /// What goes wrong otherwise.
    #[must_use]
    pub fn why(&self, language: Language) -> &str {
        match &self.text {
            Text::Own { why, .. } | Text::Shared(Rule { why, .. }) => why.tell(language),
        }
    }

    /// The auditor's rule of the same name, when there is one.
    #[must_use]
    pub fn live(&self) -> Option<&'static Rule> {
        match self.text {
            Text::Own { .. } => None,
            Text::Shared(rule) => Some(rule),
        }
    }
}

/// The rule of a name.
#[must_use]
pub fn rule(id: &str) -> Option<&'static DesignRule> {
    rules().find(|rule| rule.id == id)
}

const fn own(
    id: &'static str,
    severity: Severity,
    weight: Weight,
    title: (&'static str, &'static str),
    why: (&'static str, &'static str),
) -> DesignRule {
    let text = Text::Own { title: Words::fixed(title.0, title.1), why: Words::fixed(why.0, why.1) };
    DesignRule { id, severity, weight, text }
}

/// One that the auditor has too.
const fn shared(rule: &'static Rule, severity: Severity, weight: Weight) -> DesignRule {
    DesignRule { id: rule.id, severity, weight, text: Text::Shared(rule) }
}

/// All, by what they are about.
pub fn rules() -> impl Iterator<Item = &'static DesignRule> {
    let groups = [reach::RULES, files::RULES, stores::RULES, lifetimes::RULES, clients::RULES, operation::RULES];
    groups.into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_has_a_name_of_its_own_a_title_and_a_reason_in_both_languages() {
        for (at, rule) in rules().enumerate() {
            assert!(rules().skip(at + 1).all(|other| other.id != rule.id), "{}", rule.id);
            for language in [Language::En, Language::Ko] {
                assert!(rule.title(language).chars().count() > 8, "{}", rule.id);
                assert!(rule.why(language).chars().count() > 8, "{}", rule.id);
            }
        }
    }
}
