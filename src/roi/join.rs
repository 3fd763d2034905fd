//! CleverTap's numbers with what the caller knows of them.
//!
//! | metric | from, in this order |
//! |---|---|
//! | spend | `message_costs` of the channel × `sent` |
//! | impressions, clicks | CleverTap |
//! | conversions | the caller's `results`, CleverTap, the caller's `estimate` |
//! | value | the same; an estimate is conversions × `value_per_conversion` |
//!
//! A row has one currency: that of its results, else of `message_costs`, else of the estimate, else CleverTap's. Money
//! in another is left out of the row, with the reason.

use std::collections::{BTreeMap, BTreeSet};

use super::amount::{Amount, AmountError};
use super::given::{Estimate, Given, Of};
use super::period::Calendar;
use super::record;
use super::results::Results;
use super::row::{Key, Metric, Row, Source};
use crate::clevertap::time::{Day, day_from_iso};
use crate::model::{ReportRow, RowStatus, Warning};

/// What a row of the report says.
#[derive(Debug, Clone, PartialEq)]
pub struct Measured {
    pub campaign_id: String,
    pub remote_id: String,
    pub name: Option<String>,
    pub channel: Option<&'static str>,
    pub bucket: Option<Day>,
    pub sent: Option<u64>,
    pub impressions: Option<u64>,
    pub clicks: Option<u64>,
    pub conversions: Option<u64>,
    /// As an amount, or why it is none.
    pub value: Option<Result<Amount, AmountError>>,
    pub currency: Option<String>,
    /// Why counts are missing, where it is not that CleverTap reports none.
    pub status: RowStatus,
}

impl Measured {
    #[must_use]
    pub fn of(row: &ReportRow, calendar: &Calendar) -> Self {
        let counts = &row.counts;
        Self {
            campaign_id: row.campaign.id.clone(),
            remote_id: row.campaign.remote_id.clone(),
            name: row.campaign.name.clone(),
            channel: row.campaign.channel.map(crate::model::Channel::as_str),
            bucket: calendar.bucket_of(row.window.day.as_deref().and_then(day_from_iso)),
            sent: counts.sent,
            impressions: counts.impressions,
            clicks: counts.clicks,
            conversions: counts.conversions,
            value: counts.conversion_value.as_ref().map(|value| Amount::from_json(&value.clone().into())),
            currency: counts.currency.as_deref().and_then(record::currency),
            status: row.status,
        }
    }

    const fn unreported(&self) -> &'static str {
        match self.status {
            RowStatus::Pending => "CleverTap has not finished counting",
            RowStatus::Unrecognised => "CleverTap's numbers came in a shape that is not known",
            RowStatus::Ready | RowStatus::Estimated => "not reported by CleverTap",
        }
    }

    fn count(&self, count: Option<u64>) -> Result<Amount, String> {
        let count = count.ok_or_else(|| self.unreported().to_owned())?;
        Amount::count(count).ok_or_else(|| "CleverTap's number is too large to calculate with".to_owned())
    }
}

/// The rows of CleverTap's side, and a warning for each of the caller's results that belongs to none. `complete` says
/// whether the report was read to its end.
#[must_use]
pub fn join(measured: &[Measured], given: &Given, complete: bool) -> (Vec<Row>, Vec<Warning>) {
    let mut rows: Vec<Row> = Vec::new();
    let mut used = BTreeSet::new();
    let mut campaigns: BTreeMap<&str, &Measured> = BTreeMap::new();
    for one in measured {
        let key = (one.remote_id.clone(), one.bucket);
        let results = given.results.get(&key);
        used.insert(key);
        campaigns.entry(&one.remote_id).or_insert(one);
        rows.push(row(one, given, results));
    }
    let mut warnings = Vec::new();
    for (key, results) in given.results.iter().filter(|(key, _)| !used.contains(*key)) {
        let Some(campaign) = campaigns.get(key.0.as_str()).filter(|_| complete) else {
            let message = "this campaign and period are not among the rows of the report that were read: these conversions and value are in no row and no sum";
            warnings.push(Warning::new("results_unmatched", message).about(results.place.clone()));
            continue;
        };
        // What a message brings may come after the last day that it was sent on.
        let nothing = Measured {
            bucket: key.1,
            sent: None,
            impressions: None,
            clicks: None,
            conversions: None,
            value: None,
            currency: None,
            ..(*campaign).clone()
        };
        rows.push(row(&nothing, given, Some(results)));
    }
    (rows, warnings)
}

fn row(measured: &Measured, given: &Given, results: Option<&Results>) -> Row {
    let estimate = given.estimate.as_ref();
    let estimated_money = estimate.filter(|estimate| estimate.value_per_conversion.is_some());
    let currency = results
        .filter(|results| results.value.is_some())
        .and_then(|results| results.currency.clone())
        .or_else(|| given.costs.as_ref().and_then(|costs| costs.currency.clone()))
        .or_else(|| estimated_money.and_then(|estimate| estimate.currency.clone()))
        .or_else(|| measured.currency.clone())
        .or_else(|| given.currency.clone());
    let mut row = Row::new(Key {
        currency: currency.clone(),
        channel: measured.channel.map(str::to_owned),
        campaign: measured.name.clone(),
        campaign_id: Some(measured.campaign_id.clone()),
        bucket: measured.bucket,
        source: Source::CleverTap,
    });
    let money = Money { currency: currency.as_deref() };
    row.set(Metric::Impressions, measured.count(measured.impressions));
    row.set(Metric::Clicks, measured.count(measured.clicks));
    row.set(Metric::Spend, spend(measured, given, money));

    let said = results.and_then(|results| results.conversions).map(Ok);
    let said = said.or_else(|| measured.conversions.map(|count| measured.count(Some(count))));
    let conversions = said.unwrap_or_else(|| {
        let Some(estimate) = estimate else {
            return Err("none given, and not reported by CleverTap".to_owned());
        };
        let estimated = estimated_conversions(measured, estimate)?;
        row.estimated.insert(Metric::Conversions);
        Ok(estimated)
    });
    row.set(Metric::Conversions, conversions.clone());

    let said = results.and_then(|results| results.value.map(Ok));
    let said = said.or_else(|| {
        let value = measured.value?.map_err(|error| format!("CleverTap's value {error}"));
        let currency = measured.currency.as_deref().or(given.currency.as_deref());
        let nameless = || "CleverTap does not say the currency of its value: give currency".to_owned();
        let its = currency.ok_or_else(nameless);
        Some(its.and_then(|its| money.take("CleverTap's value", Some(its), value?)))
    });
    let value = said.unwrap_or_else(|| {
        let each = estimated_money.and_then(|estimate| Some((estimate, estimate.value_per_conversion?)));
        let Some((estimate, each)) = each else {
            return Err("none given, and not reported by CleverTap".to_owned());
        };
        let each = money.take("value_per_conversion", estimate.currency.as_deref(), each)?;
        let value = each.times(conversions?).ok_or_else(too_large)?;
        row.estimated.insert(Metric::Value);
        Ok(value)
    });
    row.set(Metric::Value, value);
    row
}

/// The currency of a row.
#[derive(Debug, Clone, Copy)]
struct Money<'a> {
    currency: Option<&'a str>,
}

impl Money<'_> {
    /// An amount of this currency, or why it is not of this row.
    fn take(self, what: &str, currency: Option<&str>, amount: Amount) -> Result<Amount, String> {
        match (currency, self.currency) {
            (Some(its), Some(own)) if its != own => {
                Err(format!("{what} is in {its}, the rest of the row in {own}"))
            }
            _ => Ok(amount),
        }
    }
}

fn too_large() -> String {
    "the product is too large to calculate with".to_owned()
}

fn spend(measured: &Measured, given: &Given, money: Money<'_>) -> Result<Amount, String> {
    let Some(costs) = &given.costs else { return Err("no message_costs given".to_owned()) };
    let Some(channel) = measured.channel else {
        return Err("CleverTap does not say the channel, so no message cost is known".to_owned());
    };
    let Some(cost) = costs.by_channel.get(channel) else {
        return Err(format!("message_costs has none for {channel}"));
    };
    let cost = money.take("its message cost", costs.currency.as_deref(), *cost)?;
    let sent = measured.count(measured.sent).map_err(|reason| format!("sent is not known: {reason}"))?;
    cost.times(sent).ok_or_else(too_large)
}

fn estimated_conversions(measured: &Measured, estimate: &Estimate) -> Result<Amount, String> {
    let rate = measured.channel.and_then(|channel| estimate.rates.get(channel)).ok_or_else(|| {
        format!(
            "none given, not reported by CleverTap, and estimate.rates has none for {}",
            measured.channel.unwrap_or("an unknown channel")
        )
    })?;
    let count = match estimate.of {
        Of::Sent => measured.sent,
        Of::Impressions => measured.impressions,
        Of::Clicks => measured.clicks,
    };
    let count = measured
        .count(count)
        .map_err(|reason| format!("{} are not known: {reason}", estimate.of.as_str()))?;
    rate.times(count).ok_or_else(too_large)
}
