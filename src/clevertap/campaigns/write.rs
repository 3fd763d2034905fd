//! Making, estimating, stopping and triggering campaigns.
//!
//! A campaign to be made is described in the unified shape, in CleverTap's, or both:
//!
//! | unified | CleverTap (`targets/create.json`, DOC S:create) |
//! |---|---|
//! | `name`, `labels` | the same |
//! | `channel` | `target_mode` |
//! | `content` | `content`, as it is; `subject_line`, `body`, `from_name` become its `subject`, `body`, `sender_name` |
//! | `audience.query`, `audience.segment_id` | `where`, `segment`; neither: everyone (`where: {}`) must be said by `audience: "everyone"` |
//! | `scheduled_at` | `when`: `now`, or `YYYYMMDD HH:MM` on the project's clock |
//! | `remote_data` | merged over all of it |

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::super::client::{Call, Session};
use super::super::operation;
use super::super::time::{self, Zone, day_digits};
use super::id::{CampaignId, Origin};
use crate::model::campaign::Audience;
use crate::model::{Campaign, Channel, CreatedVia, Error, Failure};
use crate::transport::Host;

/// CleverTap's estimate of who would be reached.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Estimate {
    /// Sum over the platforms; null when CleverTap gave no numbers.
    pub total: Option<u64>,
    pub by_platform: BTreeMap<String, u64>,
    pub remote_data: Value,
}

/// What creating brought.
#[derive(Debug, Clone, PartialEq)]
pub struct Created {
    /// None when CleverTap answered without an id (a draft, or an estimate).
    pub campaign: Option<Campaign>,
    pub estimate: Option<Estimate>,
    pub remote_data: Value,
}

/// Who gets a triggered message.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recipients {
    pub identities: Vec<String>,
    pub emails: Vec<String>,
    pub object_ids: Vec<String>,
}

/// What triggering brought.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Triggered {
    pub message: Option<String>,
    pub remote_data: Value,
}

/// Fields of a new campaign that are read here.
const UNIFIED: &[&str] = &[
    "name",
    "channel",
    "labels",
    "content",
    "subject_line",
    "body",
    "from_name",
    "audience",
    "scheduled_at",
    "remote_data",
];
/// CleverTap takes 5 ids in one call of version 2 (DOC S:exttrigger).
const MOST_TRIGGERED: usize = 5;
/// And 1000 recipients in a call by id (DOC S:create).
const MOST_RECIPIENTS: usize = 1000;

const fn target_mode(channel: Channel) -> Option<&'static str> {
    match channel {
        Channel::Push => Some("push"),
        Channel::Email => Some("email"),
        Channel::Sms => Some("sms"),
        Channel::WebPush => Some("webpush"),
        Channel::Webhook => Some("webhook"),
        Channel::Whatsapp => Some("whatsapp"),
        Channel::AppInbox => Some("notificationinbox"),
        _ => None,
    }
}

/// CleverTap's create body from the caller's.
fn to_remote(body: &Value, zone: Option<&Zone>) -> Result<Map<String, Value>, Error> {
    let Some(body) = body.as_object() else {
        return Err(Error::invalid(
            "",
            format!("a campaign is a JSON object with some of: {}", UNIFIED.join(", ")),
        ));
    };
    let mut failures = Vec::new();
    for key in body.keys().filter(|key| !UNIFIED.contains(&key.as_str())) {
        failures.push(Failure::new(
            key.clone(),
            format!(
                "is no field of a new campaign: accepted are {}; CleverTap's own fields go into remote_data",
                UNIFIED.join(", ")
            ),
        ));
    }
    let mut remote = Map::new();
    let mut content = match body.get("content") {
        None | Some(Value::Null) => Map::new(),
        Some(Value::Object(content)) => content.clone(),
        Some(_) => {
            failures.push(Failure::new("content", "must be an object, in CleverTap's shape for the channel"));
            Map::new()
        }
    };
    for (unified, own) in [("subject_line", "subject"), ("body", "body"), ("from_name", "sender_name")] {
        if let Some(value) = text(body, unified, &mut failures) {
            content.insert(own.to_owned(), Value::String(value));
        }
    }
    if let Some(name) = text(body, "name", &mut failures) {
        remote.insert("name".to_owned(), Value::String(name));
    }
    if let Some(channel) = text(body, "channel", &mut failures) {
        match Channel::parse(&channel).and_then(target_mode) {
            Some(mode) => {
                remote.insert("target_mode".to_owned(), json!(mode));
            }
            None => failures.push(Failure::new(
                "channel",
                format!("{channel:?} is no channel that CleverTap creates campaigns for: accepted are push, email, sms, web_push, webhook, whatsapp, app_inbox"),
            )),
        }
    }
    match body.get("labels") {
        None | Some(Value::Null) => {}
        Some(Value::Array(labels)) if labels.iter().all(Value::is_string) => {
            remote.insert("labels".to_owned(), Value::Array(labels.clone()));
        }
        Some(_) => failures.push(Failure::new("labels", "must be a list of texts")),
    }
    audience(body.get("audience"), &mut remote, &mut failures);
    if let Some(when) = text(body, "scheduled_at", &mut failures) {
        match when_text(&when, zone) {
            Ok(when) => {
                remote.insert("when".to_owned(), Value::String(when));
            }
            Err(message) => failures.push(Failure::new("scheduled_at", message)),
        }
    }
    if !content.is_empty() {
        remote.insert("content".to_owned(), Value::Object(content));
    }
    match body.get("remote_data") {
        None | Some(Value::Null) => {}
        Some(Value::Object(own)) => {
            for (key, value) in own.iter().filter(|(_, value)| !value.is_null()) {
                remote.insert(key.clone(), value.clone());
            }
        }
        Some(_) => {
            failures.push(Failure::new("remote_data", "must be an object with CleverTap's own fields"))
        }
    }
    for (key, unified) in [("name", "name"), ("target_mode", "channel"), ("content", "content")] {
        if !remote.contains_key(key) && failures.iter().all(|failure| failure.field != unified) {
            failures.push(Failure::new(unified, format!("is required (or {key} in remote_data)")));
        }
    }
    // Everyone is never reached by leaving something out.
    if !remote.contains_key("where")
        && !remote.contains_key("segment")
        && failures.iter().all(|failure| failure.field != "audience")
    {
        failures.push(Failure::new(
            "audience",
            "is required: {\"segment_id\": …}, {\"query\": {…}} in CleverTap's query language, or \"everyone\" (or where or segment in remote_data)",
        ));
    }
    if failures.is_empty() { Ok(remote) } else { Err(Error::Invalid(failures)) }
}

fn text(body: &Map<String, Value>, field: &str, failures: &mut Vec<Failure>) -> Option<String> {
    match body.get(field) {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) if !text.trim().is_empty() => Some(text.clone()),
        Some(_) => {
            failures.push(Failure::new(field, "must be a text that is not empty"));
            None
        }
    }
}

fn audience(audience: Option<&Value>, remote: &mut Map<String, Value>, failures: &mut Vec<Failure>) {
    match audience {
        None | Some(Value::Null) => {}
        Some(Value::String(word)) if word == "everyone" => {
            remote.insert("where".to_owned(), json!({}));
        }
        Some(Value::Object(audience)) => match (audience.get("query"), audience.get("segment_id")) {
            (Some(Value::Object(query)), None) if query.is_empty() => failures.push(Failure::new(
                "audience.query",
                "is empty, which CleverTap takes for everyone: say \"everyone\" if that is meant",
            )),
            (Some(query @ Value::Object(_)), None) => {
                remote.insert("where".to_owned(), query.clone());
            }
            (None, Some(segment)) if segment.is_string() || segment.is_u64() => {
                remote.insert("segment".to_owned(), segment.clone());
            }
            _ => failures.push(Failure::new(
                "audience",
                "must have either query (an object) or segment_id (a text or a number)",
            )),
        },
        Some(_) => failures
            .push(Failure::new("audience", "must be \"everyone\" or an object with query or segment_id")),
    }
}

fn when_text(when: &str, zone: Option<&Zone>) -> Result<String, String> {
    if when == "now" {
        return Ok(when.to_owned());
    }
    let unix = time::unix_from_rfc3339(when).ok_or_else(|| {
        format!("{when:?} is no time: accepted are now and RFC 3339 such as 2026-01-31T10:00:00Z")
    })?;
    let zone = zone.ok_or_else(|| {
        "CleverTap wants the project's own time: set the account's timezone, or give when in remote_data"
            .to_owned()
    })?;
    let local = zone.to_local(unix);
    Ok(format!("{} {:02}:{:02}", day_digits(local.date()), local.hour(), local.minute()))
}

fn read_estimate(answer: &Value) -> Option<Estimate> {
    let estimates = answer.get("estimates")?.as_object()?;
    let by_platform: BTreeMap<String, u64> =
        estimates.iter().filter_map(|(platform, count)| Some((platform.clone(), count.as_u64()?))).collect();
    let total = by_platform
        .values()
        .try_fold(0u64, |sum, count| sum.checked_add(*count))
        .filter(|_| !by_platform.is_empty());
    Some(Estimate { total, by_platform, remote_data: answer.clone() })
}

/// Creates a campaign. It is never sent twice.
///
/// # Errors
/// [`Error::Invalid`] with every field that cannot be used; [`Error::InDoubt`] when the answer was lost.
pub async fn create<H: Host>(session: &Session<'_, H>, body: &Value) -> Result<Created, Error> {
    let remote = to_remote(body, session.account.zone.as_ref())?;
    let answer = session
        .done(
            &operation::TARGETS_CREATE,
            Call { body: Some(Value::Object(remote.clone())), ..Call::default() },
        )
        .await?;
    let id = super::row::remote_id(&answer);
    let campaign = id.map(|remote_id| {
        let mut campaign =
            Campaign::bare(CampaignId::new(Origin::List, None, remote_id.clone()).to_string(), remote_id);
        let text = |key: &str| remote.get(key).and_then(Value::as_str).map(ToOwned::to_owned);
        campaign.name = text("name");
        campaign.channel_remote = text("target_mode");
        campaign.channel = campaign.channel_remote.as_deref().map(super::map::channel);
        campaign.channels = campaign.channel.into_iter().collect();
        campaign.scheduled_at_remote = text("when");
        campaign.created_via = CreatedVia::Api;
        campaign.labels = remote
            .get("labels")
            .and_then(Value::as_array)
            .map(|labels| labels.iter().filter_map(|label| label.as_str().map(ToOwned::to_owned)).collect());
        campaign.audience = read_estimate(&answer).map(|estimate| Audience {
            included: Vec::new(),
            excluded: Vec::new(),
            estimated_size: estimate.total,
        });
        campaign.remote_data = Some(answer.clone());
        campaign
    });
    Ok(Created { campaign, estimate: read_estimate(&answer), remote_data: answer })
}

/// What [`create`] would reach, without creating.
///
/// # Errors
/// As [`create`]; an estimate may be repeated, so nothing is in doubt.
pub async fn estimate<H: Host>(session: &Session<'_, H>, body: &Value) -> Result<Estimate, Error> {
    let mut remote = to_remote(body, session.account.zone.as_ref())?;
    remote.insert("estimate_only".to_owned(), Value::Bool(true));
    let call =
        Call { body: Some(Value::Object(remote)), replay: Some(operation::Replay::Safe), ..Call::default() };
    let answer = session.done(&operation::TARGETS_CREATE, call).await?;
    read_estimate(&answer).ok_or_else(|| Error::Undecodable {
        what: "POST /1/targets/create.json with estimate_only".to_owned(),
        body: answer.to_string(),
    })
}

/// Stops a campaign; answers its id as it was given.
///
/// # Errors
/// What CleverTap says of it.
pub async fn stop<H: Host>(session: &Session<'_, H>, id: &str) -> Result<String, Error> {
    let number = CampaignId::parse(id, "id")?.number("id")?;
    session
        .done(&operation::TARGETS_STOP, Call { body: Some(json!({"id": number})), ..Call::default() })
        .await
        .map_err(|error| unknown_campaign(error, id))?;
    Ok(id.to_owned())
}

/// CleverTap's words for a campaign that it does not have (3P S:ingestr, section 3.4).
fn unknown_campaign(error: Error, id: &str) -> Error {
    match error {
        Error::Refused(refusal) if refusal.message.eq_ignore_ascii_case("invalid campaign id") => {
            Error::NotFound { what: format!("campaign {id}: CleverTap says {:?}", refusal.message) }
        }
        other => other,
    }
}

fn check_recipients(to: &Recipients, failures: &mut Vec<Failure>) {
    let lists = [("identities", &to.identities), ("emails", &to.emails), ("object_ids", &to.object_ids)];
    let count = lists.iter().fold(0usize, |sum, (_, list)| sum.saturating_add(list.len()));
    if count == 0 {
        failures.push(Failure::new("to", "needs at least one recipient in identities, emails or object_ids"));
    }
    if count > MOST_RECIPIENTS {
        failures.push(Failure::new(
            "to",
            format!("has {count} recipients: CleverTap takes {MOST_RECIPIENTS} in a call; messages splits more than that"),
        ));
    }
    for (name, list) in lists {
        for (place, _) in list.iter().enumerate().filter(|(_, value)| value.trim().is_empty()) {
            failures.push(Failure::new(format!("to.{name}[{place}]"), "is empty"));
        }
    }
}

/// CleverTap's ids of campaigns to set off.
pub(in crate::clevertap) fn check_triggered(ids: &[String], failures: &mut Vec<Failure>) -> Vec<String> {
    if ids.is_empty() || ids.len() > MOST_TRIGGERED {
        failures.push(Failure::new(
            "campaign_ids",
            format!("names {} campaigns: CleverTap triggers 1 to {MOST_TRIGGERED} in a call", ids.len()),
        ));
    }
    let mut remote_ids = Vec::new();
    for (place, id) in ids.iter().enumerate() {
        match CampaignId::parse(id, &format!("campaign_ids[{place}]")) {
            Ok(id) => remote_ids.push(id.remote),
            Err(Error::Invalid(found)) => failures.extend(found),
            Err(other) => failures.push(Failure::new(format!("campaign_ids[{place}]"), other.to_string())),
        }
    }
    remote_ids
}

/// Sets off dashboard campaigns: one by version 1 of CleverTap's call, two to five by version 2
/// (DOC S:exttrigger). It is never sent twice.
///
/// # Errors
/// [`Error::Invalid`] with every field that cannot be used; [`Error::InDoubt`] when the answer was lost.
pub async fn trigger<H: Host>(
    session: &Session<'_, H>,
    ids: &[String],
    to: &Recipients,
    data: Option<&Value>,
) -> Result<Triggered, Error> {
    let mut failures = Vec::new();
    let remote_ids = check_triggered(ids, &mut failures);
    check_recipients(to, &mut failures);
    if data.is_some_and(|data| !data.is_object()) {
        failures.push(Failure::new("data", "must be an object: its keys fill the message's placeholders"));
    }
    if !failures.is_empty() {
        return Err(Error::Invalid(failures));
    }
    let mut recipients = Map::new();
    for (key, list) in [("identity", &to.identities), ("email", &to.emails), ("objectId", &to.object_ids)] {
        if !list.is_empty() {
            recipients.insert(key.to_owned(), json!(list));
        }
    }
    let mut body = Map::new();
    body.insert("to".to_owned(), Value::Object(recipients));
    let operation = match remote_ids.as_slice() {
        [only] => {
            body.insert("campaign_id".to_owned(), json!(only));
            &operation::SEND_EXTERNAL_TRIGGER
        }
        several => {
            body.insert("campaign_id_list".to_owned(), json!(several));
            &operation::SEND_EXTERNAL_TRIGGERS
        }
    };
    if let Some(data) = data {
        body.insert("ExternalTrigger".to_owned(), data.clone());
    }
    let answer = session
        .done(operation, Call { body: Some(Value::Object(body)), ..Call::default() })
        .await
        .map_err(|error| unknown_campaign(error, &ids.join(", ")))?;
    let message = answer.get("message").and_then(Value::as_str).map(ToOwned::to_owned);
    Ok(Triggered { message, remote_data: answer })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn golden_create() {
        let zone = Zone::named("Asia/Kolkata");
        let body = json!({
            "name": "Spring", "channel": "email", "labels": ["sale"], "subject_line": "Hi", "body": "<p>Hi</p>", "from_name": "Shop",
            "audience": {"query": {"event_name": "Charged", "from": 20260101, "to": 20260131}},
            "scheduled_at": "2026-04-01T07:00:00Z",
            "remote_data": {"provider_nick_name": "Provider 1", "respect_frequency_caps": false}
        });
        assert_eq!(
            Value::Object(to_remote(&body, zone.as_ref()).unwrap()),
            json!({
                "name": "Spring", "target_mode": "email", "labels": ["sale"],
                "where": {"event_name": "Charged", "from": 20260101, "to": 20260131},
                "when": "20260401 12:30",
                "content": {"subject": "Hi", "body": "<p>Hi</p>", "sender_name": "Shop"},
                "provider_nick_name": "Provider 1", "respect_frequency_caps": false
            })
        );
    }

    #[test]
    fn every_bad_field_is_named() {
        let body = json!({"name": "", "channel": "pigeon", "labels": "x", "content": 1, "audience": {}, "scheduled_at": "soon", "foo": 1, "remote_data": []});
        let Err(Error::Invalid(failures)) = to_remote(&body, None) else { panic!() };
        let fields: Vec<_> = failures.iter().map(|failure| failure.field.as_str()).collect();
        for field in
            ["name", "channel", "labels", "content", "audience", "scheduled_at", "foo", "remote_data"]
        {
            assert!(fields.contains(&field), "{field} in {fields:?}");
        }
    }

    #[test]
    fn everyone_must_be_said() {
        let error = to_remote(&json!({"name": "a", "channel": "push", "content": {"title": "t"}}), None)
            .unwrap_err()
            .to_string();
        assert!(error.contains("everyone"), "{error}");
        for nobody in [json!({"audience": {"query": {}}}), json!({"remote_data": {"where": null}})] {
            let mut body = json!({"name": "a", "channel": "push", "content": {"title": "t"}});
            body.as_object_mut().unwrap().extend(nobody.as_object().unwrap().clone());
            assert!(to_remote(&body, None).unwrap_err().to_string().contains("everyone"), "{body}");
        }
        let body = json!({"name": "a", "channel": "push", "content": {"title": "t"}, "audience": "everyone"});
        assert_eq!(to_remote(&body, None).unwrap()["where"], json!({}));
    }
}
