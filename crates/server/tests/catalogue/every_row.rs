//! All of it.

use std::collections::BTreeSet;

use admit_testkit::vectors;
use serde_json::Value;

use super::door::Place;
use super::rows;
use super::world::World;

#[test]
fn each_of_the_159_rows_has_its_tokens_and_no_token_is_without_its_row() {
    let Some(folder) = vectors() else { return };
    let text = std::fs::read_to_string(folder.join("tables/jwt-attack-catalogue.json")).unwrap();
    let catalogue: Value = serde_json::from_str(&text).unwrap();
    let cases = catalogue["cases"].as_array().unwrap();
    let named: BTreeSet<&str> = cases.iter().map(|case| case["id"].as_str().unwrap()).collect();
    let built: Vec<&str> = rows::all().into_iter().map(|(id, _)| id).collect();
    assert_eq!((cases.len(), named.len()), (159, 159), "the file has changed");
    assert_eq!(built.iter().copied().collect::<BTreeSet<_>>(), named);
    assert_eq!(built.len(), 159, "a row is there twice");
}

#[test]
fn no_token_of_any_row_is_accepted_by_the_server_or_behind_the_gate_and_nobody_is_called_because_of_one() {
    let world = World::begin();
    let mut doors = Place::BOTH.map(|place| (world.forge(place), world.door(place)));
    for (forge, door) in &mut doors {
        for key in &world.keys {
            door.accepts("control", &forge.good_of(key));
        }
    }
    let called = world.ways_out.each_ref().map(|way| way.seen.settle());
    assert!(called[0] == 0 && called[1] >= 4, "the gate has fetched all that it needs, by its way out: {called:?}");
    let memory = || [world.server.pid(), world.gate.pid()].map(resident);
    let (before, mut sent) = (memory(), 0);

    for (id, build) in rows::all() {
        for (forge, door) in &mut doors {
            let row = build(forge);
            door.accepts(id, &row.near);
            let short = row.bad.iter().any(|token| token.len() <= 1024);
            assert!(short || rows::LONG.contains(&id), "{id}: every token is stopped by its length alone");
            for token in &row.bad {
                door.refuses(id, token);
            }
            sent += row.bad.len();
        }
    }
    assert!(sent > 1_000, "{sent}");

    for (way, before) in world.ways_out.iter().zip(called) {
        let seen = way.seen.all();
        assert_eq!(seen.len(), before, "somebody was called: {:?}", &seen[before..]);
    }
    for lure in &world.lures {
        assert_eq!(lure.seen.all(), Vec::<String>::new(), "{}", lure.address);
    }
    for (after, before) in memory().into_iter().zip(before) {
        assert!(after < before + 8 * 1024, "memory grew from {before} to {after} KiB");
    }
    for (forge, door) in &mut doors {
        door.accepts("afterwards", &forge.good());
        assert!(!door.product().contains("Stolen"), "{}", door.product());
    }
    let logged = world.server.logged();
    assert!(!logged.contains("panicked"), "{logged}");
    // What counts the calls does count them.
    drop(std::net::TcpStream::connect(world.lures[0].address).unwrap());
    assert!(world.lures[0].seen.settle() > 0);
}

/// The memory of a process, in KiB.
fn resident(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}
