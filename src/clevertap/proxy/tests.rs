use std::time::Duration;

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::clevertap::client::Trace;
use crate::clevertap::operation::{OPERATIONS, UNREACHABLE};
use crate::testing::{FakeHost, Reply, account};

const ORIGIN: &str = "https://in1.api.clevertap.com";

fn ask(resource: &str, method: ProxyMethod) -> ProxyRequest {
    let resource = resource.to_owned();
    ProxyRequest { resource, id: None, method, query: Vec::new(), body: None, cursor: None, limit: None }
}

fn list(resource: &str, query: &[(&str, &str)]) -> ProxyRequest {
    let query = query.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    ProxyRequest { query, ..ask(resource, ProxyMethod::List) }
}

fn custom(resource: &str, name: &str, body: Value) -> ProxyRequest {
    ProxyRequest { body: Some(body), ..ask(resource, ProxyMethod::Custom(name.to_owned())) }
}

fn run(host: &FakeHost, request: &ProxyRequest) -> Result<ProxyAnswer, Error> {
    let account = account();
    let session = Session::open(host, &account, Trace::default());
    host.run(proxy(&session, request))
}

fn page(host: &FakeHost, request: &ProxyRequest) -> Page<Value> {
    match run(host, request) {
        Ok(ProxyAnswer::List(page)) => page,
        other => panic!("{other:?}"),
    }
}

fn text(answer: Result<ProxyAnswer, Error>) -> (u16, String) {
    match answer {
        Ok(ProxyAnswer::Verbatim { status, body, .. }) => (status, String::from_utf8(body).unwrap()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_list_that_comes_whole_is_one_page_with_fields_untouched() {
    let items = json!([{"id": 12, "oddKey": {"b": 1, "a": 2.50}}, {"id": 13}]);
    let host = FakeHost::scripted([Reply::json(200, &json!({"status": "success", "targets": items}))]);
    let page = page(
        &host,
        &ProxyRequest { limit: Some(1), ..list("campaigns", &[("from", "20260101"), ("to", "20260131")]) },
    );
    assert_eq!((json!(page.items), page.next_cursor, page.partial), (items, None, false));
    assert_eq!(page.warnings[0].code, "limit_not_applied");
    let sent = &host.sent()[0];
    assert_eq!((sent.method.as_str(), sent.target.as_str()), ("POST", "/1/targets/list.json"));
    assert_eq!(sent.json(), json!({"from": 20260101, "to": 20260131}));
}

#[test]
fn lists_lie_under_their_own_keys() {
    for (resource, key) in [
        ("message_reports", "messages"),
        ("schemas", "events"),
        ("schemas", "userProperties"),
        ("category_groups", "list"),
        ("wallets", "records"),
        ("catalogs", "data"),
    ] {
        let host = FakeHost::scripted([Reply::json(200, &json!({"status": "success", key: [1, 2]}))]);
        assert_eq!(page(&host, &list(resource, &[])).items.len(), 2, "{resource}");
    }
    let host = FakeHost::scripted([Reply::json(200, &json!({"status": "success"}))]);
    assert_eq!(page(&host, &list("campaigns", &[])).items.len(), 0);
    let host = FakeHost::scripted([Reply::json(200, &json!({"status": "success", "surprise": {}}))]);
    assert!(matches!(run(&host, &list("campaigns", &[])), Err(Error::Undecodable { .. })));
}

/// An export of three pages with two empty ones among them, its cursors percent-encoded, ended as CleverTap
/// ends one.
fn export() -> FakeHost {
    FakeHost::answering(|sent| {
        let cursor = sent.target.split_once("cursor=").map(|(_, cursor)| cursor);
        Reply::json(
            200,
            &match cursor {
                None => json!({"status": "success", "cursor": "a%2B%3D"}),
                Some("a%2B%3D") => {
                    json!({"status": "success", "next_cursor": "b%2F", "records": [{"ts": 1}, {"ts": 2}]})
                }
                Some("b%2F") => json!({"status": "success", "next_cursor": "c", "records": []}),
                Some("c") => json!({"status": "success", "next_cursor": "d"}),
                Some("d") => json!({"status": "success", "next_cursor": "e", "records": [{"ts": 3}]}),
                Some("e") => json!({"status": "success"}),
                Some(other) => panic!("cursor {other}"),
            },
        )
    })
}

#[test]
fn an_export_is_walked_in_its_own_pages() {
    let host = export();
    let mut request = ProxyRequest {
        limit: Some(1000),
        ..list(
            "events",
            &[("event_name", "Charged"), ("from", "20260101"), ("to", "20260131"), ("profile", "true")],
        )
    };
    let (mut sizes, mut seen) = (Vec::new(), Vec::new());
    loop {
        let page = page(&host, &request);
        sizes.push(page.items.len());
        seen.extend(page.items.iter().map(|item| item["ts"].as_i64().unwrap()));
        let Some(cursor) = page.next_cursor else { break };
        assert!(!cursor.contains("%2F") && !page.partial);
        request.cursor = Some(cursor);
        request.limit = Some(7);
    }
    assert_eq!((sizes, seen), (vec![2, 1, 0], vec![1, 2, 3]));
    let sent = host.sent();
    assert_eq!(sent[0].target, "/1/events.json?profile=true&batch_size=1000");
    assert_eq!(sent[0].json(), json!({"event_name": "Charged", "from": 20260101, "to": 20260131}));
    assert!(sent[1..].iter().all(|sent| sent.method == "GET" && sent.body.is_empty()));
}

#[test]
fn the_query_may_come_as_a_body() {
    let body = json!({"event_name": "Charged", "from": 20260101, "to": 20260131});
    for request in [
        custom("profiles", "list", body.clone()),
        ProxyRequest { body: Some(body.clone()), ..ask("message_reports", ProxyMethod::Create) },
    ] {
        let host = FakeHost::answering(|_| Reply::json(200, &json!({"status": "success"})));
        assert_eq!(page(&host, &request).items.len(), 0);
        assert_eq!(host.sent()[0].json(), body);
    }
}

#[test]
fn a_cursor_belongs_to_its_query() {
    let host = export();
    let cursor = page(&host, &list("events", &[("event_name", "A")])).next_cursor;
    for request in [list("events", &[("event_name", "B")]), list("profiles", &[("event_name", "A")])] {
        assert!(matches!(
            run(&host, &ProxyRequest { cursor: cursor.clone(), ..request }),
            Err(Error::Invalid(_))
        ));
    }
    let reordered = |body: &str| {
        let body = serde_json::from_str(body).unwrap();
        Asked::of(&crate::clevertap::operation::EVENTS_EXPORT, &custom("events", "list", body))
            .unwrap()
            .filters
    };
    assert_eq!(reordered(r#"{"a":1,"b":{"c":[1],"d":2}}"#), reordered(r#"{"b":{"d":2,"c":[1]},"a":1}"#));
    assert_ne!(reordered(r#"{"a":[1,2]}"#), reordered(r#"{"a":[2,1]}"#));
}

#[test]
fn a_cursor_that_is_gone_or_does_not_advance_is_an_error() {
    let answers = [
        (json!({"status": "fail", "error": "Incorrect Usage", "code": 3}), "cursor_expired"),
        (json!({"status": "fail", "error": "CURSOR_INVALIDATED", "code": 400}), "cursor_expired"),
        (json!({"status": "success", "next_cursor": "x", "records": [1]}), "undecodable"),
    ];
    for (answer, code) in answers {
        let host = FakeHost::scripted([
            Reply::json(200, &json!({"status": "success", "cursor": "x"})),
            Reply::json(200, &answer),
        ]);
        assert_eq!(run(&host, &list("events", &[])).unwrap_err().code(), code);
    }
}

#[test]
fn a_page_in_progress_can_be_resumed() {
    let busy =
        || Reply::json(200, &json!({"status": "fail", "error": "Request still in progress", "code": 2}));
    let host = FakeHost::answering(move |sent| match sent.target.contains("cursor=") {
        false => Reply::json(200, &json!({"status": "success", "cursor": "x%3D"})),
        true if sent.at < Duration::from_secs(30) => busy(),
        true => Reply::json(200, &json!({"status": "success", "records": [1]})),
    });
    let request = list("events", &[]);
    let Err(Error::NotReady { cursor: Some(cursor), .. }) = run(&host, &request) else { panic!("ready") };
    assert!(!cursor.contains("x%3D"));
    assert_eq!(page(&host, &ProxyRequest { cursor: Some(cursor), ..request }).items.len(), 1);
    assert_eq!(host.sent().iter().filter(|sent| sent.method == "POST").count(), 1);
}

#[test]
fn counts_are_asked_for_until_they_are_there() {
    let host = FakeHost::scripted([
        Reply::json(200, &json!({"req_id": 384_649_162_721_759_u64, "status": "partial"})),
        Reply::json(200, &json!({"req_id": 384_649_162_721_759_u64, "status": "partial"})),
        Reply::json(200, &json!({"status": "success", "count": 7138})),
    ]);
    let request =
        list("counts_events", &[("event_name", "Charged"), ("from", "20260101"), ("to", "20260131")]);
    assert_eq!(text(run(&host, &request)), (200, r#"{"count":7138,"status":"success"}"#.to_owned()));
    assert_eq!(host.sent()[2].target, "/1/counts/events.json?req_id=384649162721759");
}

#[test]
fn a_slow_count_is_resumed_by_our_cursor() {
    let host = FakeHost::answering(|sent| match sent.at < Duration::from_secs(40) {
        true => Reply::json(200, &json!({"req_id": "r/1", "status": "partial"})),
        false => Reply::json(200, &json!({"status": "success", "count": 1})),
    });
    let request = custom("counts_trends", "list", json!({"event_name": "A"}));
    let mut cursor = None;
    let answer = loop {
        match run(&host, &ProxyRequest { cursor: cursor.clone(), ..request.clone() }) {
            Err(Error::NotReady { cursor: next, .. }) => cursor = Some(next.unwrap()),
            answer => break answer,
        }
    };
    assert_eq!(text(answer).1, r#"{"count":1,"status":"success"}"#);
    assert_eq!(host.sent().iter().filter(|sent| sent.method == "POST").count(), 1);
}

#[test]
fn numbered_pages_are_walked() {
    let host = FakeHost::answering(|sent| {
        let number: usize = if sent.method == "GET" {
            let url = url::Url::parse(&format!("{ORIGIN}{}", sent.target)).unwrap();
            url.query_pairs().find(|(name, _)| name == "pageNumber").unwrap().1.parse().unwrap()
        } else {
            sent.json()["page"].as_u64().unwrap().try_into().unwrap()
        };
        let items: Vec<_> = (0..5).skip((number - 1) * 2).take(2).collect();
        Reply::json(200, &json!({"status": "success", "contentBlocks": items, "segments": items, "total": 5}))
    });
    for resource in ["content_blocks", "segments"] {
        let mut request = ProxyRequest { limit: Some(2), ..list(resource, &[]) };
        let mut seen = Vec::new();
        loop {
            let page = page(&host, &request);
            seen.extend(page.items);
            let Some(cursor) = page.next_cursor else { break };
            request = ProxyRequest { cursor: Some(cursor), limit: Some(50), ..request };
        }
        assert_eq!(json!(seen), json!([0, 1, 2, 3, 4]), "{resource}");
    }
    assert!(matches!(run(&host, &list("content_blocks", &[("pageNumber", "2")])), Err(Error::Invalid(_))));
}

#[test]
fn one_object_and_writes_come_as_they_are() {
    let odd = r#"{ "status" : "fail" , "error" : "no such profile" , "n" : 1.00 }"#;
    for (status, body) in [(200, odd), (404, "<html>"), (400, ""), (500, odd)] {
        let host = FakeHost::scripted([Reply::text(status, body).header("x-theirs", "1")]);
        let request = ProxyRequest { id: Some("+91 1/2?&#".to_owned()), ..ask("profiles", ProxyMethod::Get) };
        let answer = run(&host, &request);
        assert!(matches!(&answer, Ok(ProxyAnswer::Verbatim { headers, .. }) if headers[0].0 == "x-theirs"));
        assert_eq!(text(answer), (status, body.to_owned()));
        assert_eq!(host.sent()[0].target, "/1/profile.json?identity=%2B91%201%2F2%3F%26%23");
    }
    let host = FakeHost::scripted([Reply::text(200, odd)]);
    let body = json!({"id": 1, "z": 1, "a": [1.5]});
    assert_eq!(text(run(&host, &custom("campaigns", "stop", body.clone()))).1, odd);
    assert_eq!(host.sent()[0].json(), body);
}

#[test]
fn what_is_sent_again_is_the_operations_to_say() {
    let lost = || Reply::text(503, "later");
    let upsert = ProxyRequest { body: Some(json!({"d": []})), ..ask("profiles", ProxyMethod::Create) };
    let ingest = ProxyRequest { resource: "events".to_owned(), ..upsert.clone() };
    let host = FakeHost::scripted([lost(), Reply::text(200, "ok")]);
    assert_eq!(text(run(&host, &upsert)).1, "ok");
    let host = FakeHost::scripted([lost()]);
    assert!(matches!(run(&host, &ingest), Err(Error::InDoubt { .. })));
    let host = FakeHost::scripted([Reply::fail(SendError::Cut("eof".to_owned()))]);
    assert!(matches!(run(&host, &ingest), Err(Error::InDoubt { .. })));
    let host = FakeHost::scripted([
        Reply::text(200, "o").then(Duration::ZERO, Err(SendError::Cut("eof".to_owned())))
    ]);
    assert!(matches!(run(&host, &ingest), Err(Error::InDoubt { .. })));
    let host = FakeHost::scripted([Reply::text(429, ""), Reply::text(200, "ok")]);
    assert_eq!(text(run(&host, &ingest)).1, "ok");
}

#[test]
fn ids_go_where_clevertap_reads_them() {
    let sent = |request: &ProxyRequest| {
        let host = FakeHost::answering(|_| Reply::text(200, "{}"));
        run(&host, request).map(|_| host.sent().remove(0))
    };
    let id = |resource: &str, method| ProxyRequest { id: Some("x".to_owned()), ..ask(resource, method) };
    assert_eq!(sent(&id("profiles", ProxyMethod::Delete)).unwrap().json(), json!({"identity": "x"}));
    assert_eq!(sent(&id("segments", ProxyMethod::Get)).unwrap().json(), json!({"segment_id": "x"}));
    let parent = ProxyRequest {
        query: vec![("id".into(), "a/../b".into()), ("q".into(), "1".into())],
        ..custom("catalog_products", "bulk", json!([]))
    };
    assert_eq!(sent(&parent).unwrap().target, "/v2/catalogs/a%2F..%2Fb/products/bulk?q=1");
    assert!(sent(&custom("catalog_products", "bulk", json!([]))).is_err());
    assert!(sent(&id("segments", ProxyMethod::Update)).is_err());
    assert!(
        sent(&ProxyRequest { query: vec![("email".into(), "e".into())], ..id("profiles", ProxyMethod::Get) })
            .is_err()
    );
}

#[test]
fn what_there_is_not_is_named_with_what_there_is() {
    let host = FakeHost::scripted([]);
    let error = run(&host, &list("campains", &[])).unwrap_err();
    assert!(matches!(&error, Error::NotFound { .. }) && error.to_string().contains("campaigns, "), "{error}");
    let error = run(&host, &ask("campaigns", ProxyMethod::Update)).unwrap_err();
    assert!(matches!(&error, Error::NotFound { .. }) && error.to_string().contains("stop"), "{error}");
    // A write that is missing must not turn into a read of another kind.
    assert!(run(&host, &ask("content_blocks", ProxyMethod::Create)).is_err());
    for row in UNREACHABLE {
        let method = ProxyMethod::Custom(row.proxy_method.to_owned());
        assert_eq!(
            run(&host, &ask(row.resource, method)).unwrap_err(),
            Error::Unsupported { what: row.reason.to_owned() }
        );
    }
}

proptest! {
    /// Whatever a caller writes, a request goes to the account's host, to its operation's address.
    #[test]
    fn nothing_leads_elsewhere(
        row in 0..OPERATIONS.len(),
        id in prop_oneof!["\\PC{0,20}", Just("..".to_owned()), Just("//evil.example/".to_owned()), Just("@evil.example".to_owned()),
            Just("https://evil.example/".to_owned()), Just("..%2f..%2f".to_owned()), Just("\\evil.example".to_owned()), Just("?x#y".to_owned())],
        name in "\\PC{1,8}",
        with_id in any::<bool>(),
        with_body in any::<bool>(),
    ) {
        let operation = OPERATIONS[row];
        let host = FakeHost::answering(|_| Reply::json(200, &json!({"status": "success"})));
        let request = ProxyRequest {
            id: with_id.then(|| id.clone()),
            query: vec![(name, id.clone()), ("id".to_owned(), id.clone())],
            body: (with_body && operation.method != "GET").then(|| json!({"cursor": id})),
            ..ask(operation.resource, ProxyMethod::Custom(operation.proxy_method.to_owned()))
        };
        let _ = run(&host, &request);
        for sent in host.sent() {
            prop_assert_eq!(sent.origin.as_str(), ORIGIN);
            prop_assert_eq!(&sent.method, operation.method);
            let template: Vec<_> = operation.path.split('/').collect();
            let path: Vec<_> = sent.path().split('/').collect();
            prop_assert_eq!(template.len(), path.len(), "{}", sent.target);
            for (wanted, got) in template.iter().zip(&path) {
                prop_assert!(wanted == got || (*wanted == "{id}" && !matches!(*got, "" | "." | "..")), "{}", sent.target);
            }
            // Nothing is normalised away on the road either.
            let url = url::Url::parse(&format!("{ORIGIN}{}", sent.target)).unwrap();
            prop_assert_eq!(url.path(), sent.path());
            prop_assert!(url.fragment().is_none());
        }
    }
}
