//! Whose word about a client's address is taken: nobody's, unless named.

use std::net::IpAddr;

use http::HeaderMap;

/// Networks of proxies whose `X-Forwarded-For` is believed.
#[derive(Clone, Debug, Default)]
pub struct TrustedProxies(Vec<(IpAddr, u8)>);

impl TrustedProxies {
    /// Reads addresses and networks (`10.0.0.5`, `10.0.0.0/24`, `fd00::/8`).
    ///
    /// # Errors
    /// The first text that is neither.
    pub fn parse(texts: &[String]) -> Result<Self, String> {
        texts.iter().map(|text| network(text).ok_or_else(|| text.clone())).collect::<Result<_, _>>().map(Self)
    }

    /// Whether some network in it is the whole of IPv4 or IPv6.
    #[must_use]
    pub fn trusts_everybody(&self) -> bool {
        self.0.iter().any(|(_, bits)| *bits == 0)
    }

    /// The widest network in it that is more than a small one: over 65,536 addresses, or a /48 of IPv6.
    #[must_use]
    pub fn widest(&self) -> Option<String> {
        let wide = |(network, bits): &&(IpAddr, u8)| *bits < if network.is_ipv4() { 16 } else { 48 };
        self.0.iter().filter(wide).min_by_key(|(_, bits)| *bits).map(|(network, bits)| format!("{network}/{bits}"))
    }

    /// The client's address: the peer's, unless the peer is a trusted proxy; then the last address in
    /// `X-Forwarded-For` that is not one. A header that cannot be read is nobody's word: the peer's address counts.
    #[must_use]
    pub fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let peer = peer.to_canonical();
        if !self.contains(peer) {
            return peer;
        }
        let mut last = peer;
        let values: Vec<&str> =
            headers.get_all("x-forwarded-for").iter().map(|value| value.to_str().unwrap_or("?")).collect();
        for text in values.iter().rev().flat_map(|value| value.rsplit(',')) {
            let Ok(address) = text.trim().parse::<IpAddr>() else { return peer };
            last = address.to_canonical();
            if !self.contains(last) {
                break;
            }
        }
        last
    }

    fn contains(&self, address: IpAddr) -> bool {
        self.0.iter().any(|(network, bits)| within(address, *network, *bits))
    }
}

fn network(text: &str) -> Option<(IpAddr, u8)> {
    let (address, bits) = match text.split_once('/') {
        Some((address, bits)) => (address.parse::<IpAddr>().ok()?, Some(bits.parse::<u8>().ok()?)),
        None => (text.parse::<IpAddr>().ok()?, None),
    };
    let width = if address.is_ipv4() { 32 } else { 128 };
    let bits = bits.unwrap_or(width);
    (bits <= width).then_some((address, bits))
}

fn within(address: IpAddr, network: IpAddr, bits: u8) -> bool {
    let same = |a: u128, b: u128, width: u8| bits == 0 || (a ^ b) >> (width - bits) == 0;
    match (address, network) {
        (IpAddr::V4(a), IpAddr::V4(b)) => same(u32::from(a).into(), u32::from(b).into(), 32),
        (IpAddr::V6(a), IpAddr::V6(b)) => same(a.into(), b.into(), 128),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(trusted: &[&str], peer: &str, forwarded: &[&str]) -> String {
        let texts: Vec<String> = trusted.iter().map(|text| (*text).to_owned()).collect();
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append("x-forwarded-for", value.parse().unwrap());
        }
        TrustedProxies::parse(&texts).unwrap().client(peer.parse().unwrap(), &headers).to_string()
    }

    #[test]
    fn a_stranger_cannot_choose_its_address() {
        assert_eq!(client(&[], "192.0.2.1", &["203.0.113.9"]), "192.0.2.1");
        assert_eq!(client(&["10.0.0.1"], "192.0.2.1", &["203.0.113.9"]), "192.0.2.1");
        assert_eq!(client(&["10.0.0.0/8"], "10.1.2.3", &["203.0.113.66, 203.0.113.9, 10.0.0.7"]), "203.0.113.9");
        assert_eq!(client(&["10.0.0.1"], "::ffff:10.0.0.1", &["203.0.113.9"]), "203.0.113.9");
    }

    #[test]
    fn a_forwarded_address_that_cannot_be_read_is_not_believed() {
        assert_eq!(client(&["10.0.0.1"], "10.0.0.1", &["203.0.113.9, garbage"]), "10.0.0.1");
        assert_eq!(client(&["10.0.0.1"], "10.0.0.1", &[]), "10.0.0.1");
    }

    #[test]
    fn networks_are_read_strictly() {
        for bad in ["", "10.0.0.0/33", "10.0.0/8", "*", "::/129"] {
            assert!(TrustedProxies::parse(&[bad.to_owned()]).is_err(), "{bad}");
        }
        assert!(TrustedProxies::parse(&["0.0.0.0/0".to_owned()]).unwrap().trusts_everybody());
    }
}
