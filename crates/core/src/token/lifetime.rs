//! How long tokens live.

use std::time::Duration;

/// The longest that an access token may live, whatever is configured: a longer one is a session that nobody can end
/// without asking somebody (RFC 9700 section 4.10 by analogy).
pub const MAX_LIFETIME: Duration = Duration::from_secs(60 * 60);

/// How far two machines' clocks may be apart. A token is taken this long after its end and before its beginning, and
/// whatever kills a token is remembered this much longer than the token.
pub const LEEWAY: Duration = Duration::from_secs(10);

/// How long tokens live.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TokenRules {
    /// An access token.
    pub access: Duration,
    /// A family whose refresh token is unused for this long is dead.
    pub refresh_idle: Duration,
    /// A family this old is dead, however busy.
    pub refresh_absolute: Duration,
    /// A refresh token that comes again within this time of its use, its successor unused, gets that same successor: its
    /// answer was lost, or two threads of one app used it at once. One that comes later was stolen from one of two, and ends
    /// the family.
    pub reuse_grace: Duration,
    /// Families that a subject may have; one more ends the oldest.
    pub limit: u32,
}

impl Default for TokenRules {
    /// NIST SP 800-63B-4 section 2.1.3 asks for signing in again after 30 days.
    fn default() -> Self {
        Self {
            access: Duration::from_secs(5 * 60),
            refresh_idle: Duration::from_secs(14 * 24 * 3600),
            refresh_absolute: Duration::from_secs(30 * 24 * 3600),
            reuse_grace: Duration::from_secs(10),
            limit: 20,
        }
    }
}
