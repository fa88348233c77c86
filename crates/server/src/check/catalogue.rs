//! What a set-up is checked for. Where `admit audit` asks the same of a live site, the id, the title and the reason are its
//! own, so that both read alike.

mod clients;
mod files;
mod lifetimes;
mod operation;
mod reach;
mod stores;

use admit_audit::{Language, Severity, Words};

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
#[derive(Clone, Copy, Debug)]
pub struct DesignRule {
    /// Its stable name.
    pub id: &'static str,
    /// How grave it is.
    pub severity: Severity,
    /// What becomes of it.
    pub weight: Weight,
    title: Saying,
    why: Saying,
}

/// Two languages, or what the auditor says under the same id.
#[derive(Clone, Copy, Debug)]
enum Saying {
    Own(&'static str, &'static str),
    Shared,
}

impl DesignRule {
    /// What a sound set-up keeps to.
    #[must_use]
    pub fn title(&self, language: Language) -> String {
        self.tell(self.title, language, |rule| &rule.title)
    }

    /// What goes wrong otherwise.
    #[must_use]
    pub fn why(&self, language: Language) -> String {
        self.tell(self.why, language, |rule| &rule.why)
    }

    /// The auditor's rule of the same name, when there is one.
    #[must_use]
    pub fn live(&self) -> Option<&'static admit_audit::Rule> {
        admit_audit::rules().find(|rule| rule.id == self.id)
    }

    fn tell(&self, words: Saying, language: Language, of: fn(&admit_audit::Rule) -> &Words) -> String {
        match words {
            Saying::Own(en, ko) => Words::fixed(en, ko).tell(language).to_owned(),
            Saying::Shared => self.live().map(|rule| of(rule).tell(language).to_owned()).unwrap_or_default(),
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
    DesignRule { id, severity, weight, title: Saying::Own(title.0, title.1), why: Saying::Own(why.0, why.1) }
}

/// One that the auditor has too.
const fn shared(id: &'static str, severity: Severity, weight: Weight) -> DesignRule {
    DesignRule { id, severity, weight, title: Saying::Shared, why: Saying::Shared }
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
