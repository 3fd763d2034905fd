//! Storing what the checks let through.

use serde_json::{Map, Value, json};

use super::check::is_operator;
use crate::clock::epoch;
use crate::people::{Event, Id, People};
use crate::visit::Visit;

/// [DOC] S:platform, section 4.2.
const MAX_VALUES: usize = 100;

pub(super) fn apply(visit: &mut Visit<'_>, record: &Value) {
    let Some(id) = Id::of_record(record) else { return };
    let now = epoch(visit.now, &visit.account.zone);
    let account = &mut *visit.account;
    let person = account.people.find_or_add(&id);
    account.uploads += 1;
    match record["type"].as_str() {
        Some("profile") => profile(&mut account.people, person, &record["profileData"]),
        Some("event") => {
            let event = Event {
                name: record["evtName"].as_str().unwrap_or_default().to_owned(),
                at: record["ts"].as_i64().unwrap_or(now),
                local: 0,
                person,
                object_id: record["objectId"].as_str().map(str::to_owned),
                props: record["evtData"].as_object().cloned().unwrap_or_default(),
                session: Map::new(),
                uploaded: true,
            };
            account.people.record(event, &account.zone);
        }
        _ => token(&mut account.people, person, record),
    }
}

fn token(people: &mut People, person: usize, record: &Value) {
    let object_id = record["objectId"].as_str().unwrap_or_default();
    let devices = people.persons.get_mut(person).map(|person| person.devices.iter_mut());
    let device = devices.and_then(|mut all| all.find(|device| device.object_id == object_id));
    if let Some(device) = device {
        device.push_token = record["tokenData"]["id"].as_str().map(str::to_owned);
    }
}

/// Name, e-mail and phone are fields of their own; `identity` inside the data
/// is one more identity ([3P] S:rudder-t, section 6.2).
fn profile(people: &mut People, index: usize, data: &Value) {
    let Some(data) = data.as_object() else { return };
    for (key, value) in data {
        match (key.as_str(), value) {
            ("identity", Value::String(identity)) => people.attach(index, &Id::Identity(identity.clone())),
            ("identity", Value::Number(identity)) => {
                people.attach(index, &Id::Identity(identity.to_string()));
            }
            ("Email", Value::String(email)) => people.attach(index, &Id::Email(email.clone())),
            _ => {
                let Some(person) = people.persons.get_mut(index) else { return };
                match (key.as_str(), value) {
                    ("Name", Value::String(name)) => person.name = Some(name.clone()),
                    ("Phone", Value::Number(phone)) => person.phone = phone.as_i64(),
                    _ if is_operator(value) => operate(&mut person.data, key, value),
                    _ => {
                        person.data.insert(key.clone(), value.clone());
                    }
                }
            }
        }
    }
}

/// `$add`, `$remove`, `$incr`, `$decr`, `$delete` ([DOC] S:upload, S:platform),
/// `$set` ([3P]), section 6.2.
fn operate(data: &mut Map<String, Value>, key: &str, operators: &Value) {
    let Some(operators) = operators.as_object() else { return };
    for (operator, operand) in operators {
        let old = data.get(key).cloned().unwrap_or(Value::Null);
        let new = match operator.as_str() {
            "$set" => operand.clone(),
            "$incr" => added(&old, operand, 1.0),
            "$decr" => added(&old, operand, -1.0),
            "$add" => extended(old, operand),
            "$remove" => without(old, operand),
            "$delete" => Value::Null,
            _ => old,
        };
        if new.is_null() {
            data.remove(key);
        } else {
            data.insert(key.to_owned(), new);
        }
    }
}

fn added(old: &Value, operand: &Value, sign: f64) -> Value {
    if let (Some(a), Some(b)) = (old.as_i64().or(old.is_null().then_some(0)), operand.as_i64()) {
        return json!(a.saturating_add(if sign < 0.0 { b.saturating_neg() } else { b }));
    }
    json!(old.as_f64().unwrap_or(0.0) + sign * operand.as_f64().unwrap_or(0.0))
}

/// A scalar becomes a list; values are unique, the oldest leave first beyond
/// 100 ([DOC] S:platform).
fn extended(old: Value, operand: &Value) -> Value {
    let mut list = listed(old);
    for value in listed(operand.clone()) {
        if !list.contains(&value) {
            list.push(value);
        }
    }
    if list.len() > MAX_VALUES {
        list.drain(..list.len() - MAX_VALUES);
    }
    Value::Array(list)
}

/// An emptied list deletes the property ([DOC] S:platform).
fn without(old: Value, operand: &Value) -> Value {
    let gone = listed(operand.clone());
    let list: Vec<_> = listed(old).into_iter().filter(|value| !gone.contains(value)).collect();
    if list.is_empty() { Value::Null } else { Value::Array(list) }
}

fn listed(value: Value) -> Vec<Value> {
    match value {
        Value::Null => Vec::new(),
        Value::Array(list) => list,
        scalar => vec![scalar],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operators_do_what_the_documentation_says() {
        let mut data = Map::new();
        data.insert("tag".to_owned(), json!("a"));
        operate(&mut data, "tag", &json!({ "$add": ["b", "a"] }));
        assert_eq!(data["tag"], json!(["a", "b"]));
        operate(&mut data, "tag", &json!({ "$remove": ["a", "b"] }));
        assert!(!data.contains_key("tag"), "an emptied list is deleted");
        operate(&mut data, "points", &json!({ "$incr": 5 }));
        operate(&mut data, "points", &json!({ "$decr": 2 }));
        assert_eq!(data["points"], json!(3));
        operate(&mut data, "points", &json!({ "$incr": 0.5 }));
        assert_eq!(data["points"], json!(3.5));
        operate(&mut data, "points", &json!({ "$delete": 1 }));
        assert!(data.is_empty());
    }

    #[test]
    fn lists_hold_a_hundred_values_and_forget_the_oldest() {
        let mut data = Map::new();
        let many: Vec<_> = (0..130).map(|n| n.to_string()).collect();
        operate(&mut data, "tags", &json!({ "$add": many }));
        let tags = data["tags"].as_array().map(Vec::len);
        assert_eq!(tags, Some(MAX_VALUES));
        assert_eq!(data["tags"][0], json!("30"));
    }
}
