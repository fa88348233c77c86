//! Opening the stores that a configuration chooses.

use std::fmt::Display;
use std::time::{Duration, Instant};

use admit_core::plural::plural;
use admit_core::session::SessionRules;
use admit_core::token::TokenRules;
use admit_store::Stores;

use crate::config::Config;
use crate::config::stores::{AccountsAt, Chosen, SessionsAt, choose};
use crate::data::DataFolder;
use crate::data::installation::{self, unusable};

/// How long a server that starts waits for its stores.
pub const STARTED_WITHIN: Duration = Duration::from_secs(10);
/// How long a command does.
pub const COMMANDED_WITHIN: Duration = Duration::from_secs(2);

const AGAIN: Duration = Duration::from_millis(250);

/// Where a configuration says that accounts and sessions are.
///
/// # Errors
/// What is wrong with that, each with its remedy.
pub fn chosen(config: &Config) -> Result<Chosen, String> {
    choose(config).map_err(|found| {
        found.iter().map(|finding| format!("{} {}", finding.wrong, finding.remedy)).collect::<Vec<_>>().join("\n")
    })
}

/// Does what needs the stores, and does it again for a while if it fails and they are beyond this process: they may be
/// starting too, or busy for a moment.
///
/// # Errors
/// As `attempt` in the end, with what to do where it was tried for a while.
pub async fn patiently<T>(
    config: &Config,
    within: Duration,
    mut attempt: impl AsyncFnMut() -> Result<T, String>,
) -> Result<T, String> {
    let begun = Instant::now();
    let mut said = String::new();
    loop {
        let error = match attempt().await {
            Ok(done) => return Ok(done),
            Err(error) => error,
        };
        let elsewhere = matches!(chosen(config), Ok(Chosen { accounts: AccountsAt::Postgres(_), .. }));
        if !elsewhere {
            return Err(error);
        }
        if begun.elapsed() > within {
            return Err(format!(
                "{error}\nIt was tried for {}. Start the database (and Redis, where sessions are there), or correct \
                 accounts.url and sessions.url: host, port, database, user and password.",
                plural(within.as_secs(), "second")
            ));
        }
        // Once is enough, unless it is another trouble now.
        if error != said {
            tracing::warn!(error, "a store cannot be used yet; retrying for {}", plural(within.as_secs(), "second"));
            said = error;
        }
        tokio::time::sleep(AGAIN).await;
    }
}

/// Opens them.
///
/// # Errors
/// A sentence that names what is wrong and how to mend it.
pub async fn open(
    config: &Config,
    data: &DataFolder,
    rules: SessionRules,
    tokens: TokenRules,
) -> Result<Stores, String> {
    match chosen(config)? {
        Chosen { accounts: AccountsAt::Sqlite(path), sessions } => {
            let path = path.unwrap_or_else(|| data.database());
            let made = installation::before(data, &path)?;
            let opened = match sessions {
                SessionsAt::Accounts => Stores::sqlite(&path, rules, tokens),
                SessionsAt::Memory => Stores::memory(&path, rules, tokens),
                SessionsAt::Redis(_) => return Err(elsewhere()),
            };
            let stores = opened.map_err(|error| unusable(&path, &error))?;
            if let Some(mark) = &stores.mark {
                installation::after(data, &path, &mark().await.map_err(capital)?, made)?;
            }
            Ok(stores)
        }
        Chosen { accounts: AccountsAt::Postgres(address), sessions } => match sessions {
            SessionsAt::Accounts => Stores::postgres(&address, rules, tokens).await.map_err(capital),
            SessionsAt::Redis(redis) => {
                Stores::postgres_and_redis(&address, &redis, rules, tokens).await.map_err(capital)
            }
            // Refused before, with the reason.
            SessionsAt::Memory => Err(elsewhere()),
        },
    }
}

/// An error as a sentence of its own.
pub(crate) fn capital(error: impl Display) -> String {
    let text = error.to_string();
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}

fn elsewhere() -> String {
    "Sessions cannot be there with accounts where these are.".to_owned()
}
