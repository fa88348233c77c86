//! Runs the audit of a site and prints the report.

use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use admit_audit::{Account, Baseline, Bounds, Change, Options, Recipe, Report, Style, Tokens};
use admit_rules::{Severity, Tier};
use admit_words::{Language, Words};

use crate::cli::Cli;
use crate::progress::Line;
use crate::{Ended, print};

pub(crate) fn run(audit: &Cli) -> Result<(), Ended> {
    let language = audit.lang.unwrap_or_else(|| Language::of_environment(|name| std::env::var(name).ok()));
    let usage = |words: Words| Ended::Usage(words.tell(language).to_owned());
    if audit.list {
        return print(&list(language));
    }
    if let Some(id) = &audit.explain {
        return explain(id, language);
    }
    let options = options(audit)?;
    let recipe = recipe(audit).map_err(usage)?;
    let baseline = match &audit.baseline {
        Some(file) => Baseline::read(&read(file)?).map_err(usage)?,
        None => Baseline::default(),
    };
    let url = audit.url.clone().unwrap_or_default();
    admit_audit::permitted(&url, &recipe, &options).map_err(usage)?;
    for line in admit_audit::plan(&recipe, &options) {
        say(&format!("· {}", line.tell(language)));
    }
    let waivers = recipe.waive.clone();
    let mut line = Line::new(language);
    let audited = runtime()?.block_on(admit_audit::audit(&url, recipe, &options, |progress| line.moves(&progress)));
    line.end();
    let mut report = audited.map_err(usage)?;
    report.waive(&waivers, &baseline, jiff::Zoned::now().date());
    if let Some(file) = &audit.html {
        write(file, &report.to_html(language))?;
    }
    if let Some(file) = &audit.sarif {
        write(file, &format!("{:#}\n", report.to_sarif(language)))?;
    }
    if audit.json {
        print(&format!("{:#}\n", report.to_json()))?;
    } else {
        let colour = std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
        print(&report.to_text(language, Style { colour, all: audit.all }))?;
    }
    verdict(&report, audit.fail_on, language)
}

fn runtime() -> Result<tokio::runtime::Runtime, Ended> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(|error| Ended::Incomplete(format!("No runtime could be started: {error}.")))
}

/// What the exit code is.
fn verdict(report: &Report, least: Severity, language: Language) -> Result<(), Ended> {
    if let Some(trouble) = &report.ended {
        return Err(Ended::Incomplete(report.redactor.redact(trouble.words().tell(language))));
    }
    if report.fails(least) { Err(Ended::Failed) } else { Ok(()) }
}

fn options(audit: &Cli) -> Result<Options, Ended> {
    let tier = if audit.active {
        Tier::Active
    } else if audit.login {
        Tier::Login
    } else {
        Tier::Safe
    };
    for prefix in &audit.only {
        if !admit_audit::rules().any(|rule| rule.id.starts_with(prefix.as_str())) {
            return Err(Ended::Usage(format!("No check's id begins with \"{prefix}\": see admit audit --list.")));
        }
    }
    let authority = match &audit.ca {
        Some(file) => Some(read(file)?.into_bytes()),
        None => None,
    };
    let bounds = Bounds {
        requests: audit.max_requests,
        rate: audit.rate,
        timeout: Duration::from_secs(audit.timeout),
        ..Bounds::default()
    };
    Ok(Options { tier, own_this_site: audit.i_own_this_site, bounds, authority, only: audit.only.clone() })
}

/// The recipe of the file, with what options say on top of it.
fn recipe(audit: &Cli) -> Result<Recipe, Words> {
    let mut recipe = match &audit.recipe {
        Some(file) => Recipe::read(file)?,
        None => Recipe::default(),
    };
    if let Some(file) = &audit.har {
        recipe.learn_har(file)?;
    }
    let account = |name: &Option<String>, file: &Option<PathBuf>, variable: &str| {
        name.clone().map(|name| Account {
            name,
            password_file: file.clone(),
            password_env: file.is_none().then(|| variable.to_owned()),
            ..Account::default()
        })
    };
    recipe.accounts.ordinary =
        account(&audit.user, &audit.password_file, "ADMIT_AUDIT_PASSWORD").or(recipe.accounts.ordinary.take());
    recipe.accounts.admin = account(&audit.admin, &audit.admin_password_file, "ADMIT_AUDIT_ADMIN_PASSWORD")
        .or(recipe.accounts.admin.take());
    recipe.fetch_passwords(Path::new("."))?;
    let over = |option: &Option<String>, place: &mut Option<String>| {
        if option.is_some() {
            place.clone_from(option);
        }
    };
    over(&audit.login_url, &mut recipe.login.url);
    over(&audit.name_field, &mut recipe.login.name_field);
    over(&audit.password_field, &mut recipe.login.password_field);
    over(&audit.logout_url, &mut recipe.logout.url);
    over(&audit.password_url, &mut recipe.password.page);
    over(&audit.reset_url, &mut recipe.reset.page);
    recipe.browser.run |= audit.browser;
    recipe.login.json |= audit.json_login;
    recipe.pages.private.extend(audit.private.iter().cloned());
    recipe.pages.admin.extend(audit.admin_page.iter().cloned());
    recipe.pages.owned.extend(audit.owned.iter().cloned());
    if let [page, field] = audit.change.as_slice() {
        recipe.change = Some(Change { page: page.clone(), field: field.clone(), json_url: None });
    }
    if let Some(url) = &audit.token_url {
        let tokens = recipe.tokens.get_or_insert_with(|| Tokens::at(url));
        tokens.url.clone_from(url);
        over(&audit.refresh_url, &mut tokens.refresh);
        over(&audit.revoke_url, &mut tokens.revoke);
        over(&audit.jwks_url, &mut tokens.jwks);
        tokens.private.extend(audit.api.iter().cloned());
    }
    Ok(recipe)
}

fn list(language: Language) -> String {
    let mut text = String::new();
    for rule in admit_audit::rules() {
        let severity = rule.severity.words();
        text.push_str(&format!(
            "{:<26} {:<9} {:<8} {}\n",
            rule.id,
            rule.tier.option(),
            severity.tell(language),
            rule.title.tell(language)
        ));
    }
    text
}

fn explain(id: &str, language: Language) -> Result<(), Ended> {
    let Some(rule) = admit_audit::rules().find(|rule| rule.id == id) else {
        return Err(Ended::Usage(format!("There is no check \"{id}\": see admit audit --list.")));
    };
    print(&rule.explain(language))
}

fn read(file: &Path) -> Result<String, Ended> {
    std::fs::read_to_string(file)
        .map_err(|error| Ended::Usage(format!("{} could not be read: {error}.", file.display())))
}

fn write(file: &Path, text: &str) -> Result<(), Ended> {
    std::fs::write(file, text)
        .map_err(|error| Ended::Incomplete(format!("{} could not be written: {error}.", file.display())))
}

fn say(text: &str) {
    drop(writeln!(std::io::stderr(), "{text}"));
}
