//! What a process used while it answered.

use std::time::Instant;

use crate::load::{self, Target};

/// One measurement.
pub(crate) struct Sample {
    pub(crate) cpu_us: f64,
    pub(crate) per_second: f64,
}

/// Sends the requests and looks at what the server's process used meanwhile.
pub(crate) fn sample(target: &Target, requests: usize, connections: usize) -> Sample {
    let (before, started) = (cpu_ticks(target.pid), Instant::now());
    load::run(target, requests, connections);
    let seconds = started.elapsed().as_secs_f64();
    // A tick of /proc is 10 ms on every Linux that Rust supports in practice.
    let cpu_us = (cpu_ticks(target.pid) - before) as f64 * 10_000.0 / requests as f64;
    Sample { cpu_us, per_second: requests as f64 / seconds }
}

fn cpu_ticks(pid: u32) -> u64 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).expect("the process runs, on Linux");
    let after = stat.rsplit_once(") ").expect("the command's name").1;
    let fields: Vec<&str> = after.split(' ').collect();
    [11, 12].iter().map(|at| fields[*at].parse::<u64>().expect("ticks")).sum()
}

/// Bare over admit: 1 is as cheap as no auth at all.
pub(crate) fn ratio(pair: &(Sample, Sample)) -> f64 {
    pair.0.cpu_us / pair.1.cpu_us
}
