//! Push tokens of devices ([OFF] S:snippets; codes [DOC] S:errors).
//!
//! | unified | CleverTap | code |
//! |---|---|---|
//! | `object_id` | `objectId` | 530 |
//! | `token` | `tokenData.id` | 532 |
//! | `type` | `tokenData.type`: `chrome`, `fcm`, `gcm`, `apns`, `wns`, `mpns` | 533, 534 |
//! | `keys: {p256dh, auth}` | `tokenData.keys`, of `chrome` only | 531 |

use serde_json::{Map, Value, json};

use crate::clevertap::bulk::fields::{Fields, code};
use crate::clevertap::bulk::{Kind, Ready, upload_body};
use crate::clevertap::operation::{self, Operation};
use crate::model::Failure;

const TYPES: &[&str] = &["chrome", "fcm", "gcm", "apns", "wns", "mpns"];
/// The longest token that is known of is some hundred bytes.
const LONGEST: usize = 4096;

/// Sets push tokens.
#[derive(Debug, Clone, Copy, Default)]
pub struct Tokens;

impl Kind for Tokens {
    fn operation(&self) -> &'static Operation {
        &operation::DEVICE_TOKENS_UPLOAD
    }

    fn most(&self) -> usize {
        1000
    }

    fn prepare(&self, record: Value, _: i64) -> Result<Ready, Vec<Failure>> {
        let mut fields = Fields::of(record, code::TOKEN_DATA, "a device token")?;
        let object_id = fields.text("object_id", code::TOKEN_OBJECT_ID);
        if object_id.is_none() {
            fields.fail(code::TOKEN_OBJECT_ID, "object_id", "is missing: the device's object id");
        }
        let token = fields.text("token", code::TOKEN_ID);
        match &token {
            None => fields.fail(code::TOKEN_ID, "token", "is missing: the device's push token"),
            Some(token) if token.len() > LONGEST || token.contains(char::is_whitespace) => {
                fields.fail(code::TOKEN_ID, "token", format!("has spaces, or more than {LONGEST} bytes"));
            }
            Some(_) => {}
        }
        let kind = fields.text("type", code::TOKEN_TYPE_MISSING).map(|kind| kind.to_ascii_lowercase());
        match &kind {
            None => fields.fail(
                code::TOKEN_TYPE_MISSING,
                "type",
                format!("is missing: one of {}", TYPES.join(", ")),
            ),
            Some(kind) if !TYPES.contains(&kind.as_str()) => {
                fields.fail(code::TOKEN_TYPE, "type", format!("must be one of {}", TYPES.join(", ")));
            }
            Some(_) => {}
        }
        let keys = fields.object("keys", code::TOKEN_DATA);
        let text = |name: &str| keys.get(name).and_then(Value::as_str).is_some_and(|text| !text.is_empty());
        let whole = keys.len() == 2 && text("p256dh") && text("auth") && kind.as_deref() == Some("chrome");
        if !keys.is_empty() && !whole {
            fields.fail(code::TOKEN_DATA, "keys", "must be p256dh and auth, and belongs to the type chrome");
        }
        fields.finish(code::TOKEN_DATA, &["object_id", "token", "type", "keys"])?;
        let mut data = Map::new();
        data.insert("id".to_owned(), json!(token));
        data.insert("type".to_owned(), json!(kind));
        if !keys.is_empty() {
            data.insert("keys".to_owned(), Value::Object(keys));
        }
        let json = json!({"type": "token", "objectId": object_id, "tokenData": data}).to_string();
        // A token that is set twice is the same token.
        Ok(Ready { id: object_id, key: None, json, slot: "", safe: true, warnings: Vec::new() })
    }

    fn body(&self, records: &[(&'static str, String)]) -> String {
        upload_body(records)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_and_what_is_wrong_with_them() {
        let keys = json!({"p256dh": "p", "auth": "a"});
        let record = json!({"object_id": "o", "token": "t", "type": "Chrome", "keys": keys});
        let sent: Value = serde_json::from_str(&Tokens.prepare(record, 0).unwrap().json).unwrap();
        assert_eq!(
            sent,
            json!({"type": "token", "objectId": "o", "tokenData": {"id": "t", "type": "chrome", "keys": keys}})
        );
        for (bad, codes) in [
            (json!({}), vec![530, 532, 533]),
            (json!({"object_id": "o", "token": "t", "type": "sms"}), vec![534]),
            (json!({"object_id": "o", "token": "a b", "type": "fcm"}), vec![532]),
            (json!({"object_id": "o", "token": "t", "type": "fcm", "keys": keys}), vec![531]),
            (json!({"object_id": 5, "token": "t", "type": "fcm"}), vec![530, 530]),
            (json!(7), vec![531]),
        ] {
            let found: Vec<u32> = Tokens
                .prepare(bad.clone(), 0)
                .unwrap_err()
                .iter()
                .filter_map(|failure| failure.code)
                .collect();
            assert_eq!(found, codes, "{bad}");
        }
    }
}
