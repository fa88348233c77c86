//! Files: who can write what decides, and whether secrets are under version control.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use crate::config::{Config, secret};
use crate::finding::{Finding, finding};

/// `file`: the configuration itself, where there is one.
pub(super) fn look(config: &Config, file: Option<&Path>, found: &mut Vec<Finding>) {
    for (what, path) in [("The configuration", file), ("The policy", config.server.policy.as_deref())] {
        if let Some(path) = path {
            writable(what, path, found);
        }
    }
    if let Some(path) = file {
        for key in secrets_in(path) {
            found.push(finding(
                "secret-in-config",
                format!("{} has {key} in it.", path.display()),
                format!("Put it into a file that only its owner reads, and name that as {key}_file."),
            ));
        }
    }
    for path in secret_files(config) {
        if let Some(repository) = repository_that_has(&path) {
            let wrong = format!("{} is under version control in {}.", path.display(), repository.display());
            let remedy = format!(
                "Make a new secret, put the file into .gitignore and run git rm --cached {}. What was committed is known.",
                path.display()
            );
            found.push(finding("secret-in-git", wrong, remedy).about(path.display()));
        }
    }
}

/// Whether other users can change a file that decides.
pub(super) fn writable(what: &str, path: &Path, found: &mut Vec<Finding>) {
    if std::fs::metadata(path).is_ok_and(|metadata| metadata.permissions().mode() & 0o002 != 0) {
        let wrong = format!("{what} {} can be changed by other users of this machine.", path.display());
        let remedy = format!("chmod o-w {}", path.display());
        found.push(finding("config-writable", wrong, remedy).about(path.display()));
    }
}

/// The keys of secrets that a configuration holds itself.
fn secrets_in(path: &Path) -> Vec<String> {
    let Ok(text) = std::fs::read_to_string(path) else { return Vec::new() };
    let Ok(table) = toml::from_str::<toml::Table>(&text) else { return Vec::new() };
    let mut keys = Vec::new();
    if table.get("server").and_then(|server| server.get("secret")).is_some() {
        keys.push("server.secret".to_owned());
    }
    let clients = table.get("clients").and_then(toml::Value::as_table);
    for (name, client) in clients.into_iter().flatten() {
        if client.get("secret").is_some() {
            keys.push(format!("clients.{name}.secret"));
        }
    }
    keys
}

fn secret_files(config: &Config) -> Vec<PathBuf> {
    let clients = config.clients.values().filter_map(|client| client.secret_file.clone());
    let urls = [config.accounts.url_file.clone(), config.sessions.url_file.clone()].into_iter().flatten();
    secret::file(config).into_iter().chain(clients).chain(urls).collect()
}

/// The repository of git whose index has a file. Paths stand in the index as they are (versions 2 and 3 of its format).
fn repository_that_has(path: &Path) -> Option<PathBuf> {
    let path = std::fs::canonicalize(path).ok()?;
    let root = path.ancestors().skip(1).find(|folder| folder.join(".git").exists())?;
    let index = std::fs::read(root.join(".git/index")).ok()?;
    let mut entry = path.strip_prefix(root).ok()?.to_str()?.as_bytes().to_vec();
    // An entry's path follows two bytes of flags, the lower twelve bits of which are its length, and ends with a zero.
    let length = u16::try_from(entry.len().min(0xFFF)).ok()?;
    entry.push(0);
    let is_entry = |window: &[u8]| {
        let (flags, name) = window.split_at_checked(2).unwrap_or_default();
        let flags: [u8; 2] = flags.try_into().unwrap_or_default();
        name == entry && u16::from_be_bytes(flags) & 0xFFF == length
    };
    index.windows(entry.len() + 2).any(is_entry).then(|| root.to_owned())
}
