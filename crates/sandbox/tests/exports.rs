//! The cursor protocol of events and profiles.

mod support;

use clevertap_sandbox::{Config, CursorError, Variants};
use serde_json::{Value, json};
use support::{Fixture, PROJECT, array, config};

fn query() -> Value {
    json!({ "event_name": "App Launched", "from": 20_251_101, "to": 20_260_120 })
}

async fn open(fixture: &Fixture, target: &str) -> String {
    let opened = fixture.ok(target, query()).await;
    opened["cursor"].as_str().expect("a cursor").to_owned()
}

/// Walks to the end; the pages of records.
async fn walk(fixture: &Fixture, target: &str) -> Vec<Vec<Value>> {
    let path = target.split('?').next().expect("a path");
    let mut cursor = open(fixture, target).await;
    let mut pages = Vec::new();
    loop {
        let answer = fixture.get(&format!("{path}?cursor={cursor}")).await;
        let page = answer.json();
        assert_eq!(page["status"], "success", "{page}");
        let Some(next) = page["next_cursor"].as_str() else {
            assert_eq!(answer.text(), r#"{"status":"success"}"#, "the last page is exactly this");
            return pages;
        };
        next.clone_into(&mut cursor);
        pages.push(array(&page, "records").to_vec());
    }
}

#[tokio::test]
async fn a_walk_gives_every_event_once_whatever_the_page_size() {
    let fixture = Fixture::start().await;
    let truth = fixture.state().events(PROJECT).into_iter().filter(|e| e.name == "App Launched").count();
    let whole = walk(&fixture, "/1/events.json?batch_size=5000").await;
    assert_eq!(whole.concat().len(), truth);
    for size in ["1", "30", "100"] {
        let pages = walk(&fixture, &format!("/1/events.json?batch_size={size}")).await;
        assert_eq!(pages.concat(), whole.concat(), "{size}");
    }
}

#[tokio::test]
async fn pages_are_multiples_of_the_unit_or_short() {
    let fixture = Fixture::start().await;
    let short = walk(&fixture, "/1/events.json?batch_size=50").await;
    let before_the_last = &short[..short.len() - 1];
    assert!(before_the_last.iter().any(|page| page.len() < 46), "short pages before the end");
    fixture.state().set_variants(Variants { full_pages: true, ..Variants::default() });
    for (wish, size) in [("50", 46), ("1", 23), ("99999", 4_991)] {
        let pages = walk(&fixture, &format!("/1/events.json?batch_size={wish}")).await;
        assert!(pages[..pages.len() - 1].iter().all(|page| page.len() == size), "{wish}");
    }
    let fixture = Fixture::with(Config { page_unit: 7, ..config() }).await;
    let pages = walk(&fixture, "/1/events.json?batch_size=1").await;
    assert!(pages.iter().all(|page| page.len() <= 7));
}

#[tokio::test]
async fn cursors_are_long_and_percent_encoded() {
    let fixture = Fixture::start().await;
    let cursor = open(&fixture, "/1/events.json?batch_size=23").await;
    assert!(cursor.len() >= 1_500);
    assert!(["%2B", "%2F", "%3D"].iter().all(|escape| cursor.contains(escape)));
    assert!(!cursor.contains(['+', '/', '=']));
    let double = cursor.replace('%', "%25");
    let refused = fixture.get(&format!("/1/events.json?cursor={double}")).await;
    assert_eq!(refused.json(), json!({ "status": "fail", "error": "Incorrect Usage", "code": 3 }));
    assert_eq!(refused.status, 200);
    let elsewhere = fixture.get(&format!("/1/profiles.json?cursor={cursor}")).await;
    assert_eq!(elsewhere.json()["code"], 3, "of another resource");
    let first = fixture.get(&format!("/1/events.json?cursor={cursor}")).await;
    let again = fixture.get(&format!("/1/events.json?cursor={cursor}")).await;
    assert_eq!(first.text(), again.text(), "a cursor can be read again");
}

#[tokio::test]
async fn code_2_asks_to_repeat_the_same_cursor() {
    let fixture = Fixture::start().await;
    fixture.state().set_variants(Variants {
        in_progress_reads: 2,
        single_use_cursors: true,
        ..Variants::default()
    });
    let cursor = open(&fixture, "/1/events.json").await;
    let target = format!("/1/events.json?cursor={cursor}");
    for _ in 0..2 {
        let waits = fixture.get(&target).await;
        assert_eq!((waits.status, &waits.json()["code"]), (200, &json!(2)));
    }
    assert!(fixture.get(&target).await.json()["records"].is_array());
    assert_eq!(fixture.get(&target).await.json()["code"], 3, "used up");
}

#[tokio::test]
async fn cursors_expire_after_reads() {
    let fixture = Fixture::start().await;
    let variants = Variants {
        expire_after_reads: Some(1),
        cursor_error: CursorError::Invalidated,
        ..Variants::default()
    };
    fixture.state().set_variants(variants);
    let cursor = open(&fixture, "/1/events.json?batch_size=23").await;
    let page = fixture.get(&format!("/1/events.json?cursor={cursor}")).await.json();
    let next = page["next_cursor"].as_str().expect("a cursor");
    let refused = fixture.get(&format!("/1/events.json?cursor={next}")).await;
    assert_eq!(refused.json()["error"], "CURSOR_INVALIDATED");
}

#[tokio::test]
async fn records_have_the_recorded_shape() {
    let fixture = Fixture::start().await;
    let pages = walk(&fixture, "/1/events.json?app=true&events=true&profile=true").await.concat();
    let record = pages.iter().find(|record| record["profile"]["identity"].is_string()).expect("a user");
    let ts = record["ts"].as_i64().expect("an integer");
    assert!((20_251_101_000_000..20_260_121_000_000).contains(&ts), "{ts}");
    assert!(record["event_props"].is_object() && record["session_props"].is_object());
    for key in [
        "objectId",
        "platform",
        "email",
        "name",
        "all_identities",
        "profileData",
        "events",
        "os_version",
        "df",
    ] {
        assert!(!record["profile"][key].is_null(), "{key} in {record}");
    }
    assert!(pages.iter().any(|record| record["profile"]["identity"].is_null()), "anonymous ones");
    let bare = walk(&fixture, "/1/events.json?app=false&profile=false").await.concat();
    assert!(bare.iter().all(|record| record["profile"]["profileData"].is_null()));
}

#[tokio::test]
async fn profiles_are_reached_through_their_events() {
    let fixture = Fixture::start().await;
    let people = walk(&fixture, "/1/profiles.json?batch_size=50&events=true").await.concat();
    let count = fixture.ok("/1/counts/profiles.json", query()).await;
    assert_eq!(count["count"], people.len());
    assert!(people.iter().all(|person| person["events"]["App Launched"]["count"].is_u64()));
    assert!(people.iter().all(|person| person["platformInfo"][0]["objectId"].is_string()));
    // The Node SDK's older form.
    let query = r#"{"event_name":"Charged","from":20260101,"to":20260120}"#;
    let encoded: String = form_urlencoded::byte_serialize(query.as_bytes()).collect();
    let opened = fixture.get(&format!("/1/profiles.json?batch_size=10&query={encoded}")).await;
    assert!(opened.json()["cursor"].is_string());
}

#[tokio::test]
async fn some_events_are_not_exported() {
    let fixture = Fixture::start().await;
    let mut body = query();
    body["event_name"] = json!("Notification Sent");
    let refused = fixture.post("/1/events.json", body.clone()).await;
    assert_eq!(
        (refused.status, &refused.json()["error"]),
        (400, &json!("Export not allowed for this event"))
    );
    body["event_name"] = json!("Uninstalled");
    let refused = fixture.post("/1/events.json", body.clone()).await;
    assert_eq!(refused.json()["error"], "[\"Invalid event : Uninstalled\"]");
    body["event_name"] = json!("Charged");
    body["from"] = json!("20260101");
    assert_eq!(fixture.post("/1/events.json", body).await.status, 400, "days are integers");
    let mut nothing = query();
    (nothing["from"], nothing["to"]) = (json!(20_200_101), json!(20_200_102));
    let opened = fixture.ok("/1/events.json", nothing).await;
    let cursor = opened["cursor"].as_str().expect("a cursor");
    assert_eq!(
        fixture.get(&format!("/1/events.json?cursor={cursor}")).await.text(),
        r#"{"status":"success"}"#
    );
}
