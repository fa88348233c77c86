//! Commands on subjects and sessions, run by whichever process owns the data folder.
//!
//! The command line owns it when no server runs; otherwise it sends the command to the server over a Unix socket that
//! only the folder's owner can open. Either way a change is in force when the command returns: with SQLite because one
//! process does all writing, in the memory that sessions are checked from, and with PostgreSQL because every process asks it.

mod shown;
mod socket;

use admit_core::audit::EventKind;
use admit_core::csrf::Origin;
use admit_core::id::SessionId;
use admit_core::subject::Status;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::import::Entry;
use crate::operation::{Cause, Failure, Operations};
use crate::shell;
use shown::{MOST_HOLDERS, clients, everybody, keys, list, named, owner, sessions, show, user, with_link};

pub use shown::setup_link;
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
    /// Delete a user for good.
    UserDelete {
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
            if password.is_some() {
                user(&*operations.create_user(&by, &username, password.as_deref(), &roles).await?)
            } else {
                let (made, link) = operations.invite(&by, &username, &roles).await?;
                with_link(user(&made), public, &link)
            }
        }
        Command::UserList { query } => list(operations, &query).await?,
        Command::UserDisable { user: name } => {
            user(&*operations.set_status(&by, named(operations, &name).await?, Status::Disabled).await?)
        }
        Command::UserEnable { user: name } => {
            user(&*operations.set_status(&by, named(operations, &name).await?, Status::Active).await?)
        }
        Command::UserDelete { user: name } => {
            // The id of a user who was deleted is nobody's, and finishes a deletion that was cut short.
            let id = match name.parse() {
                Ok(id) => id,
                Err(_) => named(operations, &name).await?,
            };
            operations.delete(&by, id).await?;
            json!({ "id": id, "status": "deleted" })
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
