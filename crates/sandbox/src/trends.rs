//! `/1/counts/trends.json`: numbers by day, week and month.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde_json::{Map, Value, json};

use crate::answer::Answer;
use crate::campaign::Counts;
use crate::clock::{days_between, packed_day, unpack_day};
use crate::counts::{groups, polled};
use crate::query::{NOTIFICATIONS, Query, same};
use crate::visit::{Reply, Visit};

/// [DOC], section 10.4: at most 5 groups and 1 year.
const MAX_GROUPS: usize = 5;
const MAX_DAYS: i64 = 366;

/// [OFF] S:snippets, section 10.4. A day without events has no key ([INF]).
pub(crate) fn trends(visit: &mut Visit<'_>) -> Reply {
    polled(visit, |visit, query, body| {
        let groups = groups(body)?;
        let (from, to) = (unpack_day(query.event.from), unpack_day(query.event.to));
        let long = from.zip(to).is_some_and(|(from, to)| days_between(from, to) > MAX_DAYS);
        if groups.len() > MAX_GROUPS || long {
            return Err(Answer::explained("trends take at most 5 groups and 1 year"));
        }
        let mut answer = Map::new();
        answer.insert("status".to_owned(), json!("success"));
        for (label, group) in groups {
            let trend = match group["trend_type"].as_str() {
                Some("daily") => packed_day,
                Some("weekly") => week,
                Some("monthly") => month,
                _ => return Err(Answer::fail(400, "Invalid group", 400)),
            };
            answer.insert(label.clone(), folded(visit, query, body, trend));
        }
        Ok(Value::Object(answer))
    })
}

/// `YYYYWW`, by ISO weeks ([INF]: the official sample fits no single calendar).
fn week(day: Date) -> i64 {
    let week = day.iso_week_date();
    i64::from(week.year()) * 100 + i64::from(week.week())
}

fn month(day: Date) -> i64 {
    packed_day(day) / 100
}

fn folded(visit: &Visit<'_>, query: &Query, body: &Value, key: fn(Date) -> i64) -> Value {
    let unique = body["unique"] == true;
    let sum = body["sum_event_prop"].as_str();
    let mut numbers: BTreeMap<i64, f64> = BTreeMap::new();
    if NOTIFICATIONS.contains(&query.event.name.as_str()) {
        for (day, count) in notifications(visit, query) {
            *numbers.entry(key(day)).or_default() += count as f64;
        }
    } else {
        let people = &visit.account.people;
        let mut seen = BTreeSet::new();
        for event in query.events(people).into_iter().filter_map(|index| people.events.get(index)) {
            let Some(day) = unpack_day(event.local / 1_000_000) else { continue };
            if unique && !seen.insert((key(day), event.person)) {
                continue;
            }
            let amount = match sum {
                Some(property) => event.props.get(property).and_then(Value::as_f64).unwrap_or(0.0),
                None => 1.0,
            };
            *numbers.entry(key(day)).or_default() += amount;
        }
    }
    let numbers: Map<_, _> = numbers
        .into_iter()
        .map(|(key, number)| {
            let whole = number.fract() == 0.0;
            (key.to_string(), if whole { json!(number as i64) } else { json!(number) })
        })
        .collect();
    Value::Object(numbers)
}

/// The notification events of campaigns, by day: the event property "Campaign
/// id" picks one. That CleverTap counts so is unconfirmed ([INF]).
pub(crate) fn notifications(visit: &Visit<'_>, query: &Query) -> BTreeMap<Date, u64> {
    let wanted = query.event.wanted("Campaign id");
    let picks = |id: i64| match wanted {
        None => true,
        Some(Value::Array(ids)) => ids.iter().any(|wanted| same(wanted, &json!(id))),
        Some(wanted) => same(wanted, &json!(id)),
    };
    let number: fn(Counts) -> u64 = match query.event.name.as_str() {
        "Notification Sent" | "Notification Delivered" => |counts| counts.sent,
        "Notification Viewed" => |counts| counts.viewed,
        "Notification Clicked" => |counts| counts.clicked,
        _ => |_| 0,
    };
    let mut days = BTreeMap::new();
    for campaign in visit.account.campaigns.iter().filter(|campaign| picks(campaign.id)) {
        for (day, counts) in campaign.daily(visit.now.date()) {
            if (query.event.from..=query.event.to).contains(&packed_day(day)) {
                *days.entry(day).or_default() += number(counts);
            }
        }
    }
    days
}
