//! The fields of a caller's record, taken one by one; what is left over is an error.

use serde_json::{Map, Value};

use crate::clevertap::time;
use crate::model::Failure;

/// CleverTap's codes for records ([DOC] S:errors).
pub(in crate::clevertap) mod code {
    pub(in crate::clevertap) const NAME_MISSING: u32 = 509;
    pub(in crate::clevertap) const EVENT_INVALID: u32 = 512;
    pub(in crate::clevertap) const NAME_RESTRICTED: u32 = 513;
    pub(in crate::clevertap) const GENDER: u32 = 514;
    pub(in crate::clevertap) const EMAIL: u32 = 515;
    pub(in crate::clevertap) const PHONE: u32 = 516;
    pub(in crate::clevertap) const EMPLOYED: u32 = 517;
    pub(in crate::clevertap) const EDUCATION: u32 = 518;
    pub(in crate::clevertap) const MARRIED: u32 = 519;
    pub(in crate::clevertap) const AGE: u32 = 520;
    pub(in crate::clevertap) const TOO_MANY_PROPERTIES: u32 = 522;
    pub(in crate::clevertap) const NO_IDENTITY: u32 = 523;
    pub(in crate::clevertap) const TIME: u32 = 525;
    pub(in crate::clevertap) const OBJECT_ID: u32 = 526;
    pub(in crate::clevertap) const TOKEN_OBJECT_ID: u32 = 530;
    pub(in crate::clevertap) const TOKEN_DATA: u32 = 531;
    pub(in crate::clevertap) const TOKEN_ID: u32 = 532;
    pub(in crate::clevertap) const TOKEN_TYPE_MISSING: u32 = 533;
    pub(in crate::clevertap) const TOKEN_TYPE: u32 = 534;
    pub(in crate::clevertap) const OTHER: u32 = 555;
}

/// Fields of records that are read, which cannot be written.
const READ_ONLY: &[&str] = &[
    "devices",
    "event_summary",
    "first_seen_at",
    "last_seen_at",
    "is_anonymous",
    "occurred_at_remote",
    "profile",
    "session",
];

/// More reasons than these help nobody.
const MOST_FAILURES: usize = 20;

/// A record on its way to CleverTap, and why it cannot get there.
#[derive(Debug)]
pub(in crate::clevertap) struct Fields {
    left: Map<String, Value>,
    failures: Vec<Failure>,
}

impl Fields {
    /// # Errors
    /// For anything but an object, with this code and word for what it should be.
    pub(in crate::clevertap) fn of(record: Value, code: u32, what: &str) -> Result<Self, Vec<Failure>> {
        match record {
            Value::Object(left) => Ok(Self { left, failures: Vec::new() }),
            _ => Err(vec![Failure {
                code: Some(code),
                ..Failure::new("", format!("{what} is a JSON object"))
            }]),
        }
    }

    /// Takes a field; null is the same as absent.
    pub(in crate::clevertap) fn take(&mut self, name: &str) -> Option<Value> {
        self.left.remove(name).filter(|value| !value.is_null())
    }

    /// Notes a reason.
    pub(in crate::clevertap) fn fail(
        &mut self,
        code: u32,
        field: impl Into<String>,
        message: impl Into<String>,
    ) {
        if self.failures.len() < MOST_FAILURES {
            self.failures.push(Failure { code: Some(code), ..Failure::new(field, message) });
        }
    }

    /// Takes a text that is not blank.
    pub(in crate::clevertap) fn text(&mut self, name: &str, code: u32) -> Option<String> {
        match self.take(name)? {
            Value::String(text) if !text.trim().is_empty() => Some(text),
            _ => {
                self.fail(code, name, "must be a text that is not empty");
                None
            }
        }
    }

    /// Takes an id: a text that is not blank, or a whole number.
    pub(in crate::clevertap) fn id(&mut self, name: &str, code: u32) -> Option<String> {
        let value = self.take(name)?;
        let id = id(&value);
        if id.is_none() {
            self.fail(code, name, "must be a text that is not empty, or a whole number");
        }
        id
    }

    /// Takes an object; an absent one is empty.
    pub(in crate::clevertap) fn object(&mut self, name: &str, code: u32) -> Map<String, Value> {
        match self.take(name) {
            None => Map::new(),
            Some(Value::Object(object)) => object,
            Some(_) => {
                self.fail(code, name, "must be an object");
                Map::new()
            }
        }
    }

    /// Takes a list; an absent one is empty.
    pub(in crate::clevertap) fn list(&mut self, name: &str, code: u32) -> Vec<Value> {
        match self.take(name) {
            None => Vec::new(),
            Some(Value::Array(list)) => list,
            Some(_) => {
                self.fail(code, name, "must be a list");
                Vec::new()
            }
        }
    }

    /// Takes a point in time, as Unix seconds.
    pub(in crate::clevertap) fn time(&mut self, name: &str) -> Option<i64> {
        let value = self.take(name)?;
        let time = unix(&value);
        if time.is_none() {
            self.fail(
                code::TIME,
                name,
                "must be RFC 3339 such as 2026-01-31T10:00:00Z, or Unix seconds or milliseconds, after 1970",
            );
        }
        time
    }

    /// The end: no reasons, and nothing left over.
    ///
    /// # Errors
    /// All reasons why the record cannot be sent.
    pub(in crate::clevertap) fn finish(mut self, code: u32, accepted: &[&str]) -> Result<(), Vec<Failure>> {
        let unknown: Vec<String> = self.left.keys().take(MOST_FAILURES).cloned().collect();
        for (place, name) in unknown.into_iter().enumerate() {
            let known =
                if place == 0 { format!("; accepted: {}", accepted.join(", ")) } else { String::new() };
            let what = if READ_ONLY.contains(&name.as_str()) {
                "is only read: leave it out"
            } else {
                "is no field of this record"
            };
            self.fail(code, name, format!("{what}{known}"));
        }
        if self.failures.is_empty() { Ok(()) } else { Err(self.failures) }
    }
}

/// An id as text.
#[must_use]
pub fn id(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.trim().is_empty() => Some(text.clone()),
        Value::Number(number) if number.is_u64() || number.is_i64() => Some(number.to_string()),
        _ => None,
    }
}

/// Unix seconds end here; what is beyond are milliseconds, of a year from 1973 on.
const LATEST_SECONDS: i64 = 99_999_999_999;

/// A point in time after 1970, as Unix seconds: RFC 3339, a date (its beginning in UTC), seconds or milliseconds.
pub(in crate::clevertap) fn unix(value: &Value) -> Option<i64> {
    let seconds = match value {
        Value::String(text) => match time::day_from_iso(text) {
            Some(day) => day.midnight().assume_utc().unix_timestamp(),
            None => time::unix_from_rfc3339(text)?,
        },
        Value::Number(number) => {
            let number = match number.as_i64() {
                Some(number) => number,
                // Whole seconds are all that CleverTap keeps.
                None => number
                    .as_f64()
                    .filter(|number| (0.0..1e15).contains(number))
                    .map(|number| number as i64)?,
            };
            if number > LATEST_SECONDS { number.div_euclid(1000) } else { number }
        }
        _ => return None,
    };
    (1..=LATEST_SECONDS).contains(&seconds).then_some(seconds)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn times_in_all_forms() {
        for (value, expected) in [
            (json!("2026-03-01T12:00:00Z"), Some(1_772_366_400)),
            (json!("2026-03-01T17:30:00+05:30"), Some(1_772_366_400)),
            (json!("2026-03-01"), Some(1_772_323_200)),
            (json!(1_772_366_400), Some(1_772_366_400)),
            (json!(1_772_366_400_999_i64), Some(1_772_366_400)),
            (json!(1_772_366_400.75), Some(1_772_366_400)),
            (json!(0), None),
            (json!(-5), None),
            (json!(u64::MAX), None),
            (json!(1e300), None),
            (json!("yesterday"), None),
            (json!("1772366400"), None),
            (json!(true), None),
        ] {
            assert_eq!(unix(&value), expected, "{value}");
        }
    }
}
