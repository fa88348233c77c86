//! Durations as people write them: `30m`, `8h`, `45s`, `1h 30m`.

use std::time::Duration;

use serde::{Deserialize, Deserializer};

pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    let text = String::deserialize(deserializer)?;
    let wrong = || {
        serde::de::Error::custom(format!(
            "\"{text}\" is not a duration: write a number with its unit, as in 45s, 30m or 8h"
        ))
    };
    let span: jiff::SignedDuration = text.parse().map_err(|_| wrong())?;
    Duration::try_from(span).map_err(|_| wrong())
}
