//! The access log: one line for each request, written when its answer has been delivered or broken off.
//!
//! A line never has a query (it may hold an address or a token), and of a path only the parts that look like
//! the API's own words: the others name people, campaigns or accounts.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Instant;

use bytes::Bytes;
use http::{Method, Response, Uri};
use http_body::{Frame, SizeHint};
use tokio::sync::OwnedSemaphorePermit;

use crate::ErrorCode;
use crate::body::Body;
use crate::log::{Level, Log};
use crate::request_id;

/// A line in the making.
pub(crate) struct Entry {
    log: Log,
    method: Method,
    path: String,
    request_id: String,
    start: Instant,
    status: Option<u16>,
    bytes: u64,
    complete: bool,
    /// Given back when the answer is over.
    turn: Option<OwnedSemaphorePermit>,
}

impl Entry {
    pub(crate) fn new(log: &Log, method: &Method, uri: &Uri, request_id: String, start: Instant) -> Self {
        Self {
            log: log.clone(),
            method: method.clone(),
            path: public_path(uri.path()),
            request_id,
            start,
            status: None,
            bytes: 0,
            complete: false,
            turn: None,
        }
    }

    /// Keeps the request's turn until its answer is over.
    pub(crate) fn hold(&mut self, turn: OwnedSemaphorePermit) {
        self.turn = Some(turn);
    }

    /// Counts the answer's bytes. The line is written when its body is dropped.
    pub(crate) fn attach(mut self, response: Response<Body>) -> Response<Logged> {
        self.status = Some(response.status().as_u16());
        if let Some(id) = request_id::of(response.headers()) {
            self.request_id = id.to_owned();
        }
        self.complete = http_body::Body::is_end_stream(response.body()) || self.method == Method::HEAD;
        let expected = response.headers().get(http::header::CONTENT_LENGTH);
        let expected = expected.and_then(|value| value.to_str().ok()?.parse().ok());
        response.map(|body| Logged { body, expected, entry: self })
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        let ms = u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX);
        let level = match self.status {
            Some(status) if status >= 500 => Level::Error,
            Some(_) if self.complete => Level::Info,
            _ => Level::Warn,
        };
        self.log.write(
            level,
            "request",
            [
                ("request_id", self.request_id.as_str().into()),
                ("method", self.method.as_str().into()),
                ("path", self.path.as_str().into()),
                ("status", self.status.into()),
                ("ms", ms.into()),
                ("bytes", self.bytes.into()),
                ("complete", self.complete.into()),
            ],
        );
    }
}

/// An answer's body that is being counted.
pub(crate) struct Logged {
    body: Body,
    expected: Option<u64>,
    entry: Entry,
}

impl http_body::Body for Logged {
    type Data = Bytes;
    type Error = ErrorCode;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, ErrorCode>>> {
        let this = &mut *self;
        let frame = Pin::new(&mut this.body).poll_frame(cx);
        match &frame {
            Poll::Ready(Some(Ok(frame))) => {
                this.entry.bytes += frame.data_ref().map_or(0, |data| data.len() as u64);
                this.entry.complete = Some(this.entry.bytes) == this.expected;
            }
            Poll::Ready(None) => this.entry.complete = true,
            Poll::Ready(Some(Err(_))) | Poll::Pending => {}
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// The path with `*` for every part that is not one of the API's own words.
fn public_path(path: &str) -> String {
    let mut hide_next = false;
    let parts = path.split('/').map(|part| {
        let hidden = hide_next || !is_word(part);
        hide_next = matches!(part, "contacts" | "connect" | "profiles");
        if hidden { "*" } else { part }
    });
    parts.collect::<Vec<_>>().join("/")
}

/// Lower-case letters with `-`, `_` and `.` between; or a version, or nothing.
fn is_word(part: &str) -> bool {
    const LONGEST: usize = 32;
    let plain = |byte: u8| byte.is_ascii_lowercase() || matches!(byte, b'-' | b'_' | b'.');
    part.len() <= LONGEST && (part.bytes().all(plain) || matches!(part, "1" | "2" | "v1" | "v2"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_without_names() {
        for (path, public) in [
            ("/", "/"),
            ("/healthz", "/healthz"),
            ("/openapi.json", "/openapi.json"),
            ("/custom/1/targets/list.json", "/custom/1/targets/list.json"),
            (
                "/unified/marketing-automation/campaigns/api-20260131-17",
                "/unified/marketing-automation/campaigns/*",
            ),
            ("/unified/marketing-automation/contacts/jane", "/unified/marketing-automation/contacts/*"),
            (
                "/unified/marketing-automation/contacts/jane@example.com",
                "/unified/marketing-automation/contacts/*",
            ),
            ("/connect/token", "/connect/*"),
            ("/proxy/events/%2e%2e", "/proxy/events/*"),
        ] {
            assert_eq!(public_path(path), public);
        }
    }
}
