//! `admit check`: whether configuration and environment are sound.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use admit_store::{Postgres, Sqlite};
use serde_json::Value;

use super::owner::Owner;
use super::{Ended, audit, configuration, language, print, runtime};
use crate::check::{Checked, design, report, today};
use crate::cli::{Check, Common};
use crate::config::stores::{AccountsAt, Chosen};
use crate::config::{self, Config, policy};
use crate::control::{Answer, Command};
use crate::data::DataFolder;
use crate::data::installation::unusable;
use crate::finding::{Finding, finding};
use crate::stores::{COMMANDED_WITHIN, capital, chosen};

/// A difference of clocks that is noticed, in milliseconds. Verifiers allow ten seconds.
const SKEW: i64 = 2_000;

/// Whoever tries the demonstration would take it for a mistake of theirs.
const NO_FILE: &str = "There is no admit.toml here, so these are the errors that `admit serve` would report. `admit serve --dev` needs no file; `admit init` writes one.\n";

pub(super) fn run(common: &Common, check: &Check) -> Result<(), Ended> {
    let language = language(check.lang);
    if check.list {
        print(&report::list(language))?;
        return Ok(());
    }
    if let Some(id) = &check.explain {
        // The auditor knows more than a configuration can show.
        let text = report::explain(id, language).or_else(|| audit::explain(id, language));
        let text = text.ok_or_else(|| {
            Ended::Usage(format!(
                "There is no rule \"{id}\". `admit check --list` prints the server's rules; `admit audit --list` prints the auditor's, \
                 if admit-audit is in the same folder as admit."
            ))
        })?;
        print(&text)?;
        return Ok(());
    }
    let file = file(common);
    let config = configuration(common)?;
    let mut found = design(&config, file.as_deref(), false);
    if !check.offline {
        let starts = Checked::of(found.clone(), &config.waive, today()).refused.is_empty();
        found.extend(runtime()?.block_on(around(&config, starts)));
    }
    let checked = Checked::of(found, &config.waive, today());
    let none = file.is_none();
    let name = file.map_or_else(|| config::FILE.to_owned(), |file| file.display().to_string());
    if let Some(path) = &check.sarif {
        let text = format!("{:#}\n", report::to_sarif(&checked, &name, language));
        std::fs::write(path, text)
            .map_err(|error| Ended::Incomplete(format!("{} could not be written: {error}.", path.display())))?;
    }
    print(&match common.json {
        true => format!("{:#}\n", report::json(&checked)),
        false => report::text(&checked, language),
    })?;
    if none && !common.json && !checked.refused.is_empty() {
        print(NO_FILE)?;
    }
    // What could not be looked at is not sound: a pipeline must not go on as if it was.
    let away = checked.told.iter().find(|finding| finding.id == "store-unreachable");
    if let (true, Some(finding)) = (checked.refused.is_empty(), away) {
        return Err(Ended::Incomplete(format!("Not everything could be looked at: {}", finding.wrong)));
    }
    if checked.refused.is_empty() && (checked.told.is_empty() || !check.strict) {
        return Ok(());
    }
    Err(Ended::Negative(String::new()))
}

/// The file that the configuration is read from.
pub(super) fn file(common: &Common) -> Option<PathBuf> {
    common.config.clone().or_else(|| Some(PathBuf::from(config::FILE)).filter(|path| path.exists()))
}

/// What can only be seen by looking around: whether the stores answer, what their clocks say, who holds which role. With a
/// configuration that no server starts with, people cannot be asked about.
async fn around(config: &Config, starts: bool) -> Vec<Finding> {
    let mut found = Vec::new();
    if rustix::process::geteuid().is_root() {
        let remedy = "Run it as a user of its own (systemd: DynamicUser=yes); it needs no privileges.";
        found.push(finding("runs-as-root", "This runs as root.", remedy).about("root"));
    }
    match reached(config, &mut found).await {
        Ok(true) if starts => {
            if let Err(why) = people(config, &mut found).await {
                found.push(unreachable(&why));
            }
        }
        // Nobody has started a server yet, or could: there is nobody to look at.
        Ok(_) => {}
        Err(why) => found.push(unreachable(&why)),
    }
    found
}

fn unreachable(why: &str) -> Finding {
    finding(
        "store-unreachable",
        why,
        "Start the store, or correct accounts.url and sessions.url: host, port, database, user and password.",
    )
    .about("accounts.url")
}

/// Whether there are accounts to look at. A schema of an earlier release is left as it is: the server brings it up.
async fn reached(config: &Config, found: &mut Vec<Finding>) -> Result<bool, String> {
    // Where they are to be is told elsewhere when it is wrong.
    let Ok(Chosen { accounts, .. }) = chosen(config) else { return Ok(false) };
    match accounts {
        AccountsAt::Sqlite(path) => {
            let path = path.unwrap_or_else(|| DataFolder::database_in(&config.server.data));
            let version = Sqlite::version(&path).map_err(|error| unusable(&path, &error))?;
            Ok(version == Some(Sqlite::known_version()))
        }
        AccountsAt::Postgres(address) => {
            let asked = tokio::time::timeout(COMMANDED_WITHIN, Postgres::clock(&address)).await;
            let theirs = asked.map_err(|_| format!("{address} did not answer in time."))?.map_err(capital)?;
            skew(theirs, found);
            Ok(true)
        }
    }
}

fn skew(theirs: i64, found: &mut Vec<Finding>) {
    let apart = jiff::Timestamp::now().as_millisecond() - theirs;
    if apart.abs() > SKEW {
        let (seconds, which) = (apart.abs() / 1_000, if apart < 0 { "behind" } else { "ahead of" });
        let wrong = format!("This machine's clock is {seconds} seconds {which} the database's.");
        let remedy = "Let both follow the same time servers (chrony, systemd-timesyncd).";
        found.push(finding("clock-skew", wrong, remedy).about("accounts.url"));
    }
}

/// Roles that nobody holds, and administrators who have a password alone: asked of whoever has the accounts.
async fn people(config: &Config, found: &mut Vec<Finding>) -> Result<(), String> {
    let told = |ended: Ended| ended.message().to_owned();
    let owner = Owner::find(config, false, false).await.map_err(told)?;
    let idle = done(owner.run(Command::PolicyIdle).await.map_err(told)?)?;
    let idle: BTreeSet<&str> = idle.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let services: BTreeSet<&str> =
        config.clients.values().flat_map(|client| &client.roles).map(String::as_str).collect();
    // A role from which another inherits is held by whoever holds that.
    let inherited = inherited(config, |role| !idle.contains(role) || services.contains(role));
    for role in &idle {
        if !inherited.contains(*role) && !services.contains(role) {
            let wrong = format!("Nobody holds the role {role} of the policy, or one that inherits it.");
            let remedy = "Give it to somebody, or take it out of the policy.";
            found.push(finding("role-unheld", wrong, remedy).about(role));
        }
    }
    let permission = "user:update".to_owned();
    let having = done(owner.run(Command::PolicyWho { permission }).await.map_err(told)?)?;
    let count = having.get("users").and_then(Value::as_array).map_or(0, Vec::len);
    if count > 0 {
        let wrong = format!("{count} of the users may change other users, and sign in with a password alone.");
        let remedy = "Let the admin pages be reached through a VPN or a proxy that asks for more, and waive this with that as \
                      the reason.";
        found.push(finding("admin-second-factor", wrong, remedy).about("user:update"));
    }
    Ok(())
}

/// The roles that a role which is held inherits, near or far.
fn inherited(config: &Config, is_held: impl Fn(&str) -> bool) -> BTreeSet<String> {
    let text = policy::text(config.server.policy.as_deref()).map(|(text, _)| text).unwrap_or_default();
    let table = toml::from_str::<toml::Table>(&text).unwrap_or_default();
    let roles = table.get("roles").and_then(toml::Value::as_table);
    let mut inherited = BTreeSet::new();
    let mut next: Vec<&str> = roles.into_iter().flat_map(toml::Table::keys).map(String::as_str).collect();
    next.retain(|role| is_held(role));
    while let Some(role) = next.pop() {
        let role = roles.and_then(|roles| roles.get(role));
        let parents = role.and_then(|role| role.get("inherits")).and_then(toml::Value::as_array);
        for parent in parents.into_iter().flatten().filter_map(toml::Value::as_str) {
            if inherited.insert(parent.to_owned()) {
                next.push(parent);
            }
        }
    }
    inherited
}

fn done(answer: Answer) -> Result<Value, String> {
    match answer {
        Answer::Done(value) => Ok(value),
        Answer::Refused(why) | Answer::Failed(why) => Err(why),
    }
}

/// What `serve` does with the findings: refuses, tells, and says what is waived.
pub(super) fn before_start(config: &Config, file: Option<&Path>, dev: bool) -> Result<Checked, Ended> {
    let mut found = design(config, file, dev);
    config::unsafety::of_another_user(config, &mut found);
    let checked = Checked::of(found, &config.waive, today());
    if !checked.refused.is_empty() {
        let lines: String = checked
            .refused
            .iter()
            .map(|finding| format!("\n  {}: {}\n    → {}", finding.id, finding.wrong, finding.remedy))
            .collect();
        return Err(Ended::Negative(format!("admit does not start, because this would be unsafe:{lines}")));
    }
    for finding in &checked.told {
        tracing::warn!(id = finding.id, about = finding.about, remedy = finding.remedy, "{}", finding.wrong);
    }
    for waived in &checked.waived {
        let Finding { id, about, wrong, .. } = &waived.finding;
        tracing::warn!(id, about, until = %waived.until, reason = waived.reason, "waived: {wrong}");
    }
    Ok(checked)
}
