//! `/1/counts/{events,profiles,top}.json` and `/1/now.json`.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::answer::Answer;
use crate::clock::epoch;
use crate::people::People;
use crate::query::{NOTIFICATIONS, Query, unknown_event};
use crate::trends::notifications;
use crate::visit::{Reply, Visit};

/// [OFF] S:snippets, section 10.2.
pub(crate) fn events(visit: &mut Visit<'_>) -> Reply {
    polled(visit, |visit, query, _| {
        let count = if NOTIFICATIONS.contains(&query.event.name.as_str()) {
            notifications(visit, query).values().sum()
        } else {
            query.events(&visit.account.people).len() as u64
        };
        Ok(json!({ "status": "success", "count": count }))
    })
}

/// [OFF] S:snippets, section 10.2.
pub(crate) fn profiles(visit: &mut Visit<'_>) -> Reply {
    polled(visit, |visit, query, _| {
        let count = query.persons(&visit.account.people).len();
        Ok(json!({ "status": "success", "count": count }))
    })
}

/// [OFF] S:snippets, section 10.3: for each label an object keyed by data type.
pub(crate) fn top(visit: &mut Visit<'_>) -> Reply {
    polled(visit, |visit, query, body| {
        let mut answer = Map::new();
        answer.insert("status".to_owned(), json!("success"));
        for (label, group) in groups(body)? {
            let values = values(&visit.account.people, query, group);
            answer.insert(label.clone(), ranked(&values, group));
        }
        Ok(Value::Object(answer))
    })
}

/// The protocol of section 10.1 around a count.
pub(crate) fn polled(
    visit: &mut Visit<'_>,
    count: impl FnOnce(&Visit<'_>, &Query, &Value) -> Result<Value, Answer>,
) -> Reply {
    if let Some(answer) = visit.account.polls.poll(visit.request, visit.variants) {
        return Ok(answer);
    }
    let body = visit.json()?;
    let query = Query::read(&body)?;
    let name = query.event.name.as_str();
    if !NOTIFICATIONS.contains(&name) && !visit.account.people.knows(name) {
        return Err(unknown_event(name));
    }
    let answer = count(visit, &query, &body)?;
    Ok(visit.account.polls.ask(visit.request, answer, visit.variants))
}

/// "Invalid group": [3P] S:leanderp, section 3.4.
pub(crate) fn groups(body: &Value) -> Result<&Map<String, Value>, Answer> {
    body["groups"]
        .as_object()
        .filter(|groups| !groups.is_empty())
        .ok_or_else(|| Answer::fail(400, "Invalid group", 400))
}

fn values(people: &People, query: &Query, group: &Value) -> Vec<Value> {
    let name = group["name"].as_str().unwrap_or_default();
    let events = query.events(people).into_iter().filter_map(|index| people.events.get(index));
    let found = events.filter_map(|event| match group["property_type"].as_str() {
        Some("event_properties") => event.props.get(name),
        Some("session_properties") => event.session.get(name),
        _ => people.persons.get(event.person).and_then(|person| person.data.get(name)),
    });
    found.cloned().collect()
}

/// Numbers in ten buckets, texts by how often they come.
fn ranked(values: &[Value], group: &Value) -> Value {
    if !values.is_empty() && values.iter().all(Value::is_number) {
        return json!({ "NUMBER": buckets(values) });
    }
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    for value in values {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        *counts.entry(text).or_default() += 1;
    }
    let mut ranked: Vec<_> = counts.into_iter().collect();
    let ascending = group["order"] == "asc";
    ranked.sort_by(|a, b| if ascending { a.1.cmp(&b.1) } else { b.1.cmp(&a.1) });
    let top = group["top_n"].as_u64().unwrap_or(10).clamp(1, 100);
    ranked.truncate(usize::try_from(top).unwrap_or(10));
    let counts: Map<_, _> = ranked.into_iter().map(|(text, count)| (text, json!(count))).collect();
    json!({ "STR": counts })
}

fn buckets(values: &[Value]) -> Value {
    let numbers: Vec<_> = values.iter().filter_map(Value::as_f64).collect();
    let highest = numbers.iter().copied().fold(0.0, f64::max);
    let width = (highest / 1_000.0).ceil().max(1.0) * 100.0;
    let mut counts: BTreeMap<u64, u64> = BTreeMap::new();
    for number in numbers {
        *counts.entry((number / width) as u64).or_default() += 1;
    }
    let buckets: Map<_, _> = counts
        .into_iter()
        .map(|(bucket, count)| {
            let (low, high) = (bucket as f64 * width, (bucket + 1) as f64 * width);
            (format!("{low}-{high}"), json!(count))
        })
        .collect();
    Value::Object(buckets)
}

/// `POST /1/now.json`: [OFF] S:snippets, section 10.5. The breakdown comes for
/// each flag that is true; its numbers are invented.
pub(crate) fn now(visit: &mut Visit<'_>) -> Reply {
    let body = visit.request.json_or_null()?;
    let count = 60 + visit.account.people.living() as u64 % 200;
    let mut answer = Map::new();
    answer.insert("status".to_owned(), json!("success"));
    answer.insert("count".to_owned(), json!(count));
    let now = epoch(visit.now, &visit.account.zone);
    answer.insert("last_processed_ts".to_owned(), json!(now - now.rem_euclid(60)));
    for (flag, names) in BREAKDOWNS.iter().filter(|(flag, _)| body[*flag] == true) {
        answer.insert((*flag).to_owned(), breakdown(count, names));
    }
    if body["new"] == true {
        let new: Map<_, _> = BREAKDOWNS
            .iter()
            .filter(|(flag, _)| *flag != "user_type" && body[*flag] == true)
            .map(|(flag, names)| ((*flag).to_owned(), breakdown(count / 4, names)))
            .collect();
        answer.insert("new".to_owned(), Value::Object(new));
    }
    Ok(Answer::ok(&Value::Object(answer)))
}

const BREAKDOWNS: &[(&str, &[&str])] = &[
    ("user_type", &["new", "repeat", "addressable", "customer"]),
    ("session_source", &["direct", "others", "search", "social", "email", "unavailable"]),
    ("browser", &["others", "firefox", "chrome", "ie", "mobileapp"]),
    ("os", &["others", "android", "ios", "windows", "mac", "linux"]),
    ("device", &["desktop", "mobile", "tablet"]),
];

/// Halves of what is left, the rest for the last.
fn breakdown(count: u64, names: &[&str]) -> Value {
    let mut left = count;
    let last = names.len().saturating_sub(1);
    let parts: Map<_, _> = names
        .iter()
        .enumerate()
        .map(|(index, name)| {
            let part = if index == last { left } else { left / 2 };
            left -= part;
            ((*name).to_owned(), json!(part))
        })
        .collect();
    Value::Object(parts)
}
