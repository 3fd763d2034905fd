//! An export as one stream, in memory that does not grow with its length.
//!
//! What it is written on is a [`Paper`]. Of [`Lines`], NDJSON, each line is one record as a page has it. The last line is `{"meta": {…}}`: a stream without it was cut.
//!
//! | in `meta` | |
//! |---|---|
//! | `result_count` | records of this stream |
//! | `next_cursor` | where to go on when this is not the end: `limit` was reached, or `error` says why |
//! | `is_partial_response`, `error` | what ended the stream before its end; the error object of this API |
//! | `warnings` | as in a page |
//! | `fetched_at`, `as_of`, `documented_lag` | as in a page; fetched when the stream began |
//!
//! Each call of CleverTap has a deadline of its own. What is wrong before the first record is an ordinary error.

use std::time::Duration;

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::context::Context;
use super::envelope::{self, Freshness};
use super::error::Error;
use super::negotiate::NDJSON;
use super::presentation::Presentation;
use super::problem;
use crate::clevertap::client::Connected;
use crate::clevertap::events::{Contacts, Events};
use crate::clevertap::export::{Batch, Export, Position};
use crate::model::Warning;
use crate::transport::body::{Pieces, produced};
use crate::transport::select::{Either, first};
use crate::transport::{Headers, Host, Response, SendError};

/// CleverTap is asked for pages of about this many records: one is in memory as it came, and as it goes.
const BATCH: usize = 500;
/// A reader who takes nothing for so long has gone away.
const PATIENCE: Duration = Duration::from_secs(60);
/// Lines are handed on in pieces of about this size.
const PIECE: usize = 32 << 10;

/// What can be streamed: an export, and what becomes of its records.
pub(super) trait Streamed: 'static {
    type Record;

    fn export(&self) -> &Export;

    fn keep(&self, record: &Value, warnings: &mut Vec<Warning>) -> Option<Self::Record>;
}

impl Streamed for Events {
    type Record = crate::model::event::Event;

    fn export(&self) -> &Export {
        &self.export
    }

    fn keep(&self, record: &Value, warnings: &mut Vec<Warning>) -> Option<Self::Record> {
        Self::keep(self, record, warnings)
    }
}

impl Streamed for Contacts {
    type Record = crate::model::contact::Contact;

    fn export(&self) -> &Export {
        &self.export
    }

    fn keep(&self, record: &Value, warnings: &mut Vec<Warning>) -> Option<Self::Record> {
        Self::keep(self, record, warnings)
    }
}

/// How a stream is asked for.
pub(super) struct Flow {
    pub(super) cursor: Option<String>,
    /// Records of the stream; none for all.
    pub(super) limit: Option<u16>,
    pub(super) presentation: Presentation,
}

/// What records are written on. It writes to a buffer, which is handed on now and then.
pub(super) trait Paper<R>: 'static {
    fn media(&self) -> &'static str;

    /// Whether the last line may be `{"meta": …}`. Without it, a stream that fails is broken off.
    fn has_meta(&self) -> bool {
        true
    }

    /// What the limit counts.
    fn count(&self) -> u64;

    fn begin(&mut self, _buffer: &mut Vec<u8>) {}

    fn add(&mut self, record: R, buffer: &mut Vec<u8>);

    /// Whether to tell it the cursor behind the record that was added last.
    fn wants_cursor(&self) -> bool {
        false
    }

    fn stands_at(&mut self, _cursor: String) {}

    /// Our cursor, from that of the export.
    fn seal(&self, _account: &str, cursor: String) -> String {
        cursor
    }

    /// After the last record; without a cursor it was the last of the list.
    fn finish(&mut self, _next: Option<&str>, _buffer: &mut Vec<u8>, _warnings: &mut Vec<Warning>) {}

    /// What is said beside the cursor, the warnings and the error.
    fn meta(&self) -> Map<String, Value>;
}

/// One line a record.
struct Lines {
    presentation: Presentation,
    count: u64,
}

impl<R: Serialize> Paper<R> for Lines {
    fn media(&self) -> &'static str {
        NDJSON
    }

    fn count(&self) -> u64 {
        self.count
    }

    fn add(&mut self, record: R, buffer: &mut Vec<u8>) {
        let start = buffer.len();
        let written = if self.presentation.is_plain() {
            serde_json::to_writer(&mut *buffer, &record).is_ok()
        } else {
            envelope::value(&record)
                .is_ok_and(|value| serde_json::to_writer(&mut *buffer, &self.presentation.one(value)).is_ok())
        };
        // Strings, numbers and JSON values always serialise.
        if written {
            buffer.push(b'\n');
            self.count = self.count.saturating_add(1);
        } else {
            buffer.truncate(start);
        }
    }

    fn meta(&self) -> Map<String, Value> {
        Map::from_iter([("result_count".to_owned(), json!(self.count))])
    }
}

/// What is written so far, and not yet read.
struct Outlet {
    pieces: Pieces,
    buffer: Vec<u8>,
}

impl Outlet {
    /// False when the reader took nothing for too long.
    async fn give<H: Host>(&mut self, host: &H, patience: Duration) -> bool {
        self.pieces.push(std::mem::take(&mut self.buffer));
        let mut before = self.pieces.taken();
        loop {
            match first(self.pieces.room(), host.sleep(patience)).await {
                Either::Left(()) => return true,
                Either::Right(()) if self.pieces.taken() != before => before = self.pieces.taken(),
                Either::Right(()) => return false,
            }
        }
    }
}

/// Where a stream has come to.
struct Course {
    /// None at the end.
    position: Option<Position>,
    error: Option<Error>,
    warnings: Vec<Warning>,
}

/// Answers a stream of NDJSON.
///
/// # Errors
/// As [`stream_on`].
pub(super) async fn stream<H: Host, S: Streamed<Record: Serialize>>(
    context: &Context<'_, H>,
    account: Option<&str>,
    source: S,
    flow: Flow,
) -> Result<Response, Error> {
    let Flow { cursor, limit, presentation } = flow;
    let lines = Lines { presentation, count: 0 };
    stream_on(context, account, source, lines, cursor.as_deref(), limit.map(u64::from)).await
}

/// Answers a stream, from a cursor of the export's on.
///
/// # Errors
/// 404 for an account that is not configured; what is wrong before the first record.
pub(super) async fn stream_on<H: Host, S: Streamed>(
    context: &Context<'_, H>,
    account: Option<&str>,
    source: S,
    mut paper: impl Paper<S::Record>,
    cursor: Option<&str>,
    limit: Option<u64>,
) -> Result<Response, Error> {
    let connected = context.connected(account).await?;
    let session = connected.session();
    let position = source.export().open(&session, cursor, BATCH).await?;
    let first = match &position {
        Some(position) => Some(source.export().read(&session, position).await?),
        None => None,
    };
    drop(session);
    let trace = context.trace.clone();
    let fresh: Vec<(String, Value)> = Freshness::now(context.host, None).members().collect();
    let headers: Headers = vec![("content-type".to_owned(), paper.media().into())];
    // Who writes it gives up first, and says where to go on.
    let body = produced(PATIENCE.saturating_mul(2), move |pieces| async move {
        let mut outlet = Outlet { pieces, buffer: Vec::new() };
        let mut course = Course { position, error: None, warnings: Vec::new() };
        let limit = limit.unwrap_or(u64::MAX);
        paper.begin(&mut outlet.buffer);
        let mut batch = first;
        while let Some(read) = batch.take() {
            if pour(&connected, &source, limit, read, &mut paper, &mut outlet, &mut course).await {
                break;
            }
            let Some(position) = &course.position else { break };
            match source.export().read(&connected.session(), position).await {
                Ok(next) => batch = Some(next),
                Err(error) => course.error = Some(error.into()),
            }
        }
        let account = &connected.account.id;
        let seal = |position: &Position| paper.seal(account, source.export().seal(account, position));
        let next_cursor = course.position.as_ref().map(seal);
        paper.finish(next_cursor.as_deref(), &mut outlet.buffer, &mut course.warnings);
        if paper.has_meta() {
            let mut meta = paper.meta();
            meta.extend(fresh);
            meta.insert("request_id".to_owned(), json!(trace.request_id));
            meta.insert("next_cursor".to_owned(), json!(next_cursor));
            meta.insert("is_partial_response".to_owned(), json!(course.error.is_some()));
            meta.insert("warnings".to_owned(), json!(course.warnings));
            let error = course.error.as_ref().map(|error| problem::value(error, &trace));
            meta.insert("error".to_owned(), json!(error));
            outlet.buffer.extend(json!({ "meta": meta }).to_string().into_bytes());
            outlet.buffer.push(b'\n');
        }
        outlet.pieces.push(std::mem::take(&mut outlet.buffer));
        match course.error {
            Some(error) if !paper.has_meta() => Err(SendError::Cut(error.to_string())),
            _ => Ok(()),
        }
    });
    Ok(Response { status: 200, headers, body })
}

/// Writes a batch; true when the limit is reached, or nobody reads any more.
async fn pour<H: Host, S: Streamed>(
    connected: &Connected<H>,
    source: &S,
    limit: u64,
    batch: Batch,
    paper: &mut impl Paper<S::Record>,
    outlet: &mut Outlet,
    course: &mut Course,
) -> bool {
    let Batch { records, next } = batch;
    let (mut records, mut last) = (records.into_iter(), None);
    while paper.count() < limit {
        let Some(record) = records.next() else { break };
        if let Some(position) = &mut course.position {
            position.pass(&record);
        }
        if let Some(kept) = source.keep(&record, &mut course.warnings) {
            paper.add(kept, &mut outlet.buffer);
            if let Some(position) = course.position.as_ref().filter(|_| paper.wants_cursor()) {
                let (mut here, account) = (position.clone(), &connected.account.id);
                here.mark(&record);
                let cursor = paper.seal(account, source.export().seal(account, &here));
                paper.stands_at(cursor);
            }
        }
        last = Some(record);
        if outlet.buffer.len() >= PIECE && !outlet.give(&connected.host, PATIENCE).await {
            course.error = Some(Error::BodyBroken(
                "this answer was not read for a minute; next_cursor goes on with it".to_owned(),
            ));
            break;
        }
    }
    if let (Some(position), Some(last)) = (&mut course.position, &last) {
        position.mark(last);
    }
    if records.next().is_none() {
        course.position = match (next, course.position.take()) {
            (Some(next), Some(here)) => Some(next.after(&here)),
            (next, _) => next,
        };
    }
    paper.count() >= limit || course.error.is_some()
}
