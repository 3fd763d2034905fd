//! Why a request got no answer, in words for the operator and for the client.

use std::time::Duration;

use http::StatusCode;

use crate::limits::{Limits, Usage};
use crate::state::Stalled;

/// A component cannot be used as a service.
#[derive(Debug, thiserror::Error)]
#[error("not a service component of this host: {0}")]
pub struct LinkError(pub(crate) String);

/// A request that got no answer from the component, or not all of it.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ServiceError {
    /// The request cannot be handed to the component.
    #[error("the request cannot be handed over: {0}")]
    Request(String),
    /// There is no place for another instance, or the component refuses to start.
    #[error("the component does not start: {0}")]
    Instantiate(String),
    /// The component trapped. The text has the frames; it is for the operator's log.
    #[error("the component trapped: {0}")]
    Trapped(String),
    /// The component trapped because it may not have more memory.
    #[error("the component needs more than its {limit} bytes of memory")]
    OutOfMemory {
        /// The limit, in bytes.
        limit: usize,
    },
    /// Nothing moved for too long.
    #[error("no progress for {limit:?}")]
    TimedOut {
        /// The limit.
        limit: Duration,
    },
    /// The component ended without an answer.
    #[error("the component gave no answer")]
    NoAnswer,
    /// The component answered with an error instead of a response.
    #[error("the component answered with an error: {0}")]
    Refused(String),
}

impl ServiceError {
    /// Why a call into the guest ended early.
    pub(super) fn stopped(error: &wasmtime::Error, usage: &Usage, limits: &Limits) -> Self {
        if error.downcast_ref::<Stalled>().is_some() {
            Self::TimedOut { limit: limits.request_timeout }
        } else if usage.memory_refused() {
            Self::OutOfMemory { limit: limits.memory_bytes }
        } else {
            Self::Trapped(format!("{error:#}"))
        }
    }

    /// There are as many instances as there may be, and none came free in time.
    pub(super) fn no_place() -> Self {
        Self::Instantiate("all places are taken".to_owned())
    }

    /// A stable name.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Request(_) => "bad_request",
            Self::Instantiate(_) => "component_unavailable",
            Self::Trapped(_) => "component_trapped",
            Self::OutOfMemory { .. } => "component_out_of_memory",
            Self::TimedOut { .. } => "component_timed_out",
            Self::NoAnswer => "component_without_answer",
            Self::Refused(_) => "component_error",
        }
    }

    pub(super) fn status(&self) -> StatusCode {
        match self {
            Self::Request(_) => StatusCode::BAD_REQUEST,
            Self::Instantiate(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::TimedOut { .. } => StatusCode::GATEWAY_TIMEOUT,
            Self::Trapped(_) | Self::OutOfMemory { .. } | Self::NoAnswer | Self::Refused(_) => {
                StatusCode::INTERNAL_SERVER_ERROR
            }
        }
    }

    /// The text for the client, which need not know how the component is made.
    pub(super) fn public(&self) -> String {
        match self {
            Self::Trapped(_) => "the component failed; the operator's log has the details".to_owned(),
            Self::Instantiate(_) => {
                "the component does not start; the operator's log has the details".to_owned()
            }
            other => other.to_string(),
        }
    }
}
