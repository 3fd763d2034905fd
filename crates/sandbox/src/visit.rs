//! What a handler sees of one request.

use jiff::civil::DateTime;
use serde_json::Value;

use crate::Variants;
use crate::account::Account;
use crate::answer::Answer;
use crate::request::Request;
use crate::stored::Write;

/// A request whose caller is known, with the account that it reads and writes.
#[derive(Debug)]
pub(crate) struct Visit<'a> {
    pub(crate) request: &'a Request,
    /// What the `{}` segments of the endpoint's path stand for, still encoded.
    pub(crate) segments: Vec<&'a str>,
    pub(crate) account: &'a mut Account,
    pub(crate) variants: &'a Variants,
    pub(crate) page_unit: usize,
    /// `http://127.0.0.1:PORT`
    pub(crate) base: &'a str,
    /// The project's local time.
    pub(crate) now: DateTime,
}

/// The answer, or the refusal.
pub(crate) type Reply = Result<Answer, Answer>;
pub(crate) type Handler = fn(&mut Visit<'_>) -> Reply;

impl Visit<'_> {
    pub(crate) fn json(&self) -> Result<Value, Answer> {
        self.request.json()
    }

    /// Keeps a write that has no place of its own.
    pub(crate) fn remember(&mut self, body: Value) {
        self.account.stored.writes.push(Write {
            project_id: self.account.config.project_id.clone(),
            path: self.request.path.clone(),
            body,
        });
    }
}
