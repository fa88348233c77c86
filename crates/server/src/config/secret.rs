//! The server's secret: from a file or the environment, never with a default.

use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use admit_core::credential::ClientSecret;
use admit_core::random::Random;
use admit_core::secret::ServerSecret;

use super::{Config, private};

/// Reads the secret that the configuration names.
///
/// # Errors
/// A sentence that names what is wrong and the remedy.
pub fn read(config: &Config) -> Result<ServerSecret, String> {
    if let Some(text) = &config.server.secret {
        return ServerSecret::parse(text).map_err(|error| {
            format!("server.secret {error}. Make one with `admit init`, or give 32 random bytes in base64url.")
        });
    }
    let Some(path) = file(config) else {
        return Err(
            "There is no server secret. Set server.secret_file to the file that `admit init` writes.".to_owned()
        );
    };
    read_file(&path)
}

/// The file with the secret: the one that is configured, else the credential `admit.secret` that systemd hands over
/// (`LoadCredential=admit.secret:…`).
#[must_use]
pub fn file(config: &Config) -> Option<PathBuf> {
    config.server.secret_file.clone().or_else(|| {
        let credential = PathBuf::from(std::env::var_os("CREDENTIALS_DIRECTORY")?).join("admit.secret");
        credential.exists().then_some(credential)
    })
}

/// Reads a secret from its file.
///
/// # Errors
/// A sentence that names what is wrong and the remedy.
pub fn read_file(path: &Path) -> Result<ServerSecret, String> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| format!("The secret file {} cannot be read: {error}.", path.display()))?;
    parse(&text, path)
}

fn parse(text: &str, path: &Path) -> Result<ServerSecret, String> {
    ServerSecret::parse(text).map_err(|error| {
        format!("The secret in {} {error}. Put 32 random bytes in base64url there; `admit init` in an empty folder writes such a file.", path.display())
    })
}

/// Reads the secret that was made in the data folder, if nobody else can have had it.
///
/// # Errors
/// As [`read_file`], and when others may read it or it is another user's.
pub fn read_made(path: &Path) -> Result<ServerSecret, String> {
    parse(&private::read_made(path)?, path)
}

/// Writes a new secret to a file that only its owner reads. An existing file is never overwritten.
///
/// # Errors
/// When the file exists or cannot be written, or there is no randomness.
pub fn create_file(path: &Path, random: &dyn Random) -> Result<ServerSecret, String> {
    let secret = ServerSecret::new(random).map_err(|error| error.to_string())?;
    write_new(path, secret.reveal().as_str())?;
    Ok(secret)
}

/// Writes a new secret for a client, likewise.
///
/// # Errors
/// As [`create_file`].
pub fn create_client_file(path: &Path, random: &dyn Random) -> Result<ClientSecret, String> {
    let secret = ClientSecret::new(random).map_err(|error| error.to_string())?;
    write_new(path, secret.reveal())?;
    Ok(secret)
}

/// Reads a client's secret from its file.
///
/// # Errors
/// A sentence that names what is wrong and the remedy.
pub fn read_client_file(path: &Path) -> Result<ClientSecret, String> {
    let text = private::read_made(path)?;
    ClientSecret::parse(&text).map_err(|error| {
        format!("The secret in {} {error}. Remove the file, and let a new one be made.", path.display())
    })
}

fn write_new(path: &Path, text: &str) -> Result<(), String> {
    let write = || {
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
        file.write_all(text.as_bytes())?;
        file.write_all(b"\n")?;
        file.sync_all()
    };
    write().map_err(|error| format!("The secret file {} cannot be written: {error}.", path.display()))
}
