//! What an endpoint answers, before faults and delays touch it.

use serde_json::{Value, json};

/// Live answers name their charset ([REC] S:ruby, S:quickhouse, section 3.1).
const JSON: &str = "application/json;charset=utf-8";

/// A status, a body, and what the search cost.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) content_type: &'static str,
    pub(crate) body: String,
    /// `Retry-After`, in seconds.
    pub(crate) retry_after: Option<u64>,
    /// Days of starts that a message report searched.
    pub(crate) report_days: Option<u32>,
}

impl Answer {
    pub(crate) fn json(status: u16, body: &Value) -> Self {
        Answer::text(status, JSON, body.to_string())
    }

    pub(crate) fn ok(body: &Value) -> Self {
        Answer::json(200, body)
    }

    /// JSON as recorded, with its odd spacing.
    pub(crate) fn verbatim(status: u16, body: &str) -> Self {
        Answer::text(status, JSON, body.to_owned())
    }

    pub(crate) fn text(status: u16, content_type: &'static str, body: String) -> Self {
        Answer { status, content_type, body, retry_after: None, report_days: None }
    }

    pub(crate) fn searched(mut self, days: u32) -> Self {
        self.report_days = Some(days);
        self
    }

    /// The failure envelope (section 3.1, [DOC] S:errors).
    pub(crate) fn fail(status: u16, error: &str, code: u16) -> Self {
        Answer::json(status, &json!({ "status": "fail", "error": error, "code": code }))
    }

    /// `{"status":"success"}`: the end of exports ([REC] S:quickhouse) and the
    /// answer of stop, delete and demerge ([OFF] S:snippets, S:node).
    pub(crate) fn success() -> Self {
        Answer::ok(&json!({ "status": "success" }))
    }

    /// [3P] S:cli, section 3.4, with its spacing.
    pub(crate) fn malformed() -> Self {
        Answer::verbatim(400, r#"{ "status" : "fail" , "error" : "Malformed request" , "code" : 400}"#)
    }

    /// A refusal whose text CleverTap does not document ([INF]): the sandbox says what is wrong.
    pub(crate) fn explained(what: &str) -> Self {
        Answer::fail(400, &format!("clevertap-sandbox: {what}"), 400)
    }

    /// [3P] S:leanderp, section 3.4.
    pub(crate) fn throttled(as_200: bool) -> Self {
        Answer::fail(if as_200 { 200 } else { 429 }, "Too many concurrent requests", 429)
    }

    /// [3P] S:leanderp, section 3.4 (its HTTP status is [UNK]).
    pub(crate) fn method_not_allowed() -> Self {
        Answer::fail(405, "Method Not Allowed", 405)
    }

    /// A status that some server on the way may give; CleverTap's own texts
    /// for 500 and 429 ([3P] S:leanderp, section 3.4), a gateway's page for the rest.
    pub(crate) fn of_status(status: u16) -> Self {
        match status {
            429 => Answer::throttled(false),
            500 => Answer::fail(500, "An unknown error occurred", 500),
            503 => Answer::fail(503, "Service Unavailable", 503),
            _ => Answer::text(status, "text/html", format!("<html><body><h1>{status}</h1></body></html>")),
        }
    }

    /// A web page where JSON was expected.
    pub(crate) fn page() -> Self {
        let body = "<!doctype html><html><body><p>Scheduled maintenance</p></body></html>";
        Answer::text(200, "text/html", body.to_owned())
    }

    /// The same head, but no JSON inside.
    pub(crate) fn garbled(mut self) -> Self {
        self.body = format!("{{\"status\":\"succ{}\u{fffd}\u{1}", self.body.len());
        self
    }
}
