//! Keeps the passcode out of errors, should CleverTap's answer repeat it.

use serde_json::Value;

use crate::clevertap::credentials::Secret;
use crate::model::Error;

/// The error without the secret in any of its texts.
pub(in crate::clevertap) fn scrub(secret: &Secret, error: Error) -> Error {
    let text = |text: String| secret.scrub(text);
    match error {
        Error::DeniedByHost { host } => Error::DeniedByHost { host },
        Error::Unreachable { host, reason } => Error::Unreachable { host, reason: text(reason) },
        Error::TimedOut { what } => Error::TimedOut { what: text(what) },
        Error::DoesNotFit { what } => Error::DoesNotFit { what: text(what) },
        Error::InDoubt { what } => Error::InDoubt { what: text(what) },
        Error::Unauthorized { message, body } => {
            Error::Unauthorized { message: text(message), body: value(secret, body) }
        }
        Error::RateLimited { message, retry_after_ms } => {
            Error::RateLimited { message: text(message), retry_after_ms }
        }
        Error::Invalid(mut failures) => {
            for failure in &mut failures {
                failure.message = text(std::mem::take(&mut failure.message));
            }
            Error::Invalid(failures)
        }
        Error::NotFound { what } => Error::NotFound { what: text(what) },
        Error::NotReady { message, cursor } => Error::NotReady { message: text(message), cursor },
        Error::CursorExpired { restart } => Error::CursorExpired { restart: text(restart) },
        Error::Refused(mut refusal) => {
            refusal.message = text(refusal.message);
            refusal.body = value(secret, refusal.body);
            Error::Refused(refusal)
        }
        Error::Undecodable { what, body } => Error::Undecodable { what: text(what), body: text(body) },
        Error::Unsupported { what } => Error::Unsupported { what },
    }
}

fn value(secret: &Secret, body: Value) -> Value {
    match body {
        Value::String(text) => Value::String(secret.scrub(text)),
        Value::Array(items) => Value::Array(items.into_iter().map(|item| value(secret, item)).collect()),
        Value::Object(object) => Value::Object(
            object.into_iter().map(|(key, item)| (secret.scrub(key), value(secret, item))).collect(),
        ),
        Value::Null | Value::Bool(_) | Value::Number(_) => body,
    }
}
