//! The command line, which the sites in all stacks share.

use std::fmt::Display;
use std::str::FromStr;
use std::time::Duration;

use admit_testbed::{Flaw, Options, Tls};

const USAGE: &str = "usage: testbed-axum --port 0 [--flaw NAME] [--cert FILE --key FILE] [--idle SECONDS] \
                     [--token-lifetime SECONDS] [--audience TEXT] [--quick-hashes] [--foreign-token FILE] | --list";

pub(crate) enum Command {
    /// Prints the names of the flaws.
    List,
    Serve {
        flaw: Option<Flaw>,
        options: Options,
        /// The file that gets a token for another audience.
        foreign_token: Option<String>,
    },
}

impl Command {
    pub(crate) fn parse(mut words: impl Iterator<Item = String>) -> Result<Self, String> {
        let (mut flaw, mut options) = (None, Options::default());
        let (mut cert, mut key, mut foreign_token) = (None, None, None);
        while let Some(word) = words.next() {
            if word == "--list" {
                return Ok(Self::List);
            }
            if word == "--quick-hashes" {
                options.quick_hashes = true;
                continue;
            }
            let mut value = || words.next().ok_or_else(|| format!("{word} needs a value\n{USAGE}"));
            match word.as_str() {
                "--port" => options.port = parsed(&word, &value()?)?,
                "--flaw" => flaw = Some(value()?.parse::<Flaw>().map_err(|error| error.to_string())?),
                "--cert" => cert = Some(file(&value()?)?),
                "--key" => key = Some(file(&value()?)?),
                "--idle" => options.idle = seconds(&word, &value()?)?,
                "--token-lifetime" => options.token_lifetime = seconds(&word, &value()?)?,
                "--foreign-token" => foreign_token = Some(value()?),
                "--audience" => options.audience = value()?,
                _ => return Err(format!("{word} is not known\n{USAGE}")),
            }
        }
        options.tls = match (cert, key) {
            (Some(cert), Some(key)) => Some(Tls { cert, key }),
            (None, None) => None,
            _ => return Err(format!("--cert and --key go together\n{USAGE}")),
        };
        Ok(Self::Serve { flaw, options, foreign_token })
    }
}

fn parsed<T: FromStr<Err: Display>>(word: &str, value: &str) -> Result<T, String> {
    value.parse().map_err(|error| format!("{word} {value}: {error}"))
}

fn seconds(word: &str, value: &str) -> Result<Duration, String> {
    parsed(word, value).map(Duration::from_secs)
}

fn file(path: &str) -> Result<Vec<u8>, String> {
    std::fs::read(path).map_err(|error| format!("{path}: {error}"))
}
