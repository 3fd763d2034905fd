//! provider.wasm, called through the WIT interface.

use component_tests::{ACCOUNT, PASSCODE, UNIFIED, World};
use marketing_automation_host::CallError;
use serde_json::{Value, json};

fn fault(result: Result<Value, CallError>) -> Value {
    match result {
        Err(CallError::Fault(fault)) => fault,
        other => panic!("no fault: {other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lists_what_the_service_lists() {
    let world = World::start().await;
    let mut session = world.provider().open(&world.connection()).await.expect("it opens");
    let page = session
        .call(
            "campaigns",
            "list",
            &[json!({"paging": {"limit": 20}, "statuses": [], "channels": [], "include-remote": false})],
        )
        .await
        .expect("a page");
    let service =
        world.client.get(&format!("{UNIFIED}/campaigns?limit=20&integrated_account_id={ACCOUNT}")).await.ok();
    let ids = |items: &Value, key: &str| {
        items.as_array().expect("a list").iter().map(|item| item[key].clone()).collect::<Vec<_>>()
    };
    assert_eq!(ids(&page["items"], "remote-id"), ids(&service["result"], "remote_id"));
    assert_eq!(ids(&page["items"], "scheduled-at"), ids(&service["result"], "scheduled_at"));
    assert!(page["page"]["next-cursor"].is_string());
    let one = session.call("campaigns", "get", &[page["items"][0]["id"].clone()]).await.expect("one");
    assert_eq!(one["name"], page["items"][0]["name"]);
    let report = session
        .call("reports", "query", &[json!({"campaign-ids": [page["items"][0]["id"]], "channels": []})])
        .await
        .expect("a report");
    assert!(report["page"]["coverage"]["complete"].is_boolean(), "{report}");
    assert_eq!(report["freshness"]["documented-lag"], "PT4H", "{report}");
    assert!(report["freshness"]["fetched-at"].as_str().is_some_and(|time| time.ends_with('Z')), "{report}");
    assert!(report["rows"][0]["row-key"].as_str().is_some_and(|key| !key.is_empty()), "{report}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn passes_requests_through() {
    let world = World::start().await;
    let mut session = world.provider().open(&world.connection()).await.expect("it opens");
    let request = json!({"method": "POST", "path": "/1/targets/list.json", "headers": [["content-type", "application/json"]], "body": r#"{"from":20260101,"to":20260131}"#});
    let response = session.call("passthrough", "send", &[request]).await.expect("an answer");
    assert_eq!(response["status"], 200);
    let away = fault(
        session
            .call(
                "passthrough",
                "send",
                &[json!({"method": "GET", "path": "//evil.test/", "headers": [], "body": ""})],
            )
            .await,
    );
    assert!(away.get("invalid").is_some(), "{away}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn faults_are_typed_and_hold_no_secret() {
    let world = World::start().await;
    let wrong = json!({"id": "", "project-id": "a b", "passcode": "pass word\u{7}", "region": "mars1", "timezone": "Mars/Olympus", "endpoint": "ftp://x/"});
    let invalid = match world.provider().open(&wrong).await {
        Err(CallError::Fault(fault)) => fault,
        other => panic!("{:?}", other.err()),
    };
    let text = invalid.to_string();
    for field in ["id", "project", "passcode", "region", "timezone", "endpoint"] {
        assert!(text.contains(field), "{field}: {text}");
    }
    assert!(!text.contains("pass word"), "{text}");
    world.state().set_passcode(component_tests::PROJECT, "rotated");
    let mut session = world.provider().open(&world.connection()).await.expect("it opens");
    let refused = fault(session.call("accounts", "verify", &[]).await);
    assert!(refused.get("unauthorized").is_some(), "{refused}");
    assert!(!refused.to_string().contains(PASSCODE));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn verify_uses_the_connect_call() {
    let world = World::start().await;
    let mut session = world.provider().open(&world.connection()).await.expect("it opens");
    let verified = session.call("accounts", "verify", &[]).await.expect("accepted");
    assert_eq!(verified["checked-with"], "GET /v1/connect", "{verified}");
}

/// Rows in hand need nobody: what the interface takes and gives, and how it refuses.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn audiences_are_typed() {
    let world = World::start().await;
    let mut session = world.provider().open(&world.connection()).await.expect("it opens");
    let order = |destination: &str, operation: &str| {
        json!({"destination": destination, "operation": operation, "columns": ["email"], "fields": [["email", "Mail"]],
               "limited-data-use": false, "google": {"destinations": []}})
    };
    let rows = json!({"rows": [json!({"custom_fields": {"Mail": "John_Smith@gmail.com"}}).to_string(), "{\"email\": \"nobody\"}"]});
    let call = [order("meta-api", "add"), rows.clone(), Value::Null];
    let page = session.call("audiences", "export", &call).await.expect("it is exported");
    let batch = &page["batches"][0];
    assert_eq!(batch["method"], "POST");
    let payload: Value = serde_json::from_str(batch["payload"].as_str().expect("text")).expect("JSON");
    assert_eq!(
        payload["payload"]["data"],
        json!([["62a14e44f765419d10fea99367361a727c12365e2520f32218d505ed9aa0f62f"]])
    );
    assert_eq!((&page["counts"]["people-read"], &page["counts"]["rows"]), (&json!(2), &json!(1)));
    assert_eq!(page["counts"]["fields-dropped"][0]["reason"], "malformed");
    let replace = [order("google-data-manager", "replace"), rows.clone(), Value::Null];
    let refused = fault(session.call("audiences", "export", &replace).await);
    assert!(refused.get("unsupported").is_some(), "{refused}");
    let nowhere = [order("google-data-manager", "add"), rows, Value::Null];
    let wrong = fault(session.call("audiences", "export", &nowhere).await);
    assert_eq!(wrong["invalid"][0]["field"], "order.google.destinations", "{wrong}");
}
