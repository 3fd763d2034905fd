//! A campaign as CleverTap's two lists tell it, and its place in the order of starts.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::super::time::{self, Day, RemoteTime, Zone, day_digits, day_from_digits, local_digits};

/// A campaign's place: start on the project's clock (`YYYYMMDDhhmmss`), then CleverTap's id. CleverTap selects
/// by the day of the start, so the place does not depend on the window in which the campaign was met, and pages
/// of any size cut the same order. A start that cannot be read on the project's clock (or contradicts the
/// window, as an instant read in a wrong time zone may) is placed by a window of one day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Key {
    #[serde(rename = "t")]
    pub start: String,
    #[serde(rename = "i")]
    pub id: String,
}

impl Key {
    #[must_use]
    pub fn day(&self) -> Option<Day> {
        day_from_digits(self.start.get(0..8)?)
    }
}

impl Ord for Key {
    fn cmp(&self, other: &Self) -> Ordering {
        // Ids are numbers in all that is known of CleverTap: the longer one is the larger.
        (&self.start, self.id.len(), &self.id).cmp(&(&other.start, other.id.len(), &other.id))
    }
}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// A campaign with all that CleverTap said of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    pub key: Key,
    /// Its object in `targets/list.json`.
    pub listed: Option<Value>,
    /// Its objects in `message/report.json`; more than one only if CleverTap repeats an id.
    pub reported: Vec<Value>,
    /// First and last day of the window in which it was met.
    pub window: (Day, Day),
}

/// Rows of one window, and what could not be placed.
#[derive(Debug, Default, PartialEq)]
pub struct Merged {
    pub rows: Vec<Row>,
    /// A row's start is unreadable or outside the window, so that only a one-day window tells its place.
    pub misplaced: bool,
    /// Objects without an id.
    pub nameless: u64,
}

/// CleverTap's id of an object of either list, as text.
#[must_use]
pub fn remote_id(object: &Value) -> Option<String> {
    // The report's key has a space in it (3P S:ingestr, S:tsclient).
    let id = ["message id", "id", "message_id", "campaign_id"].iter().find_map(|key| object.get(*key))?;
    match id {
        Value::Number(number) => Some(number.to_string()),
        Value::String(text) if !text.trim().is_empty() => Some(text.trim().to_owned()),
        _ => None,
    }
}

/// The text of an object's start.
#[must_use]
pub fn start_text(object: &Value) -> Option<String> {
    let start = ["start_date", "scheduled_on", "start_time", "scheduled_at"]
        .iter()
        .find_map(|key| object.get(*key))?;
    match start {
        Value::Number(number) => Some(number.to_string()),
        Value::String(text) if !text.trim().is_empty() => Some(text.clone()),
        _ => None,
    }
}

/// An object's start on the project's clock, as sortable digits.
fn start_digits(object: &Value, zone: Option<&Zone>) -> Option<String> {
    match time::parse(&start_text(object)?)? {
        RemoteTime::Local(local) => Some(local_digits(local)),
        // Without the project's zone nobody can say on which of its days an instant lies.
        RemoteTime::Instant(unix) => zone.map(|zone| local_digits(zone.to_local(unix))),
    }
}

/// Merges what both lists say of the window from `first` to `last` on equal ids; newest start first.
#[must_use]
pub fn merge(listed: Vec<Value>, reported: Vec<Value>, first: Day, last: Day, zone: Option<&Zone>) -> Merged {
    let mut by_id: BTreeMap<String, (Option<Value>, Vec<Value>)> = BTreeMap::new();
    let mut merged = Merged::default();
    for object in listed {
        match remote_id(&object) {
            Some(id) => by_id.entry(id).or_default().0 = Some(object),
            None => merged.nameless = merged.nameless.saturating_add(1),
        }
    }
    for object in reported {
        match remote_id(&object) {
            Some(id) => by_id.entry(id).or_default().1.push(object),
            None => merged.nameless = merged.nameless.saturating_add(1),
        }
    }
    let (earliest, latest) = (day_digits(first), day_digits(last));
    for (id, (listed, reported)) in by_id {
        let inside = |digits: &String| {
            digits.get(0..8).is_some_and(|day| earliest.as_str() <= day && day <= latest.as_str())
        };
        let start =
            listed.iter().chain(reported.iter()).filter_map(|object| start_digits(object, zone)).find(inside);
        if start.is_none() && first != last {
            merged.misplaced = true;
        }
        // In a window of one day, that day is the place: CleverTap selected the row by its start.
        let start = start.unwrap_or_else(|| format!("{latest}000000"));
        merged.rows.push(Row { key: Key { start, id }, listed, reported, window: (first, last) });
    }
    merged.rows.sort_by(|left, right| right.key.cmp(&left.key));
    merged
}

#[cfg(test)]
mod tests {
    use ::time::macros::date;
    use serde_json::json;

    use super::*;

    #[test]
    fn merges_equal_ids_and_orders_by_start() {
        let listed = vec![
            json!({"id": 7, "name": "a", "scheduled_on": 202601021230u64}),
            json!({"id": 9, "name": "b", "scheduled_on": 202601031230u64}),
        ];
        let reported = vec![
            json!({"message id": 7, "start_date": "02 Jan, 2026 12:30:00"}),
            json!({"message id": 10, "start_date": "02 Jan, 2026 12:30:00"}),
            json!({"start_date": "02 Jan, 2026 12:30:00"}),
        ];
        let merged = merge(listed, reported, date!(2026 - 01 - 01), date!(2026 - 01 - 05), None);
        let ids: Vec<_> = merged.rows.iter().map(|row| row.key.id.as_str()).collect();
        assert_eq!(ids, ["9", "10", "7"]);
        assert!(merged.rows[2].listed.is_some() && merged.rows[2].reported.len() == 1);
        assert_eq!((merged.nameless, merged.misplaced), (1, false));
    }

    #[test]
    fn a_start_outside_the_window_asks_for_one_day() {
        let reported = || {
            vec![
                json!({"message id": 7, "start_date": "whenever"}),
                json!({"message id": 8, "start_date": "01 Jan, 2020 00:00:00"}),
            ]
        };
        let wide = merge(vec![], reported(), date!(2026 - 01 - 01), date!(2026 - 01 - 05), None);
        assert!(wide.misplaced);
        let narrow = merge(vec![], reported(), date!(2026 - 01 - 03), date!(2026 - 01 - 03), None);
        assert!(!narrow.misplaced);
        assert!(narrow.rows.iter().all(|row| row.key.start == "20260103000000"));
    }
}
