//! What the fuzz target `redis_answer` (`qa/fuzz/`) drives, driven here for a bounded number of turns from a seed.

#[path = "../../../qa/fuzz/src/redis_answer.rs"]
#[expect(unreachable_pub, reason = "the same file is a module of the fuzz target, and panics to report")]
mod redis_answer;

use admit_testkit::Seeded;

const TURNS: usize = 20_000;

/// Pieces that lead further into the reader than random bytes do.
const PIECES: &[&str] = &[
    "*",
    "$",
    ":",
    "+",
    "-",
    "\r\n",
    "\r",
    "\n",
    "0",
    "1",
    "2",
    "7",
    "-1",
    "*1\r\n",
    "$1\r\na\r\n",
    ":1\r\n",
    "ERR",
    "536870912",
    " ",
];

#[test]
fn what_comes_from_a_redis_is_read_as_far_as_it_is_an_answer() {
    let mut random = Seeded::new(Seeded::seed());
    for _ in 0..TURNS {
        let mut bytes = Vec::new();
        for _ in 0..random.below(24) {
            if random.once_in(6) {
                let count = random.below(4);
                bytes.extend(random.bytes(count));
            } else {
                bytes.extend(random.one_of(PIECES).as_bytes());
            }
        }
        redis_answer::redis_answer(&bytes);
    }
}
