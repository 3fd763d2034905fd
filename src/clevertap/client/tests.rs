//! What goes out, how often, and what its failure means.

mod properties;
mod verify;

use std::time::Duration;

use serde_json::json;

use super::*;
use crate::clevertap::account::{Account, Connection};
use crate::clevertap::operation::{
    CATALOG_PRODUCTS_CREATE, COUNTS_EVENTS, EVENTS_EXPORT, EVENTS_UPLOAD, PROFILE_GET, PROFILES_UPLOAD,
    TARGETS_CREATE, TARGETS_LIST, TARGETS_RESULT,
};
use crate::testing::{self, FakeHost, PASSCODE, Reply, Sent};
use crate::transport::SendError;

const TRACE: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

fn done(host: &FakeHost, operation: &'static Operation, call: Call) -> Result<Value, Error> {
    done_as(host, &testing::account(), operation, call)
}

fn done_as(
    host: &FakeHost,
    account: &Account,
    operation: &'static Operation,
    call: Call,
) -> Result<Value, Error> {
    let trace = Trace { request_id: "r1".to_owned(), traceparent: Some(TRACE.to_owned()) };
    let session = Session::open(host, account, trace);
    host.run(session.done(operation, call))
}

fn success() -> Reply {
    Reply::json(200, &json!({"status": "success"}))
}

fn fail(status: u16, error: &str, code: i64) -> Reply {
    Reply::json(status, &json!({"status": "fail", "error": error, "code": code}))
}

fn lost() -> [Reply; 6] {
    [
        Reply::text(502, "bad gateway"),
        fail(503, "unavailable", 503),
        Reply::text(504, ""),
        Reply::fail(SendError::TimedOut),
        Reply::fail(SendError::Cut("reset".to_owned())),
        Reply::text(200, "{\"sta").then(ms(1), Err(SendError::Cut("eof".to_owned()))),
    ]
}

#[test]
fn a_request_as_it_goes_out() {
    let host = FakeHost::scripted([success()]);
    let body = json!({"z": 1, "a": "ü"});
    let call = Call { body: Some(body.clone()), path: vec![("id", "a/b".to_owned())], ..Call::default() }
        .query("x y", "+&=");
    done(&host, &CATALOG_PRODUCTS_CREATE, call).unwrap();
    let sent = &host.sent()[0];
    assert_eq!(sent.method, "POST");
    assert_eq!(sent.origin, "https://in1.api.clevertap.com");
    assert_eq!(sent.target, "/v2/catalogs/a%2Fb/products?x%20y=%2B%26%3D");
    assert_eq!(sent.body, body.to_string().as_bytes());
    assert_eq!(sent.header("content-length"), Some(body.to_string().len().to_string().as_str()));
    assert_eq!(sent.header("content-type"), Some("application/json; charset=utf-8"));
    assert_eq!(sent.header("x-clevertap-account-id"), Some("TEST-123"));
    assert_eq!(sent.header("x-clevertap-passcode"), Some(PASSCODE));
    assert_eq!(sent.header("traceparent"), Some(TRACE));
    assert_eq!((sent.timeouts.connect, sent.timeouts.first_byte), (ms(5000), ms(25_000)));
}

#[test]
fn a_get_has_neither_body_nor_content_type() {
    let host = FakeHost::scripted([success()]);
    done(&host, &PROFILE_GET, Call::default().query("identity", "+1555")).unwrap();
    let sent = &host.sent()[0];
    assert_eq!((sent.method.as_str(), sent.target.as_str()), ("GET", "/1/profile.json?identity=%2B1555"));
    assert!(
        sent.header("content-type").is_none()
            && sent.header("content-length").is_none()
            && sent.body.is_empty()
    );
}

#[test]
fn cursors_are_asked_for_by_get_as_they_came() {
    let host = FakeHost::scripted([success()]);
    done(&host, &EVENTS_EXPORT, Call::at("Zi%2B%3D%3D")).unwrap();
    let sent = &host.sent()[0];
    assert_eq!((sent.method.as_str(), sent.target.as_str()), ("GET", "/1/events.json?cursor=Zi%2B%3D%3D"));
}

#[test]
fn reads_whose_answer_was_lost_are_sent_again() {
    for reply in lost() {
        let host = FakeHost::scripted([reply.clone(), reply, success()]);
        assert!(done(&host, &TARGETS_LIST, Call::default()).is_ok());
        assert_eq!(host.lines()[0]["tries"], 3);
    }
    for reply in lost() {
        let host = FakeHost::scripted([reply.clone(), reply.clone(), reply]);
        let error = done(&host, &TARGETS_LIST, Call::default()).unwrap_err();
        assert!(error.retryable(), "{error:?}");
        assert!(
            matches!(error, Error::Refused(_) | Error::TimedOut { .. } | Error::Unreachable { .. }),
            "{error:?}"
        );
    }
}

#[test]
fn writes_whose_answer_was_lost_are_in_doubt_and_sent_once() {
    for operation in [&TARGETS_CREATE, &EVENTS_UPLOAD] {
        for reply in lost().into_iter().chain([
            fail(500, "An unknown error occurred", 500),
            Reply::text(200, "<html>"),
            Reply::text(200, ""),
        ]) {
            let host = FakeHost::scripted([reply]);
            let error = done(&host, operation, Call::default()).unwrap_err();
            assert!(matches!(&error, Error::InDoubt { what } if what.contains(operation.path)), "{error:?}");
            assert!(!error.retryable());
        }
    }
    // No answer at all.
    let host = FakeHost::scripted([Reply::never()]);
    assert!(matches!(done(&host, &TARGETS_CREATE, Call::default()), Err(Error::InDoubt { .. })));
    // The operation's word can be overruled, both ways.
    let host = FakeHost::scripted([Reply::text(503, ""), success()]);
    assert!(done(&host, &TARGETS_CREATE, Call { replay: Some(Replay::Safe), ..Call::default() }).is_ok());
    let host = FakeHost::scripted([Reply::text(503, "")]);
    let once = Call { replay: Some(Replay::OnlyIfNotSent), ..Call::default() };
    assert!(matches!(done(&host, &PROFILES_UPLOAD, once), Err(Error::InDoubt { .. })));
}

#[test]
fn what_did_not_take_effect_is_sent_again_whatever_it_is() {
    let refused = [
        fail(429, "Too many concurrent requests", 429),
        fail(200, "Too many requests", 429),
        Reply::fail(SendError::NeverSent("connection refused".to_owned())),
    ];
    for reply in refused {
        let host = FakeHost::scripted([reply.clone(), reply.clone(), success()]);
        assert!(done(&host, &TARGETS_CREATE, Call::default()).is_ok());
        let host = FakeHost::scripted([reply.clone(), reply.clone(), reply]);
        let error = done(&host, &TARGETS_CREATE, Call::default()).unwrap_err();
        assert!(matches!(error, Error::RateLimited { .. } | Error::Unreachable { .. }), "{error:?}");
    }
}

#[test]
fn a_wait_that_was_asked_for_is_kept_or_handed_on() {
    let busy = || fail(429, "Too many concurrent requests", 429);
    let host = FakeHost::scripted([busy().header("retry-after", "7"), success()]);
    assert!(done(&host, &TARGETS_LIST, Call::default()).is_ok());
    assert_eq!(host.now(), ms(7000));
    let host = FakeHost::scripted([busy().header("retry-after", "Sun, 01 Mar 2026 12:00:09 GMT"), success()]);
    assert!(done(&host, &TARGETS_LIST, Call::default()).is_ok());
    assert_eq!(host.now(), ms(9000));
    let host = FakeHost::scripted([busy().header("retry-after", "60")]);
    let error = done(&host, &TARGETS_LIST, Call::default()).unwrap_err();
    assert!(matches!(error, Error::RateLimited { retry_after_ms: Some(60_000), .. }), "{error:?}");
    assert_eq!(host.now(), ms(0));
    let host = FakeHost::scripted([Reply::text(503, "").header("retry-after", "60")]);
    let error = done(&host, &TARGETS_LIST, Call::default()).unwrap_err();
    assert!(matches!(error, Error::RateLimited { retry_after_ms: Some(60_000), .. }), "{error:?}");
}

#[test]
fn refusals_are_final() {
    for reply in [
        fail(401, "Invalid Credentials", 401),
        fail(400, "Malformed request", 400),
        fail(500, "An unknown error occurred", 500),
        Reply::text(200, ""),
        Reply::text(302, "").header("location", "https://example.org/"),
        Reply::fail(SendError::Denied),
        Reply::fail(SendError::Unsendable("no".to_owned())),
    ] {
        let host = FakeHost::scripted([reply]);
        assert!(done(&host, &TARGETS_LIST, Call::default()).is_err());
        assert_eq!(host.sent().len(), 1);
    }
    let host = FakeHost::scripted([fail(500, "This target has no result as of yet", 500)]);
    assert!(matches!(done(&host, &TARGETS_RESULT, Call::default()), Err(Error::NotReady { .. })));
}

#[test]
fn one_deadline_covers_all_tries() {
    let host = FakeHost::answering(|_| Reply::text(503, "").after(ms(10_000)));
    let call = Call { tries: Some(10), ..Call::default() };
    assert!(done(&host, &TARGETS_LIST, call).is_err());
    assert!(host.now() <= ms(25_000) && host.sent().len() == 3, "{:?}", host.now());
    // A try has its own budget, so that a hanging one leaves time for the next.
    let mut first = true;
    let host =
        FakeHost::answering(move |_| if std::mem::take(&mut first) { Reply::never() } else { success() });
    let call = Call { budget: Some(ms(4000)), ..Call::default() };
    assert!(done(&host, &TARGETS_LIST, call).is_ok());
    assert_eq!(host.sent()[0].timeouts.first_byte, ms(4000));
    // An answer that trickles in too slowly is none.
    let host = FakeHost::answering(|_| Reply::text(200, "{").then(ms(30_000), Ok(b"}")));
    assert!(matches!(done(&host, &TARGETS_LIST, Call::default()), Err(Error::TimedOut { .. })));
}

#[test]
fn answers_that_are_too_long_or_cut_short() {
    let mut account = testing::account();
    account.settings.max_answer_bytes = 10;
    let host = FakeHost::scripted([success(), success()]);
    assert!(matches!(
        done_as(&host, &account, &TARGETS_LIST, Call::default()),
        Err(Error::Undecodable { .. })
    ));
    assert!(matches!(done_as(&host, &account, &TARGETS_CREATE, Call::default()), Err(Error::InDoubt { .. })));
    let host = FakeHost::scripted([success().header("content-length", "500"), success()]);
    assert!(done(&host, &TARGETS_LIST, Call::default()).is_ok());
    assert_eq!(host.sent().len(), 2);
}

#[test]
fn counts_are_polled() {
    let partial = |id: u64| Reply::json(200, &json!({"req_id": id, "status": "partial"}));
    let id = 9_007_199_254_740_993;
    let host = FakeHost::scripted([
        partial(id),
        partial(id),
        Reply::json(200, &json!({"status": "success", "count": 7})),
    ]);
    assert_eq!(done(&host, &COUNTS_EVENTS, Call::with(json!({"event_name": "x"}))).unwrap()["count"], 7);
    let sent = host.sent();
    let seen: Vec<_> =
        sent.iter().map(|sent| (sent.at, sent.method.as_str(), sent.target.as_str())).collect();
    let poll = "/1/counts/events.json?req_id=9007199254740993";
    assert_eq!(
        seen,
        [(ms(0), "POST", "/1/counts/events.json"), (ms(1000), "GET", poll), (ms(4000), "GET", poll)]
    );

    let host = FakeHost::answering(move |_| partial(5));
    let error = done(&host, &COUNTS_EVENTS, Call::default()).unwrap_err();
    assert!(matches!(&error, Error::NotReady { cursor: Some(id), .. } if id == "5"), "{error:?}");
    assert!(host.now() < ms(25_000));

    let account = testing::account();
    let host = FakeHost::scripted([Reply::json(200, &json!({"status": "success", "count": 7}))]);
    let session = Session::open(&host, &account, Trace::default());
    assert_eq!(host.run(session.resume(&COUNTS_EVENTS, "5")).unwrap()["count"], 7);
    assert_eq!(
        (host.sent()[0].at, host.sent()[0].target.as_str()),
        (ms(0), "/1/counts/events.json?req_id=5")
    );
}

#[test]
fn a_cursor_in_progress_is_asked_for_again() {
    let busy = || fail(200, "Request still in progress, please retry later", 2);
    let host = FakeHost::scripted([busy(), busy(), success()]);
    assert!(done(&host, &EVENTS_EXPORT, Call::at("abc")).is_ok());
    assert!(host.sent().iter().all(|sent| sent.target == "/1/events.json?cursor=abc"));
    assert_eq!(host.now(), ms(4000));
    let host = FakeHost::answering(move |_| busy());
    let error = done(&host, &EVENTS_EXPORT, Call::at("abc")).unwrap_err();
    assert!(matches!(&error, Error::NotReady { cursor: Some(cursor), .. } if cursor == "abc"), "{error:?}");
}

#[test]
fn no_more_are_in_flight_than_clevertap_takes() {
    let all = |operation: &'static Operation| {
        let host = FakeHost::answering(|_| success().after(ms(10)));
        let account = testing::account();
        let session = Session::open(&host, &account, Trace::default());
        host.run(async {
            let mut calls: Vec<_> =
                (0..40).map(|_| Box::pin(session.done(operation, Call::default()))).collect();
            std::future::poll_fn(|context| {
                calls.retain_mut(|call| call.as_mut().poll(context).is_pending());
                if calls.is_empty() { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
            })
            .await;
        });
        assert_eq!(host.sent().len(), 40);
        host.most_in_flight()
    };
    assert_eq!(all(&TARGETS_LIST), 3);
    assert_eq!(all(&EVENTS_UPLOAD), 15);
}

#[test]
fn waiting_in_line_ends_with_the_deadline_and_sends_nothing() {
    let host = FakeHost::answering(|_| success().after(ms(24_999)));
    let mut account = testing::account();
    account.settings.requests_in_flight = 1;
    let session = Session::open(&host, &account, Trace::default());
    let results = host.run(async {
        let first = session.done(&TARGETS_CREATE, Call::default()).await;
        host.sleep(ms(10)).await;
        (first, session.done(&TARGETS_CREATE, Call::default()).await)
    });
    assert!(results.0.is_ok());
    assert!(matches!(results.1, Err(Error::TimedOut { .. })), "nothing is in doubt");
    assert_eq!(host.sent().len(), 1);
}

#[test]
fn one_log_line_for_each_call_and_nothing_of_anybodys_in_it() {
    let host =
        FakeHost::scripted([Reply::text(503, ""), fail(400, "Invalid campaign id", 400).after(ms(20))]);
    let call = Call::with(json!({"id": "somebody@example.org"})).query("email", "somebody@example.org");
    done(&host, &TARGETS_LIST, call).unwrap_err();
    let lines = host.lines();
    assert_eq!(lines.len(), 1);
    let line = &lines[0];
    assert_eq!(line["kind"], "upstream");
    assert_eq!(
        (&line["request_id"], &line["trace_id"]),
        (&json!("r1"), &json!("0af7651916cd43dd8448eb211c80319c"))
    );
    assert_eq!((&line["account"], &line["operation"]), (&json!("acme"), &json!("targets.list")));
    assert_eq!((&line["status"], &line["code"], &line["tries"]), (&json!(400), &json!(400), &json!(2)));
    assert!(line["ms"].as_u64().unwrap() >= 20 && line["bytes"].as_u64().unwrap() > 0);
    assert_eq!(line.as_object().unwrap().len(), 10);
    assert!(!line.to_string().contains("somebody") && !line.to_string().contains(PASSCODE));
}

#[test]
fn a_broken_trace_context_goes_nowhere() {
    for context in
        ["", "00-0-0-01", "x\r\nhost: y", "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01"]
    {
        let trace = Trace { request_id: String::new(), traceparent: Some(context.to_owned()) };
        assert_eq!(trace.trace_id(), None);
        let mut headers = Vec::new();
        trace.apply(&mut headers);
        assert!(headers.is_empty());
    }
}
