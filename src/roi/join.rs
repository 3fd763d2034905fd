//! CleverTap's numbers with what the caller knows of them.
//!
//! | metric | from, in this order |
//! |---|---|
//! | spend | `message_costs` of the channel × `sent` |
//! | impressions, clicks | CleverTap |
//! | conversions | the caller's `results`, CleverTap, the caller's `estimate` |
//! | value | the same; an estimate is conversions × `value_per_conversion` |
//!
//! A row has one currency: that of the value of its results, else of its spend, else of CleverTap's or the estimated
//! value. Money in another is left out of the row, with the reason.

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
            value: counts.conversion_value.as_ref().map(|value| Amount::rounded(&value.clone().into())),
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

    /// The same campaign in a bucket without a row: a count that CleverTap gives for it is zero.
    fn none(&self) -> Self {
        let zero = |count: Option<u64>| count.map(|_| 0);
        Self {
            sent: zero(self.sent),
            impressions: zero(self.impressions),
            clicks: zero(self.clicks),
            conversions: None,
            value: None,
            currency: None,
            ..self.clone()
        }
    }

    /// Keeps of that only counts which this row of the campaign has, too.
    fn forget_what_lacks(&mut self, row: &Self) {
        self.sent = self.sent.and(row.sent).and(Some(0));
        self.impressions = self.impressions.and(row.impressions).and(Some(0));
        self.clicks = self.clicks.and(row.clicks).and(Some(0));
    }

    fn count(&self, count: Option<u64>) -> Result<Amount, String> {
        let count = count.ok_or_else(|| self.unreported().to_owned())?;
        Amount::count(count).ok_or_else(|| "CleverTap's number is too large to calculate with".to_owned())
    }
}

/// How far the report was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reach {
    /// Whether to its end.
    pub complete: bool,
    /// First day after those that it is of, where that is known.
    pub end: Option<Day>,
}

/// More warnings of one kind would help nobody.
const MOST_WARNINGS: usize = 20;

/// The rows of CleverTap's side, and warnings about results that none of the report's rows has.
#[must_use]
pub fn join(measured: &[Measured], given: &Given, reach: Reach) -> (Vec<Row>, Vec<Warning>) {
    let mut rows: Vec<Row> = Vec::new();
    let mut used = BTreeSet::new();
    let mut campaigns: BTreeMap<&str, Measured> = BTreeMap::new();
    for one in measured {
        let key = (one.remote_id.clone(), one.bucket);
        let results = given.results.get(&key);
        used.insert(key);
        campaigns
            .entry(&one.remote_id)
            .and_modify(|known| known.forget_what_lacks(one))
            .or_insert_with(|| one.none());
        rows.push(row(one, given, results));
    }
    let mut unmatched: Vec<&str> = Vec::new();
    let mut late = 0usize;
    for (key, results) in given.results.iter().filter(|(key, _)| !used.contains(*key)) {
        let Some(none) = campaigns.get(key.0.as_str()).filter(|_| reach.complete) else {
            unmatched.push(&results.place);
            continue;
        };
        // What a message brings may come after the last day that it was sent on.
        let mut none = Measured { bucket: key.1, ..none.clone() };
        if key.1.zip(reach.end).is_none_or(|(day, end)| day >= end) {
            (none.sent, none.impressions, none.clicks) = (None, None, None);
        }
        late = late.saturating_add(1);
        rows.push(row(&none, given, Some(results)));
    }
    (rows, warnings(&unmatched, late))
}

fn warnings(unmatched: &[&str], late: usize) -> Vec<Warning> {
    const UNMATCHED: &str = "results_unmatched";
    let message = "this campaign and period are not among the rows of the report that were read: these conversions and value are in no row and no sum";
    let mut warnings: Vec<Warning> = unmatched
        .iter()
        .take(MOST_WARNINGS)
        .map(|place| Warning::new(UNMATCHED, message).about((*place).to_owned()))
        .collect();
    let more = unmatched.len().saturating_sub(MOST_WARNINGS);
    if more > 0 {
        warnings.push(
            Warning::new(UNMATCHED, format!("and {more} more of results are in no row and no sum"))
                .about("results"),
        );
    }
    if late > 0 {
        let message = format!(
            "{late} of results are for a period in which the report, read to its end, has no row of the campaign: what it \
             counts for the campaign in all other rows is zero there, spend too; the rest, and all where the end of the \
             report's period is not given, is null"
        );
        warnings.push(Warning::new("results_without_row", message).about("results"));
    }
    warnings
}

/// Money in its own currency.
type Cash<'a> = (Amount, Option<&'a str>);

fn row(measured: &Measured, given: &Given, results: Option<&Results>) -> Row {
    let counted = measured.status == RowStatus::Estimated;
    let mut estimated = BTreeSet::new();
    let spend = spend(measured, given);

    let conversions = match (results.and_then(|results| results.conversions), measured.conversions) {
        (Some(said), _) => Ok(said),
        (None, Some(count)) => {
            estimated.extend(counted.then_some(Metric::Conversions));
            measured.count(Some(count))
        }
        (None, None) => {
            estimated.insert(Metric::Conversions);
            estimated_conversions(measured, given.estimate.as_ref())
        }
    };
    let said = results.and_then(|results| Some((results.value?, results.currency.as_deref())));
    let (what, value) = match (said, measured.value) {
        (Some(said), _) => ("its value", Ok(said)),
        (None, Some(its)) => {
            estimated.extend(counted.then_some(Metric::Value));
            ("CleverTap's value", reported_value(measured, given, its))
        }
        (None, None) => {
            estimated.insert(Metric::Value);
            ("value_per_conversion", estimated_value(given, &conversions))
        }
    };
    if counted {
        estimated.extend([Metric::Spend, Metric::Impressions, Metric::Clicks]);
    }
    let of = |cash: &Result<Cash<'_>, String>| {
        cash.as_ref().ok().and_then(|(_, currency)| *currency).map(str::to_owned)
    };
    let currency = said
        .and_then(|(_, currency)| currency.map(str::to_owned))
        .or_else(|| of(&spend))
        .or_else(|| of(&value))
        // Without money, it stands where its money would.
        .or_else(|| given.costs.as_ref().filter(|costs| costs.has(measured.channel))?.currency.clone())
        .or_else(|| measured.currency.clone())
        .or_else(|| given.currency.clone());

    let take = |what: &str, (amount, its): Cash<'_>| match (its, currency.as_deref()) {
        (Some(its), Some(own)) if its != own => {
            Err(format!("{what} is in {its}, the rest of the row in {own}"))
        }
        _ => Ok(amount),
    };
    let metrics = [
        (Metric::Spend, spend.and_then(|cash| take("its message cost", cash))),
        (Metric::Impressions, measured.count(measured.impressions)),
        (Metric::Clicks, measured.count(measured.clicks)),
        (Metric::Conversions, conversions),
        (Metric::Value, value.and_then(|cash| take(what, cash))),
    ];
    let mut row = Row::new(Key {
        currency,
        channel: measured.channel.map(str::to_owned),
        campaign: measured.name.clone(),
        campaign_id: Some(measured.campaign_id.clone()),
        bucket: measured.bucket,
        source: Source::CleverTap,
    });
    for (metric, value) in metrics {
        row.set(metric, value);
    }
    estimated.retain(|metric| row.metrics.get(*metric).is_some());
    row.estimated = estimated;
    row
}

fn too_large() -> String {
    "the product is too large to calculate with".to_owned()
}

fn spend<'a>(measured: &Measured, given: &'a Given) -> Result<Cash<'a>, String> {
    let Some(costs) = &given.costs else { return Err("no message_costs given".to_owned()) };
    let Some(channel) = measured.channel else {
        return Err("CleverTap does not say the channel, so no message cost is known".to_owned());
    };
    let Some(cost) = costs.by_channel.get(channel) else {
        return Err(format!("message_costs has none for {channel}"));
    };
    let sent = measured.count(measured.sent).map_err(|reason| format!("sent is not known: {reason}"))?;
    Ok((cost.times(sent).ok_or_else(too_large)?, costs.currency.as_deref()))
}

fn reported_value<'a>(
    measured: &'a Measured,
    given: &'a Given,
    value: Result<Amount, AmountError>,
) -> Result<Cash<'a>, String> {
    let value = value.map_err(|error| format!("CleverTap's value {error}"))?;
    let currency = measured.currency.as_deref().or(given.currency.as_deref());
    let nameless = || "CleverTap does not say the currency of its value: give currency".to_owned();
    Ok((value, Some(currency.ok_or_else(nameless)?)))
}

fn estimated_value<'a>(given: &'a Given, conversions: &Result<Amount, String>) -> Result<Cash<'a>, String> {
    let estimate = given.estimate.as_ref();
    let Some((estimate, each)) =
        estimate.and_then(|estimate| Some((estimate, estimate.value_per_conversion?)))
    else {
        return Err("none given, and not reported by CleverTap".to_owned());
    };
    let value = each.times(conversions.clone()?).ok_or_else(too_large)?;
    Ok((value, estimate.currency.as_deref()))
}

fn estimated_conversions(measured: &Measured, estimate: Option<&Estimate>) -> Result<Amount, String> {
    let estimate = estimate.ok_or("none given, and not reported by CleverTap")?;
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
