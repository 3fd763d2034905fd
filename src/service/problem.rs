//! The one error object: at once Truto's and RFC 9457's.
//!
//! | for | members |
//! |---|---|
//! | Truto's clients | `statusCode`, `error`, `message`, `details`, `truto_is_remote_error`, `raw_response`, `truto_error_insight` |
//! | RFC 9457 | `type`, `title`, `status`, `detail`, `instance` |
//! | programs | `code`, `request_id`, `retryable`, `retry_after` (whole seconds, also as the header `Retry-After`) |
//!
//! `details` holds `failures` for input that cannot be used, `next_cursor` to go on with what is not ready,
//! and the provider's own answer for what it refused: Truto's documents disagree on whether that belongs to
//! `details` or to `raw_response`, so it is in both. What does not apply is absent.

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::auth::Forbidden;
use super::error::{Error, Missing, Place};
use super::trace::RequestTrace;
use crate::model;
use crate::transport::{Body, Headers, Response};

#[derive(Serialize)]
struct Problem<'a> {
    #[serde(rename = "statusCode")]
    status_code: u16,
    error: &'static str,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    details: Option<Value>,
    truto_is_remote_error: bool,
    is_remote_error: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    raw_response: Option<Value>,
    #[serde(skip_serializing_if = "Map::is_empty")]
    truto_error_insight: &'a Map<String, Value>,
    #[serde(skip_serializing_if = "Map::is_empty")]
    error_insight: &'a Map<String, Value>,
    #[serde(rename = "type")]
    kind: String,
    title: &'static str,
    status: u16,
    detail: &'a str,
    instance: String,
    code: &'static str,
    request_id: &'a str,
    retryable: bool,
    retry_after: Option<u64>,
}

/// The error object, for an answer that has it inside.
pub(crate) fn value(error: &Error, trace: &RequestTrace) -> Value {
    serde_json::from_slice(&bytes(error, trace)).unwrap_or_default()
}

fn bytes(error: &Error, trace: &RequestTrace) -> Vec<u8> {
    let (status, code) = (error.status(), error.code());
    let message = error.to_string();
    let insight = insight(error);
    let problem = Problem {
        status_code: status,
        error: phrase(status),
        message: &message,
        details: details(error),
        truto_is_remote_error: error.is_remote(),
        is_remote_error: error.is_remote(),
        raw_response: raw_response(error),
        truto_error_insight: &insight,
        error_insight: &insight,
        kind: format!("urn:marketing-automation:problem:{code}"),
        title: error.title(),
        status,
        detail: &message,
        instance: format!("urn:marketing-automation:request:{}", trace.request_id),
        code,
        request_id: &trace.request_id,
        retryable: error.retryable(),
        retry_after: error.retry_after(),
    };
    // Strings, numbers and JSON values always serialise.
    serde_json::to_vec(&problem).unwrap_or_default()
}

/// The answer for an error.
pub(crate) fn answer(error: &Error, trace: &RequestTrace, content_type: &'static str) -> Response {
    let body = bytes(error, trace);
    let mut headers: Headers = vec![("content-type".to_owned(), content_type.into())];
    let mut also = |name: &str, value: String| headers.push((name.to_owned(), value.into_bytes()));
    match error {
        Error::Unauthorized(_) => also("www-authenticate", "Bearer".to_owned()),
        // RFC 6750, section 3.1.
        Error::Token(_) => also("www-authenticate", "Bearer error=\"invalid_token\"".to_owned()),
        Error::Forbidden(Forbidden::Scope { needed }) => {
            also("www-authenticate", format!("Bearer error=\"insufficient_scope\", scope=\"{needed}\""));
        }
        Error::MethodNotAllowed { allow } => also("allow", allow.clone()),
        Error::UnsupportedMediaType(_) => {
            also("accept", super::negotiate::JSON.to_owned());
            also("accept-encoding", "identity".to_owned());
        }
        _ => {}
    }
    if let Some(seconds) = error.retry_after() {
        also("retry-after", seconds.to_string());
    }
    Response { status: error.status(), headers, body: Body::Bytes(body) }
}

fn details(error: &Error) -> Option<Value> {
    match error {
        Error::Missing(_) | Error::Unprocessable(_) | Error::Core(model::Error::Invalid(_)) => {
            Some(json!({ "failures": error.failures() }))
        }
        Error::Core(model::Error::NotReady { cursor: Some(cursor), .. }) => {
            Some(json!({ "next_cursor": cursor }))
        }
        Error::Core(model::Error::CursorExpired { restart }) => Some(json!({ "restart": restart })),
        Error::Configuration(config) => Some(json!({ "variable": config.variable, "place": config.place })),
        Error::NoRoute { near } if !near.is_empty() => Some(json!({ "near": near })),
        _ => raw_response(error),
    }
}

/// What the provider answered.
fn raw_response(error: &Error) -> Option<Value> {
    match error {
        Error::Core(model::Error::Refused(refusal)) => Some(refusal.body.clone()),
        Error::Core(model::Error::Unauthorized { body, .. }) => Some(body.clone()),
        Error::Core(model::Error::Undecodable { body, .. }) => Some(Value::String(body.clone())),
        _ => None,
    }
}

/// Truto's hints for people who look at an error.
fn insight(error: &Error) -> Map<String, Value> {
    let mut insight = Map::new();
    if let Error::Missing(Missing { place, failures }) = error {
        let names: Vec<&str> =
            failures.iter().map(|failure| failure.field.as_str()).filter(|name| !name.is_empty()).collect();
        let (key, description) = match place {
            Place::Query => ("missing_required_query_parameters", "Query parameters that this call needs"),
            Place::Body => ("missing_required_body_fields", "Fields of the body that this call needs"),
        };
        if !names.is_empty() {
            insight.insert(key.to_owned(), json!({ "description": description, "value": names }));
        }
    }
    // Truto's key and shape for a token that lacks something.
    if let Error::Forbidden(Forbidden::Scope { needed }) = error {
        let value = json!({ "missing_scopes": [needed.name()] });
        insight.insert(
            "forbidden_error".to_owned(),
            json!({ "description": "The token's scope is too small", "value": value }),
        );
    }
    if let Error::Core(model::Error::RateLimited { .. }) = error {
        let description = "CleverTap takes a few calls of each kind at a time, and has enough of them now";
        insight.insert("rate_limit_error".to_owned(), json!({ "description": description }));
    }
    if let Error::OverLimit { .. } = error {
        let description = "This service takes so many requests of an account in a window of time: see the ratelimit headers";
        insight.insert("rate_limit_error".to_owned(), json!({ "description": description }));
    }
    if error.is_remote() {
        let description =
            "CleverTap answered with this error; its own words are in raw_response where it gave any";
        insight.insert("remote_error".to_owned(), json!({ "description": description }));
    }
    insight
}

/// The name of a status.
pub(crate) fn phrase(status: u16) -> &'static str {
    match status {
        400 => "Bad Request",
        401 => "Unauthorized",
        402 => "Payment Required",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        406 => "Not Acceptable",
        408 => "Request Timeout",
        409 => "Conflict",
        410 => "Gone",
        411 => "Length Required",
        412 => "Precondition Failed",
        413 => "Content Too Large",
        414 => "URI Too Long",
        415 => "Unsupported Media Type",
        422 => "Unprocessable Content",
        425 => "Too Early",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        _ if status < 500 => "Client Error",
        _ => "Server Error",
    }
}
