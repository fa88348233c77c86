//! `[audit]`: how long the audit log is kept.

use std::time::Duration;

use serde::{Deserialize, Deserializer};

use super::duration;

/// Shorter than this an audit log shows nothing to whoever looks after a weekend.
const LEAST: Duration = Duration::from_secs(7 * 24 * 3600);

/// `[audit]`
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Audit {
    /// Events older than this are deleted: `400d`, or `forever`.
    pub keep: Keep,
}

/// How long events are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// This long.
    For(Duration),
    /// Until somebody deletes them by hand.
    Forever,
}

impl Default for Keep {
    /// A year, and a month to look back at it.
    fn default() -> Self {
        Self::For(Duration::from_secs(400 * 24 * 3600))
    }
}

impl<'de> Deserialize<'de> for Keep {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text == "forever" {
            return Ok(Self::Forever);
        }
        let keep = duration::parse(&text).map_err(serde::de::Error::custom)?;
        if keep < LEAST {
            return Err(serde::de::Error::custom(format!(
                "\"{text}\" is too short for an audit log: write 7d or more (400d when absent), or \"forever\""
            )));
        }
        Ok(Self::For(keep))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keep(text: &str) -> Result<Keep, String> {
        toml::from_str::<Audit>(text).map(|audit| audit.keep).map_err(|error| error.to_string())
    }

    #[test]
    fn events_are_kept_for_400_days_for_as_long_as_is_said_or_for_ever() {
        assert_eq!(keep(""), Ok(Keep::For(Duration::from_secs(400 * 24 * 3600))));
        assert_eq!(keep("keep = \"90d\""), Ok(Keep::For(Duration::from_secs(90 * 24 * 3600))));
        assert_eq!(keep("keep = \"forever\""), Ok(Keep::Forever));
        for (wrong, says) in [("1h", "7d or more"), ("always", "as in"), ("0s", "7d or more")] {
            let error = keep(&format!("keep = \"{wrong}\"")).unwrap_err();
            assert!(error.contains(wrong) && error.contains(says), "{error}");
        }
    }
}
