//! The table of all routes: who passes where, as text that a review can read.

use std::fmt;
use std::time::Duration;

use admit_core::policy::{Holds, Permission, Policy};
use admit_core::subject::RoleName;

use crate::router::Row;
use crate::terms::{Accepts, BodyReading, Rule};
use admit_core::csrf::Csrf;

/// Whether somebody passes a route's gate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell {
    /// Passes.
    Passes,
    /// 401: who are you?
    Unauthorized,
    /// 403: you may not.
    Forbidden,
    /// It depends on the object, the time or the sign-in: the conditions, as the policy has them.
    Depends(String),
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Passes => "yes",
            Self::Unauthorized => "401",
            Self::Forbidden => "403",
            Self::Depends(_) => "depends",
        })
    }
}

/// A route with what is said of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The route.
    pub row: Row,
    /// How old the knowledge of ended sessions and revoked tokens may be: what the route says, or the policy, whichever is
    /// stricter; `None` for what the gate says.
    pub max_staleness: Option<Duration>,
    /// An anonymous caller.
    pub anonymous: Cell,
    /// A holder of each role alone, in the order of [`Table::roles`].
    pub by_role: Vec<Cell>,
}

/// Every route with its rule and who passes. As text it is the same for the same routes and policy, so that a change of
/// access shows where it is kept beside the code and compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// The policy's roles, by name.
    pub roles: Vec<RoleName>,
    /// The routes, in the order of adding.
    pub lines: Vec<Line>,
}

impl Table {
    /// Routes under a policy.
    #[must_use]
    pub fn new(rows: Vec<Row>, policy: &Policy) -> Self {
        let roles = policy.roles();
        let line = |row: Row| {
            let by_policy = match &row.rule {
                Rule::Require(permission) => policy.max_staleness(permission),
                Rule::Public | Rule::SignedIn => None,
            };
            let max_staleness = match (row.max_staleness, by_policy) {
                (Some(route), Some(policy)) => Some(route.min(policy)),
                (route, policy) => route.or(policy),
            };
            let anonymous = match row.rule {
                Rule::Public => Cell::Passes,
                Rule::SignedIn | Rule::Require(_) => Cell::Unauthorized,
            };
            let by_role = roles.iter().map(|role| cell(&row.rule, role, policy)).collect();
            Line { row, max_staleness, anonymous, by_role }
        };
        Self { lines: rows.into_iter().map(line).collect(), roles }
    }
}

fn cell(rule: &Rule, role: &RoleName, policy: &Policy) -> Cell {
    let held = |permission: &Permission| policy.holds(std::slice::from_ref(role), permission);
    match rule {
        Rule::Public | Rule::SignedIn => Cell::Passes,
        Rule::Require(permission) => match held(permission) {
            Holds::No => Cell::Forbidden,
            Holds::Yes { .. } => Cell::Passes,
            depends @ Holds::Depends { .. } => Cell::Depends(depends.to_string()),
        },
    }
}

impl Line {
    /// The rule, in words.
    #[must_use]
    pub fn rule(&self) -> String {
        match (&self.row.rule, self.row.on) {
            (Rule::Public, _) => "public".to_owned(),
            (Rule::SignedIn, _) => "signed in".to_owned(),
            (Rule::Require(permission), None) => permission.to_string(),
            (Rule::Require(permission), Some(noun)) => format!("{permission} (each {noun})"),
        }
    }

    /// The credentials that it takes, in words.
    #[must_use]
    pub fn takes(&self) -> &'static str {
        match (self.row.csrf, self.row.accepts) {
            (Csrf::Client, _) => "client's proof",
            (_, Accepts::Any) => "session, token",
            (_, Accepts::Session) => "session",
            (_, Accepts::NamedClients) => "session, named token",
        }
    }

    /// The check against forgery, in words.
    #[must_use]
    pub fn csrf(&self) -> &'static str {
        match (admit_core::csrf::is_safe(&self.row.method), self.row.csrf) {
            (true, _) => "-",
            (false, Csrf::Session) => "origin + session token",
            (false, Csrf::BeforeLogin) => "origin + form token",
            (false, Csrf::AnyOrigin) => "DANGER any origin",
            (false, Csrf::Client) => "origin",
        }
    }

    /// What is done with the body before anybody is authenticated, in words.
    #[must_use]
    pub fn body(&self) -> String {
        match self.row.body {
            _ if admit_core::csrf::is_safe(&self.row.method) => "-".to_owned(),
            _ if self.row.csrf == Csrf::Client => "handler".to_owned(),
            BodyReading::Whole { at_most: None } => "whole".to_owned(),
            BodyReading::Whole { at_most: Some(bytes) } => format!("whole, {bytes} B"),
            BodyReading::Streaming => "STREAMING".to_owned(),
        }
    }

    /// How old the knowledge may be, in words.
    #[must_use]
    pub fn fresh(&self) -> String {
        match self.max_staleness {
            None => "as the gate".to_owned(),
            Some(bound) if bound.subsec_millis() == 0 => format!("{} s", bound.as_secs()),
            Some(bound) => format!("{} ms", bound.as_millis()),
        }
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut columns: Vec<Vec<String>> = ["METHOD", "PATH", "RULE", "TAKES", "CSRF", "BODY", "STALE", "anonymous"]
            .map(|head| vec![head.to_owned()])
            .into();
        columns.extend(self.roles.iter().map(|role| vec![role.to_string()]));
        for line in &self.lines {
            let fixed = [
                line.row.method.to_string(),
                line.row.path.clone(),
                line.rule(),
                line.takes().to_owned(),
                line.csrf().to_owned(),
                line.body(),
                line.fresh(),
                line.anonymous.to_string(),
            ];
            let cells = fixed.into_iter().chain(line.by_role.iter().map(ToString::to_string));
            columns.iter_mut().zip(cells).for_each(|(column, cell)| column.push(cell));
        }
        let widths: Vec<usize> =
            columns.iter().map(|column| column.iter().map(|cell| cell.chars().count()).max().unwrap_or(0)).collect();
        for place in 0..=self.lines.len() {
            let cells = columns
                .iter()
                .zip(&widths)
                .filter_map(|(column, width)| column.get(place).map(|cell| format!("{cell:<width$}")));
            writeln!(f, "{}", cells.collect::<Vec<_>>().join("  ").trim_end())?;
        }
        let mut noted: Vec<String> = Vec::new();
        for line in &self.lines {
            for (role, cell) in self.roles.iter().zip(&line.by_role) {
                if let (Cell::Depends(conditions), Rule::Require(permission)) = (cell, &line.row.rule) {
                    let note = format!("{permission} for {role}: {conditions}");
                    if !noted.contains(&note) {
                        noted.push(note);
                    }
                }
            }
        }
        if !noted.is_empty() {
            writeln!(f, "\ndepends:")?;
            noted.iter().try_for_each(|note| writeln!(f, "  {note}"))?;
        }
        Ok(())
    }
}
