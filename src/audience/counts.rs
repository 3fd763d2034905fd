//! What became of every person: `people_read` is always `rows` and all that was `skipped`.

use std::collections::BTreeMap;

use serde::Serialize;

use super::field::{Reason, Skip};

/// Counts of an export, or of a part of one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    pub people_read: u64,
    /// People who went out.
    pub rows: u64,
    /// People who did not, by reason.
    pub skipped: BTreeMap<&'static str, u64>,
    /// Values that were there and did not go out, by column and reason.
    pub fields_dropped: BTreeMap<&'static str, BTreeMap<&'static str, u64>>,
}

impl Counts {
    pub fn row(&mut self) {
        self.people_read = self.people_read.saturating_add(1);
        self.rows = self.rows.saturating_add(1);
    }

    pub fn skip(&mut self, why: Skip) {
        self.people_read = self.people_read.saturating_add(1);
        add(&mut self.skipped, why.code(), 1);
    }

    pub fn drop_field(&mut self, column: &'static str, why: Reason) {
        add(self.fields_dropped.entry(column).or_default(), why.code(), 1);
    }

    /// Adds those of another part.
    pub fn merge(&mut self, other: &Self) {
        self.people_read = self.people_read.saturating_add(other.people_read);
        self.rows = self.rows.saturating_add(other.rows);
        for (why, count) in &other.skipped {
            add(&mut self.skipped, why, *count);
        }
        for (column, reasons) in &other.fields_dropped {
            let own = self.fields_dropped.entry(column).or_default();
            for (why, count) in reasons {
                add(own, why, *count);
            }
        }
    }
}

fn add(counts: &mut BTreeMap<&'static str, u64>, key: &'static str, more: u64) {
    let count = counts.entry(key).or_default();
    *count = count.saturating_add(more);
}
