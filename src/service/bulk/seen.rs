//! `deduplicate=day`: ids of events that CleverTap took, kept for a day, so that a later request does not send them
//! again.
//!
//! An id is a mark: 6 bits of a SHA-256 of account and id choose a bucket, 64 more stand in it. A new id passes for
//! one of *n* known ones with a chance of *n* / 2^70: with 20 million in two days that is 2 in 10^14 for each event.
//!
//! | in the store | |
//! |---|---|
//! | key | `seen.<account>.<0 or 1>.<bucket>.<number>`: the day's parity, one of 64 buckets, and which of its values |
//! | value | the day (four bytes, days since 1970), and up to 32,768 marks of eight bytes: 256 KiB |
//! | a value is full | the next number goes on; it is looked at only then |
//! | a value of another day | is empty: today's marks are written over those of the day before yesterday |
//!
//! So nothing need be deleted, and no account has more in the store than its two busiest days in turn. Days are those
//! of UTC, and today's and yesterday's marks count: an id is known for 24 hours at least, and 48 at most.
//!
//! | a batch whose events fall into *b* buckets (1 for one event, 64 for more than a few hundred) | store calls |
//! |---|---|
//! | to find out what is known | 2 *b* gets |
//! | to remember what was taken | *b* gets and *b* sets |
//! | for each full value, 2 million events a day on | one get more in either |
//!
//! A value is read and written whole: with a million events a day, a batch of a thousand reads up to 24 MB and writes
//! up to 8. Within one instance an account's marks are written by one batch at a time; instances may overwrite each
//! other's, and two requests at the same time may both find an id new, and send it.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use serde_json::Value;

use crate::clevertap::account::Account;
use crate::clevertap::bulk::{Kind, Memory, Ready};
use crate::clevertap::operation::Operation;
use crate::model::Failure;
use crate::service::context::Context;
use crate::service::digest::{digest, key};
use crate::service::error::Error;
use crate::transport::body::LocalFuture;
use crate::transport::store::in_time;
use crate::transport::{Host, Store, StoreError};

const BUCKETS: u8 = 64;
const MARK: usize = 8;
/// Marks in a value.
const MOST: usize = 32_768;
/// Store calls of a batch that are under way at once.
const AT_ONCE: usize = 8;

type Mark = [u8; MARK];

/// A kind whose keys are remembered.
pub(in crate::service) struct Remembering {
    kind: Box<dyn Kind>,
    seen: Box<dyn Memory>,
}

impl Remembering {
    /// # Errors
    /// 501 without a store.
    pub(in crate::service) fn new<H: Host>(
        context: &Context<'_, H>,
        account: &Account,
        kind: Box<dyn Kind>,
    ) -> Result<Self, Error> {
        let store = context.host.store().ok_or(Error::NeedsStore { what: "deduplicate=day" })?;
        let prefix = key("seen", &[account.id.as_bytes()]);
        Ok(Self { kind, seen: Box::new(Seen { host: context.host.clone(), store, prefix }) })
    }
}

impl Kind for Remembering {
    fn operation(&self) -> &'static Operation {
        self.kind.operation()
    }

    fn most(&self) -> usize {
        self.kind.most()
    }

    fn mixes_slots(&self) -> bool {
        self.kind.mixes_slots()
    }

    fn prepare(&self, record: Value, now: i64) -> Result<Ready, Vec<Failure>> {
        self.kind.prepare(record, now)
    }

    fn memory(&self) -> Option<&dyn Memory> {
        Some(&*self.seen)
    }

    fn body(&self, records: &[(&'static str, String)]) -> String {
        self.kind.body(records)
    }
}

/// The marks of an account.
struct Seen<H> {
    host: H,
    store: Rc<dyn Store>,
    /// Of its keys; also the name of the lane in which its marks are written.
    prefix: String,
}

impl<H: Host> Memory for Seen<H> {
    fn known<'a>(&'a self, keys: &'a [&'a str]) -> LocalFuture<'a, Result<Vec<bool>, StoreError>> {
        Box::pin(async move {
            let today = self.today();
            let marks: Vec<_> = keys.iter().map(|key| self.mark(key)).collect();
            let buckets = by_bucket(&marks);
            let looks = buckets
                .iter()
                .flat_map(|(bucket, wanted)| [today, today.wrapping_sub(1)].map(|day| (day, *bucket, wanted)))
                .map(|(day, bucket, wanted)| self.find(day, bucket, wanted));
            let found: Vec<_> = stream::iter(looks).buffer_unordered(AT_ONCE).try_collect().await?;
            let found: BTreeSet<_> = found.into_iter().flatten().collect();
            Ok(marks.iter().map(|mark| found.contains(mark)).collect())
        })
    }

    fn remember<'a>(&'a self, keys: &'a [&'a str]) -> LocalFuture<'a, Result<(), StoreError>> {
        Box::pin(async move {
            let today = self.today();
            let marks: Vec<_> = keys.iter().map(|key| self.mark(key)).collect();
            let buckets = by_bucket(&marks);
            // What is read, changed and written back is not to meet itself.
            let instance = self.host.instance();
            let _turn = instance.lanes.enter(&self.prefix, 1).await;
            let adds = buckets.iter().map(|(bucket, marks)| self.add(today, *bucket, marks));
            stream::iter(adds).buffer_unordered(AT_ONCE).try_collect::<()>().await
        })
    }
}

impl<H: Host> Seen<H> {
    /// Days since 1970.
    fn today(&self) -> u32 {
        u32::try_from(self.host.unix_ms().div_euclid(86_400_000)).unwrap_or(0)
    }

    /// Bucket and mark of a key.
    fn mark(&self, key: &str) -> (u8, Mark) {
        let digest = digest(&[self.prefix.as_bytes(), key.as_bytes()]);
        let [bucket, mark @ ..] = digest;
        let mark = mark.first_chunk().copied().unwrap_or_default();
        (bucket.checked_rem(BUCKETS).unwrap_or(0), mark)
    }

    fn key(&self, day: u32, bucket: u8, number: u32) -> String {
        format!("{}.{}.{bucket}.{number}", self.prefix, day & 1)
    }

    /// The marks of a value, if it is of that day.
    async fn read(&self, key: &str, day: u32) -> Result<Vec<u8>, StoreError> {
        let mut value = in_time(&self.host, self.store.get(key)).await?.unwrap_or_default();
        if value.first_chunk() != Some(&day.to_be_bytes()) {
            return Ok(Vec::new());
        }
        value.drain(..size_of::<u32>());
        Ok(value)
    }

    /// Those of these marks that the day's bucket has.
    async fn find(
        &self,
        day: u32,
        bucket: u8,
        wanted: &BTreeSet<Mark>,
    ) -> Result<Vec<(u8, Mark)>, StoreError> {
        let mut found = Vec::new();
        let mut number = 0u32;
        loop {
            let marks = self.read(&self.key(day, bucket, number), day).await?;
            let (known, _) = marks.as_chunks::<MARK>();
            found.extend(known.iter().filter(|mark| wanted.contains(*mark)).map(|mark| (bucket, *mark)));
            if known.len() < MOST {
                return Ok(found);
            }
            number = number.saturating_add(1);
        }
    }

    async fn add(&self, day: u32, bucket: u8, marks: &BTreeSet<Mark>) -> Result<(), StoreError> {
        let mut left = marks.iter().peekable();
        let mut number = 0u32;
        while left.peek().is_some() {
            let key = self.key(day, bucket, number);
            let known = self.read(&key, day).await?;
            let room = MOST.saturating_sub(known.len().checked_div(MARK).unwrap_or(0));
            if room > 0 {
                let mut value = day.to_be_bytes().to_vec();
                value.extend(known);
                value.extend(left.by_ref().take(room).flatten());
                in_time(&self.host, self.store.set(&key, &value)).await?;
            }
            number = number.saturating_add(1);
        }
        Ok(())
    }
}

fn by_bucket(marks: &[(u8, Mark)]) -> BTreeMap<u8, BTreeSet<Mark>> {
    let mut buckets: BTreeMap<u8, BTreeSet<Mark>> = BTreeMap::new();
    for (bucket, mark) in marks {
        buckets.entry(*bucket).or_default().insert(*mark);
    }
    buckets
}
