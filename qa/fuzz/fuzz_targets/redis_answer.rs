#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../src/redis_answer.rs"]
mod redis_answer;

fuzz_target!(|data: &[u8]| redis_answer::redis_answer(data));
