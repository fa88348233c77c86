//! The command-line options.

use std::path::PathBuf;

use admit_rules::Severity;
use admit_words::Language;
use clap::Parser;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

/// Test any site's sign-in: 75 checks with evidence
///
/// Exit code 0 when nothing failed, 1 when something did, 3 when the audit could not be completed.
#[derive(Debug, Parser)]
#[command(name = "admit-audit", version, max_term_width = 100)]
pub(crate) struct Cli {
    /// The site, such as https://shop.example.org
    #[arg(required_unless_present_any = ["list", "explain"])]
    pub(crate) url: Option<String>,

    /// GET and HEAD of pages only: what any visitor does [default]
    #[arg(long, conflicts_with_all = ["login", "active"], help_heading = "What may be sent")]
    pub(crate) safe: bool,
    /// Also sign in and out, with the given accounts
    #[arg(long, help_heading = "What may be sent")]
    pub(crate) login: bool,
    /// Also send forged, replayed and malformed requests and wrong passwords; needs --i-own-this-site
    #[arg(long, help_heading = "What may be sent")]
    pub(crate) active: bool,
    /// Confirm that you are responsible for this site and for the effects of active checks
    #[arg(long, help_heading = "What may be sent")]
    pub(crate) i_own_this_site: bool,
    /// Maximum number of requests
    #[arg(long, default_value_t = 1_500, value_name = "COUNT", help_heading = "What may be sent")]
    pub(crate) max_requests: u32,
    /// Maximum number of requests per second
    #[arg(long, default_value_t = 10, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..), help_heading = "What may be sent")]
    pub(crate) rate: u32,
    /// Time limit for a request, in seconds
    #[arg(long, default_value_t = 10, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..), help_heading = "What may be sent")]
    pub(crate) timeout: u64,
    /// Also trust this certificate (PEM)
    #[arg(long, value_name = "FILE", help_heading = "What may be sent")]
    pub(crate) ca: Option<PathBuf>,

    /// Accounts, pages and other facts that the audit cannot find itself (TOML; see docs/guide/audit.md)
    #[arg(long, value_name = "FILE", help_heading = "About the site")]
    pub(crate) recipe: Option<PathBuf>,
    /// A sign-in that a browser recorded: addresses and fields are used, passwords and cookies are not
    #[arg(long, value_name = "FILE", help_heading = "About the site")]
    pub(crate) har: Option<PathBuf>,
    /// An ordinary account
    #[arg(long, value_name = "NAME", help_heading = "About the site")]
    pub(crate) user: Option<String>,
    /// The file with its password [default: the variable ADMIT_AUDIT_PASSWORD]
    #[arg(long, value_name = "FILE", requires = "user", help_heading = "About the site")]
    pub(crate) password_file: Option<PathBuf>,
    /// An admin (privileged) account
    #[arg(long, value_name = "NAME", help_heading = "About the site")]
    pub(crate) admin: Option<String>,
    /// The file with its password [default: the variable ADMIT_AUDIT_ADMIN_PASSWORD]
    #[arg(long, value_name = "FILE", requires = "admin", help_heading = "About the site")]
    pub(crate) admin_password_file: Option<PathBuf>,
    /// The page with the login form, or with --json-login the address that accepts JSON
    #[arg(long, value_name = "PATH", help_heading = "About the site")]
    pub(crate) login_url: Option<String>,
    /// The name of the username field
    #[arg(long, value_name = "FIELD", help_heading = "About the site")]
    pub(crate) name_field: Option<String>,
    /// The name of the password field
    #[arg(long, value_name = "FIELD", help_heading = "About the site")]
    pub(crate) password_field: Option<String>,
    /// The site signs in with JSON
    #[arg(long, requires = "login_url", help_heading = "About the site")]
    pub(crate) json_login: bool,
    /// The address for signing out
    #[arg(long, value_name = "PATH", help_heading = "About the site")]
    pub(crate) logout_url: Option<String>,
    /// A page for signed-in users; may be given several times
    #[arg(long, value_name = "PATH", help_heading = "About the site")]
    pub(crate) private: Vec<String>,
    /// A page for the admin account only; may be given several times
    #[arg(long, value_name = "PATH", help_heading = "About the site")]
    pub(crate) admin_page: Vec<String>,
    /// An object of the admin account, which others must not see; may be given several times
    #[arg(long, value_name = "PATH", help_heading = "About the site")]
    pub(crate) owned: Vec<String>,
    /// A harmless change: the page with its form, and the field
    #[arg(long, num_args = 2, value_names = ["PATH", "FIELD"], help_heading = "About the site")]
    pub(crate) change: Vec<String>,
    /// The page on which a password is changed
    #[arg(long, value_name = "PATH", help_heading = "About the site")]
    pub(crate) password_url: Option<String>,
    /// The page for a forgotten password
    #[arg(long, value_name = "PATH", help_heading = "About the site")]
    pub(crate) reset_url: Option<String>,
    /// Also inspect the browser's storage, with this machine's Chromium and chromedriver
    #[arg(long, help_heading = "About the site")]
    pub(crate) browser: bool,
    /// The address that gives tokens for a username and password (JSON)
    #[arg(long, value_name = "PATH", help_heading = "About the site")]
    pub(crate) token_url: Option<String>,
    /// The address that takes a refresh token and gives new tokens
    #[arg(long, value_name = "PATH", requires = "token_url", help_heading = "About the site")]
    pub(crate) refresh_url: Option<String>,
    /// The address that revokes an access token
    #[arg(long, value_name = "PATH", requires = "token_url", help_heading = "About the site")]
    pub(crate) revoke_url: Option<String>,
    /// An address that needs an access token; may be given several times
    #[arg(long, value_name = "PATH", requires = "token_url", help_heading = "About the site")]
    pub(crate) api: Vec<String>,
    /// The key set of the tokens
    #[arg(long, value_name = "PATH", requires = "token_url", help_heading = "About the site")]
    pub(crate) jwks_url: Option<String>,

    /// Only checks whose id begins with this; may be given several times
    #[arg(long, value_name = "ID", help_heading = "Output")]
    pub(crate) only: Vec<String>,
    /// Write a report as one HTML page to this file
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub(crate) html: Option<PathBuf>,
    /// Write a report in SARIF 2.1.0 to this file
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub(crate) sarif: Option<PathBuf>,
    /// Do not count findings that are already in this earlier report (--json)
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub(crate) baseline: Option<PathBuf>,
    /// The lowest severity of a failure that gives exit code 1
    #[arg(long, value_parser = severity(), default_value = "low", value_name = "SEVERITY", help_heading = "Output")]
    pub(crate) fail_on: Severity,
    /// Also list checks that passed or do not apply
    #[arg(long, help_heading = "Output")]
    pub(crate) all: bool,
    /// The language of reports [default: that of the environment, or English]
    #[arg(long, value_parser = language(), value_name = "LANGUAGE", help_heading = "Output")]
    pub(crate) lang: Option<Language>,
    /// List the checks and stop
    #[arg(long, help_heading = "Output")]
    pub(crate) list: bool,
    /// Explain a check and its fix, and stop
    #[arg(long, value_name = "ID", help_heading = "Output")]
    pub(crate) explain: Option<String>,
    /// Print JSON instead of text
    #[arg(long, overrides_with = "json")]
    pub(crate) json: bool,
    // Every command of admit accepts these two; an audit ignores them.
    #[arg(long, hide = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[arg(long, hide = true, value_name = "FOLDER")]
    data: Option<PathBuf>,
}

fn severity() -> impl TypedValueParser<Value = Severity> {
    let value = |severity: Severity| {
        PossibleValue::new(severity.name()).help(match severity {
            Severity::Low => "Any failure",
            Severity::Medium => "Medium and above",
            Severity::High => "High and above",
            Severity::Critical => "Critical only",
        })
    };
    let of = |name: &str| Severity::ALL.into_iter().find(|severity| severity.name() == name);
    PossibleValuesParser::from(Severity::ALL.map(value)).map(move |name| of(&name).unwrap_or(Severity::Low))
}

fn language() -> impl TypedValueParser<Value = Language> {
    let values = [PossibleValue::new("en").help("English"), PossibleValue::new("ko").help("Korean")];
    PossibleValuesParser::from(values).map(|tag| Language::of_tag(&tag).unwrap_or_default())
}
