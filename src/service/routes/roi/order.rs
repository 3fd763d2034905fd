//! The body of a comparison.
//!
//! | field of the body | |
//! |---|---|
//! | `start_at` | `{gte, lt}`, days: the period; needed unless the granularity is `total` |
//! | `granularity` | `total` (unless told), `day`, `week`, `month` |
//! | `campaign_id`, `channel` | lists: CleverTap's campaigns to compare; all unless told |
//! | `rows`, `rows_csv` | the caller's rows of other channels, as objects or as CSV |
//! | `results`, `results_csv` | what CleverTap's campaigns brought, as objects or as CSV |
//! | `message_costs`, `estimate` | what else the caller knows of them |
//! | `reports` | rows of `GET …/reports` in place of reading them here |
//! | `currency` | of all money that names none |
//! | `attribution` | the caller's words for how conversions were attributed; repeated in the answer |

use serde_json::{Map, Value};

use crate::clevertap::campaigns::Period;
use crate::clevertap::reports::ReportQuery;
use crate::clevertap::time::{Day, day_from_iso};
use crate::model::{Basis, Channel, Granularity};
use crate::roi::period::Calendar;
use crate::roi::record::{CURRENCY, Problems, currency};
use crate::roi::table::{self, Add, Table};
use crate::roi::{Given, Measured, Row, Rows, reported, results};
use crate::service::error::Error;
use crate::service::routes::writes::{refuse, texts, unknown};

/// Every field of the body.
const FIELDS: &[&str] = &[
    "start_at",
    "granularity",
    "campaign_id",
    "channel",
    "rows",
    "rows_csv",
    "message_costs",
    "results",
    "results_csv",
    "estimate",
    "reports",
    "currency",
    "attribution",
];

/// What the answer says of attribution when the caller does not.
const ATTRIBUTION: &str = "as given by the caller; none is made here";
/// Longest `attribution`, in bytes.
const LONGEST: usize = 2000;
/// Rows of one page of the report. A series whose rows do not fit is cut within a window of CleverTap's, which is
/// then read again; totals come with a call for each campaign, which makes a page of them dear.
const PAGE: u16 = 500;
const SERIES_PAGE: u16 = 10_000;

/// What a body asks for.
#[derive(Debug)]
pub(super) struct Order {
    pub(super) period: Period,
    pub(super) calendar: Calendar,
    pub(super) campaign_ids: Vec<String>,
    pub(super) channels: Vec<Channel>,
    pub(super) rows: Vec<Row>,
    pub(super) given: Given,
    pub(super) reports: Option<Vec<Measured>>,
    pub(super) attribution: String,
}

impl Order {
    /// The report, as far as it is wanted.
    pub(super) fn query(&self, cursor: Option<String>) -> ReportQuery {
        let totals = self.calendar.granularity == Granularity::Total;
        ReportQuery {
            cursor,
            limit: if totals { PAGE } else { SERIES_PAGE },
            period: self.period.clone(),
            trailing_days: None,
            granularity: self.calendar.granularity,
            campaign_ids: self.campaign_ids.clone(),
            channels: self.channels.clone(),
            basis: Basis::Report,
            include_remote: false,
        }
    }

    /// # Errors
    /// All that is wrong with it.
    pub(super) fn read(mut fields: Map<String, Value>) -> Result<Self, Error> {
        let mut failures = Vec::new();
        let mut take = |name: &str| fields.remove(name).filter(|value| !value.is_null());
        let mut list = |name: &str, value: Option<Value>| {
            let value = value.map(|value| if value.is_string() { Value::Array(vec![value]) } else { value });
            value.map(|value| texts(&value, name, &mut failures)).unwrap_or_default()
        };
        let campaign_ids = list("campaign_id", take("campaign_id"));
        let words = list("channel", take("channel"));
        let mut problems = Problems::default();
        let mut channels = Vec::new();
        for word in &words {
            match Channel::parse(word) {
                Some(channel) => channels.push(channel),
                None => problems.add(
                    "channel",
                    format!("has a value that is not known; accepted: {}", Channel::accepted()),
                ),
            }
        }
        let granularity =
            word(take("granularity"), "granularity", &mut problems).map_or(Granularity::Total, |text| {
                Granularity::parse(&text).unwrap_or_else(|| {
                    problems
                        .add("granularity", format!("is not known; accepted: {}", Granularity::accepted()));
                    Granularity::Total
                })
            });
        let (period, first, end) = days(take("start_at"), &mut problems);
        let calendar = Calendar { granularity, first, end };
        let code = word(take("currency"), "currency", &mut problems);
        let code = code.and_then(|text| {
            currency(&text).or_else(|| {
                problems.add("currency", CURRENCY);
                None
            })
        });
        let mut given = Given { currency: code, ..Given::default() };
        let own = given.currency.clone();
        let mut rows = Rows::new(calendar, own.as_deref());
        let mut results = results::Reader::new(calendar, own.as_deref());
        let mut table = |table: Table, problems: &mut Problems, add: Add<'_>| {
            let csv = word(take(table.csv), table.csv, problems);
            table.read(take(table.list), csv.as_deref(), problems, add);
        };
        table(table::ROWS, &mut problems, &mut |place, row, problems| rows.add(place, row, problems));
        table(table::RESULTS, &mut problems, &mut |place, row, problems| results.add(place, row, problems));
        given.results = results.finish();
        if let Some(costs) = take("message_costs") {
            given.read_costs(costs, &mut problems);
        }
        if let Some(estimate) = take("estimate") {
            given.read_estimate(estimate, &mut problems);
        }
        let reports = take("reports").map(|value| reported::read(value, &calendar, &mut problems));
        for (name, chosen) in [("campaign_id", &campaign_ids), ("channel", &words)] {
            if reports.is_some() && !chosen.is_empty() {
                problems.add(name, "stands beside reports, which are compared as they are: leave it out");
            }
        }
        let attribution = word(take("attribution"), "attribution", &mut problems);
        if attribution.as_ref().is_some_and(|text| text.len() > LONGEST) {
            problems.add("attribution", format!("must have at most {LONGEST} bytes"));
        }
        if granularity != Granularity::Total && first.is_none() && reports.is_none() {
            problems.add(
                "start_at",
                "is missing: a series compares one period, {\"gte\": \"2026-02-01\", \"lt\": \"2026-03-01\"}",
            );
        }
        unknown(&fields, "", FIELDS, &mut failures);
        failures.extend(problems.finish().err().unwrap_or_default());
        refuse(failures)?;
        Ok(Self {
            period,
            calendar,
            campaign_ids,
            channels,
            rows: rows.finish(),
            given,
            reports,
            attribution: attribution.unwrap_or_else(|| ATTRIBUTION.to_owned()),
        })
    }
}

/// A text that is not empty.
fn word(value: Option<Value>, name: &str, problems: &mut Problems) -> Option<String> {
    match value? {
        Value::String(text) if !text.trim().is_empty() => Some(text),
        _ => {
            problems.add(name, "must be a text that is not empty");
            None
        }
    }
}

/// The period, and its two days.
fn days(value: Option<Value>, problems: &mut Problems) -> (Period, Option<Day>, Option<Day>) {
    const FORM: &str = "must be {\"gte\": \"2026-02-01\", \"lt\": \"2026-03-01\"}, two days, of which the second is not \
                        included; either may be left out";
    let mut period = Period::default();
    let Some(value) = value else { return (period, None, None) };
    let Value::Object(bounds) = value else {
        problems.add("start_at", FORM);
        return (period, None, None);
    };
    let (mut first, mut end) = (None, None);
    for (name, value) in bounds {
        let day = value.as_str().and_then(day_from_iso);
        match (name.as_str(), day) {
            ("gte", Some(day)) => (first, period.start) = (Some(day), value.as_str().map(str::to_owned)),
            ("lt", Some(day)) => (end, period.end) = (Some(day), value.as_str().map(str::to_owned)),
            _ => problems.add(format!("start_at.{name}"), FORM),
        }
    }
    (period, first, end)
}
