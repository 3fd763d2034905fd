//! From JSON to a component's value.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Map, Value};
use wasmtime::component::types::{Case, Record, ResultType, Variant};
use wasmtime::component::{ResourceAny, Type, Val};

use super::{BASE64_KEY, RESOURCE_KEY, ValueError};

type Read = Result<Val, ValueError>;

/// Reads a value of this type. `path` says in errors where the value is.
pub(crate) fn from_json(ty: &Type, value: &Value, path: &str, resources: &[ResourceAny]) -> Read {
    let wrong = |expected: &str| error(path, format!("expected {expected}, not {}", kind(value)));
    let read = |ty: &Type, value: &Value, place: &str| from_json(ty, value, place, resources);
    match ty {
        Type::Bool => value.as_bool().map(Val::Bool).ok_or_else(|| wrong("true or false")),
        Type::S8 => integer(value, path).map(Val::S8),
        Type::U8 => integer(value, path).map(Val::U8),
        Type::S16 => integer(value, path).map(Val::S16),
        Type::U16 => integer(value, path).map(Val::U16),
        Type::S32 => integer(value, path).map(Val::S32),
        Type::U32 => integer(value, path).map(Val::U32),
        Type::S64 => integer(value, path).map(Val::S64),
        Type::U64 => integer(value, path).map(Val::U64),
        #[expect(clippy::cast_possible_truncation, reason = "a float32 has no more to offer")]
        Type::Float32 => {
            float(value).map(|float| Val::Float32(float as f32)).ok_or_else(|| wrong("a number"))
        }
        Type::Float64 => float(value).map(Val::Float64).ok_or_else(|| wrong("a number")),
        Type::Char => {
            let mut chars = value.as_str().unwrap_or_default().chars();
            match (chars.next(), chars.next()) {
                (Some(char), None) => Ok(Val::Char(char)),
                _ => Err(wrong("one character")),
            }
        }
        Type::String => {
            value.as_str().map(|text| Val::String(text.to_owned())).ok_or_else(|| wrong("a text"))
        }
        Type::List(list) if matches!(list.ty(), Type::U8) => bytes(value, path),
        Type::List(list) => {
            let items = value.as_array().ok_or_else(|| wrong("a list"))?;
            let read = |(at, item)| read(&list.ty(), item, &format!("{path}[{at}]"));
            items.iter().enumerate().map(read).collect::<Result<_, _>>().map(Val::List)
        }
        Type::Tuple(tuple) => {
            let items = value.as_array().ok_or_else(|| wrong("a list"))?;
            if items.len() != tuple.types().len() {
                return Err(error(
                    path,
                    format!("expected {} items, not {}", tuple.types().len(), items.len()),
                ));
            }
            let read = |(at, (ty, item)): (usize, (Type, &Value))| read(&ty, item, &format!("{path}[{at}]"));
            tuple.types().zip(items).enumerate().map(read).collect::<Result<_, _>>().map(Val::Tuple)
        }
        Type::Record(ty) => record(ty, value.as_object().ok_or_else(|| wrong("an object"))?, path, resources),
        Type::Variant(ty) => variant(ty, value, path, resources),
        Type::Enum(ty) => match value.as_str().and_then(|case| ty.names().find(|name| same_name(name, case)))
        {
            Some(name) => Ok(Val::Enum(name.to_owned())),
            None => Err(error(path, one_of(ty.names(), value))),
        },
        Type::Option(_) if value.is_null() => Ok(Val::Option(None)),
        Type::Option(option) => Ok(Val::Option(Some(Box::new(read(&option.ty(), value, path)?)))),
        Type::Result(ty) => result(ty, value, path, resources),
        Type::Flags(flags) => {
            let items = value.as_array().ok_or_else(|| wrong("a list of names"))?;
            let find = |item: &Value| {
                let name = item.as_str().and_then(|item| flags.names().find(|name| same_name(name, item)));
                name.map(str::to_owned).ok_or_else(|| error(path, one_of(flags.names(), item)))
            };
            items.iter().map(find).collect::<Result<_, _>>().map(Val::Flags)
        }
        Type::Own(_) | Type::Borrow(_) => {
            let place =
                value.get(RESOURCE_KEY).and_then(Value::as_u64).and_then(|place| usize::try_from(place).ok());
            let resource = place.and_then(|place| resources.get(place));
            resource
                .map(|resource| Val::Resource(*resource))
                .ok_or_else(|| wrong("{\"resource\": n} of this session"))
        }
        Type::Map(_) | Type::FixedLengthList(_) | Type::Future(_) | Type::Stream(_) | Type::ErrorContext => {
            Err(error(path, "this host cannot make a value of this type".to_owned()))
        }
    }
}

/// What a value that was left out is, if its type has something that means nothing.
pub(crate) fn absent(ty: &Type) -> Option<Val> {
    match ty {
        Type::Option(_) => Some(Val::Option(None)),
        Type::List(_) => Some(Val::List(Vec::new())),
        Type::Flags(_) => Some(Val::Flags(Vec::new())),
        Type::Record(record) => record
            .fields()
            .map(|field| Some((field.name.to_owned(), absent(&field.ty)?)))
            .collect::<Option<_>>()
            .map(Val::Record),
        _ => None,
    }
}

fn record(ty: &Record, object: &Map<String, Value>, path: &str, resources: &[ResourceAny]) -> Read {
    if let Some(unknown) = object.keys().find(|key| !ty.fields().any(|field| same_name(field.name, key))) {
        let names = ty.fields().map(|field| field.name);
        let mut problem = format!("no such field; there are {}", list(names));
        if let Some(owner) = ty.fields().find(|field| has_field(&field.ty, unknown)) {
            problem = format!("no such field here; it is one of `{}`", owner.name);
        }
        return Err(error(&inside(path, unknown), problem));
    }
    let mut fields = Vec::with_capacity(ty.fields().len());
    for field in ty.fields() {
        let place = inside(path, field.name);
        let given = object.iter().find(|(key, _)| same_name(field.name, key)).map(|(_, value)| value);
        let value = match given {
            Some(value) => from_json(&field.ty, value, &place, resources)?,
            None => absent(&field.ty).ok_or_else(|| error(&place, "this field is needed".to_owned()))?,
        };
        fields.push((field.name.to_owned(), value));
    }
    Ok(Val::Record(fields))
}

fn has_field(ty: &Type, name: &str) -> bool {
    match ty {
        Type::Option(option) => has_field(&option.ty(), name),
        Type::Record(record) => record.fields().any(|field| same_name(field.name, name)),
        _ => false,
    }
}

fn variant(ty: &Variant, value: &Value, path: &str, resources: &[ResourceAny]) -> Read {
    let (name, payload) = match value {
        Value::String(name) => (name.as_str(), None),
        Value::Object(object) => match object.iter().next() {
            Some((name, payload)) if object.len() == 1 => (name.as_str(), Some(payload)),
            _ => return Err(error(path, "expected an object with one case".to_owned())),
        },
        _ => return Err(error(path, one_of(ty.cases().map(|case| case.name), value))),
    };
    let Some(case) = ty.cases().find(|case| same_name(case.name, name)) else {
        return Err(error(path, one_of(ty.cases().map(|case| case.name), value)));
    };
    let Case { name, ty } = case;
    let place = inside(path, name);
    let payload = match (ty, payload) {
        (Some(ty), Some(payload)) => Some(Box::new(from_json(&ty, payload, &place, resources)?)),
        (None, None | Some(Value::Null)) => None,
        (Some(_), None) => return Err(error(&place, "this case needs a value".to_owned())),
        (None, Some(_)) => return Err(error(&place, "this case has no value".to_owned())),
    };
    Ok(Val::Variant(name.to_owned(), payload))
}

fn result(ty: &ResultType, value: &Value, path: &str, resources: &[ResourceAny]) -> Read {
    let side = |ty: Option<Type>, value: &Value, name: &str| match ty {
        Some(ty) => from_json(&ty, value, &inside(path, name), resources).map(|value| Some(Box::new(value))),
        None => Ok(None),
    };
    match (value.get("ok"), value.get("err")) {
        (Some(value), None) => Ok(Val::Result(Ok(side(ty.ok(), value, "ok")?))),
        (None, Some(value)) => Ok(Val::Result(Err(side(ty.err(), value, "err")?))),
        _ => Err(error(path, "expected {\"ok\": …} or {\"err\": …}".to_owned())),
    }
}

fn bytes(value: &Value, path: &str) -> Read {
    let bytes = match value {
        Value::String(text) => text.as_bytes().to_vec(),
        Value::Array(items) => items.iter().map(|item| integer(item, path)).collect::<Result<_, _>>()?,
        Value::Object(object) => {
            let text = object.get(BASE64_KEY).and_then(Value::as_str).filter(|_| object.len() == 1);
            let text =
                text.ok_or_else(|| error(path, "expected text, {\"base64\": \"…\"} or a list".to_owned()))?;
            BASE64.decode(text).map_err(|_| error(path, "this is not base64".to_owned()))?
        }
        other => return Err(error(path, format!("expected text or bytes, not {}", kind(other)))),
    };
    Ok(Val::List(bytes.into_iter().map(Val::U8).collect()))
}

/// Exact: a number, or a text of digits, within the type's range.
fn integer<T: TryFrom<i128>>(value: &Value, path: &str) -> Result<T, ValueError> {
    let number = match value {
        Value::Number(number) => number.as_i128(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    };
    let number =
        number.ok_or_else(|| error(path, format!("expected a whole number, not {}", kind(value))))?;
    T::try_from(number)
        .map_err(|_| error(path, format!("{number} is out of range for {}", std::any::type_name::<T>())))
}

fn float(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}

fn same_name(kebab: &str, given: &str) -> bool {
    kebab == given || (given.contains('_') && kebab == given.replace('_', "-"))
}

fn inside(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

fn one_of<'a>(names: impl Iterator<Item = &'a str>, value: &Value) -> String {
    format!("expected one of {}, not {}", list(names), kind(value))
}

fn list<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names.map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// What a value is, without showing it: it may be a secret.
fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "this number",
        Value::String(_) => "this text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

fn error(path: &str, problem: String) -> ValueError {
    ValueError { path: path.to_owned(), problem }
}
