//! Campaigns created, estimated and stopped through the API.

use std::collections::BTreeMap;

use jiff::civil::{Date, DateTime};
use serde_json::{Map, Value, json};

use crate::answer::Answer;
use crate::campaign::{Campaign, Held};
use crate::channel::{Channel, Delivery};
use crate::clock::{epoch, parse_minute, unpack_day};
use crate::rng::hash;
use crate::stored::Created;
use crate::target_result::invalid_campaign;
use crate::visit::{Reply, Visit};

/// The channels that need `provider_nick_name` ([DOC] S:create, section 12.1).
const WITH_PROVIDER: &[&str] = &["email", "sms", "whatsapp"];

/// What a valid request asks for.
#[derive(Debug)]
struct Order {
    name: String,
    mode: String,
    channel: Channel,
    start: DateTime,
    delivery: Delivery,
    end: Option<Date>,
}

/// `POST /1/targets/create.json`: [OFF] S:snippets, section 12.1.
pub(crate) fn create(visit: &mut Visit<'_>) -> Reply {
    let body = visit.json()?;
    let order = Order::read(&body, visit.now)?;
    let mut answer = estimates(visit, &body, &order.mode);
    if body["estimate_only"] != true {
        let id = store(visit, order, &body);
        answer.insert("id".to_owned(), id.into());
        if body["skip_estimate"] == true {
            answer.remove("estimates");
        }
    }
    Ok(Answer::ok(&Value::Object(answer)))
}

/// `POST /1/targets/estimate.json`: [OFF] S:node, section 12.2; the answer is
/// that of `estimate_only` ([INF]).
pub(crate) fn estimate(visit: &mut Visit<'_>) -> Reply {
    let body = visit.json()?;
    let order = Order::read(&body, visit.now)?;
    Ok(Answer::ok(&Value::Object(estimates(visit, &body, &order.mode))))
}

/// `POST /1/targets/stop.json`: [OFF] S:snippets, section 12.4. Stopping
/// twice succeeds twice ([INF]).
pub(crate) fn stop(visit: &mut Visit<'_>) -> Reply {
    let body = visit.json()?;
    let id = visit.account.campaign(&body["id"]).map(|campaign| campaign.id);
    let today = visit.now.date();
    let Some(campaign) = id.and_then(|id| visit.account.campaign_mut(id)) else {
        return Err(invalid_campaign(visit.variants.invalid_campaign_as_200));
    };
    if !matches!(campaign.held, Some(Held::Stopped(_))) && campaign.end.is_none_or(|end| today <= end) {
        campaign.held = Some(Held::Stopped(today));
    }
    visit.remember(body);
    Ok(Answer::success())
}

/// The estimates: [OFF] S:snippets, section 12.1 (push by platform, web push
/// by browser, the rest under `web`). With `where.prompt` comes the query that
/// it was read as ([DOC] S:create; its key is [INF]).
fn estimates(visit: &Visit<'_>, body: &Value, mode: &str) -> Map<String, Value> {
    let people = reach(visit, body);
    let estimates = match mode {
        "push" => {
            json!({ "android": people * 6 / 10, "ios": people * 3 / 10, "windows": people / 10 })
        }
        "webpush" => json!({ "chrome": people }),
        _ => json!({ "web": people }),
    };
    let mut answer = Map::new();
    answer.insert("status".to_owned(), json!("success"));
    answer.insert("estimates".to_owned(), estimates);
    if let Some(prompt) = body["where"]["prompt"].as_str() {
        let query = json!({ "event_name": "App Launched", "prompt": prompt });
        answer.insert("query".to_owned(), query);
    }
    answer
}

/// How many people the audience reaches: the same audience, the same number.
fn reach(_visit: &Visit<'_>, body: &Value) -> u64 {
    let audience = format!("{}{}", body["where"], body["segment"]);
    40 + hash(11, audience.as_bytes()) % 900
}

fn store(visit: &mut Visit<'_>, order: Order, body: &Value) -> i64 {
    // Ids look like the epoch seconds of creation ([INF], section 12.1).
    let mut id = epoch(visit.now, &visit.account.zone);
    while visit.account.campaigns.iter().any(|campaign| campaign.id == id) {
        id += 1;
    }
    let words = |name: &str| -> Vec<String> {
        let items = body[name].as_array().map(Vec::as_slice).unwrap_or_default();
        items.iter().filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let volume = reach(visit, body);
    visit.account.stored.created.push(Created {
        project_id: visit.account.config.project_id.clone(),
        id,
        name: order.name.clone(),
        body: body.clone(),
    });
    visit.account.campaigns.push(Campaign {
        id,
        name: order.name,
        channel: order.channel,
        delivery: order.delivery,
        message_type: "single",
        via_api: true,
        start: order.start,
        end: order.end,
        held: (body["draft"] == true).then_some(Held::Pending),
        labels: words("labels"),
        devices: devices(&words("devices")),
        conversion_event: body["conversion_goal"]["event_name"].as_str().map(str::to_owned),
        volume,
        added: BTreeMap::new(),
    });
    id
}

fn devices(wanted: &[String]) -> Vec<&'static str> {
    [("android", "Android"), ("ios", "iOS"), ("windows", "Windows"), ("web", "Web")]
        .into_iter()
        .filter(|(key, _)| wanted.iter().any(|device| device == key))
        .map(|(_, text)| text)
        .collect()
}

impl Order {
    /// Checks what section 12.1 requires; the texts of refusals are [UNK].
    fn read(body: &Value, now: DateTime) -> Result<Order, Answer> {
        let text = |name: &str| {
            body[name]
                .as_str()
                .filter(|text| !text.trim().is_empty())
                .ok_or_else(|| Answer::explained(&format!("`{name}` is required and must be a text")))
        };
        let name = text("name")?.to_owned();
        let mode = text("target_mode")?.to_owned();
        let Some(channel) = Channel::of_target_mode(&mode) else {
            let known = Channel::target_modes();
            return Err(Answer::explained(&format!("`target_mode` is one of {known}")));
        };
        if mode != "webhook" && body["content"].as_object().is_none_or(Map::is_empty) {
            return Err(Answer::explained("`content` is required and must be an object"));
        }
        if WITH_PROVIDER.contains(&mode.as_str()) && !body["provider_nick_name"].is_string() {
            return Err(Answer::explained(&format!("`provider_nick_name` is required for {mode}")));
        }
        if !body["where"].is_object() && body["segment"].is_null() {
            return Err(Answer::explained("`where` or `segment` is required; an empty `where` is everyone"));
        }
        let (start, delivery, end) = when(&body["when"], now)?;
        Ok(Order { name, mode, channel, start, delivery, end })
    }
}

/// `"now"`, `"YYYYMMDD HH:MM"`, or an object ([DOC] S:create, [3P] S:accio,
/// section 12.1). Absent is now ([INF]).
fn when(when: &Value, now: DateTime) -> Result<(DateTime, Delivery, Option<Date>), Answer> {
    let minute = |value: &Value| {
        value.as_str().and_then(parse_minute).ok_or_else(|| {
            Answer::explained("`when` takes \"now\", \"YYYYMMDD HH:MM\", or {type: now|later|recurring, …}")
        })
    };
    let once = |start: DateTime| (start, Delivery::OneTime, Some(start.date()));
    match when {
        Value::Null => Ok(once(now)),
        Value::String(text) if text == "now" => Ok(once(now)),
        Value::String(_) => Ok(once(minute(when)?)),
        Value::Object(fields) => match when["type"].as_str() {
            Some("now") => Ok(once(now)),
            Some("later") => match when["delivery_date_time"].as_array().map(Vec::as_slice) {
                Some([]) | None => Ok(once(minute(&when["delivery_date_time"])?)),
                Some([only]) => Ok(once(minute(only)?)),
                Some([first, .., last]) => {
                    Ok((minute(first)?, Delivery::MultipleDates, Some(minute(last)?.date())))
                }
            },
            Some("recurring") => {
                let start = fields.get("start_time").map_or(Ok(now), minute)?;
                let end = when["end_by_date"]
                    .as_str()
                    .and_then(|text| text.get(..8).and_then(|day| day.parse().ok()).and_then(unpack_day));
                Ok((start, Delivery::Recurring, end))
            }
            _ => minute(&Value::Null).map(once),
        },
        _ => minute(&Value::Null).map(once),
    }
}
