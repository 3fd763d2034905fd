//! `cargo xtask bench`: what is measured, beside what it may cost.
//!
//! A table for people and `target/bench.json` for machines, both from one list of rows. A row is there only
//! if it was measured in this run; a budget without its measurement is not printed as if it were met.

use std::fs;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::build::{self, Built};
use crate::workspace::Workspace;

/// Measures and tells. Over budget is said, and no error: the tests are not where speed is judged.
pub(crate) fn bench(workspace: &Workspace) -> Result<()> {
    let built = build::build(workspace)?;
    let rows: Vec<Row> = built.iter().map(size).collect();
    print!("\n{}", table(&rows));
    let path = workspace.target().join("bench.json");
    let report = json!({ "rows": rows.iter().map(Row::json).collect::<Vec<_>>() });
    fs::write(&path, format!("{report:#}\n"))
        .with_context(|| format!("could not write {}", path.display()))?;
    println!("\nwritten to {}", workspace.shown(&path));
    Ok(())
}

/// Which side of its budget a value should be on.
#[derive(Clone, Copy)]
enum Bound {
    AtMost(f64),
}

impl Bound {
    fn holds(self, value: f64) -> bool {
        match self {
            Self::AtMost(most) => value <= most,
        }
    }
}

/// One measured value.
struct Row {
    what: String,
    value: f64,
    unit: &'static str,
    bound: Bound,
}

impl Row {
    fn json(&self) -> Value {
        let (key, limit) = match self.bound {
            Bound::AtMost(limit) => ("at_most", limit),
        };
        json!({
            "what": self.what,
            "value": self.value,
            "unit": self.unit,
            key: limit,
            "within_budget": self.bound.holds(self.value),
        })
    }
}

fn size(built: &Built) -> Row {
    Row {
        what: format!("size of {}.wasm", built.component.name),
        value: built.bytes as f64,
        unit: "bytes",
        bound: Bound::AtMost(built.component.budget as f64),
    }
}

/// A Markdown table, for the README.
fn table(rows: &[Row]) -> String {
    let mut text = String::from("| what | measured | budget | |\n|---|---:|---:|---|\n");
    for row in rows {
        let Bound::AtMost(limit) = row.bound;
        let verdict = if row.bound.holds(row.value) { "ok" } else { "over" };
        let (value, limit) = (number(row.value), number(limit));
        text.push_str(&format!("| {} | {value} {} | at most {limit} | {verdict} |\n", row.what, row.unit));
    }
    text
}

/// With separators where it is a whole number, else three digits.
fn number(value: f64) -> String {
    if value.fract() != 0.0 || value.abs() < 1.0 {
        return format!("{value:.3}");
    }
    let digits = format!("{value:.0}");
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at) % 3 == 0 && digit != '-' {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_readable() {
        assert_eq!(number(386_123.0), "386,123");
        assert_eq!(number(999.0), "999");
        assert_eq!(number(1_000_000.0), "1,000,000");
        assert_eq!(number(0.85), "0.850");
    }

    #[test]
    fn a_row_over_budget_says_so() {
        let row = Row { what: "size".to_owned(), value: 500.0, unit: "bytes", bound: Bound::AtMost(400.0) };
        assert!(table(&[row]).contains("| size | 500 bytes | at most 400 | over |"));
    }
}
