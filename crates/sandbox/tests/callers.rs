//! Who is let in, and what unexpected calls get.

mod support;

use clevertap_sandbox::{AccountConfig, Config, Variants};
use serde_json::json;
use support::{Answer, Fixture, PASSCODE, PROJECT, config};

async fn with_headers(fixture: &Fixture, headers: &[(&str, &str)]) -> Answer {
    fixture.send("POST", "/1/now.json", headers, "{}").await.expect("an answer")
}

#[tokio::test]
async fn credentials_are_checked() {
    let fixture = Fixture::start().await;
    let id = ("X-CleverTap-Account-Id", PROJECT);
    let passcode = ("X-CleverTap-Passcode", PASSCODE);
    assert_eq!(with_headers(&fixture, &[id, passcode]).await.status, 200);
    let wrong = with_headers(&fixture, &[id, ("X-CleverTap-Passcode", "guess")]).await;
    assert_eq!(wrong.status, 401);
    assert_eq!(wrong.json(), json!({ "status": "fail", "error": "Invalid Credentials", "code": 401 }));
    assert_eq!(with_headers(&fixture, &[id]).await.status, 401);
    for unknown in [&[("X-CleverTap-Account-Id", "TEST-OTHER"), passcode][..], &[passcode], &[]] {
        let answer = with_headers(&fixture, unknown).await;
        let recorded = r#"{ "status" : "fail" , "error" : "Account ID is not valid" , "code" : 401}"#;
        assert_eq!((answer.status, answer.text().as_str()), (401, recorded));
    }
    fixture.state().set_variants(Variants { empty_account_503: true, ..Variants::default() });
    assert_eq!(with_headers(&fixture, &[]).await.status, 503);
}

#[tokio::test]
async fn passcodes_rotate() {
    let fixture = Fixture::start().await;
    fixture.state().set_passcode(PROJECT, "next");
    assert_eq!(fixture.post("/1/now.json", json!({})).await.status, 401);
    let headers = [("x-clevertap-account-id", PROJECT), ("x-clevertap-passcode", "next")];
    assert_eq!(with_headers(&fixture, &headers).await.status, 200);
}

#[tokio::test]
async fn another_regions_host_does_not_know_the_account() {
    let fixture = Fixture::start().await;
    for (host, status) in [
        ("eu1.api.clevertap.com", 200),
        ("api.clevertap.com", 200),
        ("127.0.0.1:8900", 200),
        ("localhost", 200),
        ("us1.api.clevertap.com", 401),
        ("in1.localhost:8900", 401),
        ("eu1.localhost:8900", 200),
        ("SK1.api.clevertap.com", 401),
    ] {
        let headers =
            [("host", host), ("x-clevertap-account-id", PROJECT), ("x-clevertap-passcode", PASSCODE)];
        assert_eq!(with_headers(&fixture, &headers).await.status, status, "{host}");
    }
}

#[tokio::test]
async fn accounts_do_not_share_data() {
    let other = AccountConfig {
        project_id: "TEST-OTHER".to_owned(),
        passcode: "other".to_owned(),
        region: "in1".to_owned(),
        timezone: "America/New_York".to_owned(),
    };
    let accounts = vec![AccountConfig::default(), other];
    let fixture = Fixture::with(Config { accounts, ..config() }).await;
    let headers = [("x-clevertap-account-id", "TEST-OTHER"), ("x-clevertap-passcode", "other")];
    let body = r#"{"d":[{"type":"event","identity":"x","evtName":"E","evtData":{}}]}"#;
    let answer = fixture.send("POST", "/1/upload", &headers, body).await.expect("an answer");
    assert_eq!(answer.json()["processed"], 1);
    assert_eq!(fixture.state().events_count("TEST-OTHER"), 601);
    assert_eq!(fixture.state().events_count(PROJECT), 600);
}

#[tokio::test]
async fn unexpected_calls_are_explained() {
    let fixture = Fixture::start().await;
    let answer = fixture.get("/1/foo").await;
    assert_eq!(answer.status, 404);
    let error = answer.json()["error"].to_string();
    assert!(error.contains("clevertap-sandbox: no such endpoint GET /1/foo; known: "), "{error}");
    assert!(error.contains("POST /1/message/report.json"));
    assert_eq!(fixture.get("/1/message/report.json").await.status, 405);
    let answer = fixture.call("POST", "/1/upload", &json!("no object")).await.expect("an answer");
    assert_eq!((answer.status, &answer.json()["error"]), (400, &json!("Malformed request")));

    fixture.state().set_variants(Variants { unknown_path_empty_200: true, ..Variants::default() });
    let answer = fixture.get("/1/foo").await;
    assert_eq!((answer.status, answer.body.len()), (200, 0));
}

#[tokio::test]
async fn answers_say_that_they_are_json() {
    let fixture = Fixture::start().await;
    let answer = fixture.post("/1/now.json", json!({})).await;
    assert_eq!(answer.headers["content-type"], "application/json;charset=utf-8");
}
