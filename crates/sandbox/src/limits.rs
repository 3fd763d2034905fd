//! Concurrency limits for each account and endpoint (section 4.1, [DOC] S:limit).

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use crate::lock;

/// How many calls of each endpoint are under way.
#[derive(Debug, Clone, Default)]
pub(crate) struct Limits(Arc<Mutex<BTreeMap<&'static str, Count>>>);

#[derive(Debug, Default, Clone, Copy)]
struct Count {
    now: usize,
    most: usize,
    refused: usize,
}

/// A place among the calls under way; given back when dropped.
#[derive(Debug)]
pub(crate) struct Permit {
    limits: Limits,
    endpoint: &'static str,
}

impl Limits {
    /// A place, unless `limit` are taken.
    pub(crate) fn enter(&self, endpoint: &'static str, limit: usize) -> Option<Permit> {
        let mut running = lock(&self.0);
        let count = running.entry(endpoint).or_default();
        if count.now >= limit {
            count.refused += 1;
            return None;
        }
        count.now += 1;
        count.most = count.most.max(count.now);
        Some(Permit { limits: self.clone(), endpoint })
    }

    /// The most calls of an endpoint that were under way, and how many more were refused.
    pub(crate) fn seen(&self, endpoint: &str) -> (usize, usize) {
        lock(&self.0).get(endpoint).map_or((0, 0), |count| (count.most, count.refused))
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        if let Some(count) = lock(&self.limits.0).get_mut(self.endpoint) {
            count.now = count.now.saturating_sub(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_given_back() {
        let limits = Limits::default();
        let first = limits.enter("/1/now.json", 1);
        assert!(first.is_some());
        assert!(limits.enter("/1/now.json", 1).is_none());
        assert!(limits.enter("/1/upload", 1).is_some(), "each endpoint has its own");
        drop(first);
        assert!(limits.enter("/1/now.json", 1).is_some());
        assert_eq!(limits.seen("/1/now.json"), (1, 1));
    }
}
