//! The query language of section 7, as far as the sandbox evaluates it: event,
//! days, event and session properties, profile fields, and the did-blocks.
//! Demographics, technographics, reachability, app and geo fields are accepted
//! and do not filter.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::answer::Answer;
use crate::clock::{packed_day, parse_day};
use crate::people::{Event, People};

/// Events that the message channels write; they cannot be exported.
pub(crate) const NOTIFICATIONS: &[&str] = &[
    "Notification Sent",
    "Notification Viewed",
    "Notification Clicked",
    "Notification Delivered",
    "Notification Replied",
];

#[derive(Debug)]
pub(crate) struct Query {
    pub(crate) event: Did,
    profile_fields: Vec<Condition>,
    all: Vec<Did>,
    any: Vec<Did>,
    none: Vec<Did>,
}

/// An event within days, with its conditions.
#[derive(Debug)]
pub(crate) struct Did {
    pub(crate) name: String,
    /// `YYYYMMDD`, both inclusive.
    pub(crate) from: i64,
    pub(crate) to: i64,
    props: Vec<Condition>,
    session: Vec<Condition>,
}

#[derive(Debug)]
struct Condition {
    name: String,
    operator: String,
    value: Value,
}

impl Query {
    pub(crate) fn read(body: &Value) -> Result<Query, Answer> {
        let blocks = &body["advanced_query"];
        let dids = |block: &Value| -> Result<Vec<Did>, Answer> {
            let events = block.as_array().map(Vec::as_slice).unwrap_or_default();
            events.iter().map(Did::read).collect()
        };
        Ok(Query {
            event: Did::read(body)?,
            profile_fields: conditions(&body["common_profile_properties"]["profile_fields"]),
            all: dids(&blocks["did_all"])?,
            any: dids(&blocks["did_any"]["any_events"])?,
            none: dids(&blocks["did_none"])?,
        })
    }

    /// The events that match, in order of time.
    pub(crate) fn events(&self, people: &People) -> Vec<usize> {
        let audience = self.audience(people);
        let mut found: Vec<_> = people
            .events
            .iter()
            .enumerate()
            .filter(|(_, event)| self.event.matches(event))
            .filter(|(_, event)| self.allows(event.person, people, audience.as_ref()))
            .map(|(index, event)| (event.at, index))
            .collect();
        found.sort_unstable();
        found.into_iter().map(|(_, index)| index).collect()
    }

    /// The users whose events match, in order of their first.
    pub(crate) fn persons(&self, people: &People) -> Vec<usize> {
        let mut seen = BTreeSet::new();
        self.events(people)
            .into_iter()
            .filter_map(|index| people.events.get(index))
            .map(|event| event.person)
            .filter(|person| seen.insert(*person))
            .collect()
    }

    /// Whom the did-blocks let through; `None` when there are none.
    fn audience(&self, people: &People) -> Option<BTreeSet<usize>> {
        if self.all.is_empty() && self.any.is_empty() && self.none.is_empty() {
            return None;
        }
        let mut audience: BTreeSet<usize> = (0..people.persons.len()).collect();
        for did in &self.all {
            let who = did.who(people);
            audience.retain(|person| who.contains(person));
        }
        if !self.any.is_empty() {
            let who: BTreeSet<_> = self.any.iter().flat_map(|did| did.who(people)).collect();
            audience.retain(|person| who.contains(person));
        }
        for did in &self.none {
            let who = did.who(people);
            audience.retain(|person| !who.contains(person));
        }
        Some(audience)
    }

    fn allows(&self, index: usize, people: &People, audience: Option<&BTreeSet<usize>>) -> bool {
        let Some(person) = people.persons.get(index) else { return false };
        !person.deleted
            && audience.is_none_or(|audience| audience.contains(&index))
            && self.profile_fields.iter().all(|condition| condition.holds(&person.data))
    }
}

impl Did {
    fn read(body: &Value) -> Result<Did, Answer> {
        let Some(name) = body["event_name"].as_str() else {
            return Err(Answer::explained("`event_name` is required"));
        };
        let day = |key: &str| {
            let day = if body[key].is_number() { parse_day(&body[key]) } else { None };
            day.map(packed_day)
                .ok_or_else(|| Answer::explained(&format!("`{key}` must be an integer day, YYYYMMDD")))
        };
        let props =
            if body["event_properties"].is_null() { &body["props"] } else { &body["event_properties"] };
        Ok(Did {
            name: name.to_owned(),
            from: day("from")?,
            to: day("to")?,
            props: conditions(props),
            session: conditions(&body["session_properties"]),
        })
    }

    fn matches(&self, event: &Event) -> bool {
        let day = event.local / 1_000_000;
        event.name == self.name
            && self.from <= day
            && day <= self.to
            && self.props.iter().all(|condition| condition.holds(&event.props))
            && self.session.iter().all(|condition| condition.holds_if_known(&event.session))
    }

    fn who(&self, people: &People) -> BTreeSet<usize> {
        people.events.iter().filter(|event| self.matches(event)).map(|event| event.person).collect()
    }

    /// The value that a property must equal, if the query says so.
    pub(crate) fn wanted(&self, property: &str) -> Option<&Value> {
        let mut wanted = self.props.iter().filter(|condition| condition.operator == "equals");
        wanted.find(|condition| condition.name == property).map(|condition| &condition.value)
    }
}

fn conditions(list: &Value) -> Vec<Condition> {
    let list = list.as_array().map(Vec::as_slice).unwrap_or_default();
    list.iter()
        .filter_map(|item| {
            Some(Condition {
                name: item["name"].as_str()?.to_owned(),
                operator: item["operator"].as_str().unwrap_or("equals").to_owned(),
                value: item["value"].clone(),
            })
        })
        .collect()
}

impl Condition {
    /// The operators of section 7 ([3P] S:java, S:accio).
    fn holds(&self, data: &Map<String, Value>) -> bool {
        let found = data.get(&self.name);
        let any = |test: &dyn Fn(&Value, &Value) -> bool| {
            let wanted = match &self.value {
                Value::Array(values) if self.operator != "between" => values.as_slice(),
                value => std::slice::from_ref(value),
            };
            found.is_some_and(|found| wanted.iter().any(|wanted| test(found, wanted)))
        };
        match self.operator.as_str() {
            "equals" => any(&same),
            "not_equals" => !any(&same),
            "contains" => any(&contains),
            "does_not_contain" | "not_contains" => !any(&contains),
            "exists" => found.is_some(),
            "does_not_exist" => found.is_none(),
            "greater_than" => any(&|a, b| compare(a, b, |a, b| a > b)),
            "greater_than_equals" => any(&|a, b| compare(a, b, |a, b| a >= b)),
            "less_than" => any(&|a, b| compare(a, b, |a, b| a < b)),
            "less_than_equals" => any(&|a, b| compare(a, b, |a, b| a <= b)),
            "between" => {
                any(&|a, b| compare(a, &b[0], |a, low| a >= low) && compare(a, &b[1], |a, high| a <= high))
            }
            _ => false,
        }
    }

    /// `first_time`, `time_of_day` and the like are no stored properties.
    fn holds_if_known(&self, data: &Map<String, Value>) -> bool {
        !data.contains_key(&self.name) || self.holds(data)
    }
}

/// Numbers and texts of numbers are the same.
pub(crate) fn same(a: &Value, b: &Value) -> bool {
    a == b || number(a).zip(number(b)).is_some_and(|(a, b)| a == b)
}

fn contains(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Array(list), b) => list.iter().any(|item| same(item, b)),
        (Value::String(a), Value::String(b)) => a.to_lowercase().contains(&b.to_lowercase()),
        _ => false,
    }
}

fn compare(a: &Value, b: &Value, test: impl Fn(f64, f64) -> bool) -> bool {
    number(a).zip(number(b)).is_some_and(|(a, b)| test(a, b))
}

fn number(value: &Value) -> Option<f64> {
    value.as_f64().or_else(|| value.as_str().and_then(|text| text.parse().ok()))
}

/// [3P] S:leanderp, section 3.4: the text is an array in a string. Its HTTP
/// status is [UNK].
pub(crate) fn unknown_event(name: &str) -> Answer {
    Answer::fail(400, &format!("[\"Invalid event : {name}\"]"), 400)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn operators_compare_as_named() {
        let data = json!({ "n": 5, "s": "Gold Card", "l": ["a", "b"] });
        let Some(data) = data.as_object() else { unreachable!() };
        for (name, operator, value, holds) in [
            ("n", "equals", json!("5"), true),
            ("n", "equals", json!([4, 5]), true),
            ("n", "not_equals", json!(5), false),
            ("n", "between", json!([1, 5]), true),
            ("n", "greater_than", json!(5), false),
            ("n", "less_than_equals", json!(5), true),
            ("s", "contains", json!("gold"), true),
            ("l", "contains", json!("b"), true),
            ("s", "not_contains", json!("gold"), false),
            ("x", "exists", json!(null), false),
            ("x", "does_not_exist", json!(null), true),
        ] {
            let (name, operator) = (name.to_owned(), operator.to_owned());
            let condition = Condition { name, operator, value };
            assert_eq!(condition.holds(data), holds, "{condition:?}");
        }
    }
}
