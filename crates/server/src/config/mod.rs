//! The configuration: TOML, then environment (`ADMIT_SECTION__KEY`), then flags. Unknown keys are errors.

pub mod client;
mod duration;
mod environment;
pub mod policy;
pub mod secret;
mod token;
pub mod unsafety;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use admit_core::credential::rules::PasswordRules;
use admit_core::session::SessionRules;
use serde::Deserialize;

pub use token::Tokens;

/// The file that `admit init` writes and every command reads.
pub const FILE: &str = "admit.toml";

/// A configuration. Every key has its default here, except those that `serve` refuses to guess.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Where the server listens, what it is called, where its data is.
    pub server: Server,
    /// Lifetimes of sessions.
    pub session: Session,
    /// Lifetimes of tokens, and signing keys.
    pub tokens: Tokens,
    /// The clients by name.
    pub clients: BTreeMap<String, client::ClientSection>,
    /// What a new password must be.
    pub password: Password,
    /// How much password hashing may take.
    pub hashing: Hashing,
    /// What is logged.
    pub log: Log,
}

/// `[server]`
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Server {
    /// Address and port to listen on.
    pub listen: SocketAddr,
    /// How browsers reach this server: scheme, host and port, without a path.
    pub public_url: Option<String>,
    /// The folder with the database and the control socket.
    pub data: PathBuf,
    /// The server's secret, by environment only.
    pub secret: Option<String>,
    /// The file that holds the server's secret.
    pub secret_file: Option<PathBuf>,
    /// The policy file.
    pub policy: Option<PathBuf>,
    /// Addresses or networks of proxies whose `X-Forwarded-For` is believed. Empty: nobody's.
    pub trusted_proxies: Vec<String>,
    /// Other origins whose pages may send unsafe requests. Empty: none.
    pub trusted_origins: Vec<String>,
    /// Most bytes of a request body.
    pub max_body: usize,
    /// Most open connections.
    pub max_connections: usize,
}

impl Default for Server {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            public_url: None,
            data: PathBuf::from("admit-data"),
            secret: None,
            secret_file: None,
            policy: None,
            trusted_proxies: Vec::new(),
            trusted_origins: Vec::new(),
            max_body: 64 * 1024,
            max_connections: 10_000,
        }
    }
}

/// Where live sessions are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Keep {
    /// Written through to the database and checked from memory.
    #[default]
    Accounts,
    /// In memory alone: a restart signs everybody out.
    Memory,
}

/// `[session]`
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Session {
    /// `accounts` or `memory`.
    pub store: Keep,
    /// Unused for this long, a session ends: `30m`.
    #[serde(with = "duration")]
    pub idle: Duration,
    /// This old, a session ends: `8h`.
    #[serde(with = "duration")]
    pub absolute: Duration,
    /// Most sessions a user may have; one more ends the oldest.
    pub limit: u32,
    /// `lax` or `strict`.
    pub same_site: SameSite,
}

/// `session.same_site`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SameSite {
    /// The cookie comes with navigations from other sites.
    #[default]
    Lax,
    /// The cookie never comes with requests from other sites.
    Strict,
}

impl Default for Session {
    fn default() -> Self {
        let rules = SessionRules::default();
        Self {
            store: Keep::default(),
            idle: rules.idle,
            absolute: rules.absolute,
            limit: rules.limit,
            same_site: SameSite::default(),
        }
    }
}

impl Session {
    /// As the rules of the core. Last use is written down once a minute, or so often that a session in use never looks
    /// idle where the idle time is shorter than two minutes.
    #[must_use]
    pub fn rules(&self) -> SessionRules {
        let touch_every = SessionRules::default().touch_every.min(self.idle / 2);
        SessionRules { idle: self.idle, absolute: self.absolute, limit: self.limit, touch_every }
    }
}

/// `[password]`
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Password {
    /// Least characters.
    pub min_length: usize,
}

impl Default for Password {
    fn default() -> Self {
        Self { min_length: PasswordRules::default().min_length }
    }
}

/// `[hashing]`
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Hashing {
    /// Hashes at the same time, each with 19 MiB of memory; 0 for one a processor.
    pub workers: usize,
    /// Hashes that may wait for each worker. One more is answered 503 at once.
    pub queue: usize,
}

impl Default for Hashing {
    fn default() -> Self {
        Self { workers: 0, queue: 16 }
    }
}

/// `[log]`
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Log {
    /// `error`, `warn`, `info`, `debug`, or a filter as `tracing` reads it.
    pub level: String,
    /// Whether every request is logged, not only failures.
    pub requests: bool,
}

impl Default for Log {
    fn default() -> Self {
        Self { level: "info".to_owned(), requests: false }
    }
}

/// Why there is no usable configuration, as a sentence with its remedy.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// No file.
    #[error("there is no configuration at {}: write one with `admit init`, or start with `admit serve --dev`", .0.display())]
    Missing(PathBuf),
    /// The file cannot be read.
    #[error("{} cannot be read: {cause}", .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        cause: std::io::Error,
    },
    /// The file or the environment has a mistake.
    #[error("{place}: {message}")]
    Wrong {
        /// Where.
        place: String,
        /// What.
        message: String,
    },
}

impl Config {
    /// Reads a file, then lays the environment over it.
    ///
    /// # Errors
    /// When the file is not there, is not TOML, or has an unknown key or a wrong value; likewise for the environment.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(ConfigError::Missing(path.to_owned()));
            }
            Err(cause) => return Err(ConfigError::Unreadable { path: path.to_owned(), cause }),
        };
        Self::layered(&text, &path.display().to_string(), std::env::vars())
    }

    /// The defaults, with the environment laid over them.
    ///
    /// # Errors
    /// When the environment has an unknown key or a wrong value.
    pub fn from_environment() -> Result<Self, ConfigError> {
        Self::layered("", "defaults", std::env::vars())
    }

    fn layered(
        text: &str,
        place: &str,
        variables: impl Iterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        // First the file alone, so that its mistakes are told with line and column.
        let wrong = |place: &str, message: String| ConfigError::Wrong { place: place.to_owned(), message };
        toml::from_str::<Self>(text).map_err(|error| wrong(place, error.to_string()))?;
        let mut table: toml::Table = toml::from_str(text).map_err(|error| wrong(place, error.to_string()))?;
        let mut laid = Vec::new();
        for (name, value) in variables {
            if environment::lay(&mut table, &name, &value).map_err(|message| wrong(&name, message))? {
                laid.push(name);
            }
        }
        toml::Value::Table(table).try_into().map_err(|error: toml::de::Error| {
            wrong(&format!("environment ({})", laid.join(", ")), error.message().to_owned())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layered(text: &str, variables: &[(&str, &str)]) -> Result<Config, String> {
        let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Config::layered(text, "admit.toml", variables).map_err(|error| error.to_string())
    }

    #[test]
    fn the_environment_lies_over_the_file_and_other_variables_are_left_alone() {
        let config = layered(
            "[server]\nlisten = \"127.0.0.1:1\"\n[session]\nidle = \"10m\"",
            &[
                ("ADMIT_SERVER__LISTEN", "127.0.0.1:2"),
                ("ADMIT_HASHING__WORKERS", "3"),
                ("ADMIT_VECTORS", "x"),
                ("PATH", "y"),
            ],
        )
        .unwrap();
        assert_eq!(config.server.listen.port(), 2);
        assert_eq!(config.hashing.workers, 3);
        assert_eq!(config.session.idle, Duration::from_secs(600));
    }

    #[test]
    fn a_client_s_keys_can_be_set_by_environment_with_its_name_in_the_middle() {
        let file = "[clients.shop-api]\nruns = \"service\"";
        let config = layered(file, &[("ADMIT_CLIENTS__SHOP_API__SECRET", "abc")]).unwrap();
        assert_eq!(config.clients["shop-api"].secret.as_deref(), Some("abc"));
        let error = layered(file, &[("ADMIT_CLIENTS__SHOP__SECRET", "abc")]).unwrap_err();
        assert!(error.contains("no client") && error.contains("shop"), "{error}");
    }

    #[test]
    fn unknown_keys_and_wrong_values_are_errors_that_name_the_place() {
        let error = layered("[session]\nidel = \"10m\"", &[]).unwrap_err();
        assert!(error.contains("idel") && error.contains("line 2") && error.contains("idle"), "{error}");
        let error = layered("[session]\nidle = \"soon\"", &[]).unwrap_err();
        assert!(error.contains("soon") && error.contains("30m"), "{error}");
        let error = layered("", &[("ADMIT_SERVER__LISTN", "x")]).unwrap_err();
        assert!(error.contains("listn") && error.contains("ADMIT_SERVER__LISTN"), "{error}");
        let error = layered("", &[("ADMIT_SERVER__LISTEN", "8080")]).unwrap_err();
        assert!(error.contains("ADMIT_SERVER__LISTEN"), "{error}");
    }
}
