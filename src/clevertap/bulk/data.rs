//! Values of profiles and events, within CleverTap's limits ([DOC] S:platform, S:upload, section 4.2).
//!
//! | what | limit |
//! |---|---|
//! | properties of one event or profile | 256 |
//! | name of a property or event | 1 to 120 characters, none of `% > < ! \| & . : ; $ ' " \` nor, in profiles, `#` |
//! | text | 512 characters |
//! | values of a list (profiles) | 100 different texts of 512 characters |
//! | date | `{"$date": …}` with RFC 3339 or `YYYY-MM-DD` becomes `$D_<seconds>` |
//!
//! CleverTap's pages say bytes here and characters there; characters are counted.

use serde_json::Value;

use super::fields::{Fields, unix};

pub(in crate::clevertap) const MOST_PROPERTIES: usize = 256;
pub(in crate::clevertap) const LONGEST_NAME: usize = 120;
pub(in crate::clevertap) const LONGEST_TEXT: usize = 512;
pub(in crate::clevertap) const MOST_VALUES: usize = 100;

/// Whose data it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::clevertap) enum Of {
    Profile,
    Event,
}

/// Why a name cannot be used.
pub(in crate::clevertap) fn name_fault(name: &str, of: Of) -> Option<String> {
    let hash = of == Of::Profile;
    // All of them are ASCII, as most names are.
    let forbidden = |byte: u8| match byte {
        b'%' | b'>' | b'<' | b'!' | b'|' | b'&' | b'.' | b':' | b';' | b'$' | b'\'' | b'"' | b'\\' => true,
        b'#' => hash,
        byte => byte.is_ascii_control(),
    };
    if name.len() > LONGEST_NAME && name.chars().count() > LONGEST_NAME {
        return Some(format!("has a name of more than {LONGEST_NAME} characters"));
    }
    if name.bytes().all(|byte| byte == b' ') {
        return Some("has an empty name".to_owned());
    }
    let bad = name.bytes().find(|byte| forbidden(*byte))?;
    Some(format!(
        "has {:?} in its name; a name has none of % > < ! | & . : ; $ ' \" \\{} and no control character",
        char::from(bad),
        if hash { " #" } else { "" }
    ))
}

/// Whether a text is short enough.
pub(in crate::clevertap) fn fits(text: &str) -> bool {
    text.len() <= LONGEST_TEXT || text.chars().count() <= LONGEST_TEXT
}

/// Checks how many properties there are, and what they are called.
pub(in crate::clevertap) fn check_names<'n>(
    fields: &mut Fields,
    names: impl Iterator<Item = &'n String>,
    place: &str,
    of: Of,
    code: u32,
) {
    let mut count = 0usize;
    for name in names {
        count = count.saturating_add(1);
        if let Some(fault) = name_fault(name, of) {
            fields.fail(code, format!("{place}.{}", short(name)), fault);
        }
    }
    if count > MOST_PROPERTIES {
        let message = format!("has {count} properties; CleverTap takes {MOST_PROPERTIES}");
        fields.fail(super::fields::code::TOO_MANY_PROPERTIES, place, message);
    }
}

/// A date as CleverTap writes it inside data ([OFF] S:snippets).
pub(in crate::clevertap) fn date(seconds: i64) -> Value {
    Value::String(format!("$D_{seconds}"))
}

/// What a scalar, or a date, becomes; the error says what would be accepted.
pub(in crate::clevertap) fn scalar(value: Value) -> Result<Value, String> {
    match value {
        Value::String(text) if fits(&text) => Ok(Value::String(text)),
        Value::String(_) => Err(format!("is a text of more than {LONGEST_TEXT} characters")),
        Value::Number(_) | Value::Bool(_) => Ok(value),
        Value::Object(object) if object.len() == 1 && object.contains_key("$date") => {
            let when = object.get("$date").and_then(unix);
            when.map(date).ok_or_else(|| {
                "is no date: {\"$date\": …} takes RFC 3339 such as 2026-01-31T10:00:00Z, or 2026-01-31, after 1970"
                    .to_owned()
            })
        }
        Value::Null => Err("is null, which is no value: leave it out".to_owned()),
        Value::Array(_) | Value::Object(_) => {
            Err("must be a text, a number, true, false, or a date as {\"$date\": \"2026-01-31\"}".to_owned())
        }
    }
}

/// A name that may be long, for the place of a failure.
pub(in crate::clevertap) fn short(name: &str) -> &str {
    name.char_indices().nth(LONGEST_NAME).and_then(|(end, _)| name.get(..end)).unwrap_or(name)
}
