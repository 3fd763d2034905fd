//! From parameters to the JSON that CleverTap reads.
//!
//! Many of its lists are read by POST with a query object. A GET names the object's fields as parameters:
//!
//! | parameter | becomes |
//! |---|---|
//! | `from=20260101`, `to`, `top_n`, `page` | a number; anything else is refused |
//! | `unique=true` | a boolean |
//! | `event_properties=[{"name":…}]` | the JSON that it is |
//! | `groups[foo][trend_type]=daily` | an object in an object |
//! | anything else | a text |
//!
//! `batch_size`, `app`, `events` and `profile` of the exports go into the address, where CleverTap reads them.

use serde_json::{Map, Value, json};

use crate::clevertap::operation::{Operation, Protocol, Scope};
use crate::model::Error;

pub(super) const BATCH_SIZE: &str = "batch_size";

/// What the exports read from the address.
const IN_ADDRESS: &[&str] = &[BATCH_SIZE, "app", "events", "profile"];

/// Fields that CleverTap wants as numbers.
const NUMBERS: &[&str] = &["from", "to", "top_n", "page", "limit"];

/// Whether it reads by POST what is asked for.
pub(super) fn is_read_by_post(operation: &Operation) -> bool {
    operation.method == "POST" && operation.scope == Scope::Read && operation.proxy_method == "list"
}

type Parameters = Vec<(String, String)>;

/// What goes into the address, and what into the body.
pub(super) fn split(operation: &Operation, query: Parameters) -> (Parameters, Parameters) {
    let addressed = |name: &str| operation.protocol == Protocol::Cursor && IN_ADDRESS.contains(&name);
    query.into_iter().partition(|(name, _)| addressed(name))
}

/// Adds parameters to a body.
pub(super) fn merge(body: Option<Value>, parameters: Parameters) -> Result<Value, Error> {
    let mut body = match body {
        None => Map::new(),
        Some(Value::Object(object)) => object,
        Some(_) => {
            return Err(Error::invalid("", "the body must be a JSON object to take parameters beside it"));
        }
    };
    for (name, text) in parameters {
        let keys = keys(&name);
        let field = keys.last().copied().unwrap_or_default();
        let value = value(field, &text).map_err(|message| Error::invalid(name.as_str(), message))?;
        insert(&mut body, &keys, value).map_err(|message| Error::invalid(name.as_str(), message))?;
    }
    Ok(Value::Object(body))
}

/// `groups[foo][trend_type]` is three keys; what is not written so is one.
fn keys(name: &str) -> Vec<&str> {
    let nested = name.split_once('[').and_then(|(first, rest)| {
        let rest = rest.strip_suffix(']')?;
        let keys: Vec<_> = std::iter::once(first).chain(rest.split("][")).collect();
        keys.iter().all(|key| !key.is_empty() && !key.contains(['[', ']'])).then_some(keys)
    });
    nested.unwrap_or_else(|| vec![name])
}

fn insert(object: &mut Map<String, Value>, keys: &[&str], value: Value) -> Result<(), &'static str> {
    match keys {
        [] => Ok(()),
        [key] if object.contains_key(*key) => Err("is given twice"),
        [key] => {
            object.insert((*key).to_owned(), value);
            Ok(())
        }
        [key, rest @ ..] => {
            let inner = object.entry(*key).or_insert_with(|| json!({}));
            insert(inner.as_object_mut().ok_or("is given twice")?, rest, value)
        }
    }
}

fn value(field: &str, text: &str) -> Result<Value, &'static str> {
    if NUMBERS.contains(&field) {
        return text
            .parse::<u64>()
            .map(Value::from)
            .map_err(|_| "must be a whole number; days are written 20260131");
    }
    Ok(match text {
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        _ if text.starts_with(['{', '[']) => serde_json::from_str(text).unwrap_or_else(|_| json!(text)),
        _ => json!(text),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(parameters: &[(&str, &str)]) -> Result<Value, Error> {
        merge(
            None,
            parameters.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        )
    }

    #[test]
    fn parameters_have_the_types_that_clevertap_reads() {
        let got = body(&[
            ("event_name", "123"),
            ("from", "20260101"),
            ("to", "20260131"),
            ("unique", "false"),
            ("event_properties", r#"[{"name":"value","operator":"equals","value":"x"}]"#),
            ("groups[foo][trend_type]", "daily"),
            ("groups[foo][top_n]", "3"),
            ("groups[bar][trend_type]", "weekly"),
            ("odd[", "[not json"),
        ]);
        assert_eq!(
            got.unwrap(),
            json!({
                "event_name": "123", "from": 20260101, "to": 20260131, "unique": false,
                "event_properties": [{"name": "value", "operator": "equals", "value": "x"}],
                "groups": {"foo": {"trend_type": "daily", "top_n": 3}, "bar": {"trend_type": "weekly"}},
                "odd[": "[not json",
            })
        );
    }

    #[test]
    fn what_cannot_be_meant_is_named() {
        for parameters in [
            &[("from", "2026-01-01")][..],
            &[("from", "")],
            &[("a", "1"), ("a", "2")],
            &[("a", "1"), ("a[b]", "2")],
            &[("a[b]", "2"), ("a", "1")],
        ] {
            assert!(matches!(body(parameters), Err(Error::Invalid(_))), "{parameters:?}");
        }
        assert!(merge(Some(json!([])), Vec::new()).is_err());
        assert_eq!(
            merge(Some(json!({"a": 1})), vec![("b".into(), "x".into())]).unwrap(),
            json!({"a": 1, "b": "x"})
        );
    }
}
