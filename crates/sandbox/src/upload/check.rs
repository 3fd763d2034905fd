//! The checks of section 3.3. Only the first failure of a record is reported
//! ([REC] S:ruby, section 6.3).

use serde_json::{Map, Value, json};

use super::Rejection;
use crate::Variants;
use crate::people::Id;

/// [DOC] S:platform, section 4.2.
const RESTRICTED: &[&str] = &[
    "notification sent",
    "notification viewed",
    "notification clicked",
    "notification delivered",
    "notification replied",
    "utm visited",
    "app launched",
    "app uninstalled",
    "app version changed",
    "stayed",
    "reply sent",
    "experiment rendered",
    "reachable by",
    "identity reset",
    "identity set",
    "identity error",
];
const TOKEN_TYPES: &[&str] = &["chrome", "fcm", "gcm", "apns", "wns", "mpns"];
/// [DOC] S:platform, S:upload, section 4.2.
const MAX_PROPERTIES: usize = 256;
const MAX_KEY: usize = 120;
const MAX_VALUE: usize = 512;
/// Epoch seconds end here; beyond are milliseconds.
const MAX_TS: i64 = 99_999_999_999;

type Checked = Result<(), Rejection>;

fn reject<T>(code: u16, text: &str) -> Result<T, Rejection> {
    Err(Rejection { code, text: text.to_owned() })
}

/// Checks a record and normalises what has passed.
pub(super) fn check(record: &mut Value, variants: &Variants) -> Checked {
    if !record.is_object() {
        return reject(555, "Record must be an object. ");
    }
    match record["type"].as_str() {
        Some("profile") => {
            identified(record)?;
            timed(record)?;
            profile(record)
        }
        Some("event") => {
            identified(record)?;
            event(record, variants)?;
            timed(record)
        }
        Some("token") => token(record),
        _ => reject(524, "Type should be event or profile. "),
    }
}

/// 523, 526; texts [INF].
fn identified(record: &mut Value) -> Checked {
    let object_id = &record["objectId"];
    if !object_id.is_null() && object_id.as_str().is_none_or(str::is_empty) {
        return reject(526, "Object Id is not valid. ");
    }
    let Some(id) = Id::of_record(record) else {
        return reject(523, "Record should have an identity, FBID, GPID or objectId. ");
    };
    if let Id::Identity(identity) = id {
        // Numbers come back as text ([REC] S:ruby).
        record["identity"] = json!(identity);
    }
    Ok(())
}

/// 525 [REC] S:ruby; `ts: 0` is rejected.
fn timed(record: &Value) -> Checked {
    match &record["ts"] {
        Value::Null => Ok(()),
        ts if ts.as_i64().is_some_and(|ts| (1..=MAX_TS).contains(&ts)) => Ok(()),
        _ => reject(525, "Timestamp should be present in the Unix Epoch format. "),
    }
}

/// 515 to 520 as recorded ([REC] S:ruby); 514 and 522 in their manner ([INF]).
fn profile(record: &mut Value) -> Checked {
    let Some(data) = record["profileData"].as_object_mut() else {
        return reject(555, "Profile data is missing. ");
    };
    sized(data)?;
    if data.keys().any(|key| forbidden(key) || key.contains('#')) {
        return reject(555, "Property name has a forbidden character. ");
    }
    let wrong = |code, what: &str| reject(code, &format!("Profile data is incorrect. {what}."));
    let one_of = |value: &Value, known: &[&str]| value.as_str().is_some_and(|text| known.contains(&text));
    let given =
        |data: &Map<String, Value>, key: &str| data.get(key).filter(|value| !is_operator(value)).cloned();
    if given(data, "Email").is_some_and(|email| !email.as_str().is_some_and(is_email)) {
        return wrong(515, "Email is not valid");
    }
    if let Some(phone) = given(data, "Phone") {
        match phone_number(&phone) {
            Some(number) => data.insert("Phone".to_owned(), json!(number)),
            None => return wrong(516, "Phone number is not valid"),
        };
    }
    if given(data, "Gender").is_some_and(|value| !one_of(&value, &["M", "F"])) {
        return wrong(514, "Gender needs to be M/F");
    }
    if given(data, "Employed").is_some_and(|value| !one_of(&value, &["Y", "N"])) {
        return wrong(517, "Employed needs to be Y/N");
    }
    if given(data, "Education").is_some_and(|value| !one_of(&value, &["School", "College", "Graduate"])) {
        return wrong(518, "Education needs to be School/College/Graduate.");
    }
    if given(data, "Married").is_some_and(|value| !one_of(&value, &["Y", "N"])) {
        return wrong(519, "Married needs to be Y/N");
    }
    if given(data, "Age").is_some_and(|value| !is_age(&value)) {
        return wrong(520, "Age is invalid");
    }
    Ok(())
}

/// 509 [3P] S:rudder-t; 512, 513, 522, 528 in its manner ([INF]).
fn event(record: &Value, variants: &Variants) -> Checked {
    let Some(name) = record["evtName"].as_str().filter(|name| !name.trim().is_empty()) else {
        return reject(509, "Event Name is incorrect. ErrorCode: 509 - Event name is mandatory. ");
    };
    let wrong =
        |code: u16, what: &str| reject(code, &format!("Event is incorrect. ErrorCode: {code} - {what}. "));
    if RESTRICTED.contains(&name.to_lowercase().as_str()) || name.starts_with("wzrk_") {
        return wrong(513, "Event name is restricted");
    }
    if variants.discarded_events.iter().any(|discarded| discarded == name) {
        return wrong(528, "Event was discarded in the dashboard");
    }
    if forbidden(name) {
        return wrong(512, "Event name has a forbidden character");
    }
    let Some(data) = record["evtData"].as_object() else {
        return wrong(512, "evtData is mandatory");
    };
    if data.keys().any(|key| forbidden(key)) {
        return wrong(512, "Property name has a forbidden character");
    }
    let charged = name.eq_ignore_ascii_case("charged");
    for (key, value) in data {
        let items = charged && key == "Items" && value.is_array();
        if !items && !variants.nested_objects && (value.is_object() || value.is_array()) {
            return wrong(512, "Event values must be scalars");
        }
    }
    if data.get("Items").and_then(Value::as_array).is_some_and(|items| items.len() > MAX_PROPERTIES) {
        return wrong(522, "Too many items");
    }
    sized(data)
}

/// 530 to 535; texts [INF].
fn token(record: &Value) -> Checked {
    if record["objectId"].as_str().is_none_or(str::is_empty) {
        return reject(530, "Token is incorrect. Object Id is not valid. ");
    }
    let Some(data) = record["tokenData"].as_object() else {
        return reject(531, "Token is incorrect. Token data is not valid. ");
    };
    let text = |key: &str| data.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
    let Some(id) = text("id") else { return reject(532, "Token is incorrect. Id is missing. ") };
    let Some(kind) = text("type") else { return reject(533, "Token is incorrect. Type is missing. ") };
    if !TOKEN_TYPES.contains(&kind) {
        return reject(534, "Token is incorrect. Type is not valid. ");
    }
    if id.contains(char::is_whitespace) {
        return reject(535, "Token is incorrect. Token is not valid. ");
    }
    Ok(())
}

/// 522 (section 3.3); what happens to keys and values beyond the limits of
/// section 4.2 is [UNK], the sandbox answers 555.
fn sized(data: &Map<String, Value>) -> Checked {
    if data.len() > MAX_PROPERTIES {
        return reject(522, "Too many properties. ");
    }
    if data.keys().any(|key| key.chars().count() > MAX_KEY) {
        return reject(555, "Property name is too long. ");
    }
    let long = |value: &Value| value.as_str().is_some_and(|text| text.chars().count() > MAX_VALUE);
    if data.values().any(long) {
        return reject(555, "Property value is too long. ");
    }
    Ok(())
}

/// [DOC] S:platform, section 4.2; which code they are refused with is [UNK].
fn forbidden(name: &str) -> bool {
    name.contains(['%', '>', '<', '!', '|', '&', '.', ':', ';', '$', '\'', '"', '\\'])
}

/// `{"$add":[…]}` and the like.
pub(super) fn is_operator(value: &Value) -> bool {
    value.as_object().is_some_and(|object| object.keys().any(|key| key.starts_with('$')))
}

fn is_email(text: &str) -> bool {
    text.split_once('@').is_some_and(|(local, domain)| {
        let bad = |part: &str| part.contains(|c: char| c == '@' || c.is_whitespace());
        !local.is_empty()
            && !bad(local)
            && !bad(domain)
            && domain.contains('.')
            && !domain.starts_with('.')
            && !domain.ends_with('.')
    })
}

/// E.164 with its `+` ([DOC] S:upload); it comes back as a number ([REC] S:ruby).
fn phone_number(value: &Value) -> Option<i64> {
    let digits = value.as_str()?.strip_prefix('+')?;
    let valid = (7..=15).contains(&digits.len()) && digits.bytes().all(|digit| digit.is_ascii_digit());
    if valid { digits.parse().ok() } else { None }
}

/// A number, or a text that is one: recorded was `"18"` ([REC] S:ruby).
fn is_age(value: &Value) -> bool {
    let age = value.as_i64().or_else(|| value.as_str().and_then(|text| text.parse().ok()));
    age.is_some_and(|age| (1..=120).contains(&age))
}
