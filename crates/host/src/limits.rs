//! What one instance may use, and what it did use.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use tokio::time::Instant;
use wasmtime::ResourceLimiter;

/// Limits of one request or one session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Linear memory of an instance, all memories together. Growth beyond it fails in the guest.
    pub memory_bytes: usize,
    /// The longest time without progress. Until an answer has begun, only the arrival of the request's
    /// body counts as progress; afterwards also every piece of the answer that is taken. A guest that
    /// computes or waits longer is stopped.
    pub request_timeout: Duration,
    /// Elements of a table; a component of this project has a few hundred.
    pub table_elements: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { memory_bytes: 128 << 20, request_timeout: Duration::from_secs(60), table_elements: 100_000 }
    }
}

/// What an instance has used so far. A handle: clones read the same numbers, also while the guest runs.
#[derive(Debug, Clone, Default)]
pub struct Usage(Arc<Counters>);

#[derive(Debug, Default)]
struct Counters {
    peak_memory: AtomicUsize,
    memory_refused: AtomicBool,
}

impl Usage {
    /// The most linear memory that the instance had, in bytes. Memories never shrink, so this is also what
    /// it has now.
    pub fn peak_memory_bytes(&self) -> usize {
        self.0.peak_memory.load(Ordering::Relaxed)
    }

    /// Whether both are of one instance, which answers several requests.
    pub fn is_same_instance(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// Whether the guest asked for more memory than it may have. It usually traps right after.
    pub fn memory_refused(&self) -> bool {
        self.0.memory_refused.load(Ordering::Relaxed)
    }
}

/// Counts an instance's memory, and refuses what is beyond the limit.
#[derive(Debug)]
pub(crate) struct Meter {
    limits: Limits,
    total: usize,
    last_growth: usize,
    usage: Usage,
}

impl Meter {
    pub(crate) fn new(limits: Limits, usage: Usage) -> Self {
        Self { limits, total: 0, last_growth: 0, usage }
    }
}

impl ResourceLimiter for Meter {
    fn memory_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        let growth = desired.saturating_sub(current);
        let total = self.total.saturating_add(growth);
        if total > self.limits.memory_bytes {
            self.usage.0.memory_refused.store(true, Ordering::Relaxed);
            return Ok(false);
        }
        self.total = total;
        self.last_growth = growth;
        self.usage.0.peak_memory.fetch_max(total, Ordering::Relaxed);
        Ok(true)
    }

    fn memory_grow_failed(&mut self, _: wasmtime::Error) -> wasmtime::Result<()> {
        self.total = self.total.saturating_sub(std::mem::take(&mut self.last_growth));
        Ok(())
    }

    fn table_growing(&mut self, _: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        Ok(desired <= self.limits.table_elements)
    }
}

/// Watches that something moves: touched by every piece of a body, asked by the epoch callback (which can
/// stop a guest that computes) and awaited by the request (which can stop one that waits).
#[derive(Debug, Clone)]
pub(crate) struct Progress(Arc<Watch>);

#[derive(Debug)]
struct Watch {
    limit: Duration,
    start: Instant,
    last_ms: AtomicU64,
}

impl Progress {
    pub(crate) fn new(limit: Duration) -> Self {
        Self(Arc::new(Watch { limit, start: Instant::now(), last_ms: AtomicU64::new(0) }))
    }

    pub(crate) fn touch(&self) {
        self.touch_at(Instant::now());
    }

    fn touch_at(&self, now: Instant) {
        let ms = u64::try_from(now.duration_since(self.0.start).as_millis()).unwrap_or(u64::MAX);
        self.0.last_ms.fetch_max(ms, Ordering::Relaxed);
    }

    pub(crate) fn limit(&self) -> Duration {
        self.0.limit
    }

    fn deadline(&self) -> Instant {
        self.0.start + Duration::from_millis(self.0.last_ms.load(Ordering::Relaxed)) + self.0.limit
    }

    pub(crate) fn expired(&self) -> bool {
        Instant::now() >= self.deadline()
    }

    /// Resolves when nothing has moved for the limit's time.
    pub(crate) async fn stalled(&self) {
        while !self.expired() {
            tokio::time::sleep_until(self.deadline()).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meter(limit: usize) -> (Meter, Usage) {
        let usage = Usage::default();
        (Meter::new(Limits { memory_bytes: limit, ..Limits::default() }, usage.clone()), usage)
    }

    #[test]
    fn several_memories_count_together() {
        let (mut meter, usage) = meter(100);
        assert!(meter.memory_growing(0, 60, None).unwrap());
        assert!(meter.memory_growing(0, 40, None).unwrap());
        assert!(!usage.memory_refused());
        assert!(!meter.memory_growing(40, 41, None).unwrap());
        assert_eq!(usage.peak_memory_bytes(), 100);
        assert!(usage.memory_refused());
    }

    #[test]
    fn growth_that_failed_is_given_back() {
        let (mut meter, _) = meter(100);
        assert!(meter.memory_growing(0, 90, None).unwrap());
        meter.memory_grow_failed(wasmtime::Error::msg("no pages")).unwrap();
        assert!(meter.memory_growing(0, 100, None).unwrap());
    }

    #[test]
    fn progress_postpones_the_deadline() {
        let progress = Progress::new(Duration::from_secs(10));
        let start = progress.0.start;
        assert_eq!(progress.deadline(), start + Duration::from_secs(10));
        progress.touch_at(start + Duration::from_secs(9));
        progress.touch_at(start + Duration::from_secs(8));
        assert_eq!(progress.deadline(), start + Duration::from_secs(19));
        assert!(!progress.expired());
    }

    #[tokio::test]
    async fn without_progress_it_stalls() {
        Progress::new(Duration::ZERO).stalled().await;
    }
}
