//! One JSON line for each upstream call, with nothing of anybody's in it.
//!
//! | field | what |
//! |---|---|
//! | `request_id`, `trace_id` | of the call that this one is for |
//! | `account` | the caller's own name for it |
//! | `operation` | a name of the table, or `custom` |
//! | `status` | HTTP status of the last answer; null when there was none |
//! | `code` | CleverTap's code, or null |
//! | `tries`, `ms`, `bytes` | requests sent, time with waits, length of the last answer |

use std::time::Duration;

use serde_json::json;

use super::{Session, Trace};
use crate::clevertap::classify::{Answer, code};
use crate::model::Error;
use crate::transport::{Headers, Host};

/// A log line in the making.
#[derive(Debug)]
pub(in crate::clevertap) struct Line {
    operation: &'static str,
    started: Duration,
    pub status: Option<u16>,
    pub tries: u8,
    pub bytes: Option<u64>,
}

impl Line {
    pub(in crate::clevertap) fn start<H: Host>(session: &Session<'_, H>, operation: &'static str) -> Self {
        Self { operation, started: session.host.now(), status: None, tries: 0, bytes: None }
    }

    pub(super) fn write<H: Host>(&self, session: &Session<'_, H>, result: &Result<Answer, Error>) {
        self.write_code(session, provider_code(result));
    }

    pub(in crate::clevertap) fn write_code<H: Host>(&self, session: &Session<'_, H>, code: Option<i64>) {
        let took = session.host.now().saturating_sub(self.started);
        let line = json!({
            "kind": "upstream",
            "request_id": session.trace.request_id,
            "trace_id": session.trace.trace_id(),
            "account": session.account.id,
            "operation": self.operation,
            "status": self.status,
            "code": code,
            "tries": self.tries,
            "ms": u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            "bytes": self.bytes,
        });
        session.host.log(&line.to_string());
    }
}

fn provider_code(result: &Result<Answer, Error>) -> Option<i64> {
    match result {
        Ok(Answer::Done(body) | Answer::Partial(body) | Answer::Poll { body, .. }) => code(body),
        Ok(Answer::InProgress) => Some(2),
        Err(Error::Refused(refusal)) => refusal.code,
        Err(Error::Unauthorized { body, .. }) => code(body),
        Ok(Answer::NotReady(_)) | Err(_) => None,
    }
}

impl Trace {
    /// The trace id of a well-formed trace context.
    #[must_use]
    pub fn trace_id(&self) -> Option<&str> {
        let mut parts = self.traceparent.as_deref()?.split('-');
        let hex = |text: &str, length: usize| {
            text.len() == length && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        };
        let (version, trace, parent, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let sound =
            hex(version, 2) && hex(trace, 32) && hex(parent, 16) && hex(flags, 2) && parts.next().is_none();
        sound.then_some(trace)
    }

    /// Puts the trace context on a request, when it is well-formed, in place of any other.
    pub(in crate::clevertap) fn apply(&self, headers: &mut Headers) {
        if let (Some(_), Some(context)) = (self.trace_id(), &self.traceparent) {
            headers.retain(|(name, _)| !name.eq_ignore_ascii_case("traceparent"));
            headers.push(("traceparent".to_owned(), context.clone().into_bytes()));
        }
    }
}
