//! Sums, ratios and shares, a block for each currency.
//!
//! Rows of one key (the same channel, campaign, period and source) are added up first: finer periods of the caller's
//! meet in one bucket. The order of the rows does not matter to anything.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use super::amount::Amount;
use super::period::Calendar;
use super::row::{Metric, PerMetric, Row, Source};

/// What is divided by what.
struct Ratio {
    name: &'static str,
    over: Metric,
    by: Metric,
    /// Per so many.
    scale: u32,
    /// Of `over`, what is beyond `by`.
    is_gain: bool,
}

const RATIOS: &[Ratio] = &[
    Ratio { name: "cpa", over: Metric::Spend, by: Metric::Conversions, scale: 1, is_gain: false },
    Ratio { name: "cpc", over: Metric::Spend, by: Metric::Clicks, scale: 1, is_gain: false },
    Ratio { name: "cpm", over: Metric::Spend, by: Metric::Impressions, scale: 1000, is_gain: false },
    Ratio { name: "roas", over: Metric::Value, by: Metric::Spend, scale: 1, is_gain: false },
    Ratio { name: "roi", over: Metric::Value, by: Metric::Spend, scale: 1, is_gain: true },
];

const SHARES: &[(&str, Metric)] =
    &[("share_of_spend", Metric::Spend), ("share_of_conversions", Metric::Conversions)];

/// All rows of one currency.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Block {
    /// None for rows that have no money, where nothing says in which they would be.
    pub currency: Option<String>,
    /// By channel, campaign and period.
    pub rows: Vec<Line>,
    /// By channel and campaign, over all periods; absent where there is only one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub campaigns: Option<Vec<Line>>,
    pub channels: Vec<Line>,
    /// By period; absent where there is only one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub periods: Option<Vec<Line>>,
    pub totals: Line,
}

/// A row of a comparison.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Line {
    #[serde(flatten)]
    pub heading: Heading,
    #[serde(flatten, serialize_with = "metrics")]
    pub metrics: PerMetric<Option<Amount>>,
    #[serde(flatten)]
    pub figures: BTreeMap<&'static str, Option<Amount>>,
    /// Metrics that are estimates, wholly or in part; what is made of them is one, too.
    pub estimated: BTreeSet<Metric>,
    /// How many of the rows that were added up lack a metric; those that none lacks are left out.
    pub missing: BTreeMap<Metric, usize>,
    /// Why something is null.
    pub reasons: BTreeMap<&'static str, String>,
}

/// What a line is about. A part that lines of its kind do not tell apart is absent.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Heading {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel: Option<Option<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub campaign: Option<Option<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub campaign_id: Option<Option<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub period: Option<Option<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
}

/// Money and conversions as text, as they have decimals; the other counts as numbers.
fn metrics<S: Serializer>(metrics: &PerMetric<Option<Amount>>, serializer: S) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(None)?;
    for metric in Metric::ALL {
        let value = metrics.get(*metric);
        match metric {
            Metric::Impressions | Metric::Clicks => {
                map.serialize_entry(metric.as_str(), &value.and_then(Amount::as_count))?;
            }
            Metric::Spend | Metric::Conversions | Metric::Value => {
                map.serialize_entry(metric.as_str(), &value)?;
            }
        }
    }
    map.end()
}

/// Compares rows. `complete` says whether they are all that there is.
#[must_use]
pub fn compare(mut rows: Vec<Row>, calendar: &Calendar, complete: bool) -> Vec<Block> {
    settle(&mut rows);
    let mut by_currency: BTreeMap<Option<String>, Vec<&Row>> = BTreeMap::new();
    for row in &rows {
        by_currency.entry(row.key.currency.clone()).or_default().push(row);
    }
    by_currency.into_iter().map(|(currency, rows)| block(currency, &rows, calendar, complete)).collect()
}

/// Rows without money that name no currency stand with the others, where these have one currency.
fn settle(rows: &mut [Row]) {
    let currencies: BTreeSet<&String> = rows.iter().filter_map(|row| row.key.currency.as_ref()).collect();
    let only = currencies.first().filter(|_| currencies.len() == 1).map(|only| (*only).clone());
    let Some(only) = only else { return };
    for row in rows.iter_mut().filter(|row| row.key.currency.is_none()) {
        row.key.currency = Some(only.clone());
    }
}

fn block(currency: Option<String>, rows: &[&Row], calendar: &Calendar, complete: bool) -> Block {
    let mut total = Sum::default();
    for row in rows {
        total.add(row);
    }
    let lines = |heading: &dyn Fn(&Row) -> Heading| {
        let mut sums: BTreeMap<Heading, Sum> = BTreeMap::new();
        for row in rows {
            sums.entry(heading(row)).or_default().add(row);
        }
        sums.into_iter().map(|(heading, sum)| sum.line(heading, &total, complete)).collect::<Vec<_>>()
    };
    let channel = |row: &Row| Heading { channel: Some(row.key.channel.clone()), ..Heading::default() };
    let campaign = |row: &Row| Heading {
        campaign: Some(row.key.campaign.clone()),
        campaign_id: Some(row.key.campaign_id.clone()),
        source: Some(row.key.source),
        ..channel(row)
    };
    let period = |row: &Row| Some(calendar.label(row.key.bucket));
    let many = rows.iter().zip(rows.iter().skip(1)).any(|(row, next)| row.key.bucket != next.key.bucket);
    Block {
        currency,
        rows: lines(&|row| Heading { period: period(row), ..campaign(row) }),
        campaigns: many.then(|| lines(&campaign)),
        channels: lines(&channel),
        periods: many.then(|| lines(&|row| Heading { period: period(row), ..Heading::default() })),
        totals: total.line(Heading::default(), &total, complete),
    }
}

/// Rows added up.
#[derive(Debug, Default)]
struct Sum<'r> {
    rows: usize,
    metrics: PerMetric<Option<Amount>>,
    have: PerMetric<usize>,
    /// Rows that have both sides of a ratio, by its two metrics.
    have_both: BTreeMap<(Metric, Metric), usize>,
    estimated: BTreeSet<Metric>,
    /// The different reasons for which a metric is missing.
    reasons: BTreeMap<Metric, BTreeSet<&'r str>>,
}

impl<'r> Sum<'r> {
    fn add(&mut self, row: &'r Row) {
        self.rows = self.rows.saturating_add(1);
        for metric in Metric::ALL {
            let Some(value) = row.metrics.get(*metric) else {
                let reason = row.reasons.get(metric).map_or("not known", String::as_str);
                self.reasons.entry(*metric).or_default().insert(reason);
                continue;
            };
            let have = self.have.of_mut(*metric);
            *have = have.saturating_add(1);
            let sum = self.metrics.of_mut(*metric);
            // So many rows as there may be always fit.
            *sum = sum.unwrap_or_default().plus(value);
        }
        let pairs: BTreeSet<_> = RATIOS.iter().map(|ratio| (ratio.over, ratio.by)).collect();
        for (over, by) in pairs {
            if row.metrics.get(over).is_some() && row.metrics.get(by).is_some() {
                let both = self.have_both.entry((over, by)).or_default();
                *both = both.saturating_add(1);
            }
        }
        self.estimated.extend(&row.estimated);
    }

    /// The sum, or why there is none.
    fn of(&self, metric: Metric) -> Result<Amount, String> {
        self.metrics.get(metric).ok_or_else(|| {
            let reasons: Vec<&str> = self.reasons.get(&metric).into_iter().flatten().copied().collect();
            reasons.join("; ")
        })
    }

    fn ratio(&self, ratio: &Ratio) -> Result<Amount, String> {
        let (over, by) = (self.of(ratio.over)?, self.of(ratio.by)?);
        let (have_over, have_by) = (self.have.get(ratio.over), self.have.get(ratio.by));
        let both = self.have_both.get(&(ratio.over, ratio.by)).copied().unwrap_or_default();
        if both != have_over || both != have_by {
            return Err(format!(
                "of {} rows {have_over} have {} and {have_by} have {}: the sums are not of the same rows",
                self.rows,
                ratio.over.as_str(),
                ratio.by.as_str()
            ));
        }
        if by.is_zero() {
            return Err(format!(
                "{} {} zero",
                ratio.by.as_str(),
                if ratio.by == Metric::Spend { "is" } else { "are" }
            ));
        }
        let over = if ratio.is_gain { over.minus(by) } else { Some(over) };
        over.and_then(|over| over.over(by, ratio.scale))
            .ok_or_else(|| "the numbers are too large to divide".to_owned())
    }

    fn share(&self, metric: Metric, total: &Sum<'_>, complete: bool) -> Result<Amount, String> {
        let own = self.of(metric)?;
        if !complete {
            return Err("the report was not read to its end".to_owned());
        }
        let lack = total.rows.saturating_sub(total.have.get(metric));
        if lack > 0 {
            return Err(format!(
                "{lack} of {} rows have no {}, so the whole is not known",
                total.rows,
                metric.as_str()
            ));
        }
        let whole = total.of(metric)?;
        if whole.is_zero() {
            return Err(format!("total {} is zero", metric.as_str()));
        }
        own.over(whole, 1).ok_or_else(|| "the numbers are too large to divide".to_owned())
    }

    fn line(&self, heading: Heading, total: &Sum<'_>, complete: bool) -> Line {
        let mut reasons = BTreeMap::new();
        let mut figures = BTreeMap::new();
        let mut missing = BTreeMap::new();
        for metric in Metric::ALL {
            if let Err(reason) = self.of(*metric) {
                reasons.insert(metric.as_str(), reason);
            }
            let lack = self.rows.saturating_sub(self.have.get(*metric));
            if lack > 0 {
                missing.insert(*metric, lack);
            }
        }
        let ratios = RATIOS.iter().map(|ratio| (ratio.name, self.ratio(ratio)));
        let shares = SHARES.iter().map(|(name, metric)| (*name, self.share(*metric, total, complete)));
        for (name, figure) in ratios.chain(shares) {
            if let Err(reason) = &figure {
                reasons.insert(name, reason.clone());
            }
            figures.insert(name, figure.ok());
        }
        Line { heading, metrics: self.metrics, figures, estimated: self.estimated.clone(), missing, reasons }
    }
}
