//! From a component's value to JSON.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Map, Number, Value, json};
use wasmtime::component::Val;

use super::{BASE64_KEY, RESOURCE_KEY, Resources};

/// The value as JSON. Resources go into the table.
pub(crate) fn to_json(value: Val, resources: &mut Resources) -> Value {
    match value {
        Val::Bool(value) => value.into(),
        Val::S8(value) => value.into(),
        Val::U8(value) => value.into(),
        Val::S16(value) => value.into(),
        Val::U16(value) => value.into(),
        Val::S32(value) => value.into(),
        Val::U32(value) => value.into(),
        Val::S64(value) => value.into(),
        Val::U64(value) => value.into(),
        Val::Float32(value) => float(value.into()),
        Val::Float64(value) => float(value),
        Val::Char(value) => value.to_string().into(),
        Val::String(value) | Val::Enum(value) => value.into(),
        Val::List(items) if matches!(items.first(), Some(Val::U8(_))) => bytes(&items),
        Val::List(items) | Val::Tuple(items) | Val::FixedLengthList(items) => {
            items.into_iter().map(|item| to_json(item, resources)).collect()
        }
        Val::Map(entries) => entries
            .into_iter()
            .map(|(key, value)| json!([to_json(key, resources), to_json(value, resources)]))
            .collect(),
        Val::Record(fields) => {
            Value::Object(fields.into_iter().map(|(name, value)| (name, to_json(value, resources))).collect())
        }
        Val::Variant(case, None) => case.into(),
        Val::Variant(case, Some(payload)) => object(case, to_json(*payload, resources)),
        Val::Option(value) => value.map_or(Value::Null, |value| to_json(*value, resources)),
        Val::Result(Ok(value)) => object("ok", value.map_or(Value::Null, |value| to_json(*value, resources))),
        Val::Result(Err(value)) => {
            object("err", value.map_or(Value::Null, |value| to_json(*value, resources)))
        }
        Val::Flags(names) => names.into(),
        Val::Resource(resource) => {
            resources.push(resource);
            object(RESOURCE_KEY, (resources.len() - 1).into())
        }
        // Of WASI 0.3, which this host does not link: no function of its worlds can return one.
        Val::Future(_) | Val::Stream(_) | Val::ErrorContext(_) => Value::Null,
    }
}

fn object(key: impl Into<String>, value: Value) -> Value {
    Value::Object(Map::from_iter([(key.into(), value)]))
}

fn float(value: f64) -> Value {
    match Number::from_f64(value) {
        Some(number) => number.into(),
        None => value.to_string().into(),
    }
}

fn bytes(items: &[Val]) -> Value {
    let bytes =
        items.iter().filter_map(|item| if let Val::U8(byte) = item { Some(*byte) } else { None }).collect();
    match String::from_utf8(bytes) {
        Ok(text) => text.into(),
        Err(error) => object(BASE64_KEY, BASE64.encode(error.as_bytes()).into()),
    }
}
