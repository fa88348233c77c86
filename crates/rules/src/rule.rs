//! What a check is about: its name, how grave it is, where it is written, and how to mend it.

use admit_words::{Language, Words};
use serde::Serialize;

/// How grave it is when a site fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth mending when one is there anyway.
    Low,
    /// A second line of defence is missing, or an attack needs luck.
    Medium,
    /// Accounts or objects of others can be reached under conditions that occur.
    High,
    /// Anybody becomes anybody.
    Critical,
}

impl Severity {
    /// All, the lightest first.
    pub const ALL: [Self; 4] = [Self::Low, Self::Medium, Self::High, Self::Critical];

    /// As it is written in options and JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }

    /// As it is said to people.
    #[must_use]
    pub fn words(self) -> Words {
        match self {
            Self::Low => Words::fixed("low", "낮음"),
            Self::Medium => Words::fixed("medium", "중간"),
            Self::High => Words::fixed("high", "높음"),
            Self::Critical => Words::fixed("critical", "치명적"),
        }
    }
}

/// What a check sends. Each tier includes the ones before it, and each has to be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Tier {
    /// GET and HEAD of pages, as any visitor would.
    Safe,
    /// Signs in and out with the accounts that were given, and does what their owner may do.
    Login,
    /// Sends forged, replayed and broken requests, and wrong passwords.
    Active,
}

impl Tier {
    /// The option that asks for it.
    #[must_use]
    pub fn option(self) -> &'static str {
        match self {
            Self::Safe => "--safe",
            Self::Login => "--login",
            Self::Active => "--active",
        }
    }
}

/// The part of a login's life that a check belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Area {
    /// What the cookie of the session is like.
    Cookie,
    /// Its birth, life and end at the server.
    Session,
    /// Requests that another site makes in the user's name.
    Csrf,
    /// What pages allow browsers to do.
    Page,
    /// Signing in, and what it tells to strangers.
    Login,
    /// Which passwords are taken.
    Password,
    /// Who may reach what, and how a refusal is worded.
    Access,
    /// Tokens of apps and APIs.
    Token,
}

impl Area {
    /// All, in the order of reports.
    pub const ALL: [Self; 8] =
        [Self::Cookie, Self::Session, Self::Csrf, Self::Page, Self::Login, Self::Password, Self::Access, Self::Token];

    /// As it is said to people.
    #[must_use]
    pub fn words(self) -> Words {
        match self {
            Self::Cookie => Words::fixed("Cookie", "쿠키"),
            Self::Session => Words::fixed("Session", "세션"),
            Self::Csrf => Words::fixed("Forged requests", "위조된 요청"),
            Self::Page => Words::fixed("Pages", "페이지"),
            Self::Login => Words::fixed("Signing in", "로그인"),
            Self::Password => Words::fixed("Passwords", "비밀번호"),
            Self::Access => Words::fixed("Access", "접근 권한"),
            Self::Token => Words::fixed("Tokens", "토큰"),
        }
    }
}

/// A stack that a remedy is written for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum Stack {
    /// Node.js with Express.
    Express,
    /// Python with Django.
    Django,
    /// Ruby on Rails.
    Rails,
    /// Java with Spring Security.
    Spring,
    /// PHP with Laravel.
    Laravel,
    /// Rust with axum and admit.
    Axum,
}

impl Stack {
    /// As it calls itself.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Express => "Express",
            Self::Django => "Django",
            Self::Rails => "Rails",
            Self::Spring => "Spring",
            Self::Laravel => "Laravel",
            Self::Axum => "axum (admit)",
        }
    }
}

/// What a check is about.
#[derive(Debug, Serialize)]
pub struct Rule {
    /// Its name, which does not change.
    pub id: &'static str,
    /// What is asked for, as a statement that is true of a sound site.
    pub title: Words,
    /// How grave a failure is.
    pub severity: Severity,
    /// What has to be sent to find out.
    pub tier: Tier,
    /// Where it belongs.
    pub area: Area,
    /// Requirements of OWASP ASVS 5.0.0.
    pub asvs: &'static [&'static str],
    /// Entries of the Common Weakness Enumeration.
    pub cwe: &'static [u16],
    /// What an attacker does with a site that fails.
    pub why: Words,
    /// How the check finds out.
    pub how: Words,
    /// What to do, in any stack.
    pub remedy: Words,
    /// What to write, stack by stack.
    pub stacks: &'static [(Stack, &'static str)],
}

impl Rule {
    /// Everything that is known of it, as text.
    #[must_use]
    pub fn explain(&self, language: Language) -> String {
        let tell = |words: &Words| words.tell(language).to_owned();
        let label = |en: &'static str, ko: &'static str| Words::fixed(en, ko).tell(language).to_owned();
        let cwe: Vec<String> = self.cwe.iter().map(|number| format!("CWE-{number}")).collect();
        let mut text = format!(
            "{} [{}, {}]\n{}.\n\n{}\n  {}\n{}\n  {}\n{}\n  {}\n",
            self.id,
            tell(&self.severity.words()),
            self.tier.option(),
            tell(&self.title),
            label("Why", "왜"),
            tell(&self.why),
            label("How it is found out", "확인 방법"),
            tell(&self.how),
            label("What to do", "해결책"),
            tell(&self.remedy),
        );
        for (stack, line) in self.stacks {
            text.push_str(&format!("  {}: {line}\n", stack.name()));
        }
        text.push_str(&format!("\nOWASP ASVS 5.0.0: {} · {}\n", self.asvs.join(", "), cwe.join(", ")));
        text
    }
}
