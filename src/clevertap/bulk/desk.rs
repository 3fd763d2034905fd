//! Records in, batches out.

use std::collections::BTreeMap;

use serde_json::Value;

use super::fields::id;
use super::recent::Recent;
use super::{Kind, Ready};
use crate::model::write::Reason;
use crate::model::{Failure, Outcome, Warning, Written};

/// A batch's records reach this many bytes of JSON at most, unless one alone is longer. Fifteen batches and what
/// is sent of them stay well inside the memory budget.
const MOST_BYTES: usize = 256 << 10;

/// What is known of a record that is on its way.
#[derive(Debug)]
pub(super) struct Slip {
    pub index: u64,
    pub id: Option<String>,
    /// To be remembered by, where the kind remembers.
    pub key: Option<String>,
    pub warnings: Vec<Warning>,
}

/// Records that are sent together.
#[derive(Debug)]
pub(super) struct Batch {
    pub slips: Vec<Slip>,
    /// Slot and JSON text of each.
    pub texts: Vec<(&'static str, String)>,
    /// Whether all of it may be sent again.
    pub safe: bool,
}

#[derive(Debug, Default)]
struct Open {
    slips: Vec<Slip>,
    texts: Vec<(&'static str, String)>,
    bytes: usize,
}

/// What may be sent together: whether it may be sent again, and the slot where slots do not mix.
type Group = (bool, &'static str);

pub(super) struct Desk<'k> {
    kind: &'k dyn Kind,
    next_index: u64,
    recent: Recent,
    open: BTreeMap<Group, Open>,
}

/// What became of a record at the desk.
#[derive(Debug)]
pub(super) enum Accepted {
    /// It waits for others.
    Waiting,
    /// It filled a batch.
    Full(Batch),
    /// It will not be sent.
    Settled(Written),
}

impl<'k> Desk<'k> {
    pub(super) fn new(kind: &'k dyn Kind) -> Self {
        Self { kind, next_index: 0, recent: Recent::default(), open: BTreeMap::new() }
    }

    /// The place of the next record.
    pub(super) fn index(&mut self) -> u64 {
        let index = self.next_index;
        self.next_index = index.saturating_add(1);
        index
    }

    /// Takes a record; with `dry` it is checked and goes no further.
    pub(super) fn accept(&mut self, record: Result<Value, Failure>, now: i64, dry: bool) -> Accepted {
        let index = self.index();
        let named = record.as_ref().ok().and_then(name);
        let ready = record.map_err(|failure| vec![failure]).and_then(|record| self.kind.prepare(record, now));
        let Ready { id, key, json, slot, safe, warnings } = match ready {
            Ok(ready) => ready,
            Err(failures) => {
                let error = Some(Reason::invalid(&failures));
                return Accepted::Settled(Written {
                    index,
                    id: named,
                    status: Outcome::Failed,
                    error,
                    warnings: Vec::new(),
                });
            }
        };
        if key.as_ref().is_some_and(|key| !self.recent.add(key)) {
            let message = "an earlier record of this request has the same id: this one was not sent";
            return Accepted::Settled(skipped(Slip { index, id, key, warnings }, message));
        }
        if dry {
            return Accepted::Settled(Written {
                index,
                id,
                status: Outcome::Succeeded,
                error: None,
                warnings,
            });
        }
        let group = (safe, if self.kind.mixes_slots() { "" } else { slot });
        let mut full = None;
        let open = self.open.entry(group).or_default();
        if !open.slips.is_empty() && open.bytes.saturating_add(json.len()) > MOST_BYTES {
            full = Some(close(safe, std::mem::take(open)));
        }
        open.bytes = open.bytes.saturating_add(json.len());
        let key = key.filter(|_| self.kind.memory().is_some());
        open.slips.push(Slip { index, id, key, warnings });
        open.texts.push((slot, json));
        // Never both: one record alone does not fill a batch by number.
        if full.is_none() && open.slips.len() >= self.kind.most() {
            full = Some(close(safe, std::mem::take(open)));
        }
        match full {
            Some(batch) => Accepted::Full(batch),
            None => Accepted::Waiting,
        }
    }

    /// How many records wait for others.
    pub(super) fn waiting(&self) -> usize {
        self.open.values().map(|open| open.slips.len()).fold(0, usize::saturating_add)
    }

    /// The next batch of what waits, full or not.
    pub(super) fn flush(&mut self) -> Option<Batch> {
        while let Some(((safe, _), open)) = self.open.pop_first() {
            if !open.slips.is_empty() {
                return Some(close(safe, open));
            }
        }
        None
    }
}

/// What the caller calls a record, as far as that can be seen before it is read.
fn name(record: &Value) -> Option<String> {
    id(record).or_else(|| ["id", "object_id"].iter().find_map(|key| record.get(key).and_then(id)))
}

fn close(safe: bool, open: Open) -> Batch {
    Batch { slips: open.slips, texts: open.texts, safe }
}

/// A record that is not sent because one with its key was.
pub(super) fn skipped(slip: Slip, message: &str) -> Written {
    let Slip { index, id, warnings, .. } = slip;
    let error = Some(Reason {
        code: "duplicate",
        field: "id".to_owned(),
        message: message.to_owned(),
        remote_code: None,
        retryable: false,
        failures: Vec::new(),
    });
    Written { index, id, status: Outcome::Skipped, error, warnings }
}
