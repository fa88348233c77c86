//! The options of `admit audit`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// `audit`
#[derive(Debug, Args)]
pub struct Audit {
    /// The site, such as https://shop.example.org
    #[arg(required_unless_present_any = ["list", "explain"])]
    pub url: Option<String>,

    /// GET and HEAD of pages only: what any visitor does [default]
    #[arg(long, conflicts_with_all = ["login", "active"], help_heading = "What may be sent")]
    pub safe: bool,
    /// Also sign in and out, with the given accounts
    #[arg(long, help_heading = "What may be sent")]
    pub login: bool,
    /// Also send forged, replayed and malformed requests and wrong passwords; needs --i-own-this-site
    #[arg(long, help_heading = "What may be sent")]
    pub active: bool,
    /// Confirm that you are responsible for this site and for the effects of active checks
    #[arg(long, help_heading = "What may be sent")]
    pub i_own_this_site: bool,
    /// Maximum number of requests
    #[arg(long, default_value_t = 1_500, value_name = "COUNT", help_heading = "What may be sent")]
    pub max_requests: u32,
    /// Maximum number of requests per second
    #[arg(long, default_value_t = 10, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..), help_heading = "What may be sent")]
    pub rate: u32,
    /// Time limit for a request, in seconds
    #[arg(long, default_value_t = 10, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..), help_heading = "What may be sent")]
    pub timeout: u64,
    /// Also trust this certificate (PEM)
    #[arg(long, value_name = "FILE", help_heading = "What may be sent")]
    pub ca: Option<PathBuf>,

    /// Accounts, pages and other facts that the audit cannot find itself (TOML; see docs/guide/audit.md)
    #[arg(long, value_name = "FILE", help_heading = "About the site")]
    pub recipe: Option<PathBuf>,
    /// A sign-in that a browser recorded: addresses and fields are used, passwords and cookies are not
    #[arg(long, value_name = "FILE", help_heading = "About the site")]
    pub har: Option<PathBuf>,
    /// An ordinary account
    #[arg(long, value_name = "NAME", help_heading = "About the site")]
    pub user: Option<String>,
    /// The file with its password [default: the variable ADMIT_AUDIT_PASSWORD]
    #[arg(long, value_name = "FILE", requires = "user", help_heading = "About the site")]
    pub password_file: Option<PathBuf>,
    /// An admin (privileged) account
    #[arg(long, value_name = "NAME", help_heading = "About the site")]
    pub admin: Option<String>,
    /// The file with its password [default: the variable ADMIT_AUDIT_ADMIN_PASSWORD]
    #[arg(long, value_name = "FILE", requires = "admin", help_heading = "About the site")]
    pub admin_password_file: Option<PathBuf>,
    /// The page with the login form, or with --json-login the address that accepts JSON
    #[arg(long, value_name = "PATH", help_heading = "About the site")]
    pub login_url: Option<String>,
    /// The name of the username field
    #[arg(long, value_name = "FIELD", help_heading = "About the site")]
    pub name_field: Option<String>,
    /// The name of the password field
    #[arg(long, value_name = "FIELD", help_heading = "About the site")]
    pub password_field: Option<String>,
    /// The site signs in with JSON
    #[arg(long, requires = "login_url", help_heading = "About the site")]
    pub json_login: bool,
    /// The address for signing out
    #[arg(long, value_name = "PATH", help_heading = "About the site")]
    pub logout_url: Option<String>,
    /// A page for signed-in users; may be given several times
    #[arg(long, value_name = "PATH", help_heading = "About the site")]
    pub private: Vec<String>,
    /// A page for the admin account only; may be given several times
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
    /// Also inspect the browser's storage, with this machine's Chromium and chromedriver
    #[arg(long, help_heading = "About the site")]
    pub browser: bool,
    /// The address that gives tokens for a username and password (JSON)
    #[arg(long, value_name = "PATH", help_heading = "About the site")]
    pub token_url: Option<String>,
    /// The address that takes a refresh token and gives new tokens
    #[arg(long, value_name = "PATH", requires = "token_url", help_heading = "About the site")]
    pub refresh_url: Option<String>,
    /// The address that revokes an access token
    #[arg(long, value_name = "PATH", requires = "token_url", help_heading = "About the site")]
    pub revoke_url: Option<String>,
    /// An address that needs an access token; may be given several times
    #[arg(long, value_name = "PATH", requires = "token_url", help_heading = "About the site")]
    pub api: Vec<String>,
    /// The key set of the tokens
    #[arg(long, value_name = "PATH", requires = "token_url", help_heading = "About the site")]
    pub jwks_url: Option<String>,

    /// Only checks whose id begins with this; may be given several times
    #[arg(long, value_name = "ID", help_heading = "Output")]
    pub only: Vec<String>,
    /// Write a report as one HTML page to this file
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub html: Option<PathBuf>,
    /// Write a report in SARIF 2.1.0 to this file
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub sarif: Option<PathBuf>,
    /// Do not count findings that are already in this earlier report (--json)
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub baseline: Option<PathBuf>,
    /// The lowest severity of a failure that gives exit code 1
    #[arg(long, value_enum, default_value = "low", value_name = "SEVERITY", help_heading = "Output")]
    pub fail_on: Severity,
    /// Also list checks that passed or do not apply
    #[arg(long, help_heading = "Output")]
    pub all: bool,
    /// The language of reports [default: that of the environment, or English]
    #[arg(long, value_enum, value_name = "LANGUAGE", help_heading = "Output")]
    pub lang: Option<Language>,
    /// List the checks and stop
    #[arg(long, help_heading = "Output")]
    pub list: bool,
    /// Explain a check and its fix, and stop
    #[arg(long, value_name = "ID", help_heading = "Output")]
    pub explain: Option<String>,
}

/// How severe.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Severity {
    /// Any failure
    Low,
    /// Medium and above
    Medium,
    /// High and above
    High,
    /// Critical only
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
