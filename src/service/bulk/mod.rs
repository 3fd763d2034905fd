//! Bulk writes over HTTP: what records come in, and how it is told what became of them.
//!
//! | body | records |
//! |---|---|
//! | a JSON object | one |
//! | a JSON list of up to 10,000, up to 8 MiB | as many as it has |
//! | NDJSON (`application/x-ndjson`), of any length | one a line; blank lines do not count |
//!
//! | answer | when | in `result` |
//! |---|---|---|
//! | JSON | the body was JSON | each record |
//! | JSON | the body was NDJSON | failed and unknown records, the first 1000 of them; `not_listed` counts the rest |
//! | NDJSON | `Accept: application/x-ndjson` | each record a line, as soon as it is known; last a line with `meta` |
//!
//! A stream's records are not all told by default because most clients write everything before they read: a full
//! answer would block both ends. Who asks for it as NDJSON and does not read it for as long as a deadline gets an
//! answer that ends early: `meta.complete` is false, and what comes after the last record told was not read.
//!
//! The status is 200 when nothing failed and nothing is unknown, else 207; 200 in any case for an NDJSON answer,
//! whose head is out before the first record is. When nothing at all is taken, because the credentials are
//! refused or the host lets nothing out, the answer is that error.

mod ledger;
mod lines;
pub(super) mod seen;

use serde::Serialize;
use serde_json::{Value, json};

use super::body;
use super::context::Context;
use super::envelope;
use super::error::Error;
use super::negotiate::{self, NDJSON};
use super::problem;
use crate::clevertap::bulk::{Check, End, Finished, Kind, Records, write};
use crate::clevertap::client::Session;
use crate::model::{self, Failure, Outcome, Totals, Warning, Written};
use crate::transport::body::{LocalFuture, produced};
use crate::transport::{Body, Headers, Host, Response, SendError};

use ledger::{Listed, Told};
use lines::Lines;

/// A list is answered record by record, all in memory.
const MOST_IN_LIST: usize = 10_000;

/// Records of a request.
#[derive(Debug)]
pub(super) enum Input {
    /// Of a JSON body.
    Whole(std::vec::IntoIter<Value>),
    /// Of an NDJSON body.
    Stream(Lines),
}

impl Input {
    /// Of a request's body.
    ///
    /// # Errors
    /// As [`body::json`]; 400 for JSON that is neither an object nor a list, and for a body without records.
    pub(super) async fn read(headers: &Headers, body: Body) -> Result<Self, Error> {
        if negotiate::is_ndjson(headers)? {
            return Ok(Self::Stream(Lines::new(body)));
        }
        let read = body::json_up_to(headers, body, MOST_IN_LIST).await.map_err(|error| match error {
            Error::NotJson(message) => Error::NotJson(format!(
                "{message}; lines of JSON are sent with Content-Type: application/x-ndjson"
            )),
            other => other,
        })?;
        match read {
            Some(Value::Array(records)) if records.is_empty() => Err(Error::invalid("", "the list is empty")),
            Some(Value::Array(records)) if records.len() > MOST_IN_LIST => Err(Error::invalid(
                "",
                format!(
                    "the list has more than {MOST_IN_LIST} records: send them as lines, with Content-Type: \
                     application/x-ndjson, where there may be any number"
                ),
            )),
            Some(Value::Array(records)) => Ok(Self::of(records)),
            Some(record @ Value::Object(_)) => Ok(Self::of(vec![record])),
            Some(_) => Err(Error::invalid("", "the body must be a JSON object, or a list of records")),
            None => Err(Error::missing_body(
                "",
                "the body is empty: it must be a JSON object, a list of them, or NDJSON with Content-Type: \
                 application/x-ndjson",
            )),
        }
    }

    /// Of a list.
    pub(super) fn of(records: Vec<Value>) -> Self {
        Self::Whole(records.into_iter())
    }
}

impl Records for Input {
    fn take(&mut self) -> Option<Result<Value, Failure>> {
        match self {
            Self::Whole(records) => Records::take(records),
            Self::Stream(lines) => lines.take(),
        }
    }

    fn fill(&mut self) -> LocalFuture<'_, Result<bool, SendError>> {
        match self {
            Self::Whole(records) => Records::fill(records),
            Self::Stream(lines) => lines.fill(),
        }
    }
}

/// The answer in JSON.
#[derive(Serialize)]
struct Receipt<'a> {
    result: Vec<Written>,
    result_count: usize,
    record_count: u64,
    #[serde(flatten)]
    totals: Totals,
    /// Failed and unknown records that are not in `result`.
    #[serde(skip_serializing_if = "Option::is_none")]
    not_listed: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    validate_only: Option<&'static str>,
    meta: Meta<'a>,
}

#[derive(Serialize)]
struct Meta<'a> {
    request_id: &'a str,
    /// Whether all records were read and sent.
    complete: bool,
    warnings: Vec<Warning>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Value>,
}

/// Writes all records and tells what became of them.
///
/// # Errors
/// 404 for an account that is not configured; what the core reports when nothing at all is taken.
pub(super) async fn answer<H: Host>(
    context: &Context<'_, H>,
    account: Option<&str>,
    kind: Box<dyn Kind>,
    mut input: Input,
    check: Check,
) -> Result<Response, Error> {
    if negotiate::wants_ndjson(context.headers) {
        return streamed(context, account, kind, input, check).await;
    }
    let session = context.session(account).await?;
    let mut listed = Listed::new(matches!(input, Input::Whole(_)));
    let finished = write(&session, &*kind, &mut input, check, &mut listed).await;
    receipt(context, finished, listed, check)
}

/// What [`answer`] does with one record that must succeed: its record, or why it failed as an error of the call.
///
/// # Errors
/// 404 for an account that is not configured, 400 for a record that cannot be sent, and what the core reports.
pub(super) async fn one<H: Host>(
    session: &Session<'_, H>,
    kind: &dyn Kind,
    record: Value,
    check: Check,
) -> Result<Written, Error> {
    // All that is wrong with it, where a record among many has room for one reason.
    let now = session.host.unix_ms().div_euclid(1000);
    kind.prepare(record.clone(), now).map_err(|failures| Error::Core(model::Error::Invalid(failures)))?;
    let mut ledger: Vec<Written> = Vec::new();
    let finished = write(session, kind, &mut vec![record].into_iter(), check, &mut ledger).await;
    let written = ledger.pop().ok_or(Error::Internal("a record was written and not told of"))?;
    let Some(reason) = &written.error else { return Ok(written) };
    Err(Error::Core(match finished.lost {
        Some(error @ model::Error::InDoubt { .. }) => error,
        Some(error) if written.status != Outcome::Unknown => error,
        _ if written.status == Outcome::Unknown => model::Error::InDoubt { what: reason.message.clone() },
        _ => model::Error::Invalid(vec![Failure {
            code: reason.remote_code,
            ..Failure::new(reason.field.clone(), reason.message.clone())
        }]),
    }))
}

fn receipt<H: Host>(
    context: &Context<'_, H>,
    finished: Finished,
    listed: Listed,
    check: Check,
) -> Result<Response, Error> {
    let totals = finished.totals;
    let (complete, error) = match finished.end {
        End::Whole => (true, None),
        End::Halted(error) if totals.succeeded == 0 && totals.unknown == 0 => return Err(Error::Core(error)),
        End::Halted(error) => (true, Some(problem::value(&Error::Core(error), context.trace))),
        End::InputBroke(_) | End::Unread => {
            let error = Error::BodyBroken("the request's body broke off before its end".to_owned());
            (false, Some(problem::value(&error, context.trace)))
        }
    };
    let (mut result, not_listed, warnings) = listed.close();
    result.sort_by_key(|written| written.index);
    let receipt = Receipt {
        result_count: result.len(),
        result,
        record_count: totals.sum(),
        totals,
        not_listed,
        validate_only: validated(check),
        meta: Meta { request_id: &context.trace.request_id, complete, warnings, error },
    };
    envelope::json(if totals.all_well() && complete { 200 } else { 207 }, &receipt)
}

const fn validated(check: Check) -> Option<&'static str> {
    match check {
        Check::No => None,
        Check::Here => Some("true"),
        Check::Remote => Some("remote"),
    }
}

/// The answer as NDJSON, while the records still come in.
async fn streamed<H: Host>(
    context: &Context<'_, H>,
    account: Option<&str>,
    kind: Box<dyn Kind>,
    mut input: Input,
    check: Check,
) -> Result<Response, Error> {
    let connected = context.connected(account).await?;
    let trace = context.trace.clone();
    // Who writes it gives up first, and has a word to say then.
    let patience = connected.account.settings.deadline.saturating_mul(2);
    let body = produced(patience, move |pieces| async move {
        let session = connected.session();
        let mut told = Told::new(pieces);
        let finished = write(&session, &*kind, &mut input, check, &mut told).await;
        let error = match &finished.end {
            End::Whole => None,
            End::Halted(error) => Some(Error::Core(error.clone())),
            End::InputBroke(_) => {
                Some(Error::BodyBroken("the request's body broke off before its end".to_owned()))
            }
            End::Unread => Some(Error::BodyBroken(
                "this answer was not read for as long as a deadline, so the rest of the request's body was not \
                 read either"
                    .to_owned(),
            )),
        };
        let complete = matches!(finished.end, End::Whole | End::Halted(_));
        let Totals { succeeded, failed, unknown, skipped } = finished.totals;
        let meta = json!({
            "request_id": trace.request_id,
            "record_count": finished.totals.sum(),
            "succeeded": succeeded, "failed": failed, "unknown": unknown, "skipped": skipped,
            "validate_only": validated(check),
            "complete": complete,
            "error": error.map(|error| problem::value(&error, &trace)),
        });
        told.close(&json!({ "meta": meta }));
        Ok(())
    });
    let headers: Headers = vec![("content-type".to_owned(), NDJSON.into())];
    Ok(Response { status: 200, headers, body })
}

/// Lines of a body that is there in these pieces, for the fuzz targets.
#[cfg(any(test, feature = "fuzz"))]
pub(super) fn read_lines(pieces: Vec<Vec<u8>>) -> Vec<Result<Value, Failure>> {
    lines::read_all(pieces)
}
