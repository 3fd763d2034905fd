//! One measured value, and how the package `bench` hands it over.

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

/// Which side of its budget a row should be on.
#[derive(Clone, Copy)]
pub(super) enum Bound {
    AtMost(f64),
    AtLeast(f64),
}

impl Bound {
    fn holds(self, value: f64) -> bool {
        match self {
            Self::AtMost(most) => value <= most,
            Self::AtLeast(least) => value >= least,
        }
    }
}

/// What the same was for a component that does as little as possible.
pub(super) struct Baseline {
    pub(super) what: String,
    pub(super) value: f64,
    /// Ours by theirs.
    pub(super) ratio: f64,
}

pub(super) struct Row {
    pub(super) what: String,
    pub(super) value: f64,
    pub(super) unit: String,
    pub(super) baseline: Option<Baseline>,
    /// Of the ratio where there is a baseline, else of the value.
    pub(super) bound: Option<Bound>,
    /// How it was measured.
    pub(super) note: String,
}

impl Row {
    pub(super) fn new(what: String, value: f64, unit: &str) -> Self {
        Self { what, value, unit: unit.to_owned(), baseline: None, bound: None, note: String::new() }
    }

    pub(super) fn bound(mut self, bound: Bound) -> Self {
        self.bound = Some(bound);
        self
    }

    /// Whether the budget is kept, where there is one.
    pub(super) fn holds(&self) -> Option<bool> {
        let judged = self.baseline.as_ref().map_or(self.value, |baseline| baseline.ratio);
        self.bound.map(|bound| bound.holds(judged))
    }

    /// What the package `bench` printed.
    pub(super) fn read_all(text: &str) -> Result<Vec<Self>> {
        let Value::Array(rows) = serde_json::from_str(text).context("the bench printed no JSON")? else {
            bail!("the bench printed no list");
        };
        rows.iter().map(|row| Self::read(row).with_context(|| format!("a row of the bench: {row}"))).collect()
    }

    fn read(row: &Value) -> Option<Self> {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let baseline = match &row["baseline"] {
            Value::Null => None,
            baseline => Some(Baseline {
                what: text(&baseline["what"])?,
                value: baseline["value"].as_f64()?,
                ratio: row["ratio"].as_f64()?,
            }),
        };
        let at_most = row["at_most"].as_f64().map(Bound::AtMost);
        Some(Self {
            what: text(&row["what"])?,
            value: row["value"].as_f64()?,
            unit: text(&row["unit"])?,
            baseline,
            bound: at_most.or_else(|| row["at_least"].as_f64().map(Bound::AtLeast)),
            note: text(&row["note"]).unwrap_or_default(),
        })
    }

    pub(super) fn json(&self) -> Value {
        let mut row = json!({ "what": self.what, "value": self.value, "unit": self.unit });
        if let Some(Baseline { what, value, ratio }) = &self.baseline {
            row["baseline"] = json!({ "what": what, "value": value });
            row["ratio"] = json!(ratio);
        }
        match self.bound {
            Some(Bound::AtMost(limit)) => row["at_most"] = json!(limit),
            Some(Bound::AtLeast(limit)) => row["at_least"] = json!(limit),
            None => {}
        }
        if let Some(holds) = self.holds() {
            row["within_budget"] = json!(holds);
        }
        if !self.note.is_empty() {
            row["note"] = json!(self.note);
        }
        row
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_comes_back_as_it_went() {
        let whole = json!({
            "what": "/custom", "value": 900.5, "unit": "/s", "baseline": { "what": "forward", "value": 1000.0 },
            "ratio": 0.9, "at_least": 0.85, "within_budget": true, "note": "by turns",
        });
        let bare = json!({ "what": "walk", "value": 12.0, "unit": "calls" });
        let text = json!([whole, bare]).to_string();
        let rows: Vec<Value> = Row::read_all(&text).unwrap().iter().map(Row::json).collect();
        assert_eq!(rows, [whole, bare]);
    }

    #[test]
    fn the_ratio_is_judged_where_there_is_one() {
        let row = Row::new("size".to_owned(), 500.0, "bytes").bound(Bound::AtMost(400.0));
        assert_eq!(row.holds(), Some(false));
        let baseline = Baseline { what: "empty".to_owned(), value: 300.0, ratio: 500.0 / 300.0 };
        assert_eq!(Row { baseline: Some(baseline), ..row }.holds(), Some(true));
        assert_eq!(Row::new("walk".to_owned(), 1.0, "s").holds(), None);
    }

    #[test]
    fn half_a_row_is_an_error() {
        assert!(Row::read_all(r#"[{"what":"x"}]"#).is_err());
        assert!(Row::read_all("{}").is_err());
    }
}
