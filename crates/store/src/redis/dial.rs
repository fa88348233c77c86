//! Finding the servers that have the shards, and connecting to them.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use admit_core::id::Shard;
use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, ConnectionAddr, IntoConnectionInfo, Pipeline, RedisConnectionInfo, Value};
use redis::{TlsCertificates, cmd};
use tokio::task::JoinSet;

use super::address::{At, Host, RedisAddress};
use super::keys::slot;
use super::link::Link;
use super::scripts;

/// How long a server may take to accept a connection and to take the password, and then to answer each question before it
/// is used. Nobody waits for that.
const CONNECT: Duration = Duration::from_secs(1);

/// Why there is no connection.
#[derive(Clone, Debug)]
pub(super) struct Broken {
    words: Arc<str>,
    /// Somebody did not answer in time: no request waits for it, and at the start it is tried again for a while.
    pub(super) late: bool,
}

impl Broken {
    /// For this reason.
    pub(super) fn new(words: impl Into<Arc<str>>) -> Self {
        Self { words: words.into(), late: false }
    }

    /// No answer in time.
    pub(super) fn late() -> Self {
        Self::late_because("it did not answer in time")
    }

    /// No answer in time, in other words.
    pub(super) fn late_because(words: impl Into<Arc<str>>) -> Self {
        Self { words: words.into(), late: true }
    }
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words)
    }
}

impl From<redis::RedisError> for Broken {
    fn from(error: redis::RedisError) -> Self {
        if error.is_timeout() { Self::late() } else { Self::new(error.to_string()) }
    }
}

impl RedisAddress {
    /// Connects to all that have shards, and loads the scripts into each.
    pub(super) async fn dial(&self) -> Result<Link, Broken> {
        match &self.at {
            At::Server(host) => Ok(Link::to_one(self.primary(self.tcp(host)).await?)),
            At::Socket(path) => Ok(Link::to_one(self.primary(ConnectionAddr::Unix(path.clone())).await?)),
            At::Sentinels(hosts, name) => {
                let primary = self.ask_sentinels(hosts, name).await?;
                Ok(Link::to_one(self.primary(self.tcp(&primary)).await?))
            }
            At::Cluster(hosts) => self.dial_cluster(hosts).await,
        }
    }

    /// A connection to one server of it, for questions about that server.
    pub(super) fn tcp(&self, host: &Host) -> ConnectionAddr {
        if self.tls {
            ConnectionAddr::TcpTls { host: host.name.clone(), port: host.port, insecure: false, tls_params: None }
        } else {
            ConnectionAddr::Tcp(host.name.clone(), host.port)
        }
    }

    async fn connect(
        &self,
        address: ConnectionAddr,
        settings: RedisConnectionInfo,
    ) -> Result<MultiplexedConnection, Broken> {
        let secured = matches!(address, ConnectionAddr::TcpTls { .. });
        let target = address.into_connection_info()?.set_redis_settings(settings);
        let client = if secured {
            // Whoever embeds this may have installed one of their own.
            drop(rustls::crypto::aws_lc_rs::default_provider().install_default());
            let root_cert = self.roots().map_err(|error| Broken::new(error.to_string()))?;
            Client::build_with_tls(target, TlsCertificates { client_tls: None, root_cert })?
        } else {
            Client::open(target)?
        };
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(CONNECT))
            .set_response_timeout(Some(CONNECT))
            .set_pipeline_buffer_size(1024);
        Ok(client.get_multiplexed_async_connection_with_config(&config).await?)
    }

    /// A connection to a server that has shards, with the scripts loaded.
    async fn primary(&self, address: ConnectionAddr) -> Result<MultiplexedConnection, Broken> {
        let mut server = self.connect(address, self.settings()?).await?;
        let mut pipeline = Pipeline::with_capacity(scripts::ALL.len());
        for script in scripts::ALL {
            pipeline.cmd("SCRIPT").arg("LOAD").arg(script.source()).ignore();
        }
        match pipeline.exec_async(&mut server).await {
            Ok(()) => {
                server.set_response_timeout(self.deadline);
                Ok(server)
            }
            Err(error) if error.to_string().contains("compiling script") => {
                Err(Broken::new("it is older than 7.0: use Redis 7.0 or later, or Valkey"))
            }
            Err(error) => Err(error.into()),
        }
    }

    fn settings(&self) -> Result<RedisConnectionInfo, Broken> {
        let password = self.password().map_err(|error| Broken::new(error.to_string()))?;
        let mut settings = RedisConnectionInfo::default().set_db(self.database).set_lib_name("admit", "0");
        if let Some(username) = &self.username {
            settings = settings.set_username(username);
        }
        if let Some(password) = password {
            settings = settings.set_password(password);
        }
        Ok(settings)
    }

    /// Where the primary is, by the first sentinel that knows.
    async fn ask_sentinels(&self, sentinels: &[Host], name: &str) -> Result<Host, Broken> {
        let mut settings = RedisConnectionInfo::default();
        if let Some(password) = self.sentinel_password().map_err(|error| Broken::new(error.to_string()))? {
            settings = settings.set_password(password);
        }
        let mut asked = JoinSet::new();
        for sentinel in sentinels {
            let (address, settings, name) = (self.clone(), settings.clone(), name.to_owned());
            let sentinel = sentinel.clone();
            asked.spawn(async move {
                let answer = async {
                    let mut connection = address.connect(address.tcp(&sentinel), settings).await?;
                    let mut question = cmd("SENTINEL");
                    question.arg("get-master-addr-by-name").arg(&name);
                    Ok::<Option<(String, u16)>, Broken>(question.query_async(&mut connection).await?)
                };
                match answer.await {
                    Ok(Some((name, port))) => Ok(Host { name, port }),
                    Ok(None) => Err(Broken::new(format!("the sentinels know no primary named {name}"))),
                    Err(broken) => {
                        Err(Broken { words: format!("the sentinel at {sentinel}: {broken}").into(), ..broken })
                    }
                }
            });
        }
        first(asked).await
    }

    async fn dial_cluster(&self, seeds: &[Host]) -> Result<Link, Broken> {
        let settings = self.settings()?;
        let mut asked = JoinSet::new();
        for seed in seeds {
            let (address, settings, seed) = (self.clone(), settings.clone(), seed.clone());
            asked.spawn(async move {
                let answer = async {
                    let mut node = address.connect(address.tcp(&seed), settings).await?;
                    let slots: Value = cmd("CLUSTER").arg("SLOTS").query_async(&mut node).await?;
                    owners(&slots, &seed)
                };
                let told = |broken: Broken| Broken { words: format!("the node at {seed}: {broken}").into(), ..broken };
                answer.await.map_err(told)
            });
        }
        self.dial_owners(first(asked).await?).await
    }

    /// Connects to those who have shards. Of several, one that cannot be reached leaves the shards of the others in use.
    async fn dial_owners(&self, owners: Vec<Host>) -> Result<Link, Broken> {
        let mut hosts = owners.clone();
        hosts.sort_unstable_by_key(ToString::to_string);
        hosts.dedup();
        let mut dialled = JoinSet::new();
        for host in hosts {
            let address = self.clone();
            dialled.spawn(async move {
                let server = address.primary(address.tcp(&host)).await;
                (host, server)
            });
        }
        let (mut reached, mut servers, mut missing) = (Vec::new(), Vec::new(), None);
        while let Some(Ok((host, server))) = dialled.join_next().await {
            match server {
                Ok(server) => {
                    reached.push(host);
                    servers.push(server);
                }
                Err(broken) => {
                    missing = Some(Broken { words: format!("the node at {host}: {broken}").into(), ..broken });
                }
            }
        }
        if let Some(broken) = missing.clone().filter(|_| servers.is_empty()) {
            return Err(broken);
        }
        let mut route = [u16::MAX; 256];
        for (place, owner) in route.iter_mut().zip(&owners) {
            let number = reached.iter().position(|host| host == owner);
            *place = number.and_then(|number| u16::try_from(number).ok()).unwrap_or(u16::MAX);
        }
        Ok(Link::new(servers, route, missing.map(|broken| broken.words)))
    }
}

/// The first good answer, or the last bad one.
async fn first<T: 'static>(mut asked: JoinSet<Result<T, Broken>>) -> Result<T, Broken> {
    let mut last = Broken::new("nobody is there to be asked");
    while let Some(answer) = asked.join_next().await {
        match answer {
            Ok(Ok(answer)) => return Ok(answer),
            Ok(Err(broken)) => last = broken,
            Err(error) => last = Broken::new(error.to_string()),
        }
    }
    Err(last)
}

/// Who has each of the 256 shards, by what CLUSTER SLOTS said: for each range of slots its first and last, its primary as
/// an address and a port, and its replicas. A node that does not know its own address leaves it empty, or null.
fn owners(slots: &Value, asked: &Host) -> Result<Vec<Host>, Broken> {
    let unreadable = || Broken::new("what CLUSTER SLOTS said cannot be read");
    let Value::Array(ranges) = slots else { return Err(unreadable()) };
    let mut read = Vec::new();
    for range in ranges {
        let Value::Array(range) = range else { return Err(unreadable()) };
        let [Value::Int(first), Value::Int(last), Value::Array(primary), ..] = range.as_slice() else {
            return Err(unreadable());
        };
        let [name, Value::Int(port), ..] = primary.as_slice() else { return Err(unreadable()) };
        let name = match name {
            Value::BulkString(name) if !name.is_empty() => String::from_utf8_lossy(name).into_owned(),
            _ => asked.name.clone(),
        };
        let port = u16::try_from(*port).map_err(|_| unreadable())?;
        read.push((*first..=*last, Host { name, port }));
    }
    let owner =
        |shard| read.iter().find(|(range, _)| range.contains(&i64::from(slot(shard)))).map(|(_, host)| host.clone());
    Shard::all()
        .map(|shard| owner(shard).ok_or_else(|| Broken::new("the cluster has slots that no node serves")))
        .collect()
}
