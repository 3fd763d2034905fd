//! `POST /1/message/report.json`: campaigns by the day on which they start.

use jiff::civil::Date;
use serde_json::{Map, Value, json};

use crate::answer::Answer;
use crate::campaign::{Campaign, Counts, scaled};
use crate::channel::{Channel, DELIVERIES, MESSAGE_TYPES, STATUSES};
use crate::clock::{packed_day, parse_day, shift, text, window_days};
use crate::rng::hash;
use crate::visit::{Reply, Visit};
use crate::{DailyShape, Variants};

/// What was asked for.
#[derive(Debug)]
struct Query {
    from: Date,
    to: Date,
    daily: bool,
    channel: Option<Vec<String>>,
    delivery: Option<Vec<String>>,
    status: Option<Vec<String>>,
    message_type: Option<Vec<String>>,
    label: Option<Vec<String>>,
}

/// The report: [3P] S:ingestr, S:tsclient, S:sched, S:leanderp, section 11 (no
/// official sample exists). Neither pages nor an order are known; here they
/// come by start.
pub(crate) fn report(visit: &mut Visit<'_>) -> Reply {
    let query = Query::read(&visit.json()?)?;
    let today = visit.now.date();
    // Unknown upstream: whether days that nothing can have happened on cost time.
    let last = if visit.variants.future_days_cost { query.to } else { query.to.min(today) };
    let days = window_days(query.from, last);
    if visit.variants.bare_messages_error {
        return Ok(bare_error().searched(days));
    }
    let messages: Vec<_> = visit
        .account
        .campaigns
        .iter()
        .filter(|campaign| !(visit.variants.report_without_api_campaigns && campaign.via_api))
        .filter(|campaign| query.selects(campaign, campaign.status(visit.now)))
        .map(|campaign| message(campaign, &query, visit))
        .collect();
    let total = messages.len();
    Ok(Answer::ok(&json!({ "status": "success", "total_results": total, "messages": messages }))
        .searched(days))
}

/// `success` with an error and no result: [3P] S:ingestr, section 3.1.
fn bare_error() -> Answer {
    Answer::ok(&json!({ "status": "success", "error": "No data found for the given dates", "code": 200 }))
}

/// One item: [3P] S:ingestr, S:tsclient, S:sched, section 11. The key
/// `message id` holds a space.
fn message(campaign: &Campaign, query: &Query, visit: &Visit<'_>) -> Value {
    let mut item = json!({
        "message id": campaign.id,
        "message_name": campaign.name,
        "channel": campaign.channel.text(),
        "delivery": campaign.delivery.key(),
        "start_date": text(campaign.start),
        "status": campaign.status(visit.now),
        "labels": campaign.labels,
        "device": campaign.devices,
        "conversion_event": campaign.conversion_event,
    });
    let (key, value) = if visit.variants.item_errors && hash(7, &campaign.id.to_le_bytes()).is_multiple_of(5)
    {
        ("error", json!("Data is not available for this message"))
    } else if query.daily {
        ("data", daily(campaign, query, visit))
    } else {
        ("data", totals(campaign, visit))
    };
    if let Some(item) = item.as_object_mut() {
        item.insert(key.to_owned(), value);
    }
    item
}

/// An array with one object of totals; none before anything was sent ([INF]).
fn totals(campaign: &Campaign, visit: &Visit<'_>) -> Value {
    let today = visit.now.date();
    if campaign.daily(today).is_empty() {
        return json!([]);
    }
    let total = campaign.total(today);
    if visit.variants.ab_split && campaign.message_type == "ab" {
        let a = Counts { sent: total.sent / 2, viewed: total.viewed / 2, clicked: total.clicked / 2 };
        let b = Counts {
            sent: total.sent - a.sent,
            viewed: total.viewed - a.viewed,
            clicked: total.clicked - a.clicked,
        };
        return json!([numbers(a, visit.variants), numbers(b, visit.variants)]);
    }
    json!([numbers(total, visit.variants)])
}

/// The shapes of [`DailyShape`], section 11.
fn daily(campaign: &Campaign, query: &Query, visit: &Visit<'_>) -> Value {
    let variants = visit.variants;
    let today = visit.now.date();
    let days = campaign.daily(today);
    let of = |counts: &Counts| Value::Object(numbers(*counts, variants));
    let every = |first: Date, last: Date| -> Vec<Value> {
        let count = i64::from(window_days(first, last));
        (0..count).map(|offset| of(&days.get(&shift(first, offset)).copied().unwrap_or_default())).collect()
    };
    match variants.daily {
        DailyShape::DatedObjects => days
            .iter()
            .map(|(day, counts)| {
                let mut row = numbers(*counts, variants);
                row.insert("date".to_owned(), json!(packed_day(*day).to_string()));
                Value::Object(row)
            })
            .collect(),
        DailyShape::DatedMap => {
            let map: Map<_, _> =
                days.iter().map(|(day, counts)| (packed_day(*day).to_string(), of(counts))).collect();
            Value::Object(map)
        }
        DailyShape::AlignedArray => {
            campaign.active_days(today).map(|(first, last)| every(first, last)).unwrap_or_default().into()
        }
        DailyShape::AlignedToWindow => every(query.from, query.to).into(),
        DailyShape::ArrayOfArrays => json!([days.values().map(of).collect::<Vec<_>>()]),
        DailyShape::Unrecognised => {
            let rows: Vec<_> =
                days.iter().map(|(day, c)| json!([day.to_string(), c.sent, c.viewed, c.clicked])).collect();
            json!({ "columns": ["day", "sent", "viewed", "clicked"], "rows": rows })
        }
    }
}

/// `sent`, `viewed`, `clicked` ([3P], section 11); the richer keys are
/// invented names for what the report of 2026 is said to bring ([UNK]).
pub(crate) fn numbers(counts: Counts, variants: &Variants) -> Map<String, Value> {
    let mut row = Map::new();
    row.insert("sent".to_owned(), counts.sent.into());
    row.insert("viewed".to_owned(), counts.viewed.into());
    row.insert("clicked".to_owned(), counts.clicked.into());
    if variants.rich_report {
        let errors = scaled(counts.sent, 0.03);
        let conversions = scaled(counts.clicked, 0.2);
        row.insert("delivered".to_owned(), (counts.sent - errors).into());
        row.insert("errors".to_owned(), errors.into());
        row.insert("conversions".to_owned(), conversions.into());
        row.insert("revenue".to_owned(), json!(conversions as f64 * 49.5));
    }
    row
}

impl Query {
    fn read(body: &Value) -> Result<Query, Answer> {
        let day = |name: &str| {
            parse_day(&body[name]).ok_or_else(|| {
                Answer::explained(&format!("`{name}` must be a day, YYYYMMDD, as text or integer"))
            })
        };
        let channels: Vec<_> = Channel::all().map(Channel::key).collect();
        let query = Query {
            from: day("from")?,
            to: day("to")?,
            daily: body["daily"].as_bool().unwrap_or(false),
            channel: words(body, "channel", &channels)?,
            delivery: words(body, "delivery", DELIVERIES)?,
            status: words(body, "status", STATUSES)?,
            message_type: words(body, "message_type", MESSAGE_TYPES)?,
            label: words(body, "label", &[])?,
        };
        if query.to < query.from {
            return Err(Answer::explained("`to` lies before `from`"));
        }
        Ok(query)
    }

    /// Campaigns are selected by the day of their start, both ends included
    /// ([3P] S:ingestr, section 11).
    fn selects(&self, campaign: &Campaign, status: &str) -> bool {
        let day = campaign.start.date();
        let allows = |wanted: &Option<Vec<String>>, given: &str| {
            wanted.as_ref().is_none_or(|words| words.iter().any(|word| word == given))
        };
        let labelled = self
            .label
            .as_ref()
            .is_none_or(|wanted| wanted.iter().any(|label| campaign.labels.contains(label)));
        self.from <= day
            && day <= self.to
            && allows(&self.channel, campaign.channel.key())
            && allows(&self.delivery, campaign.delivery.key())
            && allows(&self.status, status)
            && allows(&self.message_type, campaign.message_type)
            && labelled
    }
}

/// A filter: an array of words, each among `known` unless that is empty. An
/// empty array filters nothing ([INF]).
fn words(body: &Value, name: &str, known: &[&str]) -> Result<Option<Vec<String>>, Answer> {
    let items = match &body[name] {
        Value::Null => return Ok(None),
        Value::Array(items) => items,
        _ => return Err(Answer::explained(&format!("`{name}` must be an array"))),
    };
    let mut words = Vec::new();
    for item in items {
        match item.as_str() {
            Some(word) if known.is_empty() || known.contains(&word) => words.push(word.to_owned()),
            _ => {
                let known = known.join(", ");
                return Err(Answer::explained(&format!("`{name}` has {item}; known: {known}")));
            }
        }
    }
    Ok(if words.is_empty() { None } else { Some(words) })
}
