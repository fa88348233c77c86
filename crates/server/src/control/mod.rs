//! Commands on subjects and sessions, run by whichever process owns the data folder.
//!
//! The command line owns it when no server runs; otherwise it sends the command to the server over a Unix socket that
//! only the folder's owner can open. Either way a change is in force when the command returns: with SQLite because one
//! process does all writing, in the memory that sessions are checked from, and with PostgreSQL because every process asks it.

mod socket;

use std::sync::Arc;

use admit_core::audit::EventKind;
use admit_core::client::{Client, Gets};
use admit_core::csrf::Origin;
use admit_core::id::{SessionId, SubjectId};
use admit_core::keyring::{KeyRecord, Stage};
use admit_core::store::Listed;
use admit_core::subject::{Status, SubjectState, Username};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::import::Entry;
use crate::operation::{Cause, Failure, IssuedLink, Operations, SignedIn, UserBody};
use crate::shell;

pub use socket::{listen, send};

/// A command. Users are named by username or id.
#[derive(Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Command {
    /// Make a user.
    UserCreate {
        /// Its name.
        username: String,
        /// Its password; without one, a link with which it is set.
        password: Option<String>,
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
    /// Make a link with which a user sets a password.
    UserLink {
        /// Who.
        user: String,
    },
    /// Give a user another name.
    UserRename {
        /// Who.
        user: String,
        /// The name from now on.
        username: String,
    },
    /// Give a user one more role.
    UserAddRole {
        /// Who.
        user: String,
        /// The role.
        role: String,
    },
    /// Take one role from a user.
    UserRemoveRole {
        /// Who.
        user: String,
        /// The role.
        role: String,
    },
    /// Set a user's password.
    UserSetPassword {
        /// Who.
        user: String,
        /// The password from now on.
        password: String,
    },
    /// Import users that another system had. Answers what became of each.
    UsersImport {
        /// Which format they came in.
        source: String,
        /// The users.
        entries: Vec<Entry>,
        /// Whether to keep them; else it is only tried.
        keep: bool,
    },
    /// List live sessions.
    SessionList {
        /// Whose; everybody's when absent.
        user: Option<String>,
    },
    /// End one session, or all of a user's.
    SessionRevoke {
        /// Whose, or the id of a session.
        user: String,
        /// Which; all when absent.
        session: Option<String>,
    },
    /// Make a link for the first administrator.
    AdminLink,
    /// List signing keys.
    KeyList,
    /// Make the next signing key.
    KeyRotate {
        /// Whether it signs at once, without having been published before.
        now: bool,
    },
    /// Withdraw a signing key.
    KeyRevoke {
        /// Which.
        kid: String,
    },
    /// End every sign-in and withdraw every signing key: a backup was put back.
    Restored,
    /// List the clients that are configured.
    ClientList,
    /// A user: state, roles, what they may do.
    UserShow {
        /// Who.
        user: String,
    },
    /// Write down that everything was exported.
    Exported {
        /// To which file.
        file: String,
    },
    /// Roles of the policy that nobody holds.
    PolicyIdle,
    /// Who has a permission: the roles, and the users that hold them.
    PolicyWho {
        /// The permission.
        permission: String,
    },
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
        Err(
            failure @ (Failure::Unavailable(_)
            | Failure::OutcomeUnknown
            | Failure::Busy
            | Failure::HashingStopped
            | Failure::Hashing(_)
            | Failure::TooManyLists
            | Failure::ListTooSlow),
        ) => Answer::Failed(failure.to_string()),
        Err(failure) => Answer::Refused(failure.to_string()),
    }
}

async fn attempt(command: Command, operations: &Operations, public: &Origin) -> Result<Value, Failure> {
    let by = Cause::operator();
    Ok(match command {
        Command::UserCreate { username, password, roles } => {
            let made = operations.create_user(&by, &username, password.as_deref(), &roles).await?;
            match password {
                Some(_) => user(&made),
                None => with_link(user(&made), public, &operations.issue_password_link(&by, made.id).await?),
            }
        }
        Command::UserList { query } => list(operations, &query).await?,
        Command::UserDisable { user: name } => {
            user(&*operations.set_status(&by, named(operations, &name).await?, Status::Disabled).await?)
        }
        Command::UserEnable { user: name } => {
            user(&*operations.set_status(&by, named(operations, &name).await?, Status::Active).await?)
        }
        Command::UserSetRoles { user: name, roles } => {
            user(&*operations.set_roles(&by, named(operations, &name).await?, &roles, None).await?)
        }
        Command::UserLink { user: name } => {
            let subject = operations.subject(named(operations, &name).await?).await?;
            with_link(user(&subject), public, &operations.issue_password_link(&by, subject.id).await?)
        }
        Command::UserRename { user: name, username } => {
            user(&*operations.rename(&by, named(operations, &name).await?, &username).await?)
        }
        Command::UserAddRole { user: name, role } => {
            user(&*operations.add_role(&by, named(operations, &name).await?, &role).await?)
        }
        Command::UserRemoveRole { user: name, role } => {
            user(&*operations.remove_role(&by, named(operations, &name).await?, &role).await?)
        }
        Command::UserSetPassword { user: name, password } => {
            user(&*operations.set_password(&by, named(operations, &name).await?, "password", &password).await?)
        }
        Command::UsersImport { source, entries, keep } => {
            json!(operations.import_users(&by, &source, entries, keep).await?)
        }
        Command::SessionList { user: Some(name) } => {
            let subject = operations.subject(named(operations, &name).await?).await?;
            Value::Array(sessions(operations, &subject).await?)
        }
        Command::SessionList { user: None } => {
            let mut all = Vec::new();
            for subject in everybody(operations).await? {
                all.extend(sessions(operations, &subject).await?);
            }
            Value::Array(all)
        }
        Command::SessionRevoke { user: name, session: None } => match owner(operations, &name).await? {
            Some((subject, session)) => {
                operations.end_session(&by, subject, session).await?;
                json!({ "session": session })
            }
            None => user(&*operations.end_sessions(&by, named(operations, &name).await?).await?),
        },
        Command::SessionRevoke { user: name, session: Some(session) } => {
            let malformed = || {
                Failure::NotFound(format!(
                    "\"{session}\" is not the id of a session; `admit session list {}` shows them.",
                    shell::argument(&name)
                ))
            };
            let id: SessionId = session.parse().map_err(|_| malformed())?;
            operations.end_session(&by, named(operations, &name).await?, id).await?;
            json!({ "session": id })
        }
        Command::UserShow { user: name } => show(operations, named(operations, &name).await?).await?,
        Command::Exported { file } => {
            let event = by.event(EventKind::DataExported, operations.clock.now()).with("file", file);
            operations.accounts.record(event).await?;
            Value::Null
        }
        Command::PolicyIdle => json!(operations.idle_roles().await?),
        Command::PolicyWho { permission } => {
            let having = operations.who_has(&permission, None, MOST_HOLDERS).await?;
            let more = having.last.is_some();
            json!({ "permission": having.permission, "roles": having.roles, "users": having.users, "more": more })
        }
        Command::KeyList => keys(operations).await?,
        Command::KeyRotate { now } => {
            operations.rotate_keys(&by, now).await?;
            keys(operations).await?
        }
        Command::KeyRevoke { kid } => {
            operations.revoke_key(&by, &kid).await?;
            keys(operations).await?
        }
        Command::Restored => json!(operations.end_everything(&by).await?),
        Command::ClientList => clients(operations),
        Command::AdminLink => with_link(json!({}), public, &operations.issue_link(&by).await?),
    })
}

/// The address of a one-time link.
#[must_use]
pub fn setup_link(public: &Origin, link: &IssuedLink) -> String {
    format!("{public}/setup?token={}", link.token.reveal().as_str())
}

/// An answer with a link.
fn with_link(mut answer: Value, public: &Origin, link: &IssuedLink) -> Value {
    if let Some(answer) = answer.as_object_mut() {
        answer.insert("link".to_owned(), json!(setup_link(public, link)));
        answer.insert("expires_at".to_owned(), json!(link.expires_at));
    }
    answer
}

fn user(subject: &SubjectState) -> Value {
    json!({ "id": subject.id, "username": &*subject.username, "status": subject.status, "roles": &*subject.roles })
}

/// Most users that `policy who` prints.
const MOST_HOLDERS: u32 = 1_000;

/// Whose session this is, when `name` is the id of a live session and of no user.
async fn owner(operations: &Operations, name: &str) -> Result<Option<(SubjectId, SessionId)>, Failure> {
    let Ok(session) = name.parse::<SessionId>() else { return Ok(None) };
    for subject in everybody(operations).await? {
        let open = operations.devices(subject.id).await?;
        if open.iter().any(|open| open.id == session) {
            return Ok(Some((subject.id, session)));
        }
    }
    Ok(None)
}

async fn sessions(operations: &Operations, subject: &SubjectState) -> Result<Vec<Value>, Failure> {
    let open = operations.devices(subject.id).await?;
    Ok(open.iter().map(|open| session(open, subject)).collect())
}

fn session(open: &SignedIn, subject: &SubjectState) -> Value {
    json!({
        "username": &*subject.username,
        "id": open.id,
        "client_id": open.client,
        "created_at": open.created_at,
        "last_seen_at": open.last_seen_at,
        "idle_expires_at": open.idle_expires_at,
        "absolute_expires_at": open.absolute_expires_at,
        "user_agent": open.device.user_agent,
        "address": open.device.address,
    })
}

async fn keys(operations: &Operations) -> Result<Value, Failure> {
    let key = |(record, stage): &(KeyRecord, Stage)| {
        json!({
            "kid": record.kid,
            "algorithm": record.algorithm,
            "stage": stage,
            "created_at": record.created_at,
            "signs_from": record.signs_from,
            "revoked_at": record.revoked_at,
        })
    };
    Ok(Value::Array(operations.keys().await?.iter().map(key).collect()))
}

/// What each client gets, and why: it follows from where it runs.
fn clients(operations: &Operations) -> Value {
    let client = |client: &Client| {
        let (gets, reason) = match client.runs.gets() {
            Gets::Session => ("session cookie", "a page's scripts can keep no secret"),
            Gets::AccessAndRefresh => {
                ("access and refresh token", "an app has storage of its own, and no cookies to forge")
            }
            Gets::AccessAlone => ("access token", "a service has a secret of its own, and asks again"),
        };
        json!({
            "client_id": client.id,
            "runs": client.runs,
            "gets": gets,
            "because": reason,
            "audience": client.audiences,
            "roles": client.roles,
            "max_roles": client.max_roles,
            "admin_api": client.admin_api,
            "session_exchange": client.session_exchange,
        })
    };
    Value::Array(operations.clients.values().map(client).collect())
}

async fn list(operations: &Operations, query: &str) -> Result<Value, Failure> {
    Ok(Value::Array(found(operations, query).await?.iter().map(|listed| json!(UserBody::from(listed))).collect()))
}

async fn show(operations: &Operations, id: SubjectId) -> Result<Value, Failure> {
    let found = operations.account_of(id).await?;
    let held = operations.may_do(&found.subject.roles).into_iter();
    let held = held.map(|(permission, holds)| json!({ "permission": permission.as_str(), "how": holds.to_string() }));
    let mut shown = json!(UserBody::from(&found));
    if let Some(shown) = shown.as_object_mut() {
        shown.insert("permissions".to_owned(), held.collect());
    }
    Ok(shown)
}

async fn everybody(operations: &Operations) -> Result<Vec<Arc<SubjectState>>, Failure> {
    Ok(found(operations, "").await?.into_iter().map(|listed| listed.subject).collect())
}

/// Every user whose name contains `query`, page by page.
async fn found(operations: &Operations, query: &str) -> Result<Vec<Listed>, Failure> {
    const PAGE: u32 = 500;
    let mut users: Vec<Listed> = Vec::new();
    let mut after: Option<String> = None;
    loop {
        let page = operations.accounts.search(query, after.as_deref(), PAGE).await?;
        let full = page.len() == PAGE as usize;
        after = page.last().map(|last| last.place.clone());
        users.extend(page);
        if !full {
            return Ok(users);
        }
    }
}

async fn named(operations: &Operations, name: &str) -> Result<SubjectId, Failure> {
    let missing =
        || Failure::NotFound(format!("There is no user called \"{name}\"; `admit user list` shows them all."));
    if let Ok(id) = name.parse::<SubjectId>() {
        return Ok(operations.subject(id).await?.id);
    }
    let username = Username::existing(name).map_err(|_| missing())?;
    Ok(operations.accounts.by_username(&username).await?.ok_or_else(missing)?.subject.id)
}
