//! Where a PostgreSQL is, how it is spoken to, and who is trusted to be it.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use admit_core::host::is_local;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use tokio_postgres::config::{Host, SslMode, TargetSessionAttrs};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::tls;
use crate::url::{StoreUrl, UrlError};

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

/// Most connections that write.
const POOL: usize = 12;

/// The schemes that such an address begins with.
const SCHEMES: [&str; 2] = ["postgres", "postgresql"];

/// The parameters of admit, and then those that `tokio_postgres` reads.
const PARAMETERS: [&str; 23] = [
    "sslmode",
    "sslrootcert",
    "password_file",
    "pool",
    "deadline",
    "user",
    "password",
    "dbname",
    "host",
    "hostaddr",
    "port",
    "options",
    "application_name",
    "connect_timeout",
    "tcp_user_timeout",
    "keepalives",
    "keepalives_idle",
    "keepalives_interval",
    "keepalives_retries",
    "target_session_attrs",
    "channel_binding",
    "sslnegotiation",
    "load_balance_hosts",
];

/// Why a text is not the address of a PostgreSQL.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// It is no URL as it has to be.
    #[error("the address of the PostgreSQL database {0}")]
    Url(#[from] UrlError),
    /// Something in it cannot be.
    #[error("the address of the PostgreSQL database {0}")]
    Wrong(String),
}

/// The address of a PostgreSQL: `postgres://user:password@host:port/database`, with more hosts after a comma.
///
/// What is not encrypted goes to this machine alone: to any other host no connection is made without TLS. Each parameter may
/// stand once, and for one thing: a host is either before the path or in `host`. Beside some parameters of libpq it takes `sslrootcert=FILE` (whose certificates are trusted; without it the system's
/// are), `password_file=FILE`, `pool=N` (most connections that write) and `deadline=N` (milliseconds that a check may take
/// until it is an error, 200 without it). `sslmode` is `disable`, `require`, `verify-ca` or
/// `verify-full`; wherever there is TLS at all, the certificate and the name are verified.
#[derive(Clone)]
pub struct PostgresAddress {
    config: tokio_postgres::Config,
    root: Option<PathBuf>,
    password_file: Option<PathBuf>,
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
    AddressError::Wrong(what.to_string())
}

impl PostgresAddress {
    /// Reads an address.
    ///
    /// # Errors
    /// A sentence without the password.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        let url = StoreUrl::read(text, &SCHEMES, &PARAMETERS)?;
        for (name, elsewhere) in [
            ("user", url.user.is_some()),
            ("password", url.password.is_some() || url.parameter("password_file").is_some()),
            ("password_file", url.password.is_some()),
            ("host", !url.hosts.is_empty()),
            ("port", !url.hosts.is_empty()),
            ("dbname", url.path.is_some()),
        ] {
            url.once(name, elsewhere)?;
        }
        let mut config = read_by_driver(&url)?;
        config.ssl_mode(match url.parameter("sslmode") {
            Some("disable") | None => SslMode::Disable,
            Some("require" | "verify-ca" | "verify-full") => SslMode::Require,
            Some(mode @ ("allow" | "prefer")) => {
                return Err(wrong(format!(
                    "has sslmode={mode}, which connects without encryption if the server has none: use disable or verify-full"
                )));
            }
            Some(_) => {
                return Err(wrong(
                    "has an unknown sslmode: use disable, require, verify-ca or verify-full (the last three are the \
                     same here: a certificate is always verified)",
                ));
            }
        });
        let password_file = url.parameter("password_file").map(PathBuf::from);
        if let Some(file) = &password_file {
            let text = std::fs::read_to_string(file).map_err(|error| {
                wrong(format!("names the password file {}, which cannot be read: {error}", file.display()))
            })?;
            config.password(text.trim_end_matches(['\r', '\n']));
        }
        // A standby answers with what was true a moment ago: it is never asked.
        if url.parameter("target_session_attrs").is_some_and(|wanted| wanted != "read-write") {
            return Err(wrong("has target_session_attrs: admit uses only a server that takes writes. Leave it out"));
        }
        config.target_session_attrs(TargetSessionAttrs::ReadWrite);
        let says = |name| url.parameter(name).is_some();
        if !says("application_name") {
            config.application_name("admit");
        }
        if !says("connect_timeout") {
            config.connect_timeout(CONNECT_WITHIN);
        }
        // A connection on which nothing arrives any more is gone as soon as that can be told, unless the address says otherwise.
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
        let number = |name, least, most| {
            url.parameter(name).map(|value| {
                let number = value.parse().ok().filter(|number| (least..=most).contains(number));
                number.ok_or_else(|| wrong(format!("has a {name} that is no number from {least} to {most}")))
            })
        };
        Ok(Self {
            pool: number("pool", 2, 500).transpose()?.map_or(POOL, |pool| usize::try_from(pool).unwrap_or(POOL)),
            deadline: number("deadline", 50, 60_000).transpose()?.map_or(DEADLINE, Duration::from_millis),
            root: url.parameter("sslrootcert").map(PathBuf::from),
            password_file,
            config,
        })
    }

    /// Whether every connection is encrypted.
    #[must_use]
    pub fn is_encrypted(&self) -> bool {
        self.config.get_ssl_mode() == SslMode::Require
    }

    /// Whether every host that it names is this machine: each host before the path or in `host`, and each address in `hostaddr`.
    /// A Unix socket is.
    #[must_use]
    pub fn is_local(&self) -> bool {
        self.remote().is_none()
    }

    /// The first host that is not this machine.
    #[must_use]
    pub fn remote(&self) -> Option<String> {
        let hosts = self.config.get_hosts().iter().filter_map(|host| match host {
            Host::Tcp(name) => Some(name.clone()),
            #[cfg(unix)]
            Host::Unix(_) => None,
        });
        let addresses = self.config.get_hostaddrs().iter().map(ToString::to_string);
        hosts.chain(addresses).find(|host| !is_local(host))
    }

    /// Whether a password is in its text. One in a file is not.
    #[must_use]
    pub fn has_password(&self) -> bool {
        self.config.get_password().is_some() && self.password_file.is_none()
    }

    /// The file that has the password.
    #[must_use]
    pub fn password_file(&self) -> Option<&Path> {
        self.password_file.as_deref()
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
        if let Some(host) = self.remote().filter(|_| !self.is_encrypted()) {
            return Err(wrong(format!(
                "has no TLS, and {host} is not this machine: passwords and sessions would cross the network in the clear. Add \
                 ?sslmode=verify-full, and sslrootcert=FILE for an authority of your own"
            )));
        }
        let config = match &self.root {
            Some(path) => tls::trusting(path),
            None if self.is_encrypted() => tls::trusting_system(),
            None => tls::trusting_nobody(),
        };
        let config = config.map_err(|error| wrong(format!("asks for TLS, but {error}")))?;
        Ok(MakeRustlsConnect::new(config))
    }
}

/// As the driver reads it: its own parameters as text, in which no value can be taken for another parameter, and the rest part
/// by part.
fn read_by_driver(url: &StoreUrl) -> Result<tokio_postgres::Config, AddressError> {
    let others = ["sslmode", "sslrootcert", "password_file", "pool", "deadline", "host", "user", "password", "dbname"];
    let parameters = url.parameters.iter().filter(|(name, _)| !others.contains(&name.as_str()));
    let parameters: Vec<_> =
        parameters.map(|(name, value)| format!("{name}={}", utf8_percent_encode(value, NON_ALPHANUMERIC))).collect();
    // What the driver says names a parameter, never a value.
    let config = format!("postgres://?{}", parameters.join("&")).parse();
    let mut config: tokio_postgres::Config =
        config.map_err(|error: tokio_postgres::Error| wrong(format!("cannot be read: {}", source(&error))))?;
    if let Some(user) = url.user.as_deref().or(url.parameter("user")) {
        config.user(user);
    }
    if let Some(password) = url.password.as_deref().or(url.parameter("password")) {
        config.password(password);
    }
    if let Some(database) = url.path.as_deref().or(url.parameter("dbname")) {
        config.dbname(database);
    }
    for (host, port) in &url.hosts {
        config.host(host).port(port.unwrap_or(5432));
    }
    for host in url.parameter("host").into_iter().flat_map(|hosts| hosts.split(',')) {
        config.host(host);
    }
    let (hosts, addresses) = (config.get_hosts(), config.get_hostaddrs());
    if hosts.is_empty() || hosts.contains(&Host::Tcp(String::new())) {
        return Err(wrong("has no host, or an empty one"));
    }
    if !addresses.is_empty() && addresses.len() != hosts.len() {
        return Err(wrong("does not have as many addresses in hostaddr as hosts"));
    }
    if config.get_ports().len() > 1 && config.get_ports().len() != hosts.len() {
        return Err(wrong("does not have as many ports as hosts"));
    }
    Ok(config)
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
            "postgres://a@h/d?pool=hunter2",
            "postgres://a@h/d?deadline=hunter2",
            "postgres://a:hunter2@h:port/d",
            "postgres://a:hunter2@h/d?x",
            "postgres://a@h/d?password_file=/nowhere&pool=hunter2",
            "postgres://a:hunter2@h/d?password_file=/nowhere",
            "postgres://a:hunter2@h/d?keepalives=x",
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
    fn an_address_is_local_only_if_every_host_of_it_is() {
        for local in [
            "postgres://a@127.0.0.1/d",
            "postgres://a@localhost/d",
            "postgres://a@[::1]/d",
            "postgres:///d?host=/run/postgresql",
            "postgres:///d?host=localhost,/run/postgresql&port=1,2",
            "postgres://a@%2Frun%2Fpostgresql,127.0.0.2:7/d",
            "postgres://a@localhost/d?hostaddr=::1",
        ] {
            let address = PostgresAddress::parse(local).unwrap();
            assert!(address.is_local() && !address.is_encrypted() && address.tls().is_ok(), "{local}");
        }
        for (address, host) in [
            ("postgres://a@10.0.0.1/d", "10.0.0.1"),
            ("postgres://a:p@127.0.0.1,db.example:1/d", "db.example"),
            ("postgres:///d?host=localhost,db.example", "db.example"),
            ("postgres://localhost/d?hostaddr=2001:db8::1", "2001:db8::1"),
            ("postgres://db.example/d?hostaddr=127.0.0.1", "db.example"),
            ("postgres://db.example/d?application_name=x@localhost", "db.example"),
        ] {
            let address = PostgresAddress::parse(address).unwrap();
            assert_eq!(address.remote().as_deref(), Some(host), "{address}");
            assert!(!address.is_local() && address.tls().is_err_and(|error| error.to_string().contains("sslmode")));
        }
        assert!(PostgresAddress::parse("postgres://a@10.0.0.1/d?sslmode=verify-full").unwrap().is_encrypted());
    }

    #[test]
    fn the_driver_gets_each_part_as_it_is_meant() {
        let address = PostgresAddress::parse(
            "POSTGRES://a%40b:p%2F%3Fq%23@h1:1,[::1]/d%20e?options=-c%20x%3Dy&application_name=z@localhost",
        );
        let config = address.unwrap().config;
        assert_eq!((config.get_user(), config.get_password()), (Some("a@b"), Some("p/?q#".as_bytes())));
        assert_eq!(config.get_hosts(), [Host::Tcp("h1".to_owned()), Host::Tcp("::1".to_owned())]);
        assert_eq!((config.get_ports(), config.get_dbname()), ([1, 5432].as_slice(), Some("d e")));
        assert_eq!((config.get_options(), config.get_application_name()), (Some("-c x=y"), Some("z@localhost")));
        let without_user = PostgresAddress::parse("postgres:///d?host=/run&password=p").unwrap();
        assert_eq!(without_user.config.get_user(), None);
        assert!(without_user.has_password());
    }
}
