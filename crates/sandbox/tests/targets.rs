//! Campaigns through the API: list, result, create, stop, messages, triggers.

mod support;

use std::collections::BTreeSet;

use clevertap_sandbox::{LongWindow, NotReady, ScheduledOn, TriggerKind, Variants};
use serde_json::{Value, json};
use support::{Fixture, PROJECT, array};

fn order(name: &str) -> Value {
    json!({
        "name": name,
        "target_mode": "push",
        "where": {},
        "content": { "title": "Hi", "body": "there" },
        "when": "20260301 09:30",
    })
}

#[tokio::test]
async fn the_list_has_api_campaigns_only_unless_told_otherwise() {
    let fixture = Fixture::start().await;
    let body = json!({ "from": 20_260_101, "to": 20_260_131 });
    let expect = |all: bool| -> BTreeSet<i64> {
        let campaigns = fixture.campaigns().into_iter();
        let listed = campaigns.filter(|c| c.start.starts_with("2026-01") && (all || c.created_via_api));
        listed.map(|c| c.id).collect()
    };
    let ids = |list: &Value| -> BTreeSet<i64> {
        array(list, "targets").iter().filter_map(|target| target["id"].as_i64()).collect()
    };
    let list = fixture.ok("/1/targets/list.json", body.clone()).await;
    assert_eq!(ids(&list), expect(false));
    fixture.state().set_variants(Variants { list_all_campaigns: true, ..Variants::default() });
    let list = fixture.ok("/1/targets/list.json", body).await;
    assert_eq!(ids(&list), expect(true));
    let text = fixture.post("/1/targets/list.json", json!({ "from": "20260101", "to": 20_260_131 })).await;
    assert_eq!(text.status, 400, "days are integers here");
}

#[tokio::test]
async fn scheduled_on_comes_in_three_forms() {
    let fixture = Fixture::start().await;
    let id = fixture.ok("/1/targets/create.json", order("Form")).await["id"].clone();
    for (form, expected) in [
        (ScheduledOn::Packed, json!(202_603_010_930_i64)),
        (ScheduledOn::Text, json!("01 Mar, 2026 09:30:00")),
        // Asia/Kolkata is UTC+5:30.
        (ScheduledOn::Epoch, json!(1_772_337_600)),
    ] {
        fixture.state().set_variants(Variants { scheduled_on: form, ..Variants::default() });
        let list = fixture.ok("/1/targets/list.json", json!({ "from": 20_260_301, "to": 20_260_301 })).await;
        let target = array(&list, "targets").iter().find(|target| target["id"] == id).expect("listed");
        assert_eq!(target["scheduled_on"], expected);
        assert_eq!(target["status"], "scheduled");
    }
}

#[tokio::test]
async fn a_window_beyond_31_days_is_refused_truncated_or_allowed() {
    let fixture = Fixture::start().await;
    let long = json!({ "from": 20_251_101, "to": 20_260_131 });
    assert_eq!(fixture.post("/1/targets/list.json", long.clone()).await.status, 400);
    let count = |form| {
        fixture.state().set_variants(Variants { long_window: form, ..Variants::default() });
        let (fixture, long) = (&fixture, long.clone());
        async move { array(&fixture.ok("/1/targets/list.json", long).await, "targets").len() }
    };
    let (truncated, all) = (count(LongWindow::Truncate).await, count(LongWindow::Allow).await);
    assert!(0 < truncated && truncated < all, "{truncated} of {all}");
}

#[tokio::test]
async fn results_and_the_four_ways_to_have_none() {
    let fixture = Fixture::start().await;
    let campaigns = fixture.campaigns();
    let find = |status: &str| campaigns.iter().find(|c| c.status == status).expect("one of each");
    let done = find("completed");
    let result = fixture.ok("/1/targets/result.json", json!({ "id": done.id })).await;
    let expected = json!({ "sent": done.total.sent, "clicked": done.total.clicked });
    assert_eq!(result, json!({ "status": "success", "result": expected }));

    let ask = |status: &'static str| {
        let (fixture, id) = (&fixture, find(status).id);
        async move { fixture.post("/1/targets/result.json", json!({ "id": id })).await }
    };
    assert_eq!(ask("scheduled").await.status, 500);
    assert_eq!(ask("pending").await.json()["status"], "fail");
    for (form, status, body) in [
        (NotReady::Fail, 200, json!({ "error": "This target hasn't been completed", "status": "fail" })),
        (
            NotReady::SuccessWithError,
            200,
            json!({ "status": "success", "error": "This target hasn't been completed", "code": 200 }),
        ),
        (
            NotReady::NoResult,
            500,
            json!({ "status": "fail", "error": "This target has no result as of yet", "code": 500 }),
        ),
    ] {
        fixture.state().set_variants(Variants { not_ready: form, ..Variants::default() });
        let answer = ask("scheduled").await;
        assert_eq!((answer.status, answer.json()), (status, body));
    }
    fixture.state().set_variants(Variants { not_ready: NotReady::Conflict, ..Variants::default() });
    assert_eq!(ask("scheduled").await.status, 409);

    let unknown = fixture.post("/1/targets/result.json", json!({ "id": 1 })).await;
    assert_eq!((unknown.status, &unknown.json()["error"]), (400, &json!("Invalid campaign id")));
    fixture.state().set_variants(Variants {
        invalid_campaign_as_200: true,
        rich_report: true,
        ..Variants::default()
    });
    assert_eq!(fixture.post("/1/targets/stop.json", json!({ "id": 1 })).await.status, 200);
    let rich = fixture.ok("/1/targets/result.json", json!({ "id": done.id })).await;
    assert_eq!(rich["result"]["viewed"], done.total.viewed);
}

#[tokio::test]
async fn created_campaigns_are_listed_reported_and_stopped() {
    let fixture = Fixture::start().await;
    let created = fixture.ok("/1/targets/create.json", order("First")).await;
    assert!(created["estimates"]["android"].is_u64());
    let second = fixture.ok("/1/targets/create.json", order("Second")).await;
    assert_ne!(created["id"], second["id"]);
    let stored = fixture.state().created();
    assert_eq!(stored.len(), 2);
    assert_eq!((json!(stored[0].id), stored[0].name.as_str()), (created["id"].clone(), "First"));
    let report = fixture.ok("/1/message/report.json", json!({ "from": 20_260_301, "to": 20_260_301 })).await;
    let named = |name: &str| array(&report, "messages").iter().any(|item| item["message_name"] == name);
    assert!(named("First") && named("Second"));

    assert_eq!(fixture.ok("/1/targets/stop.json", created.clone()).await, json!({ "status": "success" }));
    let id = created["id"].as_i64();
    let stopped = fixture.campaigns().into_iter().find(|c| Some(c.id) == id);
    assert_eq!(stopped.map(|c| c.status), Some("stopped".to_owned()));
}

#[tokio::test]
async fn estimates_store_nothing_and_depend_on_the_channel() {
    let fixture = Fixture::start().await;
    let mut body = order("Estimate");
    body["estimate_only"] = json!(true);
    let push = fixture.ok("/1/targets/create.json", body.clone()).await;
    assert!(push["id"].is_null());
    assert_eq!(fixture.ok("/1/targets/estimate.json", body.clone()).await, push);
    body["target_mode"] = json!("webpush");
    assert!(fixture.ok("/1/targets/create.json", body.clone()).await["estimates"]["chrome"].is_u64());
    body["target_mode"] = json!("email");
    assert_eq!(fixture.post("/1/targets/create.json", body.clone()).await.status, 400, "no provider");
    body["provider_nick_name"] = json!("Provider 1");
    body["where"] = json!({ "prompt": "everyone who paid" });
    let email = fixture.ok("/1/targets/create.json", body).await;
    assert!(email["estimates"]["web"].is_u64() && email["query"].is_object());
    assert!(fixture.state().created().is_empty());
}

#[tokio::test]
async fn an_order_that_lacks_something_is_refused() {
    let fixture = Fixture::start().await;
    for (key, value) in [
        ("name", json!(" ")),
        ("target_mode", json!("inapp")),
        ("content", json!({})),
        ("where", Value::Null),
        ("when", json!("tomorrow")),
        ("when", json!({ "type": "later" })),
    ] {
        let mut body = order("Wrong");
        body[key] = value;
        let answer = fixture.post("/1/targets/create.json", body).await;
        assert_eq!((answer.status, &answer.json()["status"]), (400, &json!("fail")), "{key}");
    }
    for when in [
        json!("now"),
        json!({ "type": "now" }),
        json!({ "type": "later", "delivery_date_time": ["20260301 09:30", "20260305 09:30"] }),
        json!({ "type": "recurring", "start_time": "20260301 09:30", "end_by_date": "20260401" }),
    ] {
        let mut body = order("Right");
        body["when"] = when;
        fixture.ok("/1/targets/create.json", body).await;
    }
    let deliveries: Vec<_> = fixture
        .campaigns()
        .into_iter()
        .filter(|c| c.name == "Right")
        .map(|c| (c.delivery, c.status))
        .collect();
    assert_eq!(deliveries.len(), 4);
    assert!(deliveries.contains(&("one_time".to_owned(), "running".to_owned())));
    assert!(deliveries.contains(&("multiple_dates".to_owned(), "scheduled".to_owned())));
}

#[tokio::test]
async fn sends_and_triggers_show_in_the_campaigns_numbers() {
    let fixture = Fixture::start().await;
    let campaign = fixture.campaigns().into_iter().find(|c| c.delivery == "api").expect("an API campaign");
    let before = campaign.daily.get(&20_260_120).map_or(0, |counts| counts.sent);
    let to = json!({ "identity": ["user-1", "user-2"] });
    let one = json!({ "to": to, "campaign_id": campaign.id.to_string(), "ExternalTrigger": { "a": 1 } });
    let queued = json!({ "status": "success", "message": "Added to queue for processing" });
    assert_eq!(fixture.ok("/1/send/externaltrigger.json", one).await, queued);
    let many = json!({ "to": to, "campaign_id_list": [campaign.id] });
    assert_eq!(fixture.ok("/2/send/externaltrigger.json", many).await, queued);
    let send = json!({ "to": { "Email": ["a@example.com"] }, "campaign_id": campaign.id, "content": {} });
    assert_eq!(fixture.ok("/1/send/push.json", send).await, queued);

    let after = fixture.campaigns().into_iter().find(|c| c.id == campaign.id).expect("still there");
    assert_eq!(after.daily[&20_260_120].sent, before + 5);
    let kinds: Vec<_> = fixture.state().triggers().iter().map(|trigger| trigger.kind).collect();
    assert_eq!(kinds, [TriggerKind::ExternalV1, TriggerKind::ExternalV2]);
    assert_eq!(fixture.state().sends()[0].channel, "push");
    assert_eq!(fixture.state().sends()[0].project_id, PROJECT);
}

#[tokio::test]
async fn messages_have_limits() {
    let fixture = Fixture::start().await;
    let ids: Vec<_> = (0..1001).map(|n| n.to_string()).collect();
    let content = json!({ "body": "Hi" });
    for channel in ["push", "email", "sms", "webpush", "whatsapp"] {
        let path = format!("/1/send/{channel}.json");
        let body = json!({ "to": { "Identity": ids[..1000] }, "content": content });
        fixture.ok(&path, body).await;
        let body = json!({ "to": { "Identity": ids }, "content": content });
        assert_eq!(fixture.post(&path, body).await.status, 400);
    }
    let six = json!({ "to": { "identity": ["a"] }, "campaign_id_list": [1, 2, 3, 4, 5, 6] });
    assert_eq!(fixture.post("/2/send/externaltrigger.json", six).await.status, 400);
    let unknown = json!({ "to": { "identity": ["a"] }, "campaign_id": "1" });
    assert_eq!(fixture.post("/1/send/externaltrigger.json", unknown).await.status, 400);
    assert!(fixture.state().triggers().is_empty());
    let bulletin = json!({ "business_event": "Program Released", "name": "n", "properties": { "id": 7 } });
    assert_eq!(fixture.post("/1/targets/trigger.json", bulletin).await.status, 400, "values are texts");
    let bulletin = json!({ "business_event": "Program Released", "name": "n", "properties": { "id": "7" } });
    fixture.ok("/1/targets/trigger.json", bulletin).await;
    assert_eq!(fixture.state().triggers()[0].kind, TriggerKind::Bulletin);
}
