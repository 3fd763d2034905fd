//! The assumptions, and how what was seen bears on them.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::Value;

use super::calls::{Observations, Reply};
use super::finding::{Finding, Verdict};
use super::shape;

/// The deadline of a call, by default: what takes longer has to be split.
const DEADLINE: Duration = Duration::from_secs(25);

/// A window ahead, without data, should cost next to nothing.
const QUICK: Duration = Duration::from_secs(3);

const MESSAGE_KEYS: [&str; 11] = [
    "message id",
    "message_name",
    "channel",
    "delivery",
    "start_date",
    "status",
    "labels",
    "device",
    "conversion_event",
    "data",
    "error",
];
const METRIC_KEYS: [&str; 4] = ["sent", "viewed", "clicked", "date"];
const RESULT_KEYS: [&str; 2] = ["sent", "clicked"];
const TARGET_KEYS: [&str; 4] = ["id", "name", "scheduled_on", "status"];

type Seen = (Verdict, String);

/// Judges everything, in a fixed order.
pub(super) fn judge(seen: &Observations) -> Vec<Finding> {
    let checks: [(&'static str, &'static str, Seen); 20] = [
        ("credentials.accepted", "the region's host accepts the credentials", credentials(seen)),
        ("connect.exists", "GET /v1/connect tells whether credentials are good", connect(seen)),
        ("targets.wrapper", "targets/list.json answers {status, targets: […]}", targets_wrapper(seen)),
        (
            "targets.keys",
            "a target has id, name, scheduled_on and status, and nothing else",
            targets_keys(seen),
        ),
        ("targets.scheduled_on", "scheduled_on is a packed integer, yyyymmddHHMM", scheduled_on(seen)),
        ("targets.scope", "targets/list.json lists only campaigns made through the API", scope(seen)),
        ("targets.window", "targets/list.json refuses more than 31 days", long_window(seen)),
        (
            "report.wrapper",
            "message/report.json answers {status, total_results, messages: […]}",
            report_wrapper(seen),
        ),
        ("report.message_id", "a message has an integer `message id`, with a space", message_id(seen)),
        ("report.keys", "a message has only the known keys", report_keys(seen)),
        ("report.start_date", "start_date is a text, dd Mon, YYYY HH:MM:SS", start_date(seen)),
        ("report.data", "data is a list of objects of sent, viewed and clicked", report_data(seen)),
        ("report.daily", "with daily, data is a list of objects with a date each", daily(seen)),
        ("report.latency_day", "the report of one day comes within 25 s", latency(&seen.report_day)),
        ("report.latency_week", "the report of seven days comes within 25 s", latency(&seen.report_week)),
        ("report.future", "the report of days ahead comes within 3 s", future(seen)),
        ("result.form", "targets/result.json answers {status, result: {sent, clicked}}", result(seen)),
        ("profile.unknown", "an unknown user is a success without a record", unknown_profile(seen)),
        ("counts.poll", "a count comes at once, or after polls with its req_id", count(seen)),
        ("trends.notifications", "notification events have daily trends, keyed YYYYMMDD", trends(seen)),
    ];
    let mut findings: Vec<_> = checks
        .into_iter()
        .map(|(id, assumption, (result, seen))| Finding { id, result, assumption, seen })
        .collect();
    let (result, text) = limit_headers(seen);
    findings.push(Finding {
        id: "headers.limits",
        result,
        assumption: "no answer has Retry-After or rate limit headers",
        seen: text,
    });
    findings
}

fn when(holds: bool, seen: String) -> Seen {
    (if holds { Verdict::Holds } else { Verdict::Differs }, seen)
}

fn unknown(reply: &Reply) -> Seen {
    (Verdict::Unknown, shape::reply(reply))
}

fn nothing(what: &str) -> Seen {
    (Verdict::Unknown, format!("the account has {what}"))
}

fn credentials(seen: &Observations) -> Seen {
    match &seen.targets {
        Reply::Answer { status: 401 | 403, .. } => when(false, shape::reply(&seen.targets)),
        reply if reply.succeeded() => when(true, shape::reply(reply)),
        reply => unknown(reply),
    }
}

fn connect(seen: &Observations) -> Seen {
    match &seen.connect {
        Reply::Answer { status, body, .. } => {
            when(*status == 200 && body.get("status").is_some(), shape::reply(&seen.connect))
        }
        Reply::Failed(_) => unknown(&seen.connect),
    }
}

fn list<'a>(reply: &'a Reply, key: &str) -> &'a [Value] {
    reply.body()[key].as_array().map_or(&[], Vec::as_slice)
}

fn targets_wrapper(seen: &Observations) -> Seen {
    if !seen.targets.succeeded() {
        return unknown(&seen.targets);
    }
    when(seen.targets.body()["targets"].is_array(), shape::reply(&seen.targets))
}

fn targets_keys(seen: &Observations) -> Seen {
    known_keys(list(&seen.targets, "targets").iter(), &TARGET_KEYS, "no campaign in the list's last 30 days")
}

fn known_keys<'a>(objects: impl Iterator<Item = &'a Value>, known: &[&str], none: &str) -> Seen {
    let found = shape::keys(objects);
    if found.is_empty() {
        return nothing(none);
    }
    let unknown: Vec<_> = found.iter().copied().filter(|key| !known.contains(key)).collect();
    let missing: Vec<_> = known.iter().copied().filter(|key| !found.contains(key)).collect();
    when(
        unknown.is_empty(),
        format!(
            "unknown keys: {}; known keys that do not come: {}",
            shape::row(unknown),
            shape::row(missing)
        ),
    )
}

fn scheduled_on(seen: &Observations) -> Seen {
    let forms: BTreeSet<_> = list(&seen.targets, "targets")
        .iter()
        .map(|target| shape::time_form(&target["scheduled_on"]))
        .collect();
    if forms.is_empty() {
        return nothing("no campaign in the list's last 30 days");
    }
    when(
        forms.iter().eq(["packed integer yyyymmddHHMM"].iter()),
        forms.into_iter().collect::<Vec<_>>().join("; "),
    )
}

fn scope(seen: &Observations) -> Seen {
    let messages = list(&seen.report_week, "messages");
    if messages.is_empty() || !seen.targets.succeeded() {
        return nothing("no message in the report of seven days to compare with");
    }
    let listed: BTreeSet<String> =
        list(&seen.targets, "targets").iter().map(|target| target["id"].to_string()).collect();
    let shared =
        messages.iter().filter(|message| listed.contains(&message["message id"].to_string())).count();
    let text =
        format!("of {} messages in the report of seven days, {shared} are in the list", messages.len());
    when(shared < messages.len(), text)
}

fn long_window(seen: &Observations) -> Seen {
    if !seen.targets.succeeded() || matches!(seen.targets_long, Reply::Failed(_)) {
        return unknown(&seen.targets_long);
    }
    let (long, short) = (list(&seen.targets_long, "targets").len(), list(&seen.targets, "targets").len());
    let counts = format!(
        "60 days: {}; {long} campaigns, of which 30 days have {short}",
        shape::reply(&seen.targets_long)
    );
    when(!seen.targets_long.succeeded(), counts)
}

fn report_wrapper(seen: &Observations) -> Seen {
    if !seen.report_week.succeeded() {
        return unknown(&seen.report_week);
    }
    let body = seen.report_week.body();
    when(body["messages"].is_array() && body["total_results"].is_number(), shape::reply(&seen.report_week))
}

const NO_MESSAGES: &str = "no message in the report of seven days";

fn message_id(seen: &Observations) -> Seen {
    let messages = list(&seen.report_week, "messages");
    if messages.is_empty() {
        return nothing(NO_MESSAGES);
    }
    when(
        messages.iter().all(|message| message["message id"].is_u64()),
        format!("`message id` is {}", shape::kinds(messages.iter().map(|message| &message["message id"]))),
    )
}

fn report_keys(seen: &Observations) -> Seen {
    known_keys(list(&seen.report_week, "messages").iter(), &MESSAGE_KEYS, NO_MESSAGES)
}

fn start_date(seen: &Observations) -> Seen {
    let messages = list(&seen.report_week, "messages");
    if messages.is_empty() {
        return nothing(NO_MESSAGES);
    }
    let forms: BTreeSet<_> =
        messages.iter().map(|message| shape::time_form(&message["start_date"])).collect();
    when(
        forms.iter().eq(["text dd Mon, YYYY HH:MM:SS"].iter()),
        forms.into_iter().collect::<Vec<_>>().join("; "),
    )
}

fn report_data(seen: &Observations) -> Seen {
    let data: Vec<_> =
        list(&seen.report_week, "messages").iter().filter_map(|message| message.get("data")).collect();
    if data.is_empty() {
        return nothing("no message with data in the report of seven days");
    }
    let items: Vec<_> = data.iter().filter_map(|data| data.as_array()).flatten().collect();
    if !data.iter().all(|data| data.is_array()) || !items.iter().all(|item| item.is_object()) {
        let text =
            format!("data is {} of {}", shape::kinds(data.into_iter()), shape::kinds(items.into_iter()));
        return when(false, text);
    }
    known_keys(items.into_iter(), &METRIC_KEYS, "only messages whose data is empty")
}

fn daily(seen: &Observations) -> Seen {
    if !seen.report_daily.succeeded() {
        return unknown(&seen.report_daily);
    }
    let forms: BTreeSet<_> = list(&seen.report_daily, "messages")
        .iter()
        .filter_map(|message| message.get("data"))
        .map(daily_form)
        .collect();
    if forms.is_empty() {
        return nothing("no message with data in the daily report of seven days");
    }
    // An empty list fits every form.
    let telling: Vec<_> = forms.iter().copied().filter(|form| *form != "empty list").collect();
    when(telling == ["dated objects"], forms.into_iter().collect::<Vec<_>>().join("; "))
}

fn daily_form(data: &Value) -> &'static str {
    match data {
        Value::Object(days) if !days.is_empty() && days.keys().all(|key| shape::is_day(key)) => "map by day",
        Value::Object(_) => "another object",
        Value::Array(items) if items.is_empty() => "empty list",
        Value::Array(items) if items.iter().all(|item| item.get("date").is_some()) => "dated objects",
        Value::Array(items) if items.iter().all(Value::is_array) => "list of lists",
        Value::Array(items) if items.iter().all(Value::is_object) => "list of objects without a date",
        Value::Array(_) => "another list",
        _ => "neither list nor object",
    }
}

fn latency(reply: &Reply) -> Seen {
    match reply.elapsed() {
        Some(elapsed) if reply.succeeded() => when(
            elapsed < DEADLINE,
            format!("{} ms, {} messages", elapsed.as_millis(), list(reply, "messages").len()),
        ),
        _ => unknown(reply),
    }
}

fn future(seen: &Observations) -> Seen {
    match seen.report_future.elapsed() {
        Some(elapsed) if seen.report_future.succeeded() => when(
            elapsed < QUICK,
            format!("{} ms for 30 days ahead of {}", elapsed.as_millis(), seen.today.number()),
        ),
        _ => unknown(&seen.report_future),
    }
}

fn result(seen: &Observations) -> Seen {
    let Some(reply) = &seen.result else { return nothing("no campaign to ask about") };
    if !reply.succeeded() {
        return unknown(reply);
    }
    match &reply.body()["result"] {
        result @ Value::Object(_) => {
            known_keys([result].into_iter(), &RESULT_KEYS, "a campaign with an empty result")
        }
        other => when(false, format!("result is {}", shape::kind(other))),
    }
}

fn unknown_profile(seen: &Observations) -> Seen {
    match &seen.profile {
        Reply::Answer { body, .. } => {
            when(seen.profile.succeeded() && body["record"].is_null(), shape::reply(&seen.profile))
        }
        Reply::Failed(_) => unknown(&seen.profile),
    }
}

fn count(seen: &Observations) -> Seen {
    let last = seen.count_poll.as_ref().unwrap_or(&seen.count);
    if seen.count.succeeded() {
        return when(seen.count.body()["count"].is_u64(), format!("at once: {}", shape::reply(&seen.count)));
    }
    let id = seen.count.body().get("req_id");
    match id {
        Some(id) if last.succeeded() => when(
            last.body()["count"].is_u64(),
            format!("after polls; req_id is {}: {}", shape::kind(id), shape::reply(last)),
        ),
        _ => unknown(last),
    }
}

fn trends(seen: &Observations) -> Seen {
    match &seen.trends {
        reply if reply.succeeded() => {
            let days = reply.body()["days"].as_object();
            let text = format!("{}; {} days", shape::reply(reply), days.map_or(0, serde_json::Map::len));
            when(days.is_some_and(|days| days.keys().all(|key| shape::is_day(key))), text)
        }
        Reply::Answer { body, .. } if body["status"] == "fail" => when(false, shape::reply(&seen.trends)),
        reply => unknown(reply),
    }
}

fn limit_headers(seen: &Observations) -> Seen {
    let mut answered = false;
    let mut found = BTreeSet::new();
    for reply in seen.all() {
        if let Reply::Answer { headers, .. } = reply {
            answered = true;
            found.extend(headers.iter().filter(|name| *name == "retry-after" || name.contains("ratelimit")));
        }
    }
    if !answered {
        return (Verdict::Unknown, "no call was answered".to_owned());
    }
    when(found.is_empty(), shape::row(found.into_iter().map(String::as_str)))
}
