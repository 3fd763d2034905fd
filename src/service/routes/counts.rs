//! Counts, trends, top values, and what happens now.
//!
//! The body is CleverTap's query (section 7 of its API reference), and may say the period as `occurred_at` with
//! `gte` and `lt`, two days such as `2026-01-31`, in place of `from` and `to`. A count that is not there by the
//! deadline is a 503 whose `next_cursor` goes on waiting, with the same body.

use serde_json::{Map, Value, json};

use crate::clevertap::counts::{self, Subject};
use crate::clevertap::events::check_filters;
use crate::clevertap::time::{Day, add_days, day_digits, day_from_digits, day_from_iso};
use crate::model::Page;
use crate::service::body;
use crate::service::context::{Context, cursor};
use crate::service::envelope;
use crate::service::error::Error;
use crate::service::presentation::Presentation;
use crate::service::query::{Query, Reader};
use crate::transport::{Body, Host, Response};

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Question {
    Count(Subject),
    Trends,
    Top,
    RealTime,
}

pub(super) async fn ask<H: Host>(
    context: &Context<'_, H>,
    body: Body,
    question: Question,
) -> Result<Response, Error> {
    let query = Query::parse(context.target.query)?;
    let reader = Reader::new(&query);
    let account = context.account_id(&reader);
    let resume = cursor(&reader);
    let presentation = Presentation::of_one(&reader);
    reader.finish()?;
    context.account(account).await?;
    let fields = body::object(context.headers, body).await?;
    let query = remote(fields, question)?;
    let session = context.session(account).await?;
    let resume = resume.as_deref();
    let result = match question {
        Question::Count(subject) => {
            json!({ "count": counts::count(&session, subject, &query, resume).await? })
        }
        Question::Trends => envelope::value(&counts::trends(&session, &query, resume).await?)?,
        Question::Top => envelope::value(&counts::top(&session, &query, resume).await?)?,
        Question::RealTime => {
            let answer = counts::real_time(&session, &query).await?;
            json!({ "count": answer.get("count"), "remote_data": answer })
        }
    };
    // CleverTap's documentation says of no count how late it may be.
    let about = context.about(session.account, None, None);
    envelope::measured(context.host, &result, &Page::<Value>::last(Vec::new()), &presentation, about)
}

/// What real-time counts can be broken down by ([OFF] S:snippets).
const REAL_TIME: &[&str] = &["user_type", "session_source", "browser", "os", "device", "new"];

/// CleverTap's query from the caller's.
fn remote(mut fields: Map<String, Value>, question: Question) -> Result<Value, Error> {
    if question == Question::RealTime {
        let known = |(key, value): (&String, &Value)| REAL_TIME.contains(&key.as_str()) && value.is_boolean();
        if let Some((key, _)) = fields.iter().find(|(key, value)| !known((key, value))) {
            let accepted = REAL_TIME.join(", ");
            return Err(Error::invalid(
                key.as_str(),
                format!("is not known here; accepted: {accepted}, each true or false"),
            ));
        }
        return Ok(Value::Object(fields));
    }
    // The lists have their filters under this name; the query itself may have them, too.
    match fields.remove("query") {
        None | Some(Value::Null) => {}
        Some(Value::Object(more)) => {
            check_filters(&more, "query", &[])?;
            if let Some(twice) = more.keys().find(|key| fields.contains_key(*key)) {
                return Err(Error::invalid(
                    format!("query.{twice}"),
                    "stands beside the same key outside; give one of them",
                ));
            }
            fields.extend(more);
        }
        Some(_) => return Err(Error::invalid("query", "must be an object of CleverTap's query language")),
    }
    check_filters(
        &fields,
        "",
        &["event_name", "from", "to", "occurred_at", "query", "groups", "unique", "sum_event_prop"],
    )?;
    for name in ["from", "to"] {
        let Some(day) = fields.get_mut(name).filter(|day| !day.is_null()) else { continue };
        let text = day.as_str().map_or_else(|| day.to_string(), str::to_owned);
        let read = day_from_digits(&text).or_else(|| day_from_iso(&text));
        *day = match read {
            Some(read) => json!(number(read)),
            None => return Err(Error::invalid(name, "must be a day, such as 20260131 or 2026-01-31")),
        };
    }
    if let Some(period) = fields.remove("occurred_at").filter(|period| !period.is_null()) {
        let day = |key: &str| period.get(key).and_then(Value::as_str).and_then(day_from_iso);
        let (Some(first), Some(after)) = (day("gte"), day("lt")) else {
            return Err(Error::invalid(
                "occurred_at",
                "has gte and lt, two days such as 2026-01-31: CleverTap counts whole days",
            ));
        };
        if fields.contains_key("from") || fields.contains_key("to") {
            return Err(Error::invalid("occurred_at", "stands beside from and to; give one of them"));
        }
        if first >= after {
            return Err(Error::invalid("occurred_at.lt", "must lie after gte, as it is not included"));
        }
        fields.insert("from".to_owned(), json!(number(first)));
        fields.insert("to".to_owned(), json!(number(add_days(after, -1))));
    }
    for (name, what) in [
        ("event_name", "the event, spelled as in CleverTap's dashboard"),
        ("from", "the first day, as 20260131, or occurred_at with gte and lt"),
        ("to", "the last day, as 20260131, or occurred_at with gte and lt"),
    ] {
        if fields.get(name).is_none_or(Value::is_null) {
            return Err(Error::missing_body(name, format!("is missing: {what}")));
        }
    }
    let groups = match question {
        Question::Trends => {
            Some("{\"label\": {\"trend_type\": \"daily\", \"weekly\" or \"monthly\"}}, up to 5")
        }
        Question::Top => {
            Some("{\"label\": {\"property_type\": \"event_properties\", \"name\": …, \"top_n\": 10}}")
        }
        Question::Count(_) | Question::RealTime => None,
    };
    if let Some(form) = groups {
        match fields.get("groups") {
            Some(Value::Object(_)) => {}
            None | Some(Value::Null) => {
                return Err(Error::missing_body("groups", format!("is missing: {form}")));
            }
            Some(_) => return Err(Error::invalid("groups", format!("must be an object: {form}"))),
        }
    }
    Ok(Value::Object(fields))
}

fn number(day: Day) -> u64 {
    day_digits(day).parse().unwrap_or_default()
}
