//! The words of an answer, out of the shapes in which CleverTap puts them.
//!
//! | part | shapes |
//! |---|---|
//! | status | text in any case of letters |
//! | error | text; text that holds a JSON list of texts; a list; an object; `message` in its place |
//! | code | a number, or digits as text |
//! | req_id | a number, kept digit for digit, or text |

use serde_json::Value;

/// Refusals keep this much of an answer.
const EXCERPT: usize = 16 << 10;

/// Errors repeat this much of a provider's text.
const MESSAGE: usize = 1000;

/// What an answer says of itself.
#[derive(Debug, Default)]
pub(super) struct Said {
    /// In lower case.
    pub status: Option<String>,
    pub error: Option<String>,
    /// `error` in lower case, with plain apostrophes.
    lower: String,
    pub code: Option<i64>,
    pub req_id: Option<String>,
    /// Whether there is anything beside status, error and code.
    content: bool,
}

impl Said {
    /// Whether the error has one of these texts in it. They are in lower case.
    pub(super) fn mentions(&self, texts: &[&str]) -> bool {
        texts.iter().any(|text| self.lower.contains(text))
    }

    /// Whether the answer is a failure: by HTTP, in its own words, or as a success with an error and no result.
    pub(super) fn failed(&self, http: u16) -> bool {
        http >= 300
            || matches!(self.status.as_deref(), Some("fail" | "failed" | "failure" | "error"))
            || (self.error.is_some() && !self.content)
    }

    /// The error, or what can be said in its place.
    pub(super) fn message(&self, http: u16) -> String {
        self.error.clone().unwrap_or_else(|| match (&self.status, self.code) {
            (Some(status), Some(code)) => format!("status {status} and code {code}, without a reason"),
            (Some(status), None) => format!("status {status}, without a reason"),
            (None, _) => format!("HTTP {http}, without a reason"),
        })
    }
}

/// The body as a JSON object or list, when it is one.
pub(super) fn parse(body: &[u8]) -> Option<Value> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    match serde_json::from_slice(body) {
        Ok(value @ (Value::Object(_) | Value::Array(_))) => Some(value),
        _ => None,
    }
}

/// Reads status, error and code.
pub(super) fn said(body: &Value) -> Said {
    let Some(object) = body.as_object() else {
        return Said { content: true, ..Said::default() };
    };
    let status = object.get("status").and_then(Value::as_str).map(|text| text.trim().to_ascii_lowercase());
    let failing = matches!(status.as_deref(), Some("fail" | "failed" | "failure" | "error"));
    // A success may say "Added to queue" in `message`; only a failure's is its reason.
    let own = object.get("error").and_then(words);
    let error = own
        .or_else(|| if failing || status.is_none() { object.get("message").and_then(words) } else { None });
    let lower = error.as_deref().unwrap_or_default().to_lowercase().replace('\u{2019}', "'");
    let content = object.keys().any(|key| !matches!(key.as_str(), "status" | "error" | "code" | "message"));
    Said {
        status,
        lower,
        code: object.get("code").and_then(number),
        req_id: object.get("req_id").and_then(id),
        content,
        error,
    }
}

/// A text out of whatever shape; none when it says nothing.
fn words(value: &Value) -> Option<String> {
    let text = match value {
        Value::Null | Value::Bool(false) => return None,
        Value::String(text) => unpack(text.trim()),
        Value::Array(items) => items.iter().filter_map(words).collect::<Vec<_>>().join("; "),
        Value::Object(object) => {
            match object.get("message").or_else(|| object.get("error")).and_then(words) {
                Some(text) => text,
                None if object.is_empty() => return None,
                None => value.to_string(),
            }
        }
        Value::Bool(true) | Value::Number(_) => value.to_string(),
    };
    if text.is_empty() { None } else { Some(shorten(text, MESSAGE)) }
}

/// `["Invalid event : x"]` as text becomes `Invalid event : x`.
fn unpack(text: &str) -> String {
    if text.starts_with('[')
        && let Ok(Value::Array(items)) = serde_json::from_str(text)
    {
        let all: Vec<_> =
            items.iter().map(|item| item.as_str().map_or_else(|| item.to_string(), str::to_owned)).collect();
        return all.join("; ");
    }
    text.to_owned()
}

fn number(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// An id, digit for digit: ids go beyond the 53 bits that a float keeps.
fn id(value: &Value) -> Option<String> {
    match value {
        Value::Number(number) if !number.is_f64() => Some(number.to_string()),
        Value::String(text) if !text.trim().is_empty() => Some(text.trim().to_owned()),
        _ => None,
    }
}

/// The beginning of a body, as text.
pub(super) fn excerpt(body: &[u8]) -> String {
    let head = body.get(..EXCERPT).unwrap_or(body);
    String::from_utf8_lossy(head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head)).trim().to_owned()
}

/// A body that is kept with an error: as it is, or as the beginning of its text.
pub(super) fn cut(body: Value) -> Value {
    let text = body.to_string();
    if text.len() <= EXCERPT { body } else { Value::String(shorten(text, EXCERPT)) }
}

/// At most so many bytes, without splitting a character.
fn shorten(mut text: String, limit: usize) -> String {
    if text.len() > limit {
        let end = (0..=limit).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        text.truncate(end);
    }
    text
}
