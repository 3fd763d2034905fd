use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::clevertap::client::Trace;
use crate::testing::{self, FakeHost, PASSCODE, Reply, Sent};

fn text(name: &str, value: &str) -> (String, Vec<u8>) {
    (name.to_owned(), value.as_bytes().to_vec())
}

fn custom(
    host: &FakeHost,
    method: &str,
    path: &str,
    headers: Headers,
    body: Body,
) -> Result<Response, Error> {
    let account = testing::account();
    let trace = Trace { request_id: "r1".to_owned(), traceparent: None };
    let session = Session::open(host, &account, trace);
    host.run(forward(&session, method, path, headers, body))
}

fn get(host: &FakeHost, path: &str) -> Result<Response, Error> {
    custom(host, "GET", path, Vec::new(), Body::Empty)
}

fn read(host: &FakeHost, response: Response) -> Vec<u8> {
    host.run(response.body.read(1 << 20)).unwrap()
}

#[test]
fn passes_a_request_through_and_its_answer_back() {
    let host = FakeHost::scripted([Reply::text(418, "short and stout")
        .header("x-odd", "1")
        .header("connection", "close, x-hop")
        .header("x-hop", "1")
        .header("transfer-encoding", "chunked")
        .header("location", "https://example.org/")]);
    let headers =
        vec![text("accept", "text/csv"), text("content-type", "text/plain"), text("x-mine", "kept")];
    let response = custom(
        &host,
        "POST",
        "/1/x%2by?b=%2B&integrated_account_id=acme",
        headers,
        Body::Bytes(b"a,b".to_vec()),
    )
    .unwrap();
    assert_eq!(response.status, 418);
    assert_eq!(response.headers, vec![text("x-odd", "1"), text("location", "https://example.org/")]);
    assert_eq!(read(&host, response), b"short and stout");
    let sent = &host.sent()[0];
    assert_eq!((sent.method.as_str(), sent.origin.as_str()), ("POST", "https://in1.api.clevertap.com"));
    assert_eq!(sent.target, "/1/x%2by?b=%2B");
    assert_eq!(sent.body, b"a,b");
    let mut expected = vec![
        text("accept", "text/csv"),
        text("content-type", "text/plain"),
        text("x-mine", "kept"),
        text("content-length", "3"),
        text("x-clevertap-account-id", "TEST-123"),
        text("x-clevertap-passcode", PASSCODE),
    ];
    expected.sort();
    let mut got = sent.headers.clone();
    got.sort();
    assert_eq!(got, expected);
    assert_eq!(host.lines()[0]["operation"], "custom");
}

#[test]
fn drops_what_is_not_for_clevertap() {
    let host = FakeHost::scripted([Reply::text(200, "{}")]);
    let dropped = [
        "Authorization",
        "cookie",
        "host",
        "Expect",
        "connection",
        "keep-alive",
        "proxy-authorization",
        "Proxy-Connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "forwarded",
        "X-Forwarded-For",
        "x-forwarded-host",
        "X-CleverTap-Passcode",
        "x-clevertap-account-id",
        "X-CleverTap-Token",
        "x-listed",
        "content-length",
    ];
    let mut headers: Headers = dropped
        .iter()
        .map(|name| text(name, if *name == "connection" { "X-Listed, close" } else { "evil" }))
        .collect();
    headers.push(text("x-kept", "evil too"));
    custom(&host, "GET", "/1/x", headers, Body::Empty).unwrap();
    let sent = &host.sent()[0];
    let names: Vec<_> = sent.headers.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["x-kept", "x-clevertap-account-id", "x-clevertap-passcode"]);
    assert_eq!(sent.header("x-clevertap-passcode"), Some(PASSCODE));
}

#[test]
fn reads_are_tried_again_and_the_last_answer_is_given() {
    for status in [429, 502, 503, 504] {
        let host = FakeHost::answering(move |_| Reply::text(status, "busy"));
        let response = get(&host, "/1/x").unwrap();
        assert_eq!(response.status, status);
        assert_eq!(host.sent().len(), 3);
        assert_eq!(read(&host, response), b"busy");
    }
    let host = FakeHost::scripted([Reply::fail(SendError::Cut("reset".into())), Reply::text(200, "ok")]);
    assert_eq!(get(&host, "/1/x").unwrap().status, 200);
}

#[test]
fn writes_are_tried_again_only_when_they_did_not_take_effect() {
    let post = |host: &FakeHost, body: Body| custom(host, "POST", "/1/x", Vec::new(), body);
    let host = FakeHost::scripted([
        Reply::text(429, ""),
        Reply::fail(SendError::NeverSent("dns".into())),
        Reply::text(200, "ok"),
    ]);
    assert_eq!(post(&host, Body::Bytes(vec![1])).unwrap().status, 200);
    assert!(host.sent().iter().all(|sent| sent.body == [1]), "the same body each time");

    let host = FakeHost::scripted([Reply::text(503, "busy")]);
    assert_eq!(post(&host, Body::Bytes(vec![1])).unwrap().status, 503);

    for error in [SendError::Cut("reset".into()), SendError::TimedOut] {
        let host = FakeHost::scripted([Reply::fail(error)]);
        assert!(matches!(post(&host, Body::Bytes(vec![1])), Err(Error::InDoubt { .. })));
    }
    let host = FakeHost::scripted([Reply::never()]);
    assert!(matches!(post(&host, Body::Empty), Err(Error::InDoubt { .. })));
    let host = FakeHost::answering(|_| Reply::never());
    assert!(matches!(get(&host, "/1/x"), Err(Error::TimedOut { .. })));
    let host = FakeHost::scripted([Reply::fail(SendError::Denied)]);
    assert_eq!(
        post(&host, Body::Empty).unwrap_err(),
        Error::DeniedByHost { host: "in1.api.clevertap.com".into() }
    );
}

/// A body in two pieces.
struct Two(u8);

impl Source for Two {
    fn next(&mut self) -> LocalFuture<'_, Result<Option<Vec<u8>>, SendError>> {
        self.0 += 1;
        let piece = if self.0 <= 2 { Some(vec![self.0]) } else { None };
        Box::pin(async move { Ok(piece) })
    }
}

#[test]
fn streamed_and_large_bodies_go_out_once() {
    let host = FakeHost::scripted([Reply::text(429, "busy")]);
    let body = Body::Stream(Box::new(Two(0)), None);
    let response = custom(&host, "PUT", "/1/x", Vec::new(), body).unwrap();
    assert_eq!((response.status, host.sent()[0].body.as_slice()), (429, [1, 2].as_slice()));
    assert_eq!(host.sent()[0].header("content-length"), None, "the length is not known");
    let host = FakeHost::scripted([Reply::text(429, "busy")]);
    custom(&host, "PUT", "/1/x", Vec::new(), Body::Bytes(vec![0; KEPT + 1])).unwrap();
    assert_eq!(host.sent().len(), 1);
}

#[test]
fn redirects_are_answers() {
    let host = FakeHost::scripted([Reply::text(302, "").header("location", "https://example.org/x")]);
    let response = get(&host, "/1/x").unwrap();
    assert_eq!((response.status, response.headers), (302, vec![text("location", "https://example.org/x")]));
}

#[test]
fn methods_are_checked() {
    let host = FakeHost::answering(|_| Reply::text(200, ""));
    for method in ["", "GE T", "GET\r\n", "CONNECT", "trace", "TRACE", "ä"] {
        assert!(
            matches!(custom(&host, method, "/", Vec::new(), Body::Empty), Err(Error::Invalid(_))),
            "{method}"
        );
    }
    for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PURGE"] {
        assert!(custom(&host, method, "/", Vec::new(), Body::Empty).is_ok(), "{method}");
    }
}

#[test]
fn a_place_in_line_is_kept_until_the_body_is_gone() {
    let host = FakeHost::answering(|_: &Sent| Reply::text(200, "a").then(Duration::from_secs(1), Ok(b"b")));
    let mut account = testing::account();
    account.settings.requests_in_flight = 1;
    let session = Session::open(&host, &account, Trace::default());
    host.run(async {
        let first = forward(&session, "GET", "/1/x", Vec::new(), Body::Empty).await.unwrap();
        let second = forward(&session, "GET", "/1/x", Vec::new(), Body::Empty);
        assert!(
            crate::transport::Deadline::after(&host, Duration::from_secs(2))
                .race(&host, second)
                .await
                .is_none()
        );
        assert_eq!(first.body.read(10).await.unwrap(), b"ab");
        assert!(forward(&session, "GET", "/1/x", Vec::new(), Body::Empty).await.is_ok());
    });
    assert_eq!(host.most_in_flight(), 1);
}

#[test]
fn a_body_that_stops_on_its_way_ends_in_time() {
    let second = Duration::from_secs(1);
    let gap = testing::account().settings.deadline;
    let host = FakeHost::answering(move |_| {
        Reply::text(200, "a")
            .then(gap - second, Ok(b"b"))
            .then(gap - second, Ok(b"c"))
            .then(1000 * gap, Ok(b"never"))
    });
    let mut account = testing::account();
    account.settings.requests_in_flight = 1;
    let session = Session::open(&host, &account, Trace::default());
    host.run(async {
        let mut body = forward(&session, "POST", "/1/x", Vec::new(), Body::Empty).await.unwrap().body;
        for piece in [b"a", b"b", b"c"] {
            assert_eq!(
                body.next().await,
                Ok(Some(piece.to_vec())),
                "progress may take longer than the deadline"
            );
        }
        let before = host.now();
        assert_eq!(body.next().await, Err(SendError::TimedOut));
        assert_eq!(host.now() - before, gap);
        assert_eq!(body.next().await, Ok(None));
        // Its place in line is free again.
        let session = Session::open(&host, &account, Trace::default());
        forward(&session, "GET", "/1/x", Vec::new(), Body::Empty).await.unwrap();
    });
}

#[test]
fn a_whole_body_has_the_deadline() {
    let account = testing::account();
    let deadline = account.settings.deadline;
    let second = Duration::from_secs(1);
    let outcome = |method: &str, reply: Reply| {
        let host = FakeHost::scripted([reply]);
        let session = Session::open(&host, &account, Trace::default());
        let result = host.run(async {
            let answer = forward(&session, method, "/1/x", Vec::new(), Body::Empty).await.unwrap();
            whole(&session, method, answer.body).await
        });
        assert!(host.now() <= deadline, "{method}: {:?}", host.now());
        result
    };
    // One that stops, and one that trickles: no single wait is long.
    let stuck = || Reply::text(200, "a").then(1000 * deadline, Ok(b"b"));
    let trickling = || (0..100).fold(Reply::text(200, "a"), |reply, _| reply.then(second, Ok(b"b")));
    for late in [&stuck as &dyn Fn() -> Reply, &trickling] {
        for method in ["GET", "HEAD"] {
            assert!(matches!(outcome(method, late()), Err(Error::TimedOut { .. })), "{method}");
        }
        for method in ["POST", "DELETE", "get"] {
            assert!(matches!(outcome(method, late()), Err(Error::InDoubt { .. })), "{method}");
        }
    }
    let broken = |error| Reply::text(200, "a").then(second, Err(error));
    for error in [SendError::Cut("reset".into()), SendError::NeverSent("refused".into()), SendError::Denied] {
        assert!(matches!(outcome("GET", broken(error.clone())), Err(Error::Unreachable { .. })));
        assert!(matches!(outcome("POST", broken(error)), Err(Error::InDoubt { .. })));
    }
    assert_eq!(outcome("POST", Reply::text(200, "a").then(second, Ok(b"b"))), Ok(b"ab".to_vec()));
}

#[test]
fn an_endpoint_takes_the_place_of_the_region() {
    let host = FakeHost::scripted([Reply::json(200, &json!({}))]);
    let mut connection = testing::connection();
    connection.endpoint = Some("http://127.0.0.1:8081".to_owned());
    let account = crate::clevertap::account::Account::open(connection).unwrap();
    let session = Session::open(&host, &account, Trace::default());
    host.run(forward(&session, "GET", "/1/x", Vec::new(), Body::Empty)).unwrap();
    assert_eq!(host.sent()[0].origin, "http://127.0.0.1:8081");
}

proptest! {
    #[test]
    fn whatever_the_path_requests_go_to_the_accounts_host(path in "\\PC{0,40}", headers in prop::collection::vec(("[a-zA-Z-]{1,20}", "[ -~]{0,20}"), 0..4)) {
        let host = FakeHost::answering(|_| Reply::text(200, "{}"));
        let headers = headers.iter().map(|(name, value)| text(name, value)).collect();
        let result = custom(&host, "GET", &path, headers, Body::Empty);
        match host.sent().first() {
            Some(sent) => {
                prop_assert_eq!(sent.origin.as_str(), "https://in1.api.clevertap.com");
                prop_assert!(sent.target.starts_with('/') && !sent.target.starts_with("//"));
                prop_assert_eq!(sent.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("x-clevertap-passcode")).count(), 1);
                prop_assert!(sent.header("host").is_none());
            }
            None => prop_assert!(matches!(result, Err(Error::Invalid(_)))),
        }
    }
}
