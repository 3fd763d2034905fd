//! Streams: events in, events out, against what the upstream allows and against the same core compiled natively.
//!
//! The upstream is in this process, has no sockets, and answers everything after the same time: what is measured
//! is the component. It takes at most 15 uploads at a time, which at some speed is the limit; below that the
//! processor is.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use http::{Request, Response};
use marketing_automation_host::{Body, Egress, RequestOptions, Service, Upstream, UpstreamFuture, body};
use serde_json::{Value, json};

use crate::memory;
use crate::native;
use crate::row::{Bound, Row};
use crate::sample::median;
use crate::world::{ACCOUNT, TOKEN, World};

/// Events of one timed run, and of the one whose memory counts.
const EVENTS: usize = 200_000;
const MANY: usize = 1_000_000;
/// CleverTap's limits: records of an upload, uploads at a time.
const BATCH: f64 = 1000.0;
const AT_ONCE: f64 = 15.0;
const ROUNDS: usize = 3;
const MEMORY: f64 = 16.0 * 1024.0 * 1024.0;

/// Pages of an export, and records of a page.
const PAGES: usize = 100;
const PAGE: usize = 1000;

pub(crate) async fn measure(world: &World) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for ms in [5, 50] {
        let latency = Duration::from_millis(ms);
        let what = format!("bulk ingest, upstream at {ms} ms");
        let service = service(world, latency)?;
        let (mut ours, mut natives) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            ours.push(EVENTS as f64 / ingest(&service, EVENTS).await?.as_secs_f64());
            natives.push(EVENTS as f64 / ingest_natively(latency, EVENTS).await?.as_secs_f64());
        }
        rows.push(against(&what, &ours, &natives, AT_ONCE * BATCH / latency.as_secs_f64()));

        let what = format!("export as NDJSON, upstream at {ms} ms");
        let (mut ours, mut natives) = (Vec::new(), Vec::new());
        let records = (PAGES * PAGE) as f64;
        for _ in 0..ROUNDS {
            ours.push(records / export(&service).await?.as_secs_f64());
            natives.push(records / export_natively(latency).await?.as_secs_f64());
        }
        // One page after the other: the next cursor is in the page before.
        rows.push(against(&what, &ours, &natives, PAGE as f64 / latency.as_secs_f64()));
        rows.push(memory::row(&format!("ingest and export, upstream at {ms} ms"), &service));
    }
    let service = service(world, Duration::from_millis(5))?;
    ingest(&service, MANY).await?;
    rows.push(memory::row("1,000,000 events stream through", &service).bound(Bound::AtMost(MEMORY)));
    Ok(rows)
}

/// 0.9 of what the upstream allows, or, where this machine cannot do that even natively, half of what it can.
fn against(what: &str, ours: &[f64], natives: &[f64], allowed: f64) -> Row {
    let (value, native) = (median(ours), median(natives));
    let row = Row::new(what, value, "records/s");
    let note = format!(
        "median of {ROUNDS}; the upstream would allow {allowed:.0}/s, {:.2} of it is reached, natively {:.2}",
        value / allowed,
        native / allowed
    );
    if native < 0.9 * allowed {
        row.against("natively", native, value / native).bound(Bound::AtLeast(0.5)).note(note)
    } else {
        row.against("allowed", allowed, value / allowed).bound(Bound::AtLeast(0.9)).note(note)
    }
}

fn account() -> String {
    json!([{
        "id": ACCOUNT, "project_id": "TEST-BENCH", "passcode": "bench-passcode", "region": "eu1",
        "timezone": "Asia/Kolkata",
    }])
    .to_string()
}

fn env() -> Vec<(String, String)> {
    vec![
        ("MARKETING_AUTOMATION_ACCOUNTS".to_owned(), account()),
        ("MARKETING_AUTOMATION_API_TOKENS".to_owned(), TOKEN.to_owned()),
    ]
}

fn service(world: &World, latency: Duration) -> Result<Service> {
    world.service_with(Egress::hook(Slow { latency, export: Arc::new(Export::new()) }), env())
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
    let response = service.handle(request).await.context("no answer to an ingest")?;
    let bytes = body::collect(response.into_body()).await.map_err(|error| anyhow::anyhow!("{error:?}"))?;
    let took = started.elapsed();
    let answer: Value = serde_json::from_slice(&bytes)?;
    ensure!(answer["succeeded"] == events, "not all events were taken: {answer}");
    Ok(took)
}

async fn ingest_natively(latency: Duration, events: usize) -> Result<Duration> {
    let request = move || {
        let headers = [("authorization", format!("Bearer {TOKEN}"))];
        let headers: Vec<(&str, &str)> = headers
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .chain([("content-type", "application/x-ndjson")])
            .collect();
        let target = format!("{EVENTS_PATH}?integrated_account_id={ACCOUNT}");
        native::inbound("POST", &target, &headers, Some(Box::new(pieces(events))))
    };
    let (took, _) = native::run(env(), latency, |_, _| TAKEN.as_bytes().to_vec(), request).await?;
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
    let response = service.handle(request).await.context("no answer to an export")?;
    let bytes = body::collect(response.into_body()).await.map_err(|error| anyhow::anyhow!("{error:?}"))?;
    let took = started.elapsed();
    let lines = bytes.iter().filter(|byte| **byte == b'\n').count();
    ensure!(lines == PAGES * PAGE + 1, "an export of {lines} lines");
    Ok(took)
}

async fn export_natively(latency: Duration) -> Result<Duration> {
    let export = Export::new();
    let request = || {
        let token = format!("Bearer {TOKEN}");
        native::inbound(
            "GET",
            &export_target(),
            &[("authorization", &token), ("accept", "application/x-ndjson")],
            None,
        )
    };
    let (took, bytes) = native::run(env(), latency, move |line, _| export.answer(line), request).await?;
    ensure!(bytes > PAGES * PAGE, "a native export of {bytes} bytes");
    Ok(took)
}

/// What CleverTap says to an upload that it takes whole.
const TAKEN: &str = r#"{"status":"success","unprocessed":[]}"#;

/// Pages in turn, whatever the cursor.
struct Export {
    page: String,
    given: std::sync::atomic::AtomicUsize,
}

impl Export {
    fn new() -> Self {
        let records: Vec<Value> = (0..PAGE)
            .map(|n| {
                json!({
                    "profile": {"objectId": format!("object-{n}"), "platform": "Web", "identity": format!("user-{n}"),
                                "email": format!("user{n}@example.com"), "profileData": {"plan": "pro"}},
                    "ts": 20_260_115_101_500_u64, "event_props": {"order": n, "total": 49.9, "currency": "EUR"},
                    "session_props": {"utm_source": "news", "session_source": "Direct"},
                })
            })
            .collect();
        Self { page: Value::from(records).to_string(), given: 0.into() }
    }

    fn answer(&self, line: &str) -> Vec<u8> {
        if line.starts_with("POST") {
            self.given.store(0, std::sync::atomic::Ordering::Relaxed);
            return br#"{"status":"success","cursor":"c0"}"#.to_vec();
        }
        let page = self.given.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1;
        if page > PAGES {
            return br#"{"status":"success"}"#.to_vec();
        }
        format!(r#"{{"status":"success","next_cursor":"c{page}","records":{}}}"#, self.page).into_bytes()
    }
}

/// Answers everything after the same time.
struct Slow {
    latency: Duration,
    export: Arc<Export>,
}

impl Upstream for Slow {
    fn send(&self, request: Request<Body>, _: RequestOptions) -> UpstreamFuture {
        let (latency, export) = (self.latency, self.export.clone());
        Box::pin(async move {
            let (parts, body) = request.into_parts();
            body::collect(body).await?;
            tokio::time::sleep(latency).await;
            let answer = match parts.uri.path() {
                "/1/upload" => TAKEN.as_bytes().to_vec(),
                path => export.answer(&format!("{} {path}", parts.method)),
            };
            Ok(Response::new(body::full(answer)))
        })
    }
}
