//! How long answers take: computed here, waited for in the server.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// How long answers take.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Latency {
    /// Milliseconds that every call takes.
    pub every_ms: u64,
    /// What message reports take on top, by the days they search.
    pub report: ReportLatency,
    /// Compute and log the delays ([`Call::delay`](crate::Call)), but do not wait.
    pub virtual_time: bool,
}

/// How the message report's latency grows with its window of start days.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReportLatency {
    /// No time at all.
    #[default]
    None,
    /// As observed: 0.7 s for 1 day, 6 s for 7, 26 s for 30, 109 s for 90
    /// ([3P] S:leanderp, section 11), straight lines between.
    Real,
    /// So many milliseconds for each day.
    PerDay(u64),
}

/// Days searched, and the milliseconds that took.
const OBSERVED: [(u32, u64); 5] = [(0, 0), (1, 700), (7, 6_000), (30, 26_000), (90, 109_000)];

impl Latency {
    /// What a message report takes that searches `days` days.
    #[must_use]
    pub fn report_delay(&self, days: u32) -> Duration {
        Duration::from_millis(match self.report {
            ReportLatency::None => 0,
            ReportLatency::Real => observed(days),
            ReportLatency::PerDay(ms) => ms.saturating_mul(u64::from(days)),
        })
    }

    /// What a call takes; `report_days` for message reports only.
    #[must_use]
    pub fn delay(&self, report_days: Option<u32>) -> Duration {
        let base = Duration::from_millis(self.every_ms);
        base.saturating_add(report_days.map_or(Duration::ZERO, |days| self.report_delay(days)))
    }
}

/// Beyond the last observation its line goes on.
fn observed(days: u32) -> u64 {
    let last = OBSERVED.len() - 1;
    let upper = OBSERVED.iter().position(|(at, _)| days <= *at).unwrap_or(last).max(1);
    let ((x0, y0), (x1, y1)) = (OBSERVED[upper - 1], OBSERVED[upper]);
    y0 + u64::from(days - x0) * (y1 - y0) / u64::from(x1 - x0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn real_latency_passes_through_the_observations() {
        let latency = Latency { report: ReportLatency::Real, ..Latency::default() };
        for (days, ms) in OBSERVED {
            assert_eq!(latency.report_delay(days), Duration::from_millis(ms), "{days} days");
        }
        assert_eq!(latency.report_delay(4), Duration::from_millis(3_350));
        assert!(latency.report_delay(365) > latency.report_delay(90));
    }

    #[test]
    fn delays_add_up() {
        let latency = Latency { every_ms: 5, report: ReportLatency::PerDay(10), virtual_time: true };
        assert_eq!(latency.delay(None), Duration::from_millis(5));
        assert_eq!(latency.delay(Some(3)), Duration::from_millis(35));
    }
}
