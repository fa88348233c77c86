//! Randomness as an argument.

use std::cell::RefCell;
use std::time::Duration;

use zeroize::Zeroize;

/// The operating system gave no randomness. Whatever needed it must be refused.
#[derive(Debug, thiserror::Error)]
#[error("the operating system's random source did not answer: {0}")]
pub struct RandomError(pub String);

/// Where unpredictable bytes come from.
pub trait Random: Send + Sync + 'static {
    /// Fills `bytes`.
    ///
    /// # Errors
    /// When the source cannot answer. There is no fallback: a guessable secret is worse than none.
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomError>;
}

/// The operating system's generator.
#[derive(Clone, Copy, Debug, Default)]
pub struct OsRandom;

impl Random for OsRandom {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomError> {
        getrandom::fill(bytes).map_err(|error| RandomError(error.to_string()))
    }
}

/// A pause of between half of this and all of it. Many that lost the same thing at once do not come back at once.
#[must_use]
pub fn spread(pause: Duration, random: &dyn Random) -> Duration {
    let mut byte = [255];
    // Without randomness all wait as long as was said: nothing depends on it.
    drop(random.fill(&mut byte));
    let [byte] = byte;
    pause / 2 + pause * u32::from(byte) / 510
}

/// The operating system's generator, asked for 4 KiB at a time by each thread.
///
/// For what is needed with every answer and is worth nothing afterwards (masks of CSRF tokens, nonces): a system call
/// for each would be a twentieth of a session check. Bytes that were handed out are wiped from the buffer.
#[derive(Clone, Copy, Debug, Default)]
pub struct BufferedRandom;

struct Buffer {
    bytes: [u8; 4096],
    used: usize,
}

thread_local! {
    static BUFFER: RefCell<Buffer> = const { RefCell::new(Buffer { bytes: [0; 4096], used: 4096 }) };
}

impl Random for BufferedRandom {
    fn fill(&self, out: &mut [u8]) -> Result<(), RandomError> {
        BUFFER.with_borrow_mut(|buffer| {
            if out.len() > buffer.bytes.len() - buffer.used {
                if out.len() > buffer.bytes.len() {
                    return OsRandom.fill(out);
                }
                // Until the system has answered, nothing counts as unused.
                buffer.used = buffer.bytes.len();
                OsRandom.fill(&mut buffer.bytes)?;
                buffer.used = 0;
            }
            let fresh = buffer.bytes.get_mut(buffer.used..).unwrap_or_default();
            let (taken, _) =
                fresh.split_at_mut_checked(out.len()).ok_or_else(|| RandomError("the buffer ran out".to_owned()))?;
            out.copy_from_slice(taken);
            taken.zeroize();
            buffer.used += out.len();
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn a_pause_is_spread_over_its_second_half() {
        struct Byte(u8);
        impl Random for Byte {
            fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomError> {
                bytes.fill(self.0);
                Ok(())
            }
        }
        let pause = Duration::from_millis(510);
        assert_eq!([0, 100, 255].map(|byte| spread(pause, &Byte(byte)).as_millis()), [255, 355, 510]);
        let pauses: HashSet<_> = (0..100).map(|_| spread(pause, &OsRandom)).collect();
        assert!(pauses.len() > 10);
    }

    #[test]
    fn buffered_bytes_are_never_handed_out_twice_and_large_requests_are_served() {
        let mut seen = HashSet::new();
        for _ in 0..1000 {
            let mut bytes = [0; 32];
            BufferedRandom.fill(&mut bytes).unwrap();
            assert!(bytes != [0; 32] && seen.insert(bytes));
        }
        let mut large = vec![0; 10_000];
        BufferedRandom.fill(&mut large).unwrap();
        assert!(large.iter().filter(|byte| **byte == 0).count() < 200);
    }
}
