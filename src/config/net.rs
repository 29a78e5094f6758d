//! Networks of addresses.

use std::net::IpAddr;

use super::Setting;
use super::value::{list, words};

/// A range of addresses, `10.0.0.0/8`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    prefix: u8,
}

impl Network {
    fn parse(text: &str) -> Option<Self> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix.parse().ok()?)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().ok()?;
        let longest = if address.is_ipv4() { 32 } else { 128 };
        let prefix = prefix.unwrap_or(longest);
        (prefix <= longest).then_some(Self { address, prefix })
    }

    /// Whether the address lies in the range.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(ours), IpAddr::V4(other)) => {
                let shift = 32 - u32::from(self.prefix);
                let differ = ours.to_bits() ^ other.to_bits();
                differ.checked_shr(shift).unwrap_or(0) == 0
            }
            (IpAddr::V6(ours), IpAddr::V6(other)) => {
                let shift = 128 - u32::from(self.prefix);
                let differ = ours.to_bits() ^ other.to_bits();
                differ.checked_shr(shift).unwrap_or(0) == 0
            }
            _ => false,
        }
    }
}

/// A list of ranges.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Networks(Vec<Network>);

impl Networks {
    /// Whether the address lies in one of them.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(address))
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Setting for Networks {
    const EXPECTED: &'static str = "a list of addresses or ranges, e.g. 10.0.0.0/8";

    fn parse(text: &str) -> Option<Self> {
        words(text)
            .map(Network::parse)
            .collect::<Option<Vec<_>>>()
            .map(Self)
    }

    fn text(value: &toml::Value) -> Option<String> {
        list(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_holds_its_addresses_and_no_others() {
        let networks = Networks::parse("10.0.0.0/8, 192.0.2.7, ::1").expect("three networks");
        for inside in ["10.255.0.1", "192.0.2.7", "::1", "::ffff:10.1.1.1"] {
            assert!(
                networks.contains(inside.parse().expect("an address")),
                "{inside}"
            );
        }
        for outside in ["11.0.0.1", "192.0.2.8", "::2"] {
            assert!(
                !networks.contains(outside.parse().expect("an address")),
                "{outside}"
            );
        }
        assert!(Networks::parse("10.0.0.0/33").is_none());
        assert!(
            Networks::parse("0.0.0.0/0")
                .is_some_and(|all| { all.contains("203.0.113.9".parse().expect("an address")) })
        );
    }
}
