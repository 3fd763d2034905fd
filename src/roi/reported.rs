//! Rows of the report that the caller read before, as `GET …/reports` gave them.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::{Number, Value};

use super::amount::Amount;
use super::join::Measured;
use super::period::Calendar;
use super::record::{self, Problems};
use super::rows::MOST;
use crate::clevertap::time::day_from_iso;
use crate::model::{Channel, RowStatus};

/// What of a row is used here.
#[derive(Debug, Deserialize)]
struct Row {
    id: String,
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
    conversion_value: Option<Number>,
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
    let mut seen = BTreeSet::new();
    let mut rows = Vec::with_capacity(list.len());
    for (index, value) in list.into_iter().enumerate() {
        let place = format!("reports[{index}]");
        let Ok(row) = serde_json::from_value::<Row>(value) else {
            problems.add(place, "is no row as GET reports gives it: it has id, campaign, window, granularity, status and counts");
            continue;
        };
        match measured(&row, calendar) {
            Err((field, message)) => problems.add(format!("{place}.{field}"), message),
            Ok(_) if !seen.insert(row.id) => problems.add(place, "has the id of a row before it"),
            Ok(row) => rows.push(row),
        }
    }
    rows
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
    let counts = &row.counts;
    Ok(Measured {
        campaign_id: row.campaign.id.clone(),
        remote_id: row.campaign.remote_id.clone(),
        name: row.campaign.name.clone(),
        channel,
        bucket: calendar.bucket_of(row.window.day.as_deref().and_then(day_from_iso)),
        sent: counts.sent,
        impressions: counts.impressions,
        clicks: counts.clicks,
        conversions: counts.conversions,
        value: counts.conversion_value.clone().map(|value| Amount::from_json(&value.into())),
        currency: counts.currency.as_deref().and_then(record::currency),
        status,
    })
}
