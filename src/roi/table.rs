//! The caller's rows as CSV (RFC 4180): a header of the fields' names, in any case and order, then a row a line.
//!
//! A cell that is empty says nothing. Quotes, line ends within them and a byte order mark are read as usual.

use csv::{ErrorKind, ReaderBuilder, StringRecord};
use serde_json::{Map, Value};

use super::record::Problems;
use super::rows::{MOST, Rows};

/// More columns than fields have names.
const MOST_COLUMNS: usize = 50;
/// Where lines are, in errors.
const PLACE: &str = "rows_csv";

/// Reads all lines into `rows`.
pub fn read(text: &str, rows: &mut Rows<'_>, problems: &mut Problems) {
    let text = text.trim_start_matches('\u{feff}');
    let mut reader = ReaderBuilder::new().from_reader(text.as_bytes());
    let names: Vec<String> = match reader.headers() {
        Ok(header) => header.iter().map(|name| name.trim().to_lowercase()).collect(),
        Err(_) => Vec::new(),
    };
    if let [only] = names.as_slice()
        && only.contains([';', '\t'])
    {
        return problems.add(format!("{PLACE} line 1"), "cells are separated by commas");
    }
    if names.iter().all(String::is_empty) {
        return problems
            .add(PLACE, "has no header: the first line names the fields, such as channel,campaign,spend");
    }
    if names.len() > MOST_COLUMNS {
        return problems.add(format!("{PLACE} line 1"), format!("has more than {MOST_COLUMNS} columns"));
    }
    for (place, name) in names.iter().enumerate() {
        if names.iter().take(place).any(|before| before == name) {
            return problems.add(
                format!("{PLACE} line 1"),
                format!("column {} has the name of one before it", place.saturating_add(1)),
            );
        }
    }
    let mut record = StringRecord::new();
    let mut count = 0usize;
    loop {
        let line = reader.position().line();
        match reader.read_record(&mut record) {
            Ok(false) => return,
            Ok(true) => {}
            Err(error) => {
                let line = error.position().map_or(line, |position| first_line(text, position));
                let message = match error.kind() {
                    ErrorKind::UnequalLengths { expected_len, len, .. } => {
                        format!("has {len} cells where the header has {expected_len}")
                    }
                    _ => "cannot be read as CSV".to_owned(),
                };
                problems.add(format!("{PLACE} line {line}"), message);
                continue;
            }
        }
        count = count.saturating_add(1);
        if count > MOST {
            return problems.add(
                PLACE,
                format!("has more than {MOST} rows: add them up to coarser ones, or compare shorter periods"),
            );
        }
        let line = record.position().map_or(line, |position| first_line(text, position));
        let cells: Map<String, Value> =
            names.iter().cloned().zip(record.iter().map(|cell| Value::String(cell.to_owned()))).collect();
        rows.add(format!("{PLACE} line {line}"), Value::Object(cells), problems);
    }
}

/// The line that a record begins on: its position is before the empty lines that stand before it.
fn first_line(text: &str, position: &csv::Position) -> u64 {
    let before = usize::try_from(position.byte()).ok().and_then(|at| text.get(at..)).unwrap_or_default();
    let empty =
        before.bytes().take_while(|byte| matches!(byte, b'\r' | b'\n')).filter(|byte| *byte == b'\n').count();
    position.line().saturating_add(u64::try_from(empty).unwrap_or_default())
}
