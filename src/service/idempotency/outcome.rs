//! How a request ended: whether there is an answer to keep, and whether anything happened.

use serde::Deserialize;

use crate::model;
use crate::service::error::Error;
use crate::service::negotiate;
use crate::service::router::Action;
use crate::transport::store::MOST_VALUE_BYTES;
use crate::transport::{Body, Headers, SendError};

/// As much of an answer as a value of the store could hold.
pub(super) enum Read {
    Whole(Vec<u8>),
    More(Vec<u8>, Body),
    Broken(Vec<u8>, SendError),
}

pub(super) async fn read(mut body: Body) -> Read {
    let mut bytes = Vec::new();
    while bytes.len() <= MOST_VALUE_BYTES {
        match body.next().await {
            Ok(Some(mut piece)) => bytes.append(&mut piece),
            Ok(None) => return Read::Whole(bytes),
            Err(error) => return Read::Broken(bytes, error),
        }
    }
    Read::More(bytes, body)
}

/// Whether an error says that the request may be made again as if it had never been.
pub(super) fn changed_nothing(error: &Error) -> bool {
    use model::Error as Core;
    match error {
        Error::Core(
            Core::DeniedByHost { .. }
            | Core::DoesNotFit { .. }
            | Core::Unauthorized { .. }
            | Core::Invalid(_)
            | Core::NotFound { .. }
            | Core::CursorExpired { .. }
            | Core::Unsupported { .. },
        ) => true,
        Error::Core(error) => error.retryable(),
        // An answer that could not be written may be one to something that was done.
        Error::Internal(_) => false,
        _ => true,
    }
}

/// Whether an answer is that of a bulk write of which each record failed.
pub(super) fn nothing_was_taken(action: Action, headers: &Headers, body: &[u8]) -> bool {
    #[derive(Deserialize)]
    struct Receipt {
        succeeded: u64,
        failed: u64,
        unknown: u64,
    }
    #[derive(Deserialize)]
    struct LastLine {
        meta: Receipt,
    }
    // What CleverTap answered is not ours to read.
    if matches!(action, Action::Custom | Action::Proxy) {
        return false;
    }
    let receipt = if negotiate::is_ndjson(headers).unwrap_or(false) {
        let line = body.trim_ascii_end().rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
        serde_json::from_slice(line).ok().map(|LastLine { meta }| meta)
    } else {
        serde_json::from_slice(body).ok()
    };
    receipt.is_some_and(|Receipt { succeeded, failed, unknown }| succeeded == 0 && unknown == 0 && failed > 0)
}
