//! Content sent to known people now ([DOC] S:create, [OFF] S:snippets).
//!
//! | unified | CleverTap |
//! |---|---|
//! | `channel`: push, email, sms, web_push, whatsapp | `/1/send/{push,email,sms,webpush,whatsapp}.json` |
//! | `content`, and `title`, `subject_line`, `body`, `from_name` | `content`, and its `title`, `subject`, `body`, `sender_name` |
//! | `campaign_id` | the same, CleverTap's own; an id of this API is taken, too |
//! | `tag_group`, `provider_nick_name` | the same |
//! | `respect_frequency_caps`, `respect_communication_preference` | the same: true or false |
//! | `message_id` | the same, of WhatsApp only, up to 8 characters |
//! | `remote_data` | merged over all of it |

use serde_json::{Map, Value};

use super::recipient::{recipient, to};
use crate::clevertap::bulk::{Kind, Ready};
use crate::clevertap::campaigns::CampaignId;
use crate::clevertap::operation::{self, Operation};
use crate::model::{Channel, Error, Failure};

/// A message, but for its recipients.
#[derive(Debug)]
pub struct Send {
    operation: &'static Operation,
    /// All fields but `to`.
    message: Map<String, Value>,
}

const TEXTS: &[&str] = &["campaign_id", "tag_group", "provider_nick_name", "message_id"];
const FLAGS: &[&str] = &["respect_frequency_caps", "respect_communication_preference"];
const CONTENT: &[(&str, &str)] =
    &[("title", "title"), ("subject_line", "subject"), ("body", "body"), ("from_name", "sender_name")];
const LONGEST_MESSAGE_ID: usize = 8;

fn operation(channel: Channel) -> Option<&'static Operation> {
    match channel {
        Channel::Push => Some(&operation::SEND_PUSH),
        Channel::Email => Some(&operation::SEND_EMAIL),
        Channel::Sms => Some(&operation::SEND_SMS),
        Channel::WebPush => Some(&operation::SEND_WEBPUSH),
        Channel::Whatsapp => Some(&operation::SEND_WHATSAPP),
        _ => None,
    }
}

impl Send {
    /// Reads a message without its channel and recipients.
    ///
    /// # Errors
    /// [`Error::Invalid`] with every field that cannot be used.
    pub fn new(channel: Channel, mut fields: Map<String, Value>) -> Result<Self, Error> {
        let mut failures = Vec::new();
        let operation = operation(channel);
        if operation.is_none() {
            failures.push(Failure::new(
                "channel",
                "must be push, email, sms, web_push or whatsapp: CleverTap sends no other to known people",
            ));
        }
        let mut message = Map::new();
        let mut content = match fields.remove("content") {
            None | Some(Value::Null) => Map::new(),
            Some(Value::Object(content)) => content,
            Some(_) => {
                failures
                    .push(Failure::new("content", "must be an object, in CleverTap's shape for the channel"));
                Map::new()
            }
        };
        for (name, own) in CONTENT {
            if let Some(text) = text(&mut fields, name, &mut failures) {
                content.insert((*own).to_owned(), Value::String(text));
            }
        }
        for name in TEXTS {
            if let Some(text) = text(&mut fields, name, &mut failures) {
                message.insert((*name).to_owned(), Value::String(text));
            }
        }
        // This API's own ids are not CleverTap's.
        if let Some(Value::String(id)) = message.get_mut("campaign_id") {
            match CampaignId::parse(id, "campaign_id") {
                Ok(parsed) => *id = parsed.remote,
                Err(Error::Invalid(found)) => failures.extend(found),
                Err(other) => return Err(other),
            }
        }
        for name in FLAGS {
            match fields.remove(*name) {
                None | Some(Value::Null) => {}
                Some(flag @ Value::Bool(_)) => {
                    message.insert((*name).to_owned(), flag);
                }
                Some(_) => failures.push(Failure::new(*name, "must be true or false")),
            }
        }
        let id = message.get("message_id").and_then(Value::as_str);
        if id.is_some_and(|id| channel != Channel::Whatsapp || id.chars().count() > LONGEST_MESSAGE_ID) {
            let message = format!("belongs to whatsapp, and has up to {LONGEST_MESSAGE_ID} characters");
            failures.push(Failure::new("message_id", message));
        }
        match fields.remove("remote_data") {
            None | Some(Value::Null) => {}
            Some(Value::Object(own)) if !own.contains_key("to") => message.extend(own),
            Some(_) => failures.push(Failure::new(
                "remote_data",
                "must be an object with CleverTap's own fields, without to: recipients go into to",
            )),
        }
        if content.is_empty() && !message.contains_key("content") && failures.is_empty() {
            failures.push(Failure::new("content", "is missing, and so are title, subject_line and body"));
        }
        message.entry("content").or_insert(Value::Object(content));
        failures.extend(fields.keys().map(|name| {
            let accepted = [&["to", "channel", "content"], TEXTS, FLAGS].concat().join(", ");
            Failure::new(
                name.clone(),
                format!("is no field of a message; accepted: {accepted}, title, subject_line, body, from_name, remote_data"),
            )
        }));
        match operation {
            Some(operation) if failures.is_empty() => Ok(Self { operation, message }),
            _ => Err(Error::Invalid(failures)),
        }
    }
}

fn text(fields: &mut Map<String, Value>, name: &str, failures: &mut Vec<Failure>) -> Option<String> {
    match fields.remove(name)? {
        Value::Null => None,
        Value::String(text) if !text.trim().is_empty() => Some(text),
        Value::Number(number) if name == "campaign_id" && number.is_u64() => Some(number.to_string()),
        _ => {
            failures.push(Failure::new(name, "must be a text that is not empty"));
            None
        }
    }
}

impl Kind for Send {
    fn operation(&self) -> &'static Operation {
        self.operation
    }

    fn most(&self) -> usize {
        1000
    }

    fn prepare(&self, record: Value, _: i64) -> Result<Ready, Vec<Failure>> {
        recipient(record, 5)
    }

    fn body(&self, records: &[(&'static str, String)]) -> String {
        let to = to(records, &["Identity", "Email", "objectId", "FBID", "GPID"]);
        let rest = Value::Object(self.message.clone()).to_string();
        // There is always content: the rest is never `{}`.
        format!("{{\"to\":{to},{}", rest.get(1..).unwrap_or("}"))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn fields(value: Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn a_message_in_batches() {
        let message = json!({
            "subject_line": "Your invoice", "body": "<p>Hi</p>", "from_name": "Acme", "provider_nick_name": "ses",
            "tag_group": "dunning", "respect_frequency_caps": false, "remote_data": {"ttl": 60},
            "campaign_id": "api-20260101-77",
        });
        let send = Send::new(Channel::Email, fields(message)).unwrap();
        assert_eq!(send.operation().name, "send.email");
        let records: Vec<_> = [
            json!("u\"1"),
            json!({"email": "a@example.com"}),
            json!({"object_id": "o"}),
            json!({"google_id": 5}),
            json!({"id": "u2"}),
        ]
        .into_iter()
        .map(|record| send.prepare(record, 0).map(|ready| (ready.slot, ready.json)).unwrap())
        .collect();
        assert_eq!(
            serde_json::from_str::<Value>(&send.body(&records)).unwrap(),
            json!({
                "to": {"Identity": ["u\"1", "u2"], "Email": ["a@example.com"], "objectId": ["o"], "GPID": ["5"]},
                "content": {"subject": "Your invoice", "body": "<p>Hi</p>", "sender_name": "Acme"},
                "campaign_id": "77", "provider_nick_name": "ses", "tag_group": "dunning", "respect_frequency_caps": false, "ttl": 60,
            })
        );
        for bad in [
            json!({}),
            json!(""),
            json!({"id": "a", "email": "a@example.com"}),
            json!({"email": "nobody"}),
            json!({"id": "a", "x": 1}),
        ] {
            assert!(send.prepare(bad.clone(), 0).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_is_wrong_with_a_message() {
        let failed = |channel, message: Value| match Send::new(channel, fields(message)).unwrap_err() {
            Error::Invalid(failures) => failures.into_iter().map(|failure| failure.field).collect::<Vec<_>>(),
            other => panic!("{other}"),
        };
        assert_eq!(failed(Channel::InApp, json!({"body": "x"})), ["channel"]);
        assert_eq!(failed(Channel::Sms, json!({})), ["content"]);
        assert_eq!(failed(Channel::Sms, json!({"body": "x", "message_id": "1"})), ["message_id"]);
        assert_eq!(
            failed(Channel::Whatsapp, json!({"body": "x", "message_id": "123456789"})),
            ["message_id"]
        );
        let all = failed(
            Channel::Push,
            json!({"content": 1, "tag_group": 1, "respect_frequency_caps": "no", "remote_data": {"to": {}}, "colour": 1}),
        );
        assert_eq!(all, ["content", "tag_group", "respect_frequency_caps", "remote_data", "colour"]);
    }
}
