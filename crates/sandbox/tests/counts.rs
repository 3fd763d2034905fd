//! Counts, top values, trends, real-time counts.

mod support;

use clevertap_sandbox::Variants;
use serde_json::{Value, json};
use support::{Fixture, PROJECT};

fn query(event: &str) -> Value {
    json!({ "event_name": event, "from": 20_251_101, "to": 20_260_120 })
}

#[tokio::test]
async fn counts_are_ready_or_polled() {
    let fixture = Fixture::start().await;
    let truth = fixture.state().events(PROJECT).into_iter().filter(|e| e.name == "Charged").count();
    let ready = json!({ "status": "success", "count": truth });
    assert_eq!(fixture.ok("/1/counts/events.json", query("Charged")).await, ready);

    for as_text in [false, true] {
        fixture.state().set_variants(Variants {
            partial_answers: 3,
            req_id_as_text: as_text,
            ..Variants::default()
        });
        let partial = fixture.ok("/1/counts/events.json", query("Charged")).await;
        assert_eq!(partial["status"], "partial");
        assert_eq!(partial["req_id"].is_string(), as_text);
        let id = partial["req_id"].to_string().replace('"', "");
        let poll = format!("/1/counts/events.json?req_id={id}");
        assert_eq!(fixture.get(&poll).await.json(), partial);
        assert_eq!(fixture.post(&poll, json!({})).await.json(), partial, "a poll may be a POST");
        assert_eq!(fixture.get(&poll).await.json(), ready);
        let other = fixture.get(&format!("/1/counts/top.json?req_id={id}")).await;
        assert_eq!(other.json()["error"], "invalid request id");
    }
    let unknown = fixture.get("/1/counts/trends.json?req_id=7").await;
    assert_eq!(unknown.json()["error"], "invalid request id");
}

#[tokio::test]
async fn the_query_language_narrows() {
    let fixture = Fixture::start().await;
    let count = async |body: Value| {
        fixture.ok("/1/counts/events.json", body).await["count"].as_u64().expect("a count")
    };
    let all = count(query("Product Viewed")).await;
    let mut some = query("Product Viewed");
    some["event_properties"] = json!([{ "name": "Category", "operator": "equals", "value": "Sport" }]);
    let sport = count(some.clone()).await;
    assert!(0 < sport && sport < all);
    some["event_properties"][0]["operator"] = json!("not_equals");
    assert_eq!(count(some).await, all - sport);
    let mut gold = query("Product Viewed");
    gold["common_profile_properties"] =
        json!({ "profile_fields": [{ "name": "Customer Type", "operator": "equals", "value": "Gold" }] });
    assert!((1..all).contains(&count(gold).await));
    let did = json!([query("Charged")]);
    let block = |name: &str| {
        let mut body = query("Product Viewed");
        body["advanced_query"] = match name {
            "did_any" => json!({ "did_any": { "any_events": did } }),
            _ => json!({ name: did }),
        };
        body
    };
    let (buyers, others) = (count(block("did_all")).await, count(block("did_none")).await);
    assert_eq!(buyers + others, all);
    assert_eq!(count(block("did_any")).await, buyers);
    assert_eq!(count(block("did_not")).await, all, "an unknown block is ignored");
}

#[tokio::test]
async fn top_values_are_keyed_by_type() {
    let fixture = Fixture::start().await;
    let mut body = query("Charged");
    body["groups"] = json!({
        "amounts": { "property_type": "event_properties", "name": "Amount" },
        "types": { "property_type": "profile_fields", "name": "Customer Type", "top_n": 2 },
    });
    let top = fixture.ok("/1/counts/top.json", body).await;
    assert!(top["amounts"]["NUMBER"].as_object().is_some_and(|buckets| !buckets.is_empty()));
    assert_eq!(top["types"]["STR"].as_object().map(serde_json::Map::len), Some(2));
    let without = fixture.post("/1/counts/top.json", query("Charged")).await;
    assert_eq!(without.json()["error"], "Invalid group");
}

#[tokio::test]
async fn trends_of_notification_events_are_the_campaigns_days() {
    let fixture = Fixture::start().await;
    let campaign = fixture.campaigns().into_iter().find(|c| c.daily.len() > 40).expect("a long one");
    let ids = [json!(campaign.id), json!(campaign.id.to_string()), json!([campaign.id])];
    for (id, (event, number)) in ids.into_iter().zip([
        ("Notification Sent", 0),
        ("Notification Viewed", 1),
        ("Notification Clicked", 2),
    ]) {
        let body = json!({
            "event_name": event, "from": 20_250_121, "to": 20_260_120,
            "event_properties": [{ "name": "Campaign id", "operator": "equals", "value": id }],
            "groups": { "d": { "trend_type": "daily" }, "m": { "trend_type": "monthly" } },
        });
        let trends = fixture.ok("/1/counts/trends.json", body).await;
        let mut sum = 0;
        for (day, counts) in campaign.daily.range(20_250_121..) {
            let expected = [counts.sent, counts.viewed, counts.clicked][number];
            assert_eq!(trends["d"][day.to_string()], expected, "{event} {day}");
            sum += expected;
        }
        let months = trends["m"].as_object().expect("months");
        assert!(months.keys().all(|key| key.len() == 6));
        assert_eq!(months.values().filter_map(Value::as_u64).sum::<u64>(), sum);
    }
}

#[tokio::test]
async fn trends_fold_sum_and_count_unique_users() {
    let fixture = Fixture::start().await;
    let total = |trend: &Value| -> f64 {
        trend.as_object().into_iter().flat_map(|t| t.values()).filter_map(Value::as_f64).sum()
    };
    let mut body = query("Charged");
    body["groups"] = json!({ "d": { "trend_type": "daily" }, "w": { "trend_type": "weekly" } });
    let trends = fixture.ok("/1/counts/trends.json", body.clone()).await;
    let count = fixture.ok("/1/counts/events.json", query("Charged")).await["count"].as_f64();
    assert_eq!(Some(total(&trends["d"])), count);
    assert_eq!(total(&trends["w"]), total(&trends["d"]));
    body["unique"] = json!(true);
    assert!(total(&fixture.ok("/1/counts/trends.json", body.clone()).await["w"]) <= total(&trends["w"]));
    body["unique"] = json!(false);
    body["sum_event_prop"] = json!("Amount");
    assert!(total(&fixture.ok("/1/counts/trends.json", body.clone()).await["d"]) > total(&trends["d"]));
    body["groups"] = json!({ "x": { "trend_type": "hourly" } });
    assert_eq!(fixture.post("/1/counts/trends.json", body).await.json()["error"], "Invalid group");
}

#[tokio::test]
async fn real_time_counts_break_down_on_request() {
    let fixture = Fixture::start().await;
    let basic = fixture.ok("/1/now.json", json!({})).await;
    assert!(basic["count"].is_u64() && basic["last_processed_ts"].is_u64() && basic["os"].is_null());
    let full = fixture.ok("/1/now.json", json!({ "os": true, "device": true, "new": true })).await;
    let sum: u64 =
        full["os"].as_object().into_iter().flat_map(|os| os.values()).filter_map(Value::as_u64).sum();
    assert_eq!(json!(sum), full["count"]);
    assert!(full["new"]["device"].is_object());
}
