//! A user: identities, devices, properties, and what they did.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

/// How often and when somebody did something, epoch seconds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seen {
    pub(crate) count: u64,
    pub(crate) first: i64,
    pub(crate) last: i64,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Device {
    pub(crate) object_id: String,
    pub(crate) platform: &'static str,
    pub(crate) os_version: &'static str,
    pub(crate) app_version: &'static str,
    pub(crate) make: &'static str,
    pub(crate) model: &'static str,
    pub(crate) push_token: Option<String>,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Person {
    /// The first is the one that exports name.
    pub(crate) identities: Vec<String>,
    pub(crate) devices: Vec<Device>,
    pub(crate) email: Option<String>,
    /// Kept as a number, as live exports show it ([REC] S:quickhouse).
    pub(crate) phone: Option<i64>,
    pub(crate) name: Option<String>,
    pub(crate) data: Map<String, Value>,
    pub(crate) seen: BTreeMap<String, Seen>,
    pub(crate) deleted: bool,
}

/// What an export shall contain besides the identities ([DOC] S:profiles,
/// section 8.2). What holds without the parameters is [INF].
#[derive(Debug, Clone, Copy)]
pub(crate) struct Parts {
    pub(crate) app: bool,
    pub(crate) events: bool,
    pub(crate) profile: bool,
}

impl Person {
    pub(crate) fn saw(&mut self, event: &str, at: i64) {
        let seen = self.seen.entry(event.to_owned()).or_insert(Seen { count: 0, first: at, last: at });
        seen.count += 1;
        seen.first = seen.first.min(at);
        seen.last = seen.last.max(at);
    }

    /// A profile with all of its devices: [OFF] S:snippets, section 8; further
    /// keys [3P] S:java, S:eclipse.
    pub(crate) fn record(&self, parts: Parts) -> Value {
        let mut record = self.head();
        if parts.profile {
            record.insert("profileData".to_owned(), Value::Object(flat(&self.data)));
        }
        if parts.events {
            record.insert("events".to_owned(), self.events());
        }
        let devices: Vec<_> =
            self.devices.iter().map(|device| Value::Object(device.fields(parts.app))).collect();
        record.insert("platformInfo".to_owned(), devices.into());
        Value::Object(record)
    }

    /// The profile inside an exported event: [REC] S:quickhouse, section 9.
    pub(crate) fn inside_event(&self, object_id: Option<&str>, parts: Parts) -> Value {
        let mut record = self.head();
        let device = self
            .devices
            .iter()
            .find(|device| Some(device.object_id.as_str()) == object_id)
            .or(self.devices.first());
        if let Some(device) = device {
            record.append(&mut device.fields(parts.app));
        }
        if !self.identities.is_empty() {
            record.insert("all_identities".to_owned(), json!(self.identities));
        }
        if parts.profile {
            record.insert("profileData".to_owned(), Value::Object(flat(&self.data)));
        }
        if parts.events {
            record.insert("events".to_owned(), self.events());
        }
        if parts.app {
            record.insert("df".to_owned(), json!({}));
        }
        Value::Object(record)
    }

    fn head(&self) -> Map<String, Value> {
        let mut head = Map::new();
        let mut put = |key: &str, value: Option<Value>| {
            if let Some(value) = value {
                head.insert(key.to_owned(), value);
            }
        };
        put("identity", self.identities.first().map(|identity| json!(identity)));
        put("email", self.email.as_ref().map(|email| json!(email)));
        put("phone", self.phone.map(|phone| json!(phone)));
        put("name", self.name.as_ref().map(|name| json!(name)));
        head
    }

    fn events(&self) -> Value {
        let summary: Map<_, _> = self
            .seen
            .iter()
            .map(|(name, seen)| {
                let seen = json!({ "count": seen.count, "first_seen": seen.first, "last_seen": seen.last });
                (name.clone(), seen)
            })
            .collect();
        Value::Object(summary)
    }
}

impl Device {
    fn fields(&self, app: bool) -> Map<String, Value> {
        let mut fields = Map::new();
        fields.insert("objectId".to_owned(), json!(self.object_id));
        fields.insert("platform".to_owned(), json!(self.platform));
        if let Some(token) = &self.push_token {
            fields.insert("push_token".to_owned(), json!(token));
        }
        let details = [
            ("os_version", self.os_version),
            ("app_version", self.app_version),
            ("make", self.make),
            ("model", self.model),
        ];
        for (key, value) in details.into_iter().filter(|(_, value)| app && !value.is_empty()) {
            fields.insert(key.to_owned(), json!(value));
        }
        fields
    }
}

/// Nested objects are not returned by exports ([DOC] S:nested, section 4.2);
/// lists and the `Items` of `Charged` are.
pub(crate) fn flat(data: &Map<String, Value>) -> Map<String, Value> {
    data.iter()
        .filter(|(_, value)| !value.is_object())
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect()
}
