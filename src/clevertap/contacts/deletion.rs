//! Deleting people ([DOC] S:delete): by identity or object id, up to 100 in a call; CleverTap takes about two
//! days to erase them.
//!
//! | record | sent in |
//! |---|---|
//! | `"user-1"`, `{"id": "user-1"}` | `identity` |
//! | `{"object_id": "…"}` | `guid` |

use serde_json::Value;

use crate::clevertap::bulk::fields::{Fields, code, id};
use crate::clevertap::bulk::{Kind, Ready};
use crate::clevertap::operation::{self, Operation};
use crate::model::Failure;

/// Deletes people.
#[derive(Debug, Clone, Copy, Default)]
pub struct Deletion;

impl Kind for Deletion {
    fn operation(&self) -> &'static Operation {
        &operation::PROFILES_DELETE
    }

    fn most(&self) -> usize {
        100
    }

    fn mixes_slots(&self) -> bool {
        false
    }

    fn prepare(&self, record: Value, _: i64) -> Result<Ready, Vec<Failure>> {
        let (slot, name) = named(record, "a person to delete")?;
        let json = Value::from(name.as_str()).to_string();
        // Deleting somebody who is gone already changes nothing.
        Ok(Ready { id: Some(name), key: None, json, slot, safe: true, warnings: Vec::new() })
    }

    fn body(&self, records: &[(&'static str, String)]) -> String {
        let slot = records.first().map_or("identity", |(slot, _)| *slot);
        let names: Vec<&str> = records.iter().map(|(_, json)| json.as_str()).collect();
        format!("{{\"{slot}\":[{}]}}", names.join(","))
    }
}

/// Somebody by `identity` or `guid`: a text, or an object with `id` or `object_id`.
pub(in super::super) fn named(record: Value, what: &str) -> Result<(&'static str, String), Vec<Failure>> {
    if let Some(name) = id(&record) {
        return Ok(("identity", name));
    }
    let mut fields = Fields::of(record, code::NO_IDENTITY, &format!("{what} is a text, or"))?;
    let (identity, object_id) =
        (fields.id("id", code::NO_IDENTITY), fields.text("object_id", code::OBJECT_ID));
    let named = match (identity, object_id) {
        (Some(identity), None) => ("identity", identity),
        (None, Some(object_id)) => ("guid", object_id),
        _ => {
            fields.fail(code::NO_IDENTITY, "id", "give one of id and object_id");
            ("", String::new())
        }
    };
    fields.finish(code::NO_IDENTITY, &["id", "object_id"])?;
    Ok(named)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn by_identity_or_object_id() {
        let ready = |record| Deletion.prepare(record, 0).map(|ready| (ready.slot, ready.json));
        assert_eq!(ready(json!("a\"b")).unwrap(), ("identity", "\"a\\\"b\"".to_owned()));
        assert_eq!(ready(json!({"id": 5})).unwrap(), ("identity", "\"5\"".to_owned()));
        assert_eq!(ready(json!({"object_id": "o"})).unwrap(), ("guid", "\"o\"".to_owned()));
        for bad in [
            json!({}),
            json!(""),
            json!(null),
            json!({"id": "a", "object_id": "o"}),
            json!({"id": "a", "x": 1}),
        ] {
            assert_eq!(Deletion.prepare(bad.clone(), 0).unwrap_err()[0].code, Some(523), "{bad}");
        }
        let body = Deletion.body(&[("guid", "\"o\"".to_owned()), ("guid", "\"p\"".to_owned())]);
        assert_eq!(serde_json::from_str::<Value>(&body).unwrap(), json!({"guid": ["o", "p"]}));
    }
}
