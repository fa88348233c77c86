//! Whose word about a client's address is taken: nobody's, unless named.

mod networks;
mod node;

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use http::HeaderMap;
use networks::{Networks, canonical};

/// Where a request comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientAddress {
    /// From there.
    Known(IpAddr),
    /// From behind this trusted proxy, which said something that cannot be read. Everybody of whom it says so is one neighbour to
    /// the throttle, and that is not the proxy itself: its own requests, and those of clients that it names, are not held up.
    Unreadable {
        /// The proxy.
        proxy: IpAddr,
    },
}

impl ClientAddress {
    /// The throttle's idea of this client.
    #[must_use]
    pub fn prefix(&self) -> String {
        match self {
            Self::Known(address) => admit_core::throttle::prefix(*address),
            Self::Unreadable { .. } => self.to_string(),
        }
    }
}

impl fmt::Display for ClientAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Known(address) => address.fmt(f),
            Self::Unreadable { proxy } => write!(f, "unknown, behind {proxy}"),
        }
    }
}

/// Networks of proxies whose `X-Forwarded-For` is believed. No other header is read: a proxy that writes one of them passes the
/// others on as the client wrote them.
#[derive(Clone, Debug, Default)]
pub struct TrustedProxies {
    networks: Networks,
    /// Whether it was logged that something could not be read. Its clones share it.
    logged: Arc<AtomicBool>,
}

impl TrustedProxies {
    /// Reads addresses and networks (`10.0.0.5`, `10.0.0.0/24`, `fd00::/8`).
    ///
    /// # Errors
    /// The first text that is neither.
    pub fn parse(texts: &[String]) -> Result<Self, String> {
        Networks::parse(texts).map(|networks| Self { networks, logged: Arc::default() })
    }

    /// Whether the networks together hold more of the public addresses than proxies can have: over a /8 of IPv4, or a /16 of IPv6.
    #[must_use]
    pub fn trusts_everybody(&self) -> bool {
        self.networks.hold_the_public()
    }

    /// The networks in it that are more than small ones: over 65,536 addresses, or a /48 of IPv6.
    pub fn wide(&self) -> impl Iterator<Item = String> {
        self.networks.wide()
    }

    /// Whether a connection from there is a trusted proxy's.
    #[must_use]
    pub fn contains(&self, peer: IpAddr) -> bool {
        self.networks.contains(canonical(peer))
    }

    /// The client's address: the peer's, unless the peer is a trusted proxy; then the last address in
    /// `X-Forwarded-For` that is not one. Read from the end, as far as trusted proxies wrote it: what the client itself sent comes
    /// before that and is not looked at.
    #[must_use]
    pub fn client(&self, peer: IpAddr, headers: &HeaderMap) -> ClientAddress {
        let mut last = canonical(peer);
        if !self.networks.contains(last) {
            return ClientAddress::Known(last);
        }
        let values = headers.get_all("x-forwarded-for").iter().collect::<Vec<_>>().into_iter().rev();
        let elements = values.flat_map(|value| value.as_bytes().rsplit(|byte| *byte == b','));
        // Empty elements of a list do not count (RFC 9110, section 5.6.1.2).
        for element in elements.map(<[u8]>::trim_ascii).filter(|element| !element.is_empty()) {
            let Some(address) = std::str::from_utf8(element).ok().and_then(node::address) else {
                self.log(last, element);
                return ClientAddress::Unreadable { proxy: last };
            };
            last = canonical(address);
            if !self.networks.contains(last) {
                break;
            }
        }
        ClientAddress::Known(last)
    }

    /// Once: every request of that proxy is likely to have the same.
    fn log(&self, proxy: IpAddr, element: &[u8]) {
        if !self.logged.swap(true, Ordering::Relaxed) {
            let element: String = String::from_utf8_lossy(element).chars().take(64).collect();
            tracing::warn!(
                %proxy,
                ?element,
                "X-Forwarded-For of a trusted proxy cannot be read: its clients share one throttle. Let the proxy write the \
                 client's address (nginx: proxy_set_header X-Forwarded-For $remote_addr). Logged once"
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(trusted: &[&str], peer: &str, forwarded: &[&[u8]]) -> String {
        let texts: Vec<String> = trusted.iter().map(|text| (*text).to_owned()).collect();
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append("x-forwarded-for", http::HeaderValue::from_bytes(value).unwrap());
        }
        TrustedProxies::parse(&texts).unwrap().client(peer.parse().unwrap(), &headers).to_string()
    }

    #[test]
    fn a_stranger_cannot_choose_its_address() {
        assert_eq!(client(&[], "192.0.2.1", &[b"203.0.113.9"]), "192.0.2.1");
        assert_eq!(client(&["10.0.0.1"], "192.0.2.1", &[b"203.0.113.9"]), "192.0.2.1");
        assert_eq!(client(&["10.0.0.0/8"], "10.1.2.3", &[b"203.0.113.66, 203.0.113.9, 10.0.0.7"]), "203.0.113.9");
        assert_eq!(client(&["10.0.0.0/8"], "10.1.2.3", &[b"203.0.113.66", b"203.0.113.9", b"10.0.0.7"]), "203.0.113.9");
        assert_eq!(client(&["10.0.0.1"], "::ffff:10.0.0.1", &[b"203.0.113.9"]), "203.0.113.9");
        assert_eq!(client(&["::ffff:10.0.0.1"], "10.0.0.1", &[b"203.0.113.9"]), "203.0.113.9");
        // What the client sent stands before what its proxy wrote, and may be anything.
        for sent in
            [&b"garbage, 203.0.113.9"[..], b"\xff\xfe,203.0.113.9", b"\"10.0.0.1, 203.0.113.9", b",,203.0.113.9,"]
        {
            assert_eq!(client(&["10.0.0.1"], "10.0.0.1", &[sent]), "203.0.113.9");
        }
    }

    #[test]
    fn a_proxy_that_writes_ports_and_brackets_names_each_client() {
        for (forwarded, address) in [
            ("203.0.113.9:51234", "203.0.113.9"),
            ("[2001:db8::1]:443", "2001:db8::1"),
            ("[2001:db8::1]", "2001:db8::1"),
            ("203.0.113.9:51234, 10.0.0.1:80", "203.0.113.9"),
            ("[::ffff:203.0.113.9]:443", "203.0.113.9"),
        ] {
            assert_eq!(client(&["10.0.0.1"], "10.0.0.1", &[forwarded.as_bytes()]), address);
        }
    }

    #[test]
    fn clients_whose_address_cannot_be_read_are_not_the_proxy() {
        for unread in ["unknown", "_gazonk", "203.0.113.9, garbage", "203.0.113.9:99999", "203.0.113.9:0x50"] {
            assert_eq!(client(&["10.0.0.1"], "10.0.0.1", &[unread.as_bytes()]), "unknown, behind 10.0.0.1", "{unread}");
        }
        let behind = "203.0.113.9, unknown, 10.0.0.7";
        assert_eq!(client(&["10.0.0.0/8"], "10.0.0.1", &[behind.as_bytes()]), "unknown, behind 10.0.0.7");
        // A proxy that asks for itself, to see whether the server is there.
        assert_eq!(client(&["10.0.0.1"], "10.0.0.1", &[]), "10.0.0.1");
        assert_eq!(client(&["10.0.0.1"], "10.0.0.1", &[b" , "]), "10.0.0.1");
    }

    #[test]
    fn the_internet_is_not_a_network_of_proxies() {
        let parse =
            |texts: &[&str]| TrustedProxies::parse(&texts.iter().map(|text| (*text).into()).collect::<Vec<_>>());
        assert!(parse(&["0.0.0.0/1", "128.0.0.0/1"]).unwrap().trusts_everybody());
        assert!(!parse(&["10.0.0.0/8"]).unwrap().trusts_everybody());
        assert_eq!(parse(&["10.0.0.0/9", "10.128.0.0/9"]).unwrap().wide().collect::<Vec<_>>(), ["10.0.0.0/8"]);
        assert_eq!(parse(&["10.0.0.0/33"]).unwrap_err(), "10.0.0.0/33");
    }
}
