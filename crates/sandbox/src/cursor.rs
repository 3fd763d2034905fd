//! The cursors of exports: long texts, which page each stands for, and what
//! has been read with them.

use std::collections::{BTreeMap, BTreeSet};

use crate::person::Parts;
use crate::rng::{Rng, hash};

/// Seen live: 1.5 to 2.4 KB ([REC] S:quickhouse, section 9).
const TOKEN: usize = 1_552;
const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
/// Older exports are forgotten: their cursors are stale.
const MAX_EXPORTS: usize = 512;
/// [DOC] S:profiles, S:events, section 4.2.
const MAX_BATCH: usize = 5_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Events,
    Profiles,
}

/// One export: what it found when it was asked for, cut into pages.
#[derive(Debug)]
pub(crate) struct Export {
    pub(crate) kind: Kind,
    pub(crate) parts: Parts,
    /// Indices into the account's events or persons.
    rows: Vec<usize>,
    /// Where each page starts; the last entry is the end.
    starts: Vec<usize>,
    /// Pages read.
    pub(crate) reads: u32,
    /// For each page, how many reads were answered "in progress".
    pub(crate) waits: BTreeMap<usize, u32>,
    /// Pages whose cursor was used.
    pub(crate) used: BTreeSet<usize>,
}

#[derive(Debug)]
pub(crate) struct Exports {
    salt: u64,
    next: usize,
    exports: BTreeMap<usize, Export>,
    tokens: BTreeMap<String, (usize, usize)>,
}

/// How pages are cut.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Paging {
    pub(crate) batch: usize,
    pub(crate) unit: usize,
    pub(crate) full_pages: bool,
}

impl Paging {
    /// Page sizes are multiples of the unit; small wishes are ignored ([3P]
    /// S:leanderp, [REC] S:quickhouse, section 8.2).
    fn size(self) -> usize {
        (self.batch.min(MAX_BATCH) / self.unit * self.unit).max(self.unit)
    }

    /// Short pages may come before the end ([REC] S:quickhouse, section 9).
    fn starts(self, rows: usize, salt: u64) -> Vec<usize> {
        let mut starts = vec![0];
        let mut at = 0;
        while at < rows {
            let mut rng = Rng::new(hash(salt, &at.to_le_bytes()));
            let size = self.size();
            let short = !self.full_pages && rng.chance(0.2);
            let taken = if short { 1 + rng.below(size as u64) as usize } else { size };
            at = (at + taken).min(rows);
            starts.push(at);
        }
        starts
    }
}

impl Export {
    /// The rows of a page, and whether it is a page at all: after the last
    /// comes one that says so.
    pub(crate) fn page(&self, page: usize) -> Option<&[usize]> {
        self.rows.get(*self.starts.get(page)?..*self.starts.get(page + 1)?)
    }
}

impl Exports {
    pub(crate) fn new(project_id: &str) -> Self {
        Exports {
            salt: hash(23, project_id.as_bytes()),
            next: 0,
            exports: BTreeMap::new(),
            tokens: BTreeMap::new(),
        }
    }

    /// Keeps what was found; gives the cursor of its first page.
    pub(crate) fn open(&mut self, kind: Kind, parts: Parts, rows: Vec<usize>, paging: Paging) -> String {
        let number = self.next;
        self.next += 1;
        let starts = paging.starts(rows.len(), hash(self.salt, &number.to_le_bytes()));
        let export =
            Export { kind, parts, rows, starts, reads: 0, waits: BTreeMap::new(), used: BTreeSet::new() };
        self.exports.insert(number, export);
        if let Some(old) = number.checked_sub(MAX_EXPORTS) {
            self.exports.remove(&old);
            self.tokens.retain(|_, (export, _)| *export != old);
        }
        self.token(number, 0)
    }

    /// The cursor of a page: the same page, the same cursor.
    pub(crate) fn token(&mut self, number: usize, page: usize) -> String {
        let mut rng = Rng::new(hash(self.salt ^ number as u64, &page.to_le_bytes()));
        let mut token = String::with_capacity(TOKEN);
        while token.len() < TOKEN - 4 {
            token.push(char::from(rng.pick(ALPHABET)));
        }
        // What needs encoding is always there.
        token.push_str("+/==");
        self.tokens.insert(token.clone(), (number, page));
        token
    }

    /// The export and page that a cursor, decoded once, stands for.
    pub(crate) fn find(&mut self, token: &str) -> Option<(usize, usize, &mut Export)> {
        let (number, page) = *self.tokens.get(token)?;
        Some((number, page, self.exports.get_mut(&number)?))
    }
}

/// Cursors arrive percent-encoded in the JSON ([OFF] S:snippets, [REC] S:quickhouse).
pub(crate) fn encoded(token: &str) -> String {
    token.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_multiples_of_the_unit_and_cover_all_rows() {
        let paging = |batch, full_pages| Paging { batch, unit: 23, full_pages };
        assert_eq!(paging(5_000, true).size(), 4_991);
        assert_eq!(paging(1_000, true).size(), 989);
        assert_eq!(paging(1, true).size(), 23);
        assert_eq!(paging(1, true).starts(50, 1), [0, 23, 46, 50]);
        let starts = paging(50, false).starts(1_000, 1);
        assert_eq!(starts.last(), Some(&1_000));
        assert!(starts.is_sorted_by(|a, b| a < b));
        assert!(starts.windows(2).any(|pair| (pair[1] - pair[0]) % 23 != 0), "some are short");
        assert_eq!(paging(1, true).starts(0, 1), [0]);
    }
}
