//! Bulk writes and exports through `service.wasm`, while the sandbox throttles, breaks and loses.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use clevertap_sandbox::{Config, Faults, Latency, Variants};
use component_tests::{ACCOUNT, PROJECT, TOKEN, UNIFIED, World, request};
use http::Request;
use marketing_automation_host::{Body, body};
use serde_json::{Value, json};

/// The budget of design: "guest memory while 1,000,000 events stream through".
pub(crate) const MEMORY: usize = 16 << 20;

/// An NDJSON request that is written as fast as it is taken.
fn ndjson(
    target: &str,
    records: impl Iterator<Item = Value> + Send + Unpin + 'static,
    lines_back: bool,
) -> Request<Body> {
    let accept = if lines_back { "application/x-ndjson" } else { "application/json" };
    Request::post(format!("http://service.test{UNIFIED}{target}"))
        .header("authorization", format!("Bearer {TOKEN}"))
        .header("content-type", "application/x-ndjson")
        .header("accept", accept)
        .body(body::lazy(records.map(|record| format!("{record}\n"))))
        .expect("a request")
}

/// The lines of an NDJSON answer, and the `meta` of its last one.
pub(crate) fn lines(bytes: &[u8]) -> (Vec<Value>, Value) {
    let mut lines: Vec<Value> = bytes
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
        .map(|line| serde_json::from_slice(line).expect("each line is JSON"))
        .collect();
    let last = lines.pop().expect("there is a last line");
    (lines, last["meta"].clone())
}

fn faults() -> Faults {
    Faults {
        rate_429: 0.10,
        rate_503: 0.05,
        drop_before: 0.05,
        cut_body: 0.04,
        store_then_503: 0.05,
        store_then_cut: 0.05,
        ..Faults::default()
    }
}

/// Every 500th has no name.
fn event(n: usize, start: i64) -> Value {
    let mut event = json!({
        "id": format!("event-{n}"),
        "name": "Order Placed",
        "occurred_at": start - i64::try_from(n % 3000).unwrap_or(0),
        "profile_id": format!("bulk-{}", n % 5000),
        "properties": {"n": n.to_string(), "total": 9.5, "currency": "EUR"},
    });
    if n % 500 == 499 {
        event["name"] = json!("");
    }
    event
}

/// Every 200th has no e-mail address worth the name, every 10th counts up.
fn profile(n: usize) -> Value {
    let mut profile = json!({
        "id": format!("bulk-{n}"),
        "name": format!("Person {n}"),
        "email": format!("person{n}@example.com"),
        "custom_fields": {"n": n, "plan": "pro"},
    });
    if n % 10 == 9 {
        profile["custom_fields"]["visits"] = json!({"$incr": 1});
    }
    if n % 200 == 199 {
        profile["email"] = json!("nobody");
    }
    profile
}

fn now() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970");
    i64::try_from(since.as_secs()).expect("before the end of time")
}

/// How often each event is stored.
fn stored_events(world: &World) -> BTreeMap<String, usize> {
    let mut stored = BTreeMap::new();
    for event in world.state().events(PROJECT) {
        if event.name == "Order Placed"
            && let Some(n) = event.properties.get("n").and_then(Value::as_str)
        {
            *stored.entry(n.to_owned()).or_default() += 1;
        }
    }
    stored
}

fn target(name: &str) -> String {
    format!("{UNIFIED}/events?event_name={name}&truto_ignore_remote_data=true")
}

/// How often each event is there.
fn count(events: &[Value]) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for event in events {
        *counts.entry(event["properties"]["n"].as_str().expect("a number").to_owned()).or_default() += 1;
    }
    counts
}

async fn stream(world: &World, name: &str) -> Vec<Value> {
    let mut request = request("GET", &format!("{}&integrated_account_id={ACCOUNT}", target(name)), None);
    request.headers_mut().insert("accept", "application/x-ndjson".parse().expect("a value"));
    let (streamed, meta) = lines(&world.client.send(request).await.bytes);
    assert_eq!(
        (meta["is_partial_response"].as_bool(), meta["result_count"].as_u64()),
        (Some(false), Some(streamed.len() as u64)),
        "{meta}"
    );
    streamed
}

/// Pages of each size hold what is stored, each event as often as it is.
async fn pages_agree(world: &World, name: &str, stored: &BTreeMap<String, usize>, limits: &[u16]) {
    for limit in limits {
        let pages = world.walk(&target(name), *limit).await;
        assert!(
            count(&pages) == *stored,
            "{} of {} events of {name} in pages of {limit}",
            pages.len(),
            stored.len()
        );
    }
}

const EVENTS: usize = 100_000;
const PROFILES: usize = 20_000;

pub(crate) async fn all_records_are_accounted_for_whatever_breaks() {
    let world = World::with(Config { campaigns: 0, profiles: 0, events: 0, ..Config::default() }).await;
    world.state().set_faults(faults());
    let start = now();

    let request = ndjson(
        &format!("/events?integrated_account_id={ACCOUNT}"),
        (0..EVENTS).map(move |n| event(n, start)),
        true,
    );
    let answer = world.client.send(request).await;
    let (records, meta) = lines(&answer.bytes);
    assert_eq!(
        (answer.status, meta["complete"].as_bool(), meta["error"].is_null()),
        (200, Some(true), true),
        "{meta}"
    );
    let told_of = |key: &str| meta[key].as_u64().expect("a count");
    assert_eq!(
        told_of("succeeded") + told_of("failed") + told_of("unknown") + told_of("skipped"),
        EVENTS as u64
    );
    assert_eq!(records.len(), EVENTS);
    assert!(told_of("unknown") > 0, "faults lose answers: {meta}");
    let stored = stored_events(&world);
    let mut told = vec![false; EVENTS];
    for record in &records {
        let n = usize::try_from(record["index"].as_u64().expect("an index")).expect("a place");
        assert!(!std::mem::replace(&mut told[n], true), "{n} is told twice");
        let times = stored.get(&n.to_string()).copied().unwrap_or(0);
        match record["status"].as_str() {
            Some("succeeded") => assert_eq!(times, 1, "{record}"),
            Some("failed") => assert_eq!(times, 0, "{record}"),
            Some("unknown") => assert!(times <= 1, "{record}"),
            _ => panic!("{record}"),
        }
        if n % 500 == 499 {
            assert_eq!(
                (record["status"].as_str(), record["error"]["remote_code"].as_u64()),
                (Some("failed"), Some(509)),
                "{record}"
            );
        }
    }
    eprintln!("events: {meta}");

    let request =
        ndjson(&format!("/contacts?integrated_account_id={ACCOUNT}"), (0..PROFILES).map(profile), true);
    let answer = world.client.send(request).await;
    let (records, meta) = lines(&answer.bytes);
    assert_eq!(records.len(), PROFILES);
    world.state().set_faults(Faults::default());
    for record in &records {
        let n = record["index"].as_u64().expect("an index");
        let profile = world.state().profile(PROJECT, &format!("bulk-{n}"));
        let plan = profile.as_ref().is_some_and(|profile| profile["profileData"]["plan"] == "pro");
        match record["status"].as_str() {
            Some("succeeded") => assert!(plan, "{record} {profile:?}"),
            Some("failed") => assert!(!plan, "{record}"),
            Some("unknown") => {}
            _ => panic!("{record}"),
        }
        // Never sent twice: counted up once at most.
        if n % 10 == 9
            && let Some(visits) =
                profile.as_ref().and_then(|profile| profile["profileData"]["visits"].as_u64())
        {
            assert_eq!(visits, 1, "{record}");
        }
        if n % 200 == 199 {
            assert_eq!(record["error"]["remote_code"], 515, "{record}");
        }
    }
    eprintln!("profiles: {meta}");
    let streamed = stream(&world, "Order%20Placed").await;
    let peak = world.client.peak_memory_bytes();
    eprintln!("guest memory, high-water mark of streams in and out: {peak} bytes of {MEMORY}");
    assert!(peak <= MEMORY, "{peak}");

    assert!(count(&streamed) == stored, "{} of {} events as a stream", streamed.len(), stored.len());
    pages_agree(&world, "Order%20Placed", &stored, &[50, 5000]).await;
    let rare: Vec<Value> = (0..2000)
        .map(|n| json!({"name": "Rare", "profile_id": "u", "properties": {"n": n.to_string()}}))
        .collect();
    world.client.post(&format!("{UNIFIED}/events?integrated_account_id={ACCOUNT}"), &json!(rare)).await.ok();
    let all = (0..2000).map(|n| (n.to_string(), 1)).collect();
    assert!(count(&stream(&world, "Rare").await) == all);
    pages_agree(&world, "Rare", &all, &[1, 5000]).await;
    // A page is in memory as a whole.
    eprintln!("guest memory, high-water mark with pages of 5000: {} bytes", world.client.peak_memory_bytes());
}

pub(crate) async fn a_client_that_writes_all_before_it_reads_gets_its_answer() {
    let world = World::with(Config { campaigns: 0, profiles: 0, events: 0, ..Config::default() }).await;
    let start = now();
    let count = 200_000;
    // Every second one cannot be sent, which is much to tell of.
    let records = (0..count).map(move |n| if n % 2 == 0 { json!({"name": ""}) } else { event(n, start) });
    let target = format!("/events?integrated_account_id={ACCOUNT}&validate_only=true");
    // `send` takes the answer's head only when the service has it to give, which is after the last record.
    let answer = world.client.send(ndjson(&target, records, false)).await;
    let body = answer.json();
    assert_eq!(answer.status, 207);
    assert_eq!(body["record_count"].as_u64(), Some(count as u64));
    let listed = body["result"].as_array().expect("a list").len();
    assert_eq!(
        body["failed"].as_u64(),
        body["not_listed"].as_u64().map(|more| more + listed as u64),
        "{}",
        body["meta"]
    );
    assert!(world.client.peak_memory_bytes() <= MEMORY);
    assert_eq!(world.state().uploads_count(PROJECT), 0);
}

pub(crate) async fn uploads_slow_down_until_they_fit_and_none_is_lost() {
    let world = World::with(Config { campaigns: 0, profiles: 0, events: 0, ..Config::default() }).await;
    world.state().set_variants(Variants { uploads_in_flight: Some(3), ..Variants::default() });
    world.state().set_latency(Latency { every_ms: 20, ..Latency::default() });
    let start = now();
    let request = ndjson(
        &format!("/events?integrated_account_id={ACCOUNT}"),
        (0..40_000).map(move |n| event(n, start)),
        false,
    );
    let body = world.client.send(request).await.json();
    assert_eq!(
        (body["succeeded"].as_u64(), body["failed"].as_u64(), body["unknown"].as_u64()),
        (Some(39_920), Some(80), Some(0)),
        "{}",
        body["meta"]
    );
    let (most, refused) = world.state().in_flight(PROJECT, "/1/upload");
    assert_eq!(most, 3);
    // 40 batches; 15 at once without a brake would be refused far more often.
    assert!((1..120).contains(&refused), "{refused} refused");
}

/// Somebody who asks for lines, writes everything, and reads nothing.
pub(crate) async fn an_answer_that_nobody_reads_ends_the_call() {
    let world = World::with_env(
        Config { campaigns: 0, profiles: 0, events: 0, ..Config::default() },
        &[("MARKETING_AUTOMATION_DEADLINE_MS", "1000")],
    )
    .await;
    let start = now();
    let count = 300_000;
    let taken = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&taken);
    // Dropped with the request's body, which is when the call is over by itself.
    let (over, is_over) = tokio::sync::oneshot::channel::<()>();
    let records = (0..count).map(move |n| {
        let _ = &over;
        counter.fetch_add(1, Ordering::Relaxed);
        event(n, start)
    });
    let target = format!("/events?integrated_account_id={ACCOUNT}");
    let response = world.client.start(ndjson(&target, records, true)).await;
    assert!(is_over.await.is_err(), "nothing is sent there");
    assert!(world.client.logs("bulk_unread").await, "{}", world.client.stderr());
    assert!(taken.load(Ordering::Relaxed) < count, "all was read");
    let stored = world.state().uploads_count(PROJECT);
    // What is left to read breaks off, or ends with how far it came: either way the reader knows.
    match body::collect(response.into_body()).await {
        Ok(bytes) => {
            let (records, meta) = lines(&bytes);
            assert_eq!(
                (meta["complete"].as_bool(), meta["record_count"].as_u64()),
                (Some(false), Some(records.len() as u64))
            );
            assert!(stored <= records.len() as u64);
        }
        Err(error) => eprintln!("it broke off: {error:?}"),
    }
}
