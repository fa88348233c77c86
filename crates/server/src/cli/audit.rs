//! The options of `admit audit`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// `audit`
#[derive(Debug, Args)]
pub struct Audit {
    /// The site, as in https://shop.example.org
    #[arg(required_unless_present_any = ["list", "explain"])]
    pub url: Option<String>,

    /// GET and HEAD of pages only: what any visitor does [default]
    #[arg(long, conflicts_with_all = ["login", "active"], help_heading = "What may be sent")]
    pub safe: bool,
    /// Sign in and out too, with the accounts that are given
    #[arg(long, help_heading = "What may be sent")]
    pub login: bool,
    /// Send forged, replayed and broken requests and wrong passwords too; needs --i-own-this-site
    #[arg(long, help_heading = "What may be sent")]
    pub active: bool,
    /// You answer for this site, and for what active checks do to it
    #[arg(long, help_heading = "What may be sent")]
    pub i_own_this_site: bool,
    /// At most so many requests in all
    #[arg(long, default_value_t = 1_500, value_name = "COUNT", help_heading = "What may be sent")]
    pub max_requests: u32,
    /// At most so many requests a second
    #[arg(long, default_value_t = 10, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..), help_heading = "What may be sent")]
    pub rate: u32,
    /// Give up on a request after so many seconds
    #[arg(long, default_value_t = 10, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..), help_heading = "What may be sent")]
    pub timeout: u64,
    /// Trust this certificate too (PEM)
    #[arg(long, value_name = "FILE", help_heading = "What may be sent")]
    pub ca: Option<PathBuf>,

    /// Accounts, pages and whatever else cannot be found (TOML; see docs/guide/audit.md)
    #[arg(long, value_name = "FILE", help_heading = "About the site")]
    pub recipe: Option<PathBuf>,
    /// A sign-in that a browser recorded: its addresses and fields are taken, no password and no cookie
    #[arg(long, value_name = "FILE", help_heading = "About the site")]
    pub har: Option<PathBuf>,
    /// An account without special rights
    #[arg(long, value_name = "NAME", help_heading = "About the site")]
    pub user: Option<String>,
    /// The file with its password [default: the variable ADMIT_AUDIT_PASSWORD]
    #[arg(long, value_name = "FILE", requires = "user", help_heading = "About the site")]
    pub password_file: Option<PathBuf>,
    /// An account that may more
    #[arg(long, value_name = "NAME", help_heading = "About the site")]
    pub admin: Option<String>,
    /// The file with its password [default: the variable ADMIT_AUDIT_ADMIN_PASSWORD]
    #[arg(long, value_name = "FILE", requires = "admin", help_heading = "About the site")]
    pub admin_password_file: Option<PathBuf>,
    /// The page with the login form, or with --json-login the address that takes JSON
    #[arg(long, value_name = "PATH", help_heading = "About the site")]
    pub login_url: Option<String>,
    /// The field of the name
    #[arg(long, value_name = "FIELD", help_heading = "About the site")]
    pub name_field: Option<String>,
    /// The field of the password
    #[arg(long, value_name = "FIELD", help_heading = "About the site")]
    pub password_field: Option<String>,
    /// One signs in with JSON
    #[arg(long, requires = "login_url", help_heading = "About the site")]
    pub json_login: bool,
    /// Where one signs out
    #[arg(long, value_name = "PATH", help_heading = "About the site")]
    pub logout_url: Option<String>,
    /// A page for signed-in users; may be given several times
    #[arg(long, value_name = "PATH", help_heading = "About the site")]
    pub private: Vec<String>,
    /// A page for the admin account alone; may be given several times
    #[arg(long, value_name = "PATH", help_heading = "About the site")]
    pub admin_page: Vec<String>,
    /// An object of the admin account, which others must not see; may be given several times
    #[arg(long, value_name = "PATH", help_heading = "About the site")]
    pub owned: Vec<String>,
    /// A harmless change: the page with its form, and the field
    #[arg(long, num_args = 2, value_names = ["PATH", "FIELD"], help_heading = "About the site")]
    pub change: Vec<String>,
    /// The page on which a password is changed
    #[arg(long, value_name = "PATH", help_heading = "About the site")]
    pub password_url: Option<String>,
    /// The page for a forgotten password
    #[arg(long, value_name = "PATH", help_heading = "About the site")]
    pub reset_url: Option<String>,
    /// Look into the browser's storage too, with the Chromium and chromedriver of this machine
    #[arg(long, help_heading = "About the site")]
    pub browser: bool,
    /// Where a name and a password become tokens (JSON)
    #[arg(long, value_name = "PATH", help_heading = "About the site")]
    pub token_url: Option<String>,
    /// Where a refresh token becomes new ones
    #[arg(long, value_name = "PATH", requires = "token_url", help_heading = "About the site")]
    pub refresh_url: Option<String>,
    /// Where an access token is given up
    #[arg(long, value_name = "PATH", requires = "token_url", help_heading = "About the site")]
    pub revoke_url: Option<String>,
    /// An address that wants an access token; may be given several times
    #[arg(long, value_name = "PATH", requires = "token_url", help_heading = "About the site")]
    pub api: Vec<String>,
    /// The key set of the tokens
    #[arg(long, value_name = "PATH", requires = "token_url", help_heading = "About the site")]
    pub jwks_url: Option<String>,

    /// Only checks whose id begins with this; may be given several times
    #[arg(long, value_name = "ID", help_heading = "What is told")]
    pub only: Vec<String>,
    /// Write a report as one HTML page to this file
    #[arg(long, value_name = "FILE", help_heading = "What is told")]
    pub html: Option<PathBuf>,
    /// Write a report in SARIF 2.1.0 to this file
    #[arg(long, value_name = "FILE", help_heading = "What is told")]
    pub sarif: Option<PathBuf>,
    /// Findings that this earlier report (--json) has too do not count
    #[arg(long, value_name = "FILE", help_heading = "What is told")]
    pub baseline: Option<PathBuf>,
    /// The least severity with which a failure makes the exit code 1
    #[arg(long, value_enum, default_value = "low", value_name = "SEVERITY", help_heading = "What is told")]
    pub fail_on: Severity,
    /// List what passed and what does not apply too
    #[arg(long, help_heading = "What is told")]
    pub all: bool,
    /// The language of reports [default: Korean where the environment's is, else English]
    #[arg(long, value_enum, value_name = "LANGUAGE", help_heading = "What is told")]
    pub lang: Option<Language>,
    /// List the checks and stop
    #[arg(long, help_heading = "What is told")]
    pub list: bool,
    /// Say what a check is about, why and how, and how to mend it, and stop
    #[arg(long, value_name = "ID", help_heading = "What is told")]
    pub explain: Option<String>,
}

/// How grave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Severity {
    /// Any failure
    Low,
    /// Medium and above
    Medium,
    /// High and above
    High,
    /// Critical alone
    Critical,
}

/// A language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Language {
    /// English
    En,
    /// Korean
    Ko,
}
