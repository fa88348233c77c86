//! What a run has shown, for people and for programs.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use serde::Serialize;

use crate::history::{Calm, Failover, Fault, FeedEvent, History, Nanos, Operation, Outcome};
use crate::judge::Violation;
use crate::judge::answers::{is_check_at_a_node, recovery, struck};
use crate::run::Plan;

/// How long answers took, in milliseconds.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Times {
    /// How many there were.
    pub count: usize,
    /// Half took no longer.
    pub p50: f64,
    /// 99 of 100 took no longer.
    pub p99: f64,
    /// The longest.
    pub max: f64,
}

/// A violation with its operations.
#[derive(Clone, Debug, Serialize)]
pub struct Proved {
    /// What is wrong.
    #[serde(flatten)]
    pub violation: Violation,
    /// The operations that prove it.
    pub operations: Vec<Operation>,
}

/// The report of one run.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// What it ran on.
    pub topology: &'static str,
    /// What its choices came from.
    pub seed: u64,
    /// How long clients and nemesis were at work.
    pub load_seconds: f64,
    /// How long all of it took.
    pub total_seconds: f64,
    /// How many operations there were.
    pub operations: usize,
    /// How many of each kind ended how.
    pub by_kind: BTreeMap<&'static str, BTreeMap<String, usize>>,
    /// Requests that found nobody to take them; they are no operations.
    pub unsent: usize,
    /// Heartbeats that verifiers were sent, each of them judged.
    pub heartbeats: usize,
    /// How many faults there were.
    pub faults: usize,
    /// How many of each kind.
    pub by_fault: BTreeMap<String, usize>,
    /// How long 503 took, of checks at nodes that nothing had struck themselves.
    pub unavailable: Times,
    /// How long checks took that were allowed.
    pub allowed: Times,
    /// How long it took after a fault until every node was ready, whenever that was waited for.
    pub recovery: Times,
    /// Events in the audit log.
    pub events: usize,
    /// What must not be.
    pub violations: Vec<Proved>,
    /// Where the logs of the nodes are, when there is something to look for in them.
    pub logs: Option<PathBuf>,
    /// What was broken, and when.
    pub broken: Vec<Fault>,
    /// When a standby took over.
    pub failovers: Vec<Failover>,
    /// When it was whole.
    pub calms: Vec<Calm>,
}

impl Report {
    pub(crate) fn new(
        plan: &Plan,
        history: &History,
        violations: Vec<Violation>,
        unsent: usize,
        load: Duration,
        total: Duration,
    ) -> Self {
        let mut by_kind: BTreeMap<&'static str, BTreeMap<String, usize>> = BTreeMap::new();
        for operation in &history.operations {
            *by_kind.entry(operation.deed.name()).or_default().entry(outcome(operation.outcome)).or_default() += 1;
        }
        let mut by_fault: BTreeMap<String, usize> = BTreeMap::new();
        history.faults.iter().for_each(|fault| *by_fault.entry(fault.kind.clone()).or_default() += 1);
        let checks = || history.operations.iter().filter(|operation| is_check_at_a_node(operation));
        let unavailable = checks().filter(|one| one.outcome == Outcome::Error(503) && !struck(history, one));
        let recoveries = history.calms.iter().map(recovery);
        let proved = |violation: Violation| {
            let mut operations: Vec<Operation> =
                violation.proof.iter().map(|place| history.operations[*place].clone()).collect();
            operations.sort_by_key(|operation| operation.start);
            Proved { violation, operations }
        };
        Self {
            topology: plan.topology.name(),
            seed: plan.seed,
            load_seconds: load.as_secs_f64(),
            total_seconds: total.as_secs_f64(),
            operations: history.operations.len(),
            by_kind,
            unsent,
            heartbeats: history.heard.iter().filter(|heard| matches!(heard.event, FeedEvent::KnownAsOf { .. })).count(),
            faults: history.faults.len(),
            by_fault,
            unavailable: times(unavailable.map(time)),
            allowed: times(checks().filter(|operation| operation.outcome == Outcome::Ok).map(time)),
            recovery: times(recoveries),
            events: history.log.as_ref().map_or(0, Vec::len),
            violations: violations.into_iter().map(proved).collect(),
            logs: None,
            broken: history.faults.clone(),
            failovers: history.failovers.clone(),
            calms: history.calms.clone(),
        }
    }
}

fn time(operation: &Operation) -> Nanos {
    operation.end - operation.start
}

fn times(all: impl Iterator<Item = Nanos>) -> Times {
    let mut all: Vec<Nanos> = all.collect();
    all.sort_unstable();
    let at = |share: usize| all.get((all.len() * share / 100).min(all.len().saturating_sub(1))).copied();
    let ms = |time: Option<Nanos>| time.unwrap_or_default() as f64 / 1e6;
    Times { count: all.len(), p50: ms(at(50)), p99: ms(at(99)), max: ms(all.last().copied()) }
}

fn outcome(outcome: Outcome) -> String {
    match outcome {
        Outcome::Ok => "ok".to_owned(),
        Outcome::Refused(status) | Outcome::Error(status) => status.to_string(),
        Outcome::Lost => "no answer".to_owned(),
    }
}

impl fmt::Display for Times {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { count, p50, p99, max } = self;
        write!(f, "{count}: half within {p50:.1} ms, 99 of 100 within {p99:.1} ms, the longest {max:.1} ms")
    }
}

/// Violations that are written out for people; the rest is counted.
const WRITTEN_OUT: usize = 12;

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} (seed {})", self.topology, self.seed)?;
        writeln!(
            f,
            "  {} operations and {} faults in {:.0} s; {:.0} s in all",
            self.operations, self.faults, self.load_seconds, self.total_seconds
        )?;
        for (kind, outcomes) in &self.by_kind {
            let outcomes: Vec<String> = outcomes.iter().map(|(name, count)| format!("{name} {count}")).collect();
            writeln!(f, "    {kind:18} {}", outcomes.join(", "))?;
        }
        writeln!(f, "    {:18} {}", "(nobody there)", self.unsent)?;
        for (kind, count) in &self.by_fault {
            writeln!(f, "    {count:4} × {kind}")?;
        }
        writeln!(f, "  checks allowed  {}", self.allowed)?;
        writeln!(f, "  checks with 503 {}", self.unavailable)?;
        writeln!(f, "  ready again     {}", self.recovery)?;
        writeln!(f, "  {} heartbeats to verifiers", self.heartbeats)?;
        writeln!(f, "  {} events in the audit log", self.events)?;
        writeln!(f, "  {} violations", self.violations.len())?;
        for proved in self.violations.iter().take(WRITTEN_OUT) {
            writeln!(f, "    {:?}: {}", proved.violation.rule, proved.violation.sentence)?;
            for Operation { client, node, start, not_before, end, shown, deed, outcome: how, request } in
                &proved.operations
            {
                let ms = |time: &Nanos| *time as f64 / 1e6;
                let held = (not_before > start).then(|| format!(" (not before {:.3} ms)", ms(not_before)));
                writeln!(
                    f,
                    "      {:10.3} – {:10.3} ms{}, client {client}, node {node}, shown {shown:?}: {deed:?} → {}, request {}",
                    ms(start),
                    ms(end),
                    held.unwrap_or_default(),
                    outcome(*how),
                    request.as_deref().unwrap_or("-")
                )?;
            }
        }
        if self.violations.len() > WRITTEN_OUT {
            writeln!(f, "    … and {} more (--report writes them all)", self.violations.len() - WRITTEN_OUT)?;
        }
        if let Some(logs) = &self.logs {
            writeln!(f, "  the nodes' logs are in {}", logs.display())?;
        }
        Ok(())
    }
}
