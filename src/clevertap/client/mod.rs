//! Calls of named operations: a request goes out, comes back, and is understood.
//!
//! | step | where |
//! |---|---|
//! | address, headers and body | `request` |
//! | caps, deadline, tries, and what a failure means | `exchange` |
//! | one log line | `log` |
//! | CleverTap's protocols: polling, cursors in progress | [`Session::done`], [`Session::resume`] |
//! | whether the credentials are accepted | `verify` |

mod exchange;
mod log;
mod request;
mod scrub;
#[cfg(test)]
mod tests;
mod verify;

use std::rc::Rc;
use std::time::Duration;

use serde_json::Value;
use url::Url;

use super::account::{Account, Standing};
use super::classify::Answer;
use super::operation::{CUSTOM_LISTS_COMPLETE, Family, Operation, Replay};
use crate::model::Error;
use crate::transport::{Deadline, Host, Lanes};

pub(super) use exchange::{lost, policy, timeouts};
pub(super) use log::Line;
pub use request::encode;
pub(super) use request::path;
pub(super) use scrub::scrub;
pub use verify::Verified;

/// The first look at a result that was not there yet.
const FIRST_POLL: Duration = Duration::from_secs(1);
/// Between further looks.
const POLL: Duration = Duration::from_secs(3);
/// Before the same cursor is asked for again.
const IN_PROGRESS: Duration = Duration::from_secs(2);

/// What ties a call's log lines together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trace {
    pub request_id: String,
    /// W3C trace context, passed on.
    pub traceparent: Option<String>,
}

/// One call's dealings with CleverTap: an account, a deadline, and what is in flight.
#[derive(Debug)]
pub struct Session<'h, H: Host> {
    pub host: &'h H,
    pub account: &'h Account,
    /// Covers all that this session does.
    pub deadline: Deadline,
    pub trace: Trace,
    pub(super) lanes: Rc<Lanes>,
}

/// What sessions are opened from by something that outlives the call that began it: an answer that is still
/// being written. Its sessions share caps.
#[derive(Debug)]
pub struct Connected<H: Host> {
    pub host: H,
    pub account: Rc<Account>,
    trace: Trace,
    lanes: Rc<Lanes>,
}

impl<H: Host> Connected<H> {
    #[must_use]
    pub fn new(host: H, account: Rc<Account>, trace: Trace) -> Self {
        let lanes = host.lanes(&account.owner());
        Self { host, account, trace, lanes }
    }

    /// A session whose deadline starts here.
    #[must_use]
    pub fn session(&self) -> Session<'_, H> {
        Session::on(&self.host, &self.account, self.trace.clone(), Rc::clone(&self.lanes))
    }
}

/// What an operation is called with.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Call {
    /// Values for the `{name}`s of the operation's path, unencoded.
    pub path: Vec<(&'static str, String)>,
    /// Unencoded.
    pub query: Vec<(String, String)>,
    pub body: Option<Value>,
    /// The body as JSON text already, in place of `body`.
    pub text: Option<Rc<[u8]>>,
    /// CleverTap's cursor, as it came: the call becomes a GET with it, and has no body.
    pub cursor: Option<String>,
    /// A counts query's `req_id`: the call becomes a GET with it, and has no body.
    pub req_id: Option<String>,
    /// When what is sent is safer, or less safe, to repeat than its operation: an estimate made through
    /// `targets.create`, an upsert with `$incr`.
    pub replay: Option<Replay>,
    /// Of this call; else the account's.
    pub tries: Option<u8>,
    /// What one try may take; else all that is left of the deadline.
    pub budget: Option<Duration>,
}

impl Call {
    /// A call with a body.
    #[must_use]
    pub fn with(body: Value) -> Self {
        Self { body: Some(body), ..Self::default() }
    }

    /// A call for the page at one of CleverTap's cursors.
    #[must_use]
    pub fn at(cursor: impl Into<String>) -> Self {
        Self { cursor: Some(cursor.into()), ..Self::default() }
    }

    /// Adds a query parameter, unencoded.
    #[must_use]
    pub fn query(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.query.push((name.into(), value.into()));
        self
    }
}

impl<'h, H: Host> Session<'h, H> {
    /// Starts the clock.
    #[must_use]
    pub fn open(host: &'h H, account: &'h Account, trace: Trace) -> Self {
        Self::on(host, account, trace, host.lanes(&account.owner()))
    }

    /// The same with lanes that other sessions have, too.
    fn on(host: &'h H, account: &'h Account, trace: Trace, lanes: Rc<Lanes>) -> Self {
        let deadline = Deadline::after(host, account.settings.deadline);
        Self { host, account, deadline, trace, lanes }
    }

    /// Name and limit of the cap that an operation falls under.
    pub(super) fn lane(&self, operation: &'static Operation) -> (&'static str, usize) {
        let settings = &self.account.settings;
        match operation.family {
            Family::Upload => (operation.path, settings.uploads_in_flight),
            Family::Other(path) => (path, settings.requests_in_flight),
        }
    }

    /// The same with a fresh deadline, for the next upstream call of a stream.
    #[must_use]
    pub fn renewed(&self) -> Self {
        Self::on(self.host, self.account, self.trace.clone(), Rc::clone(&self.lanes))
    }

    /// One upstream request with its tries, and what the answer means.
    ///
    /// # Errors
    /// See [`classify`](super::classify) for answers, and the table of `exchange` for their absence.
    pub async fn call(&self, operation: &'static Operation, call: Call) -> Result<Answer, Error> {
        self.call_at(&self.account.base_url()?, operation, call).await
    }

    async fn call_at(&self, base: &Url, operation: &'static Operation, call: Call) -> Result<Answer, Error> {
        let prepared = request::prepare(self, base, operation, call)?;
        let mut line = Line::start(self, operation.name);
        let result = self.exchange(&prepared, &mut line).await;
        line.write(self, &result);
        match &result {
            Ok(_) => self.account.standing.set(Some(Standing::Accepted)),
            // Of a list's completion, 401 may mean the person named in it (clevertap-api.md, section 15).
            Err(Error::Unauthorized { .. }) if operation.name != CUSTOM_LISTS_COMPLETE.name => {
                self.account.standing.set(Some(Standing::Refused));
            }
            Err(_) => {}
        }
        result.map_err(|error| scrub(&self.account.credentials.passcode, error))
    }

    /// The result of an operation, however often it must be asked for: counts are polled, cursors in progress
    /// are asked for again, all within the deadline. What an upload rejected in part is a result too.
    ///
    /// # Errors
    /// As [`Self::call`]; [`Error::NotReady`] when the result was not there in time, with what resumes it: a
    /// `req_id` or the same cursor.
    pub async fn done(&self, operation: &'static Operation, call: Call) -> Result<Value, Error> {
        let mut asked_again = false;
        loop {
            match self.call(operation, call.clone()).await {
                Ok(Answer::Done(value) | Answer::Partial(value)) => return Ok(value),
                Ok(Answer::NotReady(message)) => return Err(Error::NotReady { message, cursor: None }),
                Ok(Answer::Poll { req_id, .. }) => return self.poll(operation, req_id, FIRST_POLL).await,
                Ok(Answer::InProgress) => {
                    if !self.deadline.pause(self.host, IN_PROGRESS).await {
                        return Err(unfinished("CleverTap is still working on this page", call.cursor));
                    }
                    asked_again = true;
                }
                Err(Error::TimedOut { .. }) if asked_again => {
                    return Err(unfinished("CleverTap is still working on this page", call.cursor));
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Goes on with a result that [`Self::done`] found unfinished.
    ///
    /// # Errors
    /// As [`Self::done`].
    pub async fn resume(&self, operation: &'static Operation, req_id: &str) -> Result<Value, Error> {
        self.poll(operation, req_id.to_owned(), Duration::ZERO).await
    }

    async fn poll(
        &self,
        operation: &'static Operation,
        mut req_id: String,
        first: Duration,
    ) -> Result<Value, Error> {
        let mut wait = first;
        loop {
            if !self.deadline.pause(self.host, wait).await {
                return Err(unfinished("CleverTap is still counting", Some(req_id)));
            }
            wait = POLL;
            let call = Call { req_id: Some(req_id.clone()), ..Call::default() };
            match self.call(operation, call).await {
                Ok(Answer::Done(value) | Answer::Partial(value)) => return Ok(value),
                Ok(Answer::Poll { req_id: next, .. }) => req_id = next,
                Ok(Answer::InProgress) => {}
                Ok(Answer::NotReady(message)) => {
                    return Err(Error::NotReady { message, cursor: Some(req_id) });
                }
                Err(Error::TimedOut { .. }) => {
                    return Err(unfinished("CleverTap is still counting", Some(req_id)));
                }
                Err(error) => return Err(error),
            }
        }
    }
}

fn unfinished(message: &str, cursor: Option<String>) -> Error {
    Error::NotReady { message: format!("{message}, and the deadline came first"), cursor }
}
