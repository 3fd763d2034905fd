//! What goes wrong, and what is stored all the same.

mod support;

use std::sync::Arc;

use clevertap_sandbox::{Config, Fault, Faults, Variants};
use serde_json::{Value, json};
use support::{Fixture, PROJECT, config};

const PATH: &str = "/1/upload";

fn event() -> Value {
    json!({ "d": [{ "type": "event", "identity": "u", "evtName": "Bought", "evtData": { "n": 1 } }] })
}

/// Uploads one event under a fault; says the status or error, and whether it was stored.
async fn upload(fixture: &Fixture, fault: Fault) -> (Result<u16, String>, bool) {
    let before = fixture.state().uploads_count(PROJECT);
    fixture.state().script(PATH, vec![fault]);
    let answer = fixture.call("POST", PATH, &event()).await;
    let call = fixture.state().calls().pop().expect("logged");
    assert_eq!(call.fault, fault);
    (answer.map(|answer| answer.status), fixture.state().uploads_count(PROJECT) > before)
}

#[tokio::test]
async fn faults_before_processing_store_nothing() {
    let fixture = Fixture::start().await;
    for status in [429, 500, 502, 503, 504] {
        assert_eq!(upload(&fixture, Fault::Status(status)).await, (Ok(status), false));
    }
    assert_eq!(upload(&fixture, Fault::Status429As200).await, (Ok(200), false));
    assert_eq!(upload(&fixture, Fault::HtmlBody).await, (Ok(200), false));
    let (answer, stored) = upload(&fixture, Fault::DropBefore).await;
    assert!(answer.is_err() && !stored);
}

#[tokio::test]
async fn faults_after_processing_store_exactly_once() {
    let fixture = Fixture::start().await;
    assert_eq!(upload(&fixture, Fault::Pass).await, (Ok(200), true));
    assert_eq!(upload(&fixture, Fault::StoreThen503).await, (Ok(503), true));
    assert_eq!(upload(&fixture, Fault::GarbageBody).await, (Ok(200), true));
    assert_eq!(upload(&fixture, Fault::SlowBody(1)).await, (Ok(200), true));
    assert_eq!(upload(&fixture, Fault::Latency(1)).await, (Ok(200), true));
    for fault in [Fault::StoreThenCut, Fault::CutBody] {
        let (answer, stored) = upload(&fixture, fault).await;
        assert!(answer.is_err() && stored, "{fault:?}: {answer:?}");
    }
    assert_eq!(fixture.state().uploads_count(PROJECT), 7);
    let bought = fixture.state().events(PROJECT).into_iter().filter(|event| event.name == "Bought");
    assert_eq!(bought.count(), 7);
}

#[tokio::test]
async fn a_create_whose_answer_is_lost_is_stored() {
    let fixture = Fixture::start().await;
    let body = json!({ "name": "Lost", "target_mode": "push", "where": {}, "content": { "body": "b" } });
    fixture.state().script("/1/targets/create.json", vec![Fault::StoreThenCut]);
    assert!(fixture.call("POST", "/1/targets/create.json", &body).await.is_err());
    assert_eq!(fixture.state().created().len(), 1);
}

#[tokio::test]
async fn cut_bodies_promise_more_than_they_bring() {
    let fixture = Fixture::start().await;
    fixture.state().script("/getSchema", vec![Fault::CutBody]);
    let answer = fixture.call("GET", "/getSchema?type=events", &Value::Null).await;
    assert!(answer.is_err(), "the body is incomplete");
    // The head has arrived: the log has its status.
    assert_eq!(fixture.state().calls()[0].status, Some(200));
}

#[tokio::test]
async fn undecodable_bodies_are_no_json() {
    let fixture = Fixture::start().await;
    fixture.state().script("/1/now.json", vec![Fault::GarbageBody, Fault::HtmlBody]);
    for kind in ["application/json;charset=utf-8", "text/html"] {
        let answer = fixture.post("/1/now.json", json!({})).await;
        assert_eq!(answer.headers["content-type"], kind);
        assert_eq!(answer.json(), Value::Null);
    }
}

#[tokio::test]
async fn shares_befall_requests_deterministically() {
    let faults = Faults { rate_429: 0.2, rate_503: 0.2, retry_after: Some(3), ..Faults::default() };
    let run = async || {
        let fixture = Fixture::with(Config { faults: faults.clone(), ..config() }).await;
        let mut statuses = Vec::new();
        for _ in 0..60 {
            let answer = fixture.post("/1/now.json", json!({})).await;
            let waits = answer.headers.get("retry-after").map(|value| value.as_bytes().to_vec());
            assert_eq!(waits, (answer.status != 200).then(|| b"3".to_vec()));
            statuses.push(answer.status);
        }
        statuses
    };
    let first = run().await;
    assert_eq!(first, run().await);
    assert!([200, 429, 503].iter().all(|status| first.contains(status)));
}

#[tokio::test]
async fn calls_beyond_the_concurrency_limit_are_refused() {
    let fixture = Arc::new(Fixture::start().await);
    let hang = |path: &'static str, count: usize, body: Value| {
        fixture.state().clear_calls();
        fixture.state().script(path, vec![Fault::StoreThenHang; count]);
        let tasks: Vec<_> = (0..count)
            .map(|_| {
                let (fixture, body) = (fixture.clone(), body.clone());
                tokio::spawn(async move { fixture.call("POST", path, &body).await })
            })
            .collect();
        let fixture = fixture.clone();
        async move {
            while fixture.state().calls().len() < count {
                tokio::task::yield_now().await;
            }
            tasks
        }
    };
    let tasks = hang("/1/now.json", 3, json!({})).await;
    let refused = fixture.post("/1/now.json", json!({})).await;
    assert_eq!(refused.status, 429);
    assert_eq!(refused.json()["error"], "Too many concurrent requests");
    fixture.state().set_variants(Variants { throttle_as_200: true, ..Variants::default() });
    let refused = fixture.post("/1/now.json", json!({})).await;
    assert_eq!((refused.status, &refused.json()["code"]), (200, &json!(429)));
    assert_eq!(fixture.post("/1/counts/events.json", json!({})).await.status, 400, "its own limit");
    tasks.iter().for_each(tokio::task::JoinHandle::abort);

    let tasks = hang(PATH, 14, event()).await;
    assert_eq!(fixture.post(PATH, event()).await.json()["processed"], 1, "15 uploads at once");
    tasks.iter().for_each(tokio::task::JoinHandle::abort);
}

#[tokio::test]
async fn limits_can_be_lifted() {
    let fixture = Arc::new(Fixture::with(Config { enforce_concurrency: false, ..config() }).await);
    fixture.state().script("/1/now.json", vec![Fault::StoreThenHang; 5]);
    let tasks: Vec<_> = (0..5)
        .map(|_| {
            let fixture = fixture.clone();
            tokio::spawn(async move { fixture.call("POST", "/1/now.json", &json!({})).await })
        })
        .collect();
    while fixture.state().calls().len() < 5 {
        tokio::task::yield_now().await;
    }
    assert_eq!(fixture.post("/1/now.json", json!({})).await.status, 200);
    tasks.iter().for_each(tokio::task::JoinHandle::abort);
}

#[tokio::test]
async fn a_stopped_sandbox_answers_no_more_but_keeps_its_state() {
    let fixture = Fixture::start().await;
    let state = fixture.state().clone();
    fixture.post(PATH, event()).await;
    let (addr, Fixture { sandbox }) = (fixture.sandbox.addr(), fixture);
    sandbox.stop().await;
    assert!(tokio::net::TcpStream::connect(addr).await.is_err());
    assert_eq!(state.uploads_count(PROJECT), 1);
}
