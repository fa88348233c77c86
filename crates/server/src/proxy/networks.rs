//! Networks of proxies, as a configuration names them.

use std::net::{IpAddr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net};

/// Public addresses that may be trusted, as the length of the prefix of as many: proxies that one can name are a few.
const MOST_V4: u32 = 8;
const MOST_V6: u32 = 16;

/// Who is in these is nobody from the internet: RFC 1918, 6598, 3927, 1122; RFC 4193, 4291.
const PRIVATE: [&str; 9] = [
    "10.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "100.64.0.0/10",
    "169.254.0.0/16",
    "127.0.0.0/8",
    "fc00::/7",
    "fe80::/10",
    "::1/128",
];

/// Networks, in one form: IPv4 as IPv4 (RFC 4291, section 2.5.5.2), none within another, neighbours as one.
#[derive(Clone, Debug, Default)]
pub(super) struct Networks(Vec<IpNet>);

impl Networks {
    pub(super) fn parse(texts: &[String]) -> Result<Self, String> {
        let networks: Vec<IpNet> =
            texts.iter().map(|text| network(text).ok_or_else(|| text.clone())).collect::<Result<_, _>>()?;
        Ok(Self(IpNet::aggregate(&networks)))
    }

    pub(super) fn contains(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }

    /// Whether they hold more public addresses than proxies have: all of IPv4 in however many pieces, or the most of it.
    pub(super) fn hold_the_public(&self) -> bool {
        let (mut v4, mut v6) = (0_u128, 0_u128);
        for network in &self.0 {
            let public = size(network).saturating_sub(private_within(network));
            match network {
                IpNet::V4(_) => v4 = v4.saturating_add(public),
                IpNet::V6(_) => v6 = v6.saturating_add(public),
            }
        }
        v4 > 1 << (32 - MOST_V4) || v6 > 1 << (128 - MOST_V6)
    }

    /// Those that are more than small networks: over 65,536 addresses, or a /48 of IPv6.
    pub(super) fn wide(&self) -> impl Iterator<Item = String> {
        let small = |network: &IpNet| if matches!(network, IpNet::V4(_)) { 16 } else { 48 };
        self.0.iter().filter(move |network| network.prefix_len() < small(network)).map(ToString::to_string)
    }
}

fn network(text: &str) -> Option<IpNet> {
    let network = match text.parse::<IpNet>() {
        Ok(network) => network.trunc(),
        Err(_) => IpNet::from(text.parse::<IpAddr>().ok()?),
    };
    // ::ffff:10.0.0.0/104 is 10.0.0.0/8: peers are compared in that form.
    let IpNet::V6(v6) = network else { return Some(network) };
    let v4 = v6.addr().to_ipv4_mapped().zip(v6.prefix_len().checked_sub(96));
    match v4 {
        Some((address, bits)) => Ipv4Net::new(address, bits).ok().map(IpNet::V4),
        None => Some(network),
    }
}

fn size(network: &IpNet) -> u128 {
    let bits = u32::from(network.max_prefix_len() - network.prefix_len());
    1_u128.checked_shl(bits).unwrap_or(u128::MAX)
}

/// The addresses of a network that are private ones.
fn private_within(network: &IpNet) -> u128 {
    let mut private = PRIVATE.iter().filter_map(|text| text.parse::<IpNet>().ok());
    if private.clone().any(|private| private.contains(network)) {
        return size(network);
    }
    private.by_ref().filter(|private| network.contains(private)).map(|private| size(&private)).sum()
}

/// The form in which addresses are compared.
pub(super) fn canonical(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(v6) => Ipv6Addr::to_canonical(&v6),
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn networks(texts: &[&str]) -> Networks {
        Networks::parse(&texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>()).unwrap()
    }

    #[test]
    fn networks_are_read_strictly_and_compared_in_one_form() {
        for bad in ["", "10.0.0.0/33", "10.0.0/8", "*", "::/129", "10.0.0.5:80", "[::1]", "10.0.0.0/-1", "10.0.0.0/08x"]
        {
            assert!(Networks::parse(&[bad.to_owned()]).is_err(), "{bad}");
        }
        for (text, address) in [
            ("::ffff:10.0.0.5", "10.0.0.5"),
            ("::FFFF:0a00:0005", "10.0.0.5"),
            ("::ffff:10.0.0.0/120", "10.0.0.77"),
            ("10.0.0.9/24", "10.0.0.77"),
            ("2001:DB8:0::/32", "2001:db8::1"),
        ] {
            assert!(networks(&[text]).contains(address.parse().unwrap()), "{text}");
        }
        assert!(!networks(&["::ffff:10.0.0.5"]).contains("10.0.0.6".parse().unwrap()));
    }

    #[test]
    fn all_of_the_internet_is_known_in_any_number_of_pieces() {
        let pieces: Vec<String> = (0..=255_u8).map(|first| format!("{first}.0.0.0/8")).collect();
        for texts in [
            vec!["0.0.0.0/0"],
            vec!["::/0"],
            vec!["::ffff:0.0.0.0/96"],
            vec!["0.0.0.0/1", "128.0.0.0/1"],
            vec!["0.0.0.0/1", "::ffff:128.0.0.0/97"],
            vec!["0.0.0.0/2", "64.0.0.0/2", "128.0.0.0/2"],
            vec!["128.0.0.0/1"],
            vec!["2000::/3"],
            vec!["::/1", "8000::/1"],
            vec!["8.0.0.0/8", "9.0.0.0/8"],
            pieces.iter().map(String::as_str).collect(),
        ] {
            assert!(networks(&texts).hold_the_public(), "{texts:?}");
        }
        for texts in [
            vec![],
            vec!["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "127.0.0.0/8", "fc00::/7"],
            vec!["103.21.244.0/22", "104.16.0.0/13", "172.64.0.0/13", "2400:cb00::/32", "2a06:98c0::/29"],
        ] {
            assert!(!networks(&texts).hold_the_public(), "{texts:?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_trusted_is_what_each_network_says(
            texts in proptest::collection::vec((any::<u32>(), 0_u8..=32, any::<bool>()), 0..6), asked: u32
        ) {
            let text = |(address, bits, mapped): &(u32, u8, bool)| {
                let address = std::net::Ipv4Addr::from(*address);
                if *mapped { format!("::ffff:{address}/{}", bits + 96) } else { format!("{address}/{bits}") }
            };
            let named: Vec<String> = texts.iter().map(text).collect();
            let found = Networks::parse(&named).unwrap().contains(IpAddr::V4(asked.into()));
            let within = |(address, bits, _): &(u32, u8, bool)| {
                let mask = u32::MAX.checked_shl(32 - u32::from(*bits)).unwrap_or(0);
                address & mask == asked & mask
            };
            prop_assert_eq!(found, texts.iter().any(within));
        }
    }
}
