//! One line of JSON for each request.
//!
//! It names the route by its pattern rather than the path, and no query: ids of people stand there. It never
//! holds a body, a header or a credential.

use serde::Serialize;

use super::limiter::Figures;

/// What the routes find out about a request on their way.
#[derive(Debug, Default)]
pub(crate) struct Note {
    pub(crate) route: Option<&'static str>,
    /// Whether it is answered with a page for people.
    pub(crate) is_page: bool,
    /// Only ids that are configured, so that nothing of a caller's gets in here.
    pub(crate) account: Option<String>,
    /// Of the error, when it is one.
    pub(crate) code: Option<&'static str>,
    /// For the headers of the answer rather than the log.
    pub(crate) figures: Option<Figures>,
}

/// A line of the log.
#[derive(Debug, Serialize)]
pub(crate) struct Line<'a> {
    pub(crate) kind: &'static str,
    pub(crate) request_id: &'a str,
    pub(crate) trace_id: Option<&'a str>,
    pub(crate) account: Option<&'a str>,
    pub(crate) method: &'a str,
    pub(crate) route: Option<&'static str>,
    pub(crate) status: u16,
    pub(crate) code: Option<&'static str>,
    /// Until the answer's head: a streamed body is still on its way.
    pub(crate) ms: u64,
    /// Of the answer's body, where it is known.
    pub(crate) bytes: Option<u64>,
}

impl Line<'_> {
    /// The line, without its end.
    pub(crate) fn text(&self) -> String {
        // Strings and numbers always serialise.
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// A method as it may stand in the log: callers can send any text for one.
pub(crate) fn method(given: &str) -> &str {
    let known = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"];
    known.into_iter().find(|known| *known == given).unwrap_or("other")
}
