//! Finding the servers that have the shards, and connecting to them.

use std::path::Path;
use std::time::Duration;

use admit_core::id::Shard;
use redis::{
    AsyncConnectionConfig, Client, ConnectionAddr, ConnectionInfo, IntoConnectionInfo, ProtocolVersion,
    RedisConnectionInfo, TlsCertificates, Value,
};
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::address::{At, Host, RedisAddress};
use super::broken::Broken;
use super::keys::slot;
use super::link::{Link, Server, typed};
use super::scripts;

/// How long a server may take to accept a connection and to take the password, and then to answer each question before it
/// is used. Nobody waits for that.
const CONNECT: Duration = Duration::from_secs(1);

/// How many questions may wait for their turn to be written.
const WAITING: usize = 1024;

/// Where one server is.
#[derive(Clone, Copy)]
enum Place<'a> {
    /// At this host and port.
    Host(&'a Host),
    /// At this socket.
    Socket(&'a Path),
}

impl RedisAddress {
    /// Connects to all that have shards, and loads the scripts into each.
    pub(super) async fn dial(&self) -> Result<Link, Broken> {
        match &self.at {
            At::Server(host) => Ok(Link::to_one(self.primary(Place::Host(host)).await?)),
            At::Socket(path) => Ok(Link::to_one(self.primary(Place::Socket(path)).await?)),
            At::Sentinels(hosts, name) => {
                let primary = self.ask_sentinels(hosts, name).await?;
                Ok(Link::to_one(self.primary(Place::Host(&primary)).await?))
            }
            At::Cluster(hosts) => self.dial_cluster(hosts).await,
        }
    }

    /// A connection to one server, as this user.
    async fn connect(&self, place: Place<'_>, user: RedisConnectionInfo) -> Result<Server, Broken> {
        let client = self.client(place, user)?;
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(CONNECT))
            .set_response_timeout(None)
            .set_pipeline_buffer_size(WAITING);
        let connected = client.get_multiplexed_async_connection_with_config(&config);
        Ok(Server::over(timeout(CONNECT, connected).await.map_err(|_| Broken::late())??, CONNECT))
    }

    fn client(&self, place: Place<'_>, user: RedisConnectionInfo) -> Result<Client, Broken> {
        let host = match place {
            Place::Socket(path) => return Ok(Client::open(target(ConnectionAddr::Unix(path.to_owned()), user)?)?),
            Place::Host(host) => host,
        };
        if !self.may_reach(host) {
            // A sentinel or a node of a cluster may name any machine.
            return Err(Broken::new(format!(
                "{host} is not this machine, and the address has no TLS: begin it with rediss instead of redis. If nobody else \
                 can read or change anything on that network, add danger_plain=true"
            )));
        }
        let (name, port) = (host.name.clone(), host.port);
        if !self.tls {
            return Ok(Client::open(target(ConnectionAddr::Tcp(name, port), user)?)?);
        }
        let root_cert = self.roots().map_err(|error| Broken::new(error.to_string()))?;
        // The library takes its cryptography from the process, where an app may have chosen another.
        drop(rustls::crypto::aws_lc_rs::default_provider().install_default());
        let secured = ConnectionAddr::TcpTls { host: name, port, insecure: false, tls_params: None };
        Ok(Client::build_with_tls(target(secured, user)?, TlsCertificates { client_tls: None, root_cert })?)
    }

    /// A connection to a server that has shards, with the scripts loaded.
    async fn primary(&self, place: Place<'_>) -> Result<Server, Broken> {
        let mut server = self.connect(place, self.user()?).await?;
        let load = |script: &scripts::Script| {
            let mut command = redis::cmd("SCRIPT");
            command.arg("LOAD").arg(script.source());
            command
        };
        match server.ask_all(scripts::ALL.map(load)).await.map_err(Broken::from) {
            Err(broken) if broken.to_string().contains("compiling script") => {
                Err(Broken::new("it is older than 7.0: use Redis 7.0 or later, or Valkey"))
            }
            Err(broken) => Err(broken),
            Ok(_) => {
                server.patience = self.deadline;
                Ok(server)
            }
        }
    }

    /// Who asks, and which database.
    fn user(&self) -> Result<RedisConnectionInfo, Broken> {
        let password = self.password().map_err(|error| Broken::new(error.to_string()))?;
        Ok(named(self.username.as_deref(), password).set_db(self.database.into()))
    }

    /// Where the primary is, by the first sentinel that knows.
    async fn ask_sentinels(&self, sentinels: &[Host], name: &str) -> Result<Host, Broken> {
        let password = self.sentinel_password().map_err(|error| Broken::new(error.to_string()))?;
        let user = named(self.sentinel_user.as_deref(), password);
        let mut asked = JoinSet::new();
        for sentinel in sentinels {
            let (address, name, user, sentinel) = (self.clone(), name.to_owned(), user.clone(), sentinel.clone());
            asked.spawn(async move {
                let answer = async {
                    let server = address.connect(Place::Host(&sentinel), user).await?;
                    let mut question = redis::cmd("SENTINEL");
                    question.arg("get-master-addr-by-name").arg(&name);
                    typed::<Option<(String, u16)>>(server.ask(&question).await?)
                };
                match answer.await {
                    Ok(Some((name, port))) => Ok(Host { name, port }),
                    Ok(None) => Err(Broken::new(format!("the sentinels know no primary named {name}"))),
                    Err(broken) => Err(broken.of(format_args!("the sentinel at {sentinel}"))),
                }
            });
        }
        first(asked).await
    }

    async fn dial_cluster(&self, seeds: &[Host]) -> Result<Link, Broken> {
        let mut asked = JoinSet::new();
        for seed in seeds {
            let (address, user, seed) = (self.clone(), self.user()?, seed.clone());
            asked.spawn(async move {
                let answer = async {
                    let node = address.connect(Place::Host(&seed), user).await?;
                    owners(&node.ask(redis::cmd("CLUSTER").arg("SLOTS")).await?, &seed)
                };
                answer.await.map_err(|broken| broken.of(format_args!("the node at {seed}")))
            });
        }
        self.dial_owners(first(asked).await?).await
    }

    /// Connects to all who have slots. Of several, one that cannot be reached leaves the shards of the others in use.
    async fn dial_owners(&self, Owners { shards, mut all }: Owners) -> Result<Link, Broken> {
        all.sort_unstable_by_key(ToString::to_string);
        all.dedup();
        let mut dialled = JoinSet::new();
        for host in all {
            let address = self.clone();
            dialled.spawn(async move {
                let server = address.primary(Place::Host(&host)).await;
                (host, server)
            });
        }
        let (mut servers, mut missing) = (Vec::new(), None);
        while let Some(Ok((host, server))) = dialled.join_next().await {
            match server {
                Ok(server) => servers.push((Some(host), server)),
                // One without a shard may get some later: then it is said to have moved.
                Err(_) if !shards.contains(&host) => {}
                Err(broken) => missing = Some(broken.of(format_args!("the node at {host}"))),
            }
        }
        if let Some(broken) = missing.clone().filter(|_| servers.is_empty()) {
            return Err(broken);
        }
        let mut route = [u16::MAX; 256];
        for (place, owner) in route.iter_mut().zip(&shards) {
            let number = servers.iter().position(|(host, _)| host.as_ref() == Some(owner));
            *place = number.and_then(|number| u16::try_from(number).ok()).unwrap_or(u16::MAX);
        }
        Ok(Link::new(servers, route, missing.map(Into::into)))
    }
}

fn target(address: ConnectionAddr, user: RedisConnectionInfo) -> Result<ConnectionInfo, Broken> {
    // Nagle's algorithm, which the library leaves on, gathers what is asked meanwhile: a third of what a check costs without it.
    Ok(address.into_connection_info()?.set_redis_settings(user))
}

fn named(username: Option<&str>, password: Option<String>) -> RedisConnectionInfo {
    let user = RedisConnectionInfo::default().set_protocol(ProtocolVersion::RESP2).set_skip_set_lib_name();
    let user = username.into_iter().fold(user, RedisConnectionInfo::set_username);
    password.into_iter().fold(user, RedisConnectionInfo::set_password)
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

/// The primaries of a cluster.
struct Owners {
    /// Of each of the 256 shards.
    shards: Vec<Host>,
    /// Of any slot.
    all: Vec<Host>,
}

/// What CLUSTER SLOTS said: for each range of slots its first and last, its primary as an address and a port, and its replicas. A node
/// that does not know its own address leaves it empty, or null.
fn owners(slots: &Value, asked: &Host) -> Result<Owners, Broken> {
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
    let shards = Shard::all()
        .map(|shard| owner(shard).ok_or_else(|| Broken::new("the cluster has slots that no node serves")))
        .collect::<Result<_, _>>()?;
    Ok(Owners { shards, all: read.into_iter().map(|(_, host)| host).collect() })
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;

    /// Where somebody answers every question with these bytes.
    async fn answering(bytes: &'static [u8]) -> u16 {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            while let Ok((mut socket, _)) = listener.accept().await {
                tokio::spawn(async move {
                    while socket.read(&mut [0; 512]).await.is_ok_and(|read| read > 0) {
                        socket.write_all(bytes).await.unwrap();
                    }
                });
            }
        });
        port
    }

    #[tokio::test]
    async fn a_sentinel_or_cluster_on_this_machine_sends_nobody_elsewhere_without_tls() {
        let sentinel = answering(b"*2\r\n$9\r\n192.0.2.1\r\n$4\r\n6379\r\n").await;
        let node = answering(b"*1\r\n*3\r\n:0\r\n:16383\r\n*3\r\n$9\r\n192.0.2.1\r\n:6379\r\n$1\r\na\r\n").await;
        for url in [
            format!("redis-sentinel://app:hunter2@127.0.0.1:{sentinel}/m"),
            format!("redis-cluster://127.0.0.1:{node}"),
            "redis://app:hunter2@192.0.2.1".to_owned(),
        ] {
            let address = RedisAddress::parse(&url).unwrap();
            let broken = address.dial().await.err().map(|broken| broken.to_string()).unwrap_or_default();
            assert!(broken.contains("192.0.2.1:6379 is not this machine"), "{url}: {broken}");
            assert!(broken.contains("rediss") && !broken.contains("hunter2"), "{broken}");
        }
    }
}
