//! A CleverTap that costs nothing: in this process, without sockets, and as quick as it is told to be.
//!
//! It answers to the component (through [`Slow`]) and to the native core (through `native::run`) alike.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use http::{Request, Response};
use marketing_automation_host::{Body, RequestOptions, Upstream, UpstreamFuture, body};
use serde_json::Value;

/// What CleverTap says to an upload that it takes whole.
const TAKEN: &[u8] = br#"{"status":"success","unprocessed":[]}"#;

/// An export: the same page so many times, whatever the cursor.
pub(crate) struct Export {
    page: String,
    pages: usize,
    given: AtomicUsize,
}

impl Export {
    pub(crate) fn new(records: Vec<Value>, pages: usize) -> Self {
        Self { page: Value::from(records).to_string(), pages, given: AtomicUsize::new(0) }
    }

    /// To a request line, `METHOD path`.
    pub(crate) fn answer(&self, line: &str) -> Vec<u8> {
        if line.ends_with("/1/upload") {
            return TAKEN.to_vec();
        }
        if line.starts_with("POST") {
            self.given.store(0, Ordering::Relaxed);
            return br#"{"status":"success","cursor":"c0"}"#.to_vec();
        }
        let page = self.given.fetch_add(1, Ordering::Relaxed) + 1;
        if page > self.pages {
            return br#"{"status":"success"}"#.to_vec();
        }
        format!(r#"{{"status":"success","next_cursor":"c{page}","records":{}}}"#, self.page).into_bytes()
    }
}

/// Answers everything after the same time.
pub(crate) struct Slow {
    pub(crate) latency: Duration,
    pub(crate) export: Arc<Export>,
}

impl Upstream for Slow {
    fn send(&self, request: Request<Body>, _: RequestOptions) -> UpstreamFuture {
        let (latency, export) = (self.latency, self.export.clone());
        Box::pin(async move {
            let (parts, body) = request.into_parts();
            body::collect(body).await?;
            tokio::time::sleep(latency).await;
            Ok(Response::new(body::full(export.answer(&format!("{} {}", parts.method, parts.uri.path())))))
        })
    }
}
