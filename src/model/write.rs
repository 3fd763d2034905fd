//! How the records of a bulk write ended: every record in one of these ways, none of them silent.
//!
//! | outcome | meaning |
//! |---|---|
//! | `succeeded` | the provider took it |
//! | `failed` | it was not taken, and says why; correcting it or waiting may help |
//! | `unknown` | it was sent and its answer was lost: it may or may not have been taken |
//! | `skipped` | it was not sent because an earlier record of the same request, or of an earlier one where asked for, has its id |

use serde::Serialize;

use super::{Failure, Warning};

/// How one record ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Succeeded,
    Failed,
    Unknown,
    Skipped,
}

/// Why a record did not succeed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reason {
    /// A stable name: `invalid`, `unknown_outcome`, `rate_limited`, `duplicate` and so on, as
    /// [`Error::code`](super::Error::code) has them.
    pub code: &'static str,
    /// Where in the record, such as `properties.price`; empty for all of it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub field: String,
    /// What is wrong, and what would be accepted.
    pub message: String,
    /// The provider's own code for it (CleverTap: 509 to 555).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remote_code: Option<u32>,
    /// Whether the same record may succeed later.
    pub retryable: bool,
    /// Every reason, where there are several.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub failures: Vec<Failure>,
}

/// One record of a bulk write.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Written {
    /// Zero-based place of the record in the input.
    pub index: u64,
    /// The record's id, where it has one.
    pub id: Option<String>,
    pub status: Outcome,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<Reason>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<Warning>,
}

/// How many records ended in which way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Totals {
    pub succeeded: u64,
    pub failed: u64,
    pub unknown: u64,
    pub skipped: u64,
}

impl Reason {
    /// Of a record that cannot be sent: its first failure's place and code, and the words of all of them.
    #[must_use]
    pub fn invalid(failures: &[Failure]) -> Self {
        let first = failures.first();
        let field = first.map_or("", |failure| failure.field.as_str());
        let message = match failures {
            [only] => only.message.clone(),
            all => super::Error::Invalid(all.to_vec()).to_string(),
        };
        Self {
            code: "invalid",
            field: field.to_owned(),
            message,
            remote_code: first.and_then(|failure| failure.code),
            retryable: false,
            failures: if failures.len() > 1 { failures.to_vec() } else { Vec::new() },
        }
    }
}

impl Totals {
    /// All records.
    #[must_use]
    pub const fn sum(&self) -> u64 {
        self.succeeded.saturating_add(self.failed).saturating_add(self.unknown).saturating_add(self.skipped)
    }

    /// Counts one more.
    pub const fn count(&mut self, outcome: Outcome) {
        let counter = match outcome {
            Outcome::Succeeded => &mut self.succeeded,
            Outcome::Failed => &mut self.failed,
            Outcome::Unknown => &mut self.unknown,
            Outcome::Skipped => &mut self.skipped,
        };
        *counter = counter.saturating_add(1);
    }

    /// Whether nothing failed and nothing is in doubt.
    #[must_use]
    pub const fn all_well(&self) -> bool {
        self.failed == 0 && self.unknown == 0
    }
}
