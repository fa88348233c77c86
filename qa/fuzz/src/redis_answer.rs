//! One turn of `redis_answer`: what comes over a connection to a Redis.

use admit_store::fuzzed::answer_length;

/// Reads any bytes as the answers of a Redis. What is read takes no more than is there, is not read before all of it is there, and is the same
/// whatever follows.
pub fn redis_answer(data: &[u8]) {
    let mut rest = data;
    while let Some(length) = answer_length(rest) {
        assert!(0 < length && length <= rest.len(), "{length} of {}", rest.len());
        let (answer, after) = rest.split_at(length);
        assert_eq!(answer_length(answer), Some(length), "what follows is none of its");
        for end in [length - 1, length / 2] {
            assert_eq!(answer.get(..end).and_then(answer_length), None, "{end} of {length}");
        }
        rest = after;
    }
}
