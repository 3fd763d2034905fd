//! The rows as a Markdown table, for `docs/measurements.md`.

use super::row::{Bound, Row};

pub(super) fn markdown(rows: &[Row]) -> String {
    let mut text = String::from(
        "| what | measured | baseline | ratio | budget | | how |\n|---|---:|---:|---:|---:|---|---|\n",
    );
    for row in rows {
        let measured = with_unit(row.value, &row.unit);
        let (baseline, ratio) = row.baseline.as_ref().map_or_else(Default::default, |baseline| {
            (
                format!("`{}` {}", baseline.what, with_unit(baseline.value, &row.unit)),
                format!("{:.2}", baseline.ratio),
            )
        });
        let budget = row.bound.map_or_else(String::new, |bound| {
            let (side, limit) = match bound {
                Bound::AtMost(limit) => ("at most", limit),
                Bound::AtLeast(limit) => ("at least", limit),
            };
            if row.baseline.is_some() {
                format!("{side} {limit} ×")
            } else {
                format!("{side} {}", with_unit(limit, &row.unit))
            }
        });
        let verdict = row.holds().map_or("", |holds| if holds { "ok" } else { "OVER" });
        let note = row.note.replace('|', "\\|");
        text.push_str(&format!(
            "| {} | {measured} | {baseline} | {ratio} | {budget} | {verdict} | {note} |\n",
            row.what
        ));
    }
    text
}

fn with_unit(value: f64, unit: &str) -> String {
    format!("{} {unit}", number(value))
}

/// With separators where it is large or a whole number, else with one digit behind the point.
fn number(value: f64) -> String {
    if value.fract() != 0.0 && value.abs() < 1000.0 {
        return format!("{value:.1}");
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
    use super::super::row::Baseline;
    use super::*;

    #[test]
    fn numbers_are_readable() {
        assert_eq!(number(386_123.0), "386,123");
        assert_eq!(number(999.0), "999");
        assert_eq!(number(1_000_000.0), "1,000,000");
        assert_eq!(number(2_345.678), "2,346");
        assert_eq!(number(31.25), "31.2");
    }

    #[test]
    fn a_row_over_budget_says_so() {
        let row = Row::new("size".to_owned(), 500.0, "bytes").bound(Bound::AtMost(400.0));
        assert!(
            markdown(&[row]).contains("| size | 500 bytes |  |  | at most 400 bytes | OVER |  |"),
            "a size has no ratio"
        );
    }

    #[test]
    fn a_ratio_has_its_baseline_beside_it() {
        let baseline = Baseline { what: "forward".to_owned(), value: 1000.0, ratio: 0.9 };
        let row = Row::new("/custom".to_owned(), 900.0, "/s").bound(Bound::AtLeast(0.85));
        let table = markdown(&[Row { baseline: Some(baseline), ..row }]);
        assert!(
            table.contains("| /custom | 900 /s | `forward` 1,000 /s | 0.90 | at least 0.85 × | ok |  |"),
            "{table}"
        );
    }
}
