//! The commands, one file each.

mod advise;
mod audit;
mod check;
mod descriptors;
mod development;
mod import_users;
mod init;
mod manage;
mod migrate;
mod moving;
mod owner;
mod policy;
mod progress;
mod routes;
mod serve;
mod stop;
mod tasks;

use std::io::Write;
use std::path::Path;

use admit_words::Language;

use crate::cli::{Cli, Clients, Command, Common, Import, Imported};
use crate::config::{self, Config};

/// How a command ended badly.
#[derive(Debug)]
pub enum Ended {
    /// A negative result: exit code 1.
    Negative(String),
    /// Wrong usage: exit code 2.
    Usage(String),
    /// Could not be completed: exit code 3.
    Incomplete(String),
}

impl Ended {
    /// Of writing to standard output. Whoever closed the pipe has read enough.
    ///
    /// # Errors
    /// When it failed for another reason: a full disk, for example.
    pub fn unwritten(written: std::io::Result<()>) -> Result<(), Self> {
        match written {
            Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(Self::Negative(format!(
                "The output could not be written: {error}. If the command makes a change, it has been made."
            ))),
            Ok(()) | Err(_) => Ok(()),
        }
    }

    /// The exit code.
    #[must_use]
    pub fn code(&self) -> u8 {
        match self {
            Self::Negative(_) => 1,
            Self::Usage(_) => 2,
            Self::Incomplete(_) => 3,
        }
    }

    /// The sentence.
    #[must_use]
    pub fn message(&self) -> &str {
        match self {
            Self::Negative(message) | Self::Usage(message) | Self::Incomplete(message) => message,
        }
    }
}

/// Runs a command line to its end.
///
/// # Errors
/// With the sentence to print and the exit code.
pub fn run(cli: Cli) -> Result<(), Ended> {
    match cli.command {
        Command::Serve { dev, demo, change_shared_settings } => {
            serve::run(&cli.common, dev, demo, change_shared_settings)
        }
        Command::Init { public_url, dev } => init::run(public_url.as_deref(), dev),
        Command::Advise(options) => advise::run(&cli.common, &options),
        Command::User(user) => manage::user(&cli.common, user),
        Command::Session(session) => manage::session(&cli.common, session),
        Command::Keys(keys) => manage::keys(&cli.common, keys),
        Command::Clients(Clients::List) => manage::clients(&cli.common),
        Command::Clients(Clients::Secret { file }) => client_secret(&file),
        Command::Admin(admin) => manage::admin(&cli.common, &admin),
        Command::Restored => manage::restored(&cli.common),
        Command::Migrate(migrate) => migrate::run(&cli.common, &migrate),
        Command::Export { file } => moving::export(&cli.common, &file),
        Command::Import(Import { what: Some(Imported::Users(options)), .. }) => {
            import_users::run(&cli.common, &options)
        }
        Command::Import(Import { file: Some(file), .. }) => moving::import(&cli.common, &file),
        Command::Import(_) => Err(Ended::Usage("Name the file to import.".to_owned())),
        Command::Audit { arguments } => audit::run(&cli.common, &arguments),
        Command::Check(check) => check::run(&cli.common, &check),
        Command::Routes => routes::run(&cli.common),
        Command::Policy(policy) => policy::run(&cli.common, policy),
    }
}

/// The configuration that a command works with: the file named, else the one in the current folder, else the defaults
/// of development.
fn configuration(common: &Common) -> Result<Config, Ended> {
    let here = Path::new(config::FILE);
    let read = match &common.config {
        Some(path) => Config::read(path),
        None if here.exists() => Config::read(here),
        None => Config::from_environment(),
    };
    let mut config = read.map_err(|error| Ended::Incomplete(error.to_string()))?;
    if let Some(data) = &common.data {
        config.server.data.clone_from(data);
    }
    Ok(config)
}

/// The language asked for, else that of the environment.
fn language(asked: Option<Language>) -> Language {
    asked.unwrap_or_else(|| Language::of_environment(|name| std::env::var(name).ok()))
}

fn client_secret(file: &Path) -> Result<(), Ended> {
    config::secret::create_client_file(file, &admit_core::random::OsRandom).map_err(Ended::Incomplete)?;
    print(&format!(
        "Wrote {}. Keep it private and out of git; give the same text to the service, and name the file as secret_file of its \
         client.\n",
        file.display()
    ))
}

fn runtime() -> Result<tokio::runtime::Runtime, Ended> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Ended::Incomplete(format!("No runtime could be started: {error}.")))
}

/// Prints to standard output. A closed pipe (`admit user list | head`) is not an error.
///
/// # Errors
/// When it cannot be written: what was printed may be half of it.
fn print(text: &str) -> Result<(), Ended> {
    let mut out = std::io::stdout().lock();
    Ended::unwritten(out.write_all(text.as_bytes()).and_then(|()| out.flush()))
}
