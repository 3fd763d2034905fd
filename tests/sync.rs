//! Reading the last days again, under keys that stay, and how fresh an answer says that it is.

use std::collections::BTreeMap;

use clevertap_sandbox::{CampaignTruth, Config};
use component_tests::{ACCOUNT, PROJECT, UNIFIED, World, request};
use serde_json::{Value, json};

use crate::bulk::lines;

/// Days that a sync of reports reads, and of events.
const TRAILING: (usize, usize) = (35, 3);

fn at(path: &str) -> String {
    let join = if path.contains('?') { '&' } else { '?' };
    format!("{UNIFIED}/{path}{join}integrated_account_id={ACCOUNT}")
}

/// Rows by key, of which none comes twice.
fn by_key(rows: Vec<Value>) -> BTreeMap<String, Value> {
    let count = rows.len();
    let keyed: BTreeMap<String, Value> =
        rows.into_iter().map(|row| (row["row_key"].as_str().expect("a key").to_owned(), row)).collect();
    assert_eq!(keyed.len(), count, "a key comes twice");
    keyed
}

fn campaign(world: &World, suits: impl Fn(&CampaignTruth) -> bool) -> CampaignTruth {
    world.state().campaigns(PROJECT).into_iter().find(suits).expect("one")
}

pub(crate) async fn rows_of_reports_keep_their_keys_while_their_counts_move() {
    let world = World::start().await;
    let today = world.state().today(PROJECT).expect("a day");
    let day = format!("{:04}-{:02}-{:02}", today / 10_000, today / 100 % 100, today % 100);
    // One that counts today already, so that its row is there before.
    let api = campaign(&world, |one| one.delivery == "api" && one.daily.contains_key(&today));
    let first = by_key(world.walk(&format!("{UNIFIED}/reports?sync=true"), 400).await);
    let days: std::collections::BTreeSet<&str> =
        first.values().filter_map(|row| row["window"]["day"].as_str()).collect();
    assert_eq!(days.len(), TRAILING.0, "{days:?}");
    assert_eq!(days.last(), Some(&day.as_str()));

    let to: Vec<String> = (0..2100).map(|n| format!("u{n}")).collect();
    let people: Vec<Value> =
        to.iter().map(|id| json!({"id": id, "email": format!("{id}@example.com")})).collect();
    world.client.post(&at("contacts"), &json!(people)).await.ok();
    let order =
        json!({"campaign_id": api.id.to_string(), "to": {"identities": to}, "data": {"amount": "9.90"}});
    world.client.post(&at("messages"), &order).await.ok();
    let after = campaign(&world, |one| one.id == api.id);
    assert!(after.daily[&today].sent > api.daily[&today].sent, "its count moved");

    let second = by_key(world.walk(&format!("{UNIFIED}/reports?sync=true"), 400).await);
    assert!(first.keys().eq(second.keys()), "other keys");
    let moved: Vec<&String> =
        first.keys().filter(|key| first[*key]["counts"] != second[*key]["counts"]).collect();
    assert_eq!(moved.len(), 1, "{moved:?}");
    let (before, now) = (&first[moved[0]], &second[moved[0]]);
    assert_eq!(
        (&now["campaign"]["remote_id"], &now["window"]["day"]),
        (&json!(api.id.to_string()), &json!(day))
    );
    assert_eq!(
        (&before["counts"]["sent"], &now["counts"]["sent"]),
        (&json!(api.daily[&today].sent), &json!(after.daily[&today].sent))
    );
    // What was stored by key, and is written over by key, is what CleverTap counts.
    let mut stored = first.clone();
    stored.extend(second.clone());
    assert_eq!(stored, second);
}

pub(crate) async fn events_keep_their_keys_while_people_change_and_late_ones_come() {
    let world = World::with(Config { campaigns: 0, profiles: 0, events: 0, ..Config::default() }).await;
    let now =
        std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970").as_secs();
    let event = |n: u64, ago: u64| {
        json!({"id": format!("e{n}"), "name": "Order Placed", "profile_id": format!("u{}", n % 7),
               "occurred_at": now - ago, "properties": {"n": n.to_string()}})
    };
    // An hour apart: those of the last days, and some of before.
    let events: Vec<Value> = (0..120).map(|n| event(n, 60 + n * 3600)).collect();
    world.client.post(&at("events"), &json!(events)).await.ok();
    let target =
        format!("{UNIFIED}/events?event_name=Order%20Placed&sync=true&truto_ignore_remote_data=true");
    let first = by_key(world.walk(&target, 50).await);
    // Today and the two days before it, in the project's zone.
    let hours = (TRAILING.1 - 1) * 24..=TRAILING.1 * 24;
    assert!(hours.contains(&first.len()), "{} of {hours:?}", first.len());

    let change = json!({"name": "Ada Lovelace", "custom_fields": {"plan": "pro"}});
    world.client.call("PATCH", &at("contacts/u1"), Some(&change)).await.ok();
    // Sent late by a device that had no network.
    world.client.post(&at("events"), &json!([event(500, 1800)])).await.ok();
    let second = by_key(world.walk(&target, 7).await);
    assert!(first.keys().all(|key| second.contains_key(key)), "a key is gone");
    let new: Vec<&Value> =
        second.iter().filter(|(key, _)| !first.contains_key(*key)).map(|(_, row)| row).collect();
    assert_eq!((new.len(), &new[0]["properties"]["n"]), (1, &json!("500")));
    // As a stream, too.
    let mut streamed = request("GET", &format!("{target}&integrated_account_id={ACCOUNT}"), None);
    streamed.headers_mut().insert("accept", http::HeaderValue::from_static("application/x-ndjson"));
    let (rows, _) = lines(&world.client.send(streamed).await.bytes);
    assert_eq!(by_key(rows), second);
}

/// CleverTap states no time of its numbers, and documents the lag of reports alone.
fn is_fresh(what: &str, said: &Value, lag: Option<&str>) {
    let fetched = said["fetched_at"].as_str().unwrap_or_else(|| panic!("{what}: {said}"));
    assert!(fetched.len() == 20 && fetched.ends_with('Z'), "{what}: {fetched}");
    assert_eq!(said.get("as_of"), Some(&Value::Null), "{what}: {said}");
    assert_eq!(said.get("documented_lag"), Some(&json!(lag)), "{what}: {said}");
}

pub(crate) async fn every_answer_with_metrics_says_how_fresh_it_is() {
    let world = World::start().await;
    let lag = Some("PT4H");
    for target in
        ["campaigns?limit=5", "reports?limit=5", "reports?limit=5&sync=true", "reports?limit=5&metrics=sent"]
    {
        is_fresh(target, &world.client.get(&at(target)).await.ok()["meta"], lag);
    }
    let reported = campaign(&world, |one| one.total.sent > 0);
    let one = world.client.get(&at(&format!("campaigns/{}", reported.id))).await.ok();
    is_fresh("a campaign", &one["metrics"], lag);
    assert_eq!(one["metrics"]["sent"], reported.total.sent);
    is_fresh(
        "roi",
        &world.client.post(&at("roi"), &json!({"campaign_id": reported.id.to_string()})).await.ok()["meta"],
        lag,
    );

    let today = world.state().today(PROJECT).expect("a day");
    let query = json!({"event_name": "Charged", "from": today - 10_000, "to": today});
    let with = |more: Value| {
        let mut body = query.clone();
        body["groups"] = json!({ "g": more });
        body
    };
    for (path, body) in [
        ("contacts/count", query.clone()),
        ("events/count", query.clone()),
        ("events/trends", with(json!({"trend_type": "monthly"}))),
        ("events/top", with(json!({"property_type": "event_properties", "name": "Currency", "top_n": 3}))),
        ("events/real-time", json!({})),
    ] {
        is_fresh(path, &world.client.post(&at(path), &body).await.ok()["meta"], None);
    }
    let period = json!({"gte": "2020-01-01"});
    let order = json!({"destination": "meta_api", "event_name": "Charged", "occurred_at": period});
    for (method, path, body) in [
        ("GET", "events?event_name=Charged", None),
        ("GET", "contacts?event_name=Charged", None),
        ("POST", "audiences/export", Some(&order)),
    ] {
        let mut request = request(method, &at(path), body);
        is_fresh(path, &world.client.call(method, &at(path), body).await.ok()["meta"], None);
        request.headers_mut().insert("accept", http::HeaderValue::from_static("application/x-ndjson"));
        let (_, meta) = lines(&world.client.send(request).await.bytes);
        is_fresh(path, &meta, None);
    }
}
