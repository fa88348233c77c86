//! Where a PostgreSQL is, how it is spoken to, and who is trusted to be it.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use tokio_postgres::config::{Host, SslMode, TargetSessionAttrs};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::tls;

/// How long making a connection may take.
const CONNECT_WITHIN: Duration = Duration::from_secs(2);

/// How long what was sent may stay without an acknowledgement of the other machine. Nobody waits for an answer that long.
const GONE_AFTER: Duration = Duration::from_secs(2);

/// How long a connection on which nothing is said is left alone, and how it is asked then whether it is still there.
const KEEPALIVES_IDLE: Duration = Duration::from_secs(10);
const KEEPALIVES_INTERVAL: Duration = Duration::from_secs(2);
const KEEPALIVES_RETRIES: u32 = 3;

/// How long a check may take: a guarded route answers 503 within 250 ms when the store is out of reach.
const DEADLINE: Duration = Duration::from_millis(200);

/// Why a text is not the address of a PostgreSQL.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the address of the PostgreSQL database {0}")]
pub struct AddressError(String);

/// The address of a PostgreSQL: `postgres://user:password@host:port/database`.
///
/// Beside the parameters of libpq it takes `sslrootcert=FILE` (whose certificates are trusted; without it the system's
/// are), `password_file=FILE`, `pool=N` (most connections that write) and `deadline=N` (milliseconds that a check may take
/// until it is an error, 200 without it). `sslmode` is `disable`, `require`, `verify-ca` or
/// `verify-full`; wherever there is TLS at all, the certificate and the name are verified.
#[derive(Clone)]
pub struct PostgresAddress {
    config: tokio_postgres::Config,
    root: Option<PathBuf>,
    pool: usize,
    deadline: Duration,
}

impl fmt::Debug for PostgresAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Host, port and database; never the password.
impl fmt::Display for PostgresAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = match self.config.get_hosts().first() {
            Some(Host::Tcp(host)) => host.clone(),
            #[cfg(unix)]
            Some(Host::Unix(path)) => path.display().to_string(),
            None => String::new(),
        };
        let port = self.config.get_ports().first().copied().unwrap_or(5432);
        write!(f, "postgres://{host}:{port}/{}", self.config.get_dbname().unwrap_or_default())
    }
}

fn wrong(what: impl fmt::Display) -> AddressError {
    AddressError(what.to_string())
}

impl PostgresAddress {
    /// Reads an address.
    ///
    /// # Errors
    /// A sentence without the password.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        let scheme = text.split_once("://").map(|(scheme, _)| scheme);
        if !matches!(scheme, Some("postgres" | "postgresql")) {
            return Err(wrong("does not begin with postgres://"));
        }
        let (base, query) = text.split_once('?').unwrap_or((text, ""));
        let (mut kept, mut root, mut pool, mut mode, mut password) = (Vec::new(), None, 12, None, None);
        let mut deadline = DEADLINE;
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').ok_or_else(|| wrong("has a parameter without a value"))?;
            match name {
                "sslmode" => mode = Some(value),
                "sslrootcert" => root = Some(PathBuf::from(value)),
                "pool" => {
                    let number = value.parse().ok().filter(|number| (2..=500).contains(number));
                    pool = number.ok_or_else(|| wrong(format!("has pool={value}: use a number from 2 to 500")))?;
                }
                "deadline" => {
                    let millis = value.parse().ok().filter(|millis| (50..=60_000).contains(millis));
                    let millis = millis.ok_or_else(|| {
                        wrong(format!("has deadline={value}: use a number of milliseconds from 50 to 60000"))
                    })?;
                    deadline = Duration::from_millis(millis);
                }
                "password_file" => {
                    let text = std::fs::read_to_string(value).map_err(|error| {
                        wrong(format!("names the password file {value}, which cannot be read: {error}"))
                    })?;
                    password = Some(text.trim_end_matches(['\r', '\n']).to_owned());
                }
                _ => kept.push(pair),
            }
        }
        let url = if kept.is_empty() { base.to_owned() } else { format!("{base}?{}", kept.join("&")) };
        // What the parser says names the parameter that it does not know, never a value.
        let mut config: tokio_postgres::Config =
            url.parse().map_err(|error: tokio_postgres::Error| wrong(format!("cannot be read: {}", source(&error))))?;
        if config.get_hosts().is_empty() {
            return Err(wrong("has no host"));
        }
        if let Some(password) = password {
            config.password(password);
        }
        config.ssl_mode(match mode {
            Some("disable") | None => SslMode::Disable,
            Some("require" | "verify-ca" | "verify-full") => SslMode::Require,
            Some(other) => {
                return Err(wrong(format!(
                    "has sslmode={other}: use disable, require, verify-ca or verify-full (the last three are one here: a \
                     certificate is always verified)"
                )));
            }
        });
        // A standby answers with what was true a moment ago: it is never asked.
        config.target_session_attrs(TargetSessionAttrs::ReadWrite);
        config.application_name("admit").connect_timeout(CONNECT_WITHIN);
        // A connection on which nothing arrives any more is gone as soon as that can be told, unless the address says otherwise.
        let says = |name| kept.iter().any(|pair| pair.split_once('=').is_some_and(|(given, _)| given == name));
        if !says("tcp_user_timeout") {
            config.tcp_user_timeout(GONE_AFTER);
        }
        if !says("keepalives_idle") {
            config.keepalives_idle(KEEPALIVES_IDLE);
        }
        if !says("keepalives_interval") {
            config.keepalives_interval(KEEPALIVES_INTERVAL);
        }
        if !says("keepalives_retries") {
            config.keepalives_retries(KEEPALIVES_RETRIES);
        }
        Ok(Self { config, root, pool, deadline })
    }

    /// Whether the connection is encrypted.
    #[must_use]
    pub fn is_encrypted(&self) -> bool {
        self.config.get_ssl_mode() == SslMode::Require
    }

    /// Whether every host is this machine.
    #[must_use]
    pub fn is_local(&self) -> bool {
        self.config.get_hosts().iter().all(|host| match host {
            Host::Tcp(name) => {
                name == "localhost" || name.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
            }
            #[cfg(unix)]
            Host::Unix(_) => true,
        })
    }

    pub(super) fn config(&self) -> &tokio_postgres::Config {
        &self.config
    }

    pub(super) fn pool(&self) -> usize {
        self.pool
    }

    pub(super) fn deadline(&self) -> Duration {
        self.deadline
    }

    /// What makes the encrypted connections.
    pub(super) fn tls(&self) -> Result<MakeRustlsConnect, AddressError> {
        let config = match &self.root {
            Some(path) => tls::trusting(path),
            None if self.is_encrypted() => tls::trusting_system(),
            None => tls::trusting_nobody(),
        };
        let config = config.map_err(|error| wrong(format!("asks for TLS, but {error}")))?;
        Ok(MakeRustlsConnect::new(config))
    }
}

fn source(error: &tokio_postgres::Error) -> String {
    std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_shown_without_its_password_and_so_are_its_mistakes() {
        let address =
            PostgresAddress::parse("postgres://admit:hunter2@db.example:6432/admit?sslmode=verify-full").unwrap();
        assert_eq!(format!("{address} {address:?}").matches("hunter2").count(), 0);
        assert_eq!(address.to_string(), "postgres://db.example:6432/admit");
        assert!(address.is_encrypted() && !address.is_local());
        for bad in [
            "mysql://hunter2@x/y",
            "postgres://a:hunter2@h/d?sslmode=prefer",
            "postgres://a:hunter2@h/d?sslmod=require",
            "postgres://a:hunter2@h/d?pool=0",
            "postgres://a:hunter2@h:port/d",
            "postgres://a:hunter2@h/d?x",
            "postgres://a:hunter2@h/d?password_file=/nowhere",
        ] {
            let error = PostgresAddress::parse(bad).unwrap_err().to_string();
            assert!(!error.contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn a_dead_connection_is_given_up_in_two_seconds_unless_the_url_says_otherwise() {
        let config = |query: &str| PostgresAddress::parse(&format!("postgres://a@h/d{query}")).unwrap().config;
        assert_eq!(config("").get_tcp_user_timeout(), Some(&Duration::from_secs(2)));
        assert_eq!(config("").get_keepalives_idle(), Duration::from_secs(10));
        let own = config("?tcp_user_timeout=7&keepalives_idle=40");
        assert_eq!(own.get_tcp_user_timeout(), Some(&Duration::from_secs(7)));
        assert_eq!(own.get_keepalives_idle(), Duration::from_secs(40));
    }

    #[test]
    fn what_is_on_this_machine_is_known_as_that() {
        for local in ["postgres://a@127.0.0.1/d", "postgres://a@localhost/d", "postgres://a@[::1]/d"] {
            let address = PostgresAddress::parse(local).unwrap();
            assert!(address.is_local() && !address.is_encrypted(), "{local}");
        }
        assert!(!PostgresAddress::parse("postgres://a@10.0.0.1/d").unwrap().is_local());
    }
}
