//! Nodes with a bug in them are found out. A release has no bug to be found.

#![cfg(debug_assertions)]

use admit_torture::judge::Rule;
use admit_torture::run::{Plan, run};
use admit_torture::topology::Topology;

fn is_found(bug: &str, topology: Topology, rules: &[Rule]) {
    is_found_by(bug, Plan::short(topology, env!("CARGO_BIN_EXE_admit-torture"), 0), rules);
}

/// A history is one of many that could have been: what the first does not have, one of the next two has.
fn is_found_by(bug: &str, mut plan: Plan, rules: &[Rule]) {
    // Every other fault is a standby that takes over, where there is one. Of those that are to last, some are over too soon.
    (plan.operations, plan.faults) = (1200, if plan.topology.has_standby() || plan.long { 3 } else { 2 });
    plan.environment.push(("ADMIT_SEEDED_BUG".to_owned(), bug.to_owned()));
    let mut missing = rules.to_vec();
    let mut reports = Vec::new();
    for seed in 20..23 {
        plan.seed = seed;
        let report = run(&plan).unwrap_or_else(|error| panic!("{error}"));
        println!("{report}");
        missing.retain(|rule| !report.violations.iter().any(|proved| proved.violation.rule == *rule));
        if missing.is_empty() {
            return;
        }
        reports.push(report.to_string());
    }
    panic!("{bug} was not found as {missing:?}:\n{}", reports.join("\n"));
}

#[test]
fn an_outbox_that_is_skipped_is_found() {
    is_found("outbox-skipped", Topology::PostgresRedis, &[Rule::I1, Rule::I5]);
}

#[test]
fn a_refresh_token_that_is_read_and_then_written_is_found() {
    is_found("refresh-not-atomic", Topology::Postgres, &[Rule::I2]);
}

#[test]
fn an_assertion_that_is_accepted_whenever_it_is_used_is_found() {
    is_found("assertion-used-twice", Topology::Postgres, &[Rule::I2b]);
}

#[test]
fn a_cache_that_is_not_kept_true_is_found() {
    is_found("cache-without-feed", Topology::PostgresRedis, &[Rule::I1, Rule::I5]);
}

#[test]
fn an_acknowledgement_before_the_change_is_in_force_is_found() {
    is_found("acknowledged-before-in-force", Topology::PostgresRedis, &[Rule::I1]);
}

#[test]
fn a_sign_in_that_leaves_the_session_that_it_replaces_is_found() {
    is_found("replaced-goes-on", Topology::Postgres, &[Rule::I1]);
}

#[test]
fn a_server_that_took_over_and_goes_on_with_the_numbers_of_the_old_one_is_found() {
    is_found("epoch-ignored", Topology::Standby, &[Rule::I1, Rule::I1c]);
}

#[test]
fn a_server_that_took_over_and_goes_on_beside_redis_is_found() {
    is_found("epoch-ignored", Topology::StandbyRedis, &[Rule::I1]);
}

#[test]
fn roles_that_are_copied_into_the_session_are_found() {
    is_found("roles-in-session", Topology::Sqlite, &[Rule::I5]);
}

#[test]
fn a_heartbeat_that_claims_what_was_not_proved_is_found() {
    let mut plan = Plan::short(Topology::Postgres, env!("CARGO_BIN_EXE_admit-torture"), 0);
    (plan.nodes, plan.spare_processes) = (2, true);
    is_found_by("heartbeat-unproved", plan, &[Rule::I1c]);
}

#[test]
fn a_connection_that_hangs_and_is_kept_is_found() {
    let mut plan = Plan::short(Topology::Postgres, env!("CARGO_BIN_EXE_admit-torture"), 0);
    (plan.nodes, plan.silent_connections, plan.long) = (2, true, true);
    is_found_by("hanging-not-replaced", plan, &[Rule::I4b]);
}

#[test]
fn a_change_by_somebody_who_was_stopped_meanwhile_is_found() {
    is_found("standing-not-compared", Topology::Sqlite, &[Rule::I1b]);
}

#[test]
fn nodes_that_count_guesses_each_for_itself_are_found() {
    is_found("limits-not-shared", Topology::Postgres, &[Rule::I7]);
}
