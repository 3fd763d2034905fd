//! A segment. Every field but `id` is null when the provider did not say.

use serde::Serialize;
use serde_json::Value;

/// A set of people that the provider keeps.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Segment {
    pub id: String,
    pub name: Option<String>,
    /// `custom_list`, `api`, or the provider's word.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// The provider's word.
    pub status: Option<String>,
    /// How many people it has, as the provider counts them.
    pub size: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remote_data: Option<Value>,
}
