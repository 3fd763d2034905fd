//! `/custom` and `/proxy`.

use super::*;

fn echo() -> FakeHost {
    FakeHost::answering(|_| {
        Reply::text(207, "their answer")
            .header("content-type", "text/x-theirs")
            .header("x-theirs", "1")
            .header("x-request-id", "theirs")
    })
}

#[test]
fn custom_passes_everything_through() {
    let host = echo();
    let mut request = request(
        "PUT",
        "/custom/1/a%20b/c;d?b=2&integrated%5Faccount_id=acme&a=%5B+x&&truto_body_passthrough=true&c",
    )
    .with("content-type", "text/csv")
    .with("accept", "text/csv")
    .with("x-request-id", "r-1")
    .with("x-clevertap-passcode", "caller's own");
    request.body = Body::Bytes(b"not json".to_vec());
    let answer = ask(&host, request);
    assert_eq!((answer.status, answer.text()), (207, "their answer".to_owned()));
    assert_eq!(
        (answer.header("content-type"), answer.header("x-theirs")),
        (Some("text/x-theirs"), Some("1"))
    );
    assert_eq!(answer.header("x-request-id"), Some("r-1"));
    let sent = &host.sent()[0];
    assert_eq!((sent.origin.as_str(), sent.method.as_str()), ("https://in1.api.clevertap.com", "PUT"));
    assert_eq!(sent.target, "/1/a%20b/c;d?b=2&a=%5B+x&c");
    assert_eq!(sent.body, b"not json");
    assert_eq!((sent.header("content-type"), sent.header("accept")), (Some("text/csv"), Some("text/csv")));
    assert_eq!((sent.header("x-clevertap-passcode"), sent.header("authorization")), (Some(PASSCODE), None));
    assert_eq!(sent.headers.iter().filter(|(name, _)| name == "x-clevertap-passcode").count(), 1);
}

#[test]
fn custom_without_a_query_sends_none() {
    let host = echo();
    ask(&host, get("/custom/1/x?integrated_account_id=acme"));
    assert_eq!(host.sent()[0].target, "/1/x");
}

#[test]
fn custom_streams_both_ways() {
    let host =
        FakeHost::answering(|_| Reply::text(200, "a").then(std::time::Duration::from_secs(1), Ok(b"b")));
    let answer = ask(&host, get("/custom/1/x?integrated_account_id=acme"));
    assert_eq!(answer.text(), "ab");
    let line = host.lines().into_iter().find(|line| line["kind"] == "request").unwrap();
    assert_eq!((&line["bytes"], &line["route"]), (&Value::Null, &json!("/custom/{path...}")));
}

#[test]
fn custom_hands_on_refusals_and_names_what_cannot_be_asked() {
    let host = FakeHost::scripted([Reply::text(404, "no such page")]);
    let answer = ask(&host, get("/custom/1/x?integrated_account_id=acme"));
    assert_eq!((answer.status, answer.text()), (404, "no such page".to_owned()));
    for query in
        ["truto_response_format=raw", "truto_key_by=id", "remote_query[a]=b", "truto_body_passthrough=maybe"]
    {
        let answer = ask_alone(get(&format!("/custom/1/x?integrated_account_id=acme&{query}")));
        assert_eq!(answer.problem(), (400, "invalid".to_owned()), "{query}");
    }
}

#[test]
fn custom_reaches_no_other_host() {
    for path in [
        "../x",
        "1/../../x",
        "/evil.example/x",
        "1/%2e%2e/x",
        "1/\\x",
        "http://evil.example/",
        "@evil.example/",
    ] {
        let host = echo();
        let answer = ask(&host, get(&format!("/custom/{path}?integrated_account_id=acme")));
        for sent in host.sent() {
            assert_eq!(sent.origin, "https://in1.api.clevertap.com", "{path}");
        }
        assert!(matches!(answer.status, 207 | 400), "{path}: {}", answer.text());
    }
}

#[test]
fn custom_head_is_head_upstream() {
    let host = FakeHost::answering(|_| Reply::text(200, "").header("content-length", "12"));
    let answer = ask(&host, request("HEAD", "/custom/1/x?integrated_account_id=acme"));
    assert_eq!(host.sent()[0].method, "HEAD");
    assert_eq!((answer.status, answer.body.len()), (200, 0));
}
