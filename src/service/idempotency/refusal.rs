//! Why a request with an `Idempotency-Key` is not run, and has no answer to repeat either.
//!
//! | case | status | code | again with this key? |
//! |---|---|---|---|
//! | `InProgress` | 409 | `idempotency_in_progress` | yes, after `Retry-After` |
//! | `OutcomeUnknown` | 409 | `idempotency_outcome_unknown` | not for a day |
//! | `AnswerNotKept` | 409 | `idempotency_answer_not_kept` | no need: it is done |
//! | `TooLarge` | 413 | `body_too_large` | with a shorter body |
//! | `Reused` | 422 | `idempotency_key_reused` | with the first request only |

use std::fmt;

/// Seconds after which somebody who waits for an answer may ask for it again.
const ASK_AGAIN: u64 = 5;

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    InProgress,
    OutcomeUnknown,
    /// With the status of the answer.
    AnswerNotKept {
        status: u16,
    },
    TooLarge {
        limit: usize,
    },
    Reused,
}

impl Refusal {
    pub(crate) const fn status(self) -> u16 {
        match self {
            Self::InProgress | Self::OutcomeUnknown | Self::AnswerNotKept { .. } => 409,
            Self::TooLarge { .. } => 413,
            Self::Reused => 422,
        }
    }

    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::InProgress => "idempotency_in_progress",
            Self::OutcomeUnknown => "idempotency_outcome_unknown",
            Self::AnswerNotKept { .. } => "idempotency_answer_not_kept",
            Self::TooLarge { .. } => "body_too_large",
            Self::Reused => "idempotency_key_reused",
        }
    }

    pub(crate) const fn title(self) -> &'static str {
        match self {
            Self::InProgress => "The request with this key is under way",
            Self::OutcomeUnknown => "How the request with this key ended is not known",
            Self::AnswerNotKept { .. } => {
                "The request with this key is done, and its answer was too long to be kept"
            }
            Self::TooLarge { .. } => "The body is too large",
            Self::Reused => "The key belongs to another request",
        }
    }

    pub(crate) const fn retryable(self) -> bool {
        matches!(self, Self::InProgress)
    }

    pub(crate) const fn retry_after(self) -> Option<u64> {
        match self {
            Self::InProgress => Some(ASK_AGAIN),
            _ => None,
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InProgress => f.write_str(
                "a request with this Idempotency-Key is under way: ask again in a while, with the same key and body, \
                 for its answer",
            ),
            Self::OutcomeUnknown => f.write_str(
                "a request with this Idempotency-Key began, and how it ended is not known: it may or may not have taken \
                 effect, so it is not run again; look first, and send what is missing with a new key",
            ),
            Self::AnswerNotKept { status } => write!(
                f,
                "the request with this Idempotency-Key is done, was answered with HTTP {status}, and is not run again; \
                 the answer itself was too long to be kept"
            ),
            Self::TooLarge { limit } => write!(
                f,
                "the body is longer than {limit} bytes, the most that goes with an Idempotency-Key: leave the key away, \
                 and give events ids of their own, with deduplicate=day to skip those of earlier requests"
            ),
            Self::Reused => f.write_str(
                "this Idempotency-Key was used with another body or Content-Type: a key is for one request",
            ),
        }
    }
}
