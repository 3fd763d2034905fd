//! Bulk writes: any number of records, each of them accounted for.
//!
//! A [`Kind`] says what a record becomes; the engine reads, cuts, sends and settles, and knows no kind.
//!
//! | step | where | rule |
//! |---|---|---|
//! | read | [`Records`] | as fast as there is room for |
//! | check, write, de-duplicate | [`Kind::prepare`], `recent` | before anything of a batch is sent; a key counts within the last 100,000 |
//! | cut | `desk` | [`Kind::most`] records or 256 KiB; what may be sent again is kept apart from what may not; a batch waits one second for more |
//! | skip what earlier requests sent | [`Memory`] | where the kind has one |
//! | send | `send` | as many at a time as the account allows, fewer after a 429; each try has a deadline |
//! | settle | `settle` | by CleverTap's record numbers |
//! | tell | [`Ledger`] | each record once, in the order in which batches end |
//!
//! | what became of a batch | its records |
//! |---|---|
//! | taken | succeeded, but for those that CleverTap rejected by number |
//! | rejected without numbers, or with a count that does not add up | unknown, where nothing says which |
//! | 429, and no batch was taken for as long as a deadline | failed, `rate_limited` |
//! | it never left, or was refused | failed |
//! | its answer was lost | sent again when all of it is [`Ready::safe`]; else, and when that does not help, unknown |
//!
//! When the credentials are refused, or the host lets nothing out, nothing more is sent: the rest is read and
//! counted as failed for that reason.
//!
//! Records of one person keep their order within a batch. Batches overtake each other, as several are under way:
//! who must have all in order sends with one upload in flight.

pub(in crate::clevertap) mod check;
pub(in crate::clevertap) mod data;
mod desk;
mod engine;
pub(in crate::clevertap) mod fields;
mod memory;
pub(in crate::clevertap) mod person;
mod recent;
mod send;
mod settle;
#[cfg(test)]
mod tests;

use serde::Serialize;
use serde_json::Value;

use super::operation::Operation;
use crate::model::{Error, Failure, Totals, Warning, Written};
use crate::transport::SendError;
use crate::transport::body::LocalFuture;

pub use engine::write;
pub use fields::id as field_id;
pub use memory::Memory;

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

    /// CleverTap's limit on records in a call; at least 2.
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

    /// Where keys are remembered beyond the request.
    fn memory(&self) -> Option<&dyn Memory> {
        None
    }

    /// The body of a call with these records: their slots and JSON texts. At least one.
    fn body(&self, records: &[(&'static str, String)]) -> String;
}

/// Where records come from.
pub trait Records {
    /// The next record that is there already; an error is one that cannot be read, and counts as a record.
    fn take(&mut self) -> Option<Result<Value, Failure>>;

    /// Waits until there may be more to take; false at the end. Dropping the future before it is done loses
    /// nothing.
    fn fill(&mut self) -> LocalFuture<'_, Result<bool, SendError>>;
}

/// Where it is told how each record ended.
pub trait Ledger {
    /// Called once for each record.
    fn note(&mut self, written: Written);

    /// Called when there is nothing more to note for a while.
    fn flush(&mut self) {}

    /// Whether nothing more should be read until what was noted is taken.
    fn is_full(&self) -> bool {
        false
    }

    /// How much of what was noted has been taken, in whatever unit: it grows while somebody takes it.
    fn taken(&self) -> u64 {
        0
    }

    /// Waits until it is not full.
    fn room(&self) -> LocalFuture<'static, ()> {
        Box::pin(std::future::ready(()))
    }
}

/// A ledger that keeps all that it is told.
impl Ledger for Vec<Written> {
    fn note(&mut self, written: Written) {
        self.push(written);
    }
}

/// Records that are in memory.
impl Records for std::vec::IntoIter<Value> {
    fn take(&mut self) -> Option<Result<Value, Failure>> {
        self.next().map(Ok)
    }

    fn fill(&mut self) -> LocalFuture<'_, Result<bool, SendError>> {
        Box::pin(std::future::ready(Ok(self.len() > 0)))
    }
}

/// Whether records are sent, or only checked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Check {
    /// They are sent.
    #[default]
    No,
    /// They are checked here, and nothing is sent.
    Here,
    /// What passes here is checked by CleverTap too, which stores nothing (`dryRun=1`).
    Remote,
}

/// How a bulk write came to its end.
#[derive(Debug, Clone, PartialEq)]
pub struct Finished {
    /// Of all records that were read.
    pub totals: Totals,
    /// The last error that a whole batch ended with.
    pub lost: Option<Error>,
    pub end: End,
}

/// Why no more was written.
#[derive(Debug, Clone, PartialEq)]
pub enum End {
    /// All records were read.
    Whole,
    /// The records stopped coming.
    InputBroke(SendError),
    /// CleverTap or the host refuses everything: all records after this were read and not sent.
    Halted(Error),
    /// Nobody took the notes for as long as a deadline: the records after these were not read.
    Unread,
}

/// A record's JSON, written field by field: a tree of it is not made first.
#[derive(Debug)]
pub(in crate::clevertap) struct Json(Vec<u8>);

impl Json {
    pub(in crate::clevertap) fn new() -> Self {
        Self(Vec::with_capacity(256))
    }

    /// Writes a field; an absent value is left out.
    pub(in crate::clevertap) fn field<T: Serialize>(&mut self, name: &str, value: Option<&T>) {
        let Some(value) = value else { return };
        let start = self.0.len();
        self.0.push(if start == 0 { b'{' } else { b',' });
        // Strings, numbers and JSON values always serialise.
        let mut written = serde_json::to_writer(&mut self.0, name);
        self.0.push(b':');
        written = written.and_then(|()| serde_json::to_writer(&mut self.0, value));
        if written.is_err() {
            self.0.truncate(start);
        }
    }

    /// The object; there was at least one field.
    pub(in crate::clevertap) fn close(mut self) -> String {
        self.0.push(b'}');
        String::from_utf8(self.0).unwrap_or_default()
    }
}

/// The body of CleverTap's uploads.
pub(in crate::clevertap) fn upload_body(records: &[(&'static str, String)]) -> String {
    let texts: Vec<&str> = records.iter().map(|(_, json)| json.as_str()).collect();
    format!("{{\"d\":[{}]}}", texts.join(","))
}

/// How many verdicts an answer brings for a batch, for the fuzz targets.
#[cfg(any(test, feature = "fuzz"))]
pub(crate) fn settle_any(count: usize, answer: &Value) -> usize {
    settle::settle(count, answer).len()
}
