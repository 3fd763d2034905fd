//! An event in the unified shape, as CleverTap's upload takes it ([DOC] S:upload; codes [DOC] S:errors).
//!
//! | unified | CleverTap | rule |
//! |---|---|---|
//! | `name` | `evtName` | 509 missing, 512 not a name, 513 CleverTap's own |
//! | `type: CHARGE` | `evtName: Charged` | the other types of the model have no meaning to CleverTap |
//! | `occurred_at` | `ts` | now unless told: 525 |
//! | `profile_id` (or `contact_id`), `object_id`, `identifiers` | see [`person`](crate::clevertap::bulk::person) | 523, 526 |
//! | `properties` | `evtData` | at most 256 (522); texts, numbers, true, false, `{"$date": …}`: 512 |
//! | `items` | `evtData.Items`, of `Charged` only | at most 256 (522), each an object of such values |
//! | `revenue`, `currency` | `evtData.Amount`, `evtData.Currency`, of `Charged` only | our convention; `properties` go before |
//! | `source` | `source` | |
//! | `id` | not sent: CleverTap has no key for events | a second record with it is skipped |
//!
//! What is nested in a property is refused (512), unless the caller asks for one of these:
//!
//! | `nested` | a list or an object in a property |
//! |---|---|
//! | `json` | becomes a text of JSON, of up to 512 characters |
//! | `keep` | goes out as it is, for accounts with CleverTap's nested objects ([DOC] S:nested: 3 levels, 5 such properties, 128 KB an event) |

use serde_json::{Map, Value, json};

use crate::clevertap::bulk::data::{
    LONGEST_TEXT, MOST_PROPERTIES, Of, check_names, fits, name_fault, scalar, short,
};
use crate::clevertap::bulk::fields::{Fields, code};
use crate::clevertap::bulk::{Json, Kind, Ready, person, upload_body};
use crate::clevertap::operation::{self, Operation};
use crate::model::{Failure, Warning};

/// What is done with lists and objects in properties.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Nested {
    #[default]
    Refuse,
    Json,
    Keep,
}

impl Nested {
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "refuse" => Some(Self::Refuse),
            "json" => Some(Self::Json),
            "keep" => Some(Self::Keep),
            _ => None,
        }
    }

    #[must_use]
    pub fn accepted() -> String {
        "refuse, json, keep".to_owned()
    }
}

/// Sends events.
#[derive(Debug, Clone, Copy, Default)]
pub struct Ingest {
    /// Events whose answer was lost are sent again, and may then be counted twice.
    pub retry_unknown: bool,
    pub nested: Nested,
}

const ACCEPTED: &[&str] = &[
    "id",
    "name",
    "type",
    "occurred_at",
    "profile_id",
    "contact_id",
    "object_id",
    "identifiers",
    "properties",
    "items",
    "revenue",
    "currency",
    "source",
];

/// Of the unified model.
const TYPES: &[&str] = &["TRACK", "PAGE", "SCREEN", "IDENTIFY", "CHARGE", "OTHER"];

/// CleverTap's own events ([DOC] S:platform), in lower case and without spaces, as CleverTap compares them.
const RESERVED: &[&str] = &[
    "notificationsent",
    "notificationviewed",
    "notificationclicked",
    "notificationdelivered",
    "notificationreplied",
    "utmvisited",
    "applaunched",
    "appuninstalled",
    "appversionchanged",
    "stayed",
    "replysent",
    "experimentrendered",
    "reachableby",
    "identityreset",
    "identityset",
    "identityerror",
];

const CHARGED: &str = "Charged";

/// Live campaigns are triggered by events of the last two hours, and two minutes ahead ([DOC] S:events-object).
const LIVE: std::ops::RangeInclusive<i64> = -7200..=120;

/// Nested objects ([DOC] S:nested).
const DEEPEST: usize = 3;
const MOST_NESTED: usize = 5;
const LARGEST_NESTED: usize = 128 << 10;

impl Kind for Ingest {
    fn operation(&self) -> &'static Operation {
        &operation::EVENTS_UPLOAD
    }

    fn most(&self) -> usize {
        1000
    }

    fn prepare(&self, record: Value, now: i64) -> Result<Ready, Vec<Failure>> {
        let mut fields = Fields::of(record, code::EVENT_INVALID, "an event")?;
        let id = fields.id("id", code::EVENT_INVALID);
        let name = name(&mut fields);
        let charged = name.as_deref() == Some(CHARGED);
        let person = person::take(&mut fields, &["profile_id", "contact_id"]);
        let ts = fields.time("occurred_at");
        let data = self.data(&mut fields, charged);
        let source = fields.text("source", code::EVENT_INVALID);
        fields.finish(code::EVENT_INVALID, ACCEPTED)?;

        let mut json = Json::new();
        json.field(person.key, Some(&person.value));
        json.field("type", Some(&"event"));
        json.field("evtName", name.as_ref());
        json.field("ts", ts.as_ref());
        json.field("source", source.as_ref());
        json.field("evtData", Some(&data));
        let json = json.close();
        if self.nested == Nested::Keep && json.len() > LARGEST_NESTED {
            let message = format!("has {} bytes; CleverTap takes {LARGEST_NESTED} of an event", json.len());
            return Err(vec![Failure { code: Some(code::EVENT_INVALID), ..Failure::new("", message) }]);
        }
        let live = ts.is_none_or(|ts| LIVE.contains(&ts.saturating_sub(now)));
        let other = |name: &Option<String>| name.as_ref().is_some_and(|name| *name != person.value);
        let also = [("EMAIL", other(&person.email)), ("PHONE", other(&person.phone))];
        let mut warnings = person::warnings(&person, &also);
        warnings.extend((!live).then(not_live));
        Ok(Ready { id: id.clone(), key: id, json, slot: "", safe: self.retry_unknown, warnings })
    }

    fn body(&self, records: &[(&'static str, String)]) -> String {
        upload_body(records)
    }
}

fn not_live() -> Warning {
    Warning::new(
        "will_not_trigger_live_campaigns",
        "it happened more than two hours ago, or is more than two minutes ahead: it is stored and counted, and \
         triggers no live campaign",
    )
    .about("occurred_at")
}

fn name(fields: &mut Fields) -> Option<String> {
    let kind = fields.text("type", code::EVENT_INVALID).map(|kind| kind.to_ascii_uppercase());
    if kind.as_deref().is_some_and(|kind| !TYPES.contains(&kind)) {
        fields.fail(code::EVENT_INVALID, "type", format!("must be one of {}", TYPES.join(", ")));
    }
    let is_charge = kind.as_deref() == Some("CHARGE");
    let name = match fields.take("name") {
        Some(Value::String(name)) if !name.trim().is_empty() => name,
        None if is_charge => CHARGED.to_owned(),
        _ => {
            fields.fail(
                code::NAME_MISSING,
                "name",
                "is missing: an event has a name, a text that is not empty",
            );
            return None;
        }
    };
    let plain: String = name.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect();
    if RESERVED.contains(&plain.as_str()) || plain.starts_with("wzrk_") {
        fields.fail(
            code::NAME_RESTRICTED,
            "name",
            format!("{:?} is an event of CleverTap's own; choose another name", short(&name)),
        );
        return None;
    }
    if let Some(fault) = name_fault(&name, Of::Event) {
        fields.fail(code::EVENT_INVALID, "name", fault);
        return None;
    }
    if plain == "charged" {
        return Some(CHARGED.to_owned());
    }
    if is_charge {
        fields.fail(code::EVENT_INVALID, "name", "must be Charged, or absent, for the type CHARGE");
    }
    Some(name)
}

impl Ingest {
    fn data(self, fields: &mut Fields, charged: bool) -> Map<String, Value> {
        let mut data = Map::new();
        let mut nested = 0usize;
        for (name, value) in fields.object("properties", code::EVENT_INVALID) {
            // Charged has its items in one of its properties ([OFF] S:snippets).
            let items = charged && name == "Items" && value.is_array();
            let is_nested = is_nested(&value) && !items;
            nested = nested.saturating_add(usize::from(is_nested));
            let value = match self.nested {
                _ if items => Ok(value),
                Nested::Json if is_nested => as_json(&value),
                Nested::Keep if is_nested => kept(value, 1),
                Nested::Refuse if is_nested => Err(NESTED.to_owned()),
                _ => scalar(value),
            };
            match value {
                Ok(value) => {
                    data.insert(name, value);
                }
                Err(message) => {
                    fields.fail(code::EVENT_INVALID, format!("properties.{}", short(&name)), message);
                }
            }
        }
        if self.nested == Nested::Keep && nested > MOST_NESTED {
            let message =
                format!("has {nested} lists and objects; CleverTap takes {MOST_NESTED} of an event");
            fields.fail(code::EVENT_INVALID, "properties", message);
        }
        check_names(fields, data.keys(), "properties", Of::Event, code::EVENT_INVALID);
        charge(fields, charged, &mut data);
        data
    }
}

const NESTED: &str = "is a list or an object, which CleverTap takes of accounts with nested objects only: ask for \
                      nested=json to send it as a text of JSON, or for nested=keep to send it as it is";

fn is_nested(value: &Value) -> bool {
    match value {
        Value::Array(_) => true,
        Value::Object(object) => !object.contains_key("$date"),
        _ => false,
    }
}

fn as_json(value: &Value) -> Result<Value, String> {
    let text = value.to_string();
    if fits(&text) {
        return Ok(Value::String(text));
    }
    Err(format!("has more than {LONGEST_TEXT} characters as JSON"))
}

fn kept(value: Value, depth: usize) -> Result<Value, String> {
    if !is_nested(&value) {
        return scalar(value);
    }
    if depth > DEEPEST {
        return Err(format!("is nested deeper than {DEEPEST} levels"));
    }
    let deeper = depth.saturating_add(1);
    Ok(match value {
        Value::Array(list) => {
            Value::Array(list.into_iter().map(|value| kept(value, deeper)).collect::<Result<_, _>>()?)
        }
        Value::Object(object) => {
            let mut all = Map::new();
            for (name, value) in object {
                if let Some(fault) = name_fault(&name, Of::Event) {
                    return Err(fault);
                }
                all.insert(name, kept(value, deeper)?);
            }
            Value::Object(all)
        }
        scalar => scalar,
    })
}

/// What only `Charged` has.
fn charge(fields: &mut Fields, charged: bool, data: &mut Map<String, Value>) {
    let revenue = fields.take("revenue");
    let currency = fields.text("currency", code::EVENT_INVALID);
    let has_items = data.contains_key("Items");
    let given = fields.list("items", code::EVENT_INVALID);
    if !charged {
        for (name, is_there) in
            [("revenue", revenue.is_some()), ("currency", currency.is_some()), ("items", !given.is_empty())]
        {
            if is_there {
                fields.fail(
                    code::EVENT_INVALID,
                    name,
                    "belongs to the event Charged alone (or the type CHARGE); others have it in properties",
                );
            }
        }
        return;
    }
    match revenue {
        None => {}
        Some(amount @ Value::Number(_)) => {
            data.entry("Amount").or_insert(amount);
        }
        Some(_) => fields.fail(code::EVENT_INVALID, "revenue", "must be a number"),
    }
    if let Some(currency) = currency.filter(|_| !data.contains_key("Currency")) {
        data.insert("Currency".to_owned(), json!(currency));
    }
    if has_items && !given.is_empty() {
        fields.fail(code::EVENT_INVALID, "items", "stands beside Items in properties; give one of them");
        return;
    }
    let (place, items) = match data.remove("Items") {
        Some(Value::Array(items)) => ("properties.Items", items),
        Some(_) => {
            fields.fail(code::EVENT_INVALID, "properties.Items", "must be a list of objects");
            return;
        }
        None if given.is_empty() => return,
        None => ("items", given),
    };
    if items.len() > MOST_PROPERTIES {
        let message = format!("has {} items; CleverTap takes {MOST_PROPERTIES}", items.len());
        fields.fail(code::TOO_MANY_PROPERTIES, place, message);
        return;
    }
    let mut sent = Vec::with_capacity(items.len());
    for (number, item) in items.into_iter().enumerate() {
        let Value::Object(item) = item else {
            fields.fail(code::EVENT_INVALID, format!("{place}[{number}]"), "must be an object");
            continue;
        };
        check_names(fields, item.keys(), &format!("{place}[{number}]"), Of::Event, code::EVENT_INVALID);
        let mut values = Map::new();
        for (name, value) in item {
            match scalar(value) {
                Ok(value) => {
                    values.insert(name, value);
                }
                Err(message) => {
                    let place = format!("{place}[{number}].{}", short(&name));
                    fields.fail(code::EVENT_INVALID, place, message);
                }
            }
        }
        sent.push(Value::Object(values));
    }
    data.insert("Items".to_owned(), Value::Array(sent));
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_772_366_400;

    fn ready(record: Value) -> Ready {
        Ingest::default().prepare(record, NOW).unwrap()
    }

    fn sent(record: Value) -> Value {
        serde_json::from_str(&ready(record).json).unwrap()
    }

    fn failures(kind: Ingest, record: Value) -> Vec<(u32, String)> {
        let failures = kind.prepare(record, NOW).unwrap_err();
        failures.into_iter().map(|failure| (failure.code.unwrap(), failure.field)).collect()
    }

    #[test]
    fn an_event_and_an_order() {
        let event = json!({
            "id": "e-1", "name": "Article Read", "occurred_at": "2026-03-01T12:00:00Z", "profile_id": "user-1",
            "properties": {"title": "Why", "words": 900, "free": true, "on": {"$date": "2026-03-01"}},
            "source": "web",
        });
        assert_eq!(
            sent(event.clone()),
            json!({
                "identity": "user-1", "type": "event", "evtName": "Article Read", "ts": NOW, "source": "web",
                "evtData": {"title": "Why", "words": 900, "free": true, "on": "$D_1772323200"},
            })
        );
        let ready = ready(event);
        assert_eq!(
            (ready.id.as_deref(), ready.key.as_deref(), ready.safe),
            (Some("e-1"), Some("e-1"), false)
        );
        let order = json!({
            "type": "CHARGE", "contact_id": 42, "revenue": 30.5, "currency": "EUR",
            "properties": {"Payment": "card"}, "items": [{"sku": "a", "price": 10}, {"sku": "b", "price": 20.5}],
        });
        let expected = json!({
            "identity": "42", "type": "event", "evtName": "Charged",
            "evtData": {"Payment": "card", "Amount": 30.5, "Currency": "EUR",
                        "Items": [{"sku": "a", "price": 10}, {"sku": "b", "price": 20.5}]},
        });
        assert_eq!(sent(order), expected);
        let own = json!({
            "name": "charged", "contact_id": 42,
            "properties": {"Payment": "card", "Amount": 30.5, "Currency": "EUR",
                           "Items": [{"sku": "a", "price": 10}, {"sku": "b", "price": 20.5}]},
        });
        assert_eq!(sent(own), expected);
    }

    #[test]
    fn the_time_tells_whether_live_campaigns_are_triggered() {
        let warned = |ts: i64| {
            let event = json!({"name": "a", "profile_id": "u", "occurred_at": ts});
            ready(event).warnings.iter().map(|warning| warning.code).collect::<Vec<_>>()
        };
        let late = ["will_not_trigger_live_campaigns"];
        for (ts, expected) in [
            (NOW, &late[..0]),
            (NOW - 7200, &late[..0]),
            (NOW - 7201, &late[..]),
            (NOW + 120, &late[..0]),
            (NOW + 121, &late[..]),
        ] {
            assert_eq!(warned(ts), expected, "{ts}");
        }
        assert!(ready(json!({"name": "a", "profile_id": "u"})).warnings.is_empty());
    }

    #[test]
    fn names_that_do_not_go_out_are_said() {
        let event = json!({"name": "a", "profile_id": "u", "object_id": "o",
                           "identifiers": [{"type": "EMAIL", "value": "a@example.com"}]});
        let ready = ready(event);
        assert_eq!(ready.warnings.len(), 1);
        let message = &ready.warnings[0].message;
        assert!(message.contains("identity went out") && message.contains("objectId, EMAIL"), "{message}");
        let by_email = json!({"name": "a", "identifiers": [{"type": "EMAIL", "value": "a@example.com"}]});
        assert!(self::ready(by_email).warnings.is_empty());
    }

    #[test]
    fn each_code() {
        let plain = Ingest::default();
        let with = |more: Value| {
            let mut event = json!({"name": "a", "profile_id": "u"});
            event.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            event
        };
        let many: Map<_, _> = (0..257).map(|n| (format!("k{n}"), json!(n))).collect();
        for (event, code, field) in [
            (json!({"profile_id": "u"}), 509, "name"),
            (with(json!({"name": "  "})), 509, "name"),
            (with(json!({"name": 5})), 509, "name"),
            (with(json!({"name": "a:b"})), 512, "name"),
            (with(json!({"name": "x".repeat(121)})), 512, "name"),
            (with(json!({"name": "App Launched"})), 513, "name"),
            (with(json!({"name": "applaunched"})), 513, "name"),
            (with(json!({"name": "WZRK_x"})), 513, "name"),
            (with(json!({"properties": many})), 522, "properties"),
            (json!({"name": "a"}), 523, "profile_id"),
            (with(json!({"occurred_at": "soon"})), 525, "occurred_at"),
            (json!({"name": "a", "object_id": 5}), 526, "object_id"),
            (with(json!({"properties": {"a": null}})), 512, "properties.a"),
            (with(json!({"properties": {"a": "x".repeat(513)}})), 512, "properties.a"),
            (with(json!({"properties": {"a.b": 1}})), 512, "properties.a.b"),
            (with(json!({"properties": {"a": {"b": 1}}})), 512, "properties.a"),
            (with(json!({"properties": [1]})), 512, "properties"),
            (with(json!({"items": [{}]})), 512, "items"),
            (with(json!({"revenue": 1})), 512, "revenue"),
            (with(json!({"type": "CHARGE"})), 512, "name"),
            (with(json!({"type": "BUY"})), 512, "type"),
            (with(json!({"colour": 1})), 512, "colour"),
            (json!({"type": "CHARGE", "profile_id": "u", "items": [{"a": []}]}), 512, "items[0].a"),
            (json!({"type": "CHARGE", "profile_id": "u", "items": vec![json!({}); 257]}), 522, "items"),
            (json!({"type": "CHARGE", "profile_id": "u", "revenue": "9"}), 512, "revenue"),
            (json!("event"), 512, ""),
        ] {
            let found = failures(plain, event.clone());
            assert_eq!(found.first(), Some(&(code, field.to_owned())), "{event}: {found:?}");
        }
    }

    #[test]
    fn nested_values_are_refused_written_or_kept() {
        let event = |value: Value| json!({"name": "a", "profile_id": "u", "properties": {"a": value}});
        let sent = |nested, value: Value| {
            let kind = Ingest { nested, ..Ingest::default() };
            kind.prepare(event(value), NOW)
                .map(|ready| serde_json::from_str::<Value>(&ready.json).unwrap()["evtData"]["a"].clone())
        };
        let value = json!({"b": [1, {"c": "d"}]});
        assert!(sent(Nested::Refuse, value.clone()).unwrap_err()[0].message.contains("nested=json"));
        assert_eq!(sent(Nested::Json, value.clone()).unwrap(), json!(value.to_string()));
        assert_eq!(sent(Nested::Keep, value.clone()).unwrap(), value);
        assert!(sent(Nested::Json, json!(vec!["x"; 200])).is_err());
        assert!(sent(Nested::Keep, json!([[[[1]]]])).is_err());
        assert!(sent(Nested::Keep, json!({"a:b": 1})).is_err());
        let kind = Ingest { nested: Nested::Keep, ..Ingest::default() };
        // The items of an order are documented, whatever else is nested.
        for nested in [Nested::Refuse, Nested::Json, Nested::Keep] {
            let kind = Ingest { nested, ..Ingest::default() };
            let order =
                json!({"name": "Charged", "profile_id": "u", "properties": {"Items": [{"sku": "a"}]}});
            let sent: Value = serde_json::from_str(&kind.prepare(order, NOW).unwrap().json).unwrap();
            assert_eq!(sent["evtData"]["Items"], json!([{"sku": "a"}]));
        }
        let six: Map<_, _> = (0..6).map(|n| (format!("k{n}"), json!([n]))).collect();
        assert_eq!(failures(kind, json!({"name": "a", "profile_id": "u", "properties": six}))[0].0, 512);
        let big = event(json!(vec!["x".repeat(500); 300]));
        assert_eq!(failures(kind, big)[0].0, 512);
    }
}
