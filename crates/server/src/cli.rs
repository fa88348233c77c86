//! The command line. Exit codes: 0 done, 1 a negative result or no room for the output, 2 wrong usage, 3 could not be completed.

mod advise;
pub mod audit;
mod check;
mod import;
mod user;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

pub use advise::Advise;
pub use audit::Audit;
pub use check::Check;
pub use import::{Format, Import, ImportUsers, Imported};
pub use user::{Admin, Session, User};

/// What a script goes by.
const EXIT_CODES: &str = "Exit codes:
  0  done
  1  refused, a negative answer, or the output could not be written
  2  wrong usage: nothing was done
  3  could not be completed: a store or a file cannot be used";

/// Sessions, users and roles for web apps: a server and its command line.
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
    /// The configuration file [default: admit.toml in the current folder, where there is one]
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
        /// For this machine: plain http, loopback only; with ./admit.toml where there is one, and else without configuration
        #[arg(long)]
        dev: bool,
        /// With a shop in which only an admin can edit, and a page on another origin that attacks it
        #[arg(long, requires = "dev")]
        demo: bool,
        /// Make these settings the shared ones even if running nodes differ; restart those afterwards
        #[arg(long, conflicts_with = "dev")]
        change_shared_settings: bool,
    },
    /// Write a configuration, a policy and a secret to the current folder
    Init {
        /// How browsers will reach the server, as in https://login.example.org
        #[arg(long, value_name = "URL", conflicts_with = "dev")]
        public_url: Option<String>,
        /// For `serve --dev`: http on this machine, and a browser, a native and a service client with their secrets
        #[arg(long)]
        dev: bool,
    },
    /// Say whether it is to be a session or tokens, and why; asks when it is told nothing
    ///
    /// Without options and at a terminal it asks nine questions. By options or file only the client is needed; for the rest
    /// stands what is usual for it. Exit code 1 when the answers contradict each other.
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
    /// See the clients, and make secrets for services
    #[command(subcommand)]
    Clients(Clients),
    /// Manage administrators
    #[command(subcommand)]
    Admin(Admin),
    /// See the schema of the database, and bring it up to date
    #[command(subcommand)]
    Migrate(Migrate),
    /// After a backup was put back: end every sign-in and replace the signing keys
    ///
    /// In a backup sessions, refresh tokens and signing keys are valid that were ended since it was made. This ends those of every
    /// user. Run it before the server is started on the backup; a server with SQLite refuses to start before that.
    Restored,
    /// Write everything that the accounts store holds to a new file, to move it to another store
    ///
    /// Users, password hashes, roles, sessions, refresh tokens, signing keys and the audit log, as of one moment; the server
    /// may run meanwhile, and what happens after that moment is not in it. The file is for its owner alone.
    Export {
        /// The file; it must not be there yet
        file: PathBuf,
    },
    /// Bring in what `admit export` wrote, or users of another system
    ///
    /// An export goes into the empty store that the configuration names, before a server is started on it. An import that
    /// was interrupted goes on with the same file. With the same secret everybody stays signed in.
    Import(Import),
    /// Print every route with its rule, and who passes
    Routes,
    /// Answer the checklist for any site, by what it does: sign in, try what an attacker would, tell what was seen
    ///
    /// Exit code 0 when nothing failed, 1 when something did, 3 when the site could not be asked to the end.
    Audit(Box<Audit>),
    /// Say whether configuration and environment are sound: what `serve` refuses and tells, and what its stores show
    ///
    /// Exit code 0 when the server would start, 1 when something is refused.
    Check(Check),
    /// Look into the policy: why somebody may or may not, its own tests, what a change of it changes
    #[command(subcommand)]
    Policy(Policy),
}

/// Commands on the policy.
#[derive(Debug, Subcommand)]
pub enum Policy {
    /// Say whether the policy file can be used; each mistake with its line
    Check,
    /// Say why somebody may do something or may not, and what would change it
    ///
    /// Exit code 0 when it is permitted, 1 when it is denied.
    Explain(Explain),
    /// Run the cases of a file against the policy
    ///
    /// A case is [[case]] with name, roles, action, expect = "allow" or "deny", and as wanted resource, signed_in, at, by.
    Test {
        /// The file of cases
        file: PathBuf,
    },
    /// Print who gains and who loses what from one policy file to another; exit code 1 when anything changes
    Diff {
        /// The file as it was
        old: PathBuf,
        /// The file as it is to be
        new: PathBuf,
    },
    /// Print who has a permission: the roles, and the users that hold them
    Who {
        /// The permission, as in product:update
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
    /// What: a permission, as in order:cancel
    #[arg(long, value_name = "PERMISSION")]
    pub action: String,
    /// The object: its attributes, as in owner=self,status=paid,total=12
    #[arg(long, value_name = "NAME=VALUE,…")]
    pub resource: Option<String>,
    /// How long ago they signed in [default: a moment ago]
    #[arg(long, value_name = "DURATION")]
    pub signed_in: Option<String>,
    /// When, as in 2027-01-01T09:00:00Z [default: now]
    #[arg(long, value_name = "TIME")]
    pub at: Option<String>,
}

/// Commands on the schema of the accounts' database.
#[derive(Debug, Subcommand)]
pub enum Migrate {
    /// Print which migrations the database has, and which are missing
    Status,
    /// Make those that are missing; a server that starts does the same
    Up {
        /// Make those too that nodes of the release before cannot work with: when none of them is left
        #[arg(long)]
        contract: bool,
    },
}

/// Commands on signing keys.
#[derive(Debug, Subcommand)]
pub enum Keys {
    /// List the keys and where each stands: next, active, retiring, revoked
    List,
    /// Make the next key; it signs after it has been published for tokens.publish_before
    Rotate {
        /// Let it sign at once: verifiers that keep an old copy of the key set refuse its tokens until they fetch it again
        #[arg(long)]
        now: bool,
    },
    /// Withdraw a key: every token that it signed is dead at once
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
    /// List the clients with what each gets, and why
    List,
    /// Write a new secret for a service to a file that only its owner reads
    Secret {
        /// The file; it must not be there yet
        file: PathBuf,
    },
}
