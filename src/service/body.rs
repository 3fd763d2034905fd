//! Bodies of requests, read as JSON.

use serde_json::{Map, Value};

use super::error::Error;
use super::negotiate;
use crate::transport::body::ReadError;
use crate::transport::{Body, Headers, header};

/// The longest body that is read into memory. `/custom` streams and has no such limit.
pub(crate) const LIMIT: usize = 8 << 20;

/// The body as JSON; none when it is empty.
///
/// # Errors
/// 413, 415, or 400 for what is no JSON.
pub(crate) async fn json(headers: &Headers, body: Body) -> Result<Option<Value>, Error> {
    let stated = header(headers, "content-length").and_then(|length| length.trim().parse::<u64>().ok());
    let longest = body.len().max(stated).unwrap_or(0);
    if usize::try_from(longest).map_or(true, |length| length > LIMIT) {
        return Err(Error::TooLarge { limit: LIMIT });
    }
    let bytes = body.read(LIMIT).await.map_err(|error| match error {
        ReadError::TooLong(limit) => Error::TooLarge { limit },
        ReadError::Failed(_) => Error::BodyBroken("the request's body broke off before its end".to_owned()),
    })?;
    if bytes.is_empty() {
        return Ok(None);
    }
    negotiate::check_content(headers)?;
    serde_json::from_slice(&bytes).map(Some).map_err(|error| {
        Error::NotJson(format!(
            "the body is not JSON: something is wrong at line {}, column {}",
            error.line(),
            error.column()
        ))
    })
}

/// The body as a JSON object.
///
/// # Errors
/// As [`json`], and 400 for anything but an object.
pub(crate) async fn object(headers: &Headers, body: Body) -> Result<Map<String, Value>, Error> {
    match json(headers, body).await? {
        Some(Value::Object(fields)) => Ok(fields),
        Some(_) => Err(Error::invalid("", "the body must be a JSON object")),
        None => Err(Error::missing_body("", "the body is empty; it must be a JSON object")),
    }
}
