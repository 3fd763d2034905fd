//! `POST /1/message/report.json` in all its shapes.

mod support;

use std::time::Duration;

use clevertap_sandbox::{CampaignTruth, DailyShape, Latency, ReportLatency, Variants};
use serde_json::{Value, json};
use support::{Fixture, array};

const PATH: &str = "/1/message/report.json";

/// The number of days in `YYYYMMDD`s is not needed: all dates are in one month.
fn within(campaign: &CampaignTruth, from: &str, to: &str) -> bool {
    (from..=to).contains(&&campaign.start[..10])
}

fn item(report: &Value, id: i64) -> &Value {
    let messages = array(report, "messages");
    messages.iter().find(|item| item["message id"] == id).expect("the campaign's item")
}

async fn variant(fixture: &Fixture, change: impl FnOnce(&mut Variants)) {
    let mut variants = Variants::default();
    change(&mut variants);
    fixture.state().set_variants(variants);
}

#[tokio::test]
async fn campaigns_are_selected_by_the_day_of_their_start() {
    let fixture = Fixture::start().await;
    let report = fixture.ok(PATH, json!({ "from": "20260105", "to": 20_260_120 })).await;
    let truth: Vec<_> =
        fixture.campaigns().into_iter().filter(|c| within(c, "2026-01-05", "2026-01-20")).collect();
    assert!(truth.len() > 5);
    assert_eq!(report["status"], "success");
    assert_eq!(report["total_results"], truth.len());
    assert_eq!(array(&report, "messages").len(), truth.len(), "no pages");
    for campaign in truth {
        let item = item(&report, campaign.id);
        assert_eq!(item["message_name"], campaign.name.as_str());
        assert_eq!(item["channel"], campaign.channel.as_str());
        assert_eq!(item["status"], campaign.status.as_str());
        let data = array(item, "data");
        match campaign.daily.is_empty() {
            true => assert!(data.is_empty()),
            false => assert_eq!(data, [json!(campaign.total)]),
        }
    }
}

#[tokio::test]
async fn start_dates_are_text_in_project_time() {
    let fixture = Fixture::start().await;
    let report = fixture.ok(PATH, json!({ "from": 20_241_216, "to": 20_241_216 })).await;
    let [item] = array(&report, "messages") else { panic!("{report}") };
    assert_eq!(item["start_date"], "16 Dec, 2024 10:00:00");
}

#[tokio::test]
async fn filters_narrow_the_selection() {
    let fixture = Fixture::start().await;
    let all = fixture.campaigns();
    for (filter, value) in [
        ("channel", json!(["push", "web_pop_up"])),
        ("delivery", json!(["recurring"])),
        ("status", json!(["stopped"])),
        ("message_type", json!(["ab"])),
        ("label", json!(["promo"])),
    ] {
        let mut body = json!({ "from": 20_250_120, "to": 20_261_231 });
        body[filter] = value.clone();
        let report = fixture.ok(PATH, body).await;
        let wanted = |word: &str| value.as_array().is_some_and(|words| words.contains(&json!(word)));
        let expected = all.iter().filter(|c| c.start.as_str() >= "2025-01-20").filter(|c| match filter {
            "channel" => wanted(&c.channel_key),
            "delivery" => wanted(&c.delivery),
            "status" => wanted(&c.status),
            "message_type" => wanted(&c.message_type),
            _ => c.labels.iter().any(|label| wanted(label)),
        });
        let expected = expected.count();
        assert!(expected > 0, "{filter}");
        assert_eq!(report["total_results"], expected, "{filter}");
    }
    for body in [
        json!({ "from": 20_260_101 }),
        json!({ "from": 20_260_102, "to": 20_260_101 }),
        json!({ "from": 20_260_101, "to": 20_260_102, "channel": ["carrier pigeon"] }),
        json!({ "from": "2026-01-01", "to": 20_260_102 }),
    ] {
        let answer = fixture.post(PATH, body).await;
        assert_eq!((answer.status, &answer.json()["status"]), (400, &json!("fail")));
    }
}

#[tokio::test]
async fn daily_rows_come_in_six_shapes() {
    let fixture = Fixture::start().await;
    let body = json!({ "from": 20_241_216, "to": 20_241_216, "daily": true });
    let known = fixture.campaigns().into_iter().find(|c| c.start == "2024-12-16T10:00:00");
    let known = known.expect("the known campaign");
    let today = known.daily[&20_260_120];
    let plain = json!(today);

    let data = |shape| {
        let (fixture, body) = (&fixture, body.clone());
        async move {
            variant(fixture, |variants| variants.daily = shape).await;
            let report = fixture.ok(PATH, body).await;
            report["messages"][0]["data"].clone()
        }
    };
    let dated = data(DailyShape::DatedObjects).await;
    let rows = dated.as_array().expect("rows");
    assert_eq!(rows.len(), known.daily.len());
    let last = rows.last().expect("today");
    assert_eq!((&last["date"], &last["sent"]), (&json!("20260120"), &json!(today.sent)));

    let map = data(DailyShape::DatedMap).await;
    assert_eq!(map["20260120"], plain);
    assert_eq!(map.as_object().map(serde_json::Map::len), Some(known.daily.len()));

    let aligned = data(DailyShape::AlignedArray).await;
    let rows = aligned.as_array().expect("rows");
    assert_eq!(rows.len(), 401, "from its start through today");
    assert_eq!(rows.last(), Some(&plain));

    let window = data(DailyShape::AlignedToWindow).await;
    assert_eq!(window.as_array().map(Vec::len), Some(1), "the window has one day");

    let nested = data(DailyShape::ArrayOfArrays).await;
    assert_eq!(nested[0].as_array().map(Vec::len), Some(known.daily.len()));
    assert!(data(DailyShape::Unrecognised).await["columns"].is_array());
}

#[tokio::test]
async fn variants_enrich_split_break_or_empty_the_report() {
    let fixture = Fixture::start().await;
    let body = json!({ "from": 20_250_120, "to": 20_261_231 });
    let plain = fixture.ok(PATH, body.clone()).await;
    let keys = |item: &Value| item["data"][0].as_object().map(|data| data.len());
    let sent =
        |report: &Value| array(report, "messages").iter().filter(|item| item["data"][0].is_object()).count();
    assert!(array(&plain, "messages").iter().filter_map(keys).all(|keys| keys == 3));

    variant(&fixture, |variants| variants.rich_report = true).await;
    let rich = fixture.ok(PATH, body.clone()).await;
    assert!(array(&rich, "messages").iter().filter_map(keys).all(|keys| keys == 7));
    assert_eq!(sent(&rich), sent(&plain));

    variant(&fixture, |variants| variants.ab_split = true).await;
    let split = fixture.ok(PATH, body.clone()).await;
    for campaign in fixture
        .campaigns()
        .iter()
        .filter(|c| c.message_type == "ab" && !c.daily.is_empty() && c.start.as_str() > "2025-01-20")
    {
        let data = array(item(&split, campaign.id), "data");
        let sum: u64 = data.iter().filter_map(|half| half["sent"].as_u64()).sum();
        assert_eq!((data.len(), sum), (2, campaign.total.sent));
    }

    variant(&fixture, |variants| variants.item_errors = true).await;
    let broken = fixture.ok(PATH, body.clone()).await;
    let errors = array(&broken, "messages").iter().filter(|item| item["error"].is_string());
    assert!(errors.count() > 10);

    variant(&fixture, |variants| variants.report_without_api_campaigns = true).await;
    let dashboard = fixture.ok(PATH, body.clone()).await;
    let ids: Vec<_> = array(&dashboard, "messages").iter().map(|item| &item["message id"]).collect();
    assert!(fixture.campaigns().iter().all(|c| !c.created_via_api || !ids.contains(&&json!(c.id))));

    variant(&fixture, |variants| variants.bare_messages_error = true).await;
    let bare = fixture.ok(PATH, body).await;
    assert_eq!(bare["status"], "success");
    assert!(bare["error"].is_string() && bare["messages"].is_null());
}

#[tokio::test]
async fn latency_grows_with_the_days_up_to_today() {
    let fixture = Fixture::start().await;
    let latency = Latency { every_ms: 1, report: ReportLatency::Real, virtual_time: true };
    fixture.state().set_latency(latency);
    for (from, to) in [(20_260_120, 20_260_120), (20_260_114, 20_260_131), (20_260_121, 20_260_131)] {
        fixture.ok(PATH, json!({ "from": from, "to": to })).await;
    }
    variant(&fixture, |variants| variants.future_days_cost = true).await;
    fixture.ok(PATH, json!({ "from": 20_260_121, "to": 20_260_127 })).await;
    let delays: Vec<_> = fixture.state().calls().iter().map(|call| call.delay).collect();
    assert_eq!(delays, [701, 6_001, 1, 6_001].map(Duration::from_millis));
}
