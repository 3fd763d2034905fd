//! How the caller wants an answer shown: Truto's `truto_*` parameters.
//!
//! | parameter | here |
//! |---|---|
//! | `truto_response_format` | `unified`, `raw` (the untouched provider objects), `normalized` (unified, without `remote_data`) |
//! | `truto_ignore_remote_data` | true leaves `remote_data` out |
//! | `truto_exclude_fields` | fields to leave out, also inside others: `metrics.sent` |
//! | `truto_key_by` | lists: the result becomes an object keyed by that field |
//! | the others | an error that says why they cannot be honoured |

use serde_json::{Map, Value};

use super::error::Error;
use super::query::Reader;
use crate::model::Warning;

/// What is shown of each record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Unified,
    Raw,
    Normalized,
}

/// What is shown, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Presentation {
    format: Format,
    ignore_remote_data: bool,
    exclude: Vec<String>,
    key_by: Option<String>,
}

/// Parameters that are known from Truto and cannot be honoured, with the reason.
const REFUSED: &[(&str, &str)] = &[
    ("truto_ignore_limit", "is not supported: a page has an end; follow next_cursor to that of the list"),
    (
        "truto_skip_api_call",
        "is not supported: nothing is kept here that could be answered without asking CleverTap",
    ),
    (
        "truto_super_query",
        "is not supported: there is no synced copy of the data; every call reads CleverTap",
    ),
];
/// The same for what only `/custom` does.
const PASSTHROUGH: (&str, &str) =
    ("truto_body_passthrough", "is not supported here: /custom/{path} passes bodies through untouched");
const REMOTE_QUERY: (&str, &str) = (
    "remote_query",
    "is not supported here: this call reads several of CleverTap's endpoints, none of which takes a query of the \
     caller's; /proxy/{resource} and /custom/{path} pass it on",
);

/// Refuses those of Truto's parameters that no route here can honour.
fn refuse_unsupported(reader: &Reader<'_>) {
    for (name, why) in REFUSED {
        reader.refuse(name, why);
    }
}

impl Presentation {
    /// Reads the parameters of a route whose answer is a list.
    pub(crate) fn of_list(reader: &Reader<'_>) -> Self {
        let key_by = reader.text("truto_key_by").map(str::to_owned);
        Self { key_by, ..Self::read(reader) }
    }

    /// Reads the parameters of a route whose answer is one record.
    pub(crate) fn of_one(reader: &Reader<'_>) -> Self {
        reader.refuse("truto_key_by", "is for lists; this answer is one object");
        Self::read(reader)
    }

    /// Reads the parameters of a list whose records are the provider's own already.
    pub(crate) fn of_proxy_list(reader: &Reader<'_>) -> Self {
        Self::provider_format(reader);
        let key_by = reader.text("truto_key_by").map(str::to_owned);
        let exclude = reader.list("truto_exclude_fields").into_iter().map(str::to_owned).collect();
        Self { format: Format::Unified, ignore_remote_data: false, exclude, key_by }
    }

    /// Reads the parameters of a list whose items are made here: there is nothing of the provider's beside them.
    pub(crate) fn of_own_list(reader: &Reader<'_>) -> Self {
        refuse_unsupported(reader);
        for (name, why) in [PASSTHROUGH, REMOTE_QUERY] {
            reader.refuse(name, why);
        }
        reader.flag("truto_ignore_remote_data");
        let format = reader.text("truto_response_format");
        if format.is_some_and(|format| !["unified", "normalized"].contains(&format)) {
            reader.fail("truto_response_format", "takes unified or normalized: these items are made here");
        }
        let key_by = reader.text("truto_key_by").map(str::to_owned);
        let exclude = reader.list("truto_exclude_fields").into_iter().map(str::to_owned).collect();
        Self { format: Format::Unified, ignore_remote_data: false, exclude, key_by }
    }

    /// Reads the parameters of an answer that is the provider's, byte for byte.
    pub(crate) fn verbatim(reader: &Reader<'_>) -> Self {
        Self::provider_format(reader);
        for name in ["truto_key_by", "truto_exclude_fields"] {
            reader.refuse(name, "is for lists; this answer is CleverTap's own, untouched");
        }
        Self { format: Format::Unified, ignore_remote_data: false, exclude: Vec::new(), key_by: None }
    }

    /// What `/proxy` gives is raw and has no `remote_data` beside it: asking for just that is fine.
    fn provider_format(reader: &Reader<'_>) {
        refuse_unsupported(reader);
        reader.refuse(PASSTHROUGH.0, PASSTHROUGH.1);
        reader.flag("truto_ignore_remote_data");
        if reader.text("truto_response_format").is_some_and(|format| format != "raw") {
            reader.fail("truto_response_format", "takes raw only: what /proxy gives is CleverTap's own");
        }
    }

    fn read(reader: &Reader<'_>) -> Self {
        refuse_unsupported(reader);
        for (name, why) in [PASSTHROUGH, REMOTE_QUERY] {
            reader.refuse(name, why);
        }
        let ignore_remote_data = reader.flag("truto_ignore_remote_data").unwrap_or(false);
        let format = match reader.text("truto_response_format") {
            None | Some("unified") => Format::Unified,
            Some("raw") => Format::Raw,
            Some("normalized") => Format::Normalized,
            Some(other) => {
                reader.fail("truto_response_format", refused_format(other));
                Format::Unified
            }
        };
        if format == Format::Raw && ignore_remote_data {
            reader.fail(
                "truto_response_format",
                "raw shows nothing but the remote data, which truto_ignore_remote_data declines: give one of them",
            );
        }
        let exclude = reader.list("truto_exclude_fields").into_iter().map(str::to_owned).collect();
        Self { format, ignore_remote_data, exclude, key_by: None }
    }

    /// Whether the provider's untouched objects are wanted.
    pub(crate) fn wants_remote_data(&self) -> bool {
        match self.format {
            Format::Raw => true,
            Format::Normalized => false,
            Format::Unified => {
                !self.ignore_remote_data && !self.exclude.iter().any(|field| field == "remote_data")
            }
        }
    }

    /// Whether the list is to become an object.
    pub(crate) const fn is_keyed(&self) -> bool {
        self.key_by.is_some()
    }

    /// Whether records are shown as they are, so that they can be written without a detour.
    pub(crate) fn is_plain(&self) -> bool {
        self.format != Format::Raw && self.exclude.is_empty() && self.key_by.is_none()
    }

    /// One record as it is to be shown.
    pub(crate) fn one(&self, record: Value) -> Value {
        let mut shown = self.unwrap_raw(record);
        for field in &self.exclude {
            remove(&mut shown, field);
        }
        shown
    }

    /// The records of a page as they are to be shown. A field to leave out that no record has is a warning.
    ///
    /// # Errors
    /// When `truto_key_by` names a field that does not tell the records apart.
    pub(crate) fn many(&self, records: Vec<Value>, warnings: &mut Vec<Warning>) -> Result<Value, Error> {
        let had_some = !records.is_empty();
        let mut shown: Vec<Value> = records.into_iter().map(|record| self.unwrap_raw(record)).collect();
        // Keys are read before fields are left out: one may be keyed by what is not shown.
        let keys = self.key_by.as_deref().map(|field| keys(&shown, field)).transpose()?;
        for field in self.exclude.iter().filter(|field| *field != "remote_data") {
            let mut found = false;
            for record in &mut shown {
                found |= remove(record, field);
            }
            if had_some && !found {
                warnings.push(
                    Warning::new("excluded_field_absent", "no record on this page has this field")
                        .about(field.clone()),
                );
            }
        }
        if self.exclude.iter().any(|field| field == "remote_data") {
            for record in &mut shown {
                remove(record, "remote_data");
            }
        }
        Ok(match keys {
            Some(keys) => Value::Object(keys.into_iter().zip(shown).collect::<Map<_, _>>()),
            None => Value::Array(shown),
        })
    }

    fn unwrap_raw(&self, record: Value) -> Value {
        match (self.format, record) {
            (Format::Raw, Value::Object(mut fields)) => fields.remove("remote_data").unwrap_or(Value::Null),
            (_, record) => record,
        }
    }
}

fn refused_format(given: &str) -> &'static str {
    match given {
        "stream" => {
            "stream is not supported here: /custom/{path} streams CleverTap's answer; accepted: unified, raw, normalized"
        }
        "debug" => {
            "debug is not supported: one unified call makes several of CleverTap's calls, which the service's log names; \
             accepted: unified, raw, normalized"
        }
        _ => "accepted: unified, raw, normalized",
    }
}

/// Removes a field, or one inside a field by its dotted name. True when it was there.
fn remove(record: &mut Value, field: &str) -> bool {
    let Value::Object(fields) = record else { return false };
    // A whole name first: names of custom fields may have dots themselves.
    if fields.remove(field).is_some() {
        return true;
    }
    field
        .split_once('.')
        .is_some_and(|(outer, inner)| fields.get_mut(outer).is_some_and(|value| remove(value, inner)))
}

fn lookup<'v>(record: &'v Value, field: &str) -> Option<&'v Value> {
    let fields = record.as_object()?;
    fields.get(field).or_else(|| {
        let (outer, inner) = field.split_once('.')?;
        lookup(fields.get(outer)?, inner)
    })
}

/// Each record's key.
fn keys(records: &[Value], field: &str) -> Result<Vec<String>, Error> {
    let mut keys = Vec::with_capacity(records.len());
    let mut seen = std::collections::BTreeSet::new();
    for (place, record) in records.iter().enumerate() {
        let key = match lookup(record, field) {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Number(number)) => number.to_string(),
            Some(Value::Bool(flag)) => flag.to_string(),
            Some(Value::Null | Value::Array(_) | Value::Object(_)) | None => {
                return Err(Error::invalid(
                    "truto_key_by",
                    format!(
                        "record {place} of this page has no text or number there; a field that every record has is id"
                    ),
                ));
            }
        };
        if !seen.insert(key.clone()) {
            return Err(Error::invalid(
                "truto_key_by",
                format!(
                    "record {place} of this page has the same value there as one before it, and would take its place; id tells records apart"
                ),
            ));
        }
        keys.push(key);
    }
    Ok(keys)
}
