//! A person. Every field but `id` is null when the provider did not say.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value};

/// A person as the provider knows them today.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Contact {
    /// The provider's identity, else the first device's object id.
    pub id: String,
    pub name: Option<String>,
    pub email: Option<String>,
    /// E.164 with `+`.
    pub phone: Option<String>,
    /// The provider's word: CleverTap has `M` and `F`.
    pub gender: Option<String>,
    /// RFC 3339 date, or the provider's text.
    pub birthdate: Option<String>,
    /// IANA name, or the provider's text.
    pub timezone: Option<String>,
    pub age: Option<u64>,
    pub employed: Option<bool>,
    pub married: Option<bool>,
    /// The provider's word: CleverTap has `School`, `College` and `Graduate`.
    pub education: Option<String>,
    pub photo_url: Option<String>,
    pub customer_type: Option<String>,
    /// All names of the person that are known.
    pub identifiers: Vec<Identifier>,
    /// What the person's own profile says; an address that was opted out as a whole is not in here.
    pub subscriptions: Vec<Subscription>,
    pub devices: Vec<Device>,
    /// What the person did, by event; null when it was not asked for.
    pub event_summary: Option<BTreeMap<String, EventSummary>>,
    /// RFC 3339 in UTC: of the events in `event_summary`.
    pub first_seen_at: Option<String>,
    pub last_seen_at: Option<String>,
    /// Whether nothing but devices names the person.
    pub is_anonymous: bool,
    /// All other profile properties.
    pub custom_fields: Map<String, Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remote_data: Option<Value>,
}

/// One name of a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Identifier {
    /// `USER_ID`, `EMAIL`, `PHONE` or `DEVICE_ID`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    pub value: String,
}

/// Whether a person wants messages of a channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Subscription {
    /// `email`, `push`, `sms` or `whatsapp`.
    pub channel: &'static str,
    /// `SUBSCRIBED` or `UNSUBSCRIBED`.
    pub status: &'static str,
}

/// A device of a person.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Device {
    /// The provider's object id.
    pub id: Option<String>,
    pub platform: Option<String>,
    pub push_token: Option<String>,
    pub os_version: Option<String>,
    pub app_version: Option<String>,
    pub make: Option<String>,
    pub model: Option<String>,
}

/// How often a person did something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EventSummary {
    pub count: Option<u64>,
    /// RFC 3339 in UTC.
    pub first_at: Option<String>,
    pub last_at: Option<String>,
}
