//! A person in the unified shape, as CleverTap's upload takes it ([DOC] S:upload; codes [DOC] S:errors).
//!
//! | unified | CleverTap | rule |
//! |---|---|---|
//! | `id`, `object_id`, `identifiers` | see [`person`](crate::clevertap::bulk::person) | 523, 526 |
//! | `name`, or `first_name` and `last_name` | `Name` | joined by a space |
//! | `email` | `Email` | 515 |
//! | `phone` | `Phone` | E.164: 516 |
//! | `gender` | `Gender` | `M`, `F`, `male`, `female`: 514 |
//! | `birthdate` | `DOB` | `2000-01-31` or RFC 3339; before 1970, too |
//! | `age` | `Age` | 1 to 120: 520 |
//! | `employed`, `married` | `Employed`, `Married` | true, false, `Y`, `N`: 517, 519 |
//! | `education` | `Education` | `School`, `College`, `Graduate`: 518 |
//! | `photo_url`, `timezone`, `customer_type` | `Photo`, `Tz`, `Customer Type` | texts |
//! | `subscriptions: [{channel, status, group?}]` | `MSG-email`, `MSG-push`, `MSG-sms`, `MSG-whatsapp`; with a group `category-unsubscribe`, `category-resubscribe` | this person alone; whole addresses are opted out by `opt-out` |
//! | `custom_fields` | the same | see [`operators`](super::operators) |
//! | `updated_at` | `ts` | now unless told: 525 |
//! | `source` | `$source` | |
//! | `remote_data` | merged over the profile data as it is | CleverTap's own fields |
//!
//! Null is the same as absent: it leaves a field as it is. Only custom fields can be deleted.

use serde_json::{Map, Value, json};

use super::operators;
use crate::clevertap::bulk::data::{LONGEST_TEXT, Of, check_names, date, fits, short};
use crate::clevertap::bulk::fields::{Fields, code};
use crate::clevertap::bulk::person::{self, Person};
use crate::clevertap::bulk::{Json, Kind, Ready, check};
use crate::clevertap::operation::{self, Operation};
use crate::clevertap::time;
use crate::model::Failure;

/// Creates or changes people.
#[derive(Debug, Clone, Copy, Default)]
pub struct Upsert;

const ACCEPTED: &[&str] = &[
    "id",
    "object_id",
    "identifiers",
    "name",
    "first_name",
    "last_name",
    "email",
    "phone",
    "gender",
    "birthdate",
    "age",
    "employed",
    "married",
    "education",
    "photo_url",
    "timezone",
    "customer_type",
    "subscriptions",
    "custom_fields",
    "updated_at",
    "source",
    "remote_data",
];

impl Kind for Upsert {
    fn operation(&self) -> &'static Operation {
        &operation::PROFILES_UPLOAD
    }

    fn most(&self) -> usize {
        1000
    }

    fn prepare(&self, record: Value, _: i64) -> Result<Ready, Vec<Failure>> {
        let mut fields = Fields::of(record, code::OTHER, "a contact")?;
        let person = person::take(&mut fields, &["id"]);
        let mut data = Map::new();
        standard(&mut fields, &person, &mut data);
        subscriptions(&mut fields, &mut data);
        let mut safe = custom(&mut fields, &mut data);
        let own = fields.object("remote_data", code::OTHER);
        if own.contains_key("profileData") || own.contains_key("platformInfo") {
            fields.fail(
                code::OTHER,
                "remote_data",
                "is a record that was read; what is written has CleverTap's profile fields in it, such as MSG-dndPhone",
            );
        }
        for (name, value) in own {
            // Whoever counts in CleverTap's own terms is not counted twice either.
            safe &= value.get("$incr").is_none() && value.get("$decr").is_none();
            data.insert(name, value);
        }
        check_names_of(&mut fields, &data);
        let ts = fields.time("updated_at");
        let source = fields.text("source", code::OTHER);
        fields.finish(code::OTHER, ACCEPTED)?;

        let mut json = Json::new();
        json.field(person.key, Some(&person.value));
        json.field("type", Some(&"profile"));
        json.field("ts", ts.as_ref());
        json.field("$source", source.as_ref());
        json.field("profileData", Some(&data));
        let json = json.close();
        let warnings = person::warnings(&person, &[]);
        Ok(Ready { id: Some(person.value), key: None, json, slot: "", safe, warnings })
    }

    fn body(&self, records: &[(&'static str, String)]) -> String {
        crate::clevertap::bulk::upload_body(records)
    }
}

/// Names of standard fields are CleverTap's own: they need no check, and do not count.
fn check_names_of(fields: &mut Fields, data: &Map<String, Value>) {
    let own = |name: &&String| {
        !STANDARD.contains(&name.as_str()) && !name.starts_with("MSG-") && !name.starts_with("category-")
    };
    check_names(fields, data.keys().filter(own), "custom_fields", Of::Profile, code::OTHER);
}

fn standard(fields: &mut Fields, person: &Person, data: &mut Map<String, Value>) {
    let mut put = |name: &str, value: Option<Value>| data.extend(value.map(|value| (name.to_owned(), value)));
    let (first, last) = (short_text(fields, "first_name"), short_text(fields, "last_name"));
    let joined = [first, last].into_iter().flatten().collect::<Vec<_>>().join(" ");
    let name = short_text(fields, "name").or_else(|| Some(joined).filter(|name| !name.is_empty()));
    put("Name", name.map(Value::from));
    let email = fields.text("email", code::EMAIL).and_then(|text| check::email(fields, "email", &text));
    put("Email", email.or_else(|| person.email.clone()).map(Value::from));
    let phone = fields.take("phone").and_then(|phone| {
        let text = phone.as_str().map_or_else(|| phone.to_string(), str::to_owned);
        check::phone(fields, "phone", &text)
    });
    put("Phone", phone.or_else(|| person.phone.clone()).map(Value::from));
    put(
        "Gender",
        word(fields, "gender", code::GENDER, &[("m", "M"), ("male", "M"), ("f", "F"), ("female", "F")]),
    );
    put(
        "Education",
        word(
            fields,
            "education",
            code::EDUCATION,
            &[("school", "School"), ("college", "College"), ("graduate", "Graduate")],
        ),
    );
    put("Employed", yes_or_no(fields, "employed", code::EMPLOYED));
    put("Married", yes_or_no(fields, "married", code::MARRIED));
    put("Age", age(fields));
    put("DOB", birthdate(fields));
    for (name, own) in [("photo_url", "Photo"), ("timezone", "Tz"), ("customer_type", "Customer Type")] {
        put(own, short_text(fields, name).map(Value::from));
    }
}

fn short_text(fields: &mut Fields, name: &str) -> Option<String> {
    let text = fields.text(name, code::OTHER)?;
    if fits(&text) {
        return Some(text);
    }
    fields.fail(code::OTHER, name, format!("is a text of more than {LONGEST_TEXT} characters"));
    None
}

fn word(fields: &mut Fields, name: &str, code: u32, words: &[(&str, &str)]) -> Option<Value> {
    let text = fields.text(name, code)?;
    let found = words.iter().find(|(word, _)| word.eq_ignore_ascii_case(text.trim()));
    if found.is_none() {
        let accepted: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        fields.fail(code, name, format!("must be one of {}", accepted.join(", ")));
    }
    found.map(|(_, own)| json!(own))
}

fn yes_or_no(fields: &mut Fields, name: &str, code: u32) -> Option<Value> {
    let value = match fields.take(name)? {
        Value::Bool(true) => Some("Y"),
        Value::Bool(false) => Some("N"),
        Value::String(text) if text.eq_ignore_ascii_case("y") => Some("Y"),
        Value::String(text) if text.eq_ignore_ascii_case("n") => Some("N"),
        _ => None,
    };
    if value.is_none() {
        fields.fail(code, name, "must be true, false, Y or N");
    }
    value.map(Value::from)
}

fn age(fields: &mut Fields) -> Option<Value> {
    let value = fields.take("age")?;
    let age = match &value {
        Value::Number(number) => number.as_u64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    let age = age.filter(|age| (1..=120).contains(age));
    if age.is_none() {
        fields.fail(code::AGE, "age", "must be a whole number from 1 to 120");
    }
    age.map(Value::from)
}

/// Unlike other times, most birthdates lie before 1970.
fn birthdate(fields: &mut Fields) -> Option<Value> {
    let text = fields.text("birthdate", code::OTHER)?;
    let seconds = match time::day_from_iso(&text) {
        Some(day) => Some(day.midnight().assume_utc().unix_timestamp()),
        None => time::unix_from_rfc3339(&text),
    };
    if seconds.is_none() {
        fields.fail(code::OTHER, "birthdate", "must be a date such as 2000-01-31, or RFC 3339");
    }
    seconds.map(date)
}

/// Channels of one person's subscriptions ([DOC] S:upload), and their names in groups.
const CHANNELS: &[(&str, &str)] =
    &[("email", "MSG-email"), ("push", "MSG-push"), ("sms", "MSG-sms"), ("whatsapp", "MSG-whatsapp")];

fn subscriptions(fields: &mut Fields, data: &mut Map<String, Value>) {
    for (place, subscription) in fields.list("subscriptions", code::OTHER).into_iter().enumerate() {
        let text = |name: &str| subscription.get(name).and_then(Value::as_str).unwrap_or_default();
        let channel = CHANNELS.iter().find(|(channel, _)| channel.eq_ignore_ascii_case(text("channel")));
        let subscribed = match text("status").to_ascii_uppercase().as_str() {
            "SUBSCRIBED" => Some(true),
            "UNSUBSCRIBED" => Some(false),
            _ => None,
        };
        let group = subscription.get("group").filter(|group| !group.is_null());
        let (Some((channel, own)), Some(subscribed)) = (channel, subscribed) else {
            fields.fail(
                code::OTHER,
                format!("subscriptions[{place}]"),
                "must have channel (email, push, sms or whatsapp) and status (SUBSCRIBED or UNSUBSCRIBED)",
            );
            continue;
        };
        match group {
            None => {
                data.insert((*own).to_owned(), json!(subscribed));
            }
            Some(Value::String(group)) if !group.trim().is_empty() && fits(group) => {
                // {"email": ["Newsletters"]}: [DOC] S:docs-mirror
                let key = if subscribed { "category-resubscribe" } else { "category-unsubscribe" };
                let groups = data.entry(key).or_insert_with(|| json!({}));
                if let Some(groups) = groups.as_object_mut()
                    && let Some(list) = groups.entry(*channel).or_insert_with(|| json!([])).as_array_mut()
                {
                    list.push(json!(group));
                }
            }
            Some(_) => {
                fields.fail(
                    code::OTHER,
                    format!("subscriptions[{place}].group"),
                    format!("must be the name of a subscription group, up to {LONGEST_TEXT} characters"),
                );
            }
        }
    }
}

/// Fields of this table that custom fields must not set behind its back.
const STANDARD: &[&str] = &[
    "Name",
    "Email",
    "Phone",
    "Gender",
    "Employed",
    "Married",
    "Education",
    "Age",
    "DOB",
    "Photo",
    "Tz",
    "Customer Type",
    "identity",
];

/// Puts in the custom fields; answers whether all of it may be sent again.
fn custom(fields: &mut Fields, data: &mut Map<String, Value>) -> bool {
    let mut all_safe = true;
    for (name, value) in fields.object("custom_fields", code::OTHER) {
        if STANDARD.contains(&name.as_str()) {
            fields.fail(
                code::OTHER,
                format!("custom_fields.{name}"),
                "is a standard field: it has a name of its own in this record",
            );
            continue;
        }
        if name.starts_with('$') {
            fields.fail(
                code::OTHER,
                format!("custom_fields.{}", short(&name)),
                "is an operator: it stands inside a field, such as {\"logins\": {\"$incr\": 5}}",
            );
            continue;
        }
        match operators::value(value) {
            Ok((value, safe)) => {
                all_safe &= safe;
                data.insert(name, value);
            }
            Err(message) => {
                fields.fail(code::OTHER, format!("custom_fields.{}", short(&name)), message);
            }
        }
    }
    all_safe
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(record: Value) -> Value {
        serde_json::from_str(&Upsert.prepare(record, 0).unwrap().json).unwrap()
    }

    fn failures(record: Value) -> Vec<(u32, String)> {
        let failures = Upsert.prepare(record, 0).unwrap_err();
        failures.into_iter().map(|failure| (failure.code.unwrap(), failure.field)).collect()
    }

    #[test]
    fn a_whole_person() {
        let record = json!({
            "id": "user-1", "first_name": "Ada", "last_name": "Lovelace", "email": "ada@example.com",
            "phone": "+44 20 7946 0958", "gender": "female", "birthdate": "1815-12-10", "age": 36, "employed": true,
            "married": "y", "education": "GRADUATE", "photo_url": "https://example.com/ada.png",
            "timezone": "Europe/London", "customer_type": "Platinum", "updated_at": "2026-03-01T12:00:00Z",
            "source": "crm",
            "subscriptions": [
                {"channel": "email", "status": "SUBSCRIBED"},
                {"channel": "sms", "status": "unsubscribed"},
                {"channel": "email", "status": "UNSUBSCRIBED", "group": "Newsletters"},
                {"channel": "email", "status": "UNSUBSCRIBED", "group": "Offers"},
            ],
            "custom_fields": {"plan": "pro", "tags": {"$add": ["a"]}, "old": null, "since": {"$date": "2026-03-01"}},
            "remote_data": {"MSG-dndPhone": true},
        });
        assert_eq!(
            sent(record),
            json!({
                "identity": "user-1", "type": "profile", "ts": 1_772_366_400, "$source": "crm",
                "profileData": {
                    "Name": "Ada Lovelace", "Email": "ada@example.com", "Phone": "+442079460958", "Gender": "F",
                    "DOB": "$D_-4861728000", "Age": 36, "Employed": "Y", "Married": "Y", "Education": "Graduate",
                    "Photo": "https://example.com/ada.png", "Tz": "Europe/London", "Customer Type": "Platinum",
                    "MSG-email": true, "MSG-sms": false, "MSG-dndPhone": true,
                    "category-unsubscribe": {"email": ["Newsletters", "Offers"]},
                    "plan": "pro", "tags": {"$add": ["a"]}, "old": {"$delete": 1}, "since": "$D_1772323200",
                },
            })
        );
    }

    #[test]
    fn a_person_is_named_in_one_of_many_ways() {
        for (record, key, value) in [
            (json!({"id": 7}), "identity", "7"),
            (json!({"object_id": "o-1"}), "objectId", "o-1"),
            (json!({"id": "a", "object_id": "o-1"}), "identity", "a"),
            (json!({"identifiers": [{"type": "google_id", "value": "g"}]}), "GPID", "g"),
            (
                json!({"identifiers": [{"type": "EMAIL", "value": "a@example.com"}]}),
                "identity",
                "a@example.com",
            ),
            (
                json!({"identifiers": [{"type": "PHONE", "value": "+1 4155550123"}]}),
                "identity",
                "+14155550123",
            ),
        ] {
            let sent = sent(record.clone());
            assert_eq!(sent[key], value, "{record}");
            let names = ["identity", "objectId", "FBID", "GPID"];
            assert_eq!(names.iter().filter(|name| sent.get(**name).is_some()).count(), 1, "{sent}");
        }
        let sent = sent(json!({"id": "a", "identifiers": [{"type": "EMAIL", "value": "a@example.com"}]}));
        assert_eq!(sent["profileData"]["Email"], "a@example.com");
    }

    #[test]
    fn all_that_is_wrong_is_said_with_its_code() {
        let record = json!({
            "email": "nobody", "phone": "555", "gender": "x", "age": 0, "employed": "maybe", "married": 1,
            "education": "none", "updated_at": 0, "birthdate": "soon", "colour": "red",
            "subscriptions": [{"channel": "fax", "status": "SUBSCRIBED"}],
            "custom_fields": {"a$b": 1, "Email": "x@example.com", "n": {"$incr": "x"}},
        });
        let mut found = failures(record);
        found.sort();
        let expected = [
            (514, "gender"),
            (515, "email"),
            (516, "phone"),
            (517, "employed"),
            (518, "education"),
            (519, "married"),
            (520, "age"),
            (523, "id"),
            (525, "updated_at"),
            (555, "birthdate"),
            (555, "colour"),
            (555, "custom_fields.Email"),
            (555, "custom_fields.a$b"),
            (555, "custom_fields.n"),
            (555, "subscriptions[0]"),
        ];
        let expected: Vec<_> = expected.iter().map(|(code, field)| (*code, (*field).to_owned())).collect();
        assert_eq!(found, expected);
        let full: Map<_, _> = (0..256).map(|n| (n.to_string(), json!(n))).collect();
        let whole = json!({"id": "a", "name": "n", "email": "a@example.com", "custom_fields": full});
        assert!(Upsert.prepare(whole, 0).is_ok(), "standard fields do not count");
        assert_eq!(failures(json!([1])), [(555, String::new())]);
        assert_eq!(
            failures(
                json!({"id": "a", "custom_fields": (0..300).map(|n| (n.to_string(), json!(n))).collect::<Map<_, _>>()})
            ),
            [(522, "custom_fields".to_owned())]
        );
    }

    #[test]
    fn counting_is_never_sent_twice() {
        for (record, safe) in [
            (json!({"id": "a", "custom_fields": {"n": 1}}), true),
            (json!({"id": "a", "custom_fields": {"n": {"$incr": 1}}}), false),
            (json!({"id": "a", "remote_data": {"n": {"$decr": 1}}}), false),
        ] {
            assert_eq!(Upsert.prepare(record, 0).unwrap().safe, safe);
        }
    }
}
