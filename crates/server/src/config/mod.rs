//! The configuration: TOML, then environment (`ADMIT_SECTION__KEY`), then flags. Unknown keys are errors.

pub mod audit;
pub mod client;
mod duration;
mod environment;
mod metrics;
pub mod policy;
pub(crate) mod private;
mod renamed;
pub mod secret;
mod sessions;
pub mod stores;
mod token;
pub mod unsafety;
mod url;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use admit_core::credential::rules::PasswordRules;
use serde::Deserialize;

pub use metrics::Metrics;
pub use sessions::{SameSite, Sessions};
pub use stores::Accounts;
pub use token::Tokens;
pub use url::StoreUrl;

/// The file that `admit init` writes and every command reads.
pub const FILE: &str = "admit.toml";

/// A configuration. Every key has its default here, except those that `serve` refuses to guess.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Where the server listens, what it is called, where its data is.
    pub server: Server,
    /// Where accounts are.
    pub accounts: Accounts,
    /// Where sessions are, and how long they live.
    pub sessions: Sessions,
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
    /// Where figures of operation are to be had.
    pub metrics: Metrics,
    /// How long the audit log is kept.
    pub audit: audit::Audit,
    /// Findings of `admit check` that somebody answers for.
    pub waive: Vec<admit_rules::Waiver>,
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
    /// Other origins whose pages may send unsafe requests and read answers in JSON, beside the origins of clients. Empty: none.
    pub trusted_origins: Vec<String>,
    /// Most bytes of a request body.
    pub max_body: usize,
    /// Most open connections. When there are as many, whoever has been silent for longest goes.
    pub max_connections: usize,
    /// Most open connections of one address (of one /64, where it is IPv6), those of `trusted_proxies` excepted. When absent
    /// a tenth of `max_connections`, and 16 at least.
    pub max_connections_per_address: Option<usize>,
}

impl Server {
    /// Most open connections of one address, where there can be `connections` in all: never all of them.
    #[must_use]
    pub fn per_address(&self, connections: usize) -> usize {
        self.max_connections_per_address.unwrap_or_else(|| (connections / 10).max(16)).min(connections)
    }
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
            max_connections_per_address: None,
        }
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
    /// Accounts whose hashes may wait, for each worker. One more is answered 503. Several of one account wait behind one another and
    /// count once.
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
    /// The policy has mistakes: a line for each, with its file and line.
    #[error("the policy cannot be used:\n{0}")]
    Policy(String),
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
        Self::layered(&text, &path.display().to_string(), environment()?)
    }

    /// The defaults, with the environment laid over them.
    ///
    /// # Errors
    /// When the environment has an unknown key or a wrong value.
    pub fn from_environment() -> Result<Self, ConfigError> {
        Self::layered("", "defaults", environment()?)
    }

    fn layered(
        text: &str,
        place: &str,
        variables: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        // A mistake is told with the line that it is in, and a line may hold a password.
        let wrong = |place: &str, message: String| {
            let message = url::without_passwords(&message);
            ConfigError::Wrong { place: place.to_owned(), message }
        };
        // First the file alone, so that its mistakes are told with line and column.
        let mut table: toml::Table = toml::from_str(text).map_err(|error| wrong(place, error.to_string()))?;
        renamed::in_file(&table).map_err(|message| wrong(place, message))?;
        let file = toml::from_str::<Self>(text).map_err(|error| wrong(place, error.to_string()))?;
        for (section, url) in [("accounts", &file.accounts.url), ("sessions", &file.sessions.url)] {
            if url.as_ref().is_some_and(stores::has_password) {
                return Err(wrong(place, password_in_file(section)));
            }
        }
        let mut laid: Vec<String> = Vec::new();
        for (name, value) in variables {
            renamed::in_environment(&name, &value).map_err(|message| wrong(&name, message))?;
            if environment::lay(&mut table, &name, &value).map_err(|message| wrong(&name, message))? {
                if let Some(other) = laid.iter().find(|other| other.eq_ignore_ascii_case(&name)) {
                    let message = format!("sets the same key as {other}: keep one of the two");
                    return Err(wrong(&name, message));
                }
                laid.push(name);
            }
        }
        toml::Value::Table(table).try_into().map_err(|error: toml::de::Error| {
            wrong(&format!("environment ({})", laid.join(", ")), error.message().to_owned())
        })
    }
}

fn environment() -> Result<Vec<(String, String)>, ConfigError> {
    environment::variables()
        .map_err(|name| ConfigError::Wrong { place: name, message: "is not UTF-8: correct its value".to_owned() })
}

/// A configuration is copied, shown and put into version control; a password is none of that.
fn password_in_file(section: &str) -> String {
    format!(
        "{section}.url has a password in it, and this file is no place for one. Take it out, and give the whole URL by \
         environment (ADMIT_{}__URL) or in a file that only its owner reads (url_file = \"{section}.url\"), or the password \
         alone in such a file (?password_file=PATH in the URL).",
        section.to_uppercase()
    )
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn layered(text: &str, variables: &[(&str, &str)]) -> Result<Config, String> {
        let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Config::layered(text, "admit.toml", variables).map_err(|error| error.to_string())
    }

    #[test]
    fn the_environment_lies_over_the_file_and_other_variables_are_left_alone() {
        let config = layered(
            "[server]\nlisten = \"127.0.0.1:1\"\n[sessions]\nidle = \"10m\"",
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
        assert_eq!(config.sessions.idle, Duration::from_secs(600));
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
    fn a_variable_that_two_clients_could_mean_is_refused_with_both_names() {
        let of = |names: &[&str]| {
            let section = |name: &&str| format!("[clients.{name:?}]\nruns = \"service\"\n");
            names.iter().map(section).collect::<String>()
        };
        for (names, variable) in [
            (["shop-api", "shop.api"], "ADMIT_CLIENTS__SHOP_API__SECRET"),
            (["shop_api", "shop-api"], "ADMIT_CLIENTS__SHOP_API__SECRET"),
            (["shop-api", "shop.api"], "ADMIT_CLIENTS__SHOP_API__ROLES"),
            (["a-.b", "a__b"], "ADMIT_CLIENTS__A__B__SECRET_FILE"),
            (["a.", "a-"], "ADMIT_CLIENTS__A___SECRET"),
        ] {
            let error = layered(&of(&names), &[(variable, "abc")]).unwrap_err();
            assert!(error.contains(variable) && names.iter().all(|name| error.contains(name)), "{error}");
            // Without the variable both are taken, and one of them alone takes it.
            assert_eq!(layered(&of(&names), &[]).unwrap().clients.len(), 2);
            assert!(layered(&of(&names[..1]), &[(variable, "[]")]).is_ok() || !variable.ends_with("ROLES"));
        }
        let file = of(&["a", "a__b"]);
        let config =
            layered(&file, &[("ADMIT_CLIENTS__A__B__SECRET", "x"), ("ADMIT_CLIENTS__A__SECRET", "y")]).unwrap();
        let secret = |name: &str| config.clients[name].secret.as_deref();
        assert_eq!((secret("a__b"), secret("a")), (Some("x"), Some("y")));
    }

    #[test]
    fn two_variables_that_differ_in_case_alone_are_refused_whichever_comes_last() {
        let file = "[clients.shop]\nruns = \"service\"";
        for (one, other) in [
            ("ADMIT_SERVER__LISTEN", "ADMIT_SERVER__Listen"),
            ("ADMIT_SERVER__LISTEN", "ADMIT_server__LISTEN"),
            ("ADMIT_CLIENTS__SHOP__SECRET", "ADMIT_CLIENTS__shop__SECRET"),
        ] {
            for pair in [[one, other], [other, one]] {
                let error = layered(file, &pair.map(|name| (name, "127.0.0.1:2"))).unwrap_err();
                assert!(error.contains(one) && error.contains(other), "{error}");
            }
        }
    }

    #[test]
    fn unknown_keys_and_wrong_values_are_errors_that_name_the_place() {
        let error = layered("[sessions]\nidel = \"10m\"", &[]).unwrap_err();
        assert!(error.contains("idel") && error.contains("line 2") && error.contains("idle"), "{error}");
        let error = layered("[sessions]\nidle = \"soon\"", &[]).unwrap_err();
        assert!(error.contains("soon") && error.contains("30m"), "{error}");
        let error = layered("", &[("ADMIT_SERVER__LISTN", "x")]).unwrap_err();
        assert!(error.contains("listn") && error.contains("ADMIT_SERVER__LISTN"), "{error}");
        let error = layered("", &[("ADMIT_SERVER__LISTEN", "8080")]).unwrap_err();
        assert!(error.contains("ADMIT_SERVER__LISTEN"), "{error}");
    }

    #[test]
    fn the_section_that_had_another_name_is_told_as_it_is_to_be_written_now() {
        let error = layered("[session]\nstore = \"memory\"\nidle = \"10m\"", &[]).unwrap_err();
        assert!(error.contains("[sessions]") && error.contains("url = \"memory:\""), "{error}");
        assert!(error.contains("idle = \"10m\""), "{error}");
        let error = layered("[sessions]\nstore = \"accounts\"", &[]).unwrap_err();
        assert!(error.contains("url = \"accounts:\""), "{error}");
        let error = layered("", &[("ADMIT_SESSION__IDLE", "10m")]).unwrap_err();
        assert!(error.contains("ADMIT_SESSIONS__IDLE"), "{error}");
        let error = layered("", &[("ADMIT_SESSION__STORE", "memory")]).unwrap_err();
        assert!(error.contains("ADMIT_SESSIONS__URL=memory:"), "{error}");
    }

    #[test]
    fn a_password_comes_by_environment_and_never_by_the_file_and_is_in_no_error() {
        let error = layered("[accounts]\nurl = \"postgres://a:hunter2@localhost/d\"", &[]).unwrap_err();
        assert!(error.contains("ADMIT_ACCOUNTS__URL") && error.contains("url_file"), "{error}");
        assert!(!error.contains("hunter2"), "{error}");
        let error = layered("[accounts]\nurl = \"postgres://a:hunter2@localhost/d", &[]).unwrap_err();
        assert!(error.contains("line 2") && !error.contains("hunter2"), "{error}");
        let config = layered("", &[("ADMIT_ACCOUNTS__URL", "postgres://a:hunter2@localhost/d")]).unwrap();
        assert!(stores::has_password(config.accounts.url.as_ref().unwrap()));
        assert!(!format!("{config:?}").contains("hunter2"));
    }
}
