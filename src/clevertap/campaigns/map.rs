//! From CleverTap's objects to the unified campaign.
//!
//! | unified | `targets/list.json` | `message/report.json` |
//! |---|---|---|
//! | `remote_id` | `id` | `message id` |
//! | `name` | `name` | `message_name` |
//! | `status` | `status` (first) | `status` |
//! | `scheduled_at` | `scheduled_on` | `start_date` |
//! | `channel`, `delivery_type`, `labels`, `devices`, `conversion_goal` | – | `channel`, `delivery`, `labels`, `device`, `conversion_event` |
//! | `metrics` | – | `data` |
//!
//! Sources: clevertap-api.md sections 11 and 12.3 (3P S:ingestr, S:tsclient, S:crewm).

use serde_json::{Map, Value};

use super::super::reports::shape;
use super::super::time::{self, RemoteTime, Zone};
use super::id::{CampaignId, Origin};
use super::row::{Row, start_text};
use crate::model::campaign::ConversionGoal;
use crate::model::{Campaign, Channel, CreatedVia, DeliveryType, Status, Warning};

/// How campaigns are mapped.
#[derive(Debug, Clone, Copy)]
pub struct Mapping<'a> {
    pub zone: Option<&'a Zone>,
    pub include_remote: bool,
}

/// Letters and digits of a text, in lower case: `Web Popup`, `web_pop_up` and `WebPopUp` are one.
fn squeezed(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase()).collect()
}

fn looked_up<T: Copy>(table: &[(&str, T)], text: &str, other: T) -> T {
    let text = squeezed(text);
    table.iter().find(|(known, _)| *known == text).map_or(other, |(_, value)| *value)
}

/// CleverTap's words for a status (DOC S:msgreport; 3P S:crewm, S:unified).
#[must_use]
pub fn status(text: &str) -> Status {
    const TABLE: &[(&str, Status)] = &[
        ("draft", Status::Draft),
        ("scheduled", Status::Scheduled),
        // Waiting for its turn or its approval: not started yet.
        ("pending", Status::Scheduled),
        ("running", Status::Running),
        ("active", Status::Running),
        ("paused", Status::Paused),
        ("completed", Status::Completed),
        ("stopped", Status::Stopped),
        ("failed", Status::Failed),
        ("archived", Status::Archived),
    ];
    looked_up(TABLE, text, Status::Other)
}

/// CleverTap's words for a channel: the report's filter values, its answers, and `target_mode`
/// (DOC S:msgreport, S:create; 3P S:ingestr).
#[must_use]
pub fn channel(text: &str) -> Channel {
    const TABLE: &[(&str, Channel)] = &[
        ("email", Channel::Email),
        ("push", Channel::Push),
        ("mobilepush", Channel::Push),
        ("pushnotification", Channel::Push),
        ("browser", Channel::WebPush),
        ("webpush", Channel::WebPush),
        ("sms", Channel::Sms),
        ("whatsapp", Channel::Whatsapp),
        ("inapp", Channel::InApp),
        ("notificationinbox", Channel::AppInbox),
        ("appinbox", Channel::AppInbox),
        ("inbox", Channel::AppInbox),
        ("webpopup", Channel::WebPopUp),
        ("webexitintent", Channel::WebExitIntent),
        ("webnativedisplay", Channel::WebNativeDisplay),
        ("webinbox", Channel::WebInbox),
        ("nativedisplay", Channel::NativeDisplay),
        ("webhook", Channel::Webhook),
        ("webhooks", Channel::Webhook),
        ("audience", Channel::Audience),
        ("audiences", Channel::Audience),
        ("tiktok", Channel::Tiktok),
    ];
    looked_up(TABLE, text, Channel::Other)
}

/// CleverTap's words for a delivery (DOC S:msgreport).
#[must_use]
pub fn delivery(text: &str) -> DeliveryType {
    const TABLE: &[(&str, DeliveryType)] = &[
        ("onetime", DeliveryType::OneTime),
        ("single", DeliveryType::OneTime),
        ("recurring", DeliveryType::Recurring),
        ("action", DeliveryType::Action),
        ("inaction", DeliveryType::Inaction),
        ("propertytime", DeliveryType::PropertyTime),
        ("multipledates", DeliveryType::MultipleDates),
        ("api", DeliveryType::ApiTriggered),
        ("apitriggered", DeliveryType::ApiTriggered),
    ];
    looked_up(TABLE, text, DeliveryType::Other)
}

/// The first of `keys` that holds text, in any of the objects.
fn text(objects: &[&Value], keys: &[&str]) -> Option<String> {
    objects.iter().find_map(|object| {
        keys.iter()
            .find_map(|key| object.get(*key)?.as_str())
            .filter(|text| !text.is_empty())
            .map(ToOwned::to_owned)
    })
}

/// A list of texts; one text counts as a list of one.
fn texts(objects: &[&Value], keys: &[&str]) -> Option<Vec<String>> {
    objects.iter().find_map(|object| match keys.iter().find_map(|key| object.get(*key))? {
        Value::Array(items) => Some(
            items
                .iter()
                .map(|item| item.as_str().map_or_else(|| item.to_string(), ToOwned::to_owned))
                .collect(),
        ),
        Value::String(text) if text.is_empty() => Some(Vec::new()),
        Value::String(text) => Some(vec![text.clone()]),
        _ => None,
    })
}

/// The untouched objects, by source.
#[must_use]
pub fn remote_data(row: &Row) -> Value {
    let mut remote = Map::new();
    if let Some(listed) = &row.listed {
        remote.insert("targets_list".to_owned(), listed.clone());
    }
    match row.reported.as_slice() {
        [] => {}
        [one] => {
            remote.insert("message_report".to_owned(), one.clone());
        }
        many => {
            remote.insert("message_report".to_owned(), Value::Array(many.to_vec()));
        }
    }
    Value::Object(remote)
}

/// This API's id of a row.
#[must_use]
pub fn id(row: &Row) -> String {
    let origin = if row.listed.is_some() { Origin::List } else { Origin::Report };
    CampaignId::new(origin, row.key.day(), row.key.id.clone()).to_string()
}

/// A row's channel and CleverTap's word for it.
#[must_use]
pub fn row_channel(row: &Row) -> (Option<Channel>, Option<String>) {
    let objects: Vec<&Value> = row.reported.iter().chain(row.listed.iter()).collect();
    let remote = text(&objects, &["channel", "target_mode"]);
    (remote.as_deref().map(channel), remote)
}

/// A row's start in UTC, and CleverTap's text for it.
#[must_use]
pub fn row_start(
    row: &Row,
    zone: Option<&Zone>,
    warnings: &mut Vec<Warning>,
) -> (Option<String>, Option<String>) {
    let Some(remote) = row.listed.iter().chain(row.reported.iter()).find_map(start_text) else {
        return (None, None);
    };
    let start = match (time::parse(&remote), zone) {
        (Some(RemoteTime::Instant(unix)), _) => time::rfc3339(unix),
        (Some(local @ RemoteTime::Local(_)), Some(zone)) => time::rfc3339(zone.instant(local)),
        (Some(RemoteTime::Local(_)), None) => {
            warnings.push(
                Warning::new(
                    "timezone_needed",
                    "CleverTap's times carry no zone, and this account has no timezone: they are null, and as CleverTap wrote them in scheduled_at_remote",
                )
                .about("scheduled_at"),
            );
            None
        }
        (None, _) => {
            warnings.push(
                Warning::new(
                    "unreadable_time",
                    format!("CleverTap wrote a start as {remote:?}, which is no known form"),
                )
                .about("scheduled_at"),
            );
            None
        }
    };
    (start, Some(remote))
}

/// A row's name.
#[must_use]
pub fn row_name(row: &Row) -> Option<String> {
    let objects: Vec<&Value> = row.listed.iter().chain(row.reported.iter()).collect();
    text(&objects, &["name", "message_name", "campaign_name", "title"])
}

/// A row's labels; none when CleverTap did not say.
#[must_use]
pub fn row_labels(row: &Row) -> Option<Vec<String>> {
    let objects: Vec<&Value> = row.reported.iter().chain(row.listed.iter()).collect();
    texts(&objects, &["labels", "label"])
}

/// The unified campaign of a row.
#[must_use]
pub fn campaign(row: &Row, mapping: &Mapping<'_>, warnings: &mut Vec<Warning>) -> Campaign {
    let list_first: Vec<&Value> = row.listed.iter().chain(row.reported.iter()).collect();
    let report_first: Vec<&Value> = row.reported.iter().chain(row.listed.iter()).collect();
    let mut campaign = Campaign::bare(id(row), row.key.id.clone());
    campaign.name = row_name(row);
    campaign.status_remote = text(&list_first, &["status"]);
    campaign.status = campaign.status_remote.as_deref().map(status);
    (campaign.channel, campaign.channel_remote) = row_channel(row);
    campaign.channels = campaign.channel.into_iter().collect();
    campaign.delivery_type_remote = text(&report_first, &["delivery"]);
    campaign.delivery_type = campaign.delivery_type_remote.as_deref().map(delivery);
    campaign.labels = row_labels(row);
    campaign.devices = texts(&report_first, &["device", "devices"]);
    campaign.conversion_goal = text(&report_first, &["conversion_event"])
        .map(|event| ConversionGoal { event, window_seconds: None });
    // A delivery of `api` is a dashboard campaign that an external trigger sets off, not one made by API.
    campaign.created_via = if row.listed.is_some() { CreatedVia::Api } else { CreatedVia::Dashboard };
    campaign.message_ids = if row.reported.is_empty() { Vec::new() } else { vec![row.key.id.clone()] };
    (campaign.scheduled_at, campaign.scheduled_at_remote) = row_start(row, mapping.zone, warnings);
    if !row.reported.is_empty() {
        let counts = shape::totals(&row.reported, campaign.channel, warnings);
        campaign.emails_sent = if campaign.channel == Some(Channel::Email) { counts.sent } else { None };
        campaign.metrics = Some(counts);
    }
    campaign.remote_data = mapping.include_remote.then(|| remote_data(row));
    campaign
}

#[cfg(test)]
mod tests {
    use ::time::macros::date;
    use serde_json::json;

    use super::super::row::merge;
    use super::*;

    fn row() -> Row {
        let listed = json!({"id": 1457432766, "name": "Spring sale", "scheduled_on": 202604011230u64, "status": "completed"});
        let reported = json!({
            "message id": 1457432766, "message_name": "Spring sale", "channel": "Email", "delivery": "one_time",
            "start_date": "01 Apr, 2026 12:30:00", "status": "completed", "labels": ["sale"], "device": ["Web"],
            "conversion_event": "Charged", "data": [{"sent": 82, "viewed": 40, "clicked": 28}]
        });
        merge(vec![listed], vec![reported], date!(2026 - 04 - 01), date!(2026 - 04 - 01), None).rows.remove(0)
    }

    #[test]
    fn golden() {
        let zone = Zone::named("Asia/Kolkata");
        let mut warnings = Vec::new();
        let campaign =
            campaign(&row(), &Mapping { zone: zone.as_ref(), include_remote: false }, &mut warnings);
        let json = serde_json::to_value(&campaign).unwrap();
        let expected: Value = serde_json::from_str(include_str!("golden/campaign.json")).unwrap();
        assert_eq!(json, expected);
        assert!(warnings.is_empty());
    }

    #[test]
    fn without_a_zone_times_are_null_with_a_warning() {
        let mut warnings = Vec::new();
        let campaign = campaign(&row(), &Mapping { zone: None, include_remote: true }, &mut warnings);
        assert_eq!(campaign.scheduled_at, None);
        assert_eq!(campaign.scheduled_at_remote.as_deref(), Some("202604011230"));
        assert_eq!(warnings[0].code, "timezone_needed");
        assert_eq!(campaign.remote_data.unwrap()["targets_list"]["id"], 1457432766);
    }

    #[test]
    fn every_word_of_the_documentation_is_known() {
        for word in [
            "push",
            "email",
            "sms",
            "browser",
            "audiences",
            "inapp",
            "webhooks",
            "web_pop_up",
            "web_exit_intent",
            "web_native_display",
            "web_inbox",
            "whatsapp",
            "tiktok",
            "nativedisplay",
            "Push",
            "InApp",
            "notificationinbox",
            "webpush",
        ] {
            assert_ne!(channel(word), Channel::Other, "{word}");
        }
        for word in ["one_time", "inaction", "action", "recurring", "property_time", "api", "multiple_dates"]
        {
            assert_ne!(delivery(word), DeliveryType::Other, "{word}");
        }
        for word in ["scheduled", "running", "stopped", "completed", "pending", "paused"] {
            assert_ne!(status(word), Status::Other, "{word}");
        }
        assert_eq!((channel("carrier pigeon"), status("?")), (Channel::Other, Status::Other));
    }
}
