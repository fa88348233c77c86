//! `[accounts]` and `[sessions]`: where each is kept, and which pairs cannot keep their promise.

use std::path::{Path, PathBuf};

use admit_store::{PostgresAddress, RedisAddress};
use serde::Deserialize;

use super::Config;
use super::unsafety::{Finding, finding, private};
use super::url::StoreUrl;

/// `[accounts]`
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Accounts {
    /// `sqlite:` for the data folder (the default), `sqlite:PATH`, or `postgres://USER@HOST/DATABASE`.
    pub url: Option<StoreUrl>,
    /// The file that holds the URL.
    pub url_file: Option<PathBuf>,
}

/// Where accounts are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AccountsAt {
    /// In SQLite: in this file, or in `admit.db` of the data folder.
    Sqlite(Option<PathBuf>),
    /// In PostgreSQL.
    Postgres(StoreUrl),
}

/// Where sessions are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SessionsAt {
    /// Beside the accounts.
    Accounts,
    /// In the memory of the one process that has the accounts.
    Memory,
    /// In Redis or Valkey.
    Redis(StoreUrl),
}

/// Where a configuration says that accounts and sessions are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chosen {
    /// Accounts.
    pub accounts: AccountsAt,
    /// Sessions.
    pub sessions: SessionsAt,
}

/// The parameter with which a Redis beyond this machine is used without TLS. It is not for Redis itself.
pub const DANGER_PLAIN: &str = "danger_plain";

/// The schemes of Redis and Valkey.
const REDIS: [&str; 7] =
    ["redis", "rediss", "redis-cluster", "rediss-cluster", "redis-sentinel", "rediss-sentinel", "redis+unix"];

/// Reads where accounts and sessions are.
///
/// # Errors
/// Whatever is wrong with either, and with the two together.
pub fn choose(config: &Config) -> Result<Chosen, Vec<Finding>> {
    let mut found = Vec::new();
    let accounts = read("accounts", config.accounts.url.as_ref(), config.accounts.url_file.as_deref(), &mut found);
    let sessions = read("sessions", config.sessions.url.as_ref(), config.sessions.url_file.as_deref(), &mut found);
    for (section, url) in [("accounts", &accounts), ("sessions", &sessions)] {
        if let Some(path) = url.as_ref().and_then(|url| url.parameter("password_file")) {
            let what = format!("The password file of {section}.url");
            private(Path::new(path), "store-password-readable", &what, 0o600, &mut found);
        }
    }
    let accounts = accounts.and_then(|url| accounts_at(&url, &mut found));
    let sessions = sessions.and_then(|url| sessions_at(&url, &mut found));
    match (accounts, sessions) {
        (Some(accounts), Some(sessions)) => {
            pair(&accounts, &sessions, &mut found);
            if found.is_empty() { Ok(Chosen { accounts, sessions }) } else { Err(found) }
        }
        _ => Err(found),
    }
}

/// The URL of a section, from the configuration or from the file that this names.
fn read(section: &str, url: Option<&StoreUrl>, file: Option<&Path>, found: &mut Vec<Finding>) -> Option<StoreUrl> {
    match (url, file) {
        (Some(_), Some(_)) => {
            found.push(finding(
                "store-url-twice",
                format!("{section}.url and {section}.url_file are both set, so one of them is not what you think."),
                "Keep one. What the environment sets counts too.",
            ));
            None
        }
        (Some(url), None) => Some(url.clone()),
        (None, Some(path)) => {
            private(path, "store-url-readable", &format!("The file with {section}.url"), 0o600, found);
            match std::fs::read_to_string(path) {
                Ok(text) => Some(StoreUrl::new(&zeroize::Zeroizing::new(text))),
                Err(error) => {
                    found.push(finding(
                        "store-url-unreadable",
                        format!("{section}.url_file names {}, which cannot be read: {error}.", path.display()),
                        format!(
                            "Put the URL there, or give it by environment as ADMIT_{}__URL.",
                            section.to_uppercase()
                        ),
                    ));
                    None
                }
            }
        }
        (None, None) => Some(StoreUrl::new(if section == "accounts" { "sqlite:" } else { "accounts:" })),
    }
}

fn accounts_at(url: &StoreUrl, found: &mut Vec<Finding>) -> Option<AccountsAt> {
    match url.scheme().as_str() {
        "sqlite" if !url.reveal().starts_with("sqlite://") => Some(AccountsAt::Sqlite(url.path())),
        "postgres" | "postgresql" => {
            let mode = url.parameter("sslmode");
            let encrypted = matches!(mode, Some("require" | "verify-ca" | "verify-full"));
            if let Some(host) = url.remote().filter(|_| !encrypted) {
                found.push(finding(
                    "postgres-plain",
                    format!("accounts.url ({url}) would send password hashes and sessions over the network to {host} in the clear."),
                    "Add ?sslmode=verify-full to the URL, and sslrootcert=FILE where the server's certificate is signed by \
                     an authority of your own. A certificate is always verified.",
                ));
            } else if let Err(error) = PostgresAddress::parse(url.reveal()) {
                // Its sentences are without the password.
                found.push(finding(
                    "store-url-malformed",
                    format!("accounts.url: {error}."),
                    "Write it as postgres://USER@HOST:PORT/DATABASE, with a password by environment or ?password_file=PATH.",
                ));
            }
            Some(AccountsAt::Postgres(url.clone()))
        }
        _ => {
            found.push(finding(
                "store-url-unknown",
                format!("accounts.url ({url}) is no place for accounts."),
                "Write \"sqlite:\" for the data folder, \"sqlite:PATH\", or \"postgres://USER@HOST/DATABASE\".",
            ));
            None
        }
    }
}

fn sessions_at(url: &StoreUrl, found: &mut Vec<Finding>) -> Option<SessionsAt> {
    let scheme = url.scheme();
    match scheme.as_str() {
        "accounts" if url.reveal() == "accounts:" => Some(SessionsAt::Accounts),
        "memory" if url.reveal() == "memory:" => Some(SessionsAt::Memory),
        redis if REDIS.contains(&redis) => {
            let plain = !redis.starts_with("rediss") && url.parameter(DANGER_PLAIN) != Some("true");
            if let Some(host) = url.remote().filter(|_| plain) {
                found.push(finding(
                    "redis-plain",
                    format!("sessions.url ({url}) would send the password of Redis and who is signed in over the network to {host} in the clear."),
                    format!(
                        "Use {}:// with TLS, and ca=FILE where its certificate is signed by an authority of your own. \
                         Whoever may read and change all that crosses that network anyway can add danger_plain=true.",
                        redis.replacen("redis", "rediss", 1)
                    ),
                ));
            } else if let Err(error) = RedisAddress::parse(url.without(DANGER_PLAIN).reveal()) {
                // Its sentences are without the password.
                found.push(finding(
                    "store-url-malformed",
                    format!("sessions.url: {error}."),
                    "Write it as redis://USER@HOST:PORT, with a password by environment or ?password_file=PATH.",
                ));
            }
            Some(SessionsAt::Redis(url.clone()))
        }
        _ => {
            found.push(finding(
                "store-url-unknown",
                format!("sessions.url ({url}) is no place for sessions."),
                "Write \"accounts:\" for beside the accounts, \"memory:\", or the URL of a Redis or Valkey: redis://, \
                 rediss:// (with TLS), redis-cluster://, rediss-cluster:// or redis-sentinel://.",
            ));
            None
        }
    }
}

fn pair(accounts: &AccountsAt, sessions: &SessionsAt, found: &mut Vec<Finding>) {
    match (accounts, sessions) {
        (AccountsAt::Postgres(_), SessionsAt::Memory) => found.push(finding(
            "stores-postgres-memory",
            "Accounts are in PostgreSQL, which any number of processes may share, and sessions in the memory of this one: \
             another would not know them, and would not see that they have ended here.",
            "Set sessions.url to \"accounts:\" to keep them in PostgreSQL too, or to the URL of a Redis.",
        )),
        (AccountsAt::Sqlite(_), SessionsAt::Redis(_)) => found.push(finding(
            "stores-sqlite-redis",
            "Accounts are in SQLite, which serves one process, and sessions in Redis: no second node could use them, and \
             each check would take a network that this node does not need.",
            "Leave sessions.url at \"accounts:\", where live sessions are checked from memory, or set accounts.url to a \
             PostgreSQL.",
        )),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(accounts: &str, sessions: &str) -> Result<Chosen, Vec<&'static str>> {
        let mut config = Config::default();
        config.accounts.url = Some(StoreUrl::new(accounts));
        config.sessions.url = Some(StoreUrl::new(sessions));
        choose(&config).map_err(|found| found.iter().map(|finding| finding.id).collect())
    }

    #[test]
    fn the_default_is_sqlite_in_the_data_folder_with_the_sessions_beside_the_accounts() {
        let chosen = choose(&Config::default()).unwrap();
        assert_eq!(chosen, Chosen { accounts: AccountsAt::Sqlite(None), sessions: SessionsAt::Accounts });
    }

    #[test]
    fn every_pair_that_keeps_its_promise_is_taken() {
        for (accounts, sessions) in [
            ("sqlite:", "accounts:"),
            ("sqlite:there.db", "memory:"),
            ("postgres://a@localhost/d", "accounts:"),
            ("postgresql://a@db.example/d?sslmode=verify-full", "rediss://cache.example"),
            ("postgres://a@127.0.0.1/d", "redis-sentinel://127.0.0.1:1,localhost:2/master"),
            ("postgres://a@127.0.0.1/d", "redis://10.0.0.1?danger_plain=true"),
        ] {
            assert!(chosen(accounts, sessions).is_ok(), "{accounts} {sessions}");
        }
    }

    #[test]
    fn every_other_is_refused_by_a_stable_name() {
        for (accounts, sessions, id) in [
            ("postgres://a@localhost/d", "memory:", "stores-postgres-memory"),
            ("sqlite:", "redis://localhost", "stores-sqlite-redis"),
            ("mysql://a@localhost/d", "accounts:", "store-url-unknown"),
            ("sqlite://data/admit.db", "accounts:", "store-url-unknown"),
            ("postgres://a@localhost/d?sslmode=prefer", "accounts:", "store-url-malformed"),
            ("postgres://a@localhost/d?password_file=nowhere", "accounts:", "store-url-malformed"),
            ("postgres://a@localhost/d", "redis-sentinel://127.0.0.1", "store-url-malformed"),
            ("sqlite:", "memory", "store-url-unknown"),
            ("sqlite:", "sqlite:", "store-url-unknown"),
            ("postgres://a@10.0.0.1/d", "accounts:", "postgres-plain"),
            ("postgres://a@10.0.0.1/d?sslmode=prefer", "accounts:", "postgres-plain"),
            ("postgres://a@localhost/d", "redis://192.168.0.1", "redis-plain"),
            ("postgres://a@localhost/d", "redis-cluster://127.0.0.1:1,cache.example:2", "redis-plain"),
        ] {
            assert_eq!(chosen(accounts, sessions), Err(vec![id]), "{accounts} {sessions}");
        }
    }
}
