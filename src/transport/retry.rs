//! Whether, and when, a request is sent again.
//!
//! | what happened | sent again | because |
//! |---|---|---|
//! | 429 | always | it was refused, so it did not take effect |
//! | the request never left | always | it did not take effect |
//! | 502, 503, 504, time-out, cut connection | only if twice is as good as once | it may have taken effect |
//! | anything else | never | it would end the same way |
//!
//! and never beyond the tries, nor when the wait would not end before the deadline. The wait is what
//! `Retry-After` says, and without it a random time up to a bound that doubles with each try (full jitter), so
//! that many callers do not come back together. All of it is a pure function of its arguments.

use std::time::{Duration, UNIX_EPOCH};

use super::{Headers, header};

/// What stands in the way of an answer that counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Refused for coming too often, with the wait that was asked for.
    Throttled(Option<Duration>),
    /// It surely did not take effect.
    NeverSent,
    /// It may have taken effect; with the wait that was asked for.
    Lost(Option<Duration>),
}

/// Bounds of the waits between tries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    /// Bound of the first wait.
    pub base: Duration,
    /// Bound of every wait.
    pub cap: Duration,
}

impl Backoff {
    /// The wait after so many tries; `random` is spread evenly over what the bound allows.
    #[must_use]
    pub fn wait(&self, tries: u8, random: u64) -> Duration {
        let doublings = u32::from(tries.saturating_sub(1)).min(30);
        let bound = self.base.saturating_mul(1_u32.checked_shl(doublings).unwrap_or(u32::MAX)).min(self.cap);
        let nanos = u64::try_from(bound.as_nanos()).unwrap_or(u64::MAX);
        // A 64-bit fraction of the bound: no bias, and no division.
        let share = u128::from(nanos).saturating_mul(u128::from(random)) >> 64;
        Duration::from_nanos(u64::try_from(share).unwrap_or(nanos))
    }
}

/// How a request may be repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// All of them, the first included.
    pub tries: u8,
    pub backoff: Backoff,
    /// Whether twice is as good as once.
    pub safe: bool,
}

impl Policy {
    /// The wait before the next try, after so many; none when there is to be no other.
    #[must_use]
    pub fn next(&self, fault: Fault, tries: u8, remaining: Duration, random: u64) -> Option<Duration> {
        let (allowed, asked) = match fault {
            Fault::Throttled(asked) => (true, asked),
            Fault::NeverSent => (true, None),
            Fault::Lost(asked) => (self.safe, asked),
        };
        if !allowed || tries >= self.tries {
            return None;
        }
        let wait = asked.unwrap_or_else(|| self.backoff.wait(tries, random));
        (wait < remaining).then_some(wait)
    }
}

/// The wait that an answer asks for: whole seconds, or a date.
#[must_use]
pub fn retry_after(headers: &Headers, unix_ms: i64) -> Option<Duration> {
    let text = header(headers, "retry-after")?.trim();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(Duration::from_secs(text.parse().unwrap_or(u64::MAX)));
    }
    let at = httpdate::parse_http_date(text).ok()?.duration_since(UNIX_EPOCH).ok()?;
    let now = Duration::from_millis(u64::try_from(unix_ms).unwrap_or(0));
    Some(at.saturating_sub(now))
}

/// A wait in milliseconds, for errors.
#[must_use]
pub fn millis(wait: Duration) -> u64 {
    u64::try_from(wait.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const BACKOFF: Backoff = Backoff { base: Duration::from_millis(500), cap: Duration::from_secs(8) };
    const LONG: Duration = Duration::from_secs(3600);

    fn policy(safe: bool) -> Policy {
        Policy { tries: 3, backoff: BACKOFF, safe }
    }

    fn after(value: &str) -> Option<Duration> {
        // 1994-11-06 08:49:37 UTC, less a minute and a bit.
        retry_after(&vec![("retry-after".into(), value.as_bytes().to_vec())], 784_111_716_500)
    }

    #[test]
    fn the_table() {
        for (fault, safe, again) in [
            (Fault::Throttled(None), false, true),
            (Fault::Throttled(None), true, true),
            (Fault::NeverSent, false, true),
            (Fault::NeverSent, true, true),
            (Fault::Lost(None), true, true),
            (Fault::Lost(None), false, false),
        ] {
            assert_eq!(policy(safe).next(fault, 1, LONG, 1).is_some(), again, "{fault:?} {safe}");
            assert_eq!(policy(safe).next(fault, 3, LONG, 1), None, "no fourth try");
        }
    }

    #[test]
    fn an_asked_wait_is_kept_when_it_fits() {
        let asked = Fault::Throttled(Some(Duration::from_secs(4)));
        assert_eq!(policy(false).next(asked, 1, Duration::from_secs(5), 1), Some(Duration::from_secs(4)));
        assert_eq!(policy(false).next(asked, 1, Duration::from_secs(4), 1), None);
    }

    #[test]
    fn retry_after_in_all_forms() {
        assert_eq!(after("7"), Some(Duration::from_secs(7)));
        assert_eq!(after(" 0 "), Some(Duration::ZERO));
        assert_eq!(after("99999999999999999999999"), Some(Duration::from_secs(u64::MAX)));
        for date in
            ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"]
        {
            assert_eq!(after(date), Some(Duration::from_millis(60_500)), "{date}");
        }
        assert_eq!(after("Sun, 06 Nov 1994 08:00:00 GMT"), Some(Duration::ZERO));
        for wrong in ["", "-1", "1.5", "soon"] {
            assert_eq!(after(wrong), None, "{wrong}");
        }
        assert_eq!(retry_after(&Vec::new(), 0), None);
    }

    proptest! {
        #[test]
        fn waits_stay_below_a_bound_that_grows_to_the_cap(tries in any::<u8>(), random in any::<u64>()) {
            let bound = BACKOFF.wait(tries, u64::MAX);
            prop_assert!(BACKOFF.wait(tries, random) <= bound);
            prop_assert!(bound <= BACKOFF.wait(tries.saturating_add(1), u64::MAX));
            prop_assert!(bound <= BACKOFF.cap);
            prop_assert_eq!(BACKOFF.wait(tries, 0), Duration::ZERO);
        }

        /// However tries fail, there are no more than allowed and they end before the deadline.
        #[test]
        fn tries_and_time_are_bounded(
            tries in 1..=10u8,
            safe in any::<bool>(),
            faults in prop::collection::vec((0..3u8, prop::option::of(0..30u64), 0..5000u64, any::<u64>()), 20),
        ) {
            let policy = Policy { tries, backoff: BACKOFF, safe };
            let deadline = Duration::from_secs(25);
            let (mut now, mut made, mut unsafe_losses) = (Duration::ZERO, 0u8, 0);
            for (kind, asked, took, random) in faults {
                made += 1;
                now += Duration::from_millis(took);
                let asked = asked.map(Duration::from_secs);
                let fault = match kind { 0 => Fault::Throttled(asked), 1 => Fault::NeverSent, _ => Fault::Lost(asked) };
                unsafe_losses += u32::from(!safe && matches!(fault, Fault::Lost(_)));
                let again = policy.next(fault, made, deadline.saturating_sub(now), random);
                prop_assert_eq!(again, policy.next(fault, made, deadline.saturating_sub(now), random));
                let Some(wait) = again else { break };
                now += wait;
                prop_assert!(now < deadline);
            }
            prop_assert!(made <= tries);
            prop_assert!(unsafe_losses <= 1);
        }
    }
}
