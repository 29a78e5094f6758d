//! Whom proxies say a request comes from: `X-Forwarded-For`, or else `Forwarded` (RFC 7239).
//!
//! A proxy usually writes one of them and passes the other on as the client sent it, so only one
//! is read: the older one, which most proxies write.

use std::net::{IpAddr, SocketAddr};

use axum::http::HeaderMap;

/// The hops, the nearest last; `None` for one that names no address.
pub(super) fn hops(headers: &HeaderMap) -> Vec<Option<IpAddr>> {
    let list = |name: &str| {
        let values = headers.get_all(name).iter();
        let texts = values.filter_map(|value| value.to_str().ok());
        let hops = texts.flat_map(|text| text.split(',')).map(str::trim);
        hops.map(str::to_owned).collect::<Vec<_>>()
    };
    let hops = list("x-forwarded-for");
    if !hops.is_empty() {
        return hops.iter().map(|hop| address(hop)).collect();
    }
    let hops = list("forwarded");
    hops.iter().map(|hop| address(named(hop)?)).collect()
}

/// The value of `for=` in one element of `Forwarded`.
fn named(element: &str) -> Option<&str> {
    let mut pairs = element.split(';').filter_map(|pair| pair.split_once('='));
    let (_, value) = pairs.find(|(name, _)| name.trim().eq_ignore_ascii_case("for"))?;
    Some(value.trim().trim_matches('"'))
}

/// An address, with or without a port; that of version 6 may stand in brackets.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.trim_start_matches('[').trim_end_matches(']');
    let alone = bare.parse::<IpAddr>().ok();
    let address = alone.or_else(|| Some(text.parse::<SocketAddr>().ok()?.ip()));
    address.map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &'static str, text: &str) -> Vec<Option<String>> {
        let mut headers = HeaderMap::new();
        headers.insert(name, text.parse().expect("a header value"));
        let hops = hops(&headers).into_iter();
        hops.map(|hop| hop.map(|hop| hop.to_string())).collect()
    }

    #[test]
    fn an_address_may_have_a_port_brackets_and_quotes() {
        for (text, expected) in [
            ("for=192.0.2.60;proto=http;by=203.0.113.43", "192.0.2.60"),
            (
                "by=x; For=\"[2001:db8:cafe::17]:4711\"",
                "2001:db8:cafe::17",
            ),
            ("for=\"[2001:db8:cafe::17]\"", "2001:db8:cafe::17"),
            ("for=192.0.2.43:47011", "192.0.2.43"),
        ] {
            assert_eq!(read("forwarded", text), [Some(expected.to_owned())]);
        }
    }

    #[test]
    fn a_hidden_hop_names_no_address() {
        assert_eq!(read("forwarded", "for=unknown, for=_hidden"), [None, None]);
        assert_eq!(read("x-forwarded-for", "someone"), [None]);
    }
}
