//! The shapes in which the message report brings numbers, and what is not one of them.
//!
//! | `data` | read as | source |
//! |---|---|---|
//! | `[{"sent":…}]` or `{"sent":…}` | totals since the start | 3P S:ingestr, S:tsclient |
//! | `[{"date":"20260131","sent":…}, …]` | a number a day | INF |
//! | `{"20260131":{"sent":…}, …}` | a number a day | INF |
//! | `[{"sent":…}, …]`, as many as the window has days, or as days have passed since the start | a number a day, first to last | INF |
//! | none, and `error: "…"` beside where it should be | nothing: null counts and the warning `report_refused` | INF |
//! | anything else | nothing: null counts and the warning `unrecognised_report_shape` | – |
//!
//! CleverTap publishes no sample of this answer. What cannot be told apart is not guessed: an undated array
//! that fits the window and the campaign's days in different ways is not read.

use serde_json::{Map, Number, Value};

use super::super::time::{self, Day, RemoteTime, add_days, day_from_digits, day_from_iso, days_inclusive};
use crate::model::{Channel, Counts, Warning};

/// CleverTap's key, and the unified count. `viewed` depends on the channel.
/// Known: DOC/3P section 11. Richer keys: those that the 2026 revision of the campaign report is said to
/// bring (DOC S:result names conversions, deliveries and revenue; their spelling is INF).
const KEYS: &[(&str, &str)] = &[
    ("sent", "sent"),
    ("clicked", "clicks"),
    ("clicks", "clicks"),
    ("errors", "failed"),
    ("failed", "failed"),
    ("delivered", "delivered"),
    ("deliveries", "delivered"),
    ("conversions", "conversions"),
    ("converted", "conversions"),
    ("impressions", "impressions"),
    ("opens", "opens"),
    ("opened", "opens"),
    ("unique_opens", "unique_opens"),
    ("unique_clicks", "unique_clicks"),
    ("unique_conversions", "unique_conversions"),
    ("bounced", "bounced"),
    ("bounces", "bounced"),
    ("replied", "replies"),
    ("replies", "replies"),
    ("unsubscribed", "unsubscribes"),
    ("unsubscribes", "unsubscribes"),
];
const VIEWS: &[&str] = &["viewed", "views"];
const VALUES: &[&str] = &["revenue", "conversion_value"];
const DATES: &[&str] = &["date", "day"];
/// Characters of CleverTap's words that go into a warning.
const LONGEST_ERROR: usize = 200;

/// What holds the numbers in a message.
const DATA: &[&str] = &["data", "daily", "result"];

/// The warning for all that is not understood.
#[must_use]
pub fn unrecognised(what: &str) -> Warning {
    Warning::new(
        "unrecognised_report_shape",
        format!("CleverTap's numbers came in a shape that is not known ({what}): counts are null, the untouched object is in remote_data"),
    )
    .about("counts")
}

/// The warning for a campaign in the report without numbers, in CleverTap's words.
#[must_use]
pub fn refused(error: &str) -> Warning {
    Warning::new(
        "report_refused",
        format!("CleverTap gives no numbers of some campaigns, and says {error:?}: their counts are null, and in no sum"),
    )
    .about("counts")
}

fn whole(value: &Value) -> Option<u64> {
    match value {
        Value::Number(number) => number.as_u64().or_else(|| {
            let float = number.as_f64()?;
            // 82.0 is 82; beyond 2^53 a float says nothing exact.
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
            (float >= 0.0 && float.fract() == 0.0 && float <= 9_007_199_254_740_992.0).then_some(float as u64)
        }),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

fn money(value: &Value) -> Option<Number> {
    match value {
        Value::Number(number) => Some(number.clone()),
        Value::String(text) => match serde_json::from_str(text.trim()) {
            Ok(Value::Number(number)) => Some(number),
            _ => None,
        },
        _ => None,
    }
}

/// Reads one object of numbers; none when it holds no known key, or a known key holds no number.
#[must_use]
pub fn counts(object: &Map<String, Value>, channel: Option<Channel>) -> Option<Counts> {
    let mut counts = Counts::default();
    let mut found = false;
    for (key, value) in object {
        if value.is_null() {
            continue;
        }
        let key = key.as_str();
        if VIEWS.contains(&key) {
            let views = Some(whole(value)?);
            match channel {
                Some(Channel::Email) => counts.opens = views,
                _ => counts.impressions = views,
            }
            found = true;
        } else if VALUES.contains(&key) {
            counts.conversion_value = Some(money(value)?);
            found = true;
        } else if key == "currency" {
            counts.currency = value.as_str().map(ToOwned::to_owned);
        } else if let Some((_, name)) = KEYS.iter().find(|(known, _)| *known == key) {
            counts.set(name, Some(whole(value)?));
            found = true;
        }
    }
    found.then_some(counts)
}

fn day_of(text: &str) -> Option<Day> {
    day_from_digits(text).or_else(|| day_from_iso(text)).or_else(|| match time::parse(text)? {
        RemoteTime::Local(local) => Some(local.date()),
        RemoteTime::Instant(_) => None,
    })
}

fn dated(object: &Map<String, Value>) -> Option<Day> {
    DATES.iter().find_map(|key| match object.get(*key)? {
        Value::String(text) => day_of(text),
        Value::Number(number) => day_of(&number.to_string()),
        _ => None,
    })
}

/// Numbers in one of the known shapes.
#[derive(Debug, Clone, PartialEq)]
pub enum Numbers {
    /// Nothing was said.
    Absent,
    Totals(Box<Counts>),
    Daily(Vec<(Day, Counts)>),
    /// In a row, without dates.
    Undated(Vec<Counts>),
    /// CleverTap says in words why there are none.
    Refused(String),
    Unrecognised(&'static str),
}

/// Recognises the numbers of one message.
#[must_use]
pub fn recognise(message: &Value, channel: Option<Channel>) -> Numbers {
    let Some(message) = message.as_object() else { return Numbers::Unrecognised("the message is no object") };
    let data = DATA.iter().find_map(|key| message.get(*key)).filter(|data| !data.is_null());
    match data {
        None => match (counts(message, channel), message.get("error").and_then(Value::as_str)) {
            (Some(counts), _) => Numbers::Totals(Box::new(counts)),
            (None, Some(error)) if !error.trim().is_empty() => {
                Numbers::Refused(error.trim().chars().take(LONGEST_ERROR).collect())
            }
            (None, _) => Numbers::Absent,
        },
        Some(Value::Array(items)) => recognise_array(items, channel),
        Some(Value::Object(object)) if object.is_empty() => Numbers::Absent,
        Some(Value::Object(object)) => {
            let days: Option<Vec<(Day, Counts)>> = object
                .iter()
                .map(|(key, value)| Some((day_of(key)?, counts(value.as_object()?, channel)?)))
                .collect();
            match (days, counts(object, channel)) {
                (Some(days), _) => sorted(days),
                (None, Some(totals)) => Numbers::Totals(Box::new(totals)),
                (None, None) => Numbers::Unrecognised("an object without known keys"),
            }
        }
        Some(_) => Numbers::Unrecognised("neither an array nor an object"),
    }
}

fn recognise_array(items: &[Value], channel: Option<Channel>) -> Numbers {
    let objects: Option<Vec<&Map<String, Value>>> = items.iter().map(Value::as_object).collect();
    let Some(objects) = objects else {
        return Numbers::Unrecognised("an array of something else than objects");
    };
    let days: Vec<Option<Day>> = objects.iter().map(|object| dated(object)).collect();
    let read: Option<Vec<Counts>> = objects.iter().map(|object| counts(object, channel)).collect();
    let Some(read) = read else { return Numbers::Unrecognised("objects without known keys") };
    let dated: Option<Vec<Day>> = days.iter().copied().collect();
    match (read.len(), dated) {
        (0, _) => Numbers::Absent,
        (_, Some(days)) => sorted(days.into_iter().zip(read).collect()),
        (_, None) if days.iter().any(Option::is_some) => {
            Numbers::Unrecognised("some numbers with a date and some without")
        }
        (1, None) => {
            read.into_iter().next().map_or(Numbers::Absent, |totals| Numbers::Totals(Box::new(totals)))
        }
        (_, None) => Numbers::Undated(read),
    }
}

fn sorted(mut days: Vec<(Day, Counts)>) -> Numbers {
    days.sort_by_key(|(day, _)| *day);
    let repeated = days.iter().zip(days.iter().skip(1)).any(|((day, _), (next, _))| day == next);
    if repeated { Numbers::Unrecognised("two numbers for one day") } else { Numbers::Daily(days) }
}

/// Gives each number of an undated row its day, when there is just one way to do it.
#[must_use]
pub fn align(
    numbers: &[Counts],
    window: (Day, Day),
    start: Option<Day>,
    today: Day,
) -> Option<Vec<(Day, Counts)>> {
    let length = i64::try_from(numbers.len()).ok()?;
    let by_window = (days_inclusive(window.0, window.1) == length).then_some(window.0);
    let since_start = start.filter(|start| days_inclusive(*start, today) == length);
    let first = match (by_window, since_start) {
        (Some(window), Some(start)) if window != start => return None,
        (window, start) => window.or(start)?,
    };
    Some((0..).zip(numbers).map(|(offset, counts)| (add_days(first, offset), counts.clone())).collect())
}

/// Totals since the start, of the messages that share an id (usually one).
#[must_use]
pub fn totals(messages: &[Value], channel: Option<Channel>, warnings: &mut Vec<Warning>) -> Counts {
    let [message] = messages else {
        if !messages.is_empty() {
            warnings.push(unrecognised("one id with several messages"));
        }
        return Counts::default();
    };
    since_start(message, channel, "several numbers without dates", warnings)
}

/// Totals since the start of one object of CleverTap's; a warning where there are none that can be read. `undated` says
/// what several numbers in a row are here.
#[must_use]
pub fn since_start(
    object: &Value,
    channel: Option<Channel>,
    undated: &'static str,
    warnings: &mut Vec<Warning>,
) -> Counts {
    let warning = match recognise(object, channel) {
        Numbers::Absent => return Counts::default(),
        Numbers::Totals(counts) => return *counts,
        Numbers::Daily(days) => return super::series::sum(days.iter().map(|(_, counts)| counts)),
        Numbers::Undated(_) => unrecognised(undated),
        Numbers::Refused(error) => refused(&error),
        Numbers::Unrecognised(what) => unrecognised(what),
    };
    warnings.push(warning);
    Counts::default()
}

#[cfg(test)]
mod tests {
    use ::time::macros::date;
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn sent(sent: u64) -> Counts {
        Counts { sent: Some(sent), ..Counts::default() }
    }

    #[test]
    fn known_shapes() {
        let day = date!(2026 - 01 - 31);
        for (message, expected) in [
            (json!({"data": [{"sent": 1}]}), Numbers::Totals(Box::new(sent(1)))),
            (json!({"data": {"sent": "1"}}), Numbers::Totals(Box::new(sent(1)))),
            (json!({"sent": 1.0}), Numbers::Totals(Box::new(sent(1)))),
            (json!({"data": []}), Numbers::Absent),
            (json!({"data": null}), Numbers::Absent),
            (json!({}), Numbers::Absent),
            (json!({"error": " "}), Numbers::Absent),
            (json!({"error": "none"}), Numbers::Refused("none".to_owned())),
            (json!({"error": "none", "data": [{"sent": 1}]}), Numbers::Totals(Box::new(sent(1)))),
            (json!({"data": [{"date": "20260131", "sent": 1}]}), Numbers::Daily(vec![(day, sent(1))])),
            (json!({"data": [{"day": 20260131, "sent": 1}]}), Numbers::Daily(vec![(day, sent(1))])),
            (json!({"data": {"2026-01-31": {"sent": 1}}}), Numbers::Daily(vec![(day, sent(1))])),
            (json!({"data": [{"sent": 1}, {"sent": 2}]}), Numbers::Undated(vec![sent(1), sent(2)])),
        ] {
            assert_eq!(recognise(&message, None), expected, "{message}");
        }
    }

    #[test]
    fn the_rest_is_not_guessed() {
        for message in [
            json!({"data": [[1, 2, 3]]}),
            json!({"data": [{"sent": -1}]}),
            json!({"data": [{"sent": 1.5}]}),
            json!({"data": [{"foo": 1}]}),
            json!({"data": {"foo": 1}}),
            json!({"data": "many"}),
            json!({"data": [{"date": "20260131", "sent": 1}, {"date": "20260131", "sent": 2}]}),
            json!({"data": [{"date": "20260131", "sent": 1}, {"sent": 2}]}),
            json!(7),
        ] {
            assert!(matches!(recognise(&message, None), Numbers::Unrecognised(_)), "{message}");
        }
    }

    #[test]
    fn views_depend_on_the_channel() {
        let message = json!({"data": [{"viewed": 5, "revenue": 10.50, "conversions": 2, "errors": 1}]});
        let read = |channel| totals(std::slice::from_ref(&message), channel, &mut Vec::new());
        assert_eq!(
            (read(Some(Channel::Email)).opens, read(Some(Channel::Email)).impressions),
            (Some(5), None)
        );
        let push = read(Some(Channel::Push));
        assert_eq!(
            (push.opens, push.impressions, push.failed, push.conversions),
            (None, Some(5), Some(1), Some(2))
        );
        assert_eq!(push.conversion_value.unwrap().to_string(), "10.5");
        assert_eq!(push.sent, None, "absent is not zero");
    }

    #[test]
    fn rows_without_dates_need_one_way_to_lie() {
        let numbers = vec![sent(1), sent(2), sent(3)];
        let window = (date!(2026 - 01 - 01), date!(2026 - 01 - 03));
        let today = date!(2026 - 02 - 01);
        assert_eq!(align(&numbers, window, None, today).unwrap()[0].0, window.0);
        assert_eq!(
            align(&numbers, (window.0, window.0), Some(date!(2026 - 01 - 30)), today).unwrap()[2].0,
            today
        );
        assert_eq!(align(&numbers, window, Some(date!(2026 - 01 - 30)), today), None, "two ways");
        assert_eq!(align(&numbers, (window.0, window.0), None, today), None, "no way");
    }

    proptest! {
        #[test]
        fn never_panics(text in "\\PC{0,80}", number in any::<i64>(), float in any::<f64>()) {
            for message in [
                json!({"data": [{"sent": number, "viewed": float}]}),
                json!({"data": {text.clone(): {"sent": number}}}),
                json!({"data": [{"date": text, "sent": number}]}),
            ] {
                let _ = recognise(&message, Some(Channel::Email));
            }
        }
    }
}
