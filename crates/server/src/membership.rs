//! The nodes of one PostgreSQL: whether this one was started with what the others were.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use admit_core::csrf::Origin;
use admit_core::random::{OsRandom, Random};
use admit_core::secret::ServerSecret;
use admit_store::{Joined, Postgres, SAID_EVERY, Settings, Stores};
use data_encoding::HEXLOWER;

use crate::config::Config;
use crate::config::stores::SessionsAt;
use crate::data::DataFolder;
use crate::stores::{capital, chosen};

/// What the secret is compared by. Nobody gets from it to the secret, which is 256 random bits.
const SECRET: &str = "server.secret";

/// A node among others.
pub struct Membership {
    postgres: Arc<Postgres>,
    node: [u8; 16],
    settings: Settings,
}

impl Membership {
    /// Joins the others. `None` where there can be no others. `change`: the settings here are everybody's from now on.
    ///
    /// # Errors
    /// What differs, and what to do.
    pub async fn join(
        config: &Config,
        data: &DataFolder,
        stores: &Stores,
        (public, secret): (&Origin, &ServerSecret),
        change: bool,
    ) -> Result<Option<Self>, String> {
        let Some(postgres) = stores.members.clone() else { return Ok(None) };
        let settings = settings(config, public, secret)?;
        let node = node(&data.path().join("node"))?;
        match postgres.join(node, settings.clone(), change).await.map_err(capital)? {
            Joined::Alike => {}
            Joined::Changed(before) => {
                for line in differences(&settings, &before, "before") {
                    tracing::warn!("a setting that all nodes share was changed: {line}");
                }
            }
            Joined::Differs(others) => {
                return Err(format!(
                    "Other nodes use this database, and were started with other settings:\n  {}\nStart this node with theirs. To change \
                     them for all: stop every node (a crashed node counts as running for 30 seconds) and start them with the new \
                     ones; or start one with `admit serve --change-shared-settings`, and then restart the others.",
                    differences(&settings, &others, "at the others").join("\n  ")
                ));
            }
        }
        Ok(Some(Self { postgres, node, settings }))
    }

    /// Says that this node is there, until it is aborted.
    pub async fn stay(self: Arc<Self>) {
        let mut told = false;
        loop {
            tokio::time::sleep(SAID_EVERY).await;
            // What cannot be said now is said the next time; whether the store answers is told elsewhere.
            let Ok(all) = self.postgres.is_there(self.node).await else { continue };
            if all == self.settings {
                told = false;
            } else if !told {
                told = true;
                for line in differences(&self.settings, &all, "at the others") {
                    tracing::warn!("restart this node with the settings of the others: {line}");
                }
            }
        }
    }

    /// Says that it is about to stop.
    pub async fn leave(&self) {
        if let Err(error) = self.postgres.leave(self.node).await {
            tracing::debug!(%error, "the others were not told that this node has stopped");
        }
    }
}

/// Which node this is: its data folder says so.
fn node(file: &Path) -> Result<[u8; 16], String> {
    let known = fs::read_to_string(file).ok().and_then(|text| HEXLOWER.decode(text.trim().as_bytes()).ok());
    if let Some(known) = known.and_then(|bytes| bytes.try_into().ok()) {
        return Ok(known);
    }
    let mut node = [0; 16];
    OsRandom.fill(&mut node).map_err(capital)?;
    fs::write(file, HEXLOWER.encode(&node))
        .map_err(|error| format!("{} cannot be written: {error}.", file.display()))?;
    Ok(node)
}

/// What has to be alike.
fn settings(config: &Config, public: &Origin, secret: &ServerSecret) -> Result<Settings, String> {
    let (sessions, tokens) = (&config.sessions, &config.tokens);
    let seconds = |duration: std::time::Duration| format!("{} s", duration.as_secs());
    let digest = secret.derive("admit: is the secret of two nodes the same");
    let url = match chosen(config)?.sessions {
        SessionsAt::Redis(address) => address.shared(),
        SessionsAt::Accounts | SessionsAt::Memory => "accounts:".to_owned(),
    };
    Ok(Settings::from(
        [
            (SECRET, HEXLOWER.encode(digest.get(..16).unwrap_or_default())),
            ("server.public_url", public.to_string()),
            ("sessions.url", url),
            ("sessions.idle", seconds(sessions.idle)),
            ("sessions.absolute", seconds(sessions.absolute)),
            ("sessions.limit", sessions.limit.to_string()),
            ("tokens.access", seconds(tokens.access)),
            ("tokens.refresh_idle", seconds(tokens.refresh_idle)),
            ("tokens.refresh_absolute", seconds(tokens.refresh_absolute)),
            ("tokens.algorithm", tokens.algorithm.as_str().to_owned()),
        ]
        .map(|(name, value)| (name.to_owned(), value)),
    ))
}

/// A line for each setting that differs. A setting that only one of two releases knows does not.
fn differences(here: &Settings, there: &Settings, whose: &str) -> Vec<String> {
    let differ = here.iter().filter_map(|(name, value)| Some((name, value, there.get(name)?)));
    let differ = differ.filter(|(_, value, other)| value != other);
    differ
        .map(|(name, value, other)| match name.as_str() {
            SECRET => format!("{name}: not the same as {whose}"),
            name => format!("{name}: {value} here, {other} {whose}"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_is_named_and_never_the_secret() {
        let of = |pairs: &[(&str, &str)]| {
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect::<Settings>()
        };
        let here = of(&[(SECRET, "aa"), ("sessions.idle", "60 s"), ("sessions.limit", "3"), ("new", "1")]);
        let there = of(&[(SECRET, "bb"), ("sessions.idle", "90 s"), ("sessions.limit", "3"), ("old", "1")]);
        assert_eq!(
            differences(&here, &there, "at the others"),
            ["server.secret: not the same as at the others", "sessions.idle: 60 s here, 90 s at the others"]
        );
    }
}
