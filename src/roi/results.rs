//! What CleverTap's campaigns brought, by the caller's own measure.
//!
//! | field | also | |
//! |---|---|---|
//! | `campaign_id` | | needed: an id as campaigns and reports give it |
//! | `period` | `date` | see [`period`](super::period); needed unless the granularity is `total` |
//! | `conversions` | | not negative; may have decimals |
//! | `value` | `conversion_value`, `revenue` | may be negative |
//! | `currency` | | needed beside `value`, unless the call has one for all |
//!
//! Finer periods are added up into their bucket; those that are the same or overlap are an error.

use std::collections::BTreeMap;

use serde_json::Value;

use super::amount::Amount;
use super::period::{Calendar, Taken};
use super::record::{Problems, Record};
use super::row::Metric;
use super::rows::VALUE;
use crate::clevertap::campaigns::id::CampaignId;
use crate::clevertap::time::Day;
use crate::model::Error;

/// CleverTap's id of the campaign, and the bucket.
pub type Place = (String, Option<Day>);

/// What one campaign brought in one bucket.
#[derive(Debug, Clone, PartialEq)]
pub struct Results {
    /// Where the first of its rows stands.
    pub place: String,
    pub conversions: Option<Amount>,
    pub value: Option<Amount>,
    pub currency: Option<String>,
}

/// Reads results one by one.
#[derive(Debug)]
pub struct Reader<'a> {
    calendar: Calendar,
    /// For those that name none.
    currency: Option<&'a str>,
    taken: BTreeMap<String, Taken>,
    results: BTreeMap<Place, Results>,
}

impl<'a> Reader<'a> {
    #[must_use]
    pub const fn new(calendar: Calendar, currency: Option<&'a str>) -> Self {
        Self { calendar, currency, taken: BTreeMap::new(), results: BTreeMap::new() }
    }

    /// Reads one; `place` is where it stands.
    pub fn add(&mut self, place: String, value: Value, problems: &mut Problems) {
        let Some(mut record) = Record::open(place, value, problems) else { return };
        let id = campaign(&mut record);
        let period = record.period(&self.calendar);
        let conversions = record.metric(Metric::Conversions, &["conversions"]);
        let value = record.metric(Metric::Value, VALUE);
        if conversions.is_none() && value.is_none() && record.is_sound() {
            record.fail("", "says nothing: give conversions, value or both");
        }
        let currency = record.currency().or_else(|| self.currency.map(str::to_owned));
        if value.is_some() && currency.is_none() {
            record.fail("currency", "is missing: value is money");
        }
        if let (Some(id), Some(period)) = (id, period) {
            match self.taken.entry(id.clone()).or_default().take(period, &record.place) {
                Ok(()) => {
                    let new = Results { place: record.place.clone(), conversions, value, currency };
                    self.put((id, period.bucket), new, &mut record);
                }
                Err((first, true)) => {
                    record
                        .fail("", format!("is of the same campaign and period as {first}: give one of them"));
                }
                Err((first, false)) => {
                    let message = format!(
                        "overlaps that of {first}, of the same campaign: give periods that lie apart"
                    );
                    record.fail("period", message);
                }
            }
        }
        record.finish();
    }

    /// Adds finer periods up into their bucket; a part that one of them lacks would be half a sum.
    fn put(&mut self, key: Place, new: Results, record: &mut Record<'_>) {
        let Some(known) = self.results.get_mut(&key) else {
            self.results.insert(key, new);
            return;
        };
        if known.value.is_some() && new.value.is_some() && known.currency != new.currency {
            let message = format!(
                "is another than that of {}, of the same campaign: its counts cannot be divided between two currencies",
                known.place
            );
            return record.fail("currency", message);
        }
        if known.conversions.is_some() != new.conversions.is_some()
            || known.value.is_some() != new.value.is_some()
        {
            let message =
                format!("must have conversions and value as {} has them: they are added up", known.place);
            return record.fail("", message);
        }
        let sum = |known: Option<Amount>, new: Option<Amount>| known.and_then(|known| known.plus(new?));
        known.conversions = sum(known.conversions, new.conversions);
        known.value = sum(known.value, new.value);
    }

    #[must_use]
    pub fn finish(self) -> BTreeMap<Place, Results> {
        self.results
    }
}

/// CleverTap's id of the campaign.
fn campaign(record: &mut Record<'_>) -> Option<String> {
    let Some(id) = record.text(&["campaign_id"]) else {
        record.fail("campaign_id", "is missing: an id as campaigns and reports give it");
        return None;
    };
    match CampaignId::parse(&id, "campaign_id") {
        Ok(id) => Some(id.remote),
        Err(Error::Invalid(failures)) => {
            for failure in failures {
                record.fail("campaign_id", failure.message);
            }
            None
        }
        Err(error) => {
            record.fail("campaign_id", error.to_string());
            None
        }
    }
}
