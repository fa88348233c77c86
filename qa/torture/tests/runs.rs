//! A short run on each topology: real nodes and stores, faults, and not one broken promise. `admit-torture` runs it long.

use admit_testkit::Seeded;
use admit_torture::run::{Plan, run};
use admit_torture::topology::Topology;

fn keeps_its_promises(topology: Topology) {
    keeps(&Plan::short(topology, env!("CARGO_BIN_EXE_admit-torture"), Seeded::seed()));
}

/// Two of the three faults are failovers.
fn fails_over(topology: Topology) {
    let mut plan = Plan::short(topology, env!("CARGO_BIN_EXE_admit-torture"), Seeded::seed());
    (plan.operations, plan.faults) = (1200, 3);
    keeps(&plan);
}

fn keeps(plan: &Plan) {
    let report = run(plan).unwrap_or_else(|error| panic!("{error}"));
    println!("{report}");
    assert!(report.violations.is_empty(), "{report}");
    assert!(report.operations >= plan.operations && report.faults >= plan.faults);
    let answered = report.by_kind["check"].get("ok").copied().unwrap_or_default();
    assert!(answered > plan.operations / 10, "hardly any check was answered: {report}");
    assert!(report.heartbeats > 50, "hardly any heartbeat was judged: {report}");
}

#[test]
fn one_node_on_sqlite_keeps_its_promises_while_it_is_killed_and_stopped() {
    keeps_its_promises(Topology::Sqlite);
}

#[test]
fn one_node_with_its_sessions_in_memory_keeps_its_promises_while_it_is_killed_and_stopped() {
    keeps_its_promises(Topology::Memory);
}

#[test]
fn three_nodes_on_postgresql_keep_their_promises_while_everything_breaks() {
    keeps_its_promises(Topology::Postgres);
}

#[test]
fn three_nodes_on_postgresql_and_redis_keep_their_promises_while_everything_breaks() {
    keeps_its_promises(Topology::PostgresRedis);
}

#[test]
fn nodes_on_postgresql_keep_their_promises_while_standbys_take_over() {
    fails_over(Topology::Standby);
}

#[test]
fn nodes_on_postgresql_and_redis_keep_their_promises_while_standbys_take_over() {
    fails_over(Topology::StandbyRedis);
}

#[test]
fn no_heartbeat_of_two_nodes_claims_what_was_not_proved_while_ways_are_cut_and_stalled() {
    let mut plan = Plan::short(Topology::Postgres, env!("CARGO_BIN_EXE_admit-torture"), Seeded::seed());
    (plan.nodes, plan.spare_processes, plan.operations, plan.faults) = (2, true, 800, 6);
    keeps(&plan);
}
