//! Every row of the endpoint table answers, and the stateful ones remember.

mod support;

use std::collections::BTreeMap;

use clevertap_sandbox::Variants;
use serde_json::{Value, json};
use support::{Fixture, PROJECT, array};

/// A call that each endpoint accepts: method and path of the table, what to
/// append to the path or put for `{}`, and the body.
fn samples(campaign: i64) -> Vec<(&'static str, &'static str, &'static str, Value)> {
    let query = || json!({ "event_name": "Charged", "from": 20_260_101, "to": 20_260_120 });
    let grouped = |group: Value| {
        let mut query = query();
        query["groups"] = json!({ "g": group });
        query
    };
    let send = || json!({ "to": { "Identity": ["user-1"] }, "content": { "body": "Hi" } });
    let order = || json!({ "name": "n", "target_mode": "push", "where": {}, "content": { "body": "b" } });
    let to = || json!({ "identity": ["user-1"] });
    let window = || json!({ "from": 20_260_101, "to": 20_260_107 });
    let post = "POST";
    vec![
        (post, "/1/upload", "", json!({ "d": [] })),
        ("GET", "/1/profile.json", "?identity=user-1", Value::Null),
        (post, "/1/profiles.json", "", query()),
        (
            "GET",
            "/1/profiles.json",
            "?query=%7B%22event_name%22%3A%22Charged%22%2C%22from%22%3A20260101%2C%22to%22%3A20260120%7D",
            Value::Null,
        ),
        (post, "/1/events.json", "?batch_size=100", query()),
        (
            "GET",
            "/1/events.json",
            "?query=%7B%22event_name%22%3A%22Charged%22%2C%22from%22%3A20260101%2C%22to%22%3A20260120%7D",
            Value::Null,
        ),
        (post, "/1/counts/events.json", "", query()),
        ("GET", "/1/counts/events.json", "", query()),
        (post, "/1/counts/profiles.json", "", query()),
        ("GET", "/1/counts/profiles.json", "", query()),
        (
            post,
            "/1/counts/top.json",
            "",
            grouped(json!({ "property_type": "event_properties", "name": "Currency" })),
        ),
        (
            "GET",
            "/1/counts/top.json",
            "",
            grouped(json!({ "property_type": "event_properties", "name": "Currency" })),
        ),
        (post, "/1/counts/trends.json", "", grouped(json!({ "trend_type": "daily" }))),
        ("GET", "/1/counts/trends.json", "", grouped(json!({ "trend_type": "daily" }))),
        (post, "/1/now.json", "", json!({})),
        (post, "/1/message/report.json", "", window()),
        (post, "/1/targets/list.json", "", window()),
        (post, "/1/targets/result.json", "", json!({ "id": campaign })),
        (post, "/1/targets/create.json", "", order()),
        (post, "/1/targets/estimate.json", "", order()),
        (post, "/1/targets/stop.json", "", json!({ "id": campaign })),
        (post, "/1/targets/trigger.json", "", json!({ "business_event": "b", "name": "n" })),
        (post, "/1/send/push.json", "", send()),
        (post, "/1/send/email.json", "", send()),
        (post, "/1/send/sms.json", "", send()),
        (post, "/1/send/webpush.json", "", send()),
        (post, "/1/send/whatsapp.json", "", send()),
        (
            post,
            "/1/send/externaltrigger.json",
            "",
            json!({ "to": to(), "campaign_id": campaign.to_string() }),
        ),
        (post, "/2/send/externaltrigger.json", "", json!({ "to": to(), "campaign_id_list": [campaign] })),
        (post, "/1/delete/profiles.json", "", json!({ "identity": "user-9" })),
        (post, "/1/demerge/profiles.json", "", json!({ "identities": ["user-8"] })),
        (
            post,
            "/1/subscribe",
            "",
            json!({ "d": [{ "type": "email", "value": "a@b.c", "status": "Resubscribe" }] }),
        ),
        (post, "/1/disassociate", "", json!({ "d": [{ "type": "phone", "value": "+919213231415" }] })),
        (post, "/get_custom_list_segment_url", "", Value::Null),
        (post, "/api/createSegment", "", json!([{ "segment_name": "s", "customer_segment_id": "c" }])),
        (
            post,
            "/api/updateSegment",
            "",
            json!({ "bulk_profiles": [{ "user_profiles": [{ "identity": "user-1" }], "segments": [{ "action": "ADD", "customer_segment_id": "c" }] }] }),
        ),
        (post, "/1/segments/list.json", "", json!({ "page": 1, "limit": 10 })),
        (post, "/1/segments/get.json", "", json!({ "segment_id": 1234 })),
        (post, "/get_catalog_url", "", Value::Null),
        ("GET", "/get_multipart_upload_catalog_url", "?totalParts=3", Value::Null),
        (
            post,
            "/upload_catalog_completed",
            "",
            json!({ "name": "n", "creator": "c", "email": "a@b.c", "url": "u" }),
        ),
        (post, "/v2/catalogs", "", json!({ "name": "Shoes" })),
        ("GET", "/v2/catalogs", "", Value::Null),
        ("GET", "/v2/catalogs/signedurl", "?catalogId=1", Value::Null),
        (post, "/v2/catalogs/signedurl/complete", "", json!({ "uploadId": "upload-1" })),
        ("GET", "/v2/catalogs/{}", "1", Value::Null),
        ("PUT", "/v2/catalogs/{}", "1", json!({ "name": "Boots" })),
        (post, "/v2/catalogs/{}/products", "1", json!({ "Identity": "p" })),
        (post, "/v2/catalogs/{}/products/bulk", "1", json!([{ "Identity": "p" }])),
        ("DELETE", "/v2/catalogs/{}", "1", Value::Null),
        ("GET", "/getSchema", "?type=userProperties", Value::Null),
        ("GET", "/category-groups", "", Value::Null),
        ("GET", "/v1/contentBlock/list", "?pageNumber=1&pageSize=2", Value::Null),
        (post, "/v1/contentBlock/create", "", json!({ "name": "b" })),
        ("GET", "/v1/contentBlock/localise/list", "", Value::Null),
        ("GET", "/v1/contentBlock/localise/info", "?id=9001", Value::Null),
        (post, "/v1/contentBlock/localise/upsert", "", json!({ "pid": 1 })),
        (post, "/v1/email/templates/create", "", json!({ "templateName": "t" })),
        ("GET", "/v1/email/templates", "", Value::Null),
        ("GET", "/v1/email/templates/localise/", "?templateId=1", Value::Null),
        (post, "/v1/email/templates/localise/upsert", "", json!({ "templateId": 1 })),
        ("GET", "/v1/email/templates/{}", "1", Value::Null),
        ("PUT", "/v1/email/templates/{}", "1", json!({ "templateName": "u" })),
        ("DELETE", "/v1/email/templates/{}", "1", Value::Null),
        (
            post,
            "/1/createVars",
            "",
            json!({ "variableDefinitions": { "v": { "type": "string", "defaultValue": "x" } } }),
        ),
        (post, "/1/getVars", "", json!({ "identity": "user-1", "includeDefaults": true })),
        (post, "/1/deleteVars", "", json!({ "variableNames": ["v"] })),
        ("GET", "/1/promo/wallets", "?identity=user-1", Value::Null),
        ("GET", "/1/promo/transactions", "?identity=user-1&walletId=1000&page=1", Value::Null),
        (post, "/1/promo/coupons", "?identity=user-1", Value::Null),
        (post, "/1/promo/coupons/validate", "?identity=user-1", json!({})),
        (post, "/1/redeem-revert-coupon.json", "?identity=user-1&type=redeem", json!({})),
        ("GET", "/1/promo/vouchers", "?identity=user-1", Value::Null),
        ("GET", "/2/promo/vouchers/assign", "?identity=user-1", Value::Null),
        (post, "/1/update/templateIds.json", "", json!([{ "campaign_id": 1, "template_id": "t" }])),
        ("GET", "/attribution", "?partner_name=p", Value::Null),
        ("GET", "/v1/connect", "?partner=p", Value::Null),
    ]
}

#[tokio::test]
async fn every_endpoint_answers_its_sample() {
    let fixture = Fixture::start().await;
    let campaign = fixture.campaigns().iter().find(|c| c.status == "completed").expect("one").id;
    let mut table: BTreeMap<(String, String), bool> = BTreeMap::new();
    for row in fixture.get("/__sandbox/endpoints").await.json().as_array().expect("rows") {
        let text = |key: &str| row[key].as_str().expect("a text").to_owned();
        assert!(text("source").contains("section "), "{row}");
        table.insert((text("method"), text("path")), row["writes"] == true);
    }
    // Has a step before it: its own test is below.
    table.remove(&("POST".to_owned(), "/upload_custom_list_segment_completed".to_owned()));
    for (method, path, extra, body) in samples(campaign) {
        let known = table.remove(&(method.to_owned(), path.to_owned()));
        assert!(known.is_some(), "{method} {path} is in the table once");
        let target = if path.contains("{}") { path.replace("{}", extra) } else { format!("{path}{extra}") };
        let answer = fixture.call(method, &target, &body).await.expect("an answer");
        assert!(matches!(answer.status, 200 | 201), "{method} {target}: {}", answer.text());
        assert_eq!(answer.json()["status"].as_str().unwrap_or("success"), "success", "{target}");
    }
    assert!(table.is_empty(), "without a sample: {table:?}");
}

#[tokio::test]
async fn writes_are_remembered() {
    let fixture = Fixture::start().await;
    let body = json!({ "identities": ["a"] });
    fixture.ok("/1/demerge/profiles.json", body.clone()).await;
    let writes = fixture.state().writes();
    assert_eq!((writes[0].path.as_str(), &writes[0].body), ("/1/demerge/profiles.json", &body));
    fixture.ok("/1/createVars", json!({ "variableDefinitions": { "v": { "defaultValue": 7 } } })).await;
    let vars = fixture.ok("/1/getVars", json!({ "identity": "user-1" })).await;
    assert_eq!(vars["vars"], json!({ "v": 7 }));
    fixture.ok("/1/deleteVars", json!({ "deleteAllVars": true })).await;
    assert_eq!(fixture.ok("/1/getVars", json!({ "identity": "user-1" })).await["vars"], json!({}));
}

#[tokio::test]
async fn a_custom_list_takes_three_steps() {
    let fixture = Fixture::start().await;
    let signed = fixture.ok("/get_custom_list_segment_url", Value::Null).await;
    let url = signed["presignedS3URL"].as_str().expect("a URL").to_owned();
    let target = url.strip_prefix(&fixture.sandbox.url()).expect("on the sandbox itself");
    let complete = |name: &str, replace: bool| {
        json!({ "name": name, "email": "admin@example.com", "filename": "l.csv", "creator": "c",
                "url": url, "replace": replace })
    };
    let path = "/upload_custom_list_segment_completed";
    assert_eq!(fixture.post(path, complete("VIP", false)).await.status, 400, "nothing there yet");

    let csv = "Type,Identity\ni,user-1\ng,abc\n";
    let with_credentials = [("x-clevertap-account-id", PROJECT)];
    let put = async |target: &str, headers: &[(&str, &str)]| {
        fixture.send("PUT", target, headers, csv).await.expect("an answer").status
    };
    assert_eq!(put(target, &with_credentials).await, 400, "no credentials go to storage");
    assert_eq!(put(&target.replace("Signature=", "Signature=0"), &[]).await, 403);
    assert_eq!(put(target, &[]).await, 200);
    let done = fixture.ok(path, complete("VIP", false)).await;
    assert_eq!(done, json!({ "Segment ID": 1234, "status": "success", "code": 200 }));
    let members = fixture.state().segments(PROJECT)[0].members.clone();
    assert_eq!(members, ["g:abc", "user-1"]);
    assert_eq!(fixture.post(path, complete("VIP", false)).await.json()["error"], "duplicate_name");
    assert_eq!(fixture.ok(path, complete("VIP", true)).await["Segment ID"], 1234);

    fixture.state().set_variants(Variants {
        admin_email: Some("boss@example.com".to_owned()),
        expired_upload_urls: true,
        ..Variants::default()
    });
    assert_eq!(fixture.post(path, complete("New", false)).await.status, 401);
    assert_eq!(put(target, &[]).await, 403, "expired");
}

#[tokio::test]
async fn api_segments_gain_and_lose_members() {
    let fixture = Fixture::start().await;
    let order = json!([{ "segment_name": "s", "customer_segment_id": "c" }]);
    fixture.ok("/api/createSegment", order.clone()).await;
    assert_eq!(fixture.post("/api/createSegment", order).await.status, 409);
    let change = |action: &str, who: Value, segment: Value| {
        let mut segment = segment;
        segment["action"] = json!(action);
        json!({ "bulk_profiles": [{ "user_profiles": who, "segments": [segment] }] })
    };
    let both = json!([{ "identity": "a" }, { "guid": "b" }]);
    fixture.ok("/api/updateSegment", change("ADD", both, json!({ "customer_segment_id": "c" }))).await;
    let one = json!([{ "identity": "a" }]);
    fixture.ok("/api/updateSegment", change("REMOVE", one.clone(), json!({ "ct_segment_id": 1234 }))).await;
    assert_eq!(fixture.state().segments(PROJECT)[0].members, ["g:b"]);
    let unknown = change("ADD", one, json!({ "customer_segment_id": "x" }));
    assert_eq!(fixture.post("/api/updateSegment", unknown).await.status, 400);
}

#[tokio::test]
async fn small_refusals_are_as_documented() {
    let fixture = Fixture::start().await;
    let wallets = fixture.get("/1/promo/wallets?identity=nobody").await;
    assert_eq!((wallets.status, &wallets.json()["error"]), (400, &json!("Invalid identity")));
    let blocks = fixture.get("/v1/contentBlock/list?updatedFrom=2024-01-01").await;
    assert_eq!(blocks.json()["error"], "Enter date in ISO format");
    assert_eq!(fixture.get("/v1/contentBlock/list?pageSize=101").await.status, 400);
    let page = fixture.get("/v1/contentBlock/list?pageNumber=2&pageSize=2").await.json();
    assert_eq!((array(&page, "contentBlocks").len(), &page["total"]), (2, &json!(5)));
    let schema = fixture.get("/getSchema?type=events").await.json();
    assert!(array(&schema, "events").contains(&json!({ "name": "Charged" })));
    assert_eq!(fixture.get("/getSchema?type=colours").await.status, 400);
    fixture.state().set_variants(Variants { catalog_disabled: true, ..Variants::default() });
    let catalogs = fixture.get("/v2/catalogs").await;
    assert_eq!(catalogs.json()["error"], "Catalog feature is not enabled for this account.");
}
