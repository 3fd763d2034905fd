//! Bodies of requests, read as JSON.

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::error::Error;
use super::negotiate;
use crate::transport::body::ReadError;
use crate::transport::{Body, Headers, header};

/// The longest body that is read into memory. `/custom` streams and has no such limit.
pub(crate) const LIMIT: usize = 8 << 20;

/// The body as JSON; none when it is empty.
///
/// # Errors
/// 413, 415, or 400 for what is no JSON.
pub(crate) async fn json(headers: &Headers, body: Body) -> Result<Option<Value>, Error> {
    json_up_to(headers, body, usize::MAX).await
}

/// The same; of a list no more than one value beyond `most` is kept, which tells that it is too long. Small values
/// take far more memory than text.
///
/// # Errors
/// As [`json`].
pub(crate) async fn json_up_to(headers: &Headers, body: Body, most: usize) -> Result<Option<Value>, Error> {
    let bytes = whole(headers, body).await?;
    if bytes.is_empty() {
        return Ok(None);
    }
    negotiate::check_content(headers)?;
    let mut text = serde_json::Deserializer::from_slice(&bytes);
    let read = Bounded(most).deserialize(&mut text).and_then(|value| text.end().map(|()| value));
    read.map(Some).map_err(|error| {
        Error::NotJson(format!(
            "the body is not JSON: something is wrong at line {}, column {}",
            error.line(),
            error.column()
        ))
    })
}

/// All of the body, up to [`LIMIT`].
///
/// # Errors
/// 413, and 400 for one that broke off.
pub(crate) async fn whole(headers: &Headers, body: Body) -> Result<Vec<u8>, Error> {
    let stated = header(headers, "content-length").and_then(|length| length.trim().parse::<u64>().ok());
    let longest = body.len().max(stated).unwrap_or(0);
    if usize::try_from(longest).map_or(true, |length| length > LIMIT) {
        return Err(Error::TooLarge { limit: LIMIT });
    }
    body.read(LIMIT).await.map_err(|error| match error {
        ReadError::TooLong(limit) => Error::TooLarge { limit },
        ReadError::Failed(_) => Error::BodyBroken("the request's body broke off before its end".to_owned()),
    })
}

/// A JSON value of which, if it is a list, so many values are kept, and one more.
struct Bounded(usize);

impl<'de> DeserializeSeed<'de> for Bounded {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, text: D) -> Result<Value, D::Error> {
        text.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Bounded {
    type Value = Value;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("JSON")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while values.len() <= self.0 {
            let Some(value) = list.next_element()? else { return Ok(Value::Array(values)) };
            values.push(value);
        }
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, fields: A) -> Result<Value, A::Error> {
        Value::deserialize(MapAccessDeserializer::new(fields))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }
}

/// The body as a JSON object.
///
/// # Errors
/// As [`json`], and 400 for anything but an object.
pub(crate) async fn object(headers: &Headers, body: Body) -> Result<Map<String, Value>, Error> {
    match json(headers, body).await? {
        Some(Value::Object(fields)) => Ok(fields),
        Some(_) => Err(Error::invalid("", "the body must be a JSON object")),
        None => Err(Error::missing_body("", "the body is empty; it must be a JSON object")),
    }
}
