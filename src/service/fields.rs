//! The fields of a JSON body, taken one by one.
//!
//! As with [`query`](super::query): a route asks for what it takes and ends with [`Fields::finish`], which reports
//! all that is wrong at once, and every field that nobody asked for. Values are never echoed: one may be a
//! passcode in the wrong place.

use serde_json::{Map, Value};

use super::error::{Error, Missing, Place};
use crate::model::{self, Failure};

/// Unknown fields that are told at once.
const MOST_UNKNOWN: usize = 20;

/// A body's fields, and what was found wrong with them.
#[derive(Debug)]
pub(crate) struct Fields {
    left: Map<String, Value>,
    accepted: Vec<&'static str>,
    failures: Vec<Failure>,
    missing: Vec<Failure>,
}

impl Fields {
    pub(crate) const fn new(fields: Map<String, Value>) -> Self {
        Self { left: fields, accepted: Vec::new(), failures: Vec::new(), missing: Vec::new() }
    }

    /// A value; none where it is absent, and null where it is that.
    fn take(&mut self, name: &'static str) -> Option<Value> {
        self.accepted.push(name);
        self.left.remove(name)
    }

    /// Notes something wrong.
    pub(crate) fn fail(&mut self, field: impl Into<String>, message: impl Into<String>) {
        self.failures.push(Failure::new(field, message));
    }

    /// Notes what was found wrong elsewhere.
    pub(crate) fn fail_with(&mut self, failures: Vec<Failure>) {
        self.failures.extend(failures);
    }

    /// A text that is not empty; none where it is absent or null.
    pub(crate) fn text(&mut self, name: &'static str) -> Option<String> {
        self.change(name).flatten()
    }

    /// What a text is to become: none to stay, null to be taken away.
    pub(crate) fn change(&mut self, name: &'static str) -> Option<Option<String>> {
        match self.take(name)? {
            Value::Null => Some(None),
            Value::String(text) if !text.trim().is_empty() => Some(Some(text)),
            _ => {
                self.fail(name, "must be a text that is not empty");
                None
            }
        }
    }

    /// A text that must be there; empty when it is noted as missing or wrong.
    pub(crate) fn needed(&mut self, name: &'static str, what: &str) -> String {
        let before = self.failures.len();
        let text = self.text(name);
        if text.is_none() && self.failures.len() == before {
            self.missing.push(Failure::new(name, format!("is missing: {what}")));
        }
        text.unwrap_or_default()
    }

    /// An object; empty where it is null.
    pub(crate) fn object(&mut self, name: &'static str) -> Option<Map<String, Value>> {
        match self.take(name)? {
            Value::Object(object) => Some(object),
            Value::Null => Some(Map::new()),
            _ => {
                self.fail(name, "must be an object");
                None
            }
        }
    }

    /// A list.
    pub(crate) fn list(&mut self, name: &'static str) -> Option<Vec<Value>> {
        match self.take(name)? {
            Value::Array(list) => Some(list),
            Value::Null => None,
            _ => {
                self.fail(name, "must be a list");
                None
            }
        }
    }

    pub(crate) fn flag(&mut self, name: &'static str) -> Option<bool> {
        match self.take(name)? {
            Value::Bool(flag) => Some(flag),
            Value::Null => None,
            _ => {
                self.fail(name, "must be true or false");
                None
            }
        }
    }

    /// A whole number within bounds.
    pub(crate) fn number(&mut self, name: &'static str, least: u32, most: u32) -> Option<u32> {
        let value = self.take(name).filter(|value| !value.is_null())?;
        let number = value.as_u64().and_then(|number| u32::try_from(number).ok());
        let number = number.filter(|number| (least..=most).contains(number));
        if number.is_none() {
            self.fail(name, format!("must be a whole number from {least} to {most}"));
        }
        number
    }

    /// # Errors
    /// All that was noted, and every field that nobody asked for.
    pub(crate) fn finish(self) -> Result<(), Error> {
        let Self { left, accepted, mut failures, missing } = self;
        let accepted = accepted.join(", ");
        failures.extend(left.keys().take(MOST_UNKNOWN).map(|key| {
            Failure::new(key.clone(), format!("is not a field of this call; accepted: {accepted}"))
        }));
        match (failures.is_empty(), missing.is_empty()) {
            (true, true) => Ok(()),
            (true, false) => Err(Error::Missing(Missing { place: Place::Body, failures: missing })),
            (false, _) => {
                failures.extend(missing);
                Err(Error::Core(model::Error::Invalid(failures)))
            }
        }
    }
}
