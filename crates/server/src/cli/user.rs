//! `admit user`, `admit session`, `admit admin`.

use clap::{ArgGroup, Subcommand};

/// Commands on users. A user is named by username or id.
#[derive(Debug, Subcommand)]
pub enum User {
    /// Create a user; the password is read from standard input, or set by the user with a one-time link
    #[command(group(ArgGroup::new("password").required(true).args(["password_stdin", "invite"])))]
    Create {
        /// The username
        name: String,
        /// A role; may be given several times
        #[arg(long = "role", value_name = "ROLE")]
        roles: Vec<String>,
        /// Read the password from standard input (one line)
        #[arg(long)]
        password_stdin: bool,
        /// Create the user without a password, and print a one-time link with which the user sets one
        #[arg(long)]
        invite: bool,
    },
    /// Print a one-time link, valid for 24 hours, with which a user sets a new password; using it ends every other session
    Link {
        /// Username or id
        name: String,
    },
    /// List users
    List {
        /// Only those whose name begins with this
        #[arg(default_value = "")]
        query: String,
    },
    /// Disable an account; every session ends at once
    Disable {
        /// Username or id
        name: String,
    },
    /// Enable a disabled account
    Enable {
        /// Username or id
        name: String,
    },
    /// Delete a user and all their personal data; this cannot be undone
    Delete {
        /// Username or id
        name: String,
        /// Confirm the deletion; without it nothing is deleted
        #[arg(long)]
        yes: bool,
    },
    /// Show a user: status, roles and permissions
    Show {
        /// Username or id
        name: String,
    },
    /// Rename a user; the id and every session stay
    Rename {
        /// Username or id
        name: String,
        /// The new username
        new_name: String,
    },
    /// Replace a user's roles
    SetRoles {
        /// Username or id
        name: String,
        /// The new roles
        #[arg(value_name = "ROLE")]
        roles: Vec<String>,
        /// A role; the same as naming it without the flag
        #[arg(long = "role", value_name = "ROLE")]
        flagged: Vec<String>,
        /// Remove all roles
        #[arg(long, conflicts_with_all = ["roles", "flagged"])]
        none: bool,
    },
    /// Add one role to a user; the others stay
    AddRole {
        /// Username or id
        name: String,
        /// The role
        role: String,
    },
    /// Remove one role from a user; the others stay
    RemoveRole {
        /// Username or id
        name: String,
        /// The role
        role: String,
    },
    /// Set a user's password, read from standard input; every session ends at once
    SetPassword {
        /// Username or id
        name: String,
        /// Read the password from standard input (one line)
        #[arg(long, required = true)]
        password_stdin: bool,
    },
}

/// Commands on sessions.
#[derive(Debug, Subcommand)]
pub enum Session {
    /// List a user's sessions, or everybody's
    List {
        /// Username or id [default: everybody]
        user: Option<String>,
    },
    /// End one session, or all of a user's
    Revoke {
        /// Username or id, or the id of a session
        #[arg(value_name = "USER|SESSION")]
        user: String,
        /// The session's id [default: all of the user's sessions]
        session: Option<String>,
    },
}

/// Commands on administrators.
#[derive(Debug, Subcommand)]
pub enum Admin {
    /// Print a one-time link for the first administrator
    Link,
}
