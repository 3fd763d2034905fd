//! Calls of named operations.

use std::time::Duration;

use serde_json::Value;

use super::account::Account;
use super::classify::Answer;
use super::operation::{Operation, Replay};
use crate::model::Error;
use crate::transport::{Deadline, Host};

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
    pub deadline: Deadline,
    pub trace: Trace,
}

/// What an operation is called with.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Call {
    /// Values for the `{name}`s of the operation's path, unencoded.
    pub path: Vec<(&'static str, String)>,
    /// Unencoded.
    pub query: Vec<(String, String)>,
    pub body: Option<Value>,
    /// CleverTap's cursor, as it came: the call becomes a GET with it, and has no body.
    pub cursor: Option<String>,
    /// A counts query's `req_id`: the call becomes a GET with it, and has no body.
    pub req_id: Option<String>,
    /// When what is sent is safer, or less safe, to repeat than its operation.
    pub replay: Option<Replay>,
    /// Of this call; else the account's.
    pub tries: Option<u8>,
    /// What one try may take; else all that is left of the deadline.
    pub budget: Option<Duration>,
}

/// What verifying an account found out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// Code of the region that accepted, or `auto` where an endpoint decides.
    pub region: String,
    pub host: String,
    /// The call that was made, for instance `GET /v1/connect`.
    pub checked_with: String,
}

fn later<T>() -> Result<T, Error> {
    Err(Error::Unsupported { what: "not written yet".to_owned() })
}

impl<'h, H: Host> Session<'h, H> {
    /// Starts the clock.
    #[must_use]
    pub fn open(host: &'h H, account: &'h Account, trace: Trace) -> Self {
        Self { host, account, deadline: Deadline::after(host, account.settings.deadline), trace }
    }

    /// # Errors
    /// What went wrong.
    pub async fn call(&self, _operation: &'static Operation, _call: Call) -> Result<Answer, Error> {
        later()
    }

    /// # Errors
    /// What went wrong.
    pub async fn done(&self, _operation: &'static Operation, _call: Call) -> Result<Value, Error> {
        later()
    }

    /// # Errors
    /// What went wrong.
    pub async fn resume(&self, _operation: &'static Operation, _req_id: &str) -> Result<Value, Error> {
        later()
    }

    /// # Errors
    /// What went wrong.
    pub async fn verify(&self) -> Result<Verified, Error> {
        later()
    }
}
