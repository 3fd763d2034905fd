//! The comparison of channels: see [`roi`](crate::roi) for what it calculates.
//!
//! | field of the body | |
//! |---|---|
//! | `start_at` | `{gte, lt}`, days: the period; needed unless the granularity is `total` |
//! | `granularity` | `total` (unless told), `day`, `week`, `month` |
//! | `campaign_id`, `channel` | lists: CleverTap's campaigns to compare; all unless told |
//! | `rows`, `rows_csv` | the caller's rows of other channels, as objects or as CSV |
//! | `message_costs`, `results`, `estimate` | what the caller knows of CleverTap's campaigns |
//! | `reports` | rows of `GET …/reports` in place of reading them here |
//! | `currency` | of all money that names none |
//! | `attribution` | the caller's words for how conversions were attributed; repeated in the answer |
//!
//! CleverTap's rows come through the reports query, which may not reach its end within the deadline. The answer then
//! is partial: its sums are of the rows that were read, there are no shares, and `next_cursor` compares the rest, without
//! the caller's rows, which would count twice. Sums over all of it are had by reading `GET …/reports` to its end and
//! giving its rows as `reports`.

use serde::Serialize;
use serde_json::{Map, Value};

use super::writes::{refuse, texts, unknown};
use crate::clevertap::campaigns::Period;
use crate::clevertap::client::Session;
use crate::clevertap::reports::{self, ReportQuery};
use crate::clevertap::time::{Day, day_from_iso};
use crate::model::{self, Basis, Channel, Granularity, Page, ReportRow, Warning};
use crate::roi::period::Calendar;
use crate::roi::record::{CURRENCY, Problems, currency};
use crate::roi::{Block, Given, Measured, Row, Rows, compare, join, reported, rows, table};
use crate::service::body;
use crate::service::context::{Context, cursor};
use crate::service::envelope::{self, REPORT_LAG};
use crate::service::error::Error;
use crate::service::presentation::Presentation;
use crate::service::query::{Query, Reader};
use crate::transport::{Body, Host, Response};

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

/// The answer.
#[derive(Debug, Serialize)]
struct Comparison {
    attribution: String,
    granularity: Granularity,
    /// Whether all of CleverTap's rows are in it.
    complete: bool,
    /// A block for each: money of different currencies is not added up.
    currencies: Vec<Block>,
}

pub(super) async fn compare_channels<H: Host>(
    context: &Context<'_, H>,
    body: Body,
) -> Result<Response, Error> {
    let query = Query::parse(context.target.query)?;
    let reader = Reader::new(&query);
    let account = context.account_id(&reader);
    let cursor = cursor(&reader);
    let presentation = Presentation::of_one(&reader);
    reader.finish()?;
    context.account(account).await?;
    let order = Order::read(body::object(context.headers, body).await?)?;
    if cursor.is_some() && order.reports.is_some() {
        return Err(Error::invalid(
            "next_cursor",
            "stands beside reports, which are not read on: give one of them",
        ));
    }
    let session = context.session(account).await?;
    let goes_on = cursor.is_some();
    let mut read = match &order.reports {
        Some(_) => Page::last(Vec::new()),
        None => gather(&session, order.query(cursor)).await?,
    };
    let fetched: Vec<Measured> = read.items.iter().map(|row| Measured::of(row, &order.calendar)).collect();
    let complete = !goes_on && read.next_cursor.is_none();
    if !complete {
        read.partial = true;
        read.warnings.insert(0, partial(goes_on));
    }
    if order.reports.is_none() && order.period == Period::default() {
        let message = "CleverTap's rows are totals since the start of campaigns that started in the last twelve months: \
                       give start_at, to compare one period";
        read.warnings.push(Warning::new("totals_since_start", message).about("start_at"));
    }
    let (mut all, unmatched) = join(order.reports.as_deref().unwrap_or(&fetched), &order.given, complete);
    read.warnings.extend(unmatched);
    if !goes_on {
        all.extend(order.rows);
    }
    let comparison = Comparison {
        attribution: order.attribution,
        granularity: order.calendar.granularity,
        complete,
        currencies: compare(all, &order.calendar, complete),
    };
    read.warnings.extend(comparison.currencies.iter().filter_map(without_spend));
    let about = context.about(session.account, None, Some(REPORT_LAG));
    envelope::measured(context.host, &comparison, &read, &presentation, about)
}

/// Said first, as it changes what every sum means.
fn partial(goes_on: bool) -> Warning {
    let message = if goes_on {
        "these are the rest of CleverTap's rows, without the caller's: sums are of what is on this page, and there are no shares"
    } else {
        "CleverTap's report was not read to its end within the deadline: sums are of the rows that were read, and there \
         are no shares; next_cursor goes on, and meta.coverage says how far this went"
    };
    Warning::new("partial_report", message)
}

/// A warning where rows are left out of the sum of spend.
fn without_spend(block: &Block) -> Option<Warning> {
    let lack = block.totals.missing.get(&crate::roi::row::Metric::Spend)?;
    let currency = block.currency.as_deref().map_or_else(String::new, |currency| format!(" in {currency}"));
    let message =
        format!("{lack} rows{currency} have no spend, and are in no sum of it; their reasons say why");
    Some(Warning::new("spend_missing", message).about("spend"))
}

/// All rows of the report, as far as the deadline allows.
async fn gather<H: Host>(session: &Session<'_, H>, mut query: ReportQuery) -> Result<Page<ReportRow>, Error> {
    let mut all: Page<ReportRow> = Page::last(Vec::new());
    let mut pages = 0usize;
    loop {
        let mut page = match reports::query(session, &query).await {
            Ok(page) => page,
            // Too little was left of the deadline for another page; what there is has been read.
            Err(error)
                if pages > 0 && (error.retryable() || matches!(error, model::Error::DoesNotFit { .. })) =>
            {
                all.partial = true;
                all.warnings.push(Warning::new("stopped_early", error.to_string()));
                break;
            }
            Err(error) => return Err(error.into()),
        };
        pages = pages.saturating_add(1);
        all.items.append(&mut page.items);
        for warning in page.warnings {
            if !all.warnings.contains(&warning) {
                all.warnings.push(warning);
            }
        }
        all.next_cursor = page.next_cursor;
        all.coverage = match (all.coverage.take(), page.coverage) {
            (Some(mut all), Some(page)) => {
                all.from = all.from.min(page.from);
                all.to = all.to.max(page.to);
                all.complete = page.complete;
                Some(all)
            }
            (all, page) => page.or(all),
        };
        if page.partial || all.next_cursor.is_none() || all.items.len() >= rows::MOST {
            break;
        }
        query.cursor.clone_from(&all.next_cursor);
    }
    Ok(all)
}

/// What a body asks for.
#[derive(Debug)]
struct Order {
    period: Period,
    calendar: Calendar,
    campaign_ids: Vec<String>,
    channels: Vec<Channel>,
    rows: Vec<Row>,
    given: Given,
    reports: Option<Vec<Measured>>,
    attribution: String,
}

impl Order {
    fn query(&self, cursor: Option<String>) -> ReportQuery {
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

    fn read(mut fields: Map<String, Value>) -> Result<Self, Error> {
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
        let mut reader = Rows::new(calendar, own.as_deref());
        let (objects, csv) = (take("rows"), word(take("rows_csv"), "rows_csv", &mut problems));
        if objects.is_some() && csv.is_some() {
            problems.add("rows_csv", "stands beside rows: give one of them");
        }
        match objects {
            Some(Value::Array(list)) if list.len() > rows::MOST => {
                problems
                    .add("rows", format!("has more than {} rows: add them up to coarser ones", rows::MOST));
            }
            Some(Value::Array(list)) => {
                for (index, value) in list.into_iter().enumerate() {
                    reader.add(format!("rows[{index}]"), value, &mut problems);
                }
            }
            Some(_) => problems.add("rows", "must be a list of objects; CSV goes into rows_csv"),
            None => {}
        }
        if let Some(csv) = csv {
            table::read(&csv, &mut reader, &mut problems);
        }
        if let Some(costs) = take("message_costs") {
            given.read_costs(costs, &mut problems);
        }
        if let Some(results) = take("results") {
            given.read_results(results, &calendar, &mut problems);
        }
        if let Some(estimate) = take("estimate") {
            given.read_estimate(estimate, &mut problems);
        }
        let reports = take("reports").map(|value| reported::read(value, &calendar, &mut problems));
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
            rows: reader.finish(),
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
