//! Commands on subjects and sessions, run by whichever process owns the data folder.
//!
//! The command line owns it when no server runs; otherwise it sends the command to the server over a Unix socket that
//! only the folder's owner can open. Either way one process does all writing, and a change is in force, in the memory
//! that sessions are checked from, when the command returns.

use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;

use admit_core::csrf::Origin;
use admit_core::id::{SessionId, SubjectId};
use admit_core::session::OpenSession;
use admit_core::subject::{Status, SubjectState, Username};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};

use crate::operation::{Cause, Failure, Operations};

/// Most bytes of a command or an answer.
const MAX_MESSAGE: u64 = 64 * 1024 * 1024;

/// A command. Users are named by username or id.
#[derive(Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Command {
    /// Make a user.
    UserCreate {
        /// Its name.
        username: String,
        /// Its password.
        password: String,
        /// Its roles.
        roles: Vec<String>,
    },
    /// List users.
    UserList {
        /// Whose names contain this.
        query: String,
    },
    /// Ban a user.
    UserDisable {
        /// Who.
        user: String,
    },
    /// Lift a ban.
    UserEnable {
        /// Who.
        user: String,
    },
    /// Replace a user's roles.
    UserSetRoles {
        /// Who.
        user: String,
        /// The roles from now on.
        roles: Vec<String>,
    },
    /// Set a user's password.
    UserSetPassword {
        /// Who.
        user: String,
        /// The password from now on.
        password: String,
    },
    /// List a user's sessions.
    SessionList {
        /// Whose.
        user: String,
    },
    /// End one session, or all of them.
    SessionRevoke {
        /// Whose.
        user: String,
        /// Which; all when absent.
        session: Option<String>,
    },
    /// Make a link for the first administrator.
    AdminLink,
}

/// How a command ended.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// Done; what came of it.
    Done(Value),
    /// A negative result: exit code 1.
    Refused(String),
    /// It could not be completed: exit code 3.
    Failed(String),
}

/// Runs a command.
pub async fn run(command: Command, operations: &Operations, public: &Origin) -> Answer {
    match attempt(command, operations, public).await {
        Ok(value) => Answer::Done(value),
        Err(failure @ (Failure::Unavailable(_) | Failure::Busy)) => Answer::Failed(failure.to_string()),
        Err(failure) => Answer::Refused(failure.to_string()),
    }
}

async fn attempt(command: Command, operations: &Operations, public: &Origin) -> Result<Value, Failure> {
    let by = Cause::operator();
    Ok(match command {
        Command::UserCreate { username, password, roles } => {
            user(&*operations.create_user(&by, &username, &password, &roles).await?)
        }
        Command::UserList { query } => list(operations, &query).await?,
        Command::UserDisable { user: name } => {
            user(&*operations.set_status(&by, named(operations, &name).await?, Status::Disabled).await?)
        }
        Command::UserEnable { user: name } => {
            user(&*operations.set_status(&by, named(operations, &name).await?, Status::Active).await?)
        }
        Command::UserSetRoles { user: name, roles } => {
            user(&*operations.set_roles(&by, named(operations, &name).await?, &roles).await?)
        }
        Command::UserSetPassword { user: name, password } => {
            user(&*operations.set_password(&by, named(operations, &name).await?, "password", &password).await?)
        }
        Command::SessionList { user: name } => {
            let open = operations.sessions.list(named(operations, &name).await?, operations.clock.now()).await?;
            Value::Array(open.iter().map(|open| session(open, operations)).collect())
        }
        Command::SessionRevoke { user: name, session: None } => {
            user(&*operations.end_sessions(&by, named(operations, &name).await?).await?)
        }
        Command::SessionRevoke { user: name, session: Some(session) } => {
            let malformed = || {
                Failure::NotFound(format!(
                    "\"{session}\" is not the id of a session; `admit session list {name}` shows them."
                ))
            };
            let id: SessionId = session.parse().map_err(|_| malformed())?;
            operations.end_session(&by, named(operations, &name).await?, id).await?;
            json!({ "session": id })
        }
        Command::AdminLink => {
            let link = operations.issue_link(&by).await?;
            json!({ "link": setup_link(public, &link) })
        }
    })
}

/// The address of a set-up link.
#[must_use]
pub fn setup_link(public: &Origin, link: &admit_core::credential::LinkToken) -> String {
    format!("{public}/setup?token={}", link.reveal().as_str())
}

fn user(subject: &SubjectState) -> Value {
    json!({ "id": subject.id, "username": &*subject.username, "status": subject.status, "roles": &*subject.roles })
}

fn session(open: &OpenSession, operations: &Operations) -> Value {
    json!({
        "id": open.record.id,
        "created_at": open.record.created_at,
        "last_seen_at": open.record.last_seen_at,
        "idle_expires_at": open.record.idle_expires_at(&operations.rules),
        "absolute_expires_at": open.record.absolute_expires_at,
        "user_agent": open.device.user_agent,
        "address": open.device.address,
    })
}

async fn list(operations: &Operations, query: &str) -> Result<Value, Failure> {
    const PAGE: u32 = 500;
    let mut users = Vec::new();
    let mut after: Option<String> = None;
    loop {
        let page = operations.accounts.search(query, after.as_deref(), PAGE).await?;
        for listed in &page {
            let mut entry = user(&listed.subject);
            if let Some(entry) = entry.as_object_mut() {
                entry.insert("created_at".to_owned(), json!(listed.created_at));
                entry.insert("last_login_at".to_owned(), json!(listed.last_login_at));
            }
            users.push(entry);
        }
        let last = page.last().and_then(|last| Username::parse(&last.subject.username).ok());
        match last {
            Some(last) if page.len() == PAGE as usize => after = Some(last.canonical().to_owned()),
            _ => return Ok(Value::Array(users)),
        }
    }
}

async fn named(operations: &Operations, name: &str) -> Result<SubjectId, Failure> {
    let missing =
        || Failure::NotFound(format!("There is no user called \"{name}\"; `admit user list` shows them all."));
    if let Ok(id) = name.parse::<SubjectId>() {
        return Ok(operations.subject(id).await?.id);
    }
    let username = Username::parse(name).map_err(|_| missing())?;
    Ok(operations.accounts.by_username(&username).await?.ok_or_else(missing)?.subject.id)
}

/// Answers commands at a socket until the task is dropped.
///
/// # Errors
/// When the socket cannot be made. Its path may have some 100 bytes at most: a limit of the operating system.
pub fn listen(socket: &Path, operations: Arc<Operations>, public: Origin) -> io::Result<tokio::task::JoinHandle<()>> {
    // The folder is locked, so a socket that is still there belongs to nobody.
    match std::fs::remove_file(socket) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    let listener = UnixListener::bind(socket)?;
    std::fs::set_permissions(socket, std::fs::Permissions::from_mode(0o600))?;
    Ok(tokio::spawn(async move {
        loop {
            let Ok((stream, _)) = listener.accept().await else { continue };
            let (operations, public) = (Arc::clone(&operations), public.clone());
            tokio::spawn(async move {
                if let Err(error) = converse(stream, &operations, &public).await {
                    tracing::warn!(%error, "a command did not arrive whole");
                }
            });
        }
    }))
}

async fn converse(stream: UnixStream, operations: &Operations, public: &Origin) -> io::Result<()> {
    let (reading, mut writing) = stream.into_split();
    let mut line = String::new();
    BufReader::new(reading.take(MAX_MESSAGE)).read_line(&mut line).await?;
    let answer = match serde_json::from_str(&line) {
        Ok(command) => run(command, operations, public).await,
        Err(_) => {
            Answer::Failed("The running server does not know this command: it may be of another version.".to_owned())
        }
    };
    let mut text = serde_json::to_string(&answer)?;
    text.push('\n');
    writing.write_all(text.as_bytes()).await
}

/// Sends a command to the process that owns the folder.
///
/// # Errors
/// When it does not listen, or its answer cannot be read.
pub async fn send(socket: &Path, command: &Command) -> io::Result<Answer> {
    let (reading, mut writing) = UnixStream::connect(socket).await?.into_split();
    let mut text = serde_json::to_string(command)?;
    text.push('\n');
    writing.write_all(text.as_bytes()).await?;
    let mut line = String::new();
    BufReader::new(reading.take(MAX_MESSAGE)).read_line(&mut line).await?;
    Ok(serde_json::from_str(&line)?)
}
