//! `user`, `session`, `admin`: sent to the running server, or done here when none runs.

use std::io::BufRead;

use admit_core::csrf::Origin;
use admit_core::secret::ServerSecret;
use serde_json::Value;

use super::{Ended, configuration, print, runtime};
use crate::assemble::{Setting, assemble};
use crate::cli::{Admin, Common, Keys, Session, User};
use crate::config::stores::AccountsAt;
use crate::config::{self, Config};
use crate::control::{self, Answer, Command};
use crate::data::{Claim, DataFolder, socket};
use crate::stores;

pub(super) fn user(common: &Common, user: User) -> Result<(), Ended> {
    let (command, makes) = match user {
        User::Create { name, roles, .. } => {
            (Command::UserCreate { username: name, password: password()?, roles }, true)
        }
        User::List { query } => (Command::UserList { query }, false),
        User::Disable { name } => (Command::UserDisable { user: name }, false),
        User::Enable { name } => (Command::UserEnable { user: name }, false),
        User::SetRoles { name, mut roles, flagged } => {
            roles.extend(flagged);
            (Command::UserSetRoles { user: name, roles }, false)
        }
        User::SetPassword { name, .. } => (Command::UserSetPassword { user: name, password: password()? }, false),
    };
    perform(common, command, makes)
}

pub(super) fn session(common: &Common, session: Session) -> Result<(), Ended> {
    let command = match session {
        Session::List { user } => Command::SessionList { user },
        Session::Revoke { user, session } => Command::SessionRevoke { user, session },
    };
    perform(common, command, false)
}

pub(super) fn admin(common: &Common, admin: &Admin) -> Result<(), Ended> {
    match admin {
        Admin::Link => perform(common, Command::AdminLink, true),
    }
}

/// One line of standard input, without its line end.
fn password() -> Result<String, Ended> {
    let mut line = String::new();
    std::io::stdin()
        .lock()
        .read_line(&mut line)
        .map_err(|error| Ended::Usage(format!("The password could not be read from standard input: {error}.")))?;
    let password = line.strip_suffix('\n').unwrap_or(&line);
    let password = password.strip_suffix('\r').unwrap_or(password);
    if password.is_empty() {
        return Err(Ended::Usage("Standard input holds no password. Pipe one line into it.".to_owned()));
    }
    Ok(password.to_owned())
}

pub(super) fn keys(common: &Common, keys: Keys) -> Result<(), Ended> {
    let command = match keys {
        Keys::List => Command::KeyList,
        Keys::Rotate { now } => Command::KeyRotate { now },
        Keys::Revoke { kid } => Command::KeyRevoke { kid },
    };
    perform(common, command, false)
}

pub(super) fn clients(common: &Common) -> Result<(), Ended> {
    perform(common, Command::ClientList, false)
}

/// Runs a command in the process that owns the data. `makes`: the folder may be made for it.
fn perform(common: &Common, command: Command, makes: bool) -> Result<(), Ended> {
    let config = configuration(common)?;
    let folder = &config.server.data;
    let missing = match stores::chosen(&config).map_err(Ended::Incomplete)?.accounts {
        AccountsAt::Sqlite(path) => Some(path.unwrap_or_else(|| folder.clone())).filter(|path| !path.exists()),
        AccountsAt::Postgres(_) => None,
    };
    if let Some(missing) = missing.filter(|_| !makes) {
        return Err(Ended::Incomplete(format!(
            "There is no data at {}. Run this where the server was started, or name its folder with --data.",
            missing.display()
        )));
    }
    let claim = DataFolder::claim(folder)
        .map_err(|error| Ended::Incomplete(format!("The data folder {} cannot be used: {error}.", folder.display())))?;
    let answer = runtime()?.block_on(async {
        match claim {
            Claim::Taken => control::send(&socket(folder), &command).await.map_err(|error| {
                Ended::Incomplete(format!(
                    "Another process has the data folder {}, and does not answer: {error}.",
                    folder.display()
                ))
            }),
            Claim::Ours(data) => {
                let public = public(&config)?;
                // Only making a key takes the secret; everything else works without.
                let secret = match &command {
                    Command::KeyRotate { .. } => Some(secret(&config, &data).map_err(Ended::Incomplete)?),
                    _ => None,
                };
                let with = Setting { workers: Some(1), secret: secret.as_ref(), public: &public, demo: false };
                let assembled = assemble(&config, &data, with).await.map_err(Ended::Incomplete)?;
                Ok(control::run(command, &assembled.operations, &public).await)
            }
        }
    })?;
    match answer {
        Answer::Done(value) => {
            print(&if common.json { format!("{value:#}\n") } else { in_words(&value) });
            Ok(())
        }
        Answer::Refused(sentence) => Err(Ended::Negative(sentence)),
        Answer::Failed(sentence) => Err(Ended::Incomplete(sentence)),
    }
}

/// The secret that the configuration names, or the one that development mode has made.
fn secret(config: &Config, data: &DataFolder) -> Result<ServerSecret, String> {
    let path = data.dev_secret();
    let named = config.server.secret.is_some() || config::secret::file(config).is_some();
    if !named && path.exists() { config::secret::read_file(&path) } else { config::secret::read(config) }
}

/// Where links lead when no server runs to ask.
fn public(config: &Config) -> Result<Origin, Ended> {
    let url = config.server.public_url.clone().unwrap_or_else(|| format!("http://{}", config.server.listen));
    Origin::parse(&url).map_err(|error| Ended::Incomplete(format!("server.public_url: {error}.")))
}

fn in_words(value: &Value) -> String {
    match value {
        Value::Array(rows) if rows.is_empty() => "none\n".to_owned(),
        Value::Array(rows) => rows.iter().map(row).collect(),
        Value::Object(object) => match object.get("link").and_then(Value::as_str) {
            Some(link) => format!("{link}\nIt works once, for an hour.\n"),
            None => row(value),
        },
        other => format!("{other}\n"),
    }
}

/// One line: the values in the order in which people look for them.
fn row(value: &Value) -> String {
    const ORDER: [&str; 21] = [
        "kid",
        "algorithm",
        "stage",
        "signs_from",
        "revoked_at",
        "client_id",
        "runs",
        "gets",
        "because",
        "audience",
        "session_exchange",
        "username",
        "status",
        "roles",
        "session",
        "id",
        "address",
        "user_agent",
        "created_at",
        "last_login_at",
        "last_seen_at",
    ];
    let shown = |name: &&str| match value.get(*name)? {
        Value::String(text) => Some(text.clone()),
        Value::Array(list) if list.is_empty() => Some(format!("(no {name})")),
        Value::Array(list) => Some(list.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(",")),
        Value::Null if matches!(*name, "client_id" | "revoked_at") => None,
        Value::Bool(true) => Some((*name).to_owned()),
        Value::Bool(false) => None,
        Value::Null => Some("never".to_owned()),
        other => Some(other.to_string()),
    };
    let mut line = ORDER.iter().filter_map(shown).collect::<Vec<_>>().join("  ");
    line.push('\n');
    line
}
