//! The comparison of channels: see [`roi`](crate::roi) for what it calculates.
//!
//! CleverTap's rows come through the reports query, which may not reach its end within the deadline. The answer then
//! is partial: its sums are of the rows that were read, there are no shares, and `next_cursor` compares the rest, without
//! the caller's rows, which would count twice. Sums over all of it are had by reading `GET …/reports` to its end and
//! giving its rows as `reports`.

mod order;

use serde::Serialize;

use self::order::Order;
use crate::clevertap::campaigns::Period;
use crate::clevertap::campaigns::walk::today;
use crate::clevertap::client::Session;
use crate::clevertap::reports::{self, ReportQuery};
use crate::clevertap::time::add_days;
use crate::model::{self, Granularity, Page, ReportRow, Warning};
use crate::roi::row::Metric;
use crate::roi::{Block, Measured, Reach, compare, join, rows};
use crate::service::body;
use crate::service::context::{Context, cursor};
use crate::service::envelope::{self, About, REPORT_LAG};
use crate::service::error::Error;
use crate::service::presentation::Presentation;
use crate::service::query::{Query, Reader};
use crate::transport::{Body, Host, Response};

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
    let end = match &order.reports {
        // How far rows reach is known only if the caller says it.
        Some(_) => order.calendar.end,
        None => {
            let tomorrow = add_days(today(&session), 1);
            Some(order.calendar.end.map_or(tomorrow, |end| end.min(tomorrow)))
        }
    };
    let end = end.filter(|_| order.calendar.first.is_some());
    let measured = order.reports.as_deref().unwrap_or(&fetched);
    let (mut all, warnings) = join(measured, &order.given, Reach { complete, end });
    read.warnings.extend(warnings);
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
    // When the caller's rows were read is not known here.
    let is_read_now = order.reports.is_none();
    let lag = is_read_now.then_some(REPORT_LAG);
    let about = About { is_read_now, ..context.about(session.account, None, lag) };
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
    let lack = block.totals.missing.get(&Metric::Spend)?;
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
