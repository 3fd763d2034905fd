//! The calls that `doctor` makes, all of them reads.

use std::time::Duration;

use serde_json::{Value, json};

use super::Day;

/// Longer than any real one, so that no account knows it.
const NOBODY: &str = "marketing-automation-doctor-nobody-7f3a";

/// Polls of a count before giving up.
const POLLS: usize = 5;

/// One call of CleverTap's API.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// The HTTP method.
    pub method: &'static str,
    /// Path and query.
    pub path: String,
    /// The body; none for GET.
    pub body: Option<Value>,
}

impl Call {
    fn get(path: impl Into<String>) -> Self {
        Self { method: "GET", path: path.into(), body: None }
    }

    fn post(path: impl Into<String>, body: Value) -> Self {
        Self { method: "POST", path: path.into(), body: Some(body) }
    }
}

/// What came of a call.
#[derive(Debug, Clone, PartialEq)]
pub enum Reply {
    /// An answer, whatever its status.
    Answer {
        /// The HTTP status.
        status: u16,
        /// Names of the headers, in lower case.
        headers: Vec<String>,
        /// The body; null when it is no JSON.
        body: Value,
        /// How long it took.
        elapsed: Duration,
    },
    /// No answer. The text is the case of the WIT's error.
    Failed(String),
}

impl Reply {
    /// Reads what the provider's `passthrough.send` returned.
    pub(super) fn read(response: &Value, elapsed: Duration) -> Self {
        let status =
            response["status"].as_u64().and_then(|status| u16::try_from(status).ok()).unwrap_or_default();
        let headers = response["headers"].as_array().into_iter().flatten();
        let headers = headers.filter_map(|pair| Some(pair[0].as_str()?.to_ascii_lowercase())).collect();
        let body =
            response["body"].as_str().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
        Self::Answer { status, headers, body, elapsed }
    }

    pub(super) fn body(&self) -> &Value {
        match self {
            Self::Answer { body, .. } => body,
            Self::Failed(_) => &Value::Null,
        }
    }

    pub(super) fn succeeded(&self) -> bool {
        matches!(self, Self::Answer { status: 200, body, .. } if body["status"] == "success" && body.get("error").is_none())
    }

    pub(super) fn elapsed(&self) -> Option<Duration> {
        match self {
            Self::Answer { elapsed, .. } => Some(*elapsed),
            Self::Failed(_) => None,
        }
    }
}

/// Sends calls with an account's credentials.
pub trait Passthrough {
    /// Sends one call.
    fn send(&mut self, call: &Call) -> impl Future<Output = Reply> + Send;
}

/// All that was seen of an account.
#[derive(Debug)]
pub(super) struct Observations {
    pub(super) today: Day,
    pub(super) connect: Reply,
    pub(super) targets: Reply,
    pub(super) targets_long: Reply,
    pub(super) report_day: Reply,
    pub(super) report_week: Reply,
    pub(super) report_daily: Reply,
    pub(super) report_future: Reply,
    /// None when there is no campaign to ask about.
    pub(super) result: Option<Reply>,
    pub(super) profile: Reply,
    pub(super) count: Reply,
    /// The answer to the last poll; none when the count came at once.
    pub(super) count_poll: Option<Reply>,
    pub(super) trends: Reply,
}

impl Observations {
    pub(super) async fn collect(account: &mut impl Passthrough, today: Day) -> Self {
        let window = |from: Day, to: Day| json!({"from": from.number(), "to": to.number()});
        let connect = account.send(&Call::get("/v1/connect?partner=marketing-automation")).await;
        let list = "/1/targets/list.json";
        let targets = account.send(&Call::post(list, window(today.before(30), today))).await;
        let targets_long = account.send(&Call::post(list, window(today.before(60), today))).await;

        let report_day = account.send(&report(today.before(1), today.before(1), false)).await;
        let report_week = account.send(&report(today.before(7), today.before(1), false)).await;
        let report_daily = account.send(&report(today.before(7), today.before(1), true)).await;
        let report_future = account.send(&report(today.after(2), today.after(31), false)).await;

        let result = match some_campaign(&targets, &report_week) {
            Some(id) => Some(account.send(&Call::post("/1/targets/result.json", json!({ "id": id }))).await),
            None => None,
        };
        let profile = account.send(&Call::get(format!("/1/profile.json?identity={NOBODY}"))).await;

        let mut query = window(today.before(7), today.before(1));
        query["event_name"] = "App Launched".into();
        let count = account.send(&Call::post("/1/counts/events.json", query)).await;
        let count_poll = poll(account, "/1/counts/events.json", &count).await;

        let mut query = window(today.before(7), today.before(1));
        query["event_name"] = "Notification Sent".into();
        query["unique"] = false.into();
        query["groups"] = json!({"days": {"trend_type": "daily"}});
        let first = account.send(&Call::post("/1/counts/trends.json", query)).await;
        let trends = poll(account, "/1/counts/trends.json", &first).await.unwrap_or(first);

        Self {
            today,
            connect,
            targets,
            targets_long,
            report_day,
            report_week,
            report_daily,
            report_future,
            result,
            profile,
            count,
            count_poll,
            trends,
        }
    }

    /// Every reply.
    pub(super) fn all(&self) -> impl Iterator<Item = &Reply> {
        let some = [&self.result, &self.count_poll].into_iter().flatten();
        [
            &self.connect,
            &self.targets,
            &self.targets_long,
            &self.report_day,
            &self.report_week,
            &self.report_daily,
            &self.report_future,
            &self.profile,
            &self.count,
            &self.trends,
        ]
        .into_iter()
        .chain(some)
    }
}

fn report(from: Day, to: Day, daily: bool) -> Call {
    let (from, to) = (from.number().to_string(), to.number().to_string());
    let mut body = json!({"from": from, "to": to});
    if daily {
        body["daily"] = true.into();
    }
    Call::post("/1/message/report.json", body)
}

/// One that has probably got numbers: of the report rather than of the list.
fn some_campaign(targets: &Reply, report: &Reply) -> Option<Value> {
    let of_report =
        report.body()["messages"].as_array().into_iter().flatten().map(|message| &message["message id"]);
    let of_list = targets.body()["targets"].as_array().into_iter().flatten().map(|target| &target["id"]);
    of_report.chain(of_list).find(|id| !id.is_null()).cloned()
}

/// Asks again with the `req_id` of a first answer, as long as that is not ready. The account's own pace is the
/// pause: each poll is a call that CleverTap answers slowly.
async fn poll(account: &mut impl Passthrough, path: &str, first: &Reply) -> Option<Reply> {
    let id = match &first.body()["req_id"] {
        Value::Number(id) => id.to_string(),
        Value::String(id)
            if id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte)) =>
        {
            id.clone()
        }
        _ => return None,
    };
    let mut last = None;
    for attempt in 0..POLLS {
        if attempt > 0 {
            tokio::time::sleep(Duration::from_secs(3)).await;
        }
        let reply = account.send(&Call::get(format!("{path}?req_id={id}"))).await;
        let ready = reply.body()["status"] != "partial";
        last = Some(reply);
        if ready {
            break;
        }
    }
    last
}
