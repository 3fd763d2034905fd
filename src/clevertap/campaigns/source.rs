//! CleverTap's two lists of campaigns, one call each.

use serde_json::{Value, json};

use super::super::client::{Call, Session};
use super::super::operation;
use super::super::time::{Day, day_digits};
use super::window::WIDEST_DAYS;
use crate::clevertap::time::{add_days, days_inclusive};
use crate::model::Error;
use crate::transport::Host;

fn array(answer: Value, keys: &[&str], what: &str) -> Result<Vec<Value>, Error> {
    match answer {
        Value::Array(items) => Ok(items),
        Value::Object(mut object) => match keys.iter().find_map(|key| object.remove(*key)) {
            Some(Value::Array(items)) => Ok(items),
            // A window without campaigns may come without the key.
            Some(Value::Null) | None => Ok(Vec::new()),
            Some(other) => Err(Error::Undecodable { what: what.to_owned(), body: other.to_string() }),
        },
        other => Err(Error::Undecodable { what: what.to_owned(), body: other.to_string() }),
    }
}

/// Campaigns of `targets/list.json` that start from `first` to `last` (DOC S:campaigns), in calls of at most
/// 31 days, newest first.
///
/// # Errors
/// As [`Session::done`].
pub async fn listed<H: Host>(session: &Session<'_, H>, first: Day, last: Day) -> Result<Vec<Value>, Error> {
    let mut windows = Vec::new();
    let mut to = last;
    while days_inclusive(first, to) > 0 {
        let from = first.max(add_days(to, WIDEST_DAYS.saturating_sub(1).saturating_neg()));
        windows.push((from, to));
        to = add_days(from, -1);
    }
    let calls = windows.into_iter().map(|(from, to)| {
        // Integers here (DOC), text in the report (DOC S:msgreport).
        let number = |day| day_digits(day).parse::<u64>().unwrap_or_default();
        session.done(
            &operation::TARGETS_LIST,
            Call { body: Some(json!({"from": number(from), "to": number(to)})), ..Call::default() },
        )
    });
    let mut items = Vec::new();
    for answer in futures_util::future::join_all(calls).await {
        items.extend(array(answer?, &["targets", "campaigns", "records"], "POST /1/targets/list.json")?);
    }
    Ok(items)
}

/// Messages of `message/report.json` whose campaigns start from `first` to `last` (DOC S:msgreport).
///
/// # Errors
/// As [`Session::done`].
pub async fn reported<H: Host>(
    session: &Session<'_, H>,
    first: Day,
    last: Day,
    daily: bool,
) -> Result<Vec<Value>, Error> {
    let mut body = json!({"from": day_digits(first), "to": day_digits(last)});
    if daily && let Some(body) = body.as_object_mut() {
        body.insert("daily".to_owned(), Value::Bool(true));
    }
    let answer =
        session.done(&operation::MESSAGES_REPORT, Call { body: Some(body), ..Call::default() }).await?;
    array(answer, &["messages", "message", "records"], "POST /1/message/report.json")
}
