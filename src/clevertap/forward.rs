//! One request of the caller's own, untouched.

use super::client::Session;
use crate::model::Error;
use crate::transport::{Body, Headers, Host, Response};

/// # Errors
/// What went wrong.
pub async fn forward<H: Host>(
    _session: &Session<'_, H>,
    _method: &str,
    _path_and_query: &str,
    _headers: Headers,
    _body: Body,
) -> Result<Response, Error> {
    Err(Error::Unsupported { what: "not written yet".to_owned() })
}
