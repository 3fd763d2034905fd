//! Streams: events in, events out, against what the upstream allows and against the same core compiled natively.
//!
//! What is measured is the component: the upstream costs nothing. It takes at most 15 uploads at a time, which at
//! some speed is the limit; below that the processor is.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use http::Request;
use marketing_automation_host::{Egress, Service, body};
use serde_json::{Value, json};

use crate::duel::Duel;
use crate::memory;
use crate::native;
use crate::row::{Bound, Row};
use crate::upstream::{Export, Slow};
use crate::world::{ACCOUNT, Build, TOKEN, World, env_of_real_host, fetch};

/// Events of one timed run, and of the one whose memory counts.
const EVENTS: usize = 200_000;
const MANY: usize = 1_000_000;
/// CleverTap's limits: records of an upload, uploads at a time.
const BATCH: f64 = 1000.0;
const AT_ONCE: f64 = 15.0;
const MEMORY: f64 = 16.0 * 1024.0 * 1024.0;

/// Pages of an export, and records of a page.
const PAGES: usize = 100;
const PAGE: usize = 1000;

pub(crate) async fn measure(world: &World, build: Build) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for ms in [5, 50] {
        let latency = Duration::from_millis(ms);
        let service = &service(world, build, latency)?;
        let what = build.row(&format!("bulk ingest, upstream at {ms} ms"));
        let duel =
            Duel::fight(EVENTS, || ingest(service, EVENTS), || ingest_natively(latency, EVENTS)).await?;
        rows.push(duel.row_within(what, "records/s", AT_ONCE * BATCH / latency.as_secs_f64()));

        let what = build.row(&format!("export as NDJSON, upstream at {ms} ms"));
        let duel = Duel::fight(PAGES * PAGE, || export(service), || export_natively(latency)).await?;
        // One page after the other: the next cursor is in the page before.
        rows.push(duel.row_within(what, "records/s", PAGE as f64 / latency.as_secs_f64()));
        rows.push(memory::row(&build.row(&format!("ingest and export, upstream at {ms} ms")), service));
    }
    let service = service(world, build, Duration::from_millis(5))?;
    ingest(&service, MANY).await?;
    let what = build.row("1,000,000 events stream through");
    rows.push(memory::row(&what, &service).bound(Bound::AtMost(MEMORY)));
    Ok(rows)
}

fn service(world: &World, build: Build, latency: Duration) -> Result<Service> {
    world.service_with(build, Egress::hook(Slow { latency, export: Arc::new(events()) }), env_of_real_host())
}

/// One event as a caller writes it.
fn event(n: usize, now: i64) -> Vec<u8> {
    let event = json!({
        "id": format!("event-{n}"), "name": "Order Placed", "occurred_at": now,
        "profile_id": format!("user-{}", n % 5000),
        "properties": {"order": n, "total": 49.9, "currency": "EUR", "items": 3, "coupon": "SPRING", "channel": "web"},
    });
    let mut line = event.to_string().into_bytes();
    line.push(b'\n');
    line
}

/// NDJSON in pieces of some 100 lines.
fn pieces(events: usize) -> impl Iterator<Item = Vec<u8>> + Send + Unpin {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    let now = i64::try_from(now.as_secs()).unwrap_or_default();
    (0..events)
        .step_by(100)
        .map(move |first| (first..(first + 100).min(events)).flat_map(|n| event(n, now)).collect())
}

const EVENTS_PATH: &str = "/unified/marketing-automation/events";

async fn ingest(service: &Service, events: usize) -> Result<Duration> {
    let request = Request::post(format!("http://service.test{EVENTS_PATH}?integrated_account_id={ACCOUNT}"))
        .header("authorization", format!("Bearer {TOKEN}"))
        .header("content-type", "application/x-ndjson")
        .body(body::lazy(pieces(events)))?;
    let started = Instant::now();
    let bytes = fetch(service, request).await?;
    let took = started.elapsed();
    let answer: Value = serde_json::from_slice(&bytes)?;
    ensure!(answer["succeeded"] == events, "not all events were taken: {answer}");
    Ok(took)
}

async fn ingest_natively(latency: Duration, events: usize) -> Result<Duration> {
    let export = self::events();
    let request = move || {
        let token = format!("Bearer {TOKEN}");
        let headers = [("authorization", token.as_str()), ("content-type", "application/x-ndjson")];
        let target = format!("{EVENTS_PATH}?integrated_account_id={ACCOUNT}");
        native::inbound("POST", &target, &headers, Some(Box::new(pieces(events))))
    };
    let (took, _) =
        native::run(env_of_real_host(), latency, move |line, _| export.answer(line), request).await?;
    Ok(took)
}

fn export_target() -> String {
    format!(
        "{EVENTS_PATH}?integrated_account_id={ACCOUNT}&event_name=Order%20Placed&occurred_at[gte]=2026-01-01&\
         occurred_at[lt]=2026-02-01&truto_ignore_remote_data=true"
    )
}

async fn export(service: &Service) -> Result<Duration> {
    let request = Request::get(format!("http://service.test{}", export_target()))
        .header("authorization", format!("Bearer {TOKEN}"))
        .header("accept", "application/x-ndjson")
        .body(body::empty())?;
    let started = Instant::now();
    let bytes = fetch(service, request).await?;
    let took = started.elapsed();
    let lines = bytes.iter().filter(|byte| **byte == b'\n').count();
    ensure!(lines == PAGES * PAGE + 1, "an export of {lines} lines");
    Ok(took)
}

async fn export_natively(latency: Duration) -> Result<Duration> {
    let export = events();
    let request = || {
        let token = format!("Bearer {TOKEN}");
        let headers = [("authorization", token.as_str()), ("accept", "application/x-ndjson")];
        native::inbound("GET", &export_target(), &headers, None)
    };
    let (took, bytes) =
        native::run(env_of_real_host(), latency, move |line, _| export.answer(line), request).await?;
    ensure!(bytes > PAGES * PAGE, "a native export of {bytes} bytes");
    Ok(took)
}

/// What CleverTap exports of events.
fn events() -> Export {
    let record = |n: usize| {
        json!({
            "profile": {"objectId": format!("object-{n}"), "platform": "Web", "identity": format!("user-{n}"),
                        "email": format!("user{n}@example.com"), "profileData": {"plan": "pro"}},
            "ts": 20_260_115_101_500_u64, "event_props": {"order": n, "total": 49.9, "currency": "EUR"},
            "session_props": {"utm_source": "news", "session_source": "Direct"},
        })
    };
    Export::new((0..PAGE).map(record).collect(), PAGES)
}
