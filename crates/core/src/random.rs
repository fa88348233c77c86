//! Randomness as an argument.

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
