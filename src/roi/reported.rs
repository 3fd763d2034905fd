//! Rows of the report that the caller read before, as `GET …/reports` gave them.
//!
//! Each campaign has one row a bucket: a second one would take the same results, and in part the same counts.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use serde::Deserialize;
use serde_json::Value;

use super::amount::{Amount, AmountError};
use super::join::Measured;
use super::period::Calendar;
use super::record::{self, Problems};
use super::rows::MOST;
use crate::clevertap::time::{Day, day_from_iso};
use crate::model::{Channel, Granularity, RowStatus};

/// What of a row is used here.
#[derive(Debug, Deserialize)]
struct Row {
    campaign: Campaign,
    #[serde(default)]
    window: Window,
    granularity: String,
    status: String,
    counts: Counts,
}

#[derive(Debug, Deserialize)]
struct Campaign {
    id: String,
    remote_id: String,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    channel: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
struct Window {
    #[serde(default)]
    day: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Counts {
    #[serde(default)]
    sent: Option<u64>,
    #[serde(default)]
    impressions: Option<u64>,
    #[serde(default)]
    clicks: Option<u64>,
    #[serde(default)]
    conversions: Option<u64>,
    #[serde(default)]
    /// A number, or text, which keeps all digits.
    conversion_value: Option<Value>,
    #[serde(default)]
    currency: Option<String>,
}

/// Reads `reports`.
pub fn read(value: Value, calendar: &Calendar, problems: &mut Problems) -> Vec<Measured> {
    let Value::Array(list) = value else {
        problems.add("reports", "must be a list: the rows of GET reports, all of its pages");
        return Vec::new();
    };
    if list.len() > MOST {
        problems.add(
            "reports",
            format!("has more than {MOST} rows: take a coarser granularity or a shorter period"),
        );
        return Vec::new();
    }
    let mut seen = BTreeMap::new();
    let mut rows = Vec::with_capacity(list.len());
    for (index, value) in list.into_iter().enumerate() {
        let place = format!("reports[{index}]");
        let Ok(row) = serde_json::from_value::<Row>(value) else {
            problems.add(
                place,
                "is no row as GET reports gives it: it has campaign, window, granularity, status and counts",
            );
            continue;
        };
        match measured(&row, calendar) {
            Err((field, message)) => problems.add(format!("{place}.{field}"), message),
            Ok(row) => match seen.entry((row.remote_id.clone(), row.bucket)) {
                Entry::Vacant(free) => {
                    free.insert(index);
                    rows.push(row);
                }
                Entry::Occupied(first) => {
                    problems.add(format!("{place}.window.day"), twice(calendar.granularity, *first.get()));
                }
            },
        }
    }
    rows
}

fn twice(granularity: Granularity, first: usize) -> String {
    let (of, way) = match granularity {
        Granularity::Total => ("campaign", "give totals of one period"),
        Granularity::Day => ("campaign and day", "give each row once"),
        Granularity::Week => ("campaign and week", "read periods that meet between two weeks"),
        Granularity::Month => ("campaign and month", "read periods that meet between two months"),
    };
    format!("is of the same {of} as reports[{first}]: {way}")
}

/// The first day of a row, which lies in the period of the comparison.
fn day(row: &Row, calendar: &Calendar, status: RowStatus) -> Result<Option<Day>, String> {
    let Some(text) = row.window.day.as_deref() else {
        // A campaign whose numbers by day are in no known shape has one row without a day.
        return if calendar.granularity == Granularity::Total || status == RowStatus::Unrecognised {
            Ok(None)
        } else {
            Err("is missing: rows of a series have the first day of their bucket".to_owned())
        };
    };
    let day = day_from_iso(text).ok_or("must be a day such as 2026-02-03")?;
    if !calendar.has(day) {
        return Err("lies out of the period of start_at".to_owned());
    }
    Ok(Some(day))
}

fn measured(row: &Row, calendar: &Calendar) -> Result<Measured, (&'static str, String)> {
    let granularity = calendar.granularity;
    if row.granularity != granularity.as_str() {
        return Err(("granularity", format!("must be {}, that of the comparison", granularity.as_str())));
    }
    let channel = match row.campaign.channel.as_deref() {
        None => None,
        Some(text) => match Channel::parse(text) {
            Some(channel) => Some(channel.as_str()),
            None => {
                return Err(("campaign.channel", format!("is not known; accepted: {}", Channel::accepted())));
            }
        },
    };
    let status = RowStatus::parse(&row.status)
        .ok_or_else(|| ("status", format!("is not known; accepted: {}", RowStatus::accepted())))?;
    let day = day(row, calendar, status).map_err(|message| ("window.day", message))?;
    let counts = &row.counts;
    let value = counts.conversion_value.as_ref().map(Amount::rounded);
    if value == Some(Err(AmountError::NotDecimal)) {
        return Err(("counts.conversion_value", AmountError::NotDecimal.to_string()));
    }
    Ok(Measured {
        campaign_id: row.campaign.id.clone(),
        remote_id: row.campaign.remote_id.clone(),
        name: row.campaign.name.clone(),
        channel,
        bucket: calendar.bucket_of(day),
        sent: counts.sent,
        impressions: counts.impressions,
        clicks: counts.clicks,
        conversions: counts.conversions,
        value,
        currency: counts.currency.as_deref().and_then(record::currency),
        status,
    })
}
