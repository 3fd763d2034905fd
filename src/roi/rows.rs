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
//! Two rows of one channel, campaign, period and currency are an error: whether the second adds to the first or
//! repeats it cannot be told.

use std::collections::BTreeMap;

use serde_json::Value;

use super::period::Calendar;
use super::record::{Problems, Record};
use super::row::{Key, Metric, Row, Source};

/// Rows of one call.
pub const MOST: usize = 10_000;

/// Each metric, and the names that it goes by.
pub const METRICS: &[(Metric, &[&str])] = &[
    (Metric::Spend, &["spend", "cost"]),
    (Metric::Impressions, &["impressions"]),
    (Metric::Clicks, &["clicks"]),
    (Metric::Conversions, &["conversions"]),
    (Metric::Value, &["value", "conversion_value", "revenue"]),
];

type Identity = (String, Option<String>, Option<String>, Option<String>);

/// Reads rows one by one.
#[derive(Debug)]
pub struct Rows<'a> {
    calendar: Calendar,
    /// For rows that name none.
    currency: Option<&'a str>,
    seen: BTreeMap<Identity, String>,
    rows: Vec<Row>,
}

impl<'a> Rows<'a> {
    #[must_use]
    pub const fn new(calendar: Calendar, currency: Option<&'a str>) -> Self {
        Self { calendar, currency, seen: BTreeMap::new(), rows: Vec::new() }
    }

    /// Reads one; `place` is where it stands.
    pub fn add(&mut self, place: String, value: Value, problems: &mut Problems) {
        let Some(mut record) = Record::open(place, value, problems) else { return };
        let channel = record.text(&["channel"]).map(|channel| channel.to_lowercase());
        if channel.is_none() {
            record.fail("channel", "is missing: a text such as google_ads");
        }
        let campaign = record.text(&["campaign"]);
        let period = record.text(&["period", "date"]);
        let bucket = self.calendar.bucket(period.as_deref());
        if let Err(message) = &bucket {
            record.fail("period", message.clone());
        }
        let key = Key {
            currency: None,
            channel: channel.clone(),
            campaign: campaign.clone(),
            campaign_id: None,
            bucket: bucket.unwrap_or_default(),
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
        row.key.currency.clone_from(&currency);
        let identity = (
            channel.unwrap_or_default(),
            campaign,
            period.map(|period| period.to_ascii_uppercase()),
            currency,
        );
        if let Some(first) = self.seen.get(&identity) {
            let message = format!(
                "has the same channel, campaign, period and currency as {first}: add the two up, or name them apart"
            );
            record.fail("", message);
        } else {
            self.seen.insert(identity, record.place.clone());
        }
        record.finish();
        self.rows.push(row);
    }

    #[must_use]
    pub fn finish(self) -> Vec<Row> {
        self.rows
    }
}
