//! A request as the endpoints see it.

use hyper::body::Bytes;
use serde_json::Value;

use crate::answer::Answer;

#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path: String,
    /// As sent, not decoded.
    pub(crate) query: Option<String>,
    /// Names in lower case, in order of arrival.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Bytes,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The first query parameter of this name, decoded once.
    pub(crate) fn param(&self, name: &str) -> Option<String> {
        form_urlencoded::parse(self.query.as_deref()?.as_bytes())
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.into_owned())
    }

    pub(crate) fn json(&self) -> Result<Value, Answer> {
        serde_json::from_slice(&self.body).map_err(|_| Answer::malformed())
    }

    /// A body that may be absent.
    pub(crate) fn json_or_null(&self) -> Result<Value, Answer> {
        if self.body.is_empty() { Ok(Value::Null) } else { self.json() }
    }
}
