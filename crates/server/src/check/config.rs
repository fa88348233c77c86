//! What the configuration says that is allowed and not wise.

use admit_core::csrf::Origin;
use admit_core::host::is_local;
use admit_core::policy::Policy;
use admit_core::subject::RoleName;

use crate::config::{Config, policy};
use crate::finding::{Finding, finding};
use crate::operation::{fits, knows};
use crate::proxy::TrustedProxies;
use crate::stores::capital;
use crate::web::router;

pub(super) fn look(config: &Config, found: &mut Vec<Finding>) {
    proxies(config, found);
    if let Some(address) = config.metrics.listen.filter(|address| !address.ip().is_loopback()) {
        let wrong = format!("metrics.listen is {address}, which other machines may reach, and has no login.");
        let remedy = "Listen on 127.0.0.1, or waive this where a firewall lets only Prometheus through.";
        found.push(finding("metrics-exposed", wrong, remedy).about(address));
    }
    if config.log.level.to_ascii_lowercase().split([',', '=']).any(|word| matches!(word.trim(), "debug" | "trace")) {
        let wrong = format!("log.level is \"{}\".", config.log.level);
        found.push(finding("log-verbose", wrong, "Set it to \"info\".").about("log.level"));
    }
    if config.server.max_body > 1 << 20 {
        let wrong = format!("server.max_body is {} bytes.", config.server.max_body);
        let remedy = "Set it to 65536, the default; nothing that admit takes is longer.";
        found.push(finding("body-large", wrong, remedy).about("server.max_body"));
    }
}

/// The policy: whether this server can be run by it, with these clients.
pub(super) fn policy(config: &Config, found: &mut Vec<Finding>) {
    let file = config.server.policy.as_deref();
    let name = file.map_or_else(|| "server.policy".to_owned(), |path| path.display().to_string());
    let unusable = |wrong: String| {
        let remedy = "Correct it. `admit policy check` checks the policy on its own.";
        finding("policy-unusable", wrong, remedy).about(&name)
    };
    let policy = match policy::load(file, &router::permissions()) {
        Ok(policy) => policy,
        Err(error) => return found.push(unusable(format!("{}.", capital(error)))),
    };
    if let Err(sentence) = fits(&policy) {
        found.push(unusable(format!("The policy cannot be used: {name}: {sentence}.")));
    }
    for (name, client) in &config.clients {
        let named = client.roles.iter().chain(client.max_roles.iter().flatten());
        // Whether the name is one is asked with the clients.
        for role in named.filter_map(|role| RoleName::parse(role).ok()) {
            if let Err(wrong) = knows(&policy, name, &role) {
                let remedy = format!("Add [roles.{}] to the policy, or remove the role from the client.", role.role());
                found.push(
                    finding("client-role-unknown", format!("{}.", capital(wrong)), remedy)
                        .about(format!("clients.{name}")),
                );
            }
        }
    }
    staleness(&policy, found);
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
        let wrong = "server.public_url is https, so a proxy ends TLS in front of this server; server.trusted_proxies is empty, \
                     so every visitor has that proxy's address.";
        let remedy = "Set trusted_proxies to the address that the proxy connects from, as in [\"127.0.0.1\"].";
        found.push(finding("proxy-untrusted", wrong, remedy).about("server.trusted_proxies"));
    }
    if trusted.trusts_everybody() {
        return;
    }
    for wide in trusted.wide() {
        let wrong = format!("server.trusted_proxies trusts {wide}: every machine there can claim to be any visitor.");
        let remedy = "Name the proxies' own addresses, or a network that only they are in.";
        found.push(finding("proxy-wide", wrong, remedy).about(wide));
    }
}

pub(super) fn staleness(policy: &Policy, found: &mut Vec<Finding>) {
    for permission in policy.permissions() {
        if let Some(bound) = policy.max_staleness(&permission).filter(|bound| bound.as_secs() > 60) {
            let wrong = format!("The policy lets decisions about {permission} be {} seconds old.", bound.as_secs());
            let remedy = "Set max_staleness to some seconds: a cache that old saves nothing that one second does not.";
            found.push(finding("staleness-long", wrong, remedy).about(&permission));
        }
    }
}
