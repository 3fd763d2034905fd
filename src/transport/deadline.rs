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
