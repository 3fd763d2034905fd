//! A case for each form of clevertap-api.md sections 2.1, 3, 4 and 12.6.

use proptest::prelude::*;
use serde_json::json;

use super::*;

const PAGES: Protocol = Protocol::Pages { number: "page", size: "limit" };
const ALL: [Protocol; 7] = [
    Protocol::Plain,
    Protocol::Upload,
    Protocol::Counts,
    Protocol::Cursor,
    Protocol::Report,
    Protocol::Create,
    PAGES,
];

fn read(protocol: Protocol, status: u16, body: &str) -> Result<Answer, Error> {
    classify(protocol, status, &Vec::new(), body.as_bytes())
}

fn refusal(protocol: Protocol, status: u16, body: &str) -> Refusal {
    match read(protocol, status, body) {
        Err(Error::Refused(refusal)) => refusal,
        other => panic!("{body}: {other:?}"),
    }
}

fn unauthorized(status: u16, body: &str) -> bool {
    ALL.iter().all(|protocol| matches!(read(*protocol, status, body), Err(Error::Unauthorized { .. })))
}

#[test]
fn success() {
    let body = json!({"status": "success", "id": 1_457_433_898, "estimates": {"android": 10}});
    for protocol in ALL {
        assert_eq!(read(protocol, 200, &body.to_string()), Ok(Answer::Done(body.clone())));
    }
    assert_eq!(
        read(Protocol::Cursor, 200, r#"{"status":"success"}"#),
        Ok(Answer::Done(json!({"status": "success"})))
    );
    assert_eq!(read(Protocol::Plain, 200, "[]"), Ok(Answer::Done(json!([]))));
    assert_eq!(read(Protocol::Plain, 201, r#"{"catalogId":1}"#), Ok(Answer::Done(json!({"catalogId": 1}))));
    assert_eq!(read(Protocol::Plain, 204, ""), Ok(Answer::Done(Value::Null)));
    assert!(matches!(
        read(Protocol::Plain, 200, r#"{"status":"success","message":"Added to queue for processing"}"#),
        Ok(Answer::Done(_))
    ));
    assert!(matches!(
        read(Protocol::Plain, 200, r#"{"status":"success","error":null}"#),
        Ok(Answer::Done(_))
    ));
    assert!(matches!(
        read(Protocol::Plain, 200, r#"{"status":"success","error":"","code":200}"#),
        Ok(Answer::Done(_))
    ));
    // An error beside a result does not take the result away: this campaign was made.
    assert!(matches!(
        read(Protocol::Create, 200, r#"{"status":"success","id":5,"error":"no labels"}"#),
        Ok(Answer::Done(_))
    ));
}

#[test]
fn authentication_failures() {
    assert!(unauthorized(
        401,
        r#"{ "status" : "fail" , "error" : "Account ID is not valid" , "code" : 401}"#
    ));
    assert!(unauthorized(401, r#"{"status":"fail","error":"Invalid Credentials","code":401}"#));
    assert!(unauthorized(200, r#"{"status":"fail","error":"Invalid Credentials","code":"401"}"#));
    assert!(unauthorized(401, ""));
    assert!(unauthorized(401, "<html>no</html>"));
    assert!(unauthorized(403, r#"{"status":"fail","error":"Forbidden"}"#));
    assert!(unauthorized(403, ""));
    assert!(unauthorized(200, r#"{"status":"fail","error":"Your Account Blocked, contact support"}"#));
}

#[test]
fn not_every_401_is_about_credentials() {
    let admin = r#"{"error":"Email id is either not in the right format or does not belong to a valid admin","status":"fail","code":401}"#;
    let refusal = refusal(Protocol::Plain, 401, admin);
    assert_eq!((refusal.status, refusal.code), (401, Some(401)));
    for status in [400, 401, 403] {
        let off = r#"{"status":"fail","error":"Catalog feature is not enabled for this account."}"#;
        assert_eq!(self::refusal(Protocol::Plain, status, off).status, status);
    }
}

#[test]
fn an_unavailable_service_is_plain() {
    assert_eq!(refusal(Protocol::Plain, 503, "").status, 503);
    assert_eq!(refusal(Protocol::Plain, 503, "<html>busy</html>").body, json!("<html>busy</html>"));
    assert_eq!(refusal(Protocol::Plain, 502, r#"{"status":"success"}"#).status, 502);
    assert_eq!(
        refusal(Protocol::Upload, 503, r#"{"status":"fail","processed":0,"unprocessed":[{}]}"#).status,
        503
    );
}

#[test]
fn too_many_calls() {
    let body = r#"{"status":"fail","error":"Too many concurrent requests","code":429}"#;
    for (status, body) in [
        (429, body),
        (200, body),
        (200, r#"{"status":"fail","error":"Too many requests"}"#),
        (200, r#"{"status":"success","error":"Too many requests, slow down"}"#),
        (429, ""),
        (429, "<html>"),
    ] {
        for protocol in ALL {
            assert!(
                matches!(read(protocol, status, body), Err(Error::RateLimited { retry_after_ms: None, .. })),
                "{status} {body}"
            );
        }
    }
    let headers = vec![("Retry-After".to_owned(), b"3".to_vec())];
    let answer = classify(Protocol::Plain, 429, &headers, body.as_bytes());
    assert_eq!(
        answer,
        Err(Error::RateLimited {
            message: "Too many concurrent requests".into(),
            retry_after_ms: Some(3000)
        })
    );
}

#[test]
fn uploads() {
    let some = r#"{"status":"partial","processed":1,"unprocessed":[{"status":"fail","code":515,"error":"Email is not valid.Skipped record number : 2","record":{}}]}"#;
    assert!(matches!(read(Protocol::Upload, 200, some), Ok(Answer::Partial(_))));
    let all = r#"{"status":"fail","processed":0,"unprocessed":[{"status":"fail","code":509}]}"#;
    assert!(matches!(read(Protocol::Upload, 200, all), Ok(Answer::Partial(_))));
    let none = refusal(Protocol::Upload, 200, r#"{"status":"fail","processed":0,"unprocessed":[]}"#);
    assert_eq!(none.message, "status fail, without a reason");
    assert!(matches!(
        read(Protocol::Upload, 200, r#"{"status":"success","processed":2,"unprocessed":[]}"#),
        Ok(Answer::Done(_))
    ));
}

#[test]
fn counts_that_are_not_there_yet() {
    for (body, id) in [
        (r#"{"req_id":384649162721759,"status":"partial"}"#, "384649162721759"),
        (r#"{"req_id":18446744073709551615,"status":"partial"}"#, "18446744073709551615"),
        (r#"{"req_id":9007199254740993,"status":"partial"}"#, "9007199254740993"),
        (r#"{"req_id":"0384649162721759","status":"partial"}"#, "0384649162721759"),
    ] {
        match read(Protocol::Counts, 200, body) {
            Ok(Answer::Poll { req_id, .. }) => assert_eq!(req_id, id),
            other => panic!("{other:?}"),
        }
    }
    assert!(matches!(read(Protocol::Counts, 200, r#"{"status":"partial"}"#), Err(Error::Undecodable { .. })));
    assert!(matches!(
        read(Protocol::Counts, 200, r#"{"status":"partial","req_id":null}"#),
        Err(Error::Undecodable { .. })
    ));
    let expired = r#"{"status":"fail","error":"invalid request id","code":400}"#;
    match read(Protocol::Counts, 400, expired) {
        Err(Error::CursorExpired { restart }) => assert!(restart.contains("query again")),
        other => panic!("{other:?}"),
    }
}

#[test]
fn cursors() {
    let busy = r#"{"status":"fail","error":"Request still in progress, please retry later","code":2}"#;
    assert_eq!(read(Protocol::Cursor, 200, busy), Ok(Answer::InProgress));
    assert_eq!(read(Protocol::Cursor, 200, r#"{"status":"fail","code":2}"#), Ok(Answer::InProgress));
    let misuse = r#"{"status":"fail","error":"Incorrect Usage","code":3}"#;
    match read(Protocol::Cursor, 200, misuse) {
        Err(Error::Invalid(failures)) => assert_eq!(failures[0].field, "cursor"),
        other => panic!("{other:?}"),
    }
    assert_eq!(refusal(Protocol::Plain, 200, misuse).code, Some(3));
    for text in ["CURSOR_INVALIDATED", "Invalid cursor"] {
        let body = json!({"status": "fail", "error": text, "code": 400}).to_string();
        assert!(matches!(read(Protocol::Cursor, 400, &body), Err(Error::CursorExpired { .. })), "{text}");
    }
}

#[test]
fn reports_that_are_not_there_yet() {
    for (status, body) in [
        (200, r#"{"error":"This target hasn't been completed","status":"fail"}"#),
        (400, r#"{"error":"This target hasn’t been completed","status":"fail"}"#),
        (200, r#"{"status":"success","error":"This target hasn't been completed","code":200}"#),
        (500, r#"{"status":"fail","error":"This target has no result as of yet","code":500}"#),
        (409, r#"{"status":"fail","error":"Conflict","code":409}"#),
    ] {
        assert!(matches!(read(Protocol::Report, status, body), Ok(Answer::NotReady(_))), "{body}");
    }
    // 409 elsewhere is what it says.
    assert_eq!(refusal(Protocol::Plain, 409, r#"{"status":"fail","error":"exists","code":409}"#).status, 409);
    // A server fault on a report is one.
    let fault =
        refusal(Protocol::Report, 500, r#"{"status":"fail","error":"An unknown error occurred","code":500}"#);
    assert_eq!((fault.status, fault.code), (500, Some(500)));
}

#[test]
fn other_failures_keep_the_providers_words() {
    for (status, body, code, message) in [
        (
            400,
            r#"{ "status" : "fail" , "error" : "Malformed request" , "code" : 400}"#,
            Some(400),
            "Malformed request",
        ),
        (
            400,
            r#"{"status":"fail","error":"Export not allowed for this event","code":400}"#,
            Some(400),
            "Export not allowed for this event",
        ),
        (
            200,
            r#"{"status":"fail","error":"[\"Invalid event : Uninstalled\"]","code":400}"#,
            Some(400),
            "Invalid event : Uninstalled",
        ),
        (200, r#"{"status":"fail","error":["a","b"],"code":"400"}"#, Some(400), "a; b"),
        (200, r#"{"status":"fail","error":{"message":"no"},"code":4002}"#, Some(4002), "no"),
        (200, r#"{"status":"fail","error":{"why":1}}"#, None, r#"{"why":1}"#),
        (200, r#"{"status":"fail","error":17}"#, None, "17"),
        (200, r#"{"status":"fail","message":"Invalid group"}"#, None, "Invalid group"),
        (200, r#"{"status":" FAIL ","code":555}"#, Some(555), "status fail and code 555, without a reason"),
        (200, r#"{"status":"success","error":"nothing done"}"#, None, "nothing done"),
        (
            405,
            r#"{"status":"fail","error":"Method Not Allowed","code":405}"#,
            Some(405),
            "Method Not Allowed",
        ),
        (
            500,
            r#"{"status":"fail","error":"An unknown error occurred","code":500}"#,
            Some(500),
            "An unknown error occurred",
        ),
        (
            400,
            r#"{"status":"fail","error":"Invalid campaign id","code":400}"#,
            Some(400),
            "Invalid campaign id",
        ),
        (302, "", None, "a redirect, which is not followed"),
        (400, "", None, "HTTP 400 without a body"),
        (777, r#"{"status":"fail","error":"coupon","code":777}"#, Some(777), "coupon"),
    ] {
        let refusal = refusal(Protocol::Plain, status, body);
        assert_eq!(
            (refusal.status, refusal.code, refusal.message.as_str()),
            (status, code, message),
            "{body}"
        );
    }
}

#[test]
fn what_is_not_there() {
    for body in ["", "<html>", r#"{"status":"fail","error":"no such catalog","code":404}"#] {
        assert!(matches!(read(Protocol::Plain, 404, body), Err(Error::NotFound { .. })), "{body}");
    }
}

#[test]
fn undecodable_bodies() {
    match read(Protocol::Plain, 200, " \n") {
        Err(Error::Undecodable { what, .. }) => assert!(what.contains("paths that it does not know")),
        other => panic!("{other:?}"),
    }
    for body in [
        "<!doctype html><p>hello",
        r#"{"status":"succ"#,
        r#"{"status":"success"} trailing"#,
        "null",
        "\"success\"",
        "12",
        "\u{0}",
    ] {
        assert!(matches!(read(Protocol::Plain, 200, body), Err(Error::Undecodable { .. })), "{body}");
    }
    assert!(matches!(
        classify(Protocol::Plain, 200, &Vec::new(), b"{\"a\":\"\xff\"}"),
        Err(Error::Undecodable { .. })
    ));
}

#[test]
fn spaces_and_marks_around_tokens_do_not_count() {
    let body = "\u{feff}\r\n { \"status\" : \"success\" , \"count\" : 1 } \n";
    assert_eq!(read(Protocol::Counts, 200, body), Ok(Answer::Done(json!({"status": "success", "count": 1}))));
}

#[test]
fn large_numbers_keep_their_digits() {
    let body = r#"{"a":20151023140416,"m":18446744073709551615,"status":"success","z":1}"#;
    match read(Protocol::Plain, 200, body) {
        Ok(Answer::Done(value)) => assert_eq!(value.to_string(), body),
        other => panic!("{other:?}"),
    }
}

#[test]
fn long_bodies_are_cut() {
    let long = json!({"status": "fail", "error": "ä".repeat(40_000)}).to_string();
    let refusal = refusal(Protocol::Plain, 400, &long);
    assert!(refusal.message.len() <= 1000);
    assert!(refusal.body.as_str().is_some_and(|text| text.len() <= 16 << 10));
}

proptest! {
    #[test]
    fn never_panics(status in 100..1000u16, body in prop::collection::vec(any::<u8>(), 0..200)) {
        for protocol in ALL {
            let _ = classify(protocol, status, &Vec::new(), &body);
        }
    }

    /// A failure is never taken for success, whatever else the answer says.
    #[test]
    fn fail_is_never_done(code in -5i64..1000, error in "\\PC{0,40}", status in prop::sample::select(vec![200u16, 201, 400, 500])) {
        let body = json!({"status": "fail", "error": error, "code": code}).to_string();
        for protocol in ALL {
            prop_assert!(!matches!(read(protocol, status, &body), Ok(Answer::Done(_))));
        }
    }
}
