//! `admit policy`: looking into the policy file.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use admit_clock::SystemClock;
use admit_core::id::SubjectId;
use admit_core::policy::{
    Asker, Attributes, Cases, Decision, Effect, Explanation, Permission, Policy, Question, Truth, ValueSource, Written,
};
use admit_core::random::OsRandom;
use admit_core::subject::RoleName;
use admit_core::time::{Clock, Timestamp};
use serde_json::{Value, json};

use super::owner::Owner;
use super::{Ended, configuration, print, runtime};
use crate::cli::{Common, Explain, Policy as Command};
use crate::config::{Config, policy};
use crate::control::{self, Answer};
use crate::operation::fits;
use crate::web::router;

pub(super) fn run(common: &Common, command: Command) -> Result<(), Ended> {
    let config = configuration(common)?;
    match command {
        Command::Check => {
            let (_, name) =
                policy::text(config.server.policy.as_deref()).map_err(|e| Ended::Incomplete(e.to_string()))?;
            let policy = load(&config)?;
            // The roles of clients are no mistake of the policy alone: `serve` compares the two.
            fits(&policy).map_err(|sentence| Ended::Negative(format!("{name}: {sentence}")))?;
            print(&if common.json { "[]\n".to_owned() } else { format!("{name}: nothing is wrong with it.\n") })?;
            Ok(())
        }
        Command::Explain(asked) => explain(common, &config, &asked),
        Command::Test { file } => test(common, &config, &file),
        Command::Diff { old, new } => diff(common, &old, &new),
        Command::Who { permission } => who(common, &config, permission),
    }
}

fn load(config: &Config) -> Result<Policy, Ended> {
    policy::load(config.server.policy.as_deref(), &router::permissions())
        .map_err(|error| Ended::Negative(error.to_string()))
}

fn read(file: &Path) -> Result<String, Ended> {
    std::fs::read_to_string(file)
        .map_err(|error| Ended::Incomplete(format!("{} cannot be read: {error}.", file.display())))
}

/// Runs a command where the accounts are.
fn ask(config: &Config, command: control::Command) -> Result<Value, Ended> {
    let answer = runtime()?.block_on(async { Owner::find(config, false, false).await?.run(command).await })?;
    match answer {
        Answer::Done(value) => Ok(value),
        Answer::Refused(sentence) => Err(Ended::Negative(sentence)),
        Answer::Failed(sentence) => Err(Ended::Incomplete(sentence)),
    }
}

fn explain(common: &Common, config: &Config, asked: &Explain) -> Result<(), Ended> {
    let policy = load(config)?;
    let usage = |sentence: String| Ended::Usage(sentence);
    let permission = Permission::parse(&asked.action).map_err(|error| usage(format!("--action: {error}.")))?;
    if policy.permission(&permission).is_none() {
        let known: Vec<String> = policy.permissions().iter().map(ToString::to_string).collect();
        return Err(usage(format!("--action: the policy does not know {permission}. It has: {}.", known.join(", "))));
    }
    let now = match &asked.at {
        None => SystemClock.now(),
        Some(text) => instant(text)
            .ok_or_else(|| usage(format!("--at: \"{text}\" is not a time: write it as in 2027-01-01T09:00:00Z.")))?,
    };
    let age = match &asked.signed_in {
        None => Duration::ZERO,
        Some(text) => admit_core::policy::duration(text)
            .ok_or_else(|| usage(format!("--signed-in: \"{text}\" is not a duration: write it as in 20m.")))?,
    };
    let (id, name, roles) = asker(config, asked)?;
    if let Some(role) = asked.roles.iter().zip(&roles).map(|(_, role)| role).find(|role| !policy.has_role(role)) {
        return Err(usage(format!("--role: \"{role}\" is not a role of the policy.")));
    }
    let object = asked.resource.as_deref().map(|text| attributes(text, id)).transpose().map_err(usage)?;
    let on = object.as_ref().map(|object| object as &dyn Attributes);
    let who = Asker { id, roles: &roles, signed_in_at: Some(now.minus(age)) };
    let explanation = policy.explain(&Question { who, permission: &permission, on, now });
    print(&match common.json {
        true => format!("{:#}\n", as_json(&explanation)),
        false => in_words(&name, &roles, &permission, &explanation),
    })?;
    // The answer is the exit code too; it has been said in full.
    if explanation.decision.is_allow() { Ok(()) } else { Err(Ended::Negative(String::new())) }
}

fn asker(config: &Config, asked: &Explain) -> Result<(SubjectId, String, Vec<RoleName>), Ended> {
    let Some(user) = &asked.user else {
        let roles = asked.roles.iter().map(|role| RoleName::parse(role));
        let roles = roles.collect::<Result<Vec<_>, _>>().map_err(|error| Ended::Usage(format!("--role: {error}.")))?;
        let id = SubjectId::new(SystemClock.now(), &OsRandom).map_err(|error| Ended::Incomplete(error.to_string()))?;
        return Ok((id, "somebody".to_owned(), roles));
    };
    let shown = ask(config, control::Command::UserShow { user: user.clone() })?;
    let broken = || Ended::Incomplete("The server's answer could not be read: is it of another version?".to_owned());
    let id = shown.get("id").and_then(Value::as_str).and_then(|id| id.parse().ok()).ok_or_else(broken)?;
    let name = shown.get("username").and_then(Value::as_str).ok_or_else(broken)?.to_owned();
    let roles = shown.get("roles").cloned().ok_or_else(broken)?;
    Ok((id, name, serde_json::from_value(roles).map_err(|_| broken())?))
}

fn instant(text: &str) -> Option<Timestamp> {
    let instant: jiff::Timestamp = text.parse().ok()?;
    u64::try_from(instant.as_millisecond()).ok().map(Timestamp::from_millis)
}

/// Reads `owner=self,status=paid,total=12`.
fn attributes(text: &str, asker: SubjectId) -> Result<Written, String> {
    let mut attributes = BTreeMap::new();
    for pair in text.split(',').map(str::trim).filter(|pair| !pair.is_empty()) {
        let wrong =
            || format!("--resource: \"{pair}\" is not an attribute: write name=value, as in owner=self,status=paid.");
        let (name, value) = pair.split_once('=').ok_or_else(wrong)?;
        let value = match value.trim() {
            "true" => ValueSource::Flag(true),
            "false" => ValueSource::Flag(false),
            text => text.parse().map_or_else(|_| ValueSource::Text(text.to_owned()), ValueSource::Number),
        };
        if attributes.insert(name.trim().to_owned(), value).is_some() {
            return Err(format!("--resource: {name} comes twice."));
        }
    }
    let object = Written { asker: Some(asker), attributes };
    object.check().map_err(|wrong| format!("--resource: {wrong}."))?;
    Ok(object)
}

fn told(truth: &Truth) -> String {
    match truth {
        Truth::Yes => "yes".to_owned(),
        Truth::No => "no".to_owned(),
        Truth::Unknown(why) => format!("cannot be told: {why}"),
    }
}

fn in_words(name: &str, roles: &[RoleName], permission: &Permission, explanation: &Explanation) -> String {
    let held: Vec<&str> = roles.iter().map(RoleName::as_str).collect();
    let held = if held.is_empty() { "no role".to_owned() } else { held.join(", ") };
    let mut text = match &explanation.decision {
        Decision::Allow { by } => format!("ALLOWED: {name} ({held}) may {permission}: {by} permits it.\n"),
        Decision::Deny(reason) => format!("DENIED: {name} ({held}) may not {permission}: {reason}.\n"),
    };
    if !explanation.considered.is_empty() {
        text.push_str("\nWhat had a say:\n");
    }
    for it in &explanation.considered {
        let does = if it.effect == Effect::Allow { "permits" } else { "forbids" };
        text.push_str(&format!("  {} {does} — applies: {}\n", it.ground, told(&it.applies)));
        for (condition, holds) in &it.conditions {
            text.push_str(&format!("      {condition}: {}\n", told(holds)));
        }
    }
    text.push_str("\nWhat would change it:\n");
    for change in &explanation.changes {
        text.push_str(&format!("  {change}\n"));
    }
    text
}

fn as_json(explanation: &Explanation) -> Value {
    let (decision, why) = match &explanation.decision {
        Decision::Allow { by } => ("allow", by.to_string()),
        Decision::Deny(reason) => ("deny", reason.to_string()),
    };
    let conditions = |list: &[(String, Truth)]| -> Value {
        list.iter().map(|(words, holds)| json!({ "condition": words, "holds": told(holds) })).collect()
    };
    let considered: Value = explanation
        .considered
        .iter()
        .map(|it| {
            json!({
                "by": it.ground.to_string(),
                "effect": if it.effect == Effect::Allow { "allow" } else { "deny" },
                "applies": told(&it.applies),
                "conditions": conditions(&it.conditions),
            })
        })
        .collect();
    json!({ "decision": decision, "because": why, "considered": considered, "would_change_it": explanation.changes })
}

fn test(common: &Common, config: &Config, file: &Path) -> Result<(), Ended> {
    let policy = load(config)?;
    let text = read(file)?;
    let name = file.display();
    let cases =
        Cases::parse(&text).map_err(|error| Ended::Usage(format!("{name}:{}: {}", error.line, error.sentence)))?;
    let outcomes = cases.run(&policy, &text);
    let failed = outcomes.iter().filter(|outcome| outcome.wrong.is_some()).count();
    if common.json {
        let row = |it: &admit_core::policy::Outcome| json!({ "name": it.name, "line": it.line, "wrong": it.wrong });
        print(&format!("{:#}\n", outcomes.iter().map(row).collect::<Value>()))?;
    } else {
        for it in &outcomes {
            match &it.wrong {
                None => print(&format!("ok    {}\n", it.name))?,
                Some(wrong) => print(&format!("WRONG {}\n      {name}:{}: {wrong}\n", it.name, it.line))?,
            }
        }
        print(&format!("{} of {} cases came out as expected.\n", outcomes.len() - failed, outcomes.len()))?;
    }
    if failed == 0 { Ok(()) } else { Err(Ended::Negative(String::new())) }
}

fn diff(common: &Common, old: &Path, new: &Path) -> Result<(), Ended> {
    let load = |file: &Path| {
        Policy::read(&read(file)?, &router::permissions())
            .map_err(|errors| Ended::Incomplete(errors.in_file(&file.display().to_string())))
    };
    let changes = load(old)?.changes_to(&load(new)?);
    if common.json {
        let row = |it: &admit_core::policy::Change| {
            json!({
                "role": it.role.as_str(),
                "permission": it.permission.as_str(),
                "before": it.before.to_string(),
                "after": it.after.to_string(),
            })
        };
        print(&format!("{:#}\n", changes.iter().map(row).collect::<Value>()))?;
    } else if changes.is_empty() {
        print("No role gains or loses anything.\n")?;
    } else {
        for it in &changes {
            let sign = match (&it.before, &it.after) {
                (admit_core::policy::Holds::No, _) => "+",
                (_, admit_core::policy::Holds::No) => "-",
                _ => "~",
            };
            print(&format!(
                "{sign} {} {}\n    before: {}\n    after:  {}\n",
                it.role, it.permission, it.before, it.after
            ))?;
        }
    }
    if changes.is_empty() { Ok(()) } else { Err(Ended::Negative(String::new())) }
}

fn who(common: &Common, config: &Config, permission: String) -> Result<(), Ended> {
    let having = ask(config, control::Command::PolicyWho { permission })?;
    if common.json {
        print(&format!("{having:#}\n"))?;
        return Ok(());
    }
    let list = |name: &str| having.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
    let text = |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or_default().to_owned();
    for role in list("roles") {
        print(&format!("role {:<24} {}\n", text(role.get("role")), text(role.pointer("/how/summary"))))?;
    }
    for user in list("users") {
        let banned = if text(user.get("status")) == "disabled" { " (disabled)" } else { "" };
        print(&format!("user {:<24} {}{banned}\n", text(user.get("username")), text(user.pointer("/how/summary"))))?;
    }
    if list("roles").is_empty() {
        print("No role has it.\n")?;
    }
    if having.get("more").and_then(Value::as_bool) == Some(true) {
        print("There are more users than these 1,000.\n")?;
    }
    Ok(())
}
