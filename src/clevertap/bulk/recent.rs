//! The keys of the last records, to skip what comes twice.

use std::collections::{BTreeSet, VecDeque};
use std::hash::{DefaultHasher, Hasher};

/// How many are remembered.
const SPAN: usize = 100_000;

/// Keys as hashes of 128 bits, so that memory does not grow with their length: two keys of one hash are as good
/// as impossible.
#[derive(Debug, Default)]
pub(super) struct Recent {
    known: BTreeSet<u128>,
    order: VecDeque<u128>,
}

impl Recent {
    /// Remembers a key; false when it is remembered already.
    pub(super) fn add(&mut self, key: &str) -> bool {
        let hash = hash(key);
        if !self.known.insert(hash) {
            return false;
        }
        self.order.push_back(hash);
        if self.order.len() > SPAN
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
        true
    }
}

/// Two halves, each from a hash of its own.
fn hash(key: &str) -> u128 {
    let half = |salt: u8| {
        let mut hasher = DefaultHasher::new();
        hasher.write_u8(salt);
        hasher.write(key.as_bytes());
        u128::from(hasher.finish())
    };
    (half(0) << 64) | half(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remembers_the_last_hundred_thousand() {
        let mut recent = Recent::default();
        assert!(recent.add("a"));
        assert!(!recent.add("a"));
        for n in 1..SPAN {
            assert!(recent.add(&n.to_string()));
        }
        assert!(!recent.add("a"), "the oldest of 100,000 is still known");
        assert!(recent.add("one more"));
        assert!(recent.add("a"), "and forgotten with the next");
        assert_eq!((recent.known.len(), recent.order.len()), (SPAN, SPAN));
    }
}
