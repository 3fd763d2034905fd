//! Something that a person did. Every field but `name` is null when the provider did not say.

use serde::Serialize;
use serde_json::{Map, Value};

use super::contact::{Contact, Identifier};

/// An event as the provider exports it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Event {
    /// CleverTap has no ids of events: always null.
    pub id: Option<String>,
    /// A hash of what does not change of the event, in place of an id: equal for equal events.
    pub row_key: String,
    /// As it was asked for: CleverTap does not repeat it.
    pub name: String,
    /// `TRACK`, or `CHARGE` for CleverTap's `Charged`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// RFC 3339 in UTC; null without the account's time zone.
    pub occurred_at: Option<String>,
    /// The provider's time as it came.
    pub occurred_at_remote: Option<String>,
    /// The person's identity, else the device's object id.
    pub profile_id: Option<String>,
    pub identifiers: Vec<Identifier>,
    pub properties: Map<String, Value>,
    /// Of `Charged` alone, out of `properties`.
    pub items: Option<Value>,
    /// Of `Charged` alone: its property `Amount`, a number.
    pub revenue: Option<Value>,
    /// Of `Charged` alone: its property `Currency`.
    pub currency: Option<String>,
    /// The session that it happened in.
    pub session: Map<String, Value>,
    /// The person as of today, not of then.
    pub profile: Contact,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remote_data: Option<Value>,
}
