//! The service, from request to answer, over a scripted CleverTap.

mod accounts;
mod answers;
mod audiences;
mod bulk;
mod campaigns;
mod configuration;
mod connect;
mod dashboard;
mod forms;
mod idempotency;
mod limiter;
mod passing;
mod people;
mod reports;
mod roi;
mod roi_reports;
mod routes;
mod seen;
mod segments;
mod tokens;
mod writes;

use serde_json::{Value, json};

use super::{Inbound, Outbound, handle};
use crate::testing::{FakeHost, PASSCODE, Reply, Sent};
use crate::transport::{Body, Headers, header};

const TOKEN: &str = "test-token-0123456789";
const CAMPAIGNS: &str = "/unified/marketing-automation/campaigns";
const REPORTS: &str = "/unified/marketing-automation/reports";

/// A configuration with one account, `acme`, in India.
fn environment() -> Vec<(String, String)> {
    let accounts = json!([{
        "id": "acme", "project_id": "TEST-123", "passcode": PASSCODE, "region": "in1", "timezone": "Asia/Kolkata",
    }]);
    vec![
        ("PATH".to_owned(), "/usr/bin".to_owned()),
        ("MARKETING_AUTOMATION_ACCOUNTS".to_owned(), accounts.to_string()),
        ("MARKETING_AUTOMATION_API_TOKENS".to_owned(), format!("other-token, {TOKEN}")),
    ]
}

/// A request with the right token; change it to taste.
fn request(method: &str, target: &str) -> Inbound {
    Inbound {
        method: method.to_owned(),
        target: target.to_owned(),
        authority: Some("localhost".to_owned()),
        headers: vec![("authorization".to_owned(), format!("Bearer {TOKEN}").into_bytes())],
        body: Body::Empty,
    }
}

fn get(target: &str) -> Inbound {
    request("GET", target)
}

fn post(target: &str, body: &Value) -> Inbound {
    let mut request = request("POST", target).with("content-type", "application/json");
    request.body = Body::Bytes(body.to_string().into_bytes());
    request
}

impl Inbound {
    fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.as_bytes().to_vec()));
        self
    }

    fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(key, _)| key != name);
        self
    }
}

/// An answer, read to its end.
#[derive(Debug)]
struct Answer {
    status: u16,
    headers: Headers,
    body: Vec<u8>,
}

impl Answer {
    fn header(&self, name: &str) -> Option<&str> {
        header(&self.headers, name)
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("{} is no JSON", self.text()))
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Status and code of the one error object, whose contracts it checks.
    fn problem(&self) -> (u16, String) {
        let body = self.json();
        assert_eq!(body["statusCode"], self.status, "{body}");
        assert_eq!(body["status"], self.status);
        assert_eq!(body["message"], body["detail"]);
        assert_eq!(body["request_id"].as_str(), self.header("x-request-id"));
        for member in ["error", "message", "type", "title", "instance", "code"] {
            assert!(!body[member].as_str().unwrap().is_empty(), "{member}");
        }
        assert_eq!(body["truto_is_remote_error"], body["is_remote_error"]);
        assert!(body["retryable"].is_boolean());
        (self.status, body["code"].as_str().unwrap().to_owned())
    }

    fn message(&self) -> String {
        self.json()["message"].as_str().unwrap().to_owned()
    }
}

/// Runs one request to the end of its answer.
fn ask_with(host: &FakeHost, env: &[(String, String)], request: Inbound) -> Answer {
    host.run(async {
        let Outbound { status, headers, body } = handle(host, env, request).await;
        Answer { status, headers, body: body.read(1 << 24).await.unwrap() }
    })
}

fn ask(host: &FakeHost, request: Inbound) -> Answer {
    ask_with(host, &environment(), request)
}

/// Asks a service whose CleverTap must not be called.
fn ask_alone(request: Inbound) -> Answer {
    ask(&silent(), request)
}

/// A host that lets nothing out.
fn silent() -> FakeHost {
    FakeHost::answering(|sent| panic!("unexpected {} {}", sent.method, sent.target))
}

/// A CleverTap with three campaigns in its API list and one more in its message report.
fn clevertap() -> FakeHost {
    let start = |day: u64| day * 10_000 + 1030;
    let listed: Vec<(u64, Value)> = (0u64..3)
        .map(|place| {
            let day = 20_260_210 + place;
            (day, json!({"id": 101 + place, "name": format!("Campaign {place}"), "scheduled_on": start(day), "status": "completed"}))
        })
        .collect();
    let reported = json!({
        "message id": 900, "message_name": "Dashboard one", "start_date": "15 Feb, 2026 10:30:00", "channel": "Email",
        "delivery": "one_time", "status": "completed", "data": [{"sent": 100, "viewed": 40, "clicked": 8}],
    });
    FakeHost::answering(move |sent: &Sent| {
        let within = |day: u64| {
            let body = sent.json();
            let bound = |key: &str| {
                body[key].as_u64().or_else(|| body[key].as_str().and_then(|text| text.parse().ok()))
            };
            bound("from").unwrap() <= day && day <= bound("to").unwrap()
        };
        match sent.path() {
            "/1/targets/list.json" => {
                let targets: Vec<&Value> =
                    listed.iter().filter(|(day, _)| within(*day)).map(|(_, row)| row).collect();
                Reply::json(200, &json!({"status": "success", "targets": targets}))
            }
            "/1/message/report.json" => {
                let messages: Vec<&Value> =
                    Some(&reported).filter(|_| within(20_260_215)).into_iter().collect();
                Reply::json(
                    200,
                    &json!({"status": "success", "messages": messages, "total_results": messages.len()}),
                )
            }
            // Nothing that the report has not said.
            "/1/targets/result.json" => Reply::json(200, &json!({"status": "success"})),
            _ => panic!("unexpected {} {}", sent.method, sent.target),
        }
    })
}
