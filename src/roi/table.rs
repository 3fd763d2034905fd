//! A table of the caller's, as a list of objects or as CSV (RFC 4180): a header of the fields' names, in any case and
//! order, then a row a line.
//!
//! A cell that is empty says nothing. Quotes, line ends within them and a byte order mark are read as usual.

use csv::{ErrorKind, ReaderBuilder, StringRecord};
use serde_json::{Map, Value};

use super::record::Problems;
use super::rows::MOST;

/// More columns than fields have names.
const MOST_COLUMNS: usize = 50;

/// A field of the body that is a table.
#[derive(Debug, Clone, Copy)]
pub struct Table {
    pub list: &'static str,
    pub csv: &'static str,
    header: &'static str,
}

/// Of other channels.
pub const ROWS: Table = Table { list: "rows", csv: "rows_csv", header: "channel,campaign,spend" };
/// What CleverTap's campaigns brought.
pub const RESULTS: Table =
    Table { list: "results", csv: "results_csv", header: "campaign_id,conversions,value,currency" };

/// Takes a row, after where it stands.
pub type Add<'a> = &'a mut dyn FnMut(String, Value, &mut Problems);

impl Table {
    /// Reads all of its rows, in whichever form they come.
    pub fn read(self, list: Option<Value>, csv: Option<&str>, problems: &mut Problems, add: Add<'_>) {
        let Self { list: name, csv: other, .. } = self;
        if list.is_some() && csv.is_some() {
            problems.add(other, format!("stands beside {name}: give one of them"));
        }
        match list {
            Some(Value::Array(list)) if list.len() > MOST => problems.add(name, too_many()),
            Some(Value::Array(list)) => {
                for (index, value) in list.into_iter().enumerate() {
                    add(format!("{name}[{index}]"), value, problems);
                }
            }
            Some(_) => problems.add(name, format!("must be a list of objects; CSV goes into {other}")),
            None => {}
        }
        if let Some(csv) = csv {
            self.lines(csv, problems, add);
        }
    }

    fn lines(self, text: &str, problems: &mut Problems, add: Add<'_>) {
        let Self { csv: name, header, .. } = self;
        let text = text.trim_start_matches('\u{feff}');
        let mut reader = ReaderBuilder::new().from_reader(text.as_bytes());
        let names: Vec<String> = match reader.headers() {
            Ok(header) => header.iter().map(|name| name.trim().to_lowercase()).collect(),
            Err(_) => Vec::new(),
        };
        if let [only] = names.as_slice()
            && only.contains([';', '\t'])
        {
            return problems.add(format!("{name} line 1"), "cells are separated by commas");
        }
        if names.iter().all(String::is_empty) {
            return problems
                .add(name, format!("has no header: the first line names the fields, such as {header}"));
        }
        if names.len() > MOST_COLUMNS {
            return problems.add(format!("{name} line 1"), format!("has more than {MOST_COLUMNS} columns"));
        }
        for (place, column) in names.iter().enumerate() {
            if names.iter().take(place).any(|before| before == column) {
                return problems.add(
                    format!("{name} line 1"),
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
                    problems.add(format!("{name} line {line}"), message);
                    continue;
                }
            }
            count = count.saturating_add(1);
            if count > MOST {
                return problems.add(name, too_many());
            }
            let line = record.position().map_or(line, |position| first_line(text, position));
            let cells: Map<String, Value> =
                names.iter().cloned().zip(record.iter().map(|cell| Value::String(cell.to_owned()))).collect();
            add(format!("{name} line {line}"), Value::Object(cells), problems);
        }
    }
}

fn too_many() -> String {
    format!("has more than {MOST} rows: add them up to coarser ones, or compare shorter periods")
}

/// The line that a record begins on: its position is before the empty lines that stand before it.
fn first_line(text: &str, position: &csv::Position) -> u64 {
    let before = usize::try_from(position.byte()).ok().and_then(|at| text.get(at..)).unwrap_or_default();
    let empty =
        before.bytes().take_while(|byte| matches!(byte, b'\r' | b'\n')).filter(|byte| *byte == b'\n').count();
    position.line().saturating_add(u64::try_from(empty).unwrap_or_default())
}
