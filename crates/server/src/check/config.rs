//! What the configuration says that is allowed and not wise.

use admit_core::csrf::Origin;
use admit_core::policy::Policy;

use crate::config::unsafety::{Finding, finding, is_local};
use crate::config::{Config, policy};
use crate::proxy::TrustedProxies;
use crate::web::router;

pub(super) fn look(config: &Config, found: &mut Vec<Finding>) {
    proxies(config, found);
    if let Some(address) = config.metrics.listen.filter(|address| !address.ip().is_loopback()) {
        found.push(finding(
            "metrics-exposed",
            format!("metrics.listen is {address}, which other machines may reach, and has no login."),
            "Listen on 127.0.0.1, or waive this where a firewall lets only Prometheus through.",
        ));
    }
    if config.log.level.to_ascii_lowercase().split([',', '=']).any(|word| matches!(word.trim(), "debug" | "trace")) {
        let wrong = format!("log.level is \"{}\".", config.log.level);
        found.push(finding("log-verbose", wrong, "Set it to \"info\"."));
    }
    if config.server.max_body > 1 << 20 {
        let wrong = format!("server.max_body is {} bytes.", config.server.max_body);
        found.push(finding("body-large", wrong, "Set it to 65536, the default; nothing that admit takes is longer."));
    }
    staleness(config, found);
}

/// The public address is https and the server speaks http: something stands in front. Is it known, and it alone?
fn proxies(config: &Config, found: &mut Vec<Finding>) {
    let https = config
        .server
        .public_url
        .as_deref()
        .is_some_and(|url| Origin::parse(url).is_ok_and(|origin| origin.is_https() && !is_local(origin.host())));
    let Ok(trusted) = TrustedProxies::parse(&config.server.trusted_proxies) else { return };
    if https && config.server.trusted_proxies.is_empty() {
        found.push(finding(
            "proxy-untrusted",
            "server.public_url is https, so a proxy ends TLS in front of this server; server.trusted_proxies is empty, so every \
             visitor has that proxy's address.",
            "Set trusted_proxies to the address that the proxy connects from, as in [\"127.0.0.1\"].",
        ));
    }
    if !trusted.trusts_everybody()
        && let Some(wide) = trusted.widest()
    {
        found.push(finding(
            "proxy-wide",
            format!("server.trusted_proxies trusts {wide}: every machine there can claim to be any visitor."),
            "Name the proxies' own addresses, or a network that only they are in.",
        ));
    }
}

fn staleness(config: &Config, found: &mut Vec<Finding>) {
    // A policy that cannot be read is told by `serve` and `admit policy check`, with its lines.
    let Ok((text, _)) = policy::text(config.server.policy.as_deref()) else { return };
    let Ok(read) = Policy::read_for_engine(&text, &router::permissions()) else { return };
    for permission in read.permissions() {
        if let Some(bound) = read.max_staleness(&permission).filter(|bound| bound.as_secs() > 60) {
            found.push(finding(
                "staleness-long",
                format!("The policy lets decisions about {permission} be {} seconds old.", bound.as_secs()),
                "Set max_staleness to some seconds: a cache that old saves nothing that one second does not.",
            ));
        }
    }
}
