//! Why a request is answered with an error: what the service itself finds wrong, and what the core reports.
//!
//! | case | status | code |
//! |---|---|---|
//! | `BadTarget` | 400 | `bad_target` |
//! | `Missing` | 400 | `invalid` |
//! | `NotJson` | 400 | `not_json` |
//! | `BodyBroken` | 400 | `body_broken` |
//! | `Unauthorized` | 401 | `unauthorized` |
//! | `Token` | 401 | `unauthorized` |
//! | `Forbidden` | 403 | `insufficient_scope`, `other_account` |
//! | `NoRoute` | 404 | `no_route` |
//! | `NoAccount` | 404 | `account_not_found` |
//! | `MethodNotAllowed` | 405 | `method_not_allowed` |
//! | `Configured` | 409 | `configured_account` |
//! | `Changed` | 409 | `changed_meanwhile` |
//! | `NotAcceptable`, `NotAcceptableCoding` | 406 | `not_acceptable` |
//! | `Keyed` | see [`Refusal`] | its own |
//! | `TooLarge`, `TooManyValues` | 413 | `body_too_large` |
//! | `UnsupportedMediaType` | 415 | `unsupported_media_type` |
//! | `Unprocessable` | 422 | `unprocessable` |
//! | `OverLimit` | 429 | `rate_limited` |
//! | `Configuration` | 500 | `configuration` |
//! | `Internal` | 500 | `internal` |
//! | `NotConfigured` | 501 | `not_configured` |
//! | `NeedsStore` | 501 | `needs_store` |
//! | `Store` | 503, 501 where none is granted | `store_failed`, `needs_store` |
//! | `Core` | see [`model::Error`](crate::model::Error) | its own |
//!
//! Messages say what is wrong, where, and what would be accepted. They never hold a value of the
//! configuration or a credential.

use std::fmt;

use super::auth::Forbidden;
use super::config::ConfigError;
use super::idempotency::Refusal;
use super::token::TokenError;
use crate::model;
use crate::model::Failure;
use crate::transport::StoreError;

/// Why a request is answered with an error.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Error {
    BadTarget(String),
    Missing(Missing),
    NotJson(String),
    BodyBroken(String),
    Unauthorized(&'static str),
    Token(TokenError),
    Forbidden(Forbidden),
    NoRoute {
        near: Vec<&'static str>,
    },
    NoAccount(&'static str),
    /// An account of the operator's, which no call changes.
    Configured,
    /// An account that somebody else changed at the same time.
    Changed,
    MethodNotAllowed {
        allow: String,
    },
    NotAcceptable,
    /// A file that is there in compressed form alone.
    NotAcceptableCoding,
    Keyed(Refusal),
    TooLarge {
        limit: usize,
    },
    /// Of a body: read into memory, it would take too much of it.
    TooManyValues,
    UnsupportedMediaType(String),
    /// Well written, and nothing that CleverTap or a destination can do.
    Unprocessable(Failure),
    /// Of this service's own limiter; with the whole seconds after which there is room again.
    OverLimit {
        retry_after: u64,
    },
    Configuration(ConfigError),
    Internal(&'static str),
    /// The operator must set a variable for this.
    NotConfigured {
        variable: &'static str,
        what: &'static str,
    },
    /// The host must have a key-value store for this.
    NeedsStore {
        what: &'static str,
    },
    Store(StoreError),
    Core(model::Error),
}

/// What a request had to have and has not: kept apart from other bad input, as the error object lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Missing {
    pub(crate) place: Place,
    pub(crate) failures: Vec<Failure>,
}

/// Where something is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Query,
    Body,
}

impl Error {
    /// A field of the body that the request needs.
    pub(crate) fn missing_body(name: &str, message: impl Into<String>) -> Self {
        Self::Missing(Missing { place: Place::Body, failures: vec![Failure::new(name, message)] })
    }

    /// Bad input.
    pub(crate) fn invalid(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Core(model::Error::invalid(field, message))
    }

    /// HTTP status of the answer.
    pub(crate) fn status(&self) -> u16 {
        match self {
            Self::BadTarget(_) | Self::Missing(_) | Self::NotJson(_) | Self::BodyBroken(_) => 400,
            Self::Unauthorized(_) | Self::Token(_) => 401,
            Self::Forbidden(_) => 403,
            Self::NoRoute { .. } | Self::NoAccount(_) => 404,
            Self::MethodNotAllowed { .. } => 405,
            Self::Configured | Self::Changed => 409,
            Self::NotAcceptable | Self::NotAcceptableCoding => 406,
            Self::Keyed(refusal) => refusal.status(),
            Self::TooLarge { .. } | Self::TooManyValues => 413,
            Self::UnsupportedMediaType(_) => 415,
            Self::Unprocessable(_) => 422,
            Self::OverLimit { .. } => 429,
            Self::Configuration(_) | Self::Internal(_) => 500,
            Self::NotConfigured { .. } | Self::NeedsStore { .. } => 501,
            Self::Store(StoreError::Denied) => 501,
            Self::Store(StoreError::Failed(_)) => 503,
            Self::Core(error) => core_status(error),
        }
    }

    /// A stable name, for programs.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::BadTarget(_) => "bad_target",
            Self::Missing(_) => "invalid",
            Self::NotJson(_) => "not_json",
            Self::BodyBroken(_) => "body_broken",
            Self::Unauthorized(_) | Self::Token(_) => "unauthorized",
            Self::Forbidden(Forbidden::Scope { .. }) => "insufficient_scope",
            Self::Forbidden(Forbidden::OtherAccount | Forbidden::AccountToken) => "other_account",
            Self::NoRoute { .. } => "no_route",
            Self::NoAccount(_) => "account_not_found",
            Self::Configured => "configured_account",
            Self::Changed => "changed_meanwhile",
            Self::MethodNotAllowed { .. } => "method_not_allowed",
            Self::NotAcceptable | Self::NotAcceptableCoding => "not_acceptable",
            Self::Keyed(refusal) => refusal.code(),
            Self::TooLarge { .. } | Self::TooManyValues => "body_too_large",
            Self::UnsupportedMediaType(_) => "unsupported_media_type",
            Self::Unprocessable(_) => "unprocessable",
            Self::OverLimit { .. } => "rate_limited",
            Self::Configuration(_) => "configuration",
            Self::Internal(_) => "internal",
            Self::NotConfigured { .. } => "not_configured",
            Self::NeedsStore { .. } => "needs_store",
            Self::Store(StoreError::Denied) => "needs_store",
            Self::Store(StoreError::Failed(_)) => "store_failed",
            Self::Core(error) => error.code(),
        }
    }

    /// What the code means, the same for every occurrence.
    pub(crate) fn title(&self) -> &'static str {
        match self {
            Self::BadTarget(_) => "The path or query cannot be read",
            Self::Missing(_) => "The input cannot be used",
            Self::NotJson(_) => "The body is not JSON",
            Self::BodyBroken(_) => "The body did not arrive whole",
            Self::Unauthorized(_) | Self::Token(_) => "This API does not know the caller",
            Self::Forbidden(_) => "The token may not do this",
            Self::NoRoute { .. } => "There is nothing at this path",
            Self::NoAccount(_) => "There is no such integrated account",
            Self::Configured => "The account is the operator's",
            Self::Changed => "The account was changed at the same time",
            Self::MethodNotAllowed { .. } => "The path does not take this method",
            Self::NotAcceptable => "The answer would not be JSON, and it only can be",
            Self::NotAcceptableCoding => "The answer would not be compressed, and it only can be",
            Self::Keyed(refusal) => refusal.title(),
            Self::TooLarge { .. } | Self::TooManyValues => "The body is too large",
            Self::UnsupportedMediaType(_) => "The body must be JSON",
            Self::Unprocessable(_) => "This cannot be done",
            Self::OverLimit { .. } => {
                "This service has taken as many requests of the account as it may for now"
            }
            Self::Configuration(_) => "The service's configuration cannot be used",
            Self::Internal(_) => "A mistake in this service",
            Self::NotConfigured { .. } => "The operator has not set this up",
            Self::NeedsStore { .. } => "This host has no store",
            Self::Store(_) => "The store failed",
            Self::Core(error) => core_title(error),
        }
    }

    /// Whether the same call may succeed later without doing harm.
    pub(crate) fn retryable(&self) -> bool {
        match self {
            Self::Core(error) => error.retryable(),
            Self::Keyed(refusal) => refusal.retryable(),
            Self::OverLimit { .. } | Self::Store(_) => true,
            _ => false,
        }
    }

    /// Whether it is the provider that refused or failed.
    pub(crate) fn is_remote(&self) -> bool {
        use model::Error as Core;
        match self {
            Self::Core(error) => match error {
                Core::Unauthorized { .. }
                | Core::RateLimited { .. }
                | Core::NotReady { .. }
                | Core::CursorExpired { .. }
                | Core::Refused(_)
                | Core::Undecodable { .. } => true,
                Core::DeniedByHost { .. }
                | Core::Unreachable { .. }
                | Core::TimedOut { .. }
                | Core::DoesNotFit { .. }
                | Core::InDoubt { .. }
                | Core::Invalid(_)
                | Core::NotFound { .. }
                | Core::Unsupported { .. } => false,
            },
            _ => false,
        }
    }

    /// What is wrong with the input, one entry for each place.
    pub(crate) fn failures(&self) -> &[Failure] {
        match self {
            Self::Missing(missing) => &missing.failures,
            Self::Unprocessable(failure) => std::slice::from_ref(failure),
            Self::Core(model::Error::Invalid(failures)) => failures,
            _ => &[],
        }
    }

    /// Whole seconds after which to ask again, where that is known; rounded up, as less would be early.
    pub(crate) fn retry_after(&self) -> Option<u64> {
        match self {
            Self::OverLimit { retry_after } => Some(*retry_after),
            Self::Keyed(refusal) => refusal.retry_after(),
            Self::Core(model::Error::RateLimited { retry_after_ms: Some(ms), .. }) => Some(ms.div_ceil(1000)),
            _ => None,
        }
    }
}

fn core_status(error: &model::Error) -> u16 {
    use model::Error as Core;
    match error {
        Core::Invalid(_) => 400,
        Core::Unauthorized { .. } => 401,
        Core::NotFound { .. } => 404,
        Core::CursorExpired { .. } => 410,
        Core::RateLimited { .. } => 429,
        Core::Unsupported { .. } => 501,
        Core::DeniedByHost { .. }
        | Core::Unreachable { .. }
        | Core::InDoubt { .. }
        | Core::Undecodable { .. } => 502,
        Core::NotReady { .. } => 503,
        Core::TimedOut { .. } | Core::DoesNotFit { .. } => 504,
        // Its own refusals of the input pass through; a refusal in a 200 or 3xx, or its own failure, is a
        // gateway's.
        Core::Refused(refusal) if (400..500).contains(&refusal.status) => refusal.status,
        Core::Refused(_) => 502,
    }
}

fn core_title(error: &model::Error) -> &'static str {
    use model::Error as Core;
    match error {
        Core::DeniedByHost { .. } => "The host does not let the request out",
        Core::Unreachable { .. } => "CleverTap cannot be reached",
        Core::TimedOut { .. } | Core::DoesNotFit { .. } => "The deadline came first",
        Core::InDoubt { .. } => "The outcome of a write is unknown",
        Core::Unauthorized { .. } => "CleverTap refused the account's credentials",
        Core::RateLimited { .. } => "CleverTap asks to wait",
        Core::Invalid(_) => "The input cannot be used",
        Core::NotFound { .. } => "There is no such thing",
        Core::NotReady { .. } => "Not ready yet",
        Core::CursorExpired { .. } => "The cursor has expired",
        Core::Refused(_) => "CleverTap refused",
        Core::Undecodable { .. } => "CleverTap's answer cannot be understood",
        Core::Unsupported { .. } => "Not supported",
    }
}

impl From<model::Error> for Error {
    fn from(error: model::Error) -> Self {
        Self::Core(error)
    }
}

impl From<ConfigError> for Error {
    fn from(error: ConfigError) -> Self {
        Self::Configuration(error)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BadTarget(message)
            | Self::NotJson(message)
            | Self::BodyBroken(message)
            | Self::UnsupportedMediaType(message) => f.write_str(message),
            Self::Missing(missing) => model::Error::Invalid(missing.failures.clone()).fmt(f),
            Self::Unauthorized(message) | Self::Internal(message) => f.write_str(message),
            Self::NoRoute { near } => {
                f.write_str("there is nothing at this path")?;
                for (place, pattern) in near.iter().enumerate() {
                    write!(f, "{}{pattern}", if place == 0 { "; near it: " } else { ", " })?;
                }
                Ok(())
            }
            Self::Token(error) => error.fmt(f),
            Self::Forbidden(forbidden) => forbidden.fmt(f),
            Self::NoAccount(why) => write!(f, "integrated_account_id: {why}"),
            Self::Changed => f.write_str(
                "somebody else changed this account since it was looked up: nothing was done; look again, then change it",
            ),
            Self::Configured => f.write_str(
                "this account stands in MARKETING_AUTOMATION_ACCOUNTS: the operator changes it there; calls change linked \
                 accounts only",
            ),
            Self::NotConfigured { variable, what } => {
                write!(f, "{what} needs a secret key, and none is configured: the operator sets {variable}")
            }
            Self::NeedsStore { what } => write!(
                f,
                "{what} needs a key-value store, which this host does not have: service-spin.wasm on Spin has one"
            ),
            Self::Store(error) => error.fmt(f),
            Self::MethodNotAllowed { allow } => write!(f, "this path takes {allow}"),
            Self::NotAcceptable => f.write_str(
                "the Accept header leaves out application/json, which is the only form of this answer: add it, or send \
                 no Accept header",
            ),
            Self::TooManyValues => f.write_str(
                "the body has so many small values that they would take more than 64 MiB of memory: send fewer at once, or NDJSON",
            ),
            Self::NotAcceptableCoding => f.write_str(
                "the Accept-Encoding header leaves out gzip, which is the only coding of this file: add it, or send no \
                 Accept-Encoding header",
            ),
            Self::TooLarge { limit } => write!(f, "the body is longer than {limit} bytes, the most that this path takes"),
            Self::Unprocessable(failure) => write!(f, "{}: {}", failure.field, failure.message),
            Self::Configuration(error) => error.fmt(f),
            Self::Keyed(refusal) => refusal.fmt(f),
            Self::OverLimit { retry_after } => write!(
                f,
                "the account has used up its requests for now: the operator's limit has room again in {retry_after} s"
            ),
            Self::Core(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Error {}
