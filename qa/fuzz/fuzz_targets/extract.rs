#![no_main]

use libfuzzer_sys::fuzz_target;

#[allow(dead_code, reason = "each target uses one of the two turns")]
#[path = "../src/turns.rs"]
mod turns;

fuzz_target!(|data: &[u8]| turns::extract(data));
