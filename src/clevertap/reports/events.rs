//! The other road to daily numbers: counting a campaign's notification events with `counts/trends.json`.
//!
//! Unconfirmed upstream: that notification events can be counted by campaign, and that the property is called
//! [`CAMPAIGN_PROPERTY`] (INF). Rows are therefore `estimated`, and `doctor` checks the assumption.

use serde_json::{Value, json};

use super::super::client::{Call, Session};
use super::super::operation;
use super::super::time::{Day, day_digits, day_from_digits, days_inclusive};
use crate::model::{Counts, Error};
use crate::transport::Host;

/// The property of a notification event that names its campaign.
pub const CAMPAIGN_PROPERTY: &str = "Campaign id";
/// CleverTap's trends reach over one year (DOC section 10.4).
const WIDEST_DAYS: i64 = 366;
/// The label of the one group that is asked for.
const GROUP: &str = "daily";

/// Notification event, and whether it counts views.
const EVENTS: &[&str] = &["Notification Sent", "Notification Viewed", "Notification Clicked"];

/// Daily numbers of one campaign, oldest first.
///
/// # Errors
/// [`Error::Invalid`] for a period of more than a year; [`Error::NotReady`] when CleverTap is still counting.
pub async fn daily<H: Host>(
    session: &Session<'_, H>,
    campaign: &str,
    first: Day,
    last: Day,
    email: bool,
) -> Result<Vec<(Day, Counts)>, Error> {
    let days = days_inclusive(first, last);
    if days > WIDEST_DAYS {
        return Err(Error::invalid(
            "start_at",
            format!(
                "basis=events reaches over at most {WIDEST_DAYS} days, not {days}: ask for a shorter period"
            ),
        ));
    }
    let number = |day| day_digits(day).parse::<u64>().unwrap_or_default();
    let calls = EVENTS.iter().map(|event| {
        let body = json!({
            "event_name": event,
            "from": number(first),
            "to": number(last),
            "event_properties": [{"name": CAMPAIGN_PROPERTY, "operator": "equals", "value": campaign}],
            "groups": {GROUP: {"trend_type": "daily"}},
        });
        session.done(&operation::COUNTS_TRENDS, Call { body: Some(body), ..Call::default() })
    });
    let mut all: std::collections::BTreeMap<Day, Counts> = std::collections::BTreeMap::new();
    for (event, answer) in EVENTS.iter().zip(futures_util::future::join_all(calls).await) {
        for (day, count) in trend(&answer?)? {
            let counts = all.entry(day).or_default();
            match *event {
                "Notification Sent" => counts.sent = Some(count),
                "Notification Clicked" => counts.clicks = Some(count),
                _ if email => counts.opens = Some(count),
                _ => counts.impressions = Some(count),
            }
        }
    }
    Ok(all.into_iter().filter(|(day, _)| first <= *day && *day <= last).collect())
}

fn trend(answer: &Value) -> Result<Vec<(Day, u64)>, Error> {
    let wrong =
        || Error::Undecodable { what: "POST /1/counts/trends.json".to_owned(), body: answer.to_string() };
    let group = answer.get(GROUP).and_then(Value::as_object).ok_or_else(wrong)?;
    group
        .iter()
        .map(|(day, count)| Some((day_from_digits(day)?, count.as_u64()?)))
        .collect::<Option<_>>()
        .ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use ::time::macros::date;

    use super::*;

    #[test]
    fn reads_a_trend() {
        let answer = json!({"status": "success", "daily": {"20161224": 10, "20161225": 11}});
        assert_eq!(trend(&answer).unwrap(), vec![(date!(2016 - 12 - 24), 10), (date!(2016 - 12 - 25), 11)]);
        for wrong in [json!({}), json!({"daily": {"201652": 1}}), json!({"daily": {"20161224": "many"}})] {
            assert!(trend(&wrong).is_err(), "{wrong}");
        }
    }
}
