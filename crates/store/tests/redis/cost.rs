//! What a check costs. Not a test: `cargo nextest run --release -p admit-store --test redis --run-ignored only cost --no-capture`.

use std::sync::Arc;
use std::time::Instant;

use admit_core::store::Sessions;
use admit_testkit::Redis;

use crate::node::{Node, at, database};

/// The processor time of a process so far, in microseconds: `utime` and `stime`, in hundredths of a second.
fn processor(pid: u32) -> u64 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let fields: Vec<&str> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
    (fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap()) * 10_000
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement"]
async fn cost_of_a_check() {
    let (redis, (_stores, url)) = (Redis::start(), database());
    let node = Node::new(&url, &redis.url()).await;
    let mut held = Vec::new();
    for number in 0..100 {
        held.push(node.sign_in(&*node.subject(&format!("user{number}")).await).await);
    }
    let held = Arc::new(held);
    for concurrency in [1, 8, 64] {
        let each = 60_000 / concurrency;
        let (own, its, since) = (processor(std::process::id()), processor(redis.pid()), Instant::now());
        let tasks: Vec<_> = (0..concurrency)
            .map(|task| {
                let (sessions, held) = (node.sessions.clone(), held.clone());
                tokio::spawn(async move {
                    for number in 0..each {
                        let held = &held[(task + number) % held.len()];
                        assert!(sessions.check(&held.digest, at(1)).await.unwrap().is_some());
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
        let checks = (concurrency * each) as f64;
        println!(
            "{concurrency} at once: {:.0} checks/s, {:.1} µs of processor here, {:.1} µs at Redis",
            checks / since.elapsed().as_secs_f64(),
            (processor(std::process::id()) - own) as f64 / checks,
            (processor(redis.pid()) - its) as f64 / checks,
        );
    }
}
