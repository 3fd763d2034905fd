//! The head of an answer of ours.

use std::time::Duration;

use super::types::Fields;
use crate::transport::{Body, Response};

/// An answer of which nothing is taken for so long is given up, where it does not say how long itself.
const PATIENCE: Duration = Duration::from_secs(60);

/// How long the reader of an answer may take for a piece of it. An answer may never be read, and what it holds
/// waits with it.
pub(crate) fn patience(answer: &Body) -> Duration {
    answer.patience().map_or(PATIENCE, |own| own.max(PATIENCE))
}

/// Whether an answer goes out without a body.
pub(crate) fn bodiless(answer: &Response, head_only: bool) -> bool {
    head_only || matches!(answer.status, 204 | 304)
}

/// The answer's headers. One that the host keeps for itself (`connection`, `transfer-encoding`) or finds
/// malformed is left out: the rest of the answer is worth having. An answer without a body goes without a
/// length, also to HEAD: `wasi:http` takes a length that the body does not have for a broken answer.
pub(crate) fn fields(answer: &Response, bodiless: bool) -> Fields {
    let fields = Fields::new();
    let length = if bodiless { None } else { answer.body.len() };
    for (name, value) in &answer.headers {
        let is_length = name.eq_ignore_ascii_case("content-length");
        if !is_length || (length.is_none() && !bodiless) {
            let _ = fields.append(name, value);
        }
    }
    if let Some(length) = length {
        let _ = fields.append("content-length", length.to_string().as_bytes());
    }
    fields
}
