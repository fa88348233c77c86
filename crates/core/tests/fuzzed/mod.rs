//! What the fuzz targets `token`, `stored_hash` and `policy` (`qa/fuzz/`) drive, driven here for a bounded number of turns from a seed.

#[path = "../../../../qa/fuzz/src/token.rs"]
#[expect(unreachable_pub, clippy::string_slice, reason = "the same file is a module of the fuzz target")]
mod token;

#[path = "../../../../qa/fuzz/src/stored_hash.rs"]
#[expect(unreachable_pub, reason = "the same file is a module of the fuzz target")]
mod stored_hash;

#[path = "../../../../qa/fuzz/src/policy.rs"]
#[expect(unreachable_pub, reason = "the same file is a module of the fuzz target")]
mod policy;

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

/// Pieces of stored hashes.
const HASHES: &[&str] = &[
    "$argon2id$v=19$m=64,t=1,p=1$",
    "argon2$argon2id$",
    "$2b$04$",
    "bcrypt$$2b$04$",
    "bcrypt_sha256$$2b$12$",
    "abcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUVWXYZabcde",
    "$scrypt$ln=14,r=8,p=1$",
    "scrypt$16384$saltsalt$8$5$",
    "$pbkdf2-sha256$29000$",
    "$pbkdf2-sha512$i=600000,l=64$",
    "pbkdf2_sha256$600000$saltsalt$",
    "pbkdf2_sha1$1000$",
    "c2FsdHNhbHRzYWx0c2FsdA",
    "$",
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    "=",
    "md5$",
    "!",
    "4294967296",
    "é",
];

fn input(random: &mut Seeded, pieces: &[&str]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for _ in 0..random.below(24) {
        if random.once_in(3) {
            let count = random.below(6);
            bytes.extend(random.bytes(count));
        } else {
            bytes.extend(random.one_of(pieces).as_bytes());
        }
    }
    bytes
}

#[test]
fn a_stranger_s_bytes_are_no_token_no_key_and_no_signal_and_make_nothing_panic() {
    let mut random = Seeded::new(Seeded::seed());
    (0..TURNS).for_each(|_| token::token(&input(&mut random, PIECES)));
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

#[test]
fn a_text_from_a_file_of_users_is_read_as_a_hash_without_a_panic() {
    let mut random = Seeded::new(Seeded::seed());
    (0..TURNS).for_each(|_| stored_hash::stored_hash(&input(&mut random, HASHES)));
}

/// Lines of policies and of cases, good and bad.
const LINES: &[&str] = &[
    "[roles.a]",
    "[roles.b]",
    "[roles.\"a@b\"]",
    "inherits = [\"a\"]",
    "inherits = [\"b\", \"c\"]",
    "permissions = [\"order:read\", \"*\"]",
    "permissions = [\"order:*\"]",
    "permissions = [\"order:burn\"]",
    "roles = [\"a\"]",
    "[[allow]]",
    "[[deny]]",
    "name = \"x\"",
    "name = \"y\"",
    "name = 1",
    "when.owner = true",
    "when.tenant = false",
    "when = { owner = true, resource.status = [\"a\", 1, true], resource.total = { at_least = -9223372036854775808 } }",
    "unless = { time = \"22:00-06:00\", days = [\"mon\"], zone = \"-03:30\" }",
    "unless.signed_in_within = \"9223372036854775807h\"",
    "when.from = \"-009999-01-02T01:59:59Z\"",
    "when.until = \"9999-12-30T22:00:00.999Z\"",
    "when.zone = \"é\"",
    "[permissions.\"order:burn\"]",
    "used_by = \"x\"",
    "max_staleness = \"1s\"",
    "[[case]]",
    "action = \"order:read\"",
    "expect = \"allow\"",
    "resource = { owner = \"self\" }",
    "signed_in = \"-1s\"",
    "at = \"1969-12-31T23:59:59Z\"",
    "\u{0}",
    "\"\"\"",
];

#[test]
fn a_policy_file_of_whatever_lines_is_read_or_refused_with_a_sentence_and_an_explanation_is_of_the_decision() {
    let mut random = Seeded::new(Seeded::seed());
    for good in ["shop", "tenants", "cases"] {
        let path = format!("{}/../../qa/fuzz/corpus/policy/{good}.toml", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(path).expect("a policy of the corpus");
        policy::policy(text.as_bytes());
        for _ in 0..TURNS / 8 {
            let mut lines: Vec<&str> = text.lines().collect();
            for _ in 0..=random.below(3) {
                let at = random.below(lines.len());
                match random.below(3) {
                    0 => drop(lines.remove(at)),
                    1 => lines.insert(at, random.one_of(LINES)),
                    _ => lines.insert(at, lines[at]),
                }
            }
            policy::policy(lines.join("\n").as_bytes());
        }
    }
    for _ in 0..TURNS / 4 {
        let lines: Vec<&str> = (0..random.below(12)).map(|_| random.one_of(LINES)).collect();
        policy::policy(lines.join("\n").as_bytes());
    }
}
