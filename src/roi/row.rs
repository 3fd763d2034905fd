//! One row of either side.

use std::collections::{BTreeMap, BTreeSet};

use super::amount::Amount;
use crate::clevertap::time::Day;
use crate::model::campaign::spelled;

spelled! {
    /// What is compared.
    Metric {
        Spend = "spend",
        Impressions = "impressions",
        Clicks = "clicks",
        /// May have decimals: advertising platforms credit fractions.
        Conversions = "conversions",
        /// Of the conversions, in money.
        Value = "value",
    }
}

spelled! {
    /// Where a row comes from.
    Source { CleverTap = "clevertap", Caller = "caller" }
}

/// Something for each metric.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PerMetric<T> {
    pub spend: T,
    pub impressions: T,
    pub clicks: T,
    pub conversions: T,
    pub value: T,
}

impl<T: Copy> PerMetric<T> {
    #[must_use]
    pub const fn get(&self, metric: Metric) -> T {
        match metric {
            Metric::Spend => self.spend,
            Metric::Impressions => self.impressions,
            Metric::Clicks => self.clicks,
            Metric::Conversions => self.conversions,
            Metric::Value => self.value,
        }
    }

    pub const fn of_mut(&mut self, metric: Metric) -> &mut T {
        match metric {
            Metric::Spend => &mut self.spend,
            Metric::Impressions => &mut self.impressions,
            Metric::Clicks => &mut self.clicks,
            Metric::Conversions => &mut self.conversions,
            Metric::Value => &mut self.value,
        }
    }
}

/// What tells rows apart.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    /// None where nothing says in what money.
    pub currency: Option<String>,
    /// In lower case; none where CleverTap does not say it.
    pub channel: Option<String>,
    /// A name.
    pub campaign: Option<String>,
    /// Of CleverTap's campaigns.
    pub campaign_id: Option<String>,
    /// First day; none for totals.
    pub bucket: Option<Day>,
    pub source: Source,
}

/// One row: its key, its metrics, and why one is missing.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    pub key: Key,
    pub metrics: PerMetric<Option<Amount>>,
    /// Metrics that are estimates at the caller's rates.
    pub estimated: BTreeSet<Metric>,
    /// For metrics that are none.
    pub reasons: BTreeMap<Metric, String>,
}

impl Row {
    #[must_use]
    pub fn new(key: Key) -> Self {
        Self { key, metrics: PerMetric::default(), estimated: BTreeSet::new(), reasons: BTreeMap::new() }
    }

    /// Whether it has money, which has a currency.
    #[must_use]
    pub const fn has_money(&self) -> bool {
        self.metrics.spend.is_some() || self.metrics.value.is_some()
    }

    /// Sets a metric, or says why it is missing.
    pub fn set(&mut self, metric: Metric, value: Result<Amount, String>) {
        match value {
            Ok(value) => *self.metrics.of_mut(metric) = Some(value),
            Err(reason) => {
                self.reasons.insert(metric, reason);
            }
        }
    }
}
