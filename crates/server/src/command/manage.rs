//! `user`, `session`, `admin`: sent to the running server, or done here when none runs.

use std::io::BufRead;

use admit_core::plural::plural;
use serde_json::Value;

use super::owner::Owner;
use super::{Ended, configuration, print, runtime};
use crate::cli::{Admin, Common, Keys, Session, User};
use crate::control::{Answer, Command};

pub(super) fn user(common: &Common, user: User) -> Result<(), Ended> {
    let (command, makes) = match user {
        User::Create { name, roles, invite, .. } => {
            let password = if invite { None } else { Some(password()?) };
            (Command::UserCreate { username: name, password, roles }, true)
        }
        User::Link { name } => (Command::UserLink { user: name }, false),
        User::List { query } => (Command::UserList { query }, false),
        User::Disable { name } => (Command::UserDisable { user: name }, false),
        User::Enable { name } => (Command::UserEnable { user: name }, false),
        User::Delete { name, yes: false } => {
            return Err(Ended::Usage(format!(
                "Deleting \"{name}\" cannot be undone. To delete the user, repeat the command with --yes. Nothing was changed."
            )));
        }
        User::Delete { name, yes: true } => (Command::UserDelete { user: name }, false),
        User::Show { name } => (Command::UserShow { user: name }, false),
        User::SetRoles { name, mut roles, flagged, none } => {
            roles.extend(flagged);
            // A variable that is empty in a script must not take every role away.
            if !none && roles.iter().all(|role| role.trim().is_empty()) {
                return Err(Ended::Usage(format!(
                    "Name the roles that \"{name}\" is to have, or give --none to take all away. Nothing was changed."
                )));
            }
            (Command::UserSetRoles { user: name, roles }, false)
        }
        User::Rename { name, new_name } => (Command::UserRename { user: name, username: new_name }, false),
        User::AddRole { name, role } => (Command::UserAddRole { user: name, role }, false),
        User::RemoveRole { name, role } => (Command::UserRemoveRole { user: name, role }, false),
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

/// One line of standard input, without its line end and the byte order mark that some editors and shells put before it.
fn password() -> Result<String, Ended> {
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).map_err(|error| {
        Ended::Usage(format!("The password could not be read from standard input: {error}. Write it as UTF-8."))
    })?;
    let line = line.strip_prefix('\u{feff}').unwrap_or(&line);
    let password = line.strip_suffix('\n').unwrap_or(line);
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

/// After a backup was put back.
pub(super) fn restored(common: &Common) -> Result<(), Ended> {
    let config = configuration(common)?;
    let answer = runtime()?.block_on(async {
        let owner = Owner::find_of_any_database(&config).await?;
        let answer = owner.run(Command::Restored).await?;
        if matches!(answer, Answer::Done(_)) {
            owner.remember().await?;
        }
        Ok::<_, Ended>(answer)
    })?;
    match answer {
        Answer::Done(value) if common.json => print(&format!("{value:#}\n"))?,
        Answer::Done(value) => {
            let count = |name: &str| value.get(name).and_then(Value::as_u64).unwrap_or_default();
            print(&format!(
                "Every sign-in of {} has ended, and {} withdrawn. Users who were disabled, roles that were removed \
                 and passwords that were changed after the backup was made are not known: see `admit user list`, and make those \
                 changes again.\n",
                plural(count("users"), "user"),
                match count("keys") {
                    1 => "1 signing key is".to_owned(),
                    keys => format!("{keys} signing keys are"),
                },
            ))?;
        }
        Answer::Refused(sentence) => return Err(Ended::Negative(sentence)),
        Answer::Failed(sentence) => return Err(Ended::Incomplete(sentence)),
    }
    Ok(())
}

pub(super) fn clients(common: &Common) -> Result<(), Ended> {
    perform(common, Command::ClientList, false)
}

/// Runs a command in the process that owns the data. `makes`: the folder may be made for it.
fn perform(common: &Common, command: Command, makes: bool) -> Result<(), Ended> {
    let config = configuration(common)?;
    // Only making a key takes the secret; everything else works without.
    let needs_secret = matches!(command, Command::KeyRotate { .. });
    let answer = runtime()?.block_on(async { Owner::find(&config, makes, needs_secret).await?.run(command).await })?;
    match answer {
        Answer::Done(value) => {
            print(&if common.json { format!("{value:#}\n") } else { in_words(&value) })?;
            Ok(())
        }
        Answer::Refused(sentence) => Err(Ended::Negative(sentence)),
        Answer::Failed(sentence) => Err(Ended::Incomplete(sentence)),
    }
}

fn in_words(value: &Value) -> String {
    match value {
        Value::Array(rows) if rows.is_empty() => "none\n".to_owned(),
        Value::Array(rows) => rows.iter().map(row).collect(),
        Value::Object(object) => match (object.get("link").and_then(Value::as_str), object.get("permissions")) {
            (Some(link), _) => {
                let until = object.get("expires_at").and_then(Value::as_str).unwrap_or_default();
                format!("{link}\nIt works once, until {until}.\n")
            }
            (None, Some(Value::Array(permissions))) => shown(value, permissions),
            (None, _) => row(value),
        },
        other => format!("{other}\n"),
    }
}

/// A user, a fact a line.
fn shown(user: &Value, permissions: &[Value]) -> String {
    let fact = |label: &str, name: &str| {
        let text = match user.get(name) {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Array(list)) if !list.is_empty() => {
                list.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", ")
            }
            Some(Value::Array(_)) => "none".to_owned(),
            _ => "never".to_owned(),
        };
        format!("{label:<13}{text}\n")
    };
    let facts = [
        ("username", "username"),
        ("id", "id"),
        ("status", "status"),
        ("roles", "roles"),
        ("created", "created_at"),
        ("last sign-in", "last_login_at"),
    ];
    let mut text: String = facts.iter().map(|(label, name)| fact(label, name)).collect();
    for it in permissions {
        let part = |name| it.get(name).and_then(Value::as_str).unwrap_or_default();
        text.push_str(&format!("{:<13}{} ({})\n", "may", part("permission"), part("how")));
    }
    text
}

/// One line: the values in the order in which people look for them.
fn row(value: &Value) -> String {
    const ORDER: [&str; 23] = [
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
        "admin_api",
        "max_roles",
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
        Value::Null if matches!(*name, "client_id" | "revoked_at" | "max_roles") => None,
        Value::Bool(true) => Some((*name).to_owned()),
        Value::Bool(false) => None,
        Value::Null => Some("never".to_owned()),
        other => Some(other.to_string()),
    };
    let mut line = ORDER.iter().filter_map(shown).collect::<Vec<_>>().join("  ");
    line.push('\n');
    line
}
