//! A record of CleverTap's event export in the unified shape ([OFF] S:snippets, [REC] S:quickhouse).
//!
//! | CleverTap | unified |
//! |---|---|
//! | `ts`, 14 digits of project time | `occurred_at` by the account's time zone, and as it came |
//! | `event_props` | `properties`; `Items`, `Amount`, `Currency` of `Charged` are `items`, `revenue`, `currency`, too |
//! | `session_props` | `session` |
//! | `profile`, as of today | `profile`, `profile_id`, `identifiers` |
//! | – | `row_key`: a hash of the event's name, `ts`, the device (else the person), `event_props`, `session_props` |
//!
//! Of the profile only the device's object id is in the key: the rest is as of today, and would change it. Two events
//! that are equal in all of that, to the second, have one key.

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::clevertap::contacts::{contact, dated, text};
use crate::clevertap::time::{self, RemoteTime, Zone, rfc3339};
use crate::model::Warning;
use crate::model::event::Event;

/// What the mapping needs to know beside the record.
#[derive(Debug, Clone)]
pub(super) struct Mapping {
    pub(super) name: String,
    pub(super) zone: Option<Zone>,
    pub(super) include_remote: bool,
}

/// What tells an event from others, the same in every export: 128 bits of a hash, as hexadecimal text.
fn row_key(name: &str, record: &Value) -> String {
    let profile =
        |key: &str| record.get("profile").and_then(|profile| profile.get(key)).filter(|id| !id.is_null());
    let who = ["objectId", "identity", "email"].iter().find_map(|key| profile(key));
    // Objects are ordered by their keys, so equal content is equal text.
    let content =
        json!([name, record.get("ts"), who, record.get("event_props"), record.get("session_props")]);
    let digest = Sha256::digest(content.to_string());
    digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

/// The time of a record as sortable digits of the project's clock, where it has them.
pub(super) fn local_digits(record: &Value) -> Option<String> {
    record.get("ts").and_then(text).filter(|digits| digits.len() == 14)
}

impl Mapping {
    /// Reads an event. What is not where it should be is null; nothing is an error.
    pub(super) fn event(&self, record: &Value, warnings: &mut Vec<Warning>) -> Event {
        let remote_time = record.get("ts").and_then(text);
        let charged = self.name == "Charged";
        let properties = dated(object(record, "event_props"));
        let profile = contact(record.get("profile").unwrap_or(&Value::Null), false);
        let charge = |name: &str| properties.get(name).filter(|_| charged);
        Event {
            id: None,
            row_key: row_key(&self.name, record),
            name: self.name.clone(),
            kind: if charged { "CHARGE" } else { "TRACK" },
            occurred_at: remote_time.as_deref().and_then(|time| self.instant(time, warnings)),
            occurred_at_remote: remote_time,
            profile_id: Some(profile.id.clone()).filter(|id| !id.is_empty()),
            identifiers: profile.identifiers.clone(),
            items: charge("Items").cloned(),
            revenue: charge("Amount").filter(|amount| amount.is_number()).cloned(),
            currency: charge("Currency").and_then(text),
            session: object(record, "session_props"),
            profile,
            properties,
            remote_data: self.include_remote.then(|| record.clone()),
        }
    }

    fn instant(&self, text: &str, warnings: &mut Vec<Warning>) -> Option<String> {
        let (code, message) = match (time::parse(text), &self.zone) {
            (Some(RemoteTime::Instant(unix)), _) => return rfc3339(unix),
            (Some(RemoteTime::Local(local)), Some(zone)) => return rfc3339(zone.to_unix(local)),
            (Some(RemoteTime::Local(_)), None) => (
                "timezone_needed",
                "CleverTap's times have no zone: occurred_at is null without the account's timezone",
            ),
            (None, _) => {
                ("unreadable_time", "a time of CleverTap's cannot be read: it is in occurred_at_remote")
            }
        };
        if !warnings.iter().any(|warning| warning.code == code) {
            warnings.push(Warning::new(code, message).about("occurred_at"));
        }
        None
    }
}

fn object(record: &Value, key: &str) -> Map<String, Value> {
    match record.get(key) {
        Some(Value::Object(object)) => object.clone(),
        _ => Map::new(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn mapping(name: &str, zone: Option<&str>) -> Mapping {
        Mapping { name: name.to_owned(), zone: zone.and_then(Zone::named), include_remote: false }
    }

    #[test]
    fn times_of_the_project_become_utc_daylight_saving_included() {
        for (zone, ts, utc) in [
            ("Asia/Kolkata", 20_260_301_173_000_u64, "2026-03-01T12:00:00Z"),
            ("Europe/Berlin", 20_260_115_120_000, "2026-01-15T11:00:00Z"),
            ("Europe/Berlin", 20_260_715_120_000, "2026-07-15T10:00:00Z"),
            ("America/New_York", 20_260_308_033_000, "2026-03-08T07:30:00Z"),
        ] {
            let mut warnings = Vec::new();
            let event = mapping("a", Some(zone)).event(&json!({"ts": ts}), &mut warnings);
            assert_eq!((event.occurred_at.as_deref(), warnings.len()), (Some(utc), 0), "{zone} {ts}");
            assert_eq!(event.occurred_at_remote, Some(ts.to_string()));
        }
        let mut warnings = Vec::new();
        for _ in 0..2 {
            let event = mapping("a", None).event(&json!({"ts": 20_260_301_173_000_u64}), &mut warnings);
            assert_eq!(event.occurred_at, None);
            mapping("a", None).event(&json!({"ts": "odd"}), &mut warnings);
        }
        let codes: Vec<_> = warnings.iter().map(|warning| warning.code).collect();
        assert_eq!(codes, ["timezone_needed", "unreadable_time"]);
    }

    #[test]
    fn the_key_is_of_the_event_and_not_of_what_became_of_the_person() {
        let key = |name: &str, record: &Value| mapping(name, None).event(record, &mut Vec::new()).row_key;
        let record = json!({"ts": 20_260_301_173_000_u64, "event_props": {"a": 1, "b": "x"}, "session_props": {"s": 1},
                            "profile": {"objectId": "o", "identity": "u1", "profileData": {"plan": "free"}}});
        let first = key("a", &record);
        assert_eq!(first.len(), 32);
        let mut later = record.clone();
        later["profile"] = json!({"profileData": {"plan": "pro"}, "identity": "u2", "objectId": "o"});
        later["event_props"] = json!({"b": "x", "a": 1});
        assert_eq!(key("a", &later), first);
        for (place, value) in [
            ("/ts", json!(20_260_301_173_001_u64)),
            ("/event_props/a", json!(2)),
            ("/session_props/s", json!(2)),
            ("/profile/objectId", json!("p")),
        ] {
            let mut other = record.clone();
            *other.pointer_mut(place).unwrap() = value;
            assert_ne!(key("a", &other), first, "{place}");
        }
        assert_ne!(key("b", &record), first);
    }

    #[test]
    fn an_order() {
        let record = json!({
            "profile": {"objectId": "o", "platform": "Web", "identity": "u1", "profileData": {"plan": "pro"}},
            "ts": 20_260_301_173_000_u64,
            "event_props": {"Amount": 30.5, "Currency": "EUR", "Items": [{"sku": "a"}], "CT Source": "Web"},
            "session_props": {"utm_source": "news"},
        });
        let event = mapping("Charged", Some("UTC")).event(&record, &mut Vec::new());
        assert_eq!(
            (event.kind, event.revenue, event.currency.as_deref()),
            ("CHARGE", Some(json!(30.5)), Some("EUR"))
        );
        assert_eq!((event.items, event.profile_id.as_deref()), (Some(json!([{"sku": "a"}])), Some("u1")));
        assert_eq!(event.properties["CT Source"], "Web");
        assert_eq!(event.session["utm_source"], "news");
        assert_eq!(event.profile.devices[0].platform.as_deref(), Some("Web"));
        let other = mapping("Bought", Some("UTC")).event(&record, &mut Vec::new());
        assert_eq!((other.kind, other.revenue, other.items), ("TRACK", None, None));
        for odd in [json!(null), json!([1]), json!({"ts": {}, "event_props": 1, "profile": []})] {
            let event = mapping("a", None).event(&odd, &mut Vec::new());
            assert_eq!((event.profile_id, event.occurred_at_remote), (None, None));
        }
    }
}
