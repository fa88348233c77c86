//! Finding the servers that have the shards, and connecting to them.

use std::time::Duration;

use admit_core::id::Shard;
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::address::{At, Host, RedisAddress};
use super::broken::Broken;
use super::keys::slot;
use super::link::Link;
use super::resp::{Answer, Command};
use super::scripts;
use super::socket::{self, Place};
use super::wire::Wire;

/// How long a server may take to accept a connection and to take the password, and then to answer each question before it
/// is used. Nobody waits for that.
const CONNECT: Duration = Duration::from_secs(1);

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

    /// A connection to one server, for which these come first; each has to be taken.
    async fn connect(&self, place: Place<'_>, first: &[Command]) -> Result<Wire, Broken> {
        let connected = async {
            let wire = Wire::over(socket::open(self, place).await?, CONNECT);
            let answers = wire.ask_all(first).await?;
            match answers.into_iter().find(|answer| matches!(answer, Answer::Refused(_))) {
                Some(Answer::Refused(words)) => Err(Broken::new(words)),
                _ => Ok(wire),
            }
        };
        timeout(CONNECT, connected).await.unwrap_or_else(|_| Err(Broken::late()))
    }

    /// A connection to a server that has shards, with the scripts loaded.
    async fn primary(&self, place: Place<'_>) -> Result<Wire, Broken> {
        let server = self.connect(place, &self.introduction()?).await?;
        let load = |script: &&scripts::Script| {
            let mut command = Command::new("SCRIPT");
            command.arg("LOAD").arg(script.source());
            command
        };
        let loads: Vec<_> = scripts::ALL.iter().map(load).collect();
        for answer in server.ask_all(&loads).await? {
            match answer {
                Answer::Refused(words) if words.contains("compiling script") => {
                    return Err(Broken::new("it is older than 7.0: use Redis 7.0 or later, or Valkey"));
                }
                Answer::Refused(words) => return Err(Broken::new(words)),
                _ => {}
            }
        }
        server.set_patience(self.deadline);
        Ok(server)
    }

    /// Who it is, and which database.
    fn introduction(&self) -> Result<Vec<Command>, Broken> {
        let password = self.password().map_err(|error| Broken::new(error.to_string()))?;
        let mut first: Vec<_> =
            password.map(|password| login(self.username.as_deref(), &password)).into_iter().collect();
        if self.database != 0 {
            let mut select = Command::new("SELECT");
            select.number(self.database.into());
            first.push(select);
        }
        Ok(first)
    }

    /// Where the primary is, by the first sentinel that knows.
    async fn ask_sentinels(&self, sentinels: &[Host], name: &str) -> Result<Host, Broken> {
        let password = self.sentinel_password().map_err(|error| Broken::new(error.to_string()))?;
        let mut asked = JoinSet::new();
        for sentinel in sentinels {
            let (address, name) = (self.clone(), name.to_owned());
            let first: Vec<_> = password.iter().map(|password| login(None, password)).collect();
            let sentinel = sentinel.clone();
            asked.spawn(async move {
                let answer = async {
                    let server = address.connect(Place::Host(&sentinel), &first).await?;
                    let mut question = Command::new("SENTINEL");
                    question.arg("get-master-addr-by-name").arg(&name);
                    primary_of(server.ask(&question).await?)
                };
                match answer.await {
                    Ok(Some(host)) => Ok(host),
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
            let (address, first, seed) = (self.clone(), self.introduction()?, seed.clone());
            asked.spawn(async move {
                let answer = async {
                    let node = address.connect(Place::Host(&seed), &first).await?;
                    let mut question = Command::new("CLUSTER");
                    question.arg("SLOTS");
                    owners(&node.ask(&question).await?, &seed)
                };
                answer.await.map_err(|broken| broken.of(format_args!("the node at {seed}")))
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
                let server = address.primary(Place::Host(&host)).await;
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
                Err(broken) => missing = Some(broken.of(format_args!("the node at {host}"))),
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
        Ok(Link::new(servers, route, missing.map(Into::into)))
    }
}

/// Says who asks.
fn login(username: Option<&str>, password: &str) -> Command {
    let mut command = Command::new("AUTH");
    if let Some(username) = username {
        command.arg(username);
    }
    command.arg(password);
    command
}

/// Where a sentinel says that the primary is, if it knows it.
fn primary_of(answer: Answer) -> Result<Option<Host>, Broken> {
    let unreadable = || Broken::new("what the sentinel said cannot be read");
    match answer {
        Answer::Nothing => Ok(None),
        Answer::Refused(words) => Err(Broken::new(words)),
        Answer::List(parts) => {
            let [name, port] = parts.as_slice() else { return Err(unreadable()) };
            let port = port.text().and_then(|port| port.parse().ok()).ok_or_else(unreadable)?;
            Ok(Some(Host { name: name.text().ok_or_else(unreadable)?, port }))
        }
        _ => Err(unreadable()),
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
fn owners(slots: &Answer, asked: &Host) -> Result<Vec<Host>, Broken> {
    let unreadable = || Broken::new("what CLUSTER SLOTS said cannot be read");
    let ranges = match slots {
        Answer::List(ranges) => ranges,
        Answer::Refused(words) => return Err(Broken::new(words.clone())),
        _ => return Err(unreadable()),
    };
    let mut read = Vec::new();
    for range in ranges {
        let Answer::List(range) = range else { return Err(unreadable()) };
        let [Answer::Number(first), Answer::Number(last), Answer::List(primary), ..] = range.as_slice() else {
            return Err(unreadable());
        };
        let [name, Answer::Number(port), ..] = primary.as_slice() else { return Err(unreadable()) };
        let name = match name {
            Answer::Bytes(name) if !name.is_empty() => String::from_utf8_lossy(name).into_owned(),
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
