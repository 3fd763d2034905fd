//! `POST /1/upload`: what is refused, and that what is stored can be read.

mod support;

use clevertap_sandbox::{UnknownUser, Variants};
use serde_json::{Value, json};
use support::{Fixture, PROJECT, array};

fn profile(key: &str, value: Value) -> Value {
    json!({ "type": "profile", "identity": "p", "profileData": { key: value } })
}

fn event(name: &str, data: Value) -> Value {
    json!({ "type": "event", "identity": "p", "evtName": name, "evtData": data })
}

#[tokio::test]
async fn each_code_rejects_its_record() {
    let fixture = Fixture::start().await;
    let variants = Variants { discarded_events: vec!["Old".to_owned()], ..Variants::default() };
    fixture.state().set_variants(variants);
    let many: Value = (0..257).map(|n| (format!("k{n}"), json!(n))).collect::<serde_json::Map<_, _>>().into();
    let mut late = event("E", json!({}));
    late["ts"] = json!(0);
    let mut millis = profile("Name", json!("x"));
    millis["ts"] = json!(1_700_000_000_000_i64);
    let token = |data: Value| json!({ "type": "token", "objectId": "o", "tokenData": data });
    for (code, record) in [
        (509, event("", json!({}))),
        (512, event("E", Value::Null)),
        (512, event("E", json!({ "nested": { "a": 1 } }))),
        (513, event("App Launched", json!({}))),
        (513, event("wzrk_x", json!({}))),
        (514, profile("Gender", json!("X"))),
        (515, profile("Email", json!("$$$$$"))),
        (516, profile("Phone", json!("4915112345678"))),
        (517, profile("Employed", json!("Yes"))),
        (518, profile("Education", json!("PhD"))),
        (519, profile("Married", json!("no"))),
        (520, profile("Age", json!("old"))),
        (522, event("E", many)),
        (523, json!({ "type": "event", "evtName": "E", "evtData": {} })),
        (524, json!({ "type": "thing", "identity": "p" })),
        (525, late),
        (525, millis),
        (526, json!({ "type": "event", "objectId": 7, "evtName": "E", "evtData": {} })),
        (528, event("Old", json!({}))),
        (530, json!({ "type": "token", "tokenData": { "id": "t", "type": "fcm" } })),
        (531, token(Value::Null)),
        (532, token(json!({ "type": "fcm" }))),
        (533, token(json!({ "id": "t" }))),
        (534, token(json!({ "id": "t", "type": "pager" }))),
        (535, token(json!({ "id": "a b", "type": "fcm" }))),
        (555, profile(&"k".repeat(121), json!(1))),
        (555, json!(7)),
    ] {
        let answer = fixture.ok("/1/upload", json!({ "d": [record] })).await;
        assert_eq!((&answer["status"], &answer["processed"]), (&json!("fail"), &json!(0)), "{record}");
        let rejected = &array(&answer, "unprocessed")[0];
        assert_eq!(rejected["code"], code, "{record}");
        let text = rejected["error"].as_str().expect("a text");
        assert!(text.ends_with("Skipped record number : 1"), "{text}");
    }
    assert_eq!(fixture.state().uploads_count(PROJECT), 0);
}

#[tokio::test]
async fn texts_and_echoed_records_are_as_recorded() {
    let fixture = Fixture::start().await;
    let good = profile("Name", json!("Asha"));
    let mut bad = profile("Age", json!("old"));
    bad["identity"] = json!(4);
    bad["profileData"]["Phone"] = json!("+35922333232");
    let answer = fixture.ok("/1/upload", json!({ "d": [good, bad] })).await;
    assert_eq!((&answer["status"], &answer["processed"]), (&json!("partial"), &json!(1)));
    let rejected = &answer["unprocessed"][0];
    assert_eq!(rejected["error"], "Profile data is incorrect. Age is invalid.Skipped record number : 2");
    assert_eq!(rejected["record"]["profileData"]["Phone"], 35_922_333_232_i64, "normalised on the way");
    assert_eq!(rejected["record"]["identity"], "4");

    fixture.state().set_variants(Variants { bare_upload_failure: true, ..Variants::default() });
    let bare = fixture.ok("/1/upload", json!({ "d": [profile("Age", json!(0))] })).await;
    assert_eq!(bare, json!({ "status": "fail", "processed": 0, "unprocessed": [] }));
}

#[tokio::test]
async fn a_profile_pushed_is_a_profile_read() {
    let fixture = Fixture::start().await;
    let before = fixture.state().profiles_count(PROJECT);
    let record = json!({
        "type": "profile", "identity": "+4915112345678",
        "profileData": {
            "Name": "Zoë", "Email": "Zoe@Example.com", "Phone": "+4915112345678",
            "Customer Type": "Gold", "tags": { "$add": ["a", "b"] }, "points": { "$incr": 5 },
        },
    });
    fixture.ok("/1/upload", json!({ "d": [record] })).await;
    let change = json!({
        "type": "profile", "identity": "+4915112345678",
        "profileData": {
            "identity": "zoe", "tags": { "$remove": ["a"] }, "points": { "$decr": 2 },
            "Customer Type": { "$delete": 1 },
        },
    });
    fixture.ok("/1/upload", json!({ "d": [change] })).await;
    assert_eq!(fixture.state().profiles_count(PROJECT), before + 1);
    for query in ["identity=%2B4915112345678", "identity=zoe", "email=zoe@example.com"] {
        let record = fixture.get(&format!("/1/profile.json?{query}")).await.json()["record"].clone();
        assert_eq!(record["name"], "Zoë", "{query}");
        assert_eq!(record["phone"], 4_915_112_345_678_i64);
        assert_eq!(record["profileData"], json!({ "tags": ["b"], "points": 3 }));
        assert_eq!(record["all_identities"], json!(["+4915112345678", "zoe"]));
    }
    // A `+` that is not encoded is a space.
    let lost = fixture.get("/1/profile.json?identity=+4915112345678").await.json();
    assert_eq!(lost, json!({ "status": "success", "record": null }));
    assert_eq!(fixture.get("/1/profile.json?identity=a&email=b").await.status, 400);
}

#[tokio::test]
async fn unknown_users_are_reported_in_four_ways() {
    let fixture = Fixture::start().await;
    for (form, status, text) in [
        (UnknownUser::RecordNull, 200, r#""record":null"#),
        (UnknownUser::RecordAbsent, 200, r#"{"status":"success"}"#),
        (UnknownUser::NotFound, 404, "not found"),
        (UnknownUser::Message, 200, "not found"),
    ] {
        fixture.state().set_variants(Variants { unknown_user: form, ..Variants::default() });
        let answer = fixture.get("/1/profile.json?identity=nobody").await;
        assert_eq!(answer.status, status);
        assert!(answer.text().contains(text), "{}", answer.text());
    }
}

#[tokio::test]
async fn an_event_pushed_is_exported_and_counted() {
    let fixture = Fixture::start().await;
    let mut bought = event("Bought", json!({ "Amount": 12.5, "at": "$D_1768900000" }));
    // 2026-01-20 00:15 in Kolkata, still the 19th in UTC.
    bought["ts"] = json!(1_768_848_300);
    let charged = event("Charged", json!({ "Amount": 3, "Items": [{ "Product": "Mug" }] }));
    let sent = fixture.ok("/1/upload", json!({ "d": [bought, charged] })).await;
    assert_eq!(sent, json!({ "status": "success", "processed": 2, "unprocessed": [] }));
    let query = json!({ "event_name": "Bought", "from": 20_260_120, "to": 20_260_120 });
    assert_eq!(fixture.ok("/1/counts/events.json", query.clone()).await["count"], 1);
    let cursor = fixture.ok("/1/events.json", query).await["cursor"].clone();
    let target = format!("/1/events.json?cursor={}", cursor.as_str().expect("a cursor"));
    let page = fixture.get(&target).await.json();
    let record = &array(&page, "records")[0];
    assert_eq!(record["ts"], 20_260_120_001_500_i64);
    assert_eq!(record["profile"]["identity"], "p");
    assert_eq!(record["event_props"]["Amount"], 12.5);
    let profile = fixture.state().profile(PROJECT, "p").expect("made by its event");
    assert_eq!(profile["events"]["Bought"]["count"], 1);
}

#[tokio::test]
async fn dry_runs_store_nothing_and_batches_have_a_limit() {
    let fixture = Fixture::start().await;
    let dry = fixture.ok("/1/upload?dryRun=1", json!({ "d": [event("E", json!({}))] })).await;
    assert_eq!(dry["processed"], 1);
    assert_eq!(fixture.state().uploads_count(PROJECT), 0);
    let records = vec![event("E", json!({})); 1000];
    let sent = fixture.ok("/1/upload?dryRun=0", json!({ "d": records })).await;
    assert_eq!(sent["processed"], 1000);
    let records = vec![event("E", json!({})); 1001];
    assert_eq!(fixture.post("/1/upload", json!({ "d": records })).await.status, 400);
    assert_eq!(fixture.state().uploads_count(PROJECT), 1000);
}

#[tokio::test]
async fn nested_objects_are_a_switch_and_tokens_reach_their_device() {
    let fixture = Fixture::start().await;
    fixture.state().set_variants(Variants { nested_objects: true, ..Variants::default() });
    let records = json!({ "d": [
        event("Nested", json!({ "a": { "b": 1 } })),
        { "type": "profile", "objectId": "device-1", "profileData": { "Name": "D" } },
        { "type": "token", "objectId": "device-1", "tokenData": { "id": "tok", "type": "fcm" } },
    ] });
    assert_eq!(fixture.ok("/1/upload", records).await["processed"], 3);
    let record = fixture.get("/1/profile.json?objectId=device-1").await.json();
    assert_eq!(record["record"]["platformInfo"][0]["push_token"], "tok");
}

#[tokio::test]
async fn deleted_users_are_gone() {
    let fixture = Fixture::start().await;
    let before = fixture.state().profiles_count(PROJECT);
    fixture.ok("/1/delete/profiles.json", json!({ "identity": ["user-1", "user-2"] })).await;
    assert_eq!(fixture.state().profiles_count(PROJECT), before - 2);
    assert_eq!(fixture.get("/1/profile.json?identity=user-1").await.json()["record"], Value::Null);
    let many: Vec<_> = (0..101).map(|n| n.to_string()).collect();
    assert_eq!(fixture.post("/1/delete/profiles.json", json!({ "identity": many })).await.status, 400);
    assert_eq!(fixture.post("/1/demerge/profiles.json", json!({ "identities": "x" })).await.status, 400);
    let records = json!({ "d": [
        { "type": "phone", "value": "+919213231415", "status": "Unsubscribe" },
        { "type": "fax", "value": "1", "status": "Unsubscribe" },
    ] });
    let answer = fixture.ok("/1/subscribe", records).await;
    assert_eq!((&answer["status"], &answer["processed"]), (&json!("partial"), &json!(1)));
}
