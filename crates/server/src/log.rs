//! Logs: JSON lines on standard error, or short text in development.

use tracing_subscriber::EnvFilter;

use crate::config::Log;

/// Begins logging.
///
/// # Errors
/// When `log.level` is not a filter.
pub fn begin(log: &Log, dev: bool) -> Result<(), String> {
    let filter = EnvFilter::try_new(&log.level).map_err(|error| {
        format!("log.level: \"{}\" is not a level ({error}). Use error, warn, info or debug.", log.level)
    })?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_target(false);
    let begun = if dev { builder.compact().try_init() } else { builder.json().flatten_event(true).try_init() };
    begun.map_err(|error| error.to_string())
}
