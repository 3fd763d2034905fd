//! `POST /1/targets/result.json`: the numbers of one campaign, once it has any.

use serde_json::{Value, json};

use crate::NotReady;
use crate::answer::Answer;
use crate::campaign::Campaign;
use crate::clock::text;
use crate::report::numbers;
use crate::visit::{Reply, Visit};

/// The text of two of the forms of section 12.6.
const NOT_COMPLETED: &str = "This target hasn't been completed";

/// The result: [OFF] S:snippets, section 12.5. Since 2026 it covers every kind
/// of campaign ([DOC] S:result).
pub(crate) fn result(visit: &mut Visit<'_>) -> Reply {
    let body = visit.json()?;
    let Some(campaign) = visit.account.campaign(&body["id"]) else {
        return Err(invalid_campaign(visit.variants.invalid_campaign_as_200));
    };
    if let Some(form) = not_ready(campaign, visit) {
        return Err(not_ready_answer(form));
    }
    let counts = campaign.total(visit.now.date());
    let mut result = json!({ "sent": counts.sent, "clicked": counts.clicked });
    if visit.variants.rich_report {
        result = rich(campaign, visit);
    }
    Ok(Answer::ok(&json!({ "result": result, "status": "success" })))
}

/// Metrics and metadata, as the page of 2026-06-01 says; its keys are [UNK],
/// these are invented.
fn rich(campaign: &Campaign, visit: &Visit<'_>) -> Value {
    let mut result = numbers(campaign.total(visit.now.date()), visit.variants);
    result.insert("campaign_name".to_owned(), json!(campaign.name));
    result.insert("channel".to_owned(), json!(campaign.channel.text()));
    result.insert("start_date".to_owned(), json!(text(campaign.start)));
    Value::Object(result)
}

/// Which form applies, or `None` when there is a result: something was sent,
/// and a campaign of one day is over.
fn not_ready(campaign: &Campaign, visit: &Visit<'_>) -> Option<NotReady> {
    let today = visit.now.date();
    let begun = campaign.active_days(today).is_some() && campaign.start <= visit.now;
    let form = match campaign.status(visit.now) {
        "running" if campaign.start.date() == today => NotReady::SuccessWithError,
        _ if begun => return None,
        "pending" => NotReady::Fail,
        "paused" => NotReady::Conflict,
        _ => NotReady::NoResult,
    };
    Some(if visit.variants.not_ready == NotReady::ByState { form } else { visit.variants.not_ready })
}

/// The four forms of section 12.6.
fn not_ready_answer(form: NotReady) -> Answer {
    match form {
        // [OFF] S:snippets; the HTTP status is not stated.
        NotReady::Fail => Answer::ok(&json!({ "error": NOT_COMPLETED, "status": "fail" })),
        // [3P, live] S:ingestr.
        NotReady::ByState | NotReady::SuccessWithError => {
            Answer::ok(&json!({ "status": "success", "error": NOT_COMPLETED, "code": 200 }))
        }
        // [3P, live] S:ingestr.
        NotReady::NoResult => Answer::fail(500, "This target has no result as of yet", 500),
        // [DOC] S:errors; the text is invented.
        NotReady::Conflict => Answer::fail(409, "This target is not in a state to be reported", 409),
    }
}

/// [3P] S:ingestr, section 3.4; the HTTP status is [UNK].
pub(crate) fn invalid_campaign(as_200: bool) -> Answer {
    Answer::fail(if as_200 { 200 } else { 400 }, "Invalid campaign id", 400)
}
