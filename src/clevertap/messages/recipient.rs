//! Who gets a message: one record for each.
//!
//! | record | sends (`/1/send/…`, [OFF] S:snippets) | external triggers ([3P] S:accio) |
//! |---|---|---|
//! | `"user-1"`, `{"id": …}` | `Identity` | `identity` |
//! | `{"email": …}` | `Email` | `email` |
//! | `{"object_id": …}` | `objectId` | `objectId` |
//! | `{"facebook_id": …}`, `{"google_id": …}` | `FBID`, `GPID` | not known |

use serde_json::Value;

use crate::clevertap::bulk::fields::{Fields, code, id};
use crate::clevertap::bulk::{Ready, check};
use crate::model::Failure;

/// Names in a record, and slots of batches.
const SLOTS: [&str; 5] = ["id", "email", "object_id", "facebook_id", "google_id"];

/// One recipient, named in one of the first `known` ways.
pub(super) fn recipient(record: Value, known: usize) -> Result<Ready, Vec<Failure>> {
    let slots = SLOTS.get(..known).unwrap_or(&SLOTS);
    let (slot, name) = match id(&record) {
        Some(name) => ("id", name),
        None => {
            let mut fields = Fields::of(record, code::NO_IDENTITY, "a recipient is a text, or")?;
            let mut named = Vec::new();
            for slot in slots {
                named.extend(fields.id(slot, code::NO_IDENTITY).map(|name| (*slot, name)));
            }
            if let [("email", address)] = named.as_slice() {
                check::email(&mut fields, "email", address);
            }
            let name = match named.pop() {
                Some(name) if named.is_empty() => name,
                _ => {
                    let message = format!("a recipient has one of {}", slots.join(", "));
                    fields.fail(code::NO_IDENTITY, "", message);
                    ("", String::new())
                }
            };
            fields.finish(code::NO_IDENTITY, slots)?;
            name
        }
    };
    let json = Value::from(name.as_str()).to_string();
    // Nobody is messaged twice, be it because of us or by a list that names them twice.
    let same = if slot == "email" { name.to_lowercase() } else { name.clone() };
    let key = Some(format!("{slot}:{same}"));
    Ok(Ready { id: Some(name), key, json, slot, safe: false, warnings: Vec::new() })
}

/// The recipients of a call as a JSON object, with the provider's names for the slots.
pub(super) fn to(records: &[(&'static str, String)], names: &[&str]) -> String {
    let mut lists = Vec::new();
    for (slot, own) in SLOTS.iter().zip(names) {
        let of_slot: Vec<&str> =
            records.iter().filter(|(of, _)| of == slot).map(|(_, json)| json.as_str()).collect();
        if !of_slot.is_empty() {
            lists.push(format!("\"{own}\":[{}]", of_slot.join(",")));
        }
    }
    format!("{{{}}}", lists.join(","))
}
