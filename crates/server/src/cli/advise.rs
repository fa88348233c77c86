//! `advise`

use std::path::PathBuf;

use admit_advice::{Answer, Question, Requirements};
use admit_words::Language;
use clap::Args;
use clap::builder::PossibleValuesParser;

use super::language;

/// The names of a question's answers.
fn names(question: Question) -> PossibleValuesParser {
    question.answers().into_iter().map(Answer::name).collect::<Vec<_>>().into()
}

/// `advise`
#[derive(Debug, Args)]
pub struct Advise {
    /// A file with the answers: TOML, the same names as the options, such as client = "native-app"
    #[arg(long, value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// The language [default: that of the environment, or English]
    #[arg(long, value_parser = language())]
    pub lang: Option<Language>,
    /// What the client is
    #[arg(long, value_parser = names(Question::Client))]
    pub client: Option<String>,
    /// Which services check who is calling
    #[arg(long, value_parser = names(Question::Checks))]
    pub checks: Option<String>,
    /// How quickly a logout or a disabled account must take effect
    #[arg(long, value_parser = names(Question::Logout))]
    pub logout: Option<String>,
    /// How often users' permissions change
    #[arg(long, value_parser = names(Question::Rights))]
    pub rights: Option<String>,
    /// On how many sites (registrable domains) users are signed in
    #[arg(long, value_parser = names(Question::Sites))]
    pub sites: Option<String>,
    /// On how many nodes the server runs
    #[arg(long, value_parser = names(Question::Nodes))]
    pub nodes: Option<String>,
    /// Whether the client is always online when it is used
    #[arg(long, value_parser = names(Question::Network))]
    pub network: Option<String>,
    /// Whether programs of other companies act on behalf of users
    #[arg(long, value_parser = names(Question::Others))]
    pub others: Option<String>,
    /// What regulation requires
    #[arg(long, value_parser = names(Question::Assurance))]
    pub assurance: Option<String>,
}

impl Advise {
    /// The answer to a question that was given as an option.
    #[must_use]
    pub fn given(&self, question: Question) -> Option<&str> {
        match question {
            Question::Client => &self.client,
            Question::Checks => &self.checks,
            Question::Logout => &self.logout,
            Question::Rights => &self.rights,
            Question::Sites => &self.sites,
            Question::Nodes => &self.nodes,
            Question::Network => &self.network,
            Question::Others => &self.others,
            Question::Assurance => &self.assurance,
        }
        .as_deref()
    }

    /// The command line that gives these answers.
    #[must_use]
    pub fn line(requirements: &Requirements) -> String {
        let usual = Requirements::usual(requirements.client);
        let mut line = format!("admit advise --client {}", requirements.client.name());
        for question in Answer::QUESTIONS {
            let answer = requirements.answer(*question);
            if answer != usual.answer(*question) {
                line.push_str(&format!(" --{} {}", question.key(), answer.name()));
            }
        }
        line
    }
}
