//! What the fuzz targets (`qa/fuzz/`) drive, driven here for a bounded number of turns from a seed.

#[path = "../../../../qa/fuzz/src/turns.rs"]
#[expect(unreachable_pub, reason = "the same file is a module of the fuzz targets")]
mod turns;

use admit_testkit::Seeded;

const TURNS: usize = 20_000;

/// Pieces that lead further into the parsers than random bytes do.
const PIECES: &[&str] = &[
    "admit_session",
    "=",
    ";",
    " ",
    "\t",
    "\"",
    ",",
    "A",
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    "Bearer ",
    "bearer",
    "Basic x",
    "\n",
    "/",
    "//",
    "\\",
    "http://",
    "https://",
    "localhost",
    ":80",
    "null",
    "same-origin",
    "cross-site",
    "é",
    "%2f",
    "@",
    ".",
    "..",
    "\u{0}",
    "\u{212a}",
    "ﬀ",
    "_",
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
fn no_bytes_in_the_headers_make_extraction_panic_or_guess() {
    let mut random = Seeded::new(Seeded::seed());
    (0..TURNS).for_each(|_| turns::extract(&input(&mut random)));
}

#[test]
fn no_bytes_make_the_origin_check_the_paths_the_names_or_the_tokens_panic_or_guess() {
    let mut random = Seeded::new(Seeded::seed());
    (0..TURNS).for_each(|_| turns::form_and_origin(&input(&mut random)));
}
