//! `[tokens]`: lifetimes of tokens, signing keys and their replacement.

use std::time::Duration;

use admit_core::jws::Algorithm;
use admit_core::keyring::Schedule;
use admit_core::session::SessionRules;
use admit_core::token::{MAX_LIFETIME, TokenRules};
use serde::Deserialize;

use super::duration;
use crate::finding::{Finding, finding};

/// `[tokens]`
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Tokens {
    /// An access token lives this long: `5m`, at most `60m`.
    #[serde(with = "duration")]
    pub access: Duration,
    /// A refresh token that is not used for this long is dead: `14d`.
    #[serde(with = "duration")]
    pub refresh_idle: Duration,
    /// This long after signing in, the refresh token is dead however often it was renewed: `30d`.
    #[serde(with = "duration")]
    pub refresh_absolute: Duration,
    /// `EdDSA`, `ES256` or `RS256`.
    pub algorithm: Algorithm,
    /// A signing key is replaced after this long: `30d`.
    #[serde(with = "duration")]
    pub rotate_every: Duration,
    /// A signing key is published this long before it signs: `1h`.
    #[serde(with = "duration")]
    pub publish_before: Duration,
    /// The feed of revocations says this often that nothing has happened: `1s`.
    #[serde(with = "duration")]
    pub heartbeat: Duration,
    /// Most verifiers that may follow the feed of revocations of one node at once. One more is answered 503.
    pub max_followers: usize,
}

impl Default for Tokens {
    fn default() -> Self {
        let (rules, schedule) = (TokenRules::default(), Schedule::default());
        Self {
            access: rules.access,
            refresh_idle: rules.refresh_idle,
            refresh_absolute: rules.refresh_absolute,
            algorithm: schedule.algorithm,
            rotate_every: schedule.rotate_every,
            publish_before: schedule.publish_before,
            heartbeat: Duration::from_secs(1),
            max_followers: 256,
        }
    }
}

impl Tokens {
    /// As the rules of the core. A user may have as many families as sessions.
    #[must_use]
    pub fn rules(&self, sessions: &SessionRules) -> TokenRules {
        let Self { access, refresh_idle, refresh_absolute, .. } = *self;
        TokenRules { access, refresh_idle, refresh_absolute, limit: sessions.limit, ..TokenRules::default() }
    }

    /// When keys are replaced.
    #[must_use]
    pub fn schedule(&self) -> Schedule {
        let Self { algorithm, rotate_every, publish_before, .. } = *self;
        Schedule { algorithm, rotate_every, publish_before }
    }

    pub(super) fn look(&self, found: &mut Vec<Finding>) {
        const MONTH: Duration = Duration::from_secs(30 * 24 * 3600);
        if self.access > MAX_LIFETIME {
            found.push(finding(
                "jwt-lifetime",
                "tokens.access is over 60 minutes: an access token that long is a session that outlives logout wherever the \
                 feed of revocations is not followed.",
                "Set it to 5m; clients renew it with their refresh token and nobody notices.",
            ));
        }
        if self.access < Duration::from_secs(30) || self.refresh_idle < self.access {
            found.push(finding(
                "token-too-short",
                "tokens.access is under 30 seconds, or tokens.refresh_idle is shorter than tokens.access.",
                "Set access to 5m and refresh_idle to 14d.",
            ));
        }
        if self.refresh_absolute > MONTH {
            let wrong = "tokens.refresh_absolute is over 30 days, the longest that NIST SP 800-63B-4 allows without signing in \
                         again.";
            found.push(finding("refresh-too-long", wrong, "Set it to 30d or less.").about("tokens.refresh_absolute"));
        }
        if self.refresh_idle > self.refresh_absolute {
            found.push(finding(
                "refresh-idle-over-absolute",
                "tokens.refresh_idle is longer than tokens.refresh_absolute, so it never takes effect.",
                "Set refresh_idle below refresh_absolute.",
            ));
        }
        if self.rotate_every < Duration::from_secs(3600) || self.publish_before * 2 > self.rotate_every {
            found.push(finding(
                "key-rotation",
                "tokens.rotate_every is under an hour, or less than twice tokens.publish_before, so keys would be replaced \
                 before others have seen them.",
                "Set rotate_every to 30d and publish_before to 1h.",
            ));
        }
        if self.heartbeat < Duration::from_millis(100) || self.heartbeat > Duration::from_secs(30) {
            found.push(finding(
                "heartbeat",
                "tokens.heartbeat is under 100 ms or over 30 s.",
                "Set it to 1s: a verifier whose bound is 5 s then misses four before it answers 503.",
            ));
        }
    }
}
