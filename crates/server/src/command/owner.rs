//! Whoever may change the data: this process, or the server that runs.

use std::path::PathBuf;

use admit_core::csrf::Origin;
use admit_core::secret::ServerSecret;

use super::Ended;
use crate::assemble::{Assembled, Setting, assemble};
use crate::config::stores::AccountsAt;
use crate::config::{self, Config};
use crate::control::{self, Answer, Command};
use crate::data::installation;
use crate::data::{Claim, DataFolder, socket};
use crate::stores::{self, COMMANDED_WITHIN};

/// The owner of the data.
pub(super) enum Owner {
    /// The running server, by its socket.
    Server { folder: PathBuf },
    /// This process.
    Here { assembled: Box<Assembled>, public: Origin, data: DataFolder },
}

impl Owner {
    /// Finds it. `makes`: the folder may be made; `needs_secret`: the command cannot do without the server's secret.
    pub(super) async fn find(config: &Config, makes: bool, needs_secret: bool) -> Result<Self, Ended> {
        Self::find_with(config, makes, needs_secret, false).await
    }

    /// The same, whichever database the folder has now: for the command that ends what could live again in it.
    pub(super) async fn find_of_any_database(config: &Config) -> Result<Self, Ended> {
        Self::find_with(config, false, false, true).await
    }

    async fn find_with(config: &Config, makes: bool, needs_secret: bool, any: bool) -> Result<Self, Ended> {
        let folder = &config.server.data;
        let missing = match stores::chosen(config).map_err(Ended::Incomplete)?.accounts {
            AccountsAt::Sqlite(path) => Some(path.unwrap_or_else(|| folder.clone())).filter(|path| !path.exists()),
            AccountsAt::Postgres(_) => None,
        };
        if let Some(missing) = missing.filter(|_| !makes) {
            return Err(Ended::Incomplete(format!(
                "There is no data at {}. Run this where the server was started, or name its folder with --data.",
                missing.display()
            )));
        }
        let claim = DataFolder::claim(folder).map_err(|error| {
            Ended::Incomplete(format!("The data folder {} cannot be used: {error}.", folder.display()))
        })?;
        match claim {
            Claim::Taken => Ok(Self::Server { folder: folder.clone() }),
            Claim::Ours(mut data) => {
                if any {
                    data.take_any_database();
                }
                let public = public(config)?;
                let secret = match needs_secret {
                    true => Some(secret(config, &data).map_err(Ended::Incomplete)?),
                    false => None,
                };
                let with = Setting { workers: Some(1), secret: secret.as_ref(), public: &public, demo: false };
                let assembled =
                    stores::patiently(config, COMMANDED_WITHIN, async || assemble(config, &data, with).await);
                let assembled = Box::new(assembled.await.map_err(Ended::Incomplete)?);
                Ok(Self::Here { assembled, public, data })
            }
        }
    }

    /// From now on the folder's database is this one.
    pub(super) async fn remember(&self) -> Result<(), Ended> {
        let Self::Here { assembled, data, .. } = self else { return Ok(()) };
        let Some(mark) = &assembled.stores.mark else { return Ok(()) };
        let mark = mark().await.map_err(|error| Ended::Incomplete(format!("{}.", stores::capital(error))))?;
        installation::note(data, &mark).map_err(Ended::Incomplete)
    }

    /// Has it run a command.
    pub(super) async fn run(&self, command: Command) -> Result<Answer, Ended> {
        match self {
            Self::Server { folder } => control::send(&socket(folder), &command).await.map_err(|error| {
                Ended::Incomplete(format!(
                    "Another process has the data folder {}, and does not answer: {error}.",
                    folder.display()
                ))
            }),
            Self::Here { assembled, public, .. } => Ok(control::run(command, &assembled.operations, public).await),
        }
    }
}

/// The secret that the configuration names, or the one that development mode has made.
fn secret(config: &Config, data: &DataFolder) -> Result<ServerSecret, String> {
    let path = data.dev_secret();
    let named = config.server.secret.is_some() || config::secret::file(config).is_some();
    if !named && path.exists() { config::secret::read_made(&path) } else { config::secret::read(config) }
}

/// Where links lead when no server runs to ask.
fn public(config: &Config) -> Result<Origin, Ended> {
    let url = config.server.public_url.clone().unwrap_or_else(|| format!("http://{}", config.server.listen));
    Origin::of_site(&url).map_err(|error| Ended::Incomplete(format!("server.public_url: {error}.")))
}
