//! A sandbox and a tiny HTTP client.
#![allow(dead_code, reason = "each test binary uses its own part")]

use clevertap_sandbox::{CampaignTruth, Config, Sandbox, State};
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;

pub(crate) const PROJECT: &str = "TEST-SANDBOX-001";
pub(crate) const PASSCODE: &str = "sandbox-passcode";

/// What came back: a whole answer, or the error of a connection that was cut.
pub(crate) type Answered = Result<Answer, String>;

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: hyper::HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON; null when it is none.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }
}

/// 2026-01-20, a Tuesday, with few people: tests start in no time.
pub(crate) fn config() -> Config {
    Config { today: Some((2026, 1, 20)), profiles: 200, events: 600, ..Config::default() }
}

pub(crate) struct Fixture {
    pub(crate) sandbox: Sandbox,
}

impl Fixture {
    pub(crate) async fn start() -> Fixture {
        Fixture::with(config()).await
    }

    pub(crate) async fn with(config: Config) -> Fixture {
        Fixture { sandbox: Sandbox::start(config).await.expect("a free port") }
    }

    pub(crate) fn state(&self) -> &State {
        self.sandbox.state()
    }

    pub(crate) fn campaigns(&self) -> Vec<CampaignTruth> {
        self.state().campaigns(PROJECT)
    }

    /// Any request, with exactly these headers.
    pub(crate) async fn send(
        &self,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        body: impl Into<Bytes>,
    ) -> Answered {
        let stream = TcpStream::connect(self.sandbox.addr()).await.map_err(|e| e.to_string())?;
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(|e| e.to_string())?;
        tokio::spawn(connection);
        let mut request = hyper::Request::builder().method(method).uri(target);
        if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host")) {
            request = request.header("host", self.sandbox.addr().to_string());
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Full::new(body.into())).map_err(|e| e.to_string())?;
        let response = sender.send_request(request).await.map_err(|e| e.to_string())?;
        let (head, body) = response.into_parts();
        let body = body.collect().await.map_err(|e| e.to_string())?.to_bytes();
        Ok(Answer { status: head.status.as_u16(), headers: head.headers, body })
    }

    /// As the default account.
    pub(crate) async fn call(&self, method: &str, target: &str, body: &Value) -> Answered {
        let headers = [("x-clevertap-account-id", PROJECT), ("x-clevertap-passcode", PASSCODE)];
        let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        self.send(method, target, &headers, body).await
    }

    pub(crate) async fn post(&self, target: &str, body: Value) -> Answer {
        self.call("POST", target, &body).await.expect("an answer")
    }

    pub(crate) async fn get(&self, target: &str) -> Answer {
        self.call("GET", target, &Value::Null).await.expect("an answer")
    }

    /// The JSON of a POST that was answered with 200.
    pub(crate) async fn ok(&self, target: &str, body: Value) -> Value {
        let answer = self.post(target, body).await;
        assert_eq!(answer.status, 200, "{target}: {}", answer.text());
        answer.json()
    }
}

/// The array under `key`.
pub(crate) fn array<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value[key].as_array().unwrap_or_else(|| panic!("{key} in {value}"))
}
