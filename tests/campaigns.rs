//! Campaigns through service.wasm, against the sandbox's own truth.

use std::collections::BTreeMap;

use clevertap_sandbox::{Config, Faults, Latency, ReportLatency, Variants};
use component_tests::{ACCOUNT, PROJECT, UNIFIED, World};
use serde_json::{Value, json};

fn campaigns() -> String {
    format!("{UNIFIED}/campaigns")
}

/// Ids in the default range, newest start first; equal starts by id.
fn expected(world: &World) -> Vec<String> {
    let today = world.state().today(PROJECT).expect("a day");
    let year = 10_000;
    let mut known: Vec<_> = world
        .state()
        .campaigns(PROJECT)
        .into_iter()
        .filter(|campaign| {
            let day: i64 =
                campaign.start.get(0..10).expect("a date").replace('-', "").parse().expect("digits");
            // The sandbox leaves the edges of the range free.
            day > today - year + 1 && day < today + year - 1
        })
        .map(|campaign| (campaign.start.clone(), campaign.id))
        .collect();
    known.sort_by(|left, right| right.cmp(left));
    known.into_iter().map(|(_, id)| id.to_string()).collect()
}

fn ids(items: &[Value]) -> Vec<String> {
    items.iter().map(|item| item["remote_id"].as_str().expect("an id").to_owned()).collect()
}

fn sorted(mut ids: Vec<String>) -> Vec<String> {
    ids.sort();
    ids
}

pub(crate) async fn every_page_size_gives_each_campaign_once() {
    let world = World::start().await;
    let expected = expected(&world);
    assert!(expected.len() > 300, "the sandbox has several hundred campaigns");
    for limit in [500, 7, 1] {
        let items = world.walk(&campaigns(), limit).await;
        assert_eq!(sorted(ids(&items)), sorted(expected.clone()), "limit {limit}");
        let starts: Vec<_> =
            items.iter().map(|item| item["scheduled_at"].as_str().expect("a start")).collect();
        assert!(starts.is_sorted_by(|left, right| left >= right), "newest start first");
    }
}

pub(crate) async fn the_same_while_one_call_in_five_fails() {
    let world = World::with_env(Config::default(), &[("MARKETING_AUTOMATION_DEADLINE_MS", "4000")]).await;
    world.state().set_faults(Faults { rate_429: 0.1, rate_503: 0.1, ..Faults::default() });
    let items = world.walk(&campaigns(), 50).await;
    assert_eq!(sorted(ids(&items)), sorted(expected(&world)));
    let failed = world.state().calls().iter().filter(|call| matches!(call.status, Some(429 | 503))).count();
    assert!(failed > 0, "faults were injected");
}

pub(crate) async fn the_first_item_comes_soon_whatever_the_report_costs() {
    let world = World::start().await;
    for variants in [Variants::default(), Variants { future_days_cost: true, ..Variants::default() }] {
        world.state().set_variants(variants);
        // A tenth of the real latency against a tenth of the deadline would not tell the two apart from noise:
        // the virtual clock only sums up what would have been waited for.
        world.state().set_latency(Latency {
            report: ReportLatency::Real,
            virtual_time: true,
            ..Latency::default()
        });
        world.state().clear_calls();
        let page = world
            .client
            .get(&format!("{}?integrated_account_id={ACCOUNT}&limit=1&next_cursor=", campaigns()))
            .await
            .ok();
        assert_eq!(page["result_count"], 1, "{page}");
    }
}

pub(crate) async fn values_are_the_sandboxs() {
    let world = World::start().await;
    let truth: BTreeMap<String, _> = world
        .state()
        .campaigns(PROJECT)
        .into_iter()
        .map(|campaign| (campaign.id.to_string(), campaign))
        .collect();
    for item in world.walk(&campaigns(), 500).await {
        let known = &truth[item["remote_id"].as_str().expect("an id")];
        assert_eq!(item["name"], known.name.as_str());
        assert_eq!(item["created_via"], if known.created_via_api { "api" } else { "dashboard" });
        assert_eq!(item["status_remote"], known.status.as_str());
        assert_ne!(item["status"], "OTHER", "{item}");
        assert_ne!(item["channel"], "other", "{item}");
        let day = known.start.get(0..10).expect("a date").replace('-', "");
        let prefix = if known.created_via_api { "api" } else { "msg" };
        assert_eq!(item["id"], format!("{prefix}-{day}-{}", known.id));
        if known.total.sent > 0 {
            assert_eq!(item["metrics"]["sent"], known.total.sent, "{item}");
            assert_eq!(item["metrics"]["clicks"], known.total.clicked);
            let views = if item["channel"] == "email" { "opens" } else { "impressions" };
            assert_eq!(item["metrics"][views], known.total.viewed);
        }
        assert_eq!(
            item["emails_sent"].is_u64(),
            item["channel"] == "email" && item["metrics"]["sent"].is_u64()
        );
        assert!(item["unique_opens"].is_null());
        assert!(item["remote_data"]["message_report"].is_object());
    }
}

pub(crate) async fn filters_and_sources() {
    let world = World::start().await;
    let truth = world.state().campaigns(PROJECT);
    let all = expected(&world);
    let inside = |id: &i64| all.contains(&id.to_string());
    let api = world.walk(&format!("{}?source=api", campaigns()), 100).await;
    let api_known = truth.iter().filter(|campaign| campaign.created_via_api && inside(&campaign.id)).count();
    assert_eq!(api.len(), api_known);
    let dashboard = world.walk(&format!("{}?source=dashboard", campaigns()), 100).await;
    assert_eq!(dashboard.len() + api.len(), all.len());
    let email = world.walk(&format!("{}?channel=email&status=COMPLETED,STOPPED", campaigns()), 100).await;
    let email_known = truth
        .iter()
        .filter(|campaign| {
            inside(&campaign.id)
                && campaign.channel_key == "email"
                && ["completed", "stopped"].contains(&campaign.status.as_str())
        })
        .count();
    assert_eq!(email.len(), email_known);
    for (query, word) in [
        ("created_at%5Bgte%5D=2026-01-01", "scheduled_at"),
        ("updated_at[gt]=2026-01-01", "scheduled_at"),
        ("status=nope", "RUNNING"),
        ("channel=pigeon", "email"),
        ("limit=0", "500"),
        ("limit=501", "500"),
        ("limit=ten", "500"),
        ("foo=bar", "foo"),
        ("next_cursor=garbage", "start from the beginning"),
        ("scheduled_at[gte]=yesterday", "an instant such as"),
        ("source=elsewhere", "dashboard"),
    ] {
        let answer =
            world.client.get(&format!("{}?integrated_account_id={ACCOUNT}&{query}", campaigns())).await;
        assert_eq!(answer.status, 400, "{query}: {}", answer.json());
        assert!(
            answer.json()["message"].as_str().expect("a message").contains(word),
            "{query}: {}",
            answer.json()
        );
    }
}

/// One campaign says in its metrics how fresh they are, which of a list its envelope says.
fn without_freshness(mut campaign: Value) -> Value {
    let metrics = campaign["metrics"].as_object_mut().expect("metrics");
    for name in ["fetched_at", "as_of", "documented_lag"] {
        assert!(metrics.remove(name).is_some(), "{name}");
    }
    campaign
}

pub(crate) async fn get_by_either_id() {
    let world = World::start().await;
    let listed = world.walk(&format!("{}?channel=push", campaigns()), 10).await;
    let one = &listed[0];
    world.state().clear_calls();
    let by_ours = world
        .client
        .get(&format!(
            "{}/{}?integrated_account_id={ACCOUNT}",
            campaigns(),
            one["id"].as_str().expect("an id")
        ))
        .await
        .ok();
    assert_eq!(&without_freshness(by_ours), one);
    assert_eq!(world.state().calls().len(), 2, "one window of both lists");
    let by_theirs = world
        .client
        .get(&format!(
            "{}/{}?integrated_account_id={ACCOUNT}",
            campaigns(),
            one["remote_id"].as_str().expect("an id")
        ))
        .await
        .ok();
    assert_eq!(&without_freshness(by_theirs), one);
    let missing = world
        .client
        .get(&format!("{}/api-20260101-424242?integrated_account_id={ACCOUNT}", campaigns()))
        .await;
    assert_eq!((missing.status, missing.json()["code"].as_str()), (404, Some("not_found")));
    let bad = world.client.get(&format!("{}/nonsense?integrated_account_id={ACCOUNT}", campaigns())).await;
    assert_eq!(bad.status, 400);
}

pub(crate) async fn every_form_of_a_start_gives_the_same_list() {
    use clevertap_sandbox::ScheduledOn;
    let world = World::start().await;
    let expected = sorted(expected(&world));
    for scheduled_on in [ScheduledOn::Packed, ScheduledOn::Text, ScheduledOn::Epoch] {
        world.state().set_variants(Variants { scheduled_on, ..Variants::default() });
        assert_eq!(sorted(ids(&world.walk(&campaigns(), 100).await)), expected, "{scheduled_on:?}");
    }
    world.state().set_variants(Variants { list_all_campaigns: true, ..Variants::default() });
    assert_eq!(sorted(ids(&world.walk(&campaigns(), 100).await)), expected);
    world.state().set_variants(Variants { report_without_api_campaigns: true, ..Variants::default() });
    assert_eq!(sorted(ids(&world.walk(&campaigns(), 100).await)), expected);
}

pub(crate) async fn trutos_forms() {
    let world = World::start().await;
    let page = format!("{}?integrated_account_id={ACCOUNT}&limit=3", campaigns());
    let plain = world.client.get(&page).await;
    let body = plain.ok();
    assert!(plain.header("link").is_some_and(|link| link.contains("rel=\"next\"")));
    assert!(plain.header("x-request-id").is_some());
    assert_eq!(body["limit"], 3);
    let without = world.client.get(&format!("{page}&truto_ignore_remote_data=true")).await.ok();
    assert!(without["result"][0].get("remote_data").is_none());
    for form in [
        "truto_exclude_fields%5B0%5D=name&truto_exclude_fields%5B1%5D=status",
        "truto_exclude_fields=name,status",
    ] {
        let excluded = world.client.get(&format!("{page}&{form}")).await.ok();
        assert!(
            excluded["result"][0].get("name").is_none() && excluded["result"][0].get("status").is_none(),
            "{form}"
        );
    }
    let keyed = world.client.get(&format!("{page}&truto_key_by=remote_id")).await.ok();
    let first = body["result"][0]["remote_id"].as_str().expect("an id");
    assert_eq!(keyed["result"][first]["name"], body["result"][0]["name"]);
    for unsupported in ["truto_super_query=apac", "truto_response_format=stream", "remote_query[foo]=bar"] {
        let answer = world.client.get(&format!("{page}&{unsupported}")).await;
        assert_eq!(answer.status, 400, "{unsupported}");
    }
    let posted = world.client.post(&page, &json!([])).await;
    assert_eq!(posted.status, 400, "a list is no campaign");
}
