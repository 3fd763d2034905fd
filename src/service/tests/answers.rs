//! The error object, and what can be discovered.

use super::*;
use crate::model::{self, error::Refusal};
use crate::service::error::Error;
use crate::service::problem;
use crate::service::trace::RequestTrace;

fn trace() -> RequestTrace {
    RequestTrace { request_id: "r-1".to_owned(), traceparent: None }
}

fn problem_of(error: Error) -> (u16, Headers, Value) {
    let answer = problem::answer(&error, &trace(), "application/json");
    let Body::Bytes(body) = answer.body else { panic!("a body in memory") };
    (answer.status, answer.headers, serde_json::from_slice(&body).unwrap())
}

#[test]
fn the_error_object_is_trutos_and_rfc_9457s() {
    let refusal = Refusal {
        status: 400,
        code: Some(25),
        message: "Invalid query".to_owned(),
        body: json!({"status": "fail", "code": 25}),
    };
    let (_, _, body) = problem_of(model::Error::Refused(refusal).into());
    assert_eq!(
        body,
        json!({
            "statusCode": 400,
            "error": "Bad Request",
            "message": "CleverTap refused with HTTP 400 and code 25: Invalid query",
            "details": {"status": "fail", "code": 25},
            "truto_is_remote_error": true,
            "is_remote_error": true,
            "raw_response": {"status": "fail", "code": 25},
            "truto_error_insight": {"remote_error": {"description": "CleverTap answered with this error; its own words are in raw_response where it gave any"}},
            "error_insight": {"remote_error": {"description": "CleverTap answered with this error; its own words are in raw_response where it gave any"}},
            "type": "urn:marketing-automation:problem:provider_refused",
            "title": "CleverTap refused",
            "status": 400,
            "detail": "CleverTap refused with HTTP 400 and code 25: Invalid query",
            "instance": "urn:marketing-automation:request:r-1",
            "code": "provider_refused",
            "request_id": "r-1",
            "retryable": false,
            "retry_after": null,
        })
    );
    let (_, _, body) = problem_of(Error::invalid("limit", "takes a whole number from 1 to 500"));
    assert_eq!(
        body,
        json!({
            "statusCode": 400,
            "error": "Bad Request",
            "message": "limit: takes a whole number from 1 to 500",
            "details": {"failures": [{"field": "limit", "message": "takes a whole number from 1 to 500"}]},
            "truto_is_remote_error": false,
            "is_remote_error": false,
            "type": "urn:marketing-automation:problem:invalid",
            "title": "The input cannot be used",
            "status": 400,
            "detail": "limit: takes a whole number from 1 to 500",
            "instance": "urn:marketing-automation:request:r-1",
            "code": "invalid",
            "request_id": "r-1",
            "retryable": false,
            "retry_after": null,
        })
    );
}

#[test]
fn every_case_of_the_core_has_its_status() {
    use model::Error as Core;
    let text = || "x".to_owned();
    let refused = |status| Core::Refused(Refusal { status, code: None, message: text(), body: Value::Null });
    for (error, status, remote) in [
        (Core::DeniedByHost { host: text() }, 502, false),
        (Core::Unreachable { host: text(), reason: text() }, 502, false),
        (Core::TimedOut { what: text() }, 504, false),
        (Core::InDoubt { what: text() }, 502, false),
        (Core::Unauthorized { message: text(), body: Value::Null }, 401, true),
        (Core::RateLimited { message: text(), retry_after_ms: None }, 429, true),
        (Core::invalid("a", "b"), 400, false),
        (Core::NotFound { what: text() }, 404, false),
        (Core::NotReady { message: text(), cursor: None }, 503, true),
        (Core::CursorExpired { restart: text() }, 410, true),
        (refused(200), 502, true),
        (refused(302), 502, true),
        (refused(409), 409, true),
        (refused(418), 418, true),
        (refused(500), 502, true),
        (Core::Undecodable { what: text(), body: text() }, 502, true),
        (Core::Unsupported { what: text() }, 501, false),
    ] {
        let retryable = error.retryable();
        let (got, headers, body) = problem_of(error.into());
        assert_eq!(
            (got, &body["is_remote_error"], &body["retryable"]),
            (status, &json!(remote), &json!(retryable)),
            "{body}"
        );
        assert_eq!(header(&headers, "retry-after"), None);
        // Ours is the only 401 that asks for our token.
        assert_eq!(header(&headers, "www-authenticate"), None);
    }
}

#[test]
fn waits_are_whole_seconds_rounded_up() {
    for (ms, seconds) in [(0, 0), (1, 1), (1000, 1), (1001, 2), (90_000, 90)] {
        let error = model::Error::RateLimited { message: "busy".to_owned(), retry_after_ms: Some(ms) };
        let (_, headers, body) = problem_of(error.into());
        assert_eq!(header(&headers, "retry-after"), Some(seconds.to_string().as_str()));
        assert_eq!(body["retry_after"], json!(seconds));
        assert!(body["truto_error_insight"]["rate_limit_error"].is_object());
    }
}

#[test]
fn what_is_not_ready_can_be_gone_on_with() {
    let (_, _, body) = problem_of(
        model::Error::NotReady { message: "searching".to_owned(), cursor: Some("c".to_owned()) }.into(),
    );
    assert_eq!(body["details"], json!({"next_cursor": "c"}));
}

#[test]
fn refused_credentials_are_told_from_a_refused_token() {
    let refused = json!({"status": "fail", "code": 401, "error": "Invalid Credentials"});
    let host = FakeHost::answering(move |_| Reply::json(401, &refused));
    let answer = ask(&host, get(&format!("{CAMPAIGNS}?integrated_account_id=acme&source=api&limit=1")));
    assert_eq!(answer.problem(), (401, "provider_unauthorized".to_owned()));
    assert_eq!(answer.json()["truto_is_remote_error"], true);
    assert!(!answer.text().contains(PASSCODE));
}

#[test]
fn accounts_are_listed_without_secrets() {
    let answer = ask_alone(get("/integrated-account?next_cursor="));
    let account = json!({
        "id": "acme", "account_id": "acme", "integration": "clevertap", "category": "marketing-automation",
        "origin": "configured", "status": null, "is_blocked": false, "tenant_id": null, "context": null,
        "region": "in1", "timezone": "Asia/Kolkata", "created_at": null, "updated_at": null,
    });
    assert_eq!(answer.json()["result"], json!([account]));
    assert_eq!(ask_alone(get("/integrated-account/acme")).json(), account);
    assert_eq!(ask_alone(get("/integrated-account/nobody")).problem(), (404, "account_not_found".to_owned()));
    assert!(!answer.text().contains(PASSCODE) && !answer.text().contains("TEST-123"));
}

#[test]
fn capabilities_tell_all_there_is() {
    let all = ask_alone(get("/integration/clevertap/capabilities")).json();
    let unified = all["unified"].as_array().unwrap();
    assert_eq!(unified[0]["resource"], "campaigns");
    assert_eq!(unified[0]["methods"], json!(["list", "create", "get", "estimate", "stop", "trigger"]));
    assert_eq!((&unified[1]["resource"], &unified[1]["methods"]), (&json!("reports"), &json!(["list"])));
    let campaigns =
        all["proxy"].as_array().unwrap().iter().find(|row| row["resource"] == "campaigns").unwrap();
    assert!(campaigns["methods"].as_array().unwrap().contains(&json!("list")));
    assert!(all["proxy"].as_array().unwrap().iter().any(|row| row["unreachable"][0]["reason"].is_string()));
    assert!(all["auth"]["fields"][0]["name"].is_string());
    assert!(
        all["fields"]
            .as_array()
            .unwrap()
            .iter()
            .any(|row| row["field"] == "unique_opens" && row["reported"] == "never")
    );
    assert_eq!(ask_alone(get("/integrated-account/acme/capabilities")).json()["account"]["id"], "acme");
}

#[test]
fn capabilities_are_filtered() {
    let ask = |query: &str| ask_alone(get(&format!("/integration/clevertap/capabilities?{query}"))).json();
    let only = ask("type=unified&methods=read");
    let members: Vec<&String> = only.as_object().unwrap().keys().collect();
    assert_eq!(members, ["integration", "unified"]);
    assert_eq!(only["unified"][0]["methods"], json!(["list", "get"]));
    assert_eq!(ask("type=unified&methods=stop,create")["unified"][0]["methods"], json!(["create", "stop"]));
    let reports = ask("resource[]=reports");
    assert_eq!(reports["unified"].as_array().unwrap().len(), 1);
    assert!(reports["fields"].as_array().unwrap().iter().all(|row| row["resource"] == "reports"));
    let bad = ask_alone(get("/integration/clevertap/capabilities?type=magic&has_description=true"));
    assert_eq!(bad.problem(), (400, "invalid".to_owned()));
    assert_eq!(bad.json()["details"]["failures"].as_array().unwrap().len(), 2);
}
