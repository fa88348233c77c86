//! The server's secret: from a file or the environment, never with a default.

use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use admit_core::random::Random;
use admit_core::secret::ServerSecret;

use super::Config;

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
    let Some(path) = &config.server.secret_file else {
        return Err(
            "There is no server secret. Set server.secret_file to the file that `admit init` writes.".to_owned()
        );
    };
    read_file(path)
}

/// Reads a secret from its file.
///
/// # Errors
/// A sentence that names what is wrong and the remedy.
pub fn read_file(path: &Path) -> Result<ServerSecret, String> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| format!("The secret file {} cannot be read: {error}.", path.display()))?;
    ServerSecret::parse(&text).map_err(|error| {
        format!("The secret in {} {error}. Put 32 random bytes in base64url there; `admit init` in an empty folder writes such a file.", path.display())
    })
}

/// Writes a new secret to a file that only its owner reads. An existing file is never overwritten.
///
/// # Errors
/// When the file exists or cannot be written, or there is no randomness.
pub fn create_file(path: &Path, random: &dyn Random) -> Result<ServerSecret, String> {
    let secret = ServerSecret::new(random).map_err(|error| error.to_string())?;
    let write = || {
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
        file.write_all(secret.reveal().as_bytes())?;
        file.write_all(b"\n")?;
        file.sync_all()
    };
    write().map_err(|error| format!("The secret file {} cannot be written: {error}.", path.display()))?;
    Ok(secret)
}
