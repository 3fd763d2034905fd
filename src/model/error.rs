//! Why a call failed.
//!
//! | case | retry? | HTTP | meaning |
//! |---|---|---|---|
//! | `DeniedByHost` | no | 502 | the host refused to let the request out; names the host to allow |
//! | `Unreachable` | yes | 502 | no connection; the request did not take effect |
//! | `TimedOut` | yes | 504 | no answer within the deadline, and nothing is in doubt |
//! | `DoesNotFit` | no | 504 | the smallest piece that can be asked for needs longer than the whole deadline |
//! | `InDoubt` | no | 502 | a write left and its answer was lost |
//! | `Unauthorized` | no | 401 | the provider refused the credentials |
//! | `RateLimited` | yes | 429 | too many calls at once; did not take effect |
//! | `Invalid` | no | 400 | the input cannot be used; nothing was sent |
//! | `NotFound` | no | 404 | there is no such thing |
//! | `NotReady` | yes | 503 | not there yet; may carry a cursor to go on with |
//! | `CursorExpired` | no | 410 | a cursor of the provider's has expired; says where to start again |
//! | `Refused` | by status | 4xx, 502 | the provider refused, in its own words |
//! | `Undecodable` | yes | 502 | the provider answered something that cannot be understood |
//! | `Unsupported` | no | 501 | no such capability |
//!
//! Display is lower case without a full stop, and never holds a secret.

use std::fmt;

use serde::Serialize;
use serde_json::Value;

/// One reason why an input cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// Where: a field name or a path such as `events[3].time`; empty for the whole input.
    pub field: String,
    /// What is wrong and what would be accepted.
    pub message: String,
    /// The provider's own code for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<u32>,
    /// For bulk input: the zero-based place of the record.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub index: Option<u64>,
}

impl Failure {
    #[must_use]
    pub fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { field: field.into(), message: message.into(), code: None, index: None }
    }
}

/// The provider's refusal in its own words.
#[derive(Debug, Clone, PartialEq)]
pub struct Refusal {
    /// HTTP status of the provider's answer; 200 is possible.
    pub status: u16,
    /// The code in its body.
    pub code: Option<i64>,
    pub message: String,
    /// Its answer as it came: JSON where it was JSON, else text, cut at 16 KiB.
    pub body: Value,
}

/// Why a call failed; the cases are those that a caller treats differently.
#[derive(Debug, Clone, PartialEq)]
pub enum Error {
    DeniedByHost { host: String },
    Unreachable { host: String, reason: String },
    TimedOut { what: String },
    DoesNotFit { what: String },
    InDoubt { what: String },
    Unauthorized { message: String, body: Value },
    RateLimited { message: String, retry_after_ms: Option<u64> },
    Invalid(Vec<Failure>),
    NotFound { what: String },
    NotReady { message: String, cursor: Option<String> },
    CursorExpired { restart: String },
    Refused(Refusal),
    Undecodable { what: String, body: String },
    Unsupported { what: String },
}

impl Error {
    /// One failure of one field.
    #[must_use]
    pub fn invalid(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Invalid(vec![Failure::new(field, message)])
    }

    /// An answer that is JSON and not what was expected, of which the first 1000 characters are kept.
    #[must_use]
    pub fn undecodable(what: impl Into<String>, answer: &Value) -> Self {
        Self::Undecodable { what: what.into(), body: answer.to_string().chars().take(1000).collect() }
    }

    /// A stable name, for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::DeniedByHost { .. } => "denied_by_host",
            Self::Unreachable { .. } => "unreachable",
            Self::TimedOut { .. } => "timed_out",
            Self::DoesNotFit { .. } => "does_not_fit",
            Self::InDoubt { .. } => "unknown_outcome",
            Self::Unauthorized { .. } => "provider_unauthorized",
            Self::RateLimited { .. } => "rate_limited",
            Self::Invalid(_) => "invalid",
            Self::NotFound { .. } => "not_found",
            Self::NotReady { .. } => "not_ready",
            Self::CursorExpired { .. } => "cursor_expired",
            Self::Refused(_) => "provider_refused",
            Self::Undecodable { .. } => "undecodable",
            Self::Unsupported { .. } => "unsupported",
        }
    }

    /// Whether the same call may succeed later without doing harm.
    #[must_use]
    pub const fn retryable(&self) -> bool {
        match self {
            Self::Unreachable { .. }
            | Self::TimedOut { .. }
            | Self::RateLimited { .. }
            | Self::NotReady { .. }
            | Self::Undecodable { .. } => true,
            Self::Refused(refusal) => refusal.status >= 500,
            Self::DeniedByHost { .. }
            | Self::DoesNotFit { .. }
            | Self::InDoubt { .. }
            | Self::Unauthorized { .. }
            | Self::Invalid(_)
            | Self::NotFound { .. }
            | Self::CursorExpired { .. }
            | Self::Unsupported { .. } => false,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DeniedByHost { host } => {
                write!(
                    f,
                    "this host does not let requests out to {host}: allow it in the host's outbound hosts"
                )
            }
            Self::Unreachable { host, reason } => write!(f, "{host} cannot be reached: {reason}"),
            Self::TimedOut { what } => write!(f, "{what} did not answer within the deadline"),
            Self::InDoubt { what } => {
                write!(f, "{what}; it may or may not have taken effect: look before you send it again")
            }
            Self::Unauthorized { message, .. } => write!(
                f,
                "CleverTap refused the credentials ({message}); a wrong region looks the same as a wrong \
                 passcode: compare the region with the first label of the dashboard's address, or verify the \
                 account with region auto"
            ),
            Self::RateLimited { message, .. } => write!(f, "CleverTap asks to wait: {message}"),
            Self::Invalid(failures) => {
                for (place, failure) in failures.iter().enumerate() {
                    if place > 0 {
                        f.write_str("; ")?;
                    }
                    if failure.field.is_empty() {
                        f.write_str(&failure.message)?;
                    } else {
                        write!(f, "{}: {}", failure.field, failure.message)?;
                    }
                }
                Ok(())
            }
            Self::NotFound { what } => write!(f, "there is no {what}"),
            Self::NotReady { message, .. } => f.write_str(message),
            Self::CursorExpired { restart } => write!(f, "CleverTap's cursor has expired: {restart}"),
            Self::Refused(refusal) => match refusal.code {
                Some(code) => write!(
                    f,
                    "CleverTap refused with HTTP {} and code {code}: {}",
                    refusal.status, refusal.message
                ),
                None => write!(f, "CleverTap refused with HTTP {}: {}", refusal.status, refusal.message),
            },
            Self::Undecodable { what, .. } => write!(f, "the answer to {what} cannot be understood"),
            Self::DoesNotFit { what } | Self::Unsupported { what } => f.write_str(what),
        }
    }
}

impl std::error::Error for Error {}
