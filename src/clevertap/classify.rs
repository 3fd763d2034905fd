//! What an answer means. HTTP 200 is not success: the body is read first, and the HTTP status counts only
//! where the body does not say more.
//!
//! | answer | read as |
//! |---|---|
//! | 429; `code: 429`; "Too many … requests" under HTTP 200 | `RateLimited` |
//! | an upload's `partial` or `fail` with rejected records | `Partial` |
//! | `partial` with a `req_id` | `Poll` |
//! | code 2, "still in progress" | `InProgress`: the same cursor again |
//! | code 3, "Incorrect Usage" on a cursor | `Invalid`: the cursor is damaged |
//! | `CURSOR_INVALIDATED`, "invalid cursor", "invalid request id" | `CursorExpired` |
//! | a report: "hasn't been completed" as fail or success, "no result as of yet" as 500, 409 | `NotReady` |
//! | 401, `code: 401`, 403, "account blocked" | `Unauthorized` |
//! | 401 about an admin's e-mail, 401 or 403 about a feature that is not enabled | `Refused` |
//! | 404 | `NotFound` |
//! | `fail`, or `success` with an error and nothing else | `Refused` |
//! | 204 | `Done(null)` |
//! | 200 without a body, HTML, cut or otherwise no JSON | `Undecodable` |
//! | the rest of 2xx | `Done` |
//! | the rest of 3xx, 4xx, 5xx | `Refused` |
//!
//! 400 "Malformed request" is `Refused` like any other 400. CleverTap's own command-line tool sends it again;
//! what is malformed stays so, and a caller who knows better can.

mod body;
#[cfg(test)]
mod tests;

use serde_json::Value;

use self::body::{Said, excerpt, parse, said};
use super::operation::Protocol;
use crate::model::Error;
use crate::model::error::Refusal;
use crate::transport::{Headers, header};

/// An answer that is not a failure.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    Done(Value),
    /// Some records of an upload were rejected, or all of them; the value tells which.
    Partial(Value),
    /// To be asked for again by this id.
    Poll {
        req_id: String,
        body: Value,
    },
    /// The same cursor is to be asked for again.
    InProgress,
    /// A report that is not there yet, in the provider's words.
    NotReady(String),
}

/// Reads an answer.
///
/// A wait that is asked for as a date is not read here: this knows no clock. See
/// [`retry_after`](crate::transport::retry::retry_after).
///
/// # Errors
/// What the answer says went wrong.
pub fn classify(protocol: Protocol, status: u16, headers: &Headers, body: &[u8]) -> Result<Answer, Error> {
    match parse(body) {
        Some(value) => structured(protocol, status, headers, value),
        None => unstructured(status, headers, body),
    }
}

/// The code in an answer's body.
#[must_use]
pub fn code(body: &Value) -> Option<i64> {
    said(body).code
}

/// An answer that is no JSON object or list: its HTTP status is all there is.
fn unstructured(status: u16, headers: &Headers, body: &[u8]) -> Result<Answer, Error> {
    let text = excerpt(body);
    let message = if text.is_empty() {
        format!("HTTP {status} without a body")
    } else {
        format!("HTTP {status} with an answer that is no JSON")
    };
    match status {
        204 => Ok(Answer::Done(Value::Null)),
        200..=299 if text.is_empty() => Err(Error::Undecodable {
            what: "the request (it is empty, which is how CleverTap answers paths that it does not know)"
                .to_owned(),
            body: text,
        }),
        200..=299 => Err(Error::Undecodable {
            what: "the request (it is no JSON, or was cut short)".to_owned(),
            body: text,
        }),
        300..=399 => {
            Err(refused(status, None, "a redirect, which is not followed".to_owned(), Value::String(text)))
        }
        401 | 403 => Err(Error::Unauthorized { message, body: Value::String(text) }),
        404 => Err(Error::NotFound { what: "such address or object at CleverTap: HTTP 404".to_owned() }),
        429 => Err(limited(message, headers)),
        _ => Err(refused(status, None, message, Value::String(text))),
    }
}

fn structured(protocol: Protocol, status: u16, headers: &Headers, body: Value) -> Result<Answer, Error> {
    let said = said(&body);
    if status == 429
        || said.code == Some(429)
        || said.mentions(&["too many concurrent requests", "too many requests"])
    {
        return Err(limited(said.message(status), headers));
    }
    if protocol == Protocol::Report {
        let waits =
            said.mentions(&["hasn't been completed", "has not been completed", "has no result as of yet"]);
        if waits || status == 409 || (said.failed(status) && said.code == Some(409)) {
            return Ok(Answer::NotReady(said.message(status)));
        }
    }
    if !said.failed(status) {
        return Ok(match said.status.as_deref() {
            Some("partial") => return partial(protocol, &said, body),
            _ => Answer::Done(body),
        });
    }
    failure(protocol, status, &said, body)
}

/// `partial` has two meanings: records were rejected, or the result is not there yet.
fn partial(protocol: Protocol, said: &Said, body: Value) -> Result<Answer, Error> {
    if protocol == Protocol::Upload || body.get("unprocessed").is_some() {
        return Ok(Answer::Partial(body));
    }
    match said.req_id.clone() {
        Some(req_id) => Ok(Answer::Poll { req_id, body }),
        None => Err(Error::Undecodable {
            what: "the request (it is partial, and says neither which records nor how to go on)".to_owned(),
            body: excerpt(body.to_string().as_bytes()),
        }),
    }
}

fn failure(protocol: Protocol, status: u16, said: &Said, body: Value) -> Result<Answer, Error> {
    let rejected =
        body.get("unprocessed").and_then(Value::as_array).is_some_and(|records| !records.is_empty());
    if protocol == Protocol::Upload && rejected && status < 500 {
        return Ok(Answer::Partial(body));
    }
    let message = said.message(status);
    // Only what reads is ever asked for again: a write that is "in progress" has been taken.
    let waits = matches!(protocol, Protocol::Cursor | Protocol::Counts);
    if (waits && said.mentions(&["still in progress"]))
        || (protocol == Protocol::Cursor && said.code == Some(2))
    {
        return Ok(Answer::InProgress);
    }
    if said.mentions(&["cursor_invalidated", "invalid cursor"]) {
        return Err(Error::CursorExpired { restart: format!("{message}: start the list again") });
    }
    if said.mentions(&["invalid request id"]) {
        return Err(Error::CursorExpired {
            restart: format!("{message}: send the query again for a new request id"),
        });
    }
    if protocol == Protocol::Cursor && said.code == Some(3) {
        return Err(Error::invalid(
            "cursor",
            format!(
                "is not one that CleverTap takes ({message}): pass it on as it was answered, or start the list again"
            ),
        ));
    }
    // Neither is about the credentials, whatever the status says.
    let other = (said.mentions(&["email"]) && said.mentions(&["admin"]))
        || said.mentions(&["not enabled for this account"]);
    let denied = matches!(status, 401 | 403) || said.code == Some(401) || said.mentions(&["account blocked"]);
    if denied && !other {
        return Err(Error::Unauthorized { message, body });
    }
    if status == 404 {
        return Err(Error::NotFound { what: format!("such address or object at CleverTap: {message}") });
    }
    Err(refused(status, said.code, message, body))
}

fn limited(message: String, headers: &Headers) -> Error {
    let seconds = header(headers, "retry-after").and_then(|text| text.trim().parse::<u64>().ok());
    Error::RateLimited { message, retry_after_ms: seconds.map(|seconds| seconds.saturating_mul(1000)) }
}

fn refused(status: u16, code: Option<i64>, message: String, body: Value) -> Error {
    Error::Refused(Refusal { status, code, message, body: body::cut(body) })
}
