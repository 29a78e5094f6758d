//! How many connections are open, in total and per address.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

/// The connections that are open.
pub(super) struct Places {
    total: usize,
    per_address: usize,
    taken: Mutex<Taken>,
}

#[derive(Default)]
struct Taken {
    total: usize,
    by_address: HashMap<IpAddr, usize>,
}

/// A connection's place; free again when dropped.
pub(super) struct Place {
    places: Arc<Places>,
    address: IpAddr,
}

impl Places {
    pub(super) fn new(total: usize, per_address: usize) -> Self {
        Self {
            total,
            per_address,
            taken: Mutex::new(Taken::default()),
        }
    }

    pub(super) fn take(places: &Arc<Self>, address: IpAddr) -> Option<Place> {
        let address = address.to_canonical();
        let mut taken = places.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let here = taken.by_address.get(&address).copied().unwrap_or(0);
        let crowded = here >= places.per_address && !address.is_loopback();
        if taken.total >= places.total || crowded {
            return None;
        }
        taken.total += 1;
        taken.by_address.insert(address, here + 1);
        metrics::gauge!("pantheon_connections").set(taken.total as f64);
        Some(Place {
            places: Arc::clone(places),
            address,
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self
            .places
            .taken
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        taken.total -= 1;
        metrics::gauge!("pantheon_connections").set(taken.total as f64);
        if let Some(here) = taken.by_address.get_mut(&self.address) {
            *here -= 1;
            if *here == 0 {
                taken.by_address.remove(&self.address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_bounded_per_address_and_freed() {
        let places = Arc::new(Places::new(3, 1));
        let far: IpAddr = "192.0.2.1".parse().expect("an address");
        let first = Places::take(&places, far).expect("the first place");
        assert!(Places::take(&places, far).is_none());
        drop(first);
        assert!(Places::take(&places, far).is_some());
        let near: IpAddr = "127.0.0.1".parse().expect("an address");
        let all: Vec<_> = (0..4).map(|_| Places::take(&places, near)).collect();
        assert_eq!(all.iter().flatten().count(), 3);
    }
}
