//! One request of the caller's own to CleverTap: credentials added, otherwise untouched, in both directions.
//!
//! | part | what happens to it |
//! |---|---|
//! | method | any HTTP method but `CONNECT`, which asks for a tunnel, and `TRACE`, which would echo the credentials |
//! | path and query | sent byte for byte, once [`target`] finds nothing in it that could lead elsewhere |
//! | query parameters of ours | dropped: `integrated_account_id`, `truto_…` |
//! | headers | see [`headers`] |
//! | body, answer | passed through, in pieces where they come in pieces |
//! | redirects | answered as they are, never followed |
//! | CleverTap's failures | answered as they are, whatever their status |
//!
//! | tried again | 429, request never left | 502, 503, 504, time-out, cut connection |
//! |---|---|---|
//! | GET, HEAD | yes | yes |
//! | any other method | yes | no: the outcome is in doubt |
//! | a streamed body, or one of more than 256 KiB | no | no |
//!
//! The deadline covers everything up to the answer's headers. After that:
//!
//! | the body | watched by |
//! |---|---|
//! | passed on in pieces | a clock here, and the host's timeout between bytes where the host has one: it may take as long as it likes while each piece comes within the deadline's duration |
//! | read as a whole, by [`whole`] | the same, and the deadline: it has to be there by then |

mod headers;
mod target;
#[cfg(test)]
mod tests;

use std::time::Duration;

use super::account::{Account, Standing};
use super::client::{Line, Session, lost, policy, scrub, timeouts};
use super::operation::{CUSTOM_LISTS_COMPLETE, Family, Operation, Replay, by_address};
use crate::model::Error;
use crate::transport::body::{LocalFuture, ReadError};
use crate::transport::in_flight::Permit;
use crate::transport::retry::{Fault, retry_after};
use crate::transport::select::{Either, first};
use crate::transport::{Body, Headers, Host, Request, Response, SendError, Source, Timer};

pub use target::{is_ours, target};

/// Bodies up to this size are kept, to be sent again.
const KEPT: usize = 256 << 10;

/// Sends one request and answers what came.
///
/// # Errors
/// [`Error::Invalid`] for a method or path that cannot be sent; otherwise only when there is no answer.
pub async fn forward<H: Host>(
    session: &Session<'_, H>,
    method: &str,
    path_and_query: &str,
    headers: Headers,
    body: Body,
) -> Result<Response, Error> {
    check_method(method)?;
    let target = target(path_and_query)?;
    let mut line = Line::start(session, "custom");
    let repeatable = repeatable(method);
    let result = exchange(session, method, &target, headers, body, repeatable, &mut line).await;
    line.write_code(session, None);
    result.map_err(|error| scrub(&session.account.credentials.passcode, error))
}

/// The whole body of an answer that [`forward`] gave to a request of this method, within the deadline.
///
/// # Errors
/// [`Error::Invalid`] for more than one call holds; when it is lost or late, [`Error::InDoubt`], or
/// [`Error::Unreachable`] and [`Error::TimedOut`] for what may be asked again.
pub async fn whole<H: Host>(session: &Session<'_, H>, method: &str, body: Body) -> Result<Vec<u8>, Error> {
    let reading = body.read(session.account.settings.max_answer_bytes);
    let error = match session.deadline.race(session.host, reading).await {
        Some(Ok(bytes)) => return Ok(bytes),
        Some(Err(ReadError::TooLong(limit))) => {
            let message =
                format!("the answer is longer than {limit} bytes, which is the most that one call holds");
            // What was asked for has happened all the same: a write must not read like one that was refused.
            return Err(if repeatable(method) {
                Error::invalid("", message)
            } else {
                Error::InDoubt { what: format!("CleverTap answered {method}, and {message}") }
            });
        }
        Some(Err(ReadError::Failed(error @ (SendError::Cut(_) | SendError::TimedOut)))) => error,
        // The head came, so the request was there, whatever the host says of the body.
        Some(Err(ReadError::Failed(error))) => SendError::Cut(error.to_string()),
        None => SendError::TimedOut,
    };
    let url = session.account.base_url()?;
    let error = lost(repeatable(method), &url, format!("{method}, of which the head came"), error);
    Err(scrub(&session.account.credentials.passcode, error))
}

/// Whether a request of the caller's own may be sent again without harm.
fn repeatable(method: &str) -> bool {
    matches!(method, "GET" | "HEAD")
}

/// Sends a named operation and answers what came, untouched: for `/proxy`. The target is built here, not the
/// caller's, and what may be sent again is the operation's to say.
///
/// # Errors
/// Only when there is no answer.
pub(super) async fn named<H: Host>(
    session: &Session<'_, H>,
    operation: &'static Operation,
    target: &str,
    headers: Headers,
    body: Body,
) -> Result<Response, Error> {
    let mut line = Line::start(session, operation.name);
    let repeatable = operation.replay == Replay::Safe;
    let result = exchange(session, operation.method, target, headers, body, repeatable, &mut line).await;
    line.write_code(session, None);
    result.map_err(|error| scrub(&session.account.credentials.passcode, error))
}

async fn exchange<H: Host>(
    session: &Session<'_, H>,
    method: &str,
    target: &str,
    mut headers: Headers,
    body: Body,
    repeatable: bool,
    line: &mut Line,
) -> Result<Response, Error> {
    let (host, settings) = (session.host, &session.account.settings);
    let url = session.account.base_url()?;
    let path = target.split_once('?').map_or(target, |(path, _)| path);
    let what = format!("{method} {path}");
    headers::outgoing(&mut headers, method, &body);
    session.trace.apply(&mut headers);
    session.account.credentials.apply(&mut headers);

    let (kept, mut body) = keep(body);
    let safe = kept.is_some() && repeatable;
    let policy = policy(settings, if kept.is_some() { settings.tries } else { 1 }, safe);
    let (lane, limit) = lane(path, settings.uploads_in_flight, settings.requests_in_flight);
    loop {
        let late = || Error::TimedOut { what: what.clone() };
        let permit = session.deadline.race(host, session.lanes.enter(lane, limit)).await.ok_or_else(late)?;
        if session.deadline.passed(host) {
            return Err(late());
        }
        line.tries = line.tries.saturating_add(1);
        let request = Request {
            method: method.to_owned(),
            url: url.clone(),
            target: Some(target.to_owned()),
            headers: headers.clone(),
            body: match (&kept, body.take()) {
                (Some(bytes), _) if !bytes.is_empty() => Body::Bytes(bytes.clone()),
                (_, Some(body)) => body,
                (_, None) => Body::Empty,
            },
        };
        let send = host.send(request, timeouts(settings, session.deadline.remaining(host)));
        let sent = session.deadline.race(host, send).await.unwrap_or(Err(SendError::TimedOut));
        line.status = sent.as_ref().ok().map(|response| response.status);
        match &sent {
            Ok(response) if response.status == 429 => permit.throttled(),
            Ok(_) => permit.fine(),
            Err(_) => {}
        }
        let fault = match &sent {
            Ok(response) => fault(response.status, &response.headers, host.unix_ms()),
            Err(SendError::NeverSent(_)) => Some(Fault::NeverSent),
            Err(SendError::Cut(_) | SendError::TimedOut) => Some(Fault::Lost(None)),
            Err(SendError::Denied | SendError::Unsendable(_) | SendError::SourceFailed(_)) => None,
        };
        let wait = fault.and_then(|fault| {
            policy.next(fault, line.tries, session.deadline.remaining(host), host.random())
        });
        match (wait, sent) {
            (Some(wait), _) => {
                drop(permit);
                host.sleep(wait).await;
            }
            (None, Ok(response)) => {
                note_standing(session.account, path, response.status);
                line.bytes = response.body.len();
                return Ok(incoming(response, permit, host.timer(), settings.deadline));
            }
            (None, Err(error)) => return Err(lost(repeatable, &url, what, error)),
        }
    }
}

/// What an answer shows of the credentials. The completion of a list is refused with 401 for the person whom it
/// names, too (clevertap-api.md, section 15).
fn note_standing(account: &Account, path: &str, status: u16) {
    match status {
        200..=299 => account.standing.set(Some(Standing::Accepted)),
        401 if path != CUSTOM_LISTS_COMPLETE.path => account.standing.set(Some(Standing::Refused)),
        _ => {}
    }
}

/// Whether an answer is one that another try may better.
fn fault(status: u16, headers: &Headers, unix_ms: i64) -> Option<Fault> {
    match status {
        429 => Some(Fault::Throttled(retry_after(headers, unix_ms))),
        502..=504 => Some(Fault::Lost(retry_after(headers, unix_ms))),
        _ => None,
    }
}

/// The bytes to send again, or the body that can be sent once.
fn keep(body: Body) -> (Option<Vec<u8>>, Option<Body>) {
    match body {
        Body::Empty => (Some(Vec::new()), None),
        Body::Bytes(bytes) if bytes.len() <= KEPT => (Some(bytes), None),
        body => (None, Some(body)),
    }
}

/// Known endpoints share their cap with calls by name.
fn lane(path: &str, uploads: usize, requests: usize) -> (&str, usize) {
    match by_address(path) {
        Some(operation) if operation.family == Family::Upload => (operation.path, uploads),
        _ => (path, requests),
    }
}

fn check_method(method: &str) -> Result<(), Error> {
    let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    if method.is_empty() || !method.bytes().all(token) {
        return Err(Error::invalid("method", "must be an HTTP method such as GET or POST"));
    }
    if ["CONNECT", "TRACE"].iter().any(|refused| method.eq_ignore_ascii_case(refused)) {
        return Err(Error::invalid("method", "may be any HTTP method but CONNECT and TRACE"));
    }
    Ok(())
}

/// The answer for the caller; it keeps its place in line until its body has been read or dropped.
fn incoming(mut response: Response, permit: Permit, timer: Timer, gap: Duration) -> Response {
    headers::incoming(&mut response.headers);
    response.body = match response.body {
        Body::Stream(source, length) => {
            Body::Stream(Box::new(Held { source, timer, gap, _permit: permit }), length)
        }
        whole => whole,
    };
    response
}

/// A body on its way, with its place in line.
struct Held {
    source: Box<dyn Source>,
    timer: Timer,
    /// The longest wait for one piece.
    gap: Duration,
    _permit: Permit,
}

impl Source for Held {
    fn next(&mut self) -> LocalFuture<'_, Result<Option<Vec<u8>>, SendError>> {
        let late = (self.timer)(self.gap);
        let piece = self.source.next();
        Box::pin(async move {
            match first(piece, late).await {
                Either::Left(piece) => piece,
                Either::Right(()) => Err(SendError::TimedOut),
            }
        })
    }
}
