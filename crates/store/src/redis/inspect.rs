//! What the server is set to, looked at once, at the start: said with the remedy, and never in the way.

use super::broken::Broken;
use super::core::Core;
use super::link::typed;

impl Core {
    /// Warns of settings that lose sessions.
    pub(super) async fn inspect(&self) {
        let Some(link) = self.line.link_now() else { return };
        for (number, server) in link.servers().enumerate() {
            let mut question = redis::cmd("CONFIG");
            question.arg("GET").arg("maxmemory-policy").arg("appendonly");
            let settings = server.ask(&question).await.map_err(Broken::from);
            let why = match settings.and_then(typed::<Vec<String>>) {
                Ok(settings) => {
                    for warning in warnings(&settings) {
                        tracing::warn!(server = number, "{warning}");
                    }
                    continue;
                }
                Err(broken) => broken.to_string(),
            };
            tracing::info!(
                error = why,
                "the settings of Redis could not be looked at: see for yourself that maxmemory-policy is noeviction and \
                 appendonly is yes"
            );
            return;
        }
    }
}

/// What is wrong with these settings, each name followed by its value.
fn warnings(settings: &[String]) -> Vec<&'static str> {
    let (pairs, _) = settings.as_chunks::<2>();
    pairs
        .iter()
        .filter_map(|[name, value]| match (name.as_str(), value.as_str()) {
            ("maxmemory-policy", "noeviction") | ("appendonly", "yes") => None,
            ("maxmemory-policy", _) => Some(
                "Redis drops keys when its memory is full, and with each a session: set maxmemory-policy noeviction, so that \
                 a login is refused instead",
            ),
            ("appendonly", _) => Some(
                "Redis keeps no append-only file, so a restart of it signs people out: set appendonly yes",
            ),
            _ => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::warnings;

    #[test]
    fn what_loses_sessions_is_warned_of_with_the_setting_that_does_not() {
        let settings = |policy: &str, aof: &str| {
            warnings(&["maxmemory-policy", policy, "appendonly", aof].map(str::to_owned)).join("; ")
        };
        assert_eq!(settings("noeviction", "yes"), "");
        assert!(settings("allkeys-lru", "yes").contains("set maxmemory-policy noeviction"));
        assert!(settings("noeviction", "no").contains("set appendonly yes"));
    }
}
