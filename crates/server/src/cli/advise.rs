//! `advise`

use std::path::PathBuf;

use admit_core::advice::{Answer, Lang, Question};
use clap::Args;
use clap::builder::PossibleValuesParser;

/// The names of a question's answers.
fn names(question: Question) -> PossibleValuesParser {
    question.answers().into_iter().map(Answer::name).collect::<Vec<_>>().into()
}

/// `advise`
#[derive(Debug, Args)]
pub struct Advise {
    /// A file with the answers: TOML, the same names as the options, as in client = "native-app"
    #[arg(long, value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// The language [default: as the environment says, else English]
    #[arg(long, value_parser = PossibleValuesParser::from(Lang::ALL.map(Lang::code)))]
    pub lang: Option<String>,
    /// What the client is
    #[arg(long, value_parser = names(Question::Client))]
    pub client: Option<String>,
    /// Who checks who is calling
    #[arg(long, value_parser = names(Question::Checks))]
    pub checks: Option<String>,
    /// How soon a logout or a ban must bite
    #[arg(long, value_parser = names(Question::Logout))]
    pub logout: Option<String>,
    /// How often people's rights change
    #[arg(long, value_parser = names(Question::Rights))]
    pub rights: Option<String>,
    /// On how many sites (registrable domains) people are signed in
    #[arg(long, value_parser = names(Question::Sites))]
    pub sites: Option<String>,
    /// On how many nodes the server runs
    #[arg(long, value_parser = names(Question::Nodes))]
    pub nodes: Option<String>,
    /// Whether it is always online when it is used
    #[arg(long, value_parser = names(Question::Network))]
    pub network: Option<String>,
    /// Whether programs of other companies act in users' names
    #[arg(long, value_parser = names(Question::Others))]
    pub others: Option<String>,
    /// What regulation asks for
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
}
