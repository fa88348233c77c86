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
//! an error, 200 without it).

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long a check may take: a guarded route answers 503 within 250 ms when Redis is out of reach.
const DEADLINE: Duration = Duration::from_millis(200);

/// The address of a Redis. It has a password in it at times, so it has no `Debug` that shows it, and its [`fmt::Display`]
/// leaves it out.
#[derive(Clone)]
pub struct RedisAddress {
    pub(super) at: At,
    pub(super) tls: bool,
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

/// Why a text is no address of a Redis. It never repeats what may be a part of a password.
#[derive(Debug, thiserror::Error)]
pub enum RedisAddressError {
    /// Another scheme.
    #[error(
        "the address of Redis must begin with redis://, redis-cluster://, redis-sentinel://, the same with rediss for TLS, \
         or redis+unix://"
    )]
    Scheme,
    /// No host, or a port that is none.
    #[error(
        "the address of Redis has no host, or a port that is not a number from 1 to 65535. A / ? # @ : or % in the \
         password is written %2F %3F %23 %40 %3A or %25; password_file spares you that"
    )]
    Host,
    /// A percent sign that is followed by something else.
    #[error("the address of Redis has a % that two hexadecimal digits do not follow: a % itself is written %25")]
    Percent,
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
    /// A parameter that there is not.
    #[error(
        "a Redis address has a parameter that there is not: there are prefix, ca, password_file, db, deadline \
         and sentinel_password_file. A ? in the password is written %3F"
    )]
    Parameter,
    /// A prefix that would decide the slot of a cluster.
    #[error("the prefix of a Redis address is not empty, has at most 64 bytes, and has no {{ or }}")]
    Prefix,
    /// A time that is no number, or no sensible one.
    #[error("the deadline of a Redis address is a number of milliseconds from 50 to 60000")]
    Deadline,
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
        let (scheme, rest) = text.split_once("://").ok_or(RedisAddressError::Scheme)?;
        let (rest, parameters) = rest.split_once('?').unwrap_or((rest, ""));
        let (tls, kind) = match scheme {
            "redis" | "redis-cluster" | "redis-sentinel" | "redis+unix" => (false, scheme),
            "rediss" => (true, "redis"),
            "rediss-cluster" => (true, "redis-cluster"),
            "rediss-sentinel" => (true, "redis-sentinel"),
            _ => return Err(RedisAddressError::Scheme),
        };
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let (user, hosts) = match authority.rsplit_once('@') {
            Some((user, hosts)) => (user, hosts),
            None => ("", authority),
        };
        let (username, password) = user.split_once(':').unwrap_or((user, ""));
        let some = |text: &str| decoded(text).map(|text| Some(text).filter(|text| !text.is_empty()));
        let mut address = Self {
            at: At::Socket(PathBuf::new()),
            tls,
            ca: None,
            username: some(username)?,
            password: some(password)?,
            password_file: None,
            sentinel_password_file: None,
            database: 0,
            prefix: "admit:".to_owned(),
            deadline: DEADLINE,
        };
        address.at = match kind {
            "redis-cluster" if !path.is_empty() => return Err(RedisAddressError::ClusterDatabase),
            "redis-cluster" => At::Cluster(all_hosts(hosts, 6379)?),
            "redis-sentinel" if path.is_empty() => return Err(RedisAddressError::Primary),
            "redis-sentinel" => At::Sentinels(all_hosts(hosts, 26379)?, decoded(path)?),
            "redis+unix" => At::Socket(Path::new("/").join(decoded(path)?)),
            _ => At::Server(host(hosts, 6379)?),
        };
        if kind == "redis" && !path.is_empty() {
            address.database = database(path)?;
        }
        for parameter in parameters.split('&').filter(|parameter| !parameter.is_empty()) {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            address.set(name, decoded(value)?)?;
        }
        if address.password.is_some() && address.password_file.is_some() {
            return Err(RedisAddressError::TwoPasswords);
        }
        if address.ca.is_some() && !tls {
            return Err(RedisAddressError::CaWithoutTls);
        }
        Ok(address)
    }

    fn set(&mut self, name: &str, value: String) -> Result<(), RedisAddressError> {
        match name {
            "prefix" if value.is_empty() || value.len() > 64 || value.contains(['{', '}']) => {
                return Err(RedisAddressError::Prefix);
            }
            "prefix" => self.prefix = value,
            "ca" => self.ca = Some(value.into()),
            "password_file" => self.password_file = Some(value.into()),
            "sentinel_password_file" => self.sentinel_password_file = Some(value.into()),
            "deadline" => {
                let millis = value.parse().ok().filter(|millis| (50..=60_000).contains(millis));
                self.deadline = Duration::from_millis(millis.ok_or(RedisAddressError::Deadline)?);
            }
            "db" if matches!(self.at, At::Cluster(_)) => return Err(RedisAddressError::ClusterDatabase),
            "db" => self.database = database(&value)?,
            _ => return Err(RedisAddressError::Parameter),
        }
        Ok(())
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

fn database(text: &str) -> Result<u32, RedisAddressError> {
    text.parse().map_err(|_| RedisAddressError::Database)
}

fn all_hosts(text: &str, port: u16) -> Result<Vec<Host>, RedisAddressError> {
    text.split(',').map(|each| host(each, port)).collect()
}

fn host(text: &str, default: u16) -> Result<Host, RedisAddressError> {
    let (name, port) = match text.strip_prefix('[') {
        Some(rest) => {
            let (name, port) = rest.split_once(']').ok_or(RedisAddressError::Host)?;
            (name, port.strip_prefix(':').or(port.is_empty().then_some("")).ok_or(RedisAddressError::Host)?)
        }
        None => text.split_once(':').unwrap_or((text, "")),
    };
    let port = if port.is_empty() { Some(default) } else { port.parse().ok().filter(|port| *port != 0) };
    match port {
        Some(port) if !name.is_empty() => Ok(Host { name: name.to_owned(), port }),
        _ => Err(RedisAddressError::Host),
    }
}

/// With each `%41` as the byte that it stands for.
fn decoded(text: &str) -> Result<String, RedisAddressError> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let mut digit = || rest.next().and_then(|digit| char::from(digit).to_digit(16));
            let value = digit().zip(digit()).and_then(|(high, low)| u8::try_from(high * 16 + low).ok());
            bytes.push(value.ok_or(RedisAddressError::Percent)?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).map_err(|_| RedisAddressError::Percent)
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
            ("http://hunter2@redis", "must begin with"),
            ("redis.example:6379", "must begin with"),
            ("redis://", "no host"),
            ("redis://:hun/ter2@redis", "password_file spares you"),
            ("redis://app:hunter2@redis:port", "from 1 to 65535"),
            ("redis://app:hunter%2@redis", "written %25"),
            ("redis://app:hunter2@redis/x", "is a number"),
            ("redis://app:hunter2@redis?password_file=/run/p", "leave one out"),
            ("redis://redis?hunter=2", "written %3F"),
            ("redis://:hun?ter2@redis", "%3F"),
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
