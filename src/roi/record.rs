//! One object of the caller's, read field by field, and what was found wrong in all of them.

use serde_json::{Map, Value};

use super::amount::Amount;
use super::period::{Calendar, Period};
use super::row::Metric;
use crate::model::Failure;

/// More would help nobody, and a call may have thousands of mistakes.
const MOST: usize = 20;
/// Longest text of a name.
const LONGEST: usize = 500;

/// What is wrong, and where.
#[derive(Debug, Default)]
pub struct Problems {
    failures: Vec<Failure>,
    left_out: usize,
}

impl Problems {
    pub fn add(&mut self, place: impl Into<String>, message: impl Into<String>) {
        if self.failures.len() < MOST {
            self.failures.push(Failure::new(place, message));
        } else {
            self.left_out = self.left_out.saturating_add(1);
        }
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.failures.len().saturating_add(self.left_out)
    }

    /// # Errors
    /// All that was noted.
    pub fn finish(mut self) -> Result<(), Vec<Failure>> {
        if self.left_out > 0 {
            self.failures.push(Failure::new("", format!("and {} more of the kind", self.left_out)));
        }
        if self.failures.is_empty() { Ok(()) } else { Err(self.failures) }
    }
}

/// An object at a place such as `rows[3]`.
#[derive(Debug)]
pub struct Record<'p> {
    pub place: String,
    left: Map<String, Value>,
    accepted: Vec<&'static str>,
    problems: &'p mut Problems,
    /// Problems of the objects before it.
    before: usize,
}

impl<'p> Record<'p> {
    /// None, with a problem noted, for what is no object.
    pub fn open(place: String, value: Value, problems: &'p mut Problems) -> Option<Self> {
        match value {
            Value::Object(left) => {
                let before = problems.count();
                Some(Self { place, left, accepted: Vec::new(), problems, before })
            }
            _ => {
                problems.add(place, "must be an object");
                None
            }
        }
    }

    pub fn fail(&mut self, field: &str, message: impl Into<String>) {
        let place = if field.is_empty() { self.place.clone() } else { format!("{}.{field}", self.place) };
        self.problems.add(place, message);
    }

    /// Whether nothing was found wrong with it so far.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.problems.count() == self.before
    }

    /// The value of the first of these names; absent, null and an empty text say nothing.
    pub fn take(&mut self, names: &[&'static str]) -> Option<Value> {
        let mut found: Option<(&str, Value)> = None;
        for name in names {
            self.accepted.push(name);
            let value = self.left.remove(*name).filter(|value| {
                !value.is_null() && value.as_str().is_none_or(|text| !text.trim().is_empty())
            });
            match (value, &found) {
                (Some(value), None) => found = Some((name, value)),
                (Some(_), Some((first, _))) => {
                    let message = format!("stands beside {first}, which means the same: give one of them");
                    self.fail(name, message);
                }
                (None, _) => {}
            }
        }
        found.map(|(_, value)| value)
    }

    /// A text, without the space around it.
    pub fn text(&mut self, names: &[&'static str]) -> Option<String> {
        let name = names.first().copied().unwrap_or_default();
        let text = match self.take(names)? {
            Value::String(text) => text.trim().to_owned(),
            _ => {
                self.fail(name, "must be a text");
                return None;
            }
        };
        if text.len() > LONGEST {
            self.fail(name, format!("must have at most {LONGEST} bytes"));
            return None;
        }
        Some(text)
    }

    pub fn amount(&mut self, names: &[&'static str]) -> Option<Amount> {
        let name = names.first().copied().unwrap_or_default();
        let read = Amount::from_json(&self.take(names)?);
        read.map_err(|error| self.fail(name, error.to_string())).ok()
    }

    /// An amount that is not below zero.
    pub fn positive(&mut self, names: &[&'static str]) -> Option<Amount> {
        let name = names.first().copied().unwrap_or_default();
        let amount = self.amount(names)?;
        if amount.is_negative() {
            self.fail(name, "must not be negative: take credits off before");
            return None;
        }
        Some(amount)
    }

    /// A metric, as it may be.
    pub fn metric(&mut self, metric: Metric, names: &[&'static str]) -> Option<Amount> {
        match metric {
            // Returns may outweigh sales.
            Metric::Value => self.amount(names),
            Metric::Spend | Metric::Conversions => self.positive(names),
            Metric::Impressions | Metric::Clicks => {
                let amount = self.positive(names)?;
                if !amount.is_whole() {
                    self.fail(metric.as_str(), "must be a whole number");
                    return None;
                }
                Some(amount)
            }
        }
    }

    /// The period that a row is of.
    pub fn period(&mut self, calendar: &Calendar) -> Option<Period> {
        let text = self.text(&["period", "date"]);
        calendar.period(text.as_deref()).map_err(|message| self.fail("period", message)).ok()
    }

    /// The code of a currency, in upper case.
    pub fn currency(&mut self) -> Option<String> {
        let text = self.text(&["currency"])?;
        let code = currency(&text);
        if code.is_none() {
            self.fail("currency", CURRENCY);
        }
        code
    }

    /// What is left, taken out: for objects whose keys are the caller's.
    pub fn rest(&mut self) -> Map<String, Value> {
        std::mem::take(&mut self.left)
    }

    /// Notes each field that nobody asked for.
    pub fn finish(mut self) {
        let accepted = self.accepted.join(", ");
        let unknown: Vec<String> = self.left.keys().take(MOST).cloned().collect();
        for name in unknown {
            self.fail(&name, format!("is not a field here; accepted: {accepted}"));
        }
    }
}

/// What a currency looks like.
pub const CURRENCY: &str = "must be the three letters of a currency, such as EUR";

/// A currency's code in upper case.
#[must_use]
pub fn currency(text: &str) -> Option<String> {
    let text = text.trim();
    (text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_alphabetic()))
        .then(|| text.to_ascii_uppercase())
}
