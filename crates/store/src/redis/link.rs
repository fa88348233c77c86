//! Connections to the servers that have the shards: one to each, which all requests share.

use std::sync::Arc;

use admit_core::id::Shard;
use admit_core::store::StoreError;

use super::broken::Broken;
use super::numbers::Numbers;
use super::resp::{Answer, Command};
use super::wire::Wire;
use crate::epoch::Epochs;

/// The connections, as they were found together, and what was seen over them. When one of them breaks all are made anew: where the shards are may have
/// changed, and whoever has them now may have lost the last writes.
pub(super) struct Link {
    servers: Vec<Wire>,
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
    pub(super) fn to_one(server: Wire) -> Self {
        Self::new(vec![server], [0; 256], None)
    }

    /// Of these servers, by this route; shards of other numbers have none, for the reason that is missing.
    pub(super) fn new(servers: Vec<Wire>, route: [u16; 256], missing: Option<Arc<str>>) -> Self {
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
    pub(super) fn server(&self, shard: Shard) -> Option<&Wire> {
        let number = self.route.get(usize::from(shard.0))?;
        self.servers.get(usize::from(*number))
    }

    /// How far Redis had applied the logs.
    pub(super) fn applied(&self) -> &Arc<Numbers> {
        &self.applied
    }

    /// Every server.
    pub(super) fn servers(&self) -> impl Iterator<Item = &Wire> {
        self.servers.iter()
    }

    /// Sends a command to the server of a shard.
    pub(super) async fn send(&self, shard: Shard, command: &Command) -> Result<Answer, Trouble> {
        let Some(server) = self.server(shard) else { return Err(self.unreachable()) };
        match server.ask(command).await {
            Ok(Answer::Refused(words)) => Err(Trouble::of(&words)),
            Ok(answer) => Ok(answer),
            Err(broken) => Err(Trouble::Broken(broken)),
        }
    }

    fn unreachable(&self) -> Trouble {
        Trouble::Refused(self.missing.clone().unwrap_or_else(|| "no node has this slot".into()))
    }

    /// Sends one command for each shard that has a server, and gives the answers in the order of the shards.
    pub(super) async fn send_to_all(
        &self,
        command: impl Fn(Shard) -> Command,
    ) -> Result<Vec<(Shard, Answer)>, Trouble> {
        let mut answers = Vec::with_capacity(256);
        for (number, server) in self.servers.iter().enumerate() {
            let of_server =
                |shard: &Shard| self.route.get(usize::from(shard.0)).is_some_and(|at| usize::from(*at) == number);
            let shards: Vec<_> = Shard::all().filter(of_server).collect();
            let commands: Vec<_> = shards.iter().map(|shard| command(*shard)).collect();
            let told = server.ask_all(&commands).await.map_err(Trouble::Broken)?;
            for (shard, answer) in shards.into_iter().zip(told) {
                match answer {
                    Answer::Refused(words) => return Err(Trouble::of(&words)),
                    answer => answers.push((shard, answer)),
                }
            }
        }
        answers.sort_unstable_by_key(|(shard, _)| *shard);
        Ok(answers)
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
