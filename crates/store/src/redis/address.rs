//! The address of a Redis, as it stands in the configuration.
//!
//! | form | what |
//! |---|---|
//! | `redis://user:password@host:6379/0` | one server; `rediss://` with TLS |
//! | `redis+unix:///run/redis.sock` | one server, by its socket |
//! | `redis-cluster://host:6379,host:6379` | a cluster, by some of its nodes; `rediss-cluster://` with TLS |
//! | `redis-sentinel://host:26379,host:26379/mymaster` | a primary, by its sentinels; `rediss-sentinel://` with TLS |
//!
//! After a `?`: `prefix` (of the keys, else `admit:`), `ca` (a PEM file in place of the system's roots), `password_file`,
//! `db` (where the path is taken), `sentinel_user`, `sentinel_password_file`, and `deadline` (milliseconds that a check may take until it is
//! an error, 200 without it), and `danger_plain=true` (what is not encrypted may go beyond this machine). Each at most once.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use admit_core::host::is_local;
use rustls::pki_types::pem;

use crate::tls::{self, TlsError};
use crate::url::{StoreUrl, UrlError};

/// How long a check may take: a guarded route answers 503 within 250 ms when Redis is out of reach.
const DEADLINE: Duration = Duration::from_millis(200);

/// The address of a Redis. It has a password in it at times, so it has no `Debug` that shows it, and its [`fmt::Display`]
/// leaves it out.
#[derive(Clone)]
pub struct RedisAddress {
    pub(super) at: At,
    pub(super) tls: bool,
    plain: bool,
    ca: Option<PathBuf>,
    pub(super) username: Option<String>,
    password: Option<String>,
    password_file: Option<PathBuf>,
    pub(super) sentinel_user: Option<String>,
    sentinel_password_file: Option<PathBuf>,
    pub(super) database: u32,
    pub(super) prefix: String,
    /// How long a check may take, with all that it may have to repair on the way.
    pub(super) deadline: Duration,
}

/// Where it is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum At {
    /// At this host and port.
    Server(Host),
    /// At this socket.
    Socket(PathBuf),
    /// In a cluster that these are some nodes of.
    Cluster(Vec<Host>),
    /// Where these sentinels say that the primary of this name is.
    Sentinels(Vec<Host>, String),
}

/// A host and a port.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) struct Host {
    /// A name or an address, without brackets.
    pub(super) name: String,
    /// The port.
    pub(super) port: u16,
}

/// The schemes: where it is, and whether by TLS.
const SCHEMES: [&str; 7] =
    ["redis", "rediss", "redis-cluster", "rediss-cluster", "redis-sentinel", "rediss-sentinel", "redis+unix"];

const PARAMETERS: [&str; 8] =
    ["prefix", "ca", "password_file", "db", "deadline", "sentinel_user", "sentinel_password_file", "danger_plain"];

/// Why a text is no address of a Redis. It never repeats what may be a part of a password.
#[derive(Debug, thiserror::Error)]
pub enum RedisAddressError {
    /// It is no URL as it has to be.
    #[error("the address of Redis {0}")]
    Url(#[from] UrlError),
    /// Several hosts, or none.
    #[error(
        "the address of Redis names one host: several are of a redis-cluster:// or of a redis-sentinel://, and a redis+unix:// has \
         none"
    )]
    Hosts,
    /// A database that is no number.
    #[error("the database of a Redis address is a number, as in redis://host:6379/0")]
    Database,
    /// A cluster with a database.
    #[error("a Redis cluster has database 0 only: leave out what follows the hosts")]
    ClusterDatabase,
    /// Sentinels without the name of a primary.
    #[error(
        "a redis-sentinel:// address ends with the name of the primary, as in redis-sentinel://host:26379/mymaster"
    )]
    Primary,
    /// A prefix that would decide the slot of a cluster.
    #[error("the prefix of a Redis address is not empty, has at most 64 bytes, and has no {{ or }}")]
    Prefix,
    /// A time that is no number, or no sensible one.
    #[error("the deadline of a Redis address is a number of milliseconds from 50 to 60000")]
    Deadline,
    /// Neither yes nor no.
    #[error("danger_plain of a Redis address must be true, or left out")]
    DangerPlain,
    /// Two passwords.
    #[error("the address of Redis has a password and a password_file: leave one out")]
    TwoPasswords,
    /// A user without a password.
    #[error("the address of Redis has a sentinel_user but no sentinel_password_file: a user has a password")]
    SentinelUser,
    /// A certificate for a connection without TLS.
    #[error("the address of Redis has a ca but no TLS: begin it with rediss instead of redis")]
    CaWithoutTls,
}

/// A file that the address names and that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("cannot read {}: {source}", .path.display())]
pub struct FileError {
    path: PathBuf,
    source: std::io::Error,
}

impl RedisAddress {
    /// Reads an address.
    ///
    /// # Errors
    /// When it is none, with a sentence.
    pub fn parse(text: &str) -> Result<Self, RedisAddressError> {
        let url = StoreUrl::read(text, &SCHEMES, &PARAMETERS)?;
        let tls = url.scheme.starts_with("rediss");
        let kind = url.scheme.split_once('-').map(|(_, kind)| kind);
        let path = url.path.as_deref();
        let (at, number) = match (kind, path) {
            (Some("cluster"), Some(_)) => return Err(RedisAddressError::ClusterDatabase),
            (Some("cluster"), None) => (At::Cluster(hosts(&url, 6379)?), None),
            (Some(_), None) => return Err(RedisAddressError::Primary),
            (Some(_), Some(primary)) => (At::Sentinels(hosts(&url, 26379)?, primary.to_owned()), None),
            (None, _) if url.scheme == "redis+unix" => {
                let path = path.filter(|_| url.hosts.is_empty()).ok_or(RedisAddressError::Hosts)?;
                (At::Socket(Path::new("/").join(path)), None)
            }
            (None, number) => {
                let hosts = hosts(&url, 6379)?;
                let [host] = hosts.as_slice() else { return Err(RedisAddressError::Hosts) };
                (At::Server(host.clone()), number)
            }
        };
        let parameter = |name| url.parameter(name);
        if matches!(at, At::Cluster(_)) && parameter("db").is_some() {
            return Err(RedisAddressError::ClusterDatabase);
        }
        url.once("db", number.is_some())?;
        let prefix = parameter("prefix").unwrap_or("admit:");
        if prefix.len() > 64 || prefix.contains(['{', '}']) {
            return Err(RedisAddressError::Prefix);
        }
        let millis = |text: &str| text.parse().ok().filter(|millis| (50..=60_000).contains(millis));
        let deadline = parameter("deadline").map(|text| millis(text).ok_or(RedisAddressError::Deadline));
        if parameter("danger_plain").is_some_and(|text| text != "true") {
            return Err(RedisAddressError::DangerPlain);
        }
        if url.password.is_some() && parameter("password_file").is_some() {
            return Err(RedisAddressError::TwoPasswords);
        }
        if parameter("sentinel_user").is_some() && parameter("sentinel_password_file").is_none() {
            return Err(RedisAddressError::SentinelUser);
        }
        if parameter("ca").is_some() && !tls {
            return Err(RedisAddressError::CaWithoutTls);
        }
        let database = number.or(parameter("db")).map(|text| text.parse().map_err(|_| RedisAddressError::Database));
        Ok(Self {
            at,
            tls,
            plain: parameter("danger_plain").is_some(),
            ca: parameter("ca").map(PathBuf::from),
            password_file: parameter("password_file").map(PathBuf::from),
            sentinel_user: parameter("sentinel_user").map(str::to_owned),
            sentinel_password_file: parameter("sentinel_password_file").map(PathBuf::from),
            database: database.transpose()?.unwrap_or_default(),
            prefix: prefix.to_owned(),
            deadline: deadline.transpose()?.map_or(DEADLINE, Duration::from_millis),
            username: url.user,
            password: url.password,
        })
    }

    /// Whether every connection is encrypted.
    #[must_use]
    pub fn is_encrypted(&self) -> bool {
        self.tls
    }

    /// Whether every host that it names is this machine. A Unix socket is. Where the hosts are sentinels, or some nodes of a
    /// cluster, the servers that these name are judged by themselves when a connection is made.
    #[must_use]
    pub fn is_local(&self) -> bool {
        self.remote().is_none()
    }

    /// The first host that is not this machine.
    #[must_use]
    pub fn remote(&self) -> Option<&str> {
        let hosts = match &self.at {
            At::Server(host) => std::slice::from_ref(host),
            At::Socket(_) => &[],
            At::Cluster(hosts) | At::Sentinels(hosts, _) => hosts,
        };
        hosts.iter().map(|host| host.name.as_str()).find(|name| !is_local(name))
    }

    /// Whether somebody answers for what goes over the network without TLS (`danger_plain=true`).
    #[must_use]
    pub fn allows_plain(&self) -> bool {
        self.plain
    }

    /// Whether a connection may be made to a host: without TLS to this machine alone, unless somebody answers for it.
    pub(super) fn may_reach(&self, host: &Host) -> bool {
        self.tls || self.plain || is_local(&host.name)
    }

    /// Whether a password is in its text. One in a file is not.
    #[must_use]
    pub fn has_password(&self) -> bool {
        self.password.is_some()
    }

    /// The files that have passwords.
    pub fn password_files(&self) -> impl Iterator<Item = &Path> {
        self.password_file.iter().chain(&self.sentinel_password_file).map(PathBuf::as_path)
    }

    /// The password, read anew each time from its file, if it is in one: a new password needs no restart.
    pub(super) fn password(&self) -> Result<Option<String>, FileError> {
        match &self.password_file {
            Some(path) => secret(path).map(Some),
            None => Ok(self.password.clone()),
        }
    }

    /// The certificates to trust in place of the system's.
    pub(super) fn roots(&self) -> Result<Option<Vec<u8>>, TlsError> {
        let Some(path) = &self.ca else { return Ok(None) };
        // Says what is wrong with it.
        tls::trusting(path)?;
        let unreadable = |error| TlsError::Unreadable { path: path.clone(), source: pem::Error::Io(error) };
        fs::read(path).map(Some).map_err(unreadable)
    }

    /// The password of the sentinels themselves.
    pub(super) fn sentinel_password(&self) -> Result<Option<String>, FileError> {
        self.sentinel_password_file.as_deref().map(secret).transpose()
    }
}

impl RedisAddress {
    /// What nodes that share it have alike: where it is, the database and the prefix. Each node may name other servers of one
    /// cluster, and other sentinels of one primary.
    #[must_use]
    pub fn shared(&self) -> String {
        let at = match &self.at {
            At::Cluster(_) => "a Redis cluster".to_owned(),
            At::Sentinels(_, primary) => format!("Redis {primary} of sentinels"),
            At::Server(_) | At::Socket(_) => self.to_string(),
        };
        format!("{at}, database {}, prefix {}", self.database, self.prefix)
    }
}

impl fmt::Display for RedisAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tls = if self.tls { " with TLS" } else { "" };
        match &self.at {
            At::Server(host) => write!(f, "Redis at {host}{tls}"),
            At::Socket(path) => write!(f, "Redis at {}", path.display()),
            At::Cluster(hosts) => write!(f, "the Redis cluster of {}{tls}", Hosts(hosts)),
            At::Sentinels(hosts, primary) => write!(f, "Redis {primary}{tls}, of the sentinels {}", Hosts(hosts)),
        }
    }
}

impl fmt::Debug for RedisAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RedisAddress({self})")
    }
}

impl Host {
    /// Whether a server that names a host and a port names this.
    pub(super) fn is_at(&self, named: &str) -> bool {
        named.rsplit_once(':').is_some_and(|(name, port)| name == self.name && port.parse() == Ok(self.port))
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.name.contains(':') {
            write!(f, "[{}]:{}", self.name, self.port)
        } else {
            write!(f, "{}:{}", self.name, self.port)
        }
    }
}

struct Hosts<'a>(&'a [Host]);

impl fmt::Display for Hosts<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hosts: Vec<_> = self.0.iter().map(ToString::to_string).collect();
        f.write_str(&hosts.join(", "))
    }
}

fn secret(path: &Path) -> Result<String, FileError> {
    let text = fs::read_to_string(path).map_err(|source| FileError { path: path.to_owned(), source })?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

fn hosts(url: &StoreUrl, default: u16) -> Result<Vec<Host>, RedisAddressError> {
    let is_host = |name: &String| !name.contains(['/', '%']);
    let hosts = url.hosts.iter().filter(|(name, _)| is_host(name));
    let hosts: Vec<_> = hosts.map(|(name, port)| Host { name: name.clone(), port: port.unwrap_or(default) }).collect();
    if hosts.is_empty() || hosts.len() != url.hosts.len() {
        return Err(UrlError::Host.into());
    }
    Ok(hosts)
}

#[cfg(test)]
mod tests;
