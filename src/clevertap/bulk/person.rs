//! Who a record is about.
//!
//! | in the record | to CleverTap |
//! |---|---|
//! | `id` (events: `profile_id`, `contact_id`) | `identity` |
//! | `object_id` | `objectId` |
//! | `identifiers: [{type, value}]` with `USER_ID`, `DEVICE_ID`, `FACEBOOK_ID`, `GOOGLE_ID` | `identity`, `objectId`, `FBID`, `GPID` |
//! | `identifiers` with `EMAIL`, `PHONE` | `Email`, `Phone` of a profile; `identity` when nothing else names the person |
//!
//! CleverTap takes one name for a record: of several the first of this table's order goes out ([DOC] S:upload).

use serde_json::Value;

use super::check::{email, phone};
use super::fields::{Fields, code};
use crate::model::Warning;

/// The one name that goes out, and what else was given.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(in crate::clevertap) struct Person {
    /// CleverTap's key, such as `identity`.
    pub key: &'static str,
    pub value: String,
    /// Other names that were given; CleverTap takes one.
    pub unsent: Vec<&'static str>,
    pub email: Option<String>,
    pub phone: Option<String>,
}

/// CleverTap's keys, best first.
const KEYS: [&str; 4] = ["identity", "objectId", "FBID", "GPID"];

/// The longest name of a person; CleverTap states none, and a longer one is a mistake.
const LONGEST: usize = 1024;

/// Takes the person out of a record whose identity is in the first of `names` that is there.
pub(in crate::clevertap) fn take(fields: &mut Fields, names: &[&str]) -> Person {
    let mut found: [Option<String>; 4] = Default::default();
    let [identity, object_id, facebook, google] = &mut found;
    for name in names {
        if let Some(id) = fields.id(name, code::NO_IDENTITY) {
            if identity.as_ref().is_some_and(|known| *known != id) {
                fields.fail(code::NO_IDENTITY, *name, "names somebody else than another field does");
            }
            identity.get_or_insert(id);
        }
    }
    *object_id = fields.text("object_id", code::OBJECT_ID);
    let (mut emails, mut phones) = (None, None);
    for (place, identifier) in fields.list("identifiers", code::NO_IDENTITY).into_iter().enumerate() {
        let place = format!("identifiers[{place}]");
        let value = identifier.get("value").and_then(super::fields::id);
        let kind = identifier.get("type").and_then(Value::as_str).unwrap_or_default().to_ascii_uppercase();
        let (Some(value), slot) = (
            value,
            match kind.as_str() {
                "USER_ID" => &mut *identity,
                "DEVICE_ID" => &mut *object_id,
                "FACEBOOK_ID" => &mut *facebook,
                "GOOGLE_ID" => &mut *google,
                "EMAIL" => &mut emails,
                "PHONE" => &mut phones,
                _ => {
                    fields.fail(
                        code::NO_IDENTITY,
                        format!("{place}.type"),
                        "must be USER_ID, DEVICE_ID, EMAIL, PHONE, FACEBOOK_ID or GOOGLE_ID",
                    );
                    continue;
                }
            },
        ) else {
            fields.fail(code::NO_IDENTITY, format!("{place}.value"), "must be a text that is not empty");
            continue;
        };
        match slot {
            Some(known) if *known != value => {
                fields.fail(code::NO_IDENTITY, place, "contradicts another identifier of its type");
            }
            _ => *slot = Some(value),
        }
    }
    let email = emails.and_then(|text| email(fields, "identifiers", &text));
    let phone = phones.and_then(|text| phone(fields, "identifiers", &text));
    let given = KEYS.into_iter().zip(found.clone()).filter_map(|(key, value)| value.map(|_| key));
    let mut named = KEYS.iter().zip(found).filter_map(|(key, value)| Some((*key, value?)));
    let (key, value) = match named.next().or_else(|| {
        Some((KEYS.first()?, email.clone().or_else(|| phone.clone())?)).map(|(key, value)| (*key, value))
    }) {
        Some(name) => name,
        None => {
            let accepted = names.first().copied().unwrap_or("id");
            fields.fail(
                code::NO_IDENTITY,
                accepted,
                format!("is missing: a person is named by {accepted}, object_id or identifiers"),
            );
            ("", String::new())
        }
    };
    if value.len() > LONGEST || value.contains(char::is_control) {
        let code = if key == "objectId" { code::OBJECT_ID } else { code::NO_IDENTITY };
        fields.fail(
            code,
            "",
            format!("names a person by more than {LONGEST} bytes, or by control characters"),
        );
    }
    let unsent = given.filter(|given| *given != key).collect();
    Person { key, value, unsent, email, phone }
}

/// What is to be said of names that were given and not sent.
pub(in crate::clevertap) fn warnings(person: &Person, also: &[(&str, bool)]) -> Vec<Warning> {
    let mut unsent: Vec<&str> = person.unsent.clone();
    unsent.extend(also.iter().filter(|(_, unsent)| *unsent).map(|(name, _)| *name));
    if unsent.is_empty() {
        return Vec::new();
    }
    let message = format!(
        "CleverTap takes one name of a person in a record: {} went out, {} did not",
        person.key,
        unsent.join(", ")
    );
    vec![Warning::new("identifier_not_sent", message).about("identifiers")]
}
