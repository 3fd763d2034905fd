//! A point in time by which something must be done.
//!
//! | asked | answered |
//! |---|---|
//! | before it | the time that is left |
//! | at or after it | nothing is left, and it has passed |
//! | `race`, future done first | its value, also at the very moment of the deadline |
//! | `race`, time first | none; the future is dropped, which gives up what it was doing |

use std::future::Future;
use std::time::Duration;

use super::Host;
use super::select::{Either, first};

/// A point on the host's monotonic clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Deadline {
    at: Duration,
}

impl Deadline {
    /// That long from now.
    #[must_use]
    pub fn after<H: Host>(host: &H, duration: Duration) -> Self {
        Self { at: host.now().saturating_add(duration) }
    }

    /// The earlier of the two.
    #[must_use]
    pub fn or_sooner(self, other: Self) -> Self {
        self.min(other)
    }

    /// What is left of the time; zero once it has passed.
    #[must_use]
    pub fn remaining<H: Host>(&self, host: &H) -> Duration {
        self.at.saturating_sub(host.now())
    }

    #[must_use]
    pub fn passed<H: Host>(&self, host: &H) -> bool {
        self.remaining(host).is_zero()
    }

    /// The future's value, or none when the time comes first.
    pub async fn race<H: Host, T>(&self, host: &H, future: impl Future<Output = T>) -> Option<T> {
        match first(future, host.sleep(self.remaining(host))).await {
            Either::Left(value) => Some(value),
            Either::Right(()) => None,
        }
    }

    /// Waits, when the wait ends before the deadline; otherwise answers false at once.
    pub async fn pause<H: Host>(&self, host: &H, duration: Duration) -> bool {
        if duration >= self.remaining(host) {
            return false;
        }
        host.sleep(duration).await;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{FakeHost, Reply};

    const SECOND: Duration = Duration::from_secs(1);

    fn host() -> FakeHost {
        FakeHost::scripted(Vec::<Reply>::new())
    }

    #[test]
    fn counts_down_and_passes() {
        let host = host();
        let deadline = Deadline::after(&host, 3 * SECOND);
        host.run(async {
            host.sleep(SECOND).await;
            assert_eq!(deadline.remaining(&host), 2 * SECOND);
            assert!(!deadline.passed(&host));
            host.sleep(5 * SECOND).await;
            assert!(deadline.passed(&host) && deadline.remaining(&host).is_zero());
        });
    }

    #[test]
    fn races() {
        let host = host();
        host.run(async {
            let deadline = Deadline::after(&host, 3 * SECOND);
            assert_eq!(deadline.race(&host, async { host.sleep(SECOND).await }).await, Some(()));
            assert_eq!(deadline.race(&host, host.sleep(2 * SECOND)).await, Some(()), "at the very moment");
            assert_eq!(deadline.race(&host, host.sleep(SECOND)).await, None);
            assert_eq!(deadline.race(&host, std::future::ready(1)).await, Some(1), "what is done counts");
            assert_eq!(host.now(), 3 * SECOND);
        });
    }

    #[test]
    fn pauses_only_when_there_is_time() {
        let host = host();
        host.run(async {
            let deadline = Deadline::after(&host, 3 * SECOND);
            assert!(deadline.pause(&host, 2 * SECOND).await);
            assert!(!deadline.pause(&host, SECOND).await);
            assert_eq!(host.now(), 2 * SECOND);
        });
    }

    #[test]
    fn a_deadline_beyond_all_time_is_no_overflow() {
        let host = host();
        let deadline = Deadline::after(&host, Duration::MAX);
        assert!(!deadline.passed(&host));
    }
}
