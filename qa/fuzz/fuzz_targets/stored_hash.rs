#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../src/stored_hash.rs"]
mod stored_hash;

fuzz_target!(|data: &[u8]| stored_hash::stored_hash(data));
