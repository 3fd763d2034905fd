//! The caller's rows of other channels.
//!
//! | field | also | |
//! |---|---|---|
//! | `channel` | | needed; compared in lower case |
//! | `campaign` | | a name; none for a channel as a whole |
//! | `period` | `date` | see [`period`](super::period); needed unless the granularity is `total` |
//! | `spend` | `cost` | not negative |
//! | `impressions`, `clicks` | | whole numbers, not negative |
//! | `conversions` | | not negative; may have decimals |
//! | `value` | `conversion_value`, `revenue` | may be negative |
//! | `currency` | | needed beside `spend` or `value`, unless the call has one for all |
//!
//! Two rows of one channel, campaign and currency whose periods are the same or overlap are an error: whether the second
//! adds to the first or repeats it cannot be told.

use std::collections::BTreeMap;

use serde_json::Value;

use super::period::{Calendar, Taken};
use super::record::{Problems, Record};
use super::row::{Key, Metric, Row, Source};

/// Rows of one call.
pub const MOST: usize = 10_000;

/// Names of what conversions are worth.
pub const VALUE: &[&str] = &["value", "conversion_value", "revenue"];

/// Each metric, and the names that it goes by.
pub const METRICS: &[(Metric, &[&str])] = &[
    (Metric::Spend, &["spend", "cost"]),
    (Metric::Impressions, &["impressions"]),
    (Metric::Clicks, &["clicks"]),
    (Metric::Conversions, &["conversions"]),
    (Metric::Value, VALUE),
];

/// Channel, campaign and currency.
type Identity = (Option<String>, Option<String>, Option<String>);

/// Reads rows one by one.
#[derive(Debug)]
pub struct Rows<'a> {
    calendar: Calendar,
    /// For rows that name none.
    currency: Option<&'a str>,
    taken: BTreeMap<Identity, Taken>,
    rows: Vec<Row>,
}

impl<'a> Rows<'a> {
    #[must_use]
    pub const fn new(calendar: Calendar, currency: Option<&'a str>) -> Self {
        Self { calendar, currency, taken: BTreeMap::new(), rows: Vec::new() }
    }

    /// Reads one; `place` is where it stands.
    pub fn add(&mut self, place: String, value: Value, problems: &mut Problems) {
        let Some(mut record) = Record::open(place, value, problems) else { return };
        let channel = record.text(&["channel"]).map(|channel| channel.to_lowercase());
        if channel.is_none() {
            record.fail("channel", "is missing: a text such as google_ads");
        }
        let campaign = record.text(&["campaign"]);
        let period = record.period(&self.calendar);
        let key = Key {
            currency: None,
            channel,
            campaign,
            campaign_id: None,
            bucket: period.and_then(|period| period.bucket),
            source: Source::Caller,
        };
        let mut row = Row::new(key);
        for (metric, names) in METRICS {
            let value = record.metric(*metric, names);
            row.set(*metric, value.ok_or_else(|| format!("no {} given", metric.as_str())));
        }
        if row.reasons.len() == METRICS.len() && record.is_sound() {
            record.fail("", "has no number: give one of spend, impressions, clicks, conversions, value");
        }
        let currency = record.currency().or_else(|| self.currency.map(str::to_owned));
        if row.has_money() && currency.is_none() {
            record.fail(
                "currency",
                "is missing: spend and value are money; one for all rows may stand beside them",
            );
        }
        row.key.currency = currency;
        if let Some(period) = period {
            let key = &row.key;
            let identity = (key.channel.clone(), key.campaign.clone(), key.currency.clone());
            match self.taken.entry(identity).or_default().take(period, &record.place) {
                Ok(()) => {}
                Err((first, true)) => record.fail("", format!(
                    "has the same channel, campaign, period and currency as {first}: add the two up, or name them apart"
                )),
                Err((first, false)) => record.fail("period", format!(
                    "overlaps that of {first}, of the same channel, campaign and currency: give periods that lie apart"
                )),
            }
        }
        record.finish();
        self.rows.push(row);
    }

    #[must_use]
    pub fn finish(self) -> Vec<Row> {
        self.rows
    }
}
