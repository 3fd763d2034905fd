//! Bulk writes: any number of records, each of them accounted for.
//!
//! A [`Kind`] says what a record becomes; the engine reads, cuts, sends and settles, and knows no kind.

use serde_json::Value;

use super::operation::Operation;
use crate::model::{Failure, Warning};

/// A record as it will be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ready {
    /// The caller's name for the record, to find it again in the answer.
    pub id: Option<String>,
    /// A caller's key for it: a second record with the same key in one request is skipped.
    pub key: Option<String>,
    /// JSON text, as [`Kind::body`] takes it.
    pub json: String,
    /// What distinguishes records of one kind, such as `identity` and `guid` of deletes.
    pub slot: &'static str,
    /// Whether it may be sent again when nobody knows whether it arrived.
    pub safe: bool,
    pub warnings: Vec<Warning>,
}

/// What is written.
pub trait Kind {
    /// The call that a batch becomes.
    fn operation(&self) -> &'static Operation;

    /// CleverTap's limit on records in a call.
    fn most(&self) -> usize;

    /// Whether records of different slots may share a batch.
    fn mixes_slots(&self) -> bool {
        true
    }

    /// Checks a record and writes it as CleverTap takes it. `now` is in Unix seconds.
    ///
    /// # Errors
    /// Every reason why it cannot be sent, each with CleverTap's code where it has one, its place, and what
    /// would be accepted.
    fn prepare(&self, record: Value, now: i64) -> Result<Ready, Vec<Failure>>;

    /// The body of a call with these records: their slots and JSON texts. At least one.
    fn body(&self, records: &[(&'static str, String)]) -> String;
}
