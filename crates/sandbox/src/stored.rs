//! What writes have left behind, so that tests can prove "stored exactly once".

use serde::Serialize;
use serde_json::Value;

/// A campaign created through `targets/create.json`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Created {
    /// The account.
    pub project_id: String,
    /// The id given out.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// The whole request.
    pub body: Value,
}

/// A message to known users through `/1/send/…`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Send {
    /// The account.
    pub project_id: String,
    /// `push`, `email`, `sms`, `webpush`, `whatsapp`.
    pub channel: String,
    /// How many ids it names.
    pub recipients: usize,
    /// The whole request.
    pub body: Value,
}

/// What caused a trigger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TriggerKind {
    /// `/1/send/externaltrigger.json`.
    ExternalV1,
    /// `/2/send/externaltrigger.json`.
    ExternalV2,
    /// `/1/targets/trigger.json`.
    Bulletin,
}

/// A triggered campaign, or a business event.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Trigger {
    /// The account.
    pub project_id: String,
    /// Which call.
    pub kind: TriggerKind,
    /// The campaigns; none for a bulletin.
    pub campaign_ids: Vec<i64>,
    /// How many ids it names.
    pub recipients: usize,
    /// The whole request.
    pub body: Value,
}

/// Any other write, as it came: deletions, subscriptions, segments, ….
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Write {
    /// The account.
    pub project_id: String,
    /// The path called.
    pub path: String,
    /// The whole request.
    pub body: Value,
}

#[derive(Debug, Default)]
pub(crate) struct Stored {
    pub(crate) created: Vec<Created>,
    pub(crate) sends: Vec<Send>,
    pub(crate) triggers: Vec<Trigger>,
    pub(crate) writes: Vec<Write>,
}
