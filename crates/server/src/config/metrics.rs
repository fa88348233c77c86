//! `[metrics]`: figures of operation, on a listener of their own.

use std::net::SocketAddr;

use serde::Deserialize;

/// `[metrics]`
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Metrics {
    /// Where figures are given in Prometheus' text format: `127.0.0.1:9464`. Nowhere when absent. There is no login: they
    /// tell nobody's secrets, but how busy this node is.
    pub listen: Option<SocketAddr>,
}
