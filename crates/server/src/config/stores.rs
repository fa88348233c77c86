//! `[accounts]` and `[sessions]`: where each is kept, and which pairs cannot keep their promise.

use std::path::{Path, PathBuf};

use admit_store::{AddressError, PostgresAddress, RedisAddress, RedisAddressError, UrlError};
use serde::Deserialize;

use super::Config;
use super::private;
use super::url::StoreUrl;
use crate::finding::{Finding, finding};

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
#[derive(Clone, Debug)]
pub enum AccountsAt {
    /// In SQLite: in this file, or in `admit.db` of the data folder.
    Sqlite(Option<PathBuf>),
    /// In PostgreSQL.
    Postgres(Box<PostgresAddress>),
}

/// Where sessions are.
#[derive(Clone, Debug)]
pub enum SessionsAt {
    /// Beside the accounts.
    Accounts,
    /// In the memory of the one process that has the accounts.
    Memory,
    /// In Redis or Valkey.
    Redis(Box<RedisAddress>),
}

/// Where a configuration says that accounts and sessions are.
#[derive(Clone, Debug)]
pub struct Chosen {
    /// Accounts.
    pub accounts: AccountsAt,
    /// Sessions.
    pub sessions: SessionsAt,
}

/// Reads where accounts and sessions are.
///
/// # Errors
/// Whatever is wrong with either, and with the two together.
pub fn choose(config: &Config) -> Result<Chosen, Vec<Finding>> {
    let mut found = Vec::new();
    let accounts = read("accounts", config.accounts.url.as_ref(), config.accounts.url_file.as_deref(), &mut found);
    let sessions = read("sessions", config.sessions.url.as_ref(), config.sessions.url_file.as_deref(), &mut found);
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

/// The password files that the URLs of the stores name.
pub(super) fn password_files(config: &Config) -> Vec<PathBuf> {
    // What is wrong with them is told where they are chosen.
    let mut told = Vec::new();
    let accounts = read("accounts", config.accounts.url.as_ref(), config.accounts.url_file.as_deref(), &mut told);
    let sessions = read("sessions", config.sessions.url.as_ref(), config.sessions.url_file.as_deref(), &mut told);
    let accounts = accounts.and_then(|url| PostgresAddress::parse(url.reveal()).ok());
    let sessions = sessions.and_then(|url| RedisAddress::parse(url.reveal()).ok());
    let of_accounts = accounts.iter().filter_map(|address| address.password_file().map(PathBuf::from));
    let of_sessions = sessions.iter().flat_map(|address| address.password_files().map(PathBuf::from));
    of_accounts.chain(of_sessions).collect()
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
            private::look(path, "store-url-readable", &format!("The file with {section}.url"), 0o600, found);
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

/// Whether a password is in it. One that cannot be read is refused for that.
pub(super) fn has_password(url: &StoreUrl) -> bool {
    PostgresAddress::parse(url.reveal()).is_ok_and(|address| address.has_password())
        || RedisAddress::parse(url.reveal()).is_ok_and(|address| address.has_password())
}

/// What follows `name:`, in upper or lower case.
fn after<'a>(url: &'a StoreUrl, name: &str) -> Option<&'a str> {
    url.reveal().split_once(':').filter(|(scheme, _)| scheme.eq_ignore_ascii_case(name)).map(|(_, rest)| rest)
}

fn accounts_at(url: &StoreUrl, found: &mut Vec<Finding>) -> Option<AccountsAt> {
    if let Some(path) = after(url, "sqlite").filter(|path| !path.starts_with("//")) {
        return Some(AccountsAt::Sqlite(Some(PathBuf::from(path)).filter(|_| !path.is_empty())));
    }
    match PostgresAddress::parse(url.reveal()) {
        Ok(address) => {
            if let Some(host) = address.remote().filter(|_| !address.is_encrypted()) {
                found.push(finding(
                    "postgres-plain",
                    format!("accounts.url would send password hashes and sessions over the network to {host} in the clear."),
                    "Add ?sslmode=verify-full to the URL, and sslrootcert=FILE where the server's certificate is signed by \
                     an authority of your own. A certificate is always verified.",
                ));
            }
            if let Some(file) = address.password_file() {
                let what = "The password file of accounts.url";
                private::look(file, "store-password-readable", what, 0o600, found);
            }
            Some(AccountsAt::Postgres(Box::new(address)))
        }
        Err(AddressError::Url(UrlError::Scheme(_))) => {
            found.push(finding(
                "store-url-unknown",
                "accounts.url does not begin with sqlite: or postgres://, so accounts cannot be kept there.",
                "Write \"sqlite:\" for the data folder, \"sqlite:PATH\", or \"postgres://USER@HOST/DATABASE\".",
            ));
            None
        }
        // Its sentences are without the password.
        Err(error) => {
            found.push(finding(
                "store-url-malformed",
                format!("accounts.url: {error}."),
                "Write it as postgres://USER@HOST:PORT/DATABASE, with the password in an environment variable or ?password_file=PATH.",
            ));
            None
        }
    }
}

fn sessions_at(url: &StoreUrl, found: &mut Vec<Finding>) -> Option<SessionsAt> {
    if after(url, "accounts") == Some("") {
        return Some(SessionsAt::Accounts);
    }
    if after(url, "memory") == Some("") {
        return Some(SessionsAt::Memory);
    }
    match RedisAddress::parse(url.reveal()) {
        Ok(address) => {
            if let Some(host) = address.remote().filter(|_| !address.is_encrypted() && !address.allows_plain()) {
                found.push(finding(
                    "redis-plain",
                    format!(
                        "sessions.url would send the Redis password and all sessions over the network to {host} in the clear."
                    ),
                    "Begin it with rediss in place of redis, for TLS, and add ca=FILE where its certificate is signed by an \
                     authority of your own. If nobody else can read or change anything on that network, add \
                     danger_plain=true.",
                ));
            }
            for file in address.password_files() {
                private::look(file, "store-password-readable", "A password file of sessions.url", 0o600, found);
            }
            Some(SessionsAt::Redis(Box::new(address)))
        }
        Err(RedisAddressError::Url(UrlError::Scheme(_))) => {
            found.push(finding(
                "store-url-unknown",
                "sessions.url is neither accounts: nor memory: nor the URL of a Redis, so it cannot store sessions.",
                "Write \"accounts:\" for beside the accounts, \"memory:\", or the URL of a Redis or Valkey: redis://, \
                 rediss:// (with TLS), redis-cluster://, rediss-cluster:// or redis-sentinel://.",
            ));
            None
        }
        // Its sentences are without the password.
        Err(error) => {
            found.push(finding(
                "store-url-malformed",
                format!("sessions.url: {error}."),
                "Write it as redis://USER@HOST:PORT, with the password in an environment variable or ?password_file=PATH.",
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
        let Chosen { accounts, sessions } = choose(&Config::default()).unwrap();
        assert!(matches!((accounts, sessions), (AccountsAt::Sqlite(None), SessionsAt::Accounts)));
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
            ("postgres://a@10.0.0.1/d?sslmode=prefer", "accounts:", "store-url-malformed"),
            ("postgres://a@localhost/d", "redis://192.168.0.1", "redis-plain"),
            ("postgres://a@localhost/d", "redis-cluster://127.0.0.1:1,cache.example:2", "redis-plain"),
        ] {
            assert_eq!(chosen(accounts, sessions).err(), Some(vec![id]), "{accounts} {sessions}");
        }
    }

    const POSTGRES: &str = "postgres://a@localhost/d";

    #[test]
    fn no_address_is_read_in_two_ways() {
        for (accounts, id) in [
            ("postgres://u@192.0.2.1/d?sslmode=verify-full&sslmode=disable", "store-url-malformed"),
            ("postgres://u@192.0.2.1/d?sslmode=disable&sslmode=verify-full", "store-url-malformed"),
            ("postgres://u@192.0.2.1/d?sslmode=verify-full&ssl%6Dode=disable", "store-url-malformed"),
            ("postgres://u@192.0.2.1/d?application_name=x@localhost", "postgres-plain"),
            ("postgres://192.0.2.1/d?application_name=x@localhost", "postgres-plain"),
            ("postgres://192.0.2.1/d@localhost", "postgres-plain"),
            ("postgres://u@192.0.2.1#@localhost/d", "store-url-malformed"),
            ("postgres://u@192.0.2.1@localhost/d", "store-url-malformed"),
            ("postgres://u@localhost@192.0.2.1/d", "store-url-malformed"),
            ("postgres://u:p%40localhost@192.0.2.1/d", "postgres-plain"),
            ("postgres://u@localhost/d?host=192.0.2.1", "store-url-malformed"),
            ("postgres:///d?host=192.0.2.1", "postgres-plain"),
            ("postgres:///d?h%6Fst=192.0.2.1", "postgres-plain"),
            ("postgres:///d?host=localhost&host=192.0.2.1", "store-url-malformed"),
            ("postgres:///d?host=localhost,192.0.2.1&port=1,2", "postgres-plain"),
            ("postgres://u@localhost/d?hostaddr=192.0.2.1", "postgres-plain"),
            ("postgres://u@localhost/d?hostaddr=127.0.0.1,192.0.2.1", "store-url-malformed"),
            ("postgres://u@localhost,192.0.2.1/d", "postgres-plain"),
            ("postgres://u@localhost:1,[2001:db8::1]:2/d", "postgres-plain"),
            ("postgres://u@localhost,/d", "store-url-malformed"),
            ("postgres://u@localhost/d?port=1", "store-url-malformed"),
            ("postgres://u@[2001:db8::1]/d", "postgres-plain"),
            ("postgres://u@[::1/d", "store-url-malformed"),
            ("postgres://u@%2Frun%2Fpostgresql,192.0.2.1/d", "postgres-plain"),
            ("POSTGRES://u@192.0.2.1/d", "postgres-plain"),
            ("host=192.0.2.1 user=u dbname=d", "store-url-unknown"),
            ("postgres:host=192.0.2.1", "store-url-malformed"),
            ("postgres://u@192.0.2.1/d?SSLMODE=require", "store-url-malformed"),
            ("postgres://u@192.0.2.1/d?sslmode=require;x", "store-url-malformed"),
            ("postgres://u@localhost/d?sslcert=x", "store-url-malformed"),
            ("postgres://u@localhost/d?target_session_attrs=any", "store-url-malformed"),
            ("postgres://u:p@localhost/d?password_file=/dev/null", "store-url-malformed"),
            ("postgres://u@localhost/d?user=v", "store-url-malformed"),
            ("postgres://u@localhost/d?dbname=e", "store-url-malformed"),
        ] {
            assert_eq!(chosen(accounts, "accounts:").err(), Some(vec![id]), "{accounts}");
        }
        for (sessions, id) in [
            ("redis://app:pw@192.0.2.1/0?prefix=x@localhost", "redis-plain"),
            ("redis://192.0.2.1/0?prefix=x@localhost", "redis-plain"),
            ("redis://a@192.0.2.1@localhost", "store-url-malformed"),
            ("redis://localhost/0?prefix=x&prefix=y", "store-url-malformed"),
            ("redis://192.0.2.1?danger_plain=true&danger_plain=false", "store-url-malformed"),
            ("redis://192.0.2.1?danger_plain=yes", "store-url-malformed"),
            ("redis://192.0.2.1?prefix=danger_plain=true", "redis-plain"),
            ("redis://localhost/1?db=2", "store-url-malformed"),
            ("redis://localhost?host=192.0.2.1", "store-url-malformed"),
            ("redis://localhost#@192.0.2.1", "store-url-malformed"),
            ("redis://localhost,192.0.2.1", "store-url-malformed"),
            ("redis-cluster://localhost:1,192.0.2.1:2", "redis-plain"),
            ("redis-cluster://[::1]:1,[2001:db8::1]:2", "redis-plain"),
            ("redis-sentinel://localhost,192.0.2.1/master", "redis-plain"),
            ("redis+unix://192.0.2.1/run/redis.sock", "store-url-malformed"),
            ("REDIS://192.0.2.1", "redis-plain"),
            ("redis:192.0.2.1", "store-url-malformed"),
            ("valkey://192.0.2.1", "store-url-unknown"),
        ] {
            assert_eq!(chosen(POSTGRES, sessions).err(), Some(vec![id]), "{sessions}");
        }
    }

    #[test]
    fn every_address_that_a_real_installation_has_is_taken() {
        for accounts in [
            "postgres://admit:p%40ss%2Fword@db.example/admit?sslmode=verify-full",
            "postgres://admit@db1.example,db2.example:6432/admit?sslmode=verify-full",
            "postgres://admit@[2001:db8::1]:5432/admit?sslmode=require",
            "postgres://admit@db_1/admit?sslmode=verify-ca",
            "postgres://admit@127.0.0.1:6432/admit?pool=5&deadline=500",
            "postgres://admit@LOCALHOST/admit",
            "POSTGRESQL://admit@[::1]/admit?application_name=x@localhost",
            "postgres:///admit?host=/run/postgresql&user=admit",
            "postgres://admit@/admit?host=%2Frun%2Fpostgresql&port=5433",
            "postgres://admit@%2Frun%2Fpostgresql/admit",
            "postgres://admit@localhost/admit?hostaddr=127.0.0.1&options=-c%20search_path%3Dx",
            "postgres://admit:a+b=c$d!e@localhost/admit?target_session_attrs=read-write&connect_timeout=5",
        ] {
            assert_eq!(chosen(accounts, "accounts:").err(), None, "{accounts}");
        }
        for sessions in [
            "rediss://app:p%40ss@cache.example:6380/3?prefix=shop:",
            "REDISS://app:p%40ss@cache.example",
            "redis://:pw@[::1]:6379",
            "redis+unix:///run/redis.sock?db=1",
            "redis+unix://app:pw@/run/redis.sock",
            "rediss-cluster://app:pw@a.example:7000,b.example",
            "rediss-sentinel://a.example,b.example:26380/mymaster?db=2",
            "redis-sentinel://127.0.0.1:1,localhost:2/master",
            "redis-cluster://10.0.0.1:1,10.0.0.2:2?danger_plain=true",
        ] {
            assert_eq!(chosen(POSTGRES, sessions).err(), None, "{sessions}");
        }
        for accounts in ["SQLITE:there.db", "Sqlite:"] {
            assert_eq!(chosen(accounts, "MEMORY:").err(), None, "{accounts}");
        }
    }
}
