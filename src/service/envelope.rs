//! What answers look like: lists, single records, results of custom methods.
//!
//! | answer | shape |
//! |---|---|
//! | list | `{result, next_cursor, prev_cursor, limit, result_count, is_partial_response?, meta}` |
//! | get, create | the bare object; one that has `metrics` says in them how fresh they are, as there is no `meta` |
//! | custom method | `{result}` |
//! | custom method that measures | `{result, next_cursor?, is_partial_response?, meta}` |
//!
//! `prev_cursor` is always null: lists are walked forwards. `as_of` is null, as CleverTap does not say how
//! fresh its numbers are; `documented_lag` is what its documentation says of them. `Link` names the next page
//! by path and query, without the host, which may be another outside than in here.

use serde::Serialize;
use serde_json::Value;

use super::error::Error;
use super::negotiate::JSON;
use super::presentation::Presentation;
use super::query::is_pair_of;
use super::target::{Target, encode, tidy};
use super::trace::RequestTrace;
use crate::audience::Counts;
use crate::clevertap::time::rfc3339;
use crate::model::page::Coverage;
use crate::model::{Page, Warning};
use crate::transport::{Body, Headers, Host, Response};

pub(crate) use crate::clevertap::fields::REPORT_LAG;

#[derive(Serialize)]
struct List<'a, R> {
    result: R,
    next_cursor: Option<&'a str>,
    prev_cursor: Option<&'a str>,
    limit: Option<u16>,
    result_count: usize,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    is_partial_response: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    counts: Option<&'a Counts>,
    meta: Meta<'a>,
}

#[derive(Serialize)]
struct Meta<'a> {
    request_id: &'a str,
    trace_id: Option<&'a str>,
    fetched_at: Option<String>,
    as_of: Option<&'a str>,
    timezone: Option<&'a str>,
    documented_lag: Option<&'a str>,
    warnings: &'a [Warning],
    #[serde(skip_serializing_if = "Option::is_none")]
    coverage: Option<&'a Coverage>,
}

/// How fresh an answer is.
#[derive(Debug)]
pub(crate) struct Freshness<'a> {
    fetched_at: Option<String>,
    as_of: Option<&'a str>,
    documented_lag: Option<&'a str>,
}

impl<'a> Freshness<'a> {
    /// Of what is fetched now.
    pub(crate) fn now<H: Host>(host: &H, documented_lag: Option<&'a str>) -> Self {
        Self { fetched_at: rfc3339(host.unix_ms().div_euclid(1000)), as_of: None, documented_lag }
    }

    /// As members of an object.
    pub(crate) fn members(&self) -> impl Iterator<Item = (String, Value)> {
        [
            ("fetched_at", self.fetched_at.as_deref()),
            ("as_of", self.as_of),
            ("documented_lag", self.documented_lag),
        ]
        .into_iter()
        .map(|(name, text)| (name.to_owned(), text.into()))
    }
}

/// What the envelope of a list tells beside its page.
#[derive(Debug, Clone, Copy)]
pub(crate) struct About<'a> {
    pub(crate) trace: &'a RequestTrace,
    pub(crate) target: Target<'a>,
    pub(crate) timezone: Option<&'a str>,
    pub(crate) documented_lag: Option<&'a str>,
    /// False for what the caller gave, of which `fetched_at` is null.
    pub(crate) is_read_now: bool,
    /// None when the page size was left to CleverTap.
    pub(crate) limit: Option<u16>,
    /// What became of the people of a page, where some of them are left out.
    pub(crate) counts: Option<&'a Counts>,
}

/// A page in its envelope, shown as the caller wants it.
///
/// # Errors
/// When the presentation cannot be applied to these records.
pub(crate) fn list<H: Host, T: Serialize>(
    host: &H,
    mut page: Page<T>,
    presentation: &Presentation,
    about: About<'_>,
) -> Result<Response, Error> {
    let count = page.items.len();
    let body = if presentation.is_plain() {
        bytes(&envelope(host, &page, &page.items, about))
    } else {
        let records: Vec<Value> = page.items.drain(..).map(|item| value(&item)).collect::<Result<_, _>>()?;
        let shown = presentation.many(records, &mut page.warnings)?;
        bytes(&List { result_count: count, ..envelope(host, &page, shown, about) })
    }?;
    let mut answer = json_bytes(200, body);
    if let Some(cursor) = &page.next_cursor {
        let next = format!("<{}>; rel=\"next\"", next_page(about.target, cursor));
        answer.headers.push(("link".to_owned(), next.into_bytes()));
    }
    Ok(answer)
}

fn envelope<'a, H: Host, T, R>(host: &H, page: &'a Page<T>, result: R, about: About<'a>) -> List<'a, R> {
    List {
        result,
        next_cursor: page.next_cursor.as_deref(),
        prev_cursor: None,
        limit: about.limit,
        result_count: page.items.len(),
        is_partial_response: page.partial,
        counts: about.counts,
        meta: meta(host, page, about),
    }
}

fn meta<'a, H: Host, T>(host: &H, page: &'a Page<T>, about: About<'a>) -> Meta<'a> {
    let Freshness { fetched_at, as_of, documented_lag } = Freshness::now(host, about.documented_lag);
    Meta {
        request_id: &about.trace.request_id,
        trace_id: about.trace.trace_id(),
        fetched_at: fetched_at.filter(|_| about.is_read_now),
        as_of,
        timezone: about.timezone,
        documented_lag,
        warnings: &page.warnings,
        coverage: page.coverage.as_ref(),
    }
}

/// The same call with another cursor.
fn next_page(target: Target<'_>, cursor: &str) -> String {
    let mut pairs: Vec<&str> = target
        .query
        .split('&')
        .filter(|pair| !pair.is_empty() && !is_pair_of(pair, "next_cursor") && !is_pair_of(pair, "cursor"))
        .collect();
    let cursor = format!("next_cursor={}", encode(cursor));
    pairs.push(&cursor);
    tidy(&format!("{}?{}", target.path, pairs.join("&")))
}

/// A bare record, shown as the caller wants it.
///
/// # Errors
/// When it cannot be written as JSON.
pub(crate) fn single<T: Serialize>(record: &T, presentation: &Presentation) -> Result<Response, Error> {
    if presentation.is_plain() {
        return json(200, record);
    }
    json(200, &presentation.one(value(record)?))
}

/// A bare record whose `metrics`, where it has any, say how fresh they are.
///
/// # Errors
/// When it cannot be written as JSON.
pub(crate) fn single_with_metrics<T: Serialize>(
    record: &T,
    fresh: &Freshness<'_>,
    presentation: &Presentation,
) -> Result<Response, Error> {
    let mut record = value(record)?;
    if let Some(Value::Object(metrics)) = record.get_mut("metrics") {
        metrics.extend(fresh.members());
    }
    json(200, &presentation.one(record))
}

/// What a custom method answers, shown as the caller wants it.
///
/// # Errors
/// When it cannot be written as JSON.
pub(crate) fn custom_method<T: Serialize>(
    result: &T,
    presentation: &Presentation,
) -> Result<Response, Error> {
    #[derive(Serialize)]
    struct Wrapped<R> {
        result: R,
    }
    json(200, &Wrapped { result: presentation.one(value(result)?) })
}

/// What a custom method that measures answers: its result, and how fresh and how whole it is. `read` is the page that
/// it was made of.
///
/// # Errors
/// When it cannot be written as JSON.
pub(crate) fn measured<H: Host, T: Serialize, R>(
    host: &H,
    result: &T,
    read: &Page<R>,
    presentation: &Presentation,
    about: About<'_>,
) -> Result<Response, Error> {
    #[derive(Serialize)]
    struct Measured<'a, R> {
        result: R,
        #[serde(skip_serializing_if = "Option::is_none")]
        next_cursor: Option<&'a str>,
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        is_partial_response: bool,
        meta: Meta<'a>,
    }
    let result = presentation.one(value(result)?);
    let (next_cursor, is_partial_response) = (read.next_cursor.as_deref(), read.partial);
    json(200, &Measured { result, next_cursor, is_partial_response, meta: meta(host, read, about) })
}

/// Any answer in JSON.
///
/// # Errors
/// When it cannot be written as JSON.
pub(crate) fn json<T: Serialize>(status: u16, content: &T) -> Result<Response, Error> {
    Ok(json_bytes(status, bytes(content)?))
}

fn json_bytes(status: u16, body: Vec<u8>) -> Response {
    let headers: Headers = vec![("content-type".to_owned(), JSON.into())];
    Response { status, headers, body: Body::Bytes(body) }
}

fn bytes<T: Serialize>(content: &T) -> Result<Vec<u8>, Error> {
    serde_json::to_vec(content).map_err(|_| Error::Internal("the answer could not be written as JSON"))
}

/// # Errors
/// When it cannot be written as JSON.
pub(crate) fn value<T: Serialize>(content: &T) -> Result<Value, Error> {
    serde_json::to_value(content).map_err(|_| Error::Internal("the answer could not be written as JSON"))
}
