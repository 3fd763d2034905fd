//! Who is told what became of records: a list that is answered at the end, or lines that are answered at once.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::clevertap::bulk::Ledger;
use crate::model::{Outcome, Warning, Written};
use crate::transport::body::{LocalFuture, Pieces};

/// A list of a stream's failures holds so many of them, and about so many bytes of text.
const MOST_LISTED: usize = 1000;
const MOST_BYTES: usize = 512 << 10;

/// Lines are handed on in pieces of about this size.
const PIECE: usize = 8 << 10;

/// Keeps records for an answer at the end.
#[derive(Debug)]
pub(super) struct Listed {
    /// Whether those that succeeded are kept, too, and all of them.
    all: bool,
    kept: Vec<Written>,
    bytes: usize,
    not_listed: u64,
    /// Of records that are not kept: how often each was given, with the words of the first.
    warnings: BTreeMap<&'static str, (u64, Warning)>,
}

impl Listed {
    pub(super) const fn new(all: bool) -> Self {
        Self { all, kept: Vec::new(), bytes: 0, not_listed: 0, warnings: BTreeMap::new() }
    }

    /// The records, how many more failed or are unknown, and what was to be said of those that are not kept.
    pub(super) fn close(self) -> (Vec<Written>, Option<u64>, Vec<Warning>) {
        let warnings = self
            .warnings
            .into_values()
            .map(|(count, warning)| match count {
                1 => warning,
                _ => Warning { message: format!("{count} records: {}", warning.message), ..warning },
            })
            .collect();
        (self.kept, (!self.all).then_some(self.not_listed), warnings)
    }
}

impl Ledger for Listed {
    fn note(&mut self, written: Written) {
        if self.all {
            self.kept.push(written);
            return;
        }
        if matches!(written.status, Outcome::Failed | Outcome::Unknown) {
            let text = written.error.as_ref().map_or(0, |error| error.message.len());
            let size = text.saturating_add(written.id.as_ref().map_or(0, String::len));
            self.bytes = self.bytes.saturating_add(size);
            if self.kept.len() < MOST_LISTED && self.bytes < MOST_BYTES {
                self.kept.push(written);
                return;
            }
            self.not_listed = self.not_listed.saturating_add(1);
        }
        for warning in written.warnings {
            let (count, _) = self.warnings.entry(warning.code).or_insert((0, warning));
            *count = count.saturating_add(1);
        }
    }
}

/// Tells of records line by line.
#[derive(Debug)]
pub(super) struct Told {
    pieces: Pieces,
    lines: Vec<u8>,
}

impl Told {
    pub(super) const fn new(pieces: Pieces) -> Self {
        Self { pieces, lines: Vec::new() }
    }

    /// One more line, and the end.
    pub(super) fn close(mut self, last: &impl Serialize) {
        self.line(last);
        self.flush();
    }

    fn line(&mut self, line: &impl Serialize) {
        // Strings, numbers and JSON values always serialise.
        if serde_json::to_writer(&mut self.lines, line).is_ok() {
            self.lines.push(b'\n');
        }
        if self.lines.len() >= PIECE {
            self.flush();
        }
    }
}

impl Ledger for Told {
    fn note(&mut self, written: Written) {
        self.line(&written);
    }

    fn flush(&mut self) {
        self.pieces.push(std::mem::take(&mut self.lines));
    }

    fn is_full(&self) -> bool {
        self.pieces.is_full()
    }

    fn taken(&self) -> u64 {
        self.pieces.taken()
    }

    fn room(&self) -> LocalFuture<'static, ()> {
        let pieces = self.pieces.clone();
        Box::pin(async move { pieces.room().await })
    }
}
