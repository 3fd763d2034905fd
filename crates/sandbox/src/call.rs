//! The log of everything that was asked.

use std::collections::VecDeque;
use std::time::Duration;

use hyper::body::Bytes;
use serde_json::{Value, json};

use crate::Fault;
use crate::request::Request;

/// One request that the sandbox has seen.
#[derive(Debug, Clone)]
pub struct Call {
    /// Counts from 1; never reused, not even after `clear_calls`.
    pub seq: u64,
    /// In upper case.
    pub method: String,
    /// Percent-encoded, as sent.
    pub path: String,
    /// The raw query, without its `?`.
    pub query: Option<String>,
    /// Names in lower case, in order of arrival.
    pub headers: Vec<(String, String)>,
    /// What was sent. Empty when `body_forgotten`.
    pub body: Bytes,
    /// The body was dropped to keep the log small.
    pub body_forgotten: bool,
    /// The status answered; `None` while the answer is under way, and when the
    /// connection was closed without one.
    pub status: Option<u16>,
    /// What befell it.
    pub fault: Fault,
    /// How long its answer was held back.
    pub delay: Duration,
}

impl Call {
    /// The first header of this name (in lower case).
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The body as JSON; null when it is none.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    /// For `GET /__sandbox/calls`: credentials are redacted.
    pub(crate) fn redacted(&self) -> Value {
        let headers: Vec<_> = self
            .headers
            .iter()
            .map(|(name, value)| {
                let secret = name == "x-clevertap-passcode"
                    || name == "authorization"
                    || name == "cookie"
                    || name.contains("token");
                json!([name, if secret { "[redacted]" } else { value }])
            })
            .collect();
        json!({
            "seq": self.seq,
            "method": self.method,
            "path": self.path,
            "query": self.query,
            "headers": headers,
            "body": String::from_utf8_lossy(&self.body),
            "body_forgotten": self.body_forgotten,
            "status": self.status,
            "fault": self.fault,
            "delay_ms": u64::try_from(self.delay.as_millis()).unwrap_or(u64::MAX),
        })
    }
}

/// The calls, newest last. Bounded, so that a day of benchmarks fits.
#[derive(Debug, Default)]
pub(crate) struct CallLog {
    calls: VecDeque<Call>,
    next: u64,
    bytes: usize,
    /// How many calls, from the front, have no bodies any more.
    forgotten: usize,
}

impl CallLog {
    const MAX_CALLS: usize = 200_000;
    const MAX_BYTES: usize = 256 << 20;

    pub(crate) fn open(&mut self, request: &Request) -> u64 {
        self.next += 1;
        self.bytes += request.body.len();
        self.calls.push_back(Call {
            seq: self.next,
            method: request.method.clone(),
            path: request.path.clone(),
            query: request.query.clone(),
            headers: request.headers.clone(),
            body: request.body.clone(),
            body_forgotten: false,
            status: None,
            fault: Fault::Pass,
            delay: Duration::ZERO,
        });
        self.shrink();
        self.next
    }

    pub(crate) fn close(&mut self, seq: u64, status: Option<u16>, fault: Fault, delay: Duration) {
        let front = self.calls.front().map_or(0, |call| call.seq);
        let index = seq.checked_sub(front).and_then(|index| usize::try_from(index).ok());
        if let Some(call) = index.and_then(|index| self.calls.get_mut(index)) {
            call.status = status;
            call.fault = fault;
            call.delay = delay;
        }
    }

    pub(crate) fn all(&self) -> Vec<Call> {
        self.calls.iter().cloned().collect()
    }

    pub(crate) fn len(&self) -> usize {
        self.calls.len()
    }

    pub(crate) fn clear(&mut self) {
        self.calls.clear();
        self.bytes = 0;
        self.forgotten = 0;
    }

    fn shrink(&mut self) {
        while self.bytes > Self::MAX_BYTES {
            let Some(call) = self.calls.get_mut(self.forgotten) else {
                break;
            };
            self.bytes -= call.body.len();
            call.body_forgotten = !call.body.is_empty();
            call.body = Bytes::new();
            self.forgotten += 1;
        }
        while self.calls.len() > Self::MAX_CALLS {
            if let Some(call) = self.calls.pop_front() {
                self.bytes -= call.body.len();
            }
            self.forgotten = self.forgotten.saturating_sub(1);
        }
    }
}
