//! What ties together a request, its calls of CleverTap, and their log lines.
//!
//! | header | kept when | else |
//! |---|---|---|
//! | `x-request-id` | 1 to 128 letters, digits, `-`, `_`, `.` or `:` | a new id |
//! | `traceparent` | W3C Trace Context takes it: lower case, no id all zeros, version not `ff` | ignored |

use crate::clevertap::client::Trace;
use crate::transport::{Headers, Host, header};

const LONGEST: usize = 128;
const TRACEPARENT: usize = 55;

/// The request's id and, when the caller sent one, its trace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RequestTrace {
    pub(crate) request_id: String,
    pub(crate) traceparent: Option<String>,
}

impl RequestTrace {
    pub(crate) fn of<H: Host>(host: &H, headers: &Headers) -> Self {
        let request_id = match header(headers, "x-request-id").filter(|id| is_plain(id)) {
            Some(id) => id.to_owned(),
            None => format!("{:016x}{:016x}", host.random(), host.random()),
        };
        let mut given = headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("traceparent"));
        let traceparent = match (given.next(), given.next()) {
            (Some((_, value)), None) => {
                std::str::from_utf8(value).ok().filter(|text| is_traceparent(text)).map(str::to_owned)
            }
            _ => None,
        };
        Self { request_id, traceparent }
    }

    /// The id of the caller's trace.
    pub(crate) fn trace_id(&self) -> Option<&str> {
        self.traceparent.as_deref()?.split('-').nth(1)
    }

    /// For the calls of CleverTap.
    pub(crate) fn onward(&self) -> Trace {
        Trace { request_id: self.request_id.clone(), traceparent: self.traceparent.clone() }
    }
}

fn is_plain(id: &str) -> bool {
    (1..=LONGEST).contains(&id.len())
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte))
}

fn is_traceparent(text: &str) -> bool {
    let Some((known, more)) = text.split_at_checked(TRACEPARENT) else { return false };
    let mut parts = known.split('-');
    let mut hex = |length: usize| {
        parts.next().filter(|part| {
            part.len() == length
                && part.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
        })
    };
    let (Some(version), Some(trace), Some(parent), Some(_flags)) = (hex(2), hex(32), hex(16), hex(2)) else {
        return false;
    };
    let is_zero = |part: &str| part.bytes().all(|byte| byte == b'0');
    // Only later versions may have more to say.
    let is_whole = more.is_empty() || (version != "00" && more.starts_with('-'));
    version != "ff" && !is_zero(trace) && !is_zero(parent) && is_whole
}
