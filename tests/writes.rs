//! Writes: nobody is messaged twice, and what is in doubt is said.

use clevertap_sandbox::{Fault, TriggerKind};
use component_tests::{ACCOUNT, PROJECT, UNIFIED, World};
use serde_json::{Value, json};

fn at(method: &str) -> String {
    format!("{UNIFIED}/campaigns{method}?integrated_account_id={ACCOUNT}")
}

fn campaign() -> Value {
    json!({
        "name": "Order update", "channel": "push", "audience": "everyone", "content": {"title": "Hi", "body": "There"},
        "remote_data": {"when": "now", "devices": ["android"]}
    })
}

/// Dashboard campaigns that an external trigger sets off.
fn triggered(world: &World) -> Vec<String> {
    world
        .state()
        .campaigns(PROJECT)
        .into_iter()
        .filter(|campaign| campaign.delivery == "api")
        .map(|campaign| campaign.id.to_string())
        .collect()
}

fn dunning(world: &World) -> Value {
    json!({"campaign_id": triggered(world)[0], "to": {"identities": ["u1", "u2"]}, "data": {"amount": "9.90"}})
}

pub(crate) async fn create_estimate_stop_trigger() {
    let world = World::start().await;
    let estimate = world.client.post(&at("/estimate"), &campaign()).await.ok();
    assert!(estimate["result"]["total"].is_u64(), "{estimate}");
    assert!(world.state().created().is_empty(), "an estimate creates nothing");

    let created = world.client.post(&at(""), &campaign()).await.ok();
    let stored = world.state().created();
    assert_eq!(stored.len(), 1);
    assert_eq!(created["remote_id"], stored[0].id.to_string());
    assert_eq!((created["name"].as_str(), created["channel"].as_str()), (Some("Order update"), Some("push")));
    assert_eq!(stored[0].body["target_mode"], "push");
    assert_eq!(stored[0].body["devices"], json!(["android"]), "remote_data reaches CleverTap");

    let read = world
        .client
        .get(&format!("{UNIFIED}/campaigns/{}?integrated_account_id={ACCOUNT}", stored[0].id))
        .await
        .ok();
    assert_eq!(read["name"], "Order update");

    let stopped = world.client.post(&at("/stop"), &json!({"id": created["id"]})).await.ok();
    assert_eq!(stopped["result"]["id"], created["id"]);

    world.client.post(&at("/trigger"), &dunning(&world)).await.ok();
    let ids = triggered(&world);
    let two = json!({"campaign_ids": [ids[0], format!("msg-20260101-{}", ids[1])], "to": {"emails": ["a@example.com"]}});
    world.client.post(&at("/trigger"), &two).await.ok();
    let triggers = world.state().triggers();
    assert_eq!(
        triggers.iter().map(|trigger| trigger.kind).collect::<Vec<_>>(),
        [TriggerKind::ExternalV1, TriggerKind::ExternalV2]
    );
    assert_eq!(triggers[0].body["ExternalTrigger"]["amount"], "9.90");
    assert_eq!(triggers[1].campaign_ids.iter().map(ToString::to_string).collect::<Vec<_>>(), ids[0..2]);
}

pub(crate) async fn a_lost_answer_is_unknown_and_stored_once() {
    for fault in [Fault::StoreThen503, Fault::StoreThenCut, Fault::CutBody, Fault::StoreThenHang] {
        let world =
            World::with_env(Default::default(), &[("MARKETING_AUTOMATION_DEADLINE_MS", "1500")]).await;
        world.state().script("/1/targets/create.json", vec![fault]);
        let answer = world.client.post(&at(""), &campaign()).await;
        let problem = answer.json();
        assert_eq!(
            (problem["code"].as_str(), problem["retryable"].as_bool()),
            (Some("unknown_outcome"), Some(false)),
            "{fault:?} {problem}"
        );
        assert_eq!(world.state().created().len(), 1, "{fault:?}");

        world.state().script("/1/send/externaltrigger.json", vec![fault]);
        let problem = world.client.post(&at("/trigger"), &dunning(&world)).await.json();
        assert_eq!(problem["code"], "unknown_outcome", "{fault:?} {problem}");
        assert_eq!(world.state().triggers().len(), 1, "{fault:?}");

        world.state().script("/1/send/push.json", vec![fault]);
        let body =
            json!({"to": {"Identity": ["u1"]}, "tag_group": "t", "content": {"title": "t", "body": "b"}});
        let problem = world
            .client
            .post(&format!("/proxy/messages/push?integrated_account_id={ACCOUNT}"), &body)
            .await
            .json();
        assert_eq!(problem["code"], "unknown_outcome", "{fault:?} {problem}");
        assert_eq!(world.state().sends().len(), 1, "{fault:?} {:?}", world.state().calls().last());
    }
}

pub(crate) async fn what_surely_did_not_happen_is_done_again() {
    let world = World::start().await;
    world.state().script("/1/targets/create.json", vec![Fault::Status(429), Fault::Status429As200]);
    world.client.post(&at(""), &campaign()).await.ok();
    assert_eq!(world.state().created().len(), 1);
    // A stop and an estimate may be repeated whatever became of the first.
    world.state().script("/1/targets/stop.json", vec![Fault::StoreThenCut]);
    let id = world.state().created()[0].id.to_string();
    world.client.post(&at("/stop"), &json!({"id": id})).await.ok();
    world.state().script("/1/targets/create.json", vec![Fault::Status(503)]);
    world.client.post(&at("/estimate"), &campaign()).await.ok();
    assert_eq!(world.state().created().len(), 1);
}

pub(crate) async fn bad_bodies_name_every_field_and_send_nothing() {
    let world = World::start().await;
    for (method, body, words) in [
        ("", json!({}), vec!["name", "channel", "content", "audience"]),
        ("", json!({"name": 1, "channel": "fax", "foo": 1}), vec!["name", "channel", "foo"]),
        ("/estimate", json!({"name": "x"}), vec!["channel"]),
        ("/stop", json!({}), vec!["id"]),
        ("/stop", json!({"id": "x"}), vec!["accepted are"]),
        ("/trigger", json!({}), vec!["campaign_id", "to"]),
        (
            "/trigger",
            json!({"campaign_ids": ["1", "2", "3", "4", "5", "6"], "to": {"identities": ["u"]}}),
            vec!["1 to 5"],
        ),
        ("/trigger", json!({"campaign_id": "1", "to": {"identities": [""]}}), vec!["to.identities[0]"]),
    ] {
        let answer = world.client.post(&at(method), &body).await;
        let problem = answer.json();
        assert_eq!(answer.status, 400, "{body} {problem}");
        for word in words {
            assert!(problem["message"].as_str().expect("a message").contains(word), "{word}: {problem}");
        }
    }
    assert!(world.state().calls().is_empty());
}

pub(crate) async fn a_campaign_that_is_not_there_is_a_404() {
    let world = World::start().await;
    let stop = world.client.post(&at("/stop"), &json!({"id": "424242"})).await;
    assert_eq!((stop.status, stop.json()["code"].as_str()), (404, Some("not_found")), "{}", stop.json());
    let trigger = json!({"campaign_id": "424242", "to": {"identities": ["u"]}});
    assert_eq!(world.client.post(&at("/trigger"), &trigger).await.status, 404);
}
