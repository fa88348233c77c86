//! Which hosts are this machine.

use std::net::IpAddr;

/// Whether a host is this machine: `localhost`, or an address of its loopback, with or without brackets.
///
/// Any other name may be resolved to another machine, so it is not, whatever it is resolved to now.
#[must_use]
pub fn is_local(host: &str) -> bool {
    let address = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    host.eq_ignore_ascii_case("localhost")
        || address.parse::<IpAddr>().is_ok_and(|address| address.to_canonical().is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_localhost_and_loopback_addresses_are_this_machine() {
        for local in ["localhost", "LocalHost", "127.0.0.1", "127.8.9.1", "::1", "[::1]", "::ffff:127.0.0.1"] {
            assert!(is_local(local), "{local}");
        }
        for other in [
            "",
            "0.0.0.0",
            "::",
            "10.0.0.1",
            "localhost.",
            "localhost.example",
            "x@localhost",
            "127.0.0.1.example",
            "127.1",
            "[127.0.0.1",
            "127.0.0.1,10.0.0.1",
            "::ffff:10.0.0.1",
            "fe80::1",
        ] {
            assert!(!is_local(other), "{other}");
        }
    }
}
