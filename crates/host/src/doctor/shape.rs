//! What a value looks like, without showing it.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Reply;

/// The type of a value.
pub(super) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(number) if number.is_u64() || number.is_i64() => "integer",
        Value::Number(_) => "number",
        Value::String(_) => "text",
        Value::Array(_) => "list",
        Value::Object(_) => "object",
    }
}

/// The kinds of several values, each once.
pub(super) fn kinds<'a>(values: impl Iterator<Item = &'a Value>) -> String {
    let kinds: BTreeSet<_> = values.map(kind).collect();
    kinds.into_iter().collect::<Vec<_>>().join(" or ")
}

/// A key that is a word is API; any other may be somebody's data.
pub(super) fn key(key: &str) -> &str {
    let word = |byte: u8| byte.is_ascii_alphabetic() || matches!(byte, b' ' | b'_' | b'-');
    if key.len() <= 40 && key.bytes().all(word) { key } else { "…" }
}

/// The keys of all these objects.
pub(super) fn keys<'a>(objects: impl Iterator<Item = &'a Value>) -> BTreeSet<&'a str> {
    objects.filter_map(Value::as_object).flat_map(|object| object.keys()).map(|name| key(name)).collect()
}

/// Names in a row.
pub(super) fn row<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let names: Vec<_> = names.into_iter().map(|name| format!("`{name}`")).collect();
    if names.is_empty() { "nothing".to_owned() } else { names.join(", ") }
}

/// An answer's status, and its keys.
pub(super) fn reply(reply: &Reply) -> String {
    match reply {
        Reply::Failed(fault) => format!("no answer: {fault}"),
        Reply::Answer { status, body, .. } => {
            let code = body["code"].as_i64().map_or_else(String::new, |code| format!(", code {code}"));
            let own =
                body["status"].as_str().map_or_else(String::new, |own| format!(", status `{}`", key(own)));
            match body {
                Value::Object(_) => {
                    format!("HTTP {status}{own}{code}, keys {}", row(keys([body].into_iter())))
                }
                other => format!("HTTP {status}, body {}", kind(other)),
            }
        }
    }
}

/// `YYYYMMDD`.
pub(super) fn is_day(text: &str) -> bool {
    text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The form of a time of CleverTap's.
pub(super) fn time_form(value: &Value) -> &'static str {
    const EPOCH_LATEST: u64 = 99_999_999_999;
    match value {
        Value::Number(number) => match number.as_u64() {
            Some(packed) if packed.to_string().len() == 12 => "packed integer yyyymmddHHMM",
            Some(epoch) if epoch <= EPOCH_LATEST => "epoch seconds",
            Some(_) => "epoch milliseconds or another integer",
            None => "another number",
        },
        Value::String(text) if is_report_time(text) => "text dd Mon, YYYY HH:MM:SS",
        Value::String(text) if text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit()) => {
            "packed text yyyymmddHHMM"
        }
        Value::String(_) => "another text",
        other => kind(other),
    }
}

/// `dd Mon, YYYY HH:MM:SS`, the day with one digit or two.
fn is_report_time(text: &str) -> bool {
    let form: String = text
        .chars()
        .map(|char| match char {
            '0'..='9' => '9',
            'a'..='z' | 'A'..='Z' => 'a',
            other => other,
        })
        .collect();
    matches!(form.as_str(), "99 aaa, 9999 99:99:99" | "9 aaa, 9999 99:99:99")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn forms_of_times() {
        assert_eq!(time_form(&json!(202601311530_u64)), "packed integer yyyymmddHHMM");
        assert_eq!(time_form(&json!(1_790_000_000)), "epoch seconds");
        assert_eq!(time_form(&json!("31 Jan, 2026 15:30:00")), "text dd Mon, YYYY HH:MM:SS");
        assert_eq!(time_form(&json!("2026-01-31")), "another text");
        assert_eq!(time_form(&json!(null)), "null");
    }

    #[test]
    fn keys_that_may_be_data_are_hidden() {
        let objects = [json!({"message id": 1, "jane@example.com": 2, "20260101": 3})];
        assert_eq!(row(keys(objects.iter())), "`message id`, `…`");
    }
}
