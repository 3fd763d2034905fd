//! A record of CleverTap's profile and event exports as a person.
//!
//! | CleverTap | unified | source |
//! |---|---|---|
//! | `identity`, else `all_identities[0]`, else `objectId`, else `platformInfo[].objectId` | `id` | [3P] S:java, S:eclipse, S:ingestr |
//! | `name`, `email`, `phone`; else `Name`, `Email`, `Phone` of `profileData` | the same | [OFF] S:snippets, [REC] S:quickhouse |
//! | a phone as a number | `+` and its digits | [REC] S:ruby |
//! | `profileData.Gender`, `DOB`, `Tz` | `gender`, `birthdate`, `timezone` | [DOC] S:upload |
//! | `profileData.Age`, `Employed`, `Married`, `Education`, `Photo`, `Customer Type` | `age`, `employed`, … as they are written |
//! | `profileData.MSG-…`, a boolean | `subscriptions` | [DOC] S:upload |
//! | the rest of `profileData` | `custom_fields`; a date (`$D_<seconds>`) is `{"$date": …}`, as it is written | |
//! | `platformInfo[]`, or `platform`, `os_version`, … of an event's profile | `devices` | [OFF] S:snippets, [REC] S:quickhouse |
//! | `events{name: {count, first_seen, last_seen}}`, Unix seconds | `event_summary` | [OFF] S:snippets |

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::clevertap::time::{self, day_iso, rfc3339};
use crate::model::contact::{Contact, Device, EventSummary, Identifier, Subscription};

const CHANNELS: &[(&str, &str)] =
    &[("MSG-email", "email"), ("MSG-push", "push"), ("MSG-sms", "sms"), ("MSG-whatsapp", "whatsapp")];

/// Reads a person. What is not where it should be is null; nothing is an error.
pub(in crate::clevertap) fn contact(record: &Value, include_remote: bool) -> Contact {
    let mut data = match record.get("profileData") {
        Some(Value::Object(data)) => data.clone(),
        _ => Map::new(),
    };
    let mut take = |name: &str, own: &str| {
        let inner = convert(&mut data, own, text);
        record.get(name).and_then(text).or(inner)
    };
    let (name, email) = (take("name", "Name"), take("email", "Email"));
    let phone = take("phone", "Phone").map(|phone| international(&phone));
    let (gender, birthdate, timezone) = (take("gender", "Gender"), take("dob", "DOB"), take("tz", "Tz"));
    let (education, photo_url) = (take("education", "Education"), take("photo", "Photo"));
    let customer_type = take("customer_type", "Customer Type");
    // What cannot be read as what it should be stays where it was.
    let age = convert(&mut data, "Age", |value| match value {
        Value::String(text) => text.trim().parse().ok(),
        other => other.as_u64(),
    });
    let (employed, married) = (convert(&mut data, "Employed", yes), convert(&mut data, "Married", yes));
    let devices = devices(record);
    let identities = identities(record);
    let id = identities.first().cloned();
    let device_ids: Vec<String> = record
        .get("objectId")
        .and_then(text)
        .into_iter()
        .chain(devices.iter().filter_map(|device| device.id.clone()))
        .collect();
    let is_anonymous = id.is_none() && email.is_none() && phone.is_none();
    let mut identifiers = Vec::new();
    let mut name_person = |kind: &'static str, value: String| {
        let identifier = Identifier { kind, value };
        if !identifiers.contains(&identifier) {
            identifiers.push(identifier);
        }
    };
    identities.iter().for_each(|value| name_person("USER_ID", value.clone()));
    email.iter().for_each(|value| name_person("EMAIL", value.clone()));
    phone.iter().for_each(|value| name_person("PHONE", value.clone()));
    device_ids.iter().for_each(|value| name_person("DEVICE_ID", value.clone()));
    let subscriptions = CHANNELS
        .iter()
        .filter_map(|(own, channel)| match data.remove(*own) {
            Some(Value::Bool(wanted)) => {
                let status = if wanted { "SUBSCRIBED" } else { "UNSUBSCRIBED" };
                Some(Subscription { channel, status })
            }
            Some(other) => {
                data.insert((*own).to_owned(), other);
                None
            }
            None => None,
        })
        .collect();
    let (event_summary, first, last) = summary(record);
    Contact {
        id: id.or_else(|| device_ids.first().cloned()).or_else(|| email.clone()).unwrap_or_default(),
        name,
        email,
        phone,
        gender,
        birthdate: birthdate.map(|text| day(&text)),
        timezone,
        age,
        employed,
        married,
        education,
        photo_url,
        customer_type,
        identifiers,
        subscriptions,
        devices,
        event_summary,
        first_seen_at: first.and_then(rfc3339),
        last_seen_at: last.and_then(rfc3339),
        is_anonymous,
        custom_fields: dated(data),
        remote_data: include_remote.then(|| record.clone()),
    }
}

/// A text, or a number as one.
pub(in crate::clevertap) fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// Takes a property out as something else; one that is nothing of the kind stays.
fn convert<T>(data: &mut Map<String, Value>, own: &str, read: fn(&Value) -> Option<T>) -> Option<T> {
    let read = read(data.get(own)?)?;
    data.remove(own);
    Some(read)
}

fn yes(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(yes) => Some(*yes),
        Value::String(text) if text.eq_ignore_ascii_case("y") => Some(true),
        Value::String(text) if text.eq_ignore_ascii_case("n") => Some(false),
        _ => None,
    }
}

/// The latest second that a date of a property may have.
const LATEST: i64 = 99_999_999_999;

/// Properties with their dates in the form in which they are written.
pub(in crate::clevertap) fn dated(mut data: Map<String, Value>) -> Map<String, Value> {
    for value in data.values_mut() {
        let seconds =
            value.as_str().and_then(|text| text.strip_prefix("$D_")).and_then(|text| text.parse().ok());
        // Only what can be written so is read so.
        if let Some(time) = seconds.filter(|seconds| (1..=LATEST).contains(seconds)).and_then(rfc3339) {
            *value = json!({ "$date": time });
        }
    }
    data
}

fn international(phone: &str) -> String {
    let digits = phone.bytes().all(|byte| byte.is_ascii_digit());
    if digits { format!("+{phone}") } else { phone.to_owned() }
}

/// `$D_<seconds>`, or whatever is there.
fn day(text: &str) -> String {
    let seconds = text.strip_prefix("$D_").and_then(|seconds| seconds.parse().ok());
    seconds.map_or_else(|| text.to_owned(), |seconds| day_iso(time::utc_day(seconds)))
}

fn identities(record: &Value) -> Vec<String> {
    let all = record.get("all_identities").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let mut identities: Vec<String> = Vec::new();
    for identity in record.get("identity").into_iter().chain(all).filter_map(text) {
        if !identities.contains(&identity) {
            identities.push(identity);
        }
    }
    identities
}

fn devices(record: &Value) -> Vec<Device> {
    match record.get("platformInfo") {
        Some(Value::Array(all)) => all.iter().map(device).collect(),
        // An event's profile has the one device that it happened on.
        _ if record.get("platform").is_some() => vec![device(record)],
        _ => Vec::new(),
    }
}

fn device(info: &Value) -> Device {
    let get = |name: &str| info.get(name).and_then(text);
    Device {
        id: get("objectId"),
        platform: get("platform"),
        push_token: get("push_token"),
        os_version: get("os_version"),
        app_version: get("app_version"),
        make: get("make"),
        model: get("model"),
    }
}

type Summary = (Option<BTreeMap<String, EventSummary>>, Option<i64>, Option<i64>);

fn summary(record: &Value) -> Summary {
    let Some(events) = record.get("events").and_then(Value::as_object) else { return (None, None, None) };
    let (mut first, mut last): (Option<i64>, Option<i64>) = (None, None);
    let mut all = BTreeMap::new();
    for (name, event) in events {
        // Live records hold 0 where nothing is known ([REC] S:quickhouse).
        let seconds = |key: &str| event.get(key).and_then(Value::as_i64).filter(|seconds| *seconds > 0);
        let (from, to) = (seconds("first_seen"), seconds("last_seen"));
        first = first.into_iter().chain(from).min();
        last = last.into_iter().chain(to).max();
        let count = event.get("count").and_then(Value::as_u64);
        let summary = EventSummary { count, first_at: from.and_then(rfc3339), last_at: to.and_then(rfc3339) };
        all.insert(name.clone(), summary);
    }
    (Some(all), first, last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile() {
        let record = json!({
            "email": "ada@example.com", "name": "Ada", "phone": 442_079_460_958_u64, "identity": "u1",
            "all_identities": ["u1", "ada@example.com"],
            "profileData": {"Gender": "F", "DOB": "$D_-4861728000", "Tz": "Europe/London", "MSG-email": false,
                            "MSG-push": true, "MSG-sms": "odd", "plan": "pro", "Age": 36, "Employed": "Y",
                            "Education": "Graduate", "Customer Type": "gold", "Married": "perhaps", "born": "$D_-5", "since": "$D_1772323200"},
            "events": {"App Launched": {"count": 10, "first_seen": 1_457_271_567, "last_seen": 1_458_041_215},
                       "Charged": {"count": 6, "first_seen": 1_457_962_417, "last_seen": 1_458_041_276},
                       "Odd": {"count": 1, "first_seen": 0, "last_seen": 0}},
            "platformInfo": [{"platform": "iOS", "os_version": "10.2", "objectId": "o1", "push_token": "t"}, {"platform": "Web", "objectId": "o2"}],
        });
        let contact = contact(&record, true);
        assert_eq!((contact.id.as_str(), contact.phone.as_deref()), ("u1", Some("+442079460958")));
        assert_eq!((contact.birthdate.as_deref(), contact.is_anonymous), (Some("1815-12-10"), false));
        let named: Vec<_> = contact.identifiers.iter().map(|name| (name.kind, name.value.as_str())).collect();
        assert_eq!(
            named,
            [
                ("USER_ID", "u1"),
                ("USER_ID", "ada@example.com"),
                ("EMAIL", "ada@example.com"),
                ("PHONE", "+442079460958"),
                ("DEVICE_ID", "o1"),
                ("DEVICE_ID", "o2"),
            ]
        );
        assert_eq!(contact.subscriptions.len(), 2);
        assert_eq!(contact.subscriptions[0], Subscription { channel: "email", status: "UNSUBSCRIBED" });
        let custom = json!({"plan": "pro", "MSG-sms": "odd", "Married": "perhaps", "born": "$D_-5", "since": {"$date": "2026-03-01T00:00:00Z"}});
        assert_eq!(Value::Object(contact.custom_fields.clone()), custom);
        assert_eq!((contact.age, contact.employed, contact.married), (Some(36), Some(true), None));
        assert_eq!(
            (contact.education.as_deref(), contact.customer_type.as_deref()),
            (Some("Graduate"), Some("gold"))
        );
        assert_eq!(contact.first_seen_at.as_deref(), Some("2016-03-06T13:39:27Z"));
        assert_eq!(contact.last_seen_at.as_deref(), Some("2016-03-15T11:27:56Z"));
        assert_eq!(contact.event_summary.unwrap()["Odd"].first_at, None);
        assert_eq!(contact.devices[0].push_token.as_deref(), Some("t"));
        assert_eq!(contact.remote_data, Some(record));
    }

    #[test]
    fn somebody_without_a_name() {
        let anonymous = contact(&json!({"platformInfo": [{"platform": "Web", "objectId": "o"}]}), false);
        assert_eq!((anonymous.id.as_str(), anonymous.is_anonymous), ("o", true));
        assert_eq!((anonymous.event_summary, anonymous.remote_data), (None, None));
        for odd in [json!(null), json!([]), json!({"profileData": 5, "platformInfo": {}, "events": []})] {
            assert_eq!(contact(&odd, false).id, "");
        }
        assert_eq!(contact(&json!({"profileData": {"Email": "a@example.com"}}), false).id, "a@example.com");
    }
}
