//! Every documented endpoint of CleverTap's can be reached: by name through `/proxy`, one to one through
//! `/custom`, and through the provider's `passthrough`.

use clevertap_sandbox::Config;
use component_tests::{ACCOUNT, PROJECT, World, request};
use marketing_automation::clevertap::operation::{OPERATIONS, Operation};
use serde_json::{Value, json};

/// The path with something in the place of its parameters.
fn filled(operation: &Operation) -> String {
    operation.path.replace("{id}", "7")
}

/// The method and target under `/proxy`. Parameters of CleverTap's path, and ids that are no part of its address,
/// are named in the query or the body.
fn proxied(operation: &Operation) -> (&'static str, String) {
    let resource = operation.resource;
    let own = if operation.path.contains("{id}") { "&id=7" } else { "" };
    let query = format!("integrated_account_id={ACCOUNT}{own}");
    let by_id = ["profile.get", "profiles.delete", "segments.get", "localised_content_blocks.get"];
    let id = if by_id.contains(&operation.name) { "/7" } else { "" };
    match operation.proxy_method {
        "list" => ("GET", format!("{resource}?{query}")),
        "get" => ("GET", format!("{resource}{id}?{query}")),
        "create" => ("POST", format!("{resource}?{query}")),
        "update" => ("PATCH", format!("{resource}?{query}")),
        "delete" => ("DELETE", format!("{resource}{id}?{query}")),
        method => ("POST", format!("{resource}/{method}?{query}")),
    }
}

fn takes_body(method: &str) -> bool {
    matches!(method, "POST" | "PUT" | "PATCH")
}

/// Whether the sandbox, whose table of endpoints is its own, saw this one called, and knows it.
fn reached(world: &World, operation: &Operation, answer: &str) -> bool {
    let path = filled(operation);
    let known = !answer.contains("no such endpoint") && !answer.contains("Method Not Allowed");
    known
        && world.state().calls().iter().any(|call| {
            call.method == operation.method
                && call.path == path
                && call.header("x-clevertap-account-id") == Some(PROJECT)
        })
}

pub(crate) async fn every_endpoint_is_reached_by_custom_and_passthrough() {
    let world = World::with(Config { campaigns: 5, profiles: 5, events: 5, ..Config::default() }).await;
    let provider = world.provider();
    for operation in OPERATIONS {
        world.state().clear_calls();
        let target = format!("/custom{}?integrated_account_id={ACCOUNT}", filled(operation));
        let body = takes_body(operation.method).then(|| json!({}));
        let answer = world.client.send(request(operation.method, &target, body.as_ref())).await;
        let text = String::from_utf8_lossy(&answer.bytes);
        assert!(reached(&world, operation, &text), "{} by /custom: {answer:?}", operation.name);

        world.state().clear_calls();
        let body = if takes_body(operation.method) { "{}" } else { "" };
        let call = json!({"method": operation.method, "path": filled(operation), "headers": [["content-type", "application/json"]], "body": body});
        let mut session = provider.open(&world.connection()).await.expect("it opens");
        let answer = session.call("passthrough", "send", &[call]).await.expect("an answer");
        assert!(
            reached(&world, operation, &answer.to_string()),
            "{} by passthrough: {answer}",
            operation.name
        );
    }
}

pub(crate) async fn every_endpoint_is_reached_by_name() {
    let world = World::with(Config { campaigns: 5, profiles: 5, events: 5, ..Config::default() }).await;
    let mut missed = Vec::new();
    for operation in OPERATIONS {
        world.state().clear_calls();
        let (method, target) = proxied(operation);
        let target = format!("/proxy/{target}");
        let body: Option<Value> =
            (takes_body(method) && takes_body(operation.method)).then(|| json!({"event_name": "Charged"}));
        let answer = world.client.send(request(method, &target, body.as_ref())).await;
        if !reached(&world, operation, &String::from_utf8_lossy(&answer.bytes)) {
            missed.push(format!(
                "{} by {method} {target}: {} {}",
                operation.name,
                answer.status,
                String::from_utf8_lossy(&answer.bytes)
            ));
        }
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

/// The endpoints of CleverTap's documentation and public code, written down once more, from its pages.
const DOCUMENTED: &[(&str, &str)] = &[
    ("POST", "/1/upload"),
    ("GET", "/1/profile.json"),
    ("POST", "/1/profiles.json"),
    ("POST", "/1/events.json"),
    ("POST", "/1/counts/events.json"),
    ("POST", "/1/counts/profiles.json"),
    ("POST", "/1/counts/top.json"),
    ("POST", "/1/counts/trends.json"),
    ("POST", "/1/now.json"),
    ("POST", "/1/message/report.json"),
    ("POST", "/1/targets/create.json"),
    ("POST", "/1/targets/estimate.json"),
    ("POST", "/1/targets/list.json"),
    ("POST", "/1/targets/result.json"),
    ("POST", "/1/targets/stop.json"),
    ("POST", "/1/targets/trigger.json"),
    ("POST", "/1/send/push.json"),
    ("POST", "/1/send/email.json"),
    ("POST", "/1/send/sms.json"),
    ("POST", "/1/send/webpush.json"),
    ("POST", "/1/send/whatsapp.json"),
    ("POST", "/1/send/externaltrigger.json"),
    ("POST", "/2/send/externaltrigger.json"),
    ("POST", "/1/delete/profiles.json"),
    ("POST", "/1/demerge/profiles.json"),
    ("POST", "/1/subscribe"),
    ("POST", "/1/disassociate"),
    ("POST", "/get_custom_list_segment_url"),
    ("POST", "/upload_custom_list_segment_completed"),
    ("POST", "/api/createSegment"),
    ("POST", "/api/updateSegment"),
    ("POST", "/get_catalog_url"),
    ("GET", "/get_multipart_upload_catalog_url"),
    ("POST", "/upload_catalog_completed"),
    ("GET", "/v2/catalogs"),
    ("POST", "/v2/catalogs"),
    ("GET", "/v2/catalogs/signedurl"),
    ("POST", "/v2/catalogs/signedurl/complete"),
    ("POST", "/v2/catalogs/{id}/products"),
    ("POST", "/v2/catalogs/{id}/products/bulk"),
    ("GET", "/getSchema"),
    ("GET", "/category-groups"),
    ("GET", "/v1/contentBlock/list"),
    ("POST", "/v1/email/templates/create"),
    ("POST", "/1/createVars"),
    ("POST", "/1/getVars"),
    ("POST", "/1/deleteVars"),
    ("GET", "/1/promo/wallets"),
    ("GET", "/1/promo/transactions"),
    ("POST", "/1/promo/coupons"),
    ("POST", "/1/promo/coupons/validate"),
    ("POST", "/1/redeem-revert-coupon.json"),
    ("GET", "/1/promo/vouchers"),
    ("POST", "/1/update/templateIds.json"),
    ("GET", "/attribution"),
    ("GET", "/v1/connect"),
];

#[test]
fn every_documented_endpoint_has_a_name() {
    for (method, path) in DOCUMENTED {
        let known = OPERATIONS.iter().any(|row| row.method == *method && row.path == *path);
        assert!(known, "{method} {path}");
    }
}
