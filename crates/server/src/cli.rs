//! The command line. Exit codes: 0 done, 1 a negative result or unwritable output, 2 wrong usage, 3 could not be completed.

mod advise;
mod check;
mod import;
mod user;

use std::ffi::OsString;
use std::path::PathBuf;

use admit_words::Language;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand};

pub use advise::Advise;
pub use check::Check;
pub use import::{Format, Import, ImportUsers, Imported};
pub use user::{Admin, Session, User};

/// What scripts rely on.
const EXIT_CODES: &str = "Exit codes:
  0  done
  1  refused, a negative result, or the output could not be written
  2  wrong usage: nothing was done
  3  could not be completed: a store or a file cannot be used";

/// Sign-in, sessions and roles: server and admin tool
#[derive(Debug, Parser)]
#[command(name = "admit", version, about, max_term_width = 100, after_help = EXIT_CODES)]
pub struct Cli {
    /// Where and how to work.
    #[command(flatten)]
    pub common: Common,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Options of every command.
#[derive(Clone, Debug, Args)]
pub struct Common {
    /// The configuration file [default: admit.toml in the current folder, if there is one]
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The data folder [default: as configured, else ./admit-data]
    #[arg(long, global = true, value_name = "FOLDER")]
    pub data: Option<PathBuf>,
    /// Print JSON instead of text
    #[arg(long, global = true)]
    pub json: bool,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the server
    Serve {
        /// Development mode: plain http, this machine only; reads ./admit.toml if there is one, and needs no configuration
        #[arg(long)]
        dev: bool,
        /// Add a demo shop in which only an admin can edit, and a page on another origin that attacks it
        #[arg(long, requires = "dev")]
        demo: bool,
        /// Make these settings the shared ones even if running nodes differ; restart those afterwards
        #[arg(long, conflicts_with = "dev")]
        change_shared_settings: bool,
    },
    /// Write a configuration, a policy and a secret to the current folder
    Init {
        /// How browsers will reach the server, such as `https://login.example.org`
        #[arg(long, value_name = "URL", conflicts_with = "dev")]
        public_url: Option<String>,
        /// For `serve --dev`: plain http on this machine, with a browser, a native and a service client and their secrets
        #[arg(long)]
        dev: bool,
    },
    /// Recommend sessions or tokens for your app, with reasons
    ///
    /// Without options it asks nine questions in the terminal. With options or a file only the client is needed; the other
    /// answers default to what is usual for it. Exit code 1 when the answers contradict each other.
    Advise(Advise),
    /// Manage users
    #[command(subcommand)]
    User(User),
    /// Manage sessions
    #[command(subcommand)]
    Session(Session),
    /// Manage signing keys
    #[command(subcommand)]
    Keys(Keys),
    /// List the clients, and create secrets for services
    #[command(subcommand)]
    Clients(Clients),
    /// Manage administrators
    #[command(subcommand)]
    Admin(Admin),
    /// Show the version of the database schema, and bring it up to date
    #[command(subcommand)]
    Migrate(Migrate),
    /// After a backup was restored: end every sign-in and replace the signing keys
    ///
    /// A backup still has sessions, refresh tokens and signing keys that were ended after it was made. This ends those of every
    /// user. Run it before you start the server on the backup; with SQLite the server refuses to start until then.
    Restored,
    /// Write the contents of the accounts store to a new file, to move them to another store
    ///
    /// Users, password hashes, roles, sessions, refresh tokens, signing keys and the audit log, as of one moment. The server
    /// may run meanwhile; later changes are not in the file. Only its owner can read it.
    Export {
        /// The file; it must not exist yet
        file: PathBuf,
    },
    /// Import what `admit export` wrote, or users of another system
    ///
    /// An export goes into the empty store that the configuration names, before a server is started on it. To continue an
    /// interrupted import, run it again with the same file. With the same secret everybody stays signed in.
    Import(Import),
    /// Print every route with its rule, and who passes
    Routes,
    /// Test any site's sign-in: 75 checks with evidence
    ///
    /// Runs the program admit-audit, which must be in the same folder as admit; `admit audit --help` prints its options. Exit code 0
    /// when nothing failed, 1 when something did, 3 when the audit could not be completed.
    #[command(disable_help_flag = true)]
    Audit {
        /// The site, and options of admit-audit
        #[arg(allow_hyphen_values = true, value_name = "URL|OPTIONS")]
        arguments: Vec<OsString>,
    },
    /// Check configuration, environment and stores before starting
    ///
    /// Exit code 0 when the server would start, 1 when there are errors.
    Check(Check),
    /// Examine the policy: why somebody is permitted or denied, its tests, and the effects of a change
    #[command(subcommand)]
    Policy(Policy),
}

/// Commands on the policy.
#[derive(Debug, Subcommand)]
pub enum Policy {
    /// Check the policy file; each mistake with its line
    Check,
    /// Explain why somebody may or may not do something, and what would change that
    ///
    /// Exit code 0 when it is permitted, 1 when it is denied.
    Explain(Explain),
    /// Run the cases of a file against the policy
    ///
    /// A case is `[[case]]` with name, roles, action, expect = "allow" or "deny", and optionally resource, signed_in, at, by.
    Test {
        /// The file of cases
        file: PathBuf,
    },
    /// Print who gains and who loses what from one policy file to another; exit code 1 when anything changes
    Diff {
        /// The old file
        old: PathBuf,
        /// The new file
        new: PathBuf,
    },
    /// Print who has a permission: the roles, and the users that hold them
    Who {
        /// The permission, such as product:update
        permission: String,
    },
}

/// `policy explain`
#[derive(Debug, Args)]
pub struct Explain {
    /// Who: a username or an id; their roles are looked up
    #[arg(long = "as", value_name = "USER", required_unless_present = "roles")]
    pub user: Option<String>,
    /// Somebody with this role instead of a user; may be given several times
    #[arg(long = "role", value_name = "ROLE", conflicts_with = "user")]
    pub roles: Vec<String>,
    /// What: a permission, such as order:cancel
    #[arg(long, value_name = "PERMISSION")]
    pub action: String,
    /// The object: its attributes, such as owner=self,status=paid,total=12
    #[arg(long, value_name = "NAME=VALUE,…")]
    pub resource: Option<String>,
    /// How long ago they signed in [default: a moment ago]
    #[arg(long, value_name = "DURATION")]
    pub signed_in: Option<String>,
    /// When, such as 2027-01-01T09:00:00Z [default: now]
    #[arg(long, value_name = "TIME")]
    pub at: Option<String>,
}

/// Commands on the schema of the accounts' database.
#[derive(Debug, Subcommand)]
pub enum Migrate {
    /// Print which migrations the database has, and which are missing
    Status,
    /// Apply those that are missing; a starting server does the same
    Up {
        /// Also apply breaking migrations; only once no node of the previous release is running
        #[arg(long)]
        contract: bool,
    },
}

/// Commands on signing keys.
#[derive(Debug, Subcommand)]
pub enum Keys {
    /// List the keys with their state: next, active, retiring, revoked
    List,
    /// Create the next key; it signs once it has been published for tokens.publish_before
    Rotate {
        /// Sign with it at once: verifiers with an old copy of the key set refuse its tokens until they fetch the set again
        #[arg(long)]
        now: bool,
    },
    /// Revoke a key: every token that it signed is revoked at once
    Revoke {
        /// The key's name, its kid
        // It is random text of base64url: one of 64 begins with a hyphen.
        #[arg(allow_hyphen_values = true)]
        kid: String,
    },
}

/// Commands on clients.
#[derive(Debug, Subcommand)]
pub enum Clients {
    /// List the clients, and what credentials each gets and why
    List,
    /// Write a new secret for a service to a file that only its owner can read
    Secret {
        /// The file; it must not exist yet
        file: PathBuf,
    },
}

/// The languages that admit speaks.
fn language() -> impl TypedValueParser<Value = Language> {
    let values = [PossibleValue::new("en").help("English"), PossibleValue::new("ko").help("Korean")];
    PossibleValuesParser::from(values).map(|tag| Language::of_tag(&tag).unwrap_or_default())
}
