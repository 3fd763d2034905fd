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
    assert_eq!(sent.target, "/1/a%20b/c;d?b=2&a=%5B+x&&c");
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
fn custom_passes_a_query_byte_for_byte() {
    for (query, sent) in [
        ("a=1&&b=2&&integrated_account_id=acme", "a=1&&b=2&"),
        ("integrated_account_id=acme&a=1&&b=2&", "a=1&&b=2&"),
        ("&a=1&integrated%5Faccount%5fid=acme&&b=%2B+%zz&truto_body_passthrough=1&", "&a=1&&b=%2B+%zz&"),
        ("integrated_account_id=acme&&", "&"),
    ] {
        let host = echo();
        let answer = ask(&host, get(&format!("/custom/1/x?{query}")));
        assert_eq!(answer.status, 207, "{query}: {}", answer.text());
        assert_eq!(host.sent()[0].target, format!("/1/x?{sent}"), "{query}");
    }
}

#[test]
fn custom_drops_nothing_in_silence() {
    for query in
        ["truto_%ff=1", "truto_%zz=1", "truto_x=1", "remote_query=1", "integrated_account_id[a][b]=acme"]
    {
        let answer = ask_alone(get(&format!("/custom/1/x?integrated_account_id=acme&{query}")));
        assert_eq!(answer.status, 400, "{query}");
    }
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
    assert_eq!(answer.header("content-length"), Some("12"));
}

fn rows() -> Value {
    json!([{"id": 1, "remote_data": "theirs"}, {"id": 2, "name": null}])
}

#[test]
fn a_proxied_list_comes_in_the_envelope_untouched() {
    let targets = json!({"status": "success", "targets": rows()});
    let host = FakeHost::answering(move |_| Reply::json(200, &targets));
    let path = "/proxy/campaigns?integrated_account_id=acme&from=20260101&to=20260131";
    let answer = ask(&host, get(&format!("{path}&truto_response_format=raw&limit=&next_cursor=")));
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.json()["result"], rows());
    assert_eq!((&answer.json()["limit"], &answer.json()["result_count"]), (&Value::Null, &json!(2)));
    assert_eq!(host.sent()[0].json(), json!({"from": 20_260_101, "to": 20_260_131}));
    let keyed = ask(&host, get(&format!("{path}&truto_key_by=id&truto_exclude_fields=name")));
    assert_eq!(keyed.json()["result"], json!({"1": {"id": 1, "remote_data": "theirs"}, "2": {"id": 2}}));
    let posted = ask(
        &host,
        post("/proxy/campaigns/list?integrated_account_id=acme&truto_key_by=id", &json!({"from": 1})),
    );
    assert_eq!(posted.json()["result"]["1"]["id"], 1);
}

#[test]
fn a_proxied_object_comes_verbatim() {
    let host = FakeHost::answering(|_| {
        Reply::text(200, "{ \"record\" :1}").header("content-type", "application/json")
    });
    let target = "/proxy/profiles/jane?integrated_account_id=acme&remote_query[extra][]=a&plain=b%20c";
    let answer = ask(&host, get(target));
    assert_eq!((answer.status, answer.text()), (200, "{ \"record\" :1}".to_owned()));
    let sent = &host.sent()[0].target;
    for part in ["identity=jane", "extra%5B%5D=a", "plain=b%20c"] {
        assert!(sent.contains(part), "{sent}");
    }
    assert!(!sent.contains("acme") && !sent.contains("remote_query"));
    for query in [
        "truto_key_by=id",
        "truto_exclude_fields=a",
        "truto_response_format=unified",
        "truto_what=1",
        "remote_query=1",
    ] {
        let answer = ask_alone(get(&format!("/proxy/profiles/jane?integrated_account_id=acme&{query}")));
        assert_eq!(answer.problem(), (400, "invalid".to_owned()), "{query}");
    }
}

#[test]
fn a_proxied_count_is_no_list() {
    let host = FakeHost::answering(|_| Reply::json(200, &json!({"status": "success", "count": 7})));
    let path = "/proxy/counts_events?integrated_account_id=acme&event_name=x&from=20260101&to=20260102";
    assert_eq!(ask(&host, get(path)).json()["count"], 7);
    assert_eq!(ask(&host, get(&format!("{path}&truto_key_by=id"))).problem(), (400, "invalid".to_owned()));
}

#[test]
fn unknown_resources_and_methods_name_the_known() {
    let answer = ask_alone(get("/proxy/nothing?integrated_account_id=acme"));
    assert_eq!(answer.problem(), (404, "not_found".to_owned()));
    assert!(answer.message().contains("message_reports"), "{}", answer.message());
    let answer = ask_alone(post("/proxy/campaigns/frobnicate?integrated_account_id=acme", &json!({})));
    assert_eq!(answer.problem(), (404, "not_found".to_owned()));
    assert!(answer.message().contains("stop"), "{}", answer.message());
    let answer = ask_alone(post("/proxy/notifications?integrated_account_id=acme", &json!({})));
    assert_eq!(answer.problem(), (501, "unsupported".to_owned()));
}
