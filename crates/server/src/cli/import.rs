//! `admit import`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

/// `import`
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct Import {
    /// What to import, if it is not an export.
    #[command(subcommand)]
    pub what: Option<Imported>,
    /// What `admit export` wrote
    #[arg(required = true)]
    pub file: Option<PathBuf>,
}

/// Commands that import from another system.
#[derive(Debug, Subcommand)]
pub enum Imported {
    /// Import users with their password hashes: they sign in with their old passwords
    ///
    /// Accepts bcrypt, scrypt, PBKDF2 and Argon2, also as Django and passlib write them; at the first login the hash is
    /// replaced. The server may run meanwhile. To continue an interrupted import, run it again with the same file: users
    /// that are already there are counted and left unchanged.
    Users(ImportUsers),
}

/// `import users`
#[derive(Debug, Args)]
pub struct ImportUsers {
    /// The format of the file
    #[arg(long, value_enum)]
    pub from: Format,
    /// The file
    pub file: PathBuf,
    /// Change nothing; report what would happen to each user
    #[arg(long)]
    pub dry_run: bool,
    /// Write the users that cannot be imported to this new file, with the reasons; it can be corrected and imported again
    #[arg(long, value_name = "FILE")]
    pub rejects: Option<PathBuf>,
    /// Maps their roles and groups to roles of admit: TOML, such as "Shop editors" = "editor"
    #[arg(long, value_name = "FILE")]
    pub role_map: Option<PathBuf>,
}

/// The form of a file of users.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// What manage.py dumpdata auth.user auth.group writes
    Django,
    /// A header and rows: username,password_hash and optionally roles,disabled,created_at,id
    Csv,
    /// Objects with the same members, in an array or one a line
    Json,
}

impl Format {
    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Django => "django",
            Self::Csv => "csv",
            Self::Json => "json",
        }
    }
}
