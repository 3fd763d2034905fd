//! A measured value, as it is handed to `cargo xtask bench`, which knows how to print it.

use serde_json::{Map, Value, json};

/// What a row's ratio, or its value if it has none, may be.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Bound {
    AtMost(f64),
    AtLeast(f64),
}

/// One row of the table.
#[derive(Debug)]
pub(crate) struct Row {
    what: String,
    value: f64,
    unit: &'static str,
    /// Name and value of what it is measured against.
    baseline: Option<(&'static str, f64)>,
    /// Not the quotient of the two medians where rounds were interleaved: the median of the rounds' own.
    ratio: Option<f64>,
    bound: Option<Bound>,
    note: String,
}

impl Row {
    pub(crate) fn new(what: impl Into<String>, value: f64, unit: &'static str) -> Self {
        Self { what: what.into(), value, unit, baseline: None, ratio: None, bound: None, note: String::new() }
    }

    pub(crate) fn against(mut self, name: &'static str, value: f64, ratio: f64) -> Self {
        self.baseline = Some((name, value));
        self.ratio = Some(ratio);
        self
    }

    pub(crate) fn bound(mut self, bound: Bound) -> Self {
        self.bound = Some(bound);
        self
    }

    pub(crate) fn note(mut self, note: impl Into<String>) -> Self {
        self.note = note.into();
        self
    }

    pub(crate) fn json(&self) -> Value {
        let mut row = Map::new();
        row.insert("what".to_owned(), json!(self.what));
        row.insert("value".to_owned(), json!(self.value));
        row.insert("unit".to_owned(), json!(self.unit));
        if let Some((name, value)) = self.baseline {
            row.insert("baseline".to_owned(), json!({ "what": name, "value": value }));
        }
        if let Some(ratio) = self.ratio {
            row.insert("ratio".to_owned(), json!(ratio));
        }
        match self.bound {
            Some(Bound::AtMost(limit)) => row.insert("at_most".to_owned(), json!(limit)),
            Some(Bound::AtLeast(limit)) => row.insert("at_least".to_owned(), json!(limit)),
            None => None,
        };
        if !self.note.is_empty() {
            row.insert("note".to_owned(), json!(self.note));
        }
        Value::Object(row)
    }
}
