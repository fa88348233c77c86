//! Connections to the servers that have the shards: one to each, which all requests share. Their questions go out in order, and so do
//! the answers come.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use admit_core::id::Shard;
use admit_core::store::StoreError;
use redis::aio::MultiplexedConnection;
use redis::{Cmd, FromRedisValue, Pipeline, RedisResult, Value};
use tokio::time::timeout;

use super::address::Host;
use super::broken::{Broken, words_of};
use super::numbers::Numbers;
use crate::epoch::Epochs;

/// How much longer an answer is waited for when its time is up: it may be this process that was held up, and what has come meanwhile is
/// read first.
const HELD_UP: Duration = Duration::from_millis(10);

/// A connection to one server. It does not connect again by itself, and sends nothing twice.
pub(super) struct Server {
    connection: MultiplexedConnection,
    /// How long an answer may take.
    pub(super) patience: Duration,
}

/// The connections, as they were found together, and what was seen over them. When one of them breaks all are made anew: where the shards are may have
/// changed, and whoever has them now may have lost the last writes.
pub(super) struct Link {
    /// Each with its name in the cluster, where it is in one.
    servers: Vec<(Option<Host>, Server)>,
    /// For each shard the number of its server.
    route: [u16; 256],
    /// Why some shards have no server: the node of a cluster that has them cannot be reached.
    missing: Option<Arc<str>>,
    /// How far Redis had applied the logs when it was last seen over these connections.
    applied: Arc<Numbers>,
    /// What the accounts were when Redis was compared to them over these connections.
    epochs: Arc<Epochs>,
}

/// Why a command was not answered.
#[derive(Clone, Debug)]
pub(super) enum Trouble {
    /// The connection is of no use any more.
    Broken(Broken),
    /// The slot of the shard is on its way from one server to another.
    Moving(Arc<str>),
    /// The accounts that the command goes by are not those that Redis is a copy of now.
    Outdated(Arc<str>),
    /// The server refused this command.
    Refused(Arc<str>),
}

impl Link {
    /// Of one server that has all shards.
    pub(super) fn to_one(server: Server) -> Self {
        Self::new(vec![(None, server)], [0; 256], None)
    }

    /// Of these servers, by this route; shards of other numbers have none, for the reason that is missing.
    pub(super) fn new(servers: Vec<(Option<Host>, Server)>, route: [u16; 256], missing: Option<Arc<str>>) -> Self {
        Self { servers, route, missing, applied: Arc::new(Numbers::new()), epochs: Arc::new(Epochs::none()) }
    }

    /// The same, compared to the accounts.
    pub(super) fn compared(self, epochs: Arc<Epochs>) -> Self {
        Self { epochs, ..self }
    }

    /// What the accounts were when Redis was compared to them.
    pub(super) fn epochs(&self) -> &Epochs {
        &self.epochs
    }

    /// Why some shards have no server.
    pub(super) fn missing(&self) -> Option<&Arc<str>> {
        self.missing.as_ref()
    }

    /// The server of a shard.
    pub(super) fn server(&self, shard: Shard) -> Option<&Server> {
        let number = self.route.get(usize::from(shard.0))?;
        self.servers.get(usize::from(*number)).map(|(_, server)| server)
    }

    /// How far Redis had applied the logs.
    pub(super) fn applied(&self) -> &Arc<Numbers> {
        &self.applied
    }

    /// Every server.
    pub(super) fn servers(&self) -> impl Iterator<Item = &Server> {
        self.servers.iter().map(|(_, server)| server)
    }

    /// Sends a command to the server of a shard.
    pub(super) async fn send(&self, shard: Shard, command: &Cmd) -> Result<Value, Trouble> {
        let Some(server) = self.server(shard) else { return Err(self.unreachable()) };
        server.ask(command).await
    }

    /// Sends a command that only reads to the server that a key of a moving slot is at already, as its former server said (ASK). That
    /// server may lack other keys of the slot still: an answer that something is not there says nothing.
    pub(super) async fn ask_at(&self, words: &str, command: &Cmd) -> Option<Result<Value, Trouble>> {
        let to = words.strip_prefix("ASK ")?.split(' ').nth(1)?;
        let is_it = |host: &Option<Host>| host.as_ref().is_some_and(|host| host.is_at(to));
        let (_, server) = self.servers.iter().find(|(host, _)| is_it(host))?;
        let told = server.ask_all([redis::cmd("ASKING"), command.clone()]).await;
        told.map(|answers| answers.into_iter().next_back()).transpose()
    }

    fn unreachable(&self) -> Trouble {
        Trouble::Refused(self.missing.clone().unwrap_or_else(|| "no node has this slot".into()))
    }

    /// Sends one command for each shard that has a server, and gives the answers in the order of the shards.
    pub(super) async fn send_to_all(&self, command: impl Fn(Shard) -> Cmd) -> Result<Vec<(Shard, Value)>, Trouble> {
        let mut answers = Vec::with_capacity(256);
        for (number, server) in self.servers().enumerate() {
            let of_server =
                |shard: &Shard| self.route.get(usize::from(shard.0)).is_some_and(|at| usize::from(*at) == number);
            let shards: Vec<_> = Shard::all().filter(of_server).collect();
            let told = server.ask_all(shards.iter().map(|shard| command(*shard))).await?;
            answers.extend(shards.into_iter().zip(told));
        }
        answers.sort_unstable_by_key(|(shard, _)| *shard);
        Ok(answers)
    }
}

impl Server {
    /// Over this connection, which keeps no time itself.
    pub(super) fn over(connection: MultiplexedConnection, patience: Duration) -> Self {
        Self { connection, patience }
    }

    /// Asks, and waits for the answer.
    pub(super) async fn ask(&self, command: &Cmd) -> Result<Value, Trouble> {
        let mut connection = self.connection.clone();
        read(within(self.patience, connection.send_packed_command(command)).await?)
    }

    /// Asks all of these in one go, and waits for the answers. One refusal is a refusal of all.
    pub(super) async fn ask_all(&self, commands: impl IntoIterator<Item = Cmd>) -> Result<Vec<Value>, Trouble> {
        let mut pipeline = Pipeline::new();
        for command in commands {
            pipeline.add_command(command);
        }
        if pipeline.is_empty() {
            return Ok(Vec::new());
        }
        let mut connection = self.connection.clone();
        let answers = connection.send_packed_commands(&pipeline, 0, pipeline.len());
        let answers = within(self.patience, answers).await?.map_err(Broken::from)?;
        answers.into_iter().map(|answer| read(Ok(answer))).collect()
    }
}

async fn within<T>(patience: Duration, asked: impl Future<Output = T>) -> Result<T, Broken> {
    let mut asked = pin!(asked);
    match timeout(patience, &mut asked).await {
        Ok(answer) => Ok(answer),
        Err(_) => timeout(HELD_UP, asked).await.map_err(|_| Broken::late()),
    }
}

/// An answer as what it has to be.
pub(super) fn typed<T: FromRedisValue>(answer: Value) -> Result<T, Broken> {
    redis::from_redis_value(answer).map_err(|error| Broken::new(error.to_string()))
}

/// What an answer means.
fn read(answer: RedisResult<Value>) -> Result<Value, Trouble> {
    match answer {
        Ok(Value::ServerError(error)) => Err(Trouble::of(&words_of(error.code(), error.details()))),
        Ok(value) => Ok(value),
        Err(error) => Err(Trouble::Broken(error.into())),
    }
}

impl Trouble {
    /// What a refusal means, by its first word.
    pub(super) fn of(words: &str) -> Self {
        match words.split(' ').next().unwrap_or_default() {
            "ASK" | "TRYAGAIN" => Self::Moving(words.into()),
            // A script that finds a key of its slot on another server already.
            "ERR" if words.contains("non local key") => Self::Moving(words.into()),
            // Whoever answers so is not the primary, not ready, or not the one that the scripts were loaded into.
            "MOVED" | "READONLY" | "LOADING" | "CLUSTERDOWN" | "MASTERDOWN" | "NOSCRIPT" | "NOAUTH" => {
                Self::Broken(Broken::new(words))
            }
            "EPOCH" => Self::Outdated(words.into()),
            _ => Self::Refused(words.into()),
        }
    }
}

impl From<Broken> for Trouble {
    fn from(broken: Broken) -> Self {
        Self::Broken(broken)
    }
}

impl From<Trouble> for StoreError {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Broken(broken) => Self::new(format_args!("Redis: {broken}")),
            Trouble::Moving(words) | Trouble::Outdated(words) | Trouble::Refused(words) => {
                Self::new(format_args!("Redis: {words}"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::sleep;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn an_answer_is_late_after_its_time_but_not_when_this_process_was_held_up() {
        let patience = Duration::from_millis(200);
        assert!(within(patience, sleep(patience + HELD_UP / 2)).await.is_ok());
        assert!(within(patience, sleep(patience + HELD_UP * 2)).await.is_err_and(|broken| broken.late));
    }
}
