//! The knobs over HTTP, and the log.

mod support;

use clevertap_sandbox::{DailyShape, Fault, ReportLatency};
use serde_json::{Value, json};
use support::{Fixture, PASSCODE, PROJECT, array};

#[tokio::test]
async fn knobs_turn_over_http() {
    let fixture = Fixture::start().await;
    let put = async |knob: &str, body: Value| {
        fixture.call("PUT", &format!("/__sandbox/{knob}"), &body).await.expect("an answer")
    };
    let faults = put("faults", json!({ "rate_429": 0.25, "retry_after": 2 })).await.json();
    assert_eq!((&faults["rate_429"], &faults["rate_503"]), (&json!(0.25), &json!(0.0)));
    assert_eq!(fixture.state().faults().retry_after, Some(2));
    put("faults", json!({})).await;
    put("variants", json!({ "daily": "aligned_array", "not_ready": "conflict" })).await;
    assert_eq!(fixture.state().variants().daily, DailyShape::AlignedArray);
    put("latency", json!({ "report": { "per_day": 20 }, "virtual_time": true })).await;
    assert_eq!(fixture.state().latency().report, ReportLatency::PerDay(20));
    put("latency", json!({ "report": "real", "virtual_time": true })).await;
    assert_eq!(fixture.state().latency().report, ReportLatency::Real);
    let typo = put("variants", json!({ "dayly": "aligned_array" })).await;
    assert_eq!(typo.status, 400);
    assert!(typo.text().contains("dayly"));

    let script = json!({ "path": "/1/now.json", "faults": [{ "status": 503 }, "store_then_503", "pass"] });
    fixture.ok("/__sandbox/script", script).await;
    let mut statuses = Vec::new();
    for _ in 0..3 {
        statuses.push(fixture.post("/1/now.json", json!({})).await.status);
    }
    assert_eq!(statuses, [503, 503, 200]);
    put("passcode", json!({ "project_id": PROJECT, "passcode": "new" })).await;
    assert_eq!(fixture.post("/1/now.json", json!({})).await.status, 401);
    assert_eq!(fixture.get("/__sandbox/nothing").await.status, 404);
}

#[tokio::test]
async fn state_and_log_are_shown_without_credentials() {
    let fixture = Fixture::start().await;
    fixture.post("/1/now.json?a=%20b", json!({ "os": true })).await;
    let state = fixture.get("/__sandbox/state").await;
    assert!(!state.text().contains(PASSCODE));
    assert_eq!(state.json()["accounts"][0]["profiles"], 200);
    assert_eq!(state.json()["calls"], 1, "knobs are not logged");
    let calls = fixture.get("/__sandbox/calls").await;
    assert!(!calls.text().contains(PASSCODE));
    let call = &calls.json()[0];
    assert_eq!(call["path"], "/1/now.json");
    assert_eq!((&call["query"], &call["body"]), (&json!("a=%20b"), &json!(r#"{"os":true}"#)));
    assert_eq!((&call["status"], &call["fault"]), (&json!(200), &json!("pass")));
    let campaigns = fixture.get(&format!("/__sandbox/campaigns?project_id={PROJECT}")).await.json();
    assert_eq!(campaigns.as_array().map(Vec::len), Some(400));

    let body = json!({ "name": "n", "target_mode": "push", "where": {}, "content": { "body": "b" } });
    fixture.ok("/1/targets/create.json", body).await;
    let stored = fixture.get("/__sandbox/stored").await.json();
    assert_eq!(array(&stored, "created").len(), 1);
    fixture.call("DELETE", "/__sandbox/calls", &Value::Null).await.expect("an answer");
    assert!(fixture.state().calls().is_empty());
}

#[tokio::test]
async fn the_log_keeps_what_came_in() {
    let fixture = Fixture::start().await;
    fixture.state().script("/1/upload", vec![Fault::DropBefore]);
    let headers = [("X-CleverTap-Account-Id", PROJECT), ("Traceparent", "00-1-2-01")];
    let lost = fixture.send("POST", "/1/upload?dryRun=1", &headers, "{}").await;
    assert!(lost.is_err());
    let calls = fixture.state().calls();
    let [call] = calls.as_slice() else { panic!("one call") };
    assert_eq!((call.method.as_str(), call.query.as_deref()), ("POST", Some("dryRun=1")));
    assert_eq!(call.header("traceparent"), Some("00-1-2-01"), "names in lower case");
    assert_eq!((call.status, call.fault), (None, Fault::DropBefore));
    assert_eq!(call.json(), json!({}));
}
