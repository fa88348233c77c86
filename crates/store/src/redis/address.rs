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
//! `db` (where the path is taken), `sentinel_password_file`, and `deadline` (milliseconds that a check may take until it is
//! an error, 200 without it), and `danger_plain=true` (what is not encrypted may go beyond this machine). Each at most once.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use admit_core::host::is_local;

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
    pub(super) ca: Option<PathBuf>,
    pub(super) username: Option<String>,
    password: Option<String>,
    password_file: Option<PathBuf>,
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

const PARAMETERS: [&str; 7] =
    ["prefix", "ca", "password_file", "db", "deadline", "sentinel_password_file", "danger_plain"];

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
mod tests {
    use super::*;

    fn at(name: &str, port: u16) -> Host {
        Host { name: name.to_owned(), port }
    }

    #[test]
    fn each_form_is_read() {
        let one =
            RedisAddress::parse("rediss://app:p%40ss%2F@redis.example:6380/3?prefix=shop:&ca=/etc/ca.pem").unwrap();
        assert_eq!(one.at, At::Server(at("redis.example", 6380)));
        assert_eq!((one.tls, one.database, one.prefix.as_str()), (true, 3, "shop:"));
        assert_eq!(one.username.as_deref(), Some("app"));
        assert_eq!(one.password().unwrap().as_deref(), Some("p@ss/"));
        let plain = RedisAddress::parse("redis://:secret@[::1]").unwrap();
        assert_eq!((plain.at, plain.username), (At::Server(at("::1", 6379)), None));
        let cluster = RedisAddress::parse("redis-cluster://a:7000,b").unwrap();
        assert_eq!(cluster.at, At::Cluster(vec![at("a", 7000), at("b", 6379)]));
        let sentinels = RedisAddress::parse("rediss-sentinel://a,b:26380/mymaster?db=2").unwrap();
        assert_eq!(sentinels.at, At::Sentinels(vec![at("a", 26379), at("b", 26380)], "mymaster".to_owned()));
        assert_eq!((sentinels.tls, sentinels.database), (true, 2));
        let socket = RedisAddress::parse("redis+unix:///run/redis.sock?db=1").unwrap();
        assert_eq!((socket.at, socket.database), (At::Socket("/run/redis.sock".into()), 1));
    }

    #[test]
    fn what_is_no_address_is_refused_with_a_sentence_that_has_no_password_in_it() {
        for (text, words) in [
            ("http://hunter2@redis", "begins with none of redis://, rediss://"),
            ("redis.example:6379", "begins with none of redis://, rediss://"),
            ("redis://", "a host that is empty"),
            ("redis://:hun/ter2@redis", "password_file spares you"),
            ("redis://app:hunter2@redis:port", "from 1 to 65535"),
            ("redis://app:hunter%2@redis", "written %25"),
            ("redis://app:hunter2@redis/x", "is a number"),
            ("redis://app:hunter2@redis?password_file=/run/p", "leave one out"),
            ("redis://redis?hunter=2", "written %3F"),
            ("redis://:hun?ter2@redis", "%3F"),
            ("redis://redis?prefix=a&prefix=b", "has prefix twice"),
            ("redis://redis/1?db=1", "has db twice"),
            ("redis://redis,other", "several are of a redis-cluster"),
            ("redis+unix://redis/run/redis.sock", "names one host"),
            ("redis+unix://", "names one host"),
            ("redis://redis?danger_plain=false", "or left out"),
            ("redis://redis?prefix=%7Ba%7D", "has no { or }"),
            ("redis://redis?prefix={a}", "has no { or }"),
            ("redis://redis?ca=/etc/ca.pem", "begin it with rediss"),
            ("redis-cluster://a,b/1", "database 0 only"),
            ("redis-cluster://a?db=1", "database 0 only"),
            ("redis-sentinel://a", "name of the primary"),
        ] {
            let error = RedisAddress::parse(text).unwrap_err().to_string();
            assert!(error.contains(words), "{text}: {error}");
            assert!(!error.contains("hunter2") && !error.contains("hun/") && !error.contains("ter2"), "{error}");
        }
    }

    #[test]
    fn an_address_is_local_only_if_every_host_of_it_is() {
        for (text, remote) in [
            ("redis://localhost", None),
            ("redis://app:pw@[::1]:1/2", None),
            ("redis+unix:///run/redis.sock", None),
            ("redis-cluster://127.0.0.1:1,127.0.0.2:2", None),
            ("redis-cluster://127.0.0.1:1,cache.example:2", Some("cache.example")),
            ("redis-sentinel://localhost,[2001:db8::1]:1/m", Some("2001:db8::1")),
            ("redis://192.0.2.1/0?prefix=x@localhost", Some("192.0.2.1")),
            ("rediss://cache.example", Some("cache.example")),
        ] {
            let address = RedisAddress::parse(text).unwrap();
            assert_eq!((address.remote(), address.is_local()), (remote, remote.is_none()), "{text}");
            assert_eq!(address.is_encrypted(), text.starts_with("rediss"));
        }
    }

    #[test]
    fn a_password_is_shown_nowhere_and_read_from_its_file_each_time() {
        let address = RedisAddress::parse("rediss://app:hunter2@redis").unwrap();
        assert!(!format!("{address} {address:?}").contains("hunter2"));
        let file = tempfile::NamedTempFile::new().unwrap();
        let address = RedisAddress::parse(&format!("redis://redis?password_file={}", file.path().display())).unwrap();
        for password in ["one", "two"] {
            fs::write(file.path(), format!("{password}\n")).unwrap();
            assert_eq!(address.password().unwrap().as_deref(), Some(password));
        }
        drop(file);
        assert!(address.password().unwrap_err().to_string().starts_with("cannot read /"));
    }
}
