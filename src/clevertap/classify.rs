//! What an answer means.

use serde_json::Value;

use super::operation::Protocol;
use crate::model::Error;
use crate::transport::Headers;

/// An answer that is not a failure.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    Done(Value),
    /// Some records of an upload were rejected, or all of them.
    Partial(Value),
    /// To be asked for again by this id.
    Poll { req_id: String, body: Value },
    /// The same cursor is to be asked for again.
    InProgress,
    /// Not there yet, in the provider's words.
    NotReady(String),
}

/// Reads an answer.
///
/// # Errors
/// What the answer says went wrong.
pub fn classify(_protocol: Protocol, _status: u16, _headers: &Headers, _body: &[u8]) -> Result<Answer, Error> {
    Err(Error::Unsupported { what: "not written yet".to_owned() })
}
