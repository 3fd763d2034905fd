//! How many days of the message report to ask for at once.
//!
//! The report is slow upstream and has no pages: about 0.7 s for one day of starts, 6 s for 7, 26 s for 30
//! (3P S:leanderp). A window is therefore as wide as the page needs, and never wider than the deadline
//! allows; what was measured replaces the assumption.

use std::time::Duration;

/// Milliseconds a day until something was measured: 26 s for 30 days.
const ASSUMED_MS_A_DAY: u64 = 870;
/// The campaign list recommends windows of at most 31 days (3P S:ingestr); the report is cut alike.
pub const WIDEST_DAYS: i64 = 31;
/// The part of the time left that a window may be expected to take, in percent.
const SHARE: u64 = 70;

/// Sizes windows by what the page still needs, what the deadline allows and what was measured.
#[derive(Debug, Clone)]
pub struct Sizer {
    ms_a_day: u64,
    wanted_days: i64,
}

impl Sizer {
    /// For a page of `limit` items; `measured` comes from an earlier page's cursor.
    #[must_use]
    pub fn new(limit: usize, measured: Option<u64>) -> Self {
        // About a campaign a day is usual; a page that wants few items should not wait for many days.
        let wanted_days = match limit {
            0..=3 => 2,
            4..=15 => 5,
            16..=60 => 10,
            _ => 20,
        };
        Self { ms_a_day: measured.unwrap_or(ASSUMED_MS_A_DAY), wanted_days }
    }

    #[must_use]
    pub const fn ms_a_day(&self) -> u64 {
        self.ms_a_day
    }

    /// Days of the next window; none when not even one day fits into what is left of the deadline.
    #[must_use]
    pub fn days(&self, left: Duration) -> Option<i64> {
        let left_ms = u64::try_from(left.as_millis()).unwrap_or(u64::MAX);
        let budget = left_ms.saturating_mul(SHARE).checked_div(100).unwrap_or(0);
        let fitting = budget.checked_div(self.ms_a_day.max(1)).unwrap_or(0);
        let fitting = i64::try_from(fitting).unwrap_or(i64::MAX).min(WIDEST_DAYS);
        (fitting >= 1).then(|| self.wanted_days.min(fitting))
    }

    /// Learns from a window of `days` that took `took`, and widens the next one if this one gave little.
    pub fn learn(&mut self, days: i64, took: Duration, found_enough: bool) {
        let took_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        let days = u64::try_from(days).unwrap_or(1).max(1);
        self.ms_a_day = took_ms.checked_div(days).unwrap_or(took_ms);
        if !found_enough {
            self.wanted_days = self.wanted_days.saturating_mul(2).min(WIDEST_DAYS);
        }
    }

    /// Learns that a window of `days` did not answer within `waited`.
    pub fn learn_timeout(&mut self, days: i64, waited: Duration) {
        let waited_ms = u64::try_from(waited.as_millis()).unwrap_or(u64::MAX);
        let days = u64::try_from(days).unwrap_or(1).max(1);
        self.ms_a_day = self.ms_a_day.saturating_mul(2).max(waited_ms.checked_div(days).unwrap_or(waited_ms));
        self.wanted_days = self.wanted_days.checked_div(2).unwrap_or(1).max(1);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_small_page_asks_for_few_days() {
        let left = Duration::from_secs(25);
        assert_eq!(Sizer::new(1, None).days(left), Some(2));
        assert_eq!(Sizer::new(50, None).days(left), Some(10));
        assert_eq!(Sizer::new(500, None).days(left), Some(20));
    }

    #[test]
    fn the_deadline_narrows_it_and_speed_widens_it() {
        let mut sizer = Sizer::new(500, None);
        assert_eq!(sizer.days(Duration::from_secs(5)), Some(4));
        assert_eq!(sizer.days(Duration::from_millis(500)), None);
        sizer.learn(20, Duration::from_millis(20), false);
        assert_eq!(sizer.days(Duration::from_millis(500)), Some(WIDEST_DAYS));
    }

    #[test]
    fn a_timeout_narrows_it() {
        let mut sizer = Sizer::new(500, None);
        sizer.learn_timeout(20, Duration::from_secs(25));
        assert!(sizer.days(Duration::from_secs(25)).unwrap() <= 10);
    }

    proptest! {
        #[test]
        fn always_between_one_day_and_the_widest(limit in 0usize..1000, ms in 0u64..100_000, left in 0u64..700_000) {
            if let Some(days) = Sizer::new(limit, Some(ms)).days(Duration::from_millis(left)) {
                prop_assert!((1..=WIDEST_DAYS).contains(&days));
                prop_assert!(ms.saturating_mul(u64::try_from(days).unwrap()) <= left);
            }
        }
    }
}
