//! The component against the same core compiled natively: rounds by turns, and the median of each.

use std::future::Future;
use std::time::Duration;

use anyhow::Result;

use crate::row::{Bound, Row};
use crate::sample::median;

const ROUNDS: usize = 3;

/// Records a second, of both.
pub(crate) struct Duel {
    ours: f64,
    native: f64,
}

impl Duel {
    /// Each runner tells how long it took for all of the records.
    pub(crate) async fn fight<O, N>(
        records: usize,
        mut ours: impl FnMut() -> O,
        mut native: impl FnMut() -> N,
    ) -> Result<Self>
    where
        O: Future<Output = Result<Duration>>,
        N: Future<Output = Result<Duration>>,
    {
        let rate = |took: Duration| records as f64 / took.as_secs_f64();
        let (mut our_rates, mut native_rates) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            our_rates.push(rate(ours().await?));
            native_rates.push(rate(native().await?));
        }
        Ok(Self { ours: median(&our_rates), native: median(&native_rates) })
    }

    /// Against the native core, with a word on what was done.
    pub(crate) fn row(&self, what: String, unit: &'static str, note: &str) -> Row {
        Row::new(what, self.ours, unit)
            .against("natively", self.native, self.ours / self.native)
            .note(format!("median of {ROUNDS}; {note}"))
    }

    /// 0.9 of what the upstream allows, or, where this machine cannot do that even natively, half of what it can.
    pub(crate) fn row_within(&self, what: String, unit: &'static str, allowed: f64) -> Row {
        let note = format!(
            "the upstream would allow {allowed:.0}/s, {:.2} of it is reached, natively {:.2}",
            self.ours / allowed,
            self.native / allowed
        );
        let row = self.row(what, unit, &note);
        if self.native < 0.9 * allowed {
            row.bound(Bound::AtLeast(0.5))
        } else {
            row.against("allowed", allowed, self.ours / allowed).bound(Bound::AtLeast(0.9))
        }
    }
}
