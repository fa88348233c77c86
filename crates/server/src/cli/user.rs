//! `admit user`, `admit session`, `admit admin`.

use clap::Subcommand;

/// Commands on users. A user is named by username or id.
#[derive(Debug, Subcommand)]
pub enum User {
    /// Make a user; the password is read from standard input, or set by the user with a one-time link
    Create {
        /// The username
        name: String,
        /// A role; may be given several times
        #[arg(long = "role", value_name = "ROLE")]
        roles: Vec<String>,
        /// Read the password from standard input (one line)
        #[arg(long, required_unless_present = "invite")]
        password_stdin: bool,
        /// Without a password: print a one-time link with which the user sets one
        #[arg(long, conflicts_with = "password_stdin")]
        invite: bool,
    },
    /// Print a one-time link with which a user sets a new password, within 24 hours; then every session ends
    Link {
        /// Username or id
        name: String,
    },
    /// List users
    List {
        /// Only those whose name contains this
        #[arg(default_value = "")]
        query: String,
    },
    /// Ban a user; every session ends at once
    Disable {
        /// Username or id
        name: String,
    },
    /// Lift a ban
    Enable {
        /// Username or id
        name: String,
    },
    /// Show a user: state, roles, and what they may do
    Show {
        /// Username or id
        name: String,
    },
    /// Give a user another name; the id and every session stay
    Rename {
        /// Username or id
        name: String,
        /// The username from now on
        new_name: String,
    },
    /// Replace a user's roles
    SetRoles {
        /// Username or id
        name: String,
        /// The roles from now on
        #[arg(value_name = "ROLE")]
        roles: Vec<String>,
        /// A role; the same as naming it without the flag
        #[arg(long = "role", value_name = "ROLE")]
        flagged: Vec<String>,
        /// Take all roles away
        #[arg(long, conflicts_with_all = ["roles", "flagged"])]
        none: bool,
    },
    /// Give a user one more role; the others stay
    AddRole {
        /// Username or id
        name: String,
        /// The role
        role: String,
    },
    /// Take one role from a user; the others stay
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
    /// List a user's live sessions, or everybody's
    List {
        /// Username or id; everybody when absent
        user: Option<String>,
    },
    /// End one session, or all of a user's
    Revoke {
        /// Username or id, or the id of a session
        #[arg(value_name = "USER|SESSION")]
        user: String,
        /// The session's id; all of the user's sessions when absent
        session: Option<String>,
    },
}

/// Commands on administrators.
#[derive(Debug, Subcommand)]
pub enum Admin {
    /// Print a one-time link for the first administrator
    Link,
}
