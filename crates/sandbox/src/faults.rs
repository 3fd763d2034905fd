//! What goes wrong, and when: decided by seeded counters, so that a run can be
//! repeated.

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};

use crate::rng;

/// The share of requests, from 0.0 to 1.0, that each fault befalls. A request
/// suffers one fault at most; the shares add up.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Faults {
    /// Answers that come `latency_ms` later.
    pub latency: f64,
    /// How much later.
    pub latency_ms: u64,
    /// HTTP 429, nothing processed.
    pub rate_429: f64,
    /// HTTP 200 with the text of a 429, nothing processed.
    pub rate_429_as_200: f64,
    /// HTTP 500, nothing processed.
    pub rate_500: f64,
    /// HTTP 502 without JSON, nothing processed.
    pub rate_502: f64,
    /// HTTP 503, nothing processed.
    pub rate_503: f64,
    /// Processed, then the connection closes in the middle of the body.
    pub cut_body: f64,
    /// Processed, then the body trickles for `slow_body_ms`.
    pub slow_body: f64,
    /// How long a slow body takes.
    pub slow_body_ms: u64,
    /// Writes only: stored, then HTTP 503.
    pub store_then_503: f64,
    /// Writes only: stored, then the connection closes without an answer.
    pub store_then_cut: f64,
    /// The connection closes before anything is processed.
    pub drop_before: f64,
    /// Processed, then HTTP 200 with bytes that are no JSON.
    pub garbage_body: f64,
    /// HTTP 200 with a web page in place of JSON, nothing processed.
    pub html_body: f64,
    /// `Retry-After`, in seconds, on every 429 and 503.
    pub retry_after: Option<u64>,
}

/// One fault, as scripted for a request ([`State::script`](crate::State::script))
/// or as it befell one ([`Call::fault`](crate::Call::fault)).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// Nothing goes wrong.
    Pass,
    /// The answer comes so many milliseconds later.
    Latency(u64),
    /// This HTTP status (429, 500, 502, 503, 504, …), nothing processed.
    Status(u16),
    /// HTTP 200 with the text of a 429, nothing processed.
    #[serde(rename = "status_429_as_200")]
    Status429As200,
    /// Processed, then the connection closes in the middle of the body.
    CutBody,
    /// Processed, then the body trickles for so many milliseconds.
    SlowBody(u64),
    /// Processed, then HTTP 503.
    #[serde(rename = "store_then_503")]
    StoreThen503,
    /// Processed, then the connection closes without an answer.
    StoreThenCut,
    /// Processed, but no answer ever comes.
    StoreThenHang,
    /// The connection closes before anything is processed.
    DropBefore,
    /// Processed, then HTTP 200 with bytes that are no JSON.
    GarbageBody,
    /// HTTP 200 with a web page in place of JSON, nothing processed.
    HtmlBody,
    /// Nothing is processed and no answer ever comes.
    Hang,
}

impl Fault {
    /// Whether the request is processed although it fails.
    #[must_use]
    pub fn is_processed(self) -> bool {
        !matches!(
            self,
            Fault::Status(_) | Fault::Status429As200 | Fault::DropBefore | Fault::HtmlBody | Fault::Hang
        )
    }
}

impl Faults {
    /// The shares in the order in which they are laid out over `0.0..1.0`.
    fn shares(&self, write: bool) -> [(f64, Fault); 13] {
        let stored = |share| if write { share } else { 0.0 };
        [
            (self.latency, Fault::Latency(self.latency_ms)),
            (self.rate_429, Fault::Status(429)),
            (self.rate_429_as_200, Fault::Status429As200),
            (self.rate_500, Fault::Status(500)),
            (self.rate_502, Fault::Status(502)),
            (self.rate_503, Fault::Status(503)),
            (self.cut_body, Fault::CutBody),
            (self.slow_body, Fault::SlowBody(self.slow_body_ms)),
            (stored(self.store_then_503), Fault::StoreThen503),
            (stored(self.store_then_cut), Fault::StoreThenCut),
            (self.drop_before, Fault::DropBefore),
            (self.garbage_body, Fault::GarbageBody),
            (self.html_body, Fault::HtmlBody),
        ]
    }

    /// The fault at `point` of `0.0..1.0`.
    fn at(&self, point: f64, write: bool) -> Fault {
        let mut reached = 0.0;
        for (share, fault) in self.shares(write) {
            reached += share;
            if point < reached {
                return fault;
            }
        }
        Fault::Pass
    }
}

/// Decides for each request: first the scripts, then the shares.
#[derive(Debug)]
pub(crate) struct FaultBook {
    seed: u64,
    pub(crate) faults: Faults,
    scripts: BTreeMap<String, VecDeque<Fault>>,
    seen: BTreeMap<String, u64>,
}

impl FaultBook {
    pub(crate) fn new(seed: u64, faults: Faults) -> Self {
        FaultBook { seed, faults, scripts: BTreeMap::new(), seen: BTreeMap::new() }
    }

    pub(crate) fn script(&mut self, path: &str, faults: Vec<Fault>) {
        self.scripts.entry(path.to_owned()).or_default().extend(faults);
    }

    /// The fault of the next request to `path`. Counted for each path, so that
    /// calls to other paths do not shift the sequence.
    pub(crate) fn decide(&mut self, path: &str, write: bool) -> Fault {
        if let Some(fault) = self.scripts.get_mut(path).and_then(VecDeque::pop_front) {
            return fault;
        }
        let count = self.seen.entry(path.to_owned()).or_default();
        *count += 1;
        let bits = rng::hash(self.seed ^ rng::hash(*count, b"fault"), path.as_bytes());
        self.faults.at(rng::unit(bits), write)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sequence(seed: u64, faults: &Faults) -> Vec<Fault> {
        let mut book = FaultBook::new(seed, faults.clone());
        (0..200).map(|_| book.decide("/1/upload", true)).collect()
    }

    #[test]
    fn shares_are_kept_and_repeatable() {
        let faults = Faults { rate_429: 0.2, store_then_cut: 0.1, ..Faults::default() };
        let first = sequence(7, &faults);
        assert_eq!(first, sequence(7, &faults));
        assert_ne!(first, sequence(8, &faults));
        let throttled = first.iter().filter(|fault| **fault == Fault::Status(429)).count();
        assert!((20..=60).contains(&throttled), "{throttled} of 200");
    }

    #[test]
    fn reads_are_not_stored() {
        let faults = Faults { store_then_cut: 1.0, ..Faults::default() };
        let mut book = FaultBook::new(1, faults);
        assert_eq!(book.decide("/1/profile.json", false), Fault::Pass);
        assert_eq!(book.decide("/1/upload", true), Fault::StoreThenCut);
    }

    #[test]
    fn scripts_come_first() {
        let mut book = FaultBook::new(1, Faults { rate_500: 1.0, ..Faults::default() });
        book.script("/1/upload", vec![Fault::Pass, Fault::DropBefore]);
        assert_eq!(book.decide("/1/upload", true), Fault::Pass);
        assert_eq!(book.decide("/1/now.json", false), Fault::Status(500));
        assert_eq!(book.decide("/1/upload", true), Fault::DropBefore);
        assert_eq!(book.decide("/1/upload", true), Fault::Status(500));
    }
}
