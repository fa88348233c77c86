//! `admit import`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

/// `import`
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct Import {
    /// What to bring in, when it is no export.
    #[command(subcommand)]
    pub what: Option<Imported>,
    /// What `admit export` wrote
    #[arg(required = true)]
    pub file: Option<PathBuf>,
}

/// Commands that bring in what another system had.
#[derive(Debug, Subcommand)]
pub enum Imported {
    /// Import users with the password hashes that they have there: they sign in with their old passwords
    ///
    /// Taken are bcrypt, scrypt, PBKDF2 and Argon2, also as Django and passlib write them; at the first login a hash is
    /// made anew. The server may run meanwhile. An import that was interrupted is begun again with the same file: who is
    /// there already is counted and left alone.
    Users(ImportUsers),
}

/// `import users`
#[derive(Debug, Args)]
pub struct ImportUsers {
    /// The form of the file
    #[arg(long, value_enum)]
    pub from: Format,
    /// The file
    pub file: PathBuf,
    /// Change nothing; say what would become of each user
    #[arg(long)]
    pub dry_run: bool,
    /// Write the users that cannot be imported to this new file, with the reasons; it can be mended and imported again
    #[arg(long, value_name = "FILE")]
    pub rejects: Option<PathBuf>,
    /// What roles and groups there are here: TOML, as in "Shop editors" = "editor"
    #[arg(long, value_name = "FILE")]
    pub role_map: Option<PathBuf>,
}

/// The form of a file of users.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// What manage.py dumpdata auth.user auth.group writes
    Django,
    /// A header and rows: username,password_hash and as wanted roles,disabled,created_at,id
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
