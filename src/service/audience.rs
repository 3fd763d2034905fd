//! Payloads for advertising networks, as items of a page and as lines of a stream.
//!
//! | member of an item | |
//! |---|---|
//! | `batch` | its number, from 1 on over all pages of an export |
//! | `destination`, `operation` | as ordered |
//! | `method`, `url` | the request that `payload` is the body of; null for files. Nothing is sent from here |
//! | `content_type`, `payload` | JSON for requests, text for files |
//! | `rows`, `counts` | people in it, and what became of those who were read for it |
//! | `next_cursor` | goes on behind it; null at the end. A stream whose reader lost it goes on from the last item that arrived whole |
//!
//! | stream | lines | at its end |
//! |---|---|---|
//! | `meta_api`, `google_data_manager` | items; of a batch no more is in memory than has not been read | `{"meta": {…, "counts": …}}` |
//! | `ndjson` | people | the same |
//! | CSV | a file, headers first | nothing: a file has no place for counts, and one that fails is broken off |

use std::rc::Rc;

use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use super::negotiate::{CSV, NDJSON};
use super::stream::{Paper, Streamed};
use crate::audience::{Batch, Counts, Destination, Order, Person};
use crate::clevertap::audiences::{Audience, Payload, Progress, empty_last_batch};
use crate::clevertap::events::Contacts;
use crate::clevertap::export::Export;
use crate::model::Warning;

/// What stands before a payload.
#[derive(Serialize)]
struct Head<'a> {
    batch: u64,
    destination: &'static str,
    operation: &'static str,
    method: Option<&'static str>,
    url: Option<String>,
    content_type: &'a str,
}

/// What stands behind it.
#[derive(Serialize)]
struct Tail<'a> {
    rows: u64,
    counts: &'a Counts,
    next_cursor: Option<&'a str>,
}

/// Up to the payload.
fn head(order: &Order, batch: u64) -> String {
    let (method, url) = order.call().unzip();
    let head = Head {
        batch,
        destination: order.destination.name(),
        operation: order.operation.name(),
        method,
        url,
        content_type: order.destination.media(),
    };
    // Texts and numbers always serialise.
    let json = serde_json::to_string(&head).unwrap_or_default();
    format!("{},\"payload\":", json.strip_suffix('}').unwrap_or_default())
}

/// From behind the payload on.
fn tail(rows: u64, counts: &Counts, next_cursor: Option<&str>) -> String {
    let json = serde_json::to_string(&Tail { rows, counts, next_cursor }).unwrap_or_default();
    format!(",{}", json.strip_prefix('{').unwrap_or_default())
}

/// An item of a page; none if it could not be written, which all that it is made of can.
pub(super) fn item(
    order: &Order,
    payload: &Payload,
    counts: &Counts,
    next: Option<&str>,
) -> Option<Box<RawValue>> {
    let text = if order.destination.is_request() {
        std::borrow::Cow::from(&payload.text)
    } else {
        Value::from(payload.text.as_str()).to_string().into()
    };
    let (head, tail) = (head(order, payload.number), tail(payload.rows, counts, next));
    RawValue::from_string(format!("{head}{text}{tail}")).ok()
}

/// The people of an event, on their way into an audience.
pub(super) struct People {
    pub(super) contacts: Contacts,
    pub(super) order: Rc<Order>,
}

impl Streamed for People {
    type Record = Person;

    fn export(&self) -> &Export {
        &self.contacts.export
    }

    fn keep(&self, record: &Value, warnings: &mut Vec<Warning>) -> Option<Person> {
        let contact = self.contacts.keep(record, warnings)?;
        Some(Person::of_contact(&contact, &self.order.mapping))
    }
}

/// A stream of payloads, or of rows.
pub(super) struct Sheets {
    audience: Audience,
    progress: Progress,
    /// One that has begun and not ended.
    batch: Option<Batch>,
    /// Of that batch, once it is full: whether it is the last shows when somebody comes after.
    full: Option<(Counts, String)>,
    /// Since the last batch.
    counts: Counts,
    total: Counts,
}

impl Sheets {
    pub(super) fn new(audience: Audience, progress: Progress) -> Self {
        Self {
            audience,
            progress,
            batch: None,
            full: None,
            counts: Counts::default(),
            total: Counts::default(),
        }
    }

    fn open(&mut self, buffer: &mut Vec<u8>) -> Batch {
        let (order, number) = (&self.audience.order, self.progress.b);
        self.progress.b = number.saturating_add(1);
        if order.destination.is_request() {
            buffer.extend(head(order, number).into_bytes());
        }
        Batch::open(order, number, buffer)
    }

    fn close(&self, batch: &Batch, counts: &Counts, next: Option<&str>, buffer: &mut Vec<u8>) {
        let order = &self.audience.order;
        batch.close(order, self.progress.s, next.is_none(), buffer);
        if order.destination.is_request() {
            buffer.extend(tail(batch.rows, counts, next).into_bytes());
            buffer.push(b'\n');
        }
    }
}

impl Paper<Person> for Sheets {
    fn media(&self) -> &'static str {
        if self.audience.order.destination.is_csv() {
            self.audience.order.destination.media()
        } else {
            NDJSON
        }
    }

    fn has_meta(&self) -> bool {
        !self.audience.order.destination.is_csv()
    }

    fn count(&self) -> u64 {
        self.total.people_read
    }

    fn begin(&mut self, buffer: &mut Vec<u8>) {
        // A file has its headers, whoever comes.
        if self.audience.order.destination.is_csv() {
            self.batch = Some(self.open(buffer));
        }
    }

    fn add(&mut self, person: Person, buffer: &mut Vec<u8>) {
        let mut own = Counts::default();
        let row = self.audience.order.row(&person, &mut own);
        self.counts.merge(&own);
        self.total.merge(&own);
        let Some(row) = row else { return };
        if let Some((counts, next)) = self.full.take()
            && let Some(batch) = self.batch.take()
        {
            self.close(&batch, &counts, Some(&next), buffer);
        }
        let mut batch = match self.batch.take() {
            Some(batch) => batch,
            None => self.open(buffer),
        };
        batch.add(&self.audience.order, &row, buffer);
        self.batch = Some(batch);
    }

    fn wants_cursor(&self) -> bool {
        self.full.is_none() && self.batch.as_ref().is_some_and(|batch| batch.is_full(&self.audience.order))
    }

    fn stands_at(&mut self, cursor: String) {
        self.full = Some((std::mem::take(&mut self.counts), cursor));
    }

    fn seal(&self, account: &str, cursor: String) -> String {
        self.audience.seal(account, &Progress { c: Some(cursor), ..self.progress.clone() })
    }

    fn finish(&mut self, next: Option<&str>, buffer: &mut Vec<u8>, warnings: &mut Vec<Warning>) {
        let mut batch = self.batch.take();
        let goes_on = self.audience.order.destination == Destination::MetaApi && self.progress.b > 1;
        if batch.is_none() && goes_on && next.is_none() {
            warnings.push(empty_last_batch());
            batch = Some(self.open(buffer));
        }
        if let Some(batch) = batch {
            let mut counts = self.full.take().map(|(counts, _)| counts).unwrap_or_default();
            counts.merge(&std::mem::take(&mut self.counts));
            self.close(&batch, &counts, next, buffer);
        }
    }

    fn meta(&self) -> Map<String, Value> {
        Map::from_iter([
            ("result_count".to_owned(), json!(self.total.rows)),
            ("counts".to_owned(), json!(self.total)),
        ])
    }
}

/// Which stream a destination has.
pub(super) const fn stream_of(destination: Destination) -> &'static str {
    if destination.is_csv() { CSV } else { NDJSON }
}
