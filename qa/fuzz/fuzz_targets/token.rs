#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../src/token.rs"]
mod token;

fuzz_target!(|data: &[u8]| token::token(data));
