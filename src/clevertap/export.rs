//! CleverTap's exports, cut into pages of any size.
//!
//! POST with a query answers a cursor; GET with it a page and the next cursor, until there is none ([OFF]
//! S:snippets, [REC] S:quickhouse). Its pages are of whatever size it likes: `batch_size` is a wish, and short or
//! empty pages come before the end. Ours are exactly as long as they are asked to be, until the end or until the
//! deadline comes first.
//!
//! | our cursor holds | why |
//! |---|---|
//! | CleverTap's cursor of the page that we stand in | to read that page again |
//! | how many of its records were given, and a hash of the last one | to go on behind it, also if the page has changed |
//! | the time of the last record given | to say where to start again when CleverTap's cursor is gone |
//!
//! | CleverTap says of the cursor | then |
//! |---|---|
//! | still in progress (code 2) | it is asked for again, within the deadline |
//! | expired, invalidated, used up, or any other 3 | [`Error::CursorExpired`], with where to start again: ours is sealed, so it is not damaged |
//! | the page no longer has the record that we stood behind | the same |
//! | its next cursor is the one that was asked for | [`Error::Undecodable`] |

use std::hash::Hasher as _;

use fnv::FnvHasher;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::client::{Call, Session};
use super::cursor;
use super::operation::Operation;
use super::time::{day_from_digits, day_iso};
use crate::model::{Error, Page, Warning};
use crate::transport::Host;

/// CleverTap's largest page ([DOC] S:profiles, S:events), and what its sizes are multiples of ([3P] S:leanderp).
const LARGEST: usize = 5000;
const UNIT: usize = 23;

/// An export: what is asked for, and how its cursors are sealed.
#[derive(Debug)]
pub struct Export {
    pub operation: &'static Operation,
    /// Name of the list, for cursors.
    pub list: &'static str,
    /// CleverTap's query.
    pub query: Value,
    /// More of the query string than `batch_size`.
    pub parameters: &'static [(&'static str, &'static str)],
    /// Canonical text of all that selects records.
    pub filters: String,
}

/// Where an export stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// CleverTap's cursor of the page.
    c: String,
    /// Records of the page that were given.
    #[serde(default, skip_serializing_if = "is_zero")]
    k: usize,
    /// Hash of the last of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    h: Option<u64>,
    /// Time of the last record given, as CleverTap wrote it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    t: Option<String>,
    /// Some record was earlier than the one before it: no time says what has been given.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    u: bool,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
const fn is_zero(number: &usize) -> bool {
    *number == 0
}

/// What is left of one of CleverTap's pages.
#[derive(Debug)]
pub struct Batch {
    pub records: Vec<Value>,
    /// Where the page after it begins; none at the end.
    pub next: Option<Position>,
}

impl Position {
    fn start(cursor: String) -> Self {
        Self { c: cursor, k: 0, h: None, t: None, u: false }
    }

    /// The same place, when it follows on another: the last record given stays the last.
    #[must_use]
    pub fn after(mut self, before: &Self) -> Self {
        self.t.clone_from(&before.t);
        self.u = before.u;
        self
    }

    /// Behind one more record of the page; where the page is left in the middle, [`Self::mark`] says at which.
    pub fn pass(&mut self, record: &Value) {
        self.k = self.k.saturating_add(1);
        if let Some(time) = record.get("ts").and_then(super::contacts::text) {
            self.u |= self.t.as_ref().is_some_and(|before| *before > time);
            self.t = Some(time);
        }
    }

    /// Remembers the last record that was given.
    pub fn mark(&mut self, record: &Value) {
        self.h = Some(hash(record));
    }
}

/// Of what does not change while an export is read: of an event its time, its properties and whose it is, for its
/// profile is as of today; of a person the names.
fn hash(record: &Value) -> u64 {
    let profile = record.get("profile").unwrap_or(record);
    let mut hasher = FnvHasher::default();
    let stable = [record.get("ts"), record.get("event_props")];
    let names = ["identity", "objectId", "email"].map(|key| profile.get(key));
    let device = profile.pointer("/platformInfo/0/objectId");
    for part in stable.into_iter().chain(names).chain([device]) {
        hasher.write(part.unwrap_or(&Value::Null).to_string().as_bytes());
        hasher.write_u8(b'\n');
    }
    hasher.finish()
}

impl Export {
    /// Where to begin: at a cursor of ours, or at the start, for which CleverTap is asked to make pages of about
    /// `batch` records. None when there is nothing at all.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a cursor of another list, account or query; what CleverTap says of the query.
    pub async fn open<H: Host>(
        &self,
        session: &Session<'_, H>,
        from: Option<&str>,
        batch: usize,
    ) -> Result<Option<Position>, Error> {
        if let Some(text) = from.filter(|text| !text.is_empty()) {
            let state = cursor::decode(text, self.list, &session.account.id, &self.filters)?;
            let position = serde_json::from_value(state);
            return position
                .map(Some)
                .map_err(|_| Error::invalid("next_cursor", "this cursor holds no position"));
        }
        let size = batch.max(1).div_ceil(UNIT).saturating_mul(UNIT).min(LARGEST);
        let mut call = Call::with(self.query.clone()).query("batch_size", size.to_string());
        for (name, value) in self.parameters {
            call = call.query(*name, *value);
        }
        let answer = session.done(self.operation, call).await?;
        match answer.get("cursor").and_then(Value::as_str).filter(|cursor| !cursor.is_empty()) {
            Some(cursor) => Ok(Some(Position::start(cursor.to_owned()))),
            None if says_nothing(&answer) => Ok(None),
            None => Err(Error::undecodable(
                format!("{} (there is no cursor in it)", self.operation.name),
                &answer,
            )),
        }
    }

    /// What is left of the page at a position.
    ///
    /// # Errors
    /// See the table above; [`Error::NotReady`] with our cursor when CleverTap is still working on the page.
    pub async fn read<H: Host>(&self, session: &Session<'_, H>, position: &Position) -> Result<Batch, Error> {
        let mut answer = match session.done(self.operation, Call::at(position.c.as_str())).await {
            Ok(answer) => answer,
            Err(error) if is_about_the_cursor(&error) => return Err(expired(position)),
            Err(Error::NotReady { message, .. }) => {
                let cursor = Some(self.seal(&session.account.id, position));
                return Err(Error::NotReady { message, cursor });
            }
            Err(error) => return Err(error),
        };
        let next = answer.get("next_cursor").and_then(Value::as_str).filter(|cursor| !cursor.is_empty());
        if next == Some(position.c.as_str()) {
            return Err(Error::Undecodable {
                what: format!("{} (its next cursor is the one that was asked for)", self.operation.name),
                body: String::new(),
            });
        }
        let next = next.map(|cursor| Position::start(cursor.to_owned()).after(position));
        let mut records = match answer.get_mut("records") {
            Some(Value::Array(records)) => std::mem::take(records),
            None | Some(Value::Null) => Vec::new(),
            Some(_) => {
                let what = format!("{} (its records are no list)", self.operation.name);
                return Err(Error::undecodable(what, &answer));
            }
        };
        if let Some(last) = position.h {
            let given = given(&records, position.k, last).ok_or_else(|| expired(position))?;
            records.drain(..given);
        }
        Ok(Batch { records, next })
    }

    /// Our cursor for a position.
    #[must_use]
    pub fn seal(&self, account: &str, position: &Position) -> String {
        // Texts and numbers always serialise.
        let state = serde_json::to_value(position).unwrap_or_default();
        cursor::encode(self.list, account, &self.filters, &state)
    }

    /// A page of up to `limit` records that `keep` makes something of.
    ///
    /// # Errors
    /// As [`Self::open`] and [`Self::read`], when nothing could be given before.
    pub async fn page<H: Host, T>(
        &self,
        session: &Session<'_, H>,
        from: Option<&str>,
        limit: usize,
        mut keep: impl FnMut(&Value, &mut Vec<Warning>) -> Option<T>,
    ) -> Result<Page<T>, Error> {
        let mut page = Page::last(Vec::new());
        let Some(mut position) = self.open(session, from, limit).await? else { return Ok(page) };
        loop {
            let batch = match self.read(session, &position).await {
                Ok(batch) => batch,
                // What was read so far is worth having, and the cursor says how to go on: also where there is no going
                // on, which the next call then says of records that have been given.
                Err(error)
                    if !page.items.is_empty()
                        && (error.retryable() || matches!(error, Error::CursorExpired { .. })) =>
                {
                    page.partial = true;
                    page.warnings.push(Warning::new("stopped_early", error.to_string()));
                    page.next_cursor = Some(self.seal(&session.account.id, &position));
                    return Ok(page);
                }
                Err(error) => return Err(error),
            };
            let mut records = batch.records.iter().peekable();
            let mut last = None;
            while page.items.len() < limit
                && let Some(record) = records.next()
            {
                position.pass(record);
                last = Some(record);
                page.items.extend(keep(record, &mut page.warnings));
            }
            if let Some(last) = last.filter(|_| records.peek().is_some()) {
                position.mark(last);
            }
            if records.peek().is_none() {
                let Some(next) = batch.next else { return Ok(page) };
                position = next.after(&position);
            }
            if page.items.len() >= limit {
                page.next_cursor = Some(self.seal(&session.account.id, &position));
                return Ok(page);
            }
            if session.deadline.passed(session.host) {
                page.partial = true;
                page.next_cursor = Some(self.seal(&session.account.id, &position));
                return Ok(page);
            }
        }
    }
}

/// How many records of a page were given: up to the one that was the last.
fn given(records: &[Value], count: usize, last: u64) -> Option<usize> {
    let is_last = |record: &Value| hash(record) == last;
    if count.checked_sub(1).and_then(|place| records.get(place)).is_some_and(is_last) {
        return Some(count);
    }
    records.iter().position(is_last)?.checked_add(1)
}

/// Nothing but a status, which is how CleverTap says that there is nothing.
pub(super) fn says_nothing(answer: &Value) -> bool {
    answer.is_null()
        || answer.as_object().is_some_and(|object| {
            object.keys().all(|key| matches!(key.as_str(), "status" | "code" | "total"))
        })
}

/// CleverTap no longer knows the cursor that it was given, in either of the two ways in which it says so.
pub(super) fn is_about_the_cursor(error: &Error) -> bool {
    match error {
        Error::CursorExpired { .. } => true,
        Error::Invalid(failures) => failures.iter().any(|failure| failure.field == "cursor"),
        _ => false,
    }
}

fn expired(position: &Position) -> Error {
    let day = position.t.as_deref().and_then(|time| time.get(..8)).and_then(day_from_digits);
    let restart = match day.filter(|_| !position.u) {
        Some(day) => format!(
            "ask again without next_cursor, with occurred_at[gte]={}: the records so far came in the order of their \
             times, and the last one is of that day, whose records come again",
            day_iso(day)
        ),
        None => "ask again without next_cursor, for the whole period: its records come again".to_owned(),
    };
    Error::CursorExpired { restart }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::time::Duration;

    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::clevertap::client::Trace;
    use crate::clevertap::operation;
    use crate::testing::{FakeHost, Reply, account};

    fn export() -> Export {
        Export {
            operation: &operation::EVENTS_EXPORT,
            list: "events",
            query: json!({"event_name": "a", "from": 20_260_101, "to": 20_260_131}),
            parameters: &[],
            filters: "a".to_owned(),
        }
    }

    fn record(n: usize) -> Value {
        json!({"profile": {"identity": n.to_string()}, "ts": 20_260_101_000_000_u64 + n as u64, "event_props": {"n": n}})
    }

    /// What CleverTap does with reads of its cursors.
    #[derive(Debug, Clone, Copy, Default)]
    struct Quirks {
        /// Every first read of a page is "in progress".
        in_progress: bool,
        single_use: bool,
        dies_after: Option<usize>,
        latency: Duration,
    }

    /// Exports `sizes.sum()` records in pages of these sizes, empty ones included.
    fn clevertap(sizes: Vec<usize>, quirks: Quirks) -> FakeHost {
        let mut reads = BTreeMap::<String, usize>::new();
        let mut all = 0;
        FakeHost::answering(move |sent| {
            if sent.method == "POST" {
                assert_eq!(sent.path(), "/1/events.json");
                return Reply::json(200, &json!({"status": "success", "cursor": "p%2B0%3D"}));
            }
            let cursor = sent.target.split("cursor=").nth(1).unwrap().to_owned();
            let page: usize =
                cursor.strip_prefix("p%2B").unwrap().strip_suffix("%3D").unwrap().parse().unwrap();
            let read = reads.entry(cursor).or_default();
            *read += 1;
            all += 1;
            if quirks.in_progress && *read == 1 {
                return Reply::json(
                    200,
                    &json!({"status": "fail", "error": "Request still in progress, please retry later", "code": 2}),
                );
            }
            if (quirks.single_use && *read > 1) || quirks.dies_after.is_some_and(|most| all > most) {
                return Reply::json(200, &json!({"status": "fail", "error": "Incorrect Usage", "code": 3}));
            }
            let Some(size) = sizes.get(page) else { return Reply::json(200, &json!({"status": "success"})) };
            let first: usize = sizes[..page].iter().sum();
            let records: Vec<_> = (first..first + size).map(record).collect();
            let next = format!("p%2B{}%3D", page + 1);
            Reply::json(200, &json!({"status": "success", "next_cursor": next, "records": records}))
                .after(quirks.latency)
        })
    }

    /// All that a walk gives, and the error that ends it before its end.
    fn walk_until(host: &FakeHost, limits: &[usize]) -> (Vec<u64>, Option<Error>) {
        let account = account();
        let (mut all, mut cursor) = (Vec::new(), None);
        for limit in limits.iter().cycle() {
            let session = Session::open(host, &account, Trace::default());
            let keep = |record: &Value, _: &mut Vec<Warning>| record["event_props"]["n"].as_u64();
            let page = match host.run(export().page(&session, cursor.as_deref(), *limit, keep)) {
                Ok(page) => page,
                Err(error) => return (all, Some(error)),
            };
            assert!(page.items.len() == *limit || page.next_cursor.is_none() || page.partial);
            all.extend(page.items);
            cursor = page.next_cursor;
            if cursor.is_none() {
                break;
            }
        }
        (all, None)
    }

    fn walk(host: &FakeHost, limits: &[usize]) -> Result<Vec<u64>, Error> {
        match walk_until(host, limits) {
            (all, None) => Ok(all),
            (_, Some(error)) => Err(error),
        }
    }

    #[test]
    fn asks_for_multiples_of_23_and_no_more_than_5000() {
        for (limit, size) in [(1, 23), (23, 23), (24, 46), (50, 69), (5000, 5000)] {
            let host = clevertap(vec![5], Quirks::default());
            walk(&host, &[limit]).unwrap();
            assert_eq!(host.sent()[0].target, format!("/1/events.json?batch_size={size}"));
            assert_eq!(host.sent()[0].json(), export().query);
        }
    }

    #[test]
    fn an_export_of_nothing_is_empty() {
        let host = FakeHost::scripted([Reply::json(200, &json!({"status": "success"}))]);
        assert_eq!(walk(&host, &[10]).unwrap(), Vec::<u64>::new());
        assert_eq!(walk(&clevertap(vec![], Quirks::default()), &[10]).unwrap(), Vec::<u64>::new());
    }

    #[test]
    fn a_cursor_that_is_gone_says_where_to_start_again() {
        for (quirks, limit, given) in [
            (Quirks { single_use: true, ..Quirks::default() }, 3, 3),
            (Quirks { dies_after: Some(1), ..Quirks::default() }, 10, 10),
            // In the middle of a page of ours: what was read is given first.
            (Quirks { dies_after: Some(1), ..Quirks::default() }, 15, 10),
        ] {
            let host = clevertap(vec![10, 10], quirks);
            let (all, error) = walk_until(&host, &[limit]);
            assert_eq!(all, (0..given).collect::<Vec<_>>());
            let Some(Error::CursorExpired { restart }) = error else { panic!("{error:?}") };
            assert!(restart.contains("occurred_at[gte]=2026-01-01"), "{restart}");
        }
        // Whole pages need no second look.
        let quirks = Quirks { single_use: true, ..Quirks::default() };
        assert_eq!(walk(&clevertap(vec![10, 10], quirks), &[10]).unwrap().len(), 20);
    }

    #[test]
    fn without_an_order_there_is_no_time_to_start_again_from() {
        let mut position = Position::start("c".to_owned());
        for n in [5, 6, 6, 7] {
            position.pass(&record(n));
        }
        assert!(!position.u);
        let mut next = Position::start("d".to_owned()).after(&position);
        next.pass(&record(2));
        let Error::CursorExpired { restart } = expired(&next) else { panic!() };
        assert!(restart.contains("whole period"), "{restart}");
        next.pass(&record(9));
        assert!(next.u, "once is enough");
    }

    #[test]
    fn a_page_that_changed_is_noticed() {
        assert_eq!(given(&[record(1), record(2)], 1, hash(&record(1))), Some(1));
        assert_eq!(given(&[record(0), record(1), record(2)], 1, hash(&record(1))), Some(2), "it moved");
        assert_eq!(given(&[record(2)], 1, hash(&record(1))), None, "it is gone");
        assert_eq!(given(&[], 1, hash(&record(1))), None);
        let mut later = record(1);
        later["profile"]["profileData"] = json!({"visits": 8});
        assert_eq!(given(&[later], 1, hash(&record(1))), Some(1), "a person who has changed since");
    }

    #[test]
    fn a_cursor_that_does_not_advance_is_no_loop() {
        let host = FakeHost::answering(|sent| match sent.method.as_str() {
            "POST" => Reply::json(200, &json!({"status": "success", "cursor": "c"})),
            _ => Reply::json(200, &json!({"status": "success", "next_cursor": "c", "records": []})),
        });
        assert!(matches!(walk(&host, &[10]), Err(Error::Undecodable { .. })));
    }

    #[test]
    fn the_deadline_ends_a_page_and_not_the_list() {
        let quirks = Quirks { latency: Duration::from_secs(10), ..Quirks::default() };
        let host = clevertap(vec![10; 9], quirks);
        assert_eq!(walk(&host, &[1000]).unwrap(), (0..90).collect::<Vec<_>>());
    }

    proptest! {
        /// However CleverTap cuts its pages and however we cut ours: each record once, in order.
        #[test]
        fn every_record_comes_once(
            sizes in prop::collection::vec(prop_oneof![Just(0usize), 1usize..40], 0..8),
            limits in prop::collection::vec(1usize..60, 1..5),
            in_progress in any::<bool>(),
        ) {
            let all: usize = sizes.iter().sum();
            let host = clevertap(sizes, Quirks { in_progress, ..Quirks::default() });
            prop_assert_eq!(walk(&host, &limits).unwrap(), (0..all as u64).collect::<Vec<_>>());
        }
    }
}
