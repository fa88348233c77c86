#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../src/policy.rs"]
mod policy;

fuzz_target!(|data: &[u8]| policy::policy(data));
