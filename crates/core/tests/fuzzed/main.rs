//! What the fuzz target `token` (`fuzz/`) drives, driven here for a bounded number of turns from a seed.

#[path = "../../../../fuzz/src/token.rs"]
#[expect(
    unreachable_pub,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "the same file is a module of the fuzz target, and panics to report"
)]
mod token;

use admit_testkit::Seeded;

const TURNS: usize = 4_000;

/// Pieces that lead further into the parsers than random bytes do.
const PIECES: &[&str] = &[
    "Bearer ",
    ".",
    "=",
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    "\"alg\"",
    "\"kid\"",
    "\"typ\"",
    "\"at+jwt\"",
    "\"EdDSA\"",
    "\"keys\"",
    "\"kty\"",
    "\"OKP\"",
    "\"crv\"",
    "\"Ed25519\"",
    "\"x\"",
    "\"HYYdv9O2XYkxDXkBew1aryu2kisAlzYj8xeYyX8U9ro\"",
    "\"iss\"",
    "\"https://login.example.org\"",
    "\"exp\"",
    "1800000000",
    "18446744073709551616",
    "1e400",
    "null",
    "\"\\ud800\"",
    "eyJhbGciOiJFZERTQSIsImtpZCI6ImVkIiwidHlwIjoiYXQrand0In0",
    "e30",
    "0123456789abcdef.",
    "42",
    "\u{0}",
];

fn input(random: &mut Seeded) -> Vec<u8> {
    let mut bytes = Vec::new();
    for _ in 0..random.below(24) {
        if random.once_in(3) {
            let count = random.below(6);
            bytes.extend(random.bytes(count));
        } else {
            bytes.extend(random.one_of(PIECES).as_bytes());
        }
    }
    bytes
}

#[test]
fn a_stranger_s_bytes_are_no_token_no_key_and_no_signal_and_make_nothing_panic() {
    let mut random = Seeded::new(Seeded::seed());
    (0..TURNS).for_each(|_| token::token(&input(&mut random)));
}

#[test]
fn the_holder_of_a_good_token_who_edits_it_has_a_bad_one() {
    let mut random = Seeded::new(Seeded::seed());
    (0..TURNS).for_each(|_| {
        let edits = random.below(4);
        token::token(&random.bytes(1 + edits * 4));
    });
    // Without an edit each is still good.
    (0..3).for_each(|which| token::token(&[which]));
}
