//! An export as one stream of NDJSON, in memory that does not grow with its length.
//!
//! Each line is one record as a page has it. The last line is `{"meta": {…}}`: a stream without it was cut.
//!
//! | in `meta` | |
//! |---|---|
//! | `result_count` | records of this stream |
//! | `next_cursor` | where to go on when this is not the end: `limit` was reached, or `error` says why |
//! | `is_partial_response`, `error` | what ended the stream before its end; the error object of this API |
//! | `warnings` | as in a page |
//!
//! Each call of CleverTap has a deadline of its own. What is wrong before the first record is an ordinary error.

use std::time::Duration;

use serde::Serialize;
use serde_json::{Value, json};

use super::context::Context;
use super::envelope;
use super::error::Error;
use super::negotiate::NDJSON;
use super::presentation::Presentation;
use super::problem;
use crate::clevertap::events::{Contacts, Events};
use crate::clevertap::export::{Batch, Export, Position};
use crate::model::Warning;
use crate::transport::body::{Pieces, produced};
use crate::transport::select::{Either, first};
use crate::transport::{Headers, Host, Response};

/// CleverTap is asked for pages of about this many records: one is in memory as it came, and as it goes.
const BATCH: usize = 500;
/// A reader who takes nothing for so long has gone away.
const PATIENCE: Duration = Duration::from_secs(60);
/// Lines are handed on in pieces of about this size.
const PIECE: usize = 32 << 10;

/// What can be streamed: an export, and what becomes of its records.
pub(super) trait Streamed: 'static {
    type Record: Serialize;

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

/// What is written so far.
struct Lines {
    pieces: Pieces,
    buffer: Vec<u8>,
    count: u64,
}

impl Lines {
    fn add(&mut self, record: &impl Serialize, presentation: &Presentation) {
        let start = self.buffer.len();
        let written = if presentation.is_plain() {
            serde_json::to_writer(&mut self.buffer, record).is_ok()
        } else {
            envelope::value(record)
                .is_ok_and(|value| serde_json::to_writer(&mut self.buffer, &presentation.one(value)).is_ok())
        };
        // Strings, numbers and JSON values always serialise.
        if written {
            self.buffer.push(b'\n');
            self.count = self.count.saturating_add(1);
        } else {
            self.buffer.truncate(start);
        }
    }

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

/// Answers a stream.
///
/// # Errors
/// 404 for an account that is not configured; what is wrong before the first record.
pub(super) async fn stream<H: Host, S: Streamed>(
    context: &Context<'_, H>,
    account: Option<&str>,
    source: S,
    flow: Flow,
) -> Result<Response, Error> {
    let connected = context.connected(account).await?;
    let session = connected.session();
    let position = source.export().open(&session, flow.cursor.as_deref(), BATCH).await?;
    let first = match &position {
        Some(position) => Some(source.export().read(&session, position).await?),
        None => None,
    };
    drop(session);
    let trace = context.trace.clone();
    // Who writes it gives up first, and says where to go on.
    let body = produced(PATIENCE.saturating_mul(2), move |pieces| async move {
        let mut lines = Lines { pieces, buffer: Vec::new(), count: 0 };
        let mut course = Course { position, error: None, warnings: Vec::new() };
        let mut batch = first;
        while let Some(read) = batch.take() {
            if pour(&connected.host, &source, &flow, read, &mut lines, &mut course).await {
                break;
            }
            let Some(position) = &course.position else { break };
            match source.export().read(&connected.session(), position).await {
                Ok(next) => batch = Some(next),
                Err(error) => course.error = Some(error.into()),
            }
        }
        let next_cursor =
            course.position.as_ref().map(|position| source.export().seal(&connected.account.id, position));
        let meta = json!({
            "request_id": trace.request_id,
            "result_count": lines.count,
            "next_cursor": next_cursor,
            "is_partial_response": course.error.is_some(),
            "warnings": course.warnings,
            "error": course.error.as_ref().map(|error| problem::value(error, &trace)),
        });
        lines.buffer.extend(json!({ "meta": meta }).to_string().into_bytes());
        lines.buffer.push(b'\n');
        lines.pieces.push(std::mem::take(&mut lines.buffer));
        Ok(())
    });
    let headers: Headers = vec![("content-type".to_owned(), NDJSON.into())];
    Ok(Response { status: 200, headers, body })
}

/// Writes a batch; true when the limit is reached, or nobody reads any more.
async fn pour<H: Host, S: Streamed>(
    host: &H,
    source: &S,
    flow: &Flow,
    batch: Batch,
    lines: &mut Lines,
    course: &mut Course,
) -> bool {
    let limit = flow.limit.map_or(u64::MAX, u64::from);
    let Batch { records, next } = batch;
    let (mut records, mut last) = (records.into_iter(), None);
    while lines.count < limit {
        let Some(record) = records.next() else { break };
        if let Some(position) = &mut course.position {
            position.pass(&record);
        }
        let kept = source.keep(&record, &mut course.warnings);
        last = Some(record);
        if let Some(record) = kept {
            lines.add(&record, &flow.presentation);
            if lines.buffer.len() >= PIECE && !lines.give(host, PATIENCE).await {
                course.error = Some(Error::BodyBroken(
                    "this answer was not read for a minute; next_cursor goes on with it".to_owned(),
                ));
                break;
            }
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
    lines.count >= limit || course.error.is_some()
}
