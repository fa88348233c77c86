//! One element of `X-Forwarded-For`: a node as RFC 7239, section 6 writes it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The address that an element names: `203.0.113.9`, `203.0.113.9:51234`, `[2001:db8::1]:443`, `2001:db8::1`, each also in
/// double quotes; its port is checked and dropped, and so is a zone (`fe80::1%eth0`, RFC 4007). `None` for `unknown`, for a name that
/// hides an address (`_gazonk`), and for what has another shape.
pub(super) fn address(element: &str) -> Option<IpAddr> {
    let element = element.trim_matches([' ', '\t']);
    let element = match element.strip_prefix('"') {
        Some(quoted) => quoted.strip_suffix('"')?,
        None => element,
    };
    if let Some(rest) = element.strip_prefix('[') {
        let (address, port) = rest.split_once(']')?;
        let port = match port.strip_prefix(':') {
            Some(port) => Some(port),
            None if port.is_empty() => None,
            None => return None,
        };
        return port.is_none_or(is_port).then(|| v6(address)).flatten().map(IpAddr::V6);
    }
    if let Some(address) = v6(element) {
        return Some(IpAddr::V6(address));
    }
    let (address, port) = match element.split_once(':') {
        Some((address, port)) => (address, Some(port)),
        None => (element, None),
    };
    port.is_none_or(is_port).then(|| address.parse::<Ipv4Addr>().ok()).flatten().map(IpAddr::V4)
}

fn v6(text: &str) -> Option<Ipv6Addr> {
    let (address, zone) = text.split_once('%').map_or((text, None), |(address, zone)| (address, Some(zone)));
    zone.is_none_or(|zone| !zone.is_empty()).then(|| address.parse().ok()).flatten()
}

/// A number, or a name that hides one (`_gazonk`).
fn is_port(text: &str) -> bool {
    let hidden = |name: &str| {
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'))
    };
    match text.strip_prefix('_') {
        Some(name) => hidden(name),
        None => text.bytes().all(|byte| byte.is_ascii_digit()) && text.parse::<u16>().is_ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_element_is_read_in_every_form_of_rfc_7239() {
        for (text, expected) in [
            ("203.0.113.9", "203.0.113.9"),
            ("203.0.113.9:51234", "203.0.113.9"),
            ("203.0.113.9:_hidden", "203.0.113.9"),
            (" \"203.0.113.9:80\"\t", "203.0.113.9"),
            ("2001:db8::1", "2001:db8::1"),
            ("[2001:db8::1]", "2001:db8::1"),
            ("[2001:db8::1]:443", "2001:db8::1"),
            ("\"[2001:DB8::1]:443\"", "2001:db8::1"),
            ("[::ffff:203.0.113.9]:443", "::ffff:203.0.113.9"),
            ("fe80::1%eth0", "fe80::1"),
            ("[fe80::1%25eth0]:1", "fe80::1"),
        ] {
            assert_eq!(address(text), Some(expected.parse().unwrap()), "{text}");
        }
        for text in [
            "",
            "unknown",
            "_gazonk",
            "unknown:80",
            "localhost",
            "203.0.113.9:",
            "203.0.113.9:65536",
            "203.0.113.9:-1",
            "203.0.113.9:80:80",
            "[203.0.113.9]",
            "[203.0.113.9]:80",
            "[2001:db8::1",
            "2001:db8::1]",
            "[2001:db8::1]443",
            "[2001:db8::1]:",
            "[]",
            "\"203.0.113.9",
            "203.0.113.9\"",
            "\"",
            "203.0.113.009",
            "0x7f.1",
            "1",
            "fe80::1%",
            "203.0.113.9/32",
            "for=203.0.113.9",
        ] {
            assert_eq!(address(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_address_is_read_back_with_and_without_a_port(v4: [u8; 4], v6: [u8; 16], port: u16) {
            let (v4, v6) = (Ipv4Addr::from(v4), Ipv6Addr::from(v6));
            for text in [format!("{v4}"), format!("{v4}:{port}"), format!("\"{v4}:{port}\"")] {
                prop_assert_eq!(address(&text), Some(IpAddr::V4(v4)));
            }
            for text in [format!("{v6}"), format!("[{v6}]"), format!("[{v6}]:{port}"), format!("\"[{v6}]:{port}\"")] {
                prop_assert_eq!(address(&text), Some(IpAddr::V6(v6)));
            }
        }

        #[test]
        fn no_text_is_read_as_an_address_that_it_does_not_have(text in "\\PC{0,40}") {
            if let Some(address) = address(&text) {
                prop_assert!(text.contains(['.', ':']), "{} is {}", text, address);
            }
        }
    }
}
