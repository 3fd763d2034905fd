//! Metrics.
//!
//! | parameter | |
//! |---|---|
//! | `start_at[gte]`, `start_at[lt]` (also `start_gte`, `end_lt`) | the period; filters buckets, not campaigns |
//! | `granularity` | `total` (unless told; of a sync `day`), `day`, `week`, `month` |
//! | `trailing_days`, `sync=true` | the last so many days up to today (35 unless told), widened to whole buckets, in place of a period: counts move after they were first read, and `row_key` says which row to replace |
//! | `campaign_id`, `channel` | lists |
//! | `metrics` | the counts to show; all unless told |
//! | `group_by` | `campaign`, the one grouping there is: others would need rows of other pages |
//! | `basis` | `report` (unless told), `events` |
//! | `timezone` | the account's own, or nothing: days are cut at CleverTap in the project's zone |
//! | `limit`, `next_cursor` | 1 to 500, 50 unless told |

use serde_json::Value;

use crate::clevertap::account::Account;
use crate::clevertap::fields::{FIELDS, Reported};
use crate::clevertap::reports::{self, ReportQuery};
use crate::model::{Basis, Channel, Counts, Granularity, Page, ReportRow, Warning};
use crate::service::context::{Context, cursor, limit};
use crate::service::envelope::{self, REPORT_LAG};
use crate::service::error::Error;
use crate::service::period::{half_open, trailing_days};
use crate::service::presentation::Presentation;
use crate::service::query::{Query, Range, Reader};
use crate::transport::{Host, Response};

/// A sync reads so many days again: CleverTap counts what a message brings for weeks after it was sent.
const TRAILING_DAYS: u16 = 35;
/// Counts that are no whole numbers.
const MONEY: &[&str] = &["conversion_value", "currency"];

pub(super) async fn query<H: Host>(context: &Context<'_, H>) -> Result<Response, Error> {
    let query = Query::parse(context.target.query)?;
    let reader = Reader::new(&query);
    let account = context.account_id(&reader);
    let limit = limit(&reader);
    let cursor = cursor(&reader);
    let period = half_open(&reader, "start_at", range(&reader));
    let trailing_days = trailing_days(&reader, &period, "start_at", TRAILING_DAYS);
    let usual = if trailing_days.is_some() { Granularity::Day } else { Granularity::Total };
    let granularity = reader.word("granularity", Granularity::parse, Granularity::accepted).unwrap_or(usual);
    if trailing_days.is_some() && granularity == Granularity::Total {
        reader.fail(
            "granularity",
            "takes day, week or month in a sync: the total of a window that moves is another row each day",
        );
    }
    let campaign_ids = reader.list("campaign_id").into_iter().map(str::to_owned).collect();
    let channels = reader.words("channel", Channel::parse, Channel::accepted);
    let basis = reader.word("basis", Basis::parse, Basis::accepted).unwrap_or(Basis::Report);
    let metrics = metrics(&reader);
    if reader.list("group_by").iter().any(|grouping| *grouping != "campaign") {
        reader
            .fail("group_by", "takes campaign only: sums over other groups would need the rows of all pages");
    }
    let timezone = reader.text("timezone");
    let presentation = Presentation::of_list(&reader);
    reader.finish()?;

    let session = context.session(account).await?;
    if let Some(timezone) = timezone {
        check_timezone(timezone, session.account)?;
    }
    let query = ReportQuery {
        cursor,
        limit,
        period,
        trailing_days,
        granularity,
        campaign_ids,
        channels,
        basis,
        include_remote: presentation.wants_remote_data(),
    };
    let mut page = reports::query(&session, &query).await?;
    let about = context.about(session.account, Some(limit), Some(REPORT_LAG));
    if metrics.is_empty() {
        return envelope::list(context.host, page, &presentation, about);
    }
    page.warnings.extend(never_reported(&metrics));
    envelope::list(context.host, selected(page, &metrics)?, &presentation, about)
}

/// The period, by any of its names.
fn range(reader: &Reader<'_>) -> Range {
    let mut range = reader.range("start_at");
    for (alias, bound, slot) in
        [("start_gte", "start_at[gte]", &mut range.gte), ("end_lt", "start_at[lt]", &mut range.lt)]
    {
        let Some(text) = reader.text(alias) else { continue };
        if slot.as_ref().is_some_and(|given| given != text) {
            reader.fail(alias, format!("stands beside another {bound}; give one of them"));
        }
        *slot = Some(text.to_owned());
    }
    range
}

/// The names of the counts to show; none for all.
fn metrics<'q>(reader: &Reader<'q>) -> Vec<&'q str> {
    let metrics = reader.list("metrics");
    if !metrics.iter().all(|name| Counts::NAMES.contains(name) || MONEY.contains(name)) {
        let known: Vec<&str> = Counts::NAMES.iter().chain(MONEY).copied().collect();
        reader.fail("metrics", format!("has a name that is not known; accepted: {}", known.join(", ")));
    }
    metrics
}

fn check_timezone(timezone: &str, account: &Account) -> Result<(), Error> {
    let own = account.zone.as_ref().map(|zone| zone.name());
    if own.is_some_and(|own| own.eq_ignore_ascii_case(timezone)) {
        return Ok(());
    }
    let message = match own {
        Some(own) => format!("CleverTap cuts days in the project's zone, {own}: give that, or leave it out"),
        None => "the account has no timezone configured, and CleverTap cuts days in the project's zone: leave it out"
            .to_owned(),
    };
    Err(Error::invalid("timezone", message))
}

/// A warning for each count that CleverTap never reports.
fn never_reported(metrics: &[&str]) -> Vec<Warning> {
    let never = |name: &&&str| {
        let mut rows =
            FIELDS.iter().filter(|row| row.resource == "reports" && row.field == **name).peekable();
        rows.peek().is_some() && rows.all(|row| row.reported == Reported::Never)
    };
    let warning = |name: &&str| {
        Warning::new("never_reported", "CleverTap does not report this; it is always null")
            .about((*name).to_owned())
    };
    metrics.iter().filter(never).map(warning).collect()
}

/// The rows with the counts that are wanted.
fn selected(page: Page<ReportRow>, metrics: &[&str]) -> Result<Page<Value>, Error> {
    let mut items = Vec::with_capacity(page.items.len());
    for row in &page.items {
        let mut row = envelope::value(row)?;
        if let Some(Value::Object(counts)) = row.get_mut("counts") {
            counts.retain(|name, _| metrics.contains(&name.as_str()));
        }
        items.push(row);
    }
    let Page { next_cursor, partial, warnings, coverage, .. } = page;
    Ok(Page { items, next_cursor, partial, warnings, coverage })
}
