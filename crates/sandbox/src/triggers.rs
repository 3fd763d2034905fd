//! Messages to known users, external triggers, bulletins.

use serde_json::{Value, json};

use crate::account::campaign_id;
use crate::answer::Answer;
use crate::campaign::Counts;
use crate::stored::{Send, Trigger, TriggerKind};
use crate::target_result::invalid_campaign;
use crate::visit::{Reply, Visit};

/// [DOC] S:create, section 4.2.
const MAX_RECIPIENTS: usize = 1000;
/// [DOC] S:exttrigger, section 13.2.
const MAX_CAMPAIGNS: usize = 5;

/// [OFF] S:snippets, section 13.1.
fn queued() -> Answer {
    Answer::ok(&json!({ "status": "success", "message": "Added to queue for processing" }))
}

/// `POST /1/send/{channel}.json`: [OFF] S:snippets, section 13.1.
pub(crate) fn send(visit: &mut Visit<'_>) -> Reply {
    let body = visit.json()?;
    let channel = visit.request.path.trim_start_matches("/1/send/").trim_end_matches(".json").to_owned();
    let recipients = recipients(&body["to"], &["FBID", "GPID", "Email", "Identity", "objectId"])?;
    let campaign = &body["campaign_id"];
    if !body["content"].is_object() && campaign.is_null() && channel != "whatsapp" {
        return Err(Answer::explained("`content` or `campaign_id` is required"));
    }
    if !campaign.is_null() {
        count(visit, campaign, recipients)?;
    }
    visit.account.stored.sends.push(Send {
        project_id: visit.account.config.project_id.clone(),
        channel,
        recipients,
        body,
    });
    Ok(queued())
}

/// `POST /1/send/externaltrigger.json`: [3P] S:accio, section 13.2. The answer
/// is [UNK]; the queue message is expected ([INF]).
pub(crate) fn external(visit: &mut Visit<'_>) -> Reply {
    let body = visit.json()?;
    if body["campaign_id"].is_null() {
        return Err(Answer::explained("`campaign_id` is required"));
    }
    let campaigns = vec![body["campaign_id"].clone()];
    trigger(visit, body, TriggerKind::ExternalV1, &campaigns)
}

/// `POST /2/send/externaltrigger.json`: [DOC] S:exttrigger, section 13.2.
pub(crate) fn external_many(visit: &mut Visit<'_>) -> Reply {
    let body = visit.json()?;
    let campaigns = match body["campaign_id_list"].as_array() {
        Some(list) if (1..=MAX_CAMPAIGNS).contains(&list.len()) => list.clone(),
        _ => {
            let text = format!("`campaign_id_list` is required and takes 1 to {MAX_CAMPAIGNS} ids");
            return Err(Answer::explained(&text));
        }
    };
    trigger(visit, body, TriggerKind::ExternalV2, &campaigns)
}

fn trigger(visit: &mut Visit<'_>, body: Value, kind: TriggerKind, campaigns: &[Value]) -> Reply {
    let recipients = recipients(&body["to"], &["email", "identity", "objectId"])?;
    // All or nothing: no campaign counts before all are known.
    if campaigns.iter().any(|id| visit.account.campaign(id).is_none()) {
        return Err(invalid_campaign(visit.variants.invalid_campaign_as_200));
    }
    for id in campaigns {
        count(visit, id, recipients)?;
    }
    visit.account.stored.triggers.push(Trigger {
        project_id: visit.account.config.project_id.clone(),
        kind,
        campaign_ids: campaigns.iter().filter_map(campaign_id).collect(),
        recipients,
        body,
    });
    Ok(queued())
}

/// `POST /1/targets/trigger.json`: [DOC] S:docs-mirror, section 13.3. Its
/// answer is [UNK].
pub(crate) fn bulletin(visit: &mut Visit<'_>) -> Reply {
    let body = visit.json()?;
    if !body["business_event"].is_string() {
        return Err(Answer::explained("`business_event` is required"));
    }
    // [3P] S:accio, section 13.3.
    let texts = |object: &serde_json::Map<String, Value>| object.values().all(Value::is_string);
    if body["properties"].as_object().is_some_and(|properties| !texts(properties)) {
        return Err(Answer::explained("the values of `properties` must be texts"));
    }
    visit.account.stored.triggers.push(Trigger {
        project_id: visit.account.config.project_id.clone(),
        kind: TriggerKind::Bulletin,
        campaign_ids: Vec::new(),
        recipients: 0,
        body,
    });
    Ok(Answer::success())
}

/// How many ids `to` names, 1 to 1000 in total.
fn recipients(to: &Value, keys: &[&str]) -> Result<usize, Answer> {
    let count = keys.iter().filter_map(|key| to[*key].as_array()).map(Vec::len).sum();
    if (1..=MAX_RECIPIENTS).contains(&count) {
        return Ok(count);
    }
    let keys = keys.join(", ");
    Err(Answer::explained(&format!("`to` takes 1 to {MAX_RECIPIENTS} ids under {keys}; it has {count}")))
}

/// A triggered message shows in its campaign's numbers.
fn count(visit: &mut Visit<'_>, id: &Value, recipients: usize) -> Result<(), Answer> {
    let today = visit.now.date();
    let refusal = invalid_campaign(visit.variants.invalid_campaign_as_200);
    let campaign = campaign_id(id).and_then(|id| visit.account.campaign_mut(id)).ok_or(refusal)?;
    let sent = Counts { sent: recipients as u64, ..Counts::default() };
    campaign.added.entry(today).or_default().add(sent);
    Ok(())
}
