//! Audiences, against the same core compiled natively: people of the caller's, where normalising and hashing is all
//! there is to do, and people of CleverTap's as a stream.
//!
//! There is no budget: the native core hashes with the processor's own instructions for SHA-256, of which
//! WebAssembly has none.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use http::Request;
use marketing_automation_host::{Egress, Service, body};
use serde_json::{Value, json};

use crate::duel::Duel;
use crate::memory;
use crate::native;
use crate::row::Row;
use crate::upstream::{Export, Slow};
use crate::world::{ACCOUNT, Build, TOKEN, World, env_of_real_host, fetch};

/// People of the caller's list: as many as one may have.
const LIST: usize = 10_000;
/// Pages of CleverTap's export, and people of a page.
const PAGES: usize = 200;
const PAGE: usize = 1000;

const LATENCY: Duration = Duration::from_millis(5);
const DESTINATIONS: [&str; 2] = ["meta_api", "google_data_manager"];
const PATH: &str = "/unified/marketing-automation/audiences/export";

/// A request, and what must come of it.
#[derive(Clone)]
struct Asked {
    accept: &'static str,
    /// The most people of a page; a stream has no limit.
    limit: Option<usize>,
    body: String,
    people: usize,
}

pub(crate) async fn measure(world: &World, build: Build) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for (what, ask) in [("the caller's people", list as fn(&str) -> Asked), ("an event's people", stream)] {
        for destination in DESTINATIONS {
            let asked = ask(destination);
            let people = asked.people;
            let service = service(world, build)?;
            let hashed = hashes(&answer(&service, &asked).await?) as f64 / people as f64;
            ensure!(hashed >= 1.0, "{hashed} hashes of each of {people} people: not all of them came");
            let duel = Duel::fight(people, || timed(&service, &asked), || natively(asked.clone())).await?;
            let what = build.row(&format!("audience of {what}, {destination}"));
            let note =
                format!("{people} people, {hashed:.1} hashes each; natively with the processor's SHA-256");
            rows.push(duel.row(what.clone(), "people/s", &note));
            rows.push(memory::row(&what, &service));
        }
    }
    Ok(rows)
}

fn service(world: &World, build: Build) -> Result<Service> {
    let upstream = Slow { latency: LATENCY, export: Arc::new(profiles()) };
    world.service_with(build, Egress::hook(upstream), env_of_real_host())
}

/// People with all that may be known of them.
fn list(destination: &str) -> Asked {
    let person = |n: usize| {
        json!({
            "email": format!("Person.{n}@Example.com"), "phone": format!("+4917{n:08}"), "first_name": "Zoë",
            "last_name": format!("Müller-{n}"), "gender": "female", "birthdate": "1990-02-03", "city": "São Paulo",
            "state": "SP", "postal_code": "01310-100", "country": "BR",
        })
    };
    let mut order = order(destination);
    order["rows"] = (0..LIST).map(person).collect();
    Asked { accept: "application/json", limit: Some(LIST), body: order.to_string(), people: LIST }
}

fn stream(destination: &str) -> Asked {
    let mut order = order(destination);
    order["event_name"] = json!("Charged");
    order["occurred_at"] = json!({"gte": "2026-01-01", "lt": "2026-02-01"});
    Asked { accept: "application/x-ndjson", limit: None, body: order.to_string(), people: PAGES * PAGE }
}

fn order(destination: &str) -> Value {
    let mut order = json!({"destination": destination});
    if destination == "google_data_manager" {
        let account = json!({"accountType": "GOOGLE_ADS", "accountId": "1"});
        order["destinations"] = json!([{"operatingAccount": account, "productDestinationId": "2"}]);
    }
    order
}

/// What CleverTap exports of people.
fn profiles() -> Export {
    let record = |n: usize| {
        json!({
            "identity": format!("user-{n}"), "name": format!("Ada Lovelace{n}"),
            "email": format!("user{n}@example.com"), "phone": 491_700_000_000_u64 + n as u64,
            "profileData": {"plan": "pro", "Gender": "F", "visits": n},
            "platformInfo": [{"platform": "Android", "os_version": "14", "objectId": format!("object-{n}")}],
            "events": {"Charged": {"count": 3, "first_seen": 1_760_000_000, "last_seen": 1_790_000_000}},
        })
    };
    Export::new((0..PAGE).map(record).collect(), PAGES)
}

fn target(asked: &Asked) -> String {
    let limit = asked.limit.map_or_else(String::new, |limit| format!("&limit={limit}"));
    format!("{PATH}?integrated_account_id={ACCOUNT}{limit}")
}

async fn answer(service: &Service, asked: &Asked) -> Result<Vec<u8>> {
    let request = Request::post(format!("http://service.test{}", target(asked)))
        .header("authorization", format!("Bearer {TOKEN}"))
        .header("content-type", "application/json")
        .header("accept", asked.accept)
        .body(body::full(asked.body.clone()))?;
    fetch(service, request).await
}

async fn timed(service: &Service, asked: &Asked) -> Result<Duration> {
    let started = Instant::now();
    answer(service, asked).await?;
    Ok(started.elapsed())
}

async fn natively(asked: Asked) -> Result<Duration> {
    let (export, people) = (profiles(), asked.people);
    let request = move || {
        let token = format!("Bearer {TOKEN}");
        let headers = [
            ("authorization", token.as_str()),
            ("content-type", "application/json"),
            ("accept", asked.accept),
        ];
        let target = target(&asked);
        let body = std::iter::once(asked.body.into_bytes());
        native::inbound("POST", &target, &headers, Some(Box::new(body)))
    };
    let (took, bytes) =
        native::run(env_of_real_host(), LATENCY, move |line, _| export.answer(line), request).await?;
    ensure!(bytes > people, "a native audience of {bytes} bytes");
    Ok(took)
}

/// Texts of 64 hexadecimal digits.
fn hashes(answer: &[u8]) -> usize {
    answer
        .split(|byte| *byte == b'"')
        .filter(|text| text.len() == 64 && text.iter().all(u8::is_ascii_hexdigit))
        .count()
}
