//! Files of our own, for people and for other destinations: all values in clear, as they came.
//!
//! Of a CSV every cell is in quotes, and each value that a spreadsheet would run as a formula (it begins with `=`, `+`,
//! `-` or `@`, be there white space before it, and is no number; or with a tab or a return) has an apostrophe before it,
//! as OWASP advises and as the dashboard's files have it. NDJSON has the values untouched.

use super::column::{Column, Form};
use super::field::Field;
use super::normal;

const fn column(field: Field) -> Column {
    let column = Column::new(field, field.name(), Form::Untouched, normal::as_is);
    // A name that cannot be cut is there as a whole.
    Column { source: super::column::Source::Of(field), ..column }
}

pub(super) static COLUMNS: &[Column] = &[
    column(Field::Id),
    column(Field::Name),
    column(Field::Email),
    column(Field::Phone),
    column(Field::FirstName),
    column(Field::LastName),
    column(Field::Gender),
    column(Field::Birthdate),
    column(Field::City),
    column(Field::State),
    column(Field::PostalCode),
    column(Field::Country),
    column(Field::MobileAdId),
];

pub(super) fn identifies(has: &dyn Fn(&str) -> bool) -> bool {
    ["id", "email", "phone", "mobile_ad_id"].iter().any(|name| has(name))
}

/// The cell of a value.
pub(super) fn cell(value: &str) -> std::borrow::Cow<'_, str> {
    // The byte order mark is white space to spreadsheets.
    let text = value.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    let is_number = text.strip_prefix(['+', '-']).is_some_and(|digits| {
        !digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit() || matches!(c, ' ' | '.' | '(' | ')'))
    });
    let calculates = text.starts_with(['=', '+', '-', '@', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}']);
    let runs = (calculates && !is_number) || value.starts_with(['\t', '\r', '\n']);
    if runs { format!("'{value}").into() } else { value.into() }
}
