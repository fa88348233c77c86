//! How long things live, by the answers.

use admit_words::Language;

use super::check::Check;
use super::requirement::{Assurance, Client, Requirements};
use super::words::{Reason, reason};

/// A duration as people write it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Span {
    /// Minutes.
    Minutes(u32),
    /// Hours of 60 minutes.
    Hours(u32),
    /// Days of 24 hours.
    Days(u32),
}

impl Span {
    /// As the configuration has it: `30m`.
    #[must_use]
    pub fn short(self) -> String {
        match self {
            Self::Minutes(count) => format!("{count}m"),
            Self::Hours(count) => format!("{count}h"),
            Self::Days(count) => format!("{count}d"),
        }
    }

    /// In words.
    #[must_use]
    pub fn long(self, lang: Language) -> String {
        let (count, en, ko) = match self {
            Self::Minutes(count) => (count, "minute", "분"),
            Self::Hours(count) => (count, "hour", "시간"),
            Self::Days(count) => (count, "day", "일"),
        };
        match lang {
            Language::En => format!("{count} {en}{}", if count == 1 { "" } else { "s" }),
            Language::Ko => format!("{count}{ko}"),
        }
    }
}

/// How long what lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Lifetimes {
    /// Unused for this long, a session ends.
    pub idle: Span,
    /// This old, a session ends.
    pub absolute: Span,
    /// An access token.
    pub access: Span,
    /// Unused for this long, a refresh token is dead.
    pub refresh_idle: Span,
    /// This long after signing in, it is dead in any case.
    pub refresh_absolute: Span,
}

impl Lifetimes {
    /// By the answers: the defaults of the configuration, shortened for shared devices and for high assurance, and an
    /// access token as long as admit issues one where a device must do without a network.
    #[must_use]
    pub fn choose(requirements: &Requirements) -> Self {
        let high = requirements.assurance == Assurance::High;
        let shared = requirements.client == Client::Kiosk;
        let alone = Check::choose(requirements) == Check::OnDevice;
        Self {
            idle: match (shared, high) {
                (true, _) => Span::Minutes(5),
                (false, true) => Span::Minutes(15),
                (false, false) => Span::Minutes(30),
            },
            absolute: Span::Hours(8),
            access: match (alone, high) {
                (true, true) => Span::Minutes(15),
                (true, false) => Span::Minutes(60),
                (false, _) => Span::Minutes(5),
            },
            refresh_idle: match (alone, high) {
                (_, true) => Span::Minutes(15),
                (true, false) => Span::Minutes(60),
                (false, false) => Span::Days(14),
            },
            refresh_absolute: match (alone, high) {
                (_, true) => Span::Hours(12),
                (true, false) => Span::Hours(8),
                (false, false) => Span::Days(30),
            },
        }
    }
}

/// Why people are asked to sign in again.
pub(super) const USUAL: Reason = reason(
    "NIST SP 800-63B-4 section 2.1.3",
    "However often it is used, a sign-in has an end: 30 days at the most, by NIST. Shorter is for you to choose; 8 hours are a \
     working day.",
    "아무리 자주 써도 로그인에는 끝이 있어야 합니다. NIST에 따르면 길어도 30일입니다. 더 짧게 정하는 것은 여러분의 몫이며, 8시간은 하루 \
     근무 시간입니다.",
);

/// Why at high assurance they are asked sooner.
pub(super) const HIGH: Reason = reason(
    "NIST SP 800-63B-4 section 2.3.3",
    "At the highest assurance level people sign in again after 12 hours at the latest, and after 15 minutes without activity.",
    "가장 높은 보증 수준에서는 늦어도 12시간마다, 그리고 15분 동안 활동이 없으면 다시 로그인해야 합니다.",
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_access_token_is_longer_than_admit_issues_and_no_idle_time_longer_than_the_whole() {
        let minutes = |span| match span {
            Span::Minutes(count) => count,
            Span::Hours(count) => count * 60,
            Span::Days(count) => count * 24 * 60,
        };
        for requirements in Requirements::every() {
            let it = Lifetimes::choose(&requirements);
            assert!(minutes(it.access) <= 60 && minutes(it.idle) <= minutes(it.absolute), "{requirements:?}");
            assert!(minutes(it.access) <= minutes(it.refresh_idle), "{requirements:?}");
            assert!(minutes(it.refresh_idle) <= minutes(it.refresh_absolute), "{requirements:?}");
            if requirements.assurance == Assurance::High {
                assert!(minutes(it.absolute) <= 720 && minutes(it.refresh_absolute) <= 720, "{requirements:?}");
                assert!(minutes(it.idle) <= 15 && minutes(it.refresh_idle) <= 15, "{requirements:?}");
            }
        }
    }
}
