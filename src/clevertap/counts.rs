//! Counting without exporting: events, people, top values, trends, and what happens now.
//!
//! | call | CleverTap | answer | source |
//! |---|---|---|---|
//! | count | `/1/counts/events.json`, `/1/counts/profiles.json` | a number | [OFF] S:snippets |
//! | trends | `/1/counts/trends.json` | by group, values by day, week or month: `20261224`, `201652`, `201612` become `2026-12-24`, `2016-W52`, `2016-12` | [OFF] S:snippets |
//! | top | `/1/counts/top.json` | by group, values with their type and count, most first | [OFF] S:snippets |
//! | real-time | `/1/now.json` | the last five minutes | [OFF] S:snippets |
//!
//! The query is CleverTap's own (section 7). Counting may take longer than a call: what is not there by the deadline
//! is [`Error::NotReady`] with a cursor that goes on waiting for the same count. It belongs to the account and the
//! query; when CleverTap has forgotten it, [`Error::CursorExpired`].

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::client::{Call, Session};
use super::cursor;
use super::operation::{self, Operation};
use super::time::{day_from_digits, day_iso};
use crate::model::Error;
use crate::transport::Host;

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    Events,
    Profiles,
}

/// One value of a group, and how often it came.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Top {
    pub value: String,
    pub count: u64,
    /// CleverTap's word: `STR`, `NUMBER`, whose values are ranges, and others.
    #[serde(rename = "type")]
    pub kind: String,
}

/// A value of a stretch of time.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Point {
    /// `2026-12-24`, `2016-W52` or `2016-12`; CleverTap's text when it is none of its three forms.
    pub period: String,
    /// A count, or the sum of a property.
    pub value: Value,
}

/// Groups of an answer by the caller's labels, and the answer as it came.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Groups<T> {
    pub groups: BTreeMap<String, Vec<T>>,
    pub remote_data: Value,
}

/// How many events, or people, a query selects.
///
/// # Errors
/// What CleverTap says of the query; [`Error::NotReady`], [`Error::CursorExpired`].
pub async fn count<H: Host>(
    session: &Session<'_, H>,
    subject: Subject,
    query: &Value,
    resume: Option<&str>,
) -> Result<u64, Error> {
    let operation = match subject {
        Subject::Events => &operation::COUNTS_EVENTS,
        Subject::Profiles => &operation::COUNTS_PROFILES,
    };
    let answer = counted(session, operation, query, resume).await?;
    answer.get("count").and_then(Value::as_u64).ok_or_else(|| undecodable(operation, "no count", &answer))
}

/// Values over time.
///
/// # Errors
/// As [`count`].
pub async fn trends<H: Host>(
    session: &Session<'_, H>,
    query: &Value,
    resume: Option<&str>,
) -> Result<Groups<Point>, Error> {
    let answer = counted(session, &operation::COUNTS_TRENDS, query, resume).await?;
    let mut groups = BTreeMap::new();
    for (label, group) in labelled(&answer) {
        let Some(values) = group.as_object() else { continue };
        let kind = query.get("groups").and_then(|groups| groups.get(label)?.get("trend_type")?.as_str());
        let point =
            |(key, value): (&String, &Value)| Point { period: period(key, kind), value: value.clone() };
        let mut points: Vec<Point> = values.iter().map(point).collect();
        points.sort_by(|a, b| a.period.cmp(&b.period));
        groups.insert(label.clone(), points);
    }
    Ok(Groups { groups, remote_data: answer })
}

/// The most frequent values of properties.
///
/// # Errors
/// As [`count`].
pub async fn top<H: Host>(
    session: &Session<'_, H>,
    query: &Value,
    resume: Option<&str>,
) -> Result<Groups<Top>, Error> {
    let answer = counted(session, &operation::COUNTS_TOP, query, resume).await?;
    let mut groups = BTreeMap::new();
    for (label, group) in labelled(&answer) {
        let mut values = Vec::new();
        for (kind, counts) in group.as_object().into_iter().flatten() {
            for (value, count) in counts.as_object().into_iter().flatten() {
                if let Some(count) = count.as_u64() {
                    values.push(Top { value: value.clone(), count, kind: kind.clone() });
                }
            }
        }
        values.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.value.cmp(&b.value)));
        groups.insert(label.clone(), values);
    }
    Ok(Groups { groups, remote_data: answer })
}

/// What happened in the last five minutes, as CleverTap says it.
///
/// # Errors
/// What CleverTap says of the query.
pub async fn real_time<H: Host>(session: &Session<'_, H>, query: &Value) -> Result<Value, Error> {
    session.done(&operation::COUNTS_NOW, Call::with(query.clone())).await
}

/// An answer's groups: all that is not the envelope.
fn labelled(answer: &Value) -> impl Iterator<Item = (&String, &Value)> {
    let groups = answer.as_object().into_iter().flatten();
    groups.filter(|(key, value)| value.is_object() && !matches!(key.as_str(), "status" | "code" | "error"))
}

async fn counted<H: Host>(
    session: &Session<'_, H>,
    operation: &'static Operation,
    query: &Value,
    resume: Option<&str>,
) -> Result<Value, Error> {
    let (account, filters) = (session.account.id.as_str(), query.to_string());
    let outcome = match resume.filter(|text| !text.is_empty()) {
        Some(text) => {
            let state = cursor::decode(text, operation.name, account, &filters)?;
            let id = state.as_str().ok_or_else(|| Error::invalid("next_cursor", "holds no request id"))?;
            session.resume(operation, id).await
        }
        None => session.done(operation, Call::with(query.clone())).await,
    };
    outcome.map_err(|error| match error {
        Error::NotReady { message, cursor: Some(id) } => {
            let cursor = cursor::encode(operation.name, account, &filters, &Value::String(id));
            Error::NotReady { message, cursor: Some(cursor) }
        }
        other => other,
    })
}

fn undecodable(operation: &Operation, what: &str, answer: &Value) -> Error {
    Error::undecodable(format!("{} (there is {what} in it)", operation.name), answer)
}

/// CleverTap's keys of days, weeks and months. Those of weeks and months look alike: the query tells.
fn period(key: &str, kind: Option<&str>) -> String {
    let parts = key.get(..4).zip(key.get(4..)).filter(|_| key.bytes().all(|byte| byte.is_ascii_digit()));
    let text = match (key.len(), kind, parts) {
        (8, _, _) => day_from_digits(key).map(day_iso),
        (6, Some("weekly"), Some((year, week))) => Some(format!("{year}-W{week}")),
        (6, Some("monthly"), Some((year, month))) => Some(format!("{year}-{month}")),
        _ => None,
    };
    text.unwrap_or_else(|| key.to_owned())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::json;

    use super::*;
    use crate::clevertap::client::Trace;
    use crate::testing::{FakeHost, Reply, account};

    fn run<T>(replies: Vec<Reply>, work: impl AsyncFnOnce(&Session<'_, FakeHost>) -> T) -> (T, Vec<String>) {
        let host = FakeHost::scripted(replies);
        let account = account();
        let session = Session::open(&host, &account, Trace::default());
        let value = host.run(work(&session));
        let sent = host.sent().iter().map(|sent| format!("{} {}", sent.method, sent.target)).collect();
        (value, sent)
    }

    fn ok(body: Value) -> Reply {
        Reply::json(200, &body)
    }

    #[test]
    fn a_count_is_polled() {
        let query = json!({"event_name": "a", "from": 20_260_101, "to": 20_260_131});
        let replies = vec![
            ok(json!({"req_id": 384_649_162_721_759_123_u64, "status": "partial"})),
            ok(json!({"req_id": 384_649_162_721_759_123_u64, "status": "partial"})),
            ok(json!({"status": "success", "count": 7138})),
        ];
        let (count, sent) =
            run(replies, async |session| count(session, Subject::Events, &query, None).await.unwrap());
        assert_eq!(count, 7138);
        let poll = "GET /1/counts/events.json?req_id=384649162721759123";
        assert_eq!(sent, ["POST /1/counts/events.json", poll, poll]);
    }

    #[test]
    fn a_count_that_takes_longer_goes_on_and_may_be_forgotten() {
        let query = json!({"event_name": "a"});
        let partial = || ok(json!({"req_id": "abc", "status": "partial"})).after(Duration::from_secs(5));
        let (error, _) = run((0..9).map(|_| partial()).collect(), async |session| {
            count(session, Subject::Profiles, &query, None).await.unwrap_err()
        });
        let Error::NotReady { cursor: Some(cursor), .. } = error else { panic!("{error:?}") };
        let done = ok(json!({"status": "success", "count": 1}));
        let (count_then, sent) =
            run(vec![done], async |session| count(session, Subject::Profiles, &query, Some(&cursor)).await);
        assert_eq!((count_then, sent), (Ok(1), vec!["GET /1/counts/profiles.json?req_id=abc".to_owned()]));
        let gone = Reply::json(400, &json!({"status": "fail", "error": "invalid request id", "code": 400}));
        let (error, _) = run(vec![gone], async |session| {
            count(session, Subject::Profiles, &query, Some(&cursor)).await.unwrap_err()
        });
        assert!(matches!(error, Error::CursorExpired { .. }), "{error:?}");
        // It belongs to the query and to what is counted.
        for (subject, query) in
            [(Subject::Events, query.clone()), (Subject::Profiles, json!({"event_name": "b"}))]
        {
            let (error, _) = run(vec![], async |session| {
                count(session, subject, &query, Some(&cursor)).await.unwrap_err()
            });
            assert!(matches!(error, Error::Invalid(_)), "{error:?}");
        }
    }

    #[test]
    fn trends_and_top_values() {
        let query = json!({"event_name": "a", "groups": {
            "d": {"trend_type": "daily"}, "w": {"trend_type": "weekly"}, "m": {"trend_type": "monthly"}}});
        let answer = json!({"status": "success", "d": {"20261225": 10, "20261224": 1.5}, "w": {"201652": 80},
                            "m": {"201701": 30, "201612": 80}});
        let (trends, _) =
            run(vec![ok(answer.clone())], async |session| trends(session, &query, None).await.unwrap());
        let periods =
            |label: &str| trends.groups[label].iter().map(|point| point.period.as_str()).collect::<Vec<_>>();
        assert_eq!(periods("d"), ["2026-12-24", "2026-12-25"]);
        assert_eq!((periods("w"), periods("m")), (vec!["2016-W52"], vec!["2016-12", "2017-01"]));
        assert_eq!(trends.groups["d"][0].value, json!(1.5));
        assert_eq!(trends.remote_data, answer);

        let answer = json!({"status": "success", "bar": {"STR": {"Gold": 5, "Silver": 10}}, "foo": {"NUMBER": {"0-100": 7}}});
        let (top, _) = run(vec![ok(answer)], async |session| top(session, &json!({}), None).await.unwrap());
        let values: Vec<_> = top.groups["bar"].iter().map(|top| (top.value.as_str(), top.count)).collect();
        assert_eq!(values, [("Silver", 10), ("Gold", 5)]);
        assert_eq!(top.groups["foo"][0].kind, "NUMBER");
    }
}
