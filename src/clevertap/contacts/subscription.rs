//! Opting addresses out and in ([DOC] S:subscribe). It affects everybody who shares the address, and raises the
//! event "Channel Unsubscribed"; one person alone is muted by `subscriptions` of an upsert.
//!
//! | record | sent |
//! |---|---|
//! | `{"channel": "email", "value": "jo@example.com"}`, `{"email": …}` | `email` |
//! | `{"channel": "phone" or "sms", "value": "+1…"}`, `{"phone": …}` | `phone` |
//! | `{"channel": "whatsapp", "value": "+1…"}` | `whatsapp` |

use serde_json::{Value, json};

use crate::clevertap::bulk::fields::{Fields, code};
use crate::clevertap::bulk::{Kind, Ready, check, upload_body};
use crate::clevertap::operation::{self, Operation};
use crate::model::Failure;

/// Which way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subscription {
    OptIn,
    OptOut,
}

/// Opts addresses in, or out.
#[derive(Debug, Clone, Copy)]
pub struct Subscriptions(pub Subscription);

impl Kind for Subscriptions {
    fn operation(&self) -> &'static Operation {
        &operation::SUBSCRIPTIONS_UPDATE
    }

    fn most(&self) -> usize {
        1000
    }

    fn prepare(&self, record: Value, _: i64) -> Result<Ready, Vec<Failure>> {
        let mut fields = Fields::of(record, code::OTHER, "an address")?;
        let channel = fields.text("channel", code::OTHER).unwrap_or_default().to_ascii_lowercase();
        let mut given = Vec::new();
        for name in ["value", "email", "phone"] {
            if let Some(text) = fields.text(name, code::OTHER) {
                given.push((name, text));
            }
        }
        let mut sent = ("", None);
        match (channel.as_str(), given.as_slice()) {
            ("email", [("value" | "email", text)]) | ("", [("email", text)]) => {
                sent = ("email", check::email(&mut fields, "value", text));
            }
            ("phone" | "sms", [("value" | "phone", text)]) | ("", [("phone", text)]) => {
                sent = ("phone", check::phone(&mut fields, "value", text));
            }
            ("whatsapp", [("value" | "phone", text)]) => {
                sent = ("whatsapp", check::phone(&mut fields, "value", text));
            }
            _ => fields.fail(
                code::OTHER,
                "channel",
                "must be email, phone (or sms) or whatsapp, with one address in value",
            ),
        }
        fields.finish(code::OTHER, &["channel", "value", "email", "phone"])?;
        let (kind, value) = sent;
        let status = match self.0 {
            Subscription::OptIn => "Resubscribe",
            Subscription::OptOut => "Unsubscribe",
        };
        let json = json!({"type": kind, "value": value, "status": status}).to_string();
        // Once more is no harm to the subscription, but raises the event once more.
        Ok(Ready { id: value, key: None, json, slot: "", safe: false, warnings: Vec::new() })
    }

    fn body(&self, records: &[(&'static str, String)]) -> String {
        upload_body(records)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_form() {
        let out = Subscriptions(Subscription::OptOut);
        for (record, kind, value) in [
            (json!({"channel": "email", "value": "jo@example.com"}), "email", "jo@example.com"),
            (json!({"email": "jo@example.com"}), "email", "jo@example.com"),
            (json!({"channel": "SMS", "value": "+1 415 555 0123"}), "phone", "+14155550123"),
            (json!({"phone": "+14155550123"}), "phone", "+14155550123"),
            (json!({"channel": "whatsapp", "value": "+14155550123"}), "whatsapp", "+14155550123"),
        ] {
            let json: Value = serde_json::from_str(&out.prepare(record, 0).unwrap().json).unwrap();
            assert_eq!(json, json!({"type": kind, "value": value, "status": "Unsubscribe"}));
        }
        let back = Subscriptions(Subscription::OptIn).prepare(json!({"email": "jo@example.com"}), 0).unwrap();
        assert!(back.json.contains("Resubscribe") && !back.safe);
        for (bad, code) in [
            (json!({"channel": "email", "value": "nobody"}), 515),
            (json!({"channel": "phone", "value": "555"}), 516),
            (json!({"channel": "push", "value": "x"}), 555),
            (json!({"channel": "email", "email": "a@example.com", "phone": "+14155550123"}), 555),
            (json!({"email": "a@example.com", "x": 1}), 555),
            (json!("a@example.com"), 555),
        ] {
            assert_eq!(out.prepare(bad.clone(), 0).unwrap_err()[0].code, Some(code), "{bad}");
        }
    }
}
