//! Audiences of the sandbox's customers, against what the sandbox holds.

mod expected;

use std::collections::BTreeSet;

use clevertap_sandbox::{Config, Fault, Faults, PersonTruth};
use component_tests::{ACCOUNT, Kind, PROJECT, UNIFIED, World, request};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};

use self::expected::{Expected, counts, expected, flat};
use crate::bulk::{MEMORY, lines};

/// The most people whom either network takes at once.
const BATCH: u64 = 10_000;
const PATH: &str = "/1/profiles.json";

async fn world(customers: usize) -> World {
    let empty = Config { campaigns: 0, profiles: 0, events: 0, ..Config::default() };
    World::with(Config { customers, today: Some((2026, 1, 20)), ..empty }).await
}

fn order(destination: &str) -> Value {
    let mut order = json!({
        "destination": destination,
        "event_name": "Signed Up",
        "occurred_at": {"gte": "2025-12-31", "lt": "2026-01-21"},
        "fields": {"city": "Town", "country": "Country", "postal_code": "Postcode"},
    });
    match destination {
        "meta_api" => {
            order["columns"] = json!(["email", "phone", "last_name", "first_name", "city", "country"]);
        }
        "google_data_manager" => {
            let account = json!({"accountType": "GOOGLE_ADS", "accountId": "1"});
            order["destinations"] = json!([{"operatingAccount": account, "productDestinationId": "2"}]);
        }
        _ => {}
    }
    order
}

fn target(query: &str) -> String {
    format!("{UNIFIED}/audiences/export?integrated_account_id={ACCOUNT}{query}")
}

fn streamed(
    order: &Value,
    accept: &'static str,
    cursor: &str,
) -> http::Request<marketing_automation_host::Body> {
    let mut request = request("POST", &target(&format!("&next_cursor={cursor}")), Some(order));
    request.headers_mut().insert("accept", http::HeaderValue::from_static(accept));
    request
}

const NDJSON: &str = "application/x-ndjson";

/// Rows of batches.
#[derive(Default)]
struct Received {
    rows: Vec<String>,
    read: u64,
    /// Session, number and last flag of Meta's batches.
    sessions: Vec<(u64, u64, bool)>,
}

impl Received {
    /// Takes items of a stream or of a page; each holds what it says.
    fn take(&mut self, items: &[Value]) {
        for item in items {
            let (payload, said) = (&item["payload"], item["rows"].as_u64().expect("a count"));
            let rows = match item["destination"].as_str() {
                Some("meta_api") => payload["payload"]["data"].as_array().expect("rows"),
                _ => payload["audienceMembers"].as_array().expect("members"),
            };
            assert!(rows.len() as u64 == said && said <= BATCH, "{said}");
            self.rows.extend(rows.iter().map(flat));
            let session = &payload["session"];
            if let Some(id) = session["session_id"].as_u64() {
                let number = session["batch_seq"].as_u64().expect("a number");
                assert_eq!(item["batch"], number);
                self.sessions.push((id, number, session["last_batch_flag"].as_bool().expect("a flag")));
            }
            self.read += read(&item["counts"], said);
        }
    }

    /// Checks that these are all, each once, in one session.
    fn finish(mut self, expected: &[String]) {
        self.rows.sort_unstable();
        assert_eq!(self.rows.len(), expected.len());
        assert!(self.rows == expected, "these are others");
        if let Some((id, ..)) = self.sessions.first().copied() {
            let count = self.sessions.len() as u64;
            let session: Vec<_> = (1..=count).map(|number| (id, number, number == count)).collect();
            assert_eq!(self.sessions, session);
        }
    }
}

/// The people who were read, of whom so many went out.
fn read(counts: &Value, rows: u64) -> u64 {
    let skipped: u64 =
        counts["skipped"].as_object().expect("reasons").values().filter_map(Value::as_u64).sum();
    let read = counts["people_read"].as_u64().expect("a count");
    assert_eq!((counts["rows"].as_u64(), read), (Some(rows), rows + skipped), "{counts}");
    read
}

/// A stream that comes whole.
async fn whole(world: &World, destination: &str, expected: &[String], people: usize) {
    let answer = world.client.send(streamed(&order(destination), NDJSON, "")).await;
    assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.bytes));
    let (items, meta) = lines(&answer.bytes);
    assert_eq!((&meta["counts"], &meta["next_cursor"]), (&counts(destination, people), &Value::Null));
    assert_eq!((&meta["result_count"], &meta["error"]), (&json!(expected.len()), &Value::Null));
    let sizes: Vec<u64> = items.iter().filter_map(|item| item["rows"].as_u64()).collect();
    assert!(sizes.iter().rev().skip(1).all(|size| *size == BATCH), "{sizes:?}");
    assert_eq!(items.len() as u64, (expected.len() as u64).div_ceil(BATCH));
    let mut received = Received::default();
    received.take(&items);
    assert_eq!(received.read, people as u64, "the batches' counts are all of the stream's");
    received.finish(expected);
}

/// The first lines of a stream, whose client then goes away in the middle of the next.
async fn first_lines(world: &World, order: &Value, cursor: &str, count: usize) -> Vec<Value> {
    let mut body = world.client.start(streamed(order, NDJSON, cursor)).await.into_body();
    let (mut bytes, mut ends) = (Vec::new(), 0);
    while ends < count || bytes.ends_with(b"\n") {
        let frame = body.frame().await.expect("it goes on").expect("it arrives");
        let piece = frame.into_data().expect("data");
        ends += piece.iter().filter(|byte| **byte == b'\n').count();
        bytes.extend_from_slice(&piece);
    }
    drop(body);
    let whole = bytes.split(|byte| *byte == b'\n').take(count);
    whole.map(|line| serde_json::from_slice(line).expect("each line is JSON")).collect()
}

fn next(items: &[Value]) -> String {
    let last = items.last().expect("an item");
    last["next_cursor"].as_str().expect("a cursor").to_owned()
}

/// Cut by the client, then by CleverTap three times over, each time resumed from the last line that came whole.
async fn cut(world: &World, destination: &str, expected: &[String], people: usize) {
    let order = order(destination);
    let mut received = Received::default();
    let items = first_lines(world, &order, "", 1).await;
    received.take(&items);
    let mut cursor = next(&items);
    for fault in [Fault::Status(429), Fault::Status(503), Fault::CutBody, Fault::DropBefore] {
        // The first is overcome by trying again; of the others each lasts until it is given up.
        let faults = [vec![Fault::Pass; 5], vec![fault], vec![Fault::Pass; 3], vec![fault; 3]];
        world.state().script(PATH, faults.concat());
        let answer = world.client.send(streamed(&order, NDJSON, &cursor)).await;
        let (items, meta) = lines(&answer.bytes);
        assert_eq!(meta["is_partial_response"], true, "{fault:?} {meta}");
        assert_eq!(meta["error"]["retryable"], true, "{fault:?} {meta}");
        assert_eq!(meta["next_cursor"], next(&items), "{fault:?}");
        received.take(&items);
        cursor = next(&items);
    }
    world.state().set_faults(Faults { rate_429: 0.02, rate_503: 0.01, cut_body: 0.01, ..Faults::default() });
    let mut rounds = 0;
    loop {
        rounds += 1;
        let (items, meta) = lines(&world.client.send(streamed(&order, NDJSON, &cursor)).await.bytes);
        received.take(&items);
        match meta["next_cursor"].as_str() {
            Some(next) if rounds < 50 => cursor = next.to_owned(),
            _ => break,
        }
    }
    world.state().set_faults(Faults::default());
    assert_eq!(received.read, people as u64);
    received.finish(expected);
}

/// By pages, a batch each.
async fn pages(world: &World, destination: &str, expected: &[String], limit: u64) {
    let (order, mut cursor, mut received) = (order(destination), String::new(), Received::default());
    loop {
        let page =
            world.client.post(&target(&format!("&limit={limit}&next_cursor={cursor}")), &order).await.ok();
        let items = page["result"].as_array().expect("a list");
        assert_eq!(received.read % limit, 0, "only the last page is short");
        assert!(
            items.len() == 1 || (items.is_empty() && page["next_cursor"].is_null()),
            "only the last is empty"
        );
        received.take(items);
        match page["next_cursor"].as_str() {
            Some(next) => cursor = next.to_owned(),
            None => break,
        }
    }
    received.finish(expected);
}

/// 200,000 on `service.wasm`, cut on the way to Meta; 40,000 on `service-spin.wasm`, cut on the way to both. All of it
/// on both builds would take minutes, most of them in unoptimised code of the tests' own.
pub(crate) async fn two_hundred_thousand_people_go_out_in_flat_memory_whole_and_cut() {
    let (people, cut_to) = match Kind::current() {
        Kind::Service => (200_000, &["meta_api"][..]),
        Kind::ServiceSpin => (40_000, &["meta_api", "google_data_manager"][..]),
    };
    let world = world(people).await;
    for destination in ["meta_api", "google_data_manager"] {
        let expected = expected(&world, destination);
        whole(&world, destination, &expected, people).await;
        if cut_to.contains(&destination) {
            cut(&world, destination, &expected, people).await;
        }
        let peak = world.client.peak_memory_bytes();
        eprintln!(
            "{people} people to {destination}: guest memory, high-water mark: {peak} bytes of {MEMORY}"
        );
        assert!(peak <= MEMORY, "{peak}");
    }
}

pub(crate) async fn pages_of_any_size_are_one_upload_of_the_same_people() {
    let world = world(24_000).await;
    for (destination, limit) in [
        ("meta_api", 1500),
        ("google_data_manager", 4000),
        ("meta_api", 10_000),
        ("google_data_manager", 10_000),
    ] {
        let expected = expected(&world, destination);
        pages(&world, destination, &expected, limit).await;
    }
    // A page is in memory as a whole.
    eprintln!(
        "guest memory, high-water mark with pages of 10,000: {} bytes",
        world.client.peak_memory_bytes()
    );
}

/// Rows of a file, without its headers.
fn file(bytes: &[u8], headers: &str) -> BTreeSet<String> {
    let text = std::str::from_utf8(bytes).expect("text");
    let mut lines = text.split_terminator("\r\n");
    assert_eq!(lines.next(), Some(headers));
    let rows: Vec<String> = lines.map(str::to_owned).collect();
    let set: BTreeSet<String> = rows.iter().cloned().collect();
    assert_eq!(rows.len(), set.len(), "each row once, and no more headers");
    set
}

pub(crate) async fn files_have_their_headers_once_and_the_same_people() {
    let world = world(4_000).await;
    let people = world.state().people_of(PROJECT, "Signed Up");
    for (destination, headers) in [
        ("meta_csv", "email,phone,fn,ln,ct,country"),
        ("google_csv", "Email,Phone,First Name,Last Name,Country,Zip"),
    ] {
        let mut order = order(destination);
        if destination == "meta_csv" {
            order["columns"] = json!(["email", "phone", "first_name", "last_name", "city", "country"]);
        }
        let row = |person: &PersonTruth| match destination {
            "meta_csv" => Expected::of(person).meta().map(|row| {
                let [email, phone, last, first, city, country] = row.try_into().expect("six values");
                [email, phone, first, last, city, country].join(",")
            }),
            _ => Expected::of(person).google().map(|member| {
                let identifiers = member["userData"]["userIdentifiers"].as_array().expect("a list").clone();
                let value = |path: &str| {
                    let found = identifiers.iter().find_map(|one| one.pointer(path)?.as_str());
                    found.unwrap_or_default().to_owned()
                };
                let paths = [
                    "emailAddress",
                    "phoneNumber",
                    "address/givenName",
                    "address/familyName",
                    "address/regionCode",
                    "address/postalCode",
                ];
                paths.map(|path| value(&format!("/{path}"))).join(",")
            }),
        };
        let expected: BTreeSet<String> = people.iter().filter_map(row).collect();
        let answer = world.client.send(streamed(&order, "text/csv", "")).await;
        assert_eq!(answer.header("content-type"), Some("text/csv; charset=utf-8"));
        assert!(file(&answer.bytes, headers) == expected, "{destination}");
        // Of pages each is a file of its own.
        let (mut cursor, mut rows, mut all) = (String::new(), 0, BTreeSet::new());
        loop {
            let page =
                world.client.post(&target(&format!("&limit=1500&next_cursor={cursor}")), &order).await.ok();
            let item = &page["result"][0];
            let part = file(item["payload"].as_str().expect("a file").as_bytes(), headers);
            assert_eq!(item["rows"], part.len());
            rows += part.len();
            all.extend(part);
            match page["next_cursor"].as_str() {
                Some(next) => cursor = next.to_owned(),
                None => break,
            }
        }
        assert!(rows == expected.len() && all == expected, "{destination}: {rows} rows in pages");
        // A file that fails is broken off: it has no place to say so.
        world.state().script(PATH, [vec![Fault::Pass; 3], vec![Fault::Status(503); 3]].concat());
        let broken = world.client.start(streamed(&order, "text/csv", "")).await;
        assert_eq!(broken.status(), 200);
        assert!(marketing_automation_host::body::collect(broken.into_body()).await.is_err(), "{destination}");
    }
}
