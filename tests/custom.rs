//! `/custom` and `/proxy`: CleverTap one to one, and to no other host.

use std::collections::BTreeSet;

use clevertap_sandbox::{Fault, Variants};
use component_tests::{ACCOUNT, Client, PASSCODE, PROJECT, TOKEN, World, environment, request};
use http::Request;
use marketing_automation_host::{Egress, Hook, body};
use serde_json::{Value, json};

fn custom(path: &str) -> String {
    let join = if path.contains('?') { '&' } else { '?' };
    format!("/custom/{path}{join}integrated_account_id={ACCOUNT}")
}

pub(crate) async fn answers_come_as_they_are() {
    let world = World::start().await;
    let answer = world
        .client
        .post(&custom("1/targets/list.json"), &json!({"from": 20260101, "to": 20260131}))
        .await
        .ok();
    assert_eq!(answer["status"], "success");
    let refused = world.client.post(&custom("1/targets/result.json"), &json!({"id": 1})).await;
    assert_eq!(refused.json()["error"], "Invalid campaign id", "CleverTap's own body");
    let unknown = world.client.get(&custom("1/no/such/thing")).await;
    assert_eq!((unknown.status, unknown.json()["status"].as_str()), (404, Some("fail")));
    world.state().set_variants(Variants { unknown_path_empty_200: true, ..Variants::default() });
    let empty = world.client.get(&custom("1/no/such/thing")).await;
    assert_eq!((empty.status, empty.bytes.len()), (200, 0));
}

/// A service in front of a hook that answers everything, and what went out.
fn hooked(region: &str) -> (Client, Hook) {
    let hook = Hook::json(200, r#"{"status":"success"}"#);
    let account = json!({"id": ACCOUNT, "project_id": PROJECT, "passcode": PASSCODE, "region": region});
    (Client::new(Egress::hook(hook.clone()), environment(&account, None)), hook)
}

pub(crate) async fn path_query_headers_and_body_arrive_untouched() {
    let (client, hook) = hooked("in1");
    let target = format!(
        "/custom/1/profile.json?identity=%2B91%2f55&a=b+c&integrated_account_id={ACCOUNT}&x=%zz&next=http://evil.test/"
    );
    let mut request = request("PUT", &target, None);
    for (name, value) in [
        ("x-clevertap-account-id", "mine"),
        ("X-CleverTap-Passcode", "stolen"),
        ("connection", "close"),
        ("te", "trailers"),
        ("cookie", "a=b"),
        ("x-mine", "kept"),
        ("content-type", "text/csv"),
    ] {
        request.headers_mut().append(name, value.parse().expect("a value"));
    }
    *request.body_mut() = body::full("a,b\n1,2\n");
    client.send(request).await.ok();
    let sent = hook.requests().remove(0).request;
    assert_eq!(
        sent.uri().to_string(),
        "https://in1.api.clevertap.com/1/profile.json?identity=%2B91%2f55&a=b+c&x=%zz&next=http://evil.test/"
    );
    assert_eq!((sent.method().as_str(), sent.body().as_ref()), ("PUT", b"a,b\n1,2\n".as_slice()));
    let all = |name: &str| {
        sent.headers()
            .get_all(name)
            .iter()
            .map(|value| value.to_str().expect("text").to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        (all("x-clevertap-account-id"), all("x-clevertap-passcode")),
        (vec![PROJECT.to_owned()], vec![PASSCODE.to_owned()])
    );
    assert_eq!((all("x-mine"), all("content-type")), (vec!["kept".to_owned()], vec!["text/csv".to_owned()]));
    // `connection` and what it names are between the client and this host, which hides them from the guest.
    for dropped in ["authorization", "cookie", "te", "connection"] {
        assert!(all(dropped).is_empty(), "{dropped}");
    }
}

pub(crate) async fn no_input_reaches_another_host() {
    let (client, hook) = hooked("us1");
    let hosts = |hook: &Hook| {
        hook.take_requests()
            .iter()
            .map(|call| call.request.uri().authority().expect("a host").to_string())
            .collect::<BTreeSet<_>>()
    };
    for path in [
        "/evil.test/",
        "//evil.test/x",
        "http://evil.test/x",
        "https:/evil.test",
        "@evil.test/",
        "1/..%2f..%2fx",
        "../../x",
        "1/../x",
        "1/./x",
        "%2e%2e/x",
        "1/%2E%2e/x",
        "%2f%2fevil.test/x",
        "1%5c..%5cx",
        "\\\\evil.test\\x",
        "1\\x",
        "user:pass@evil.test/",
        ".evil.test",
        ":80@evil.test",
        "1/x%00",
        "1/x%0d%0aHost:%20evil.test",
        "%68ttp://evil.test",
        "1/%252e%252e/x",
        ";@evil.test",
        "#@evil.test",
        "?x@evil.test",
    ] {
        for prefix in ["/custom/", "/proxy/", "/proxy/profiles/", "/unified/marketing-automation/campaigns/"]
        {
            let target = format!("{prefix}{path}");
            let join = if target.contains('?') { '&' } else { '?' };
            let Ok(request) = Request::builder()
                .method("GET")
                .uri(format!("http://service.test{target}{join}integrated_account_id={ACCOUNT}"))
                .header("authorization", format!("Bearer {TOKEN}"))
                .body(body::empty())
            else {
                continue; // no URI at all: it cannot arrive either
            };
            let answer = client.send(request).await;
            let sent = hosts(&hook);
            assert!(sent.iter().all(|host| host == "us1.api.clevertap.com"), "{target} reached {sent:?}");
            assert!(
                answer.status < 500 || answer.status == 502,
                "{target}: {} {:?}",
                answer.status,
                answer.bytes
            );
        }
    }
    // A cursor or a record with an address is data.
    for target in [
        "/proxy/events?next_cursor=http://evil.test/",
        "/proxy/events?event_name=http://evil.test/&from=20260101&to=20260102",
    ] {
        client.get(&format!("{target}&integrated_account_id={ACCOUNT}")).await;
        assert!(hosts(&hook).iter().all(|host| host == "us1.api.clevertap.com"), "{target}");
    }
}

pub(crate) async fn redirects_are_answers() {
    let hook = Hook::new(|_| async {
        Ok(http::Response::builder()
            .status(302)
            .header("location", "https://evil.test/")
            .body(body::empty())
            .expect("an answer"))
    });
    let account = json!({"id": ACCOUNT, "project_id": PROJECT, "passcode": PASSCODE, "region": "eu1"});
    let client = Client::new(Egress::hook(hook.clone()), environment(&account, None));
    let answer = client.get(&custom("1/now.json")).await;
    assert_eq!((answer.status, answer.header("location")), (302, Some("https://evil.test/")));
    assert_eq!(hook.requests().len(), 1);
}

pub(crate) async fn long_bodies_stream_both_ways_in_flat_memory() {
    const SIZE: usize = 32 << 20;
    let hook = Hook::new(|call| async move { Ok(http::Response::new(body::full(call.request.into_body()))) });
    let account = json!({"id": ACCOUNT, "project_id": PROJECT, "passcode": PASSCODE, "region": "eu1"});
    let client = Client::new(Egress::hook(hook), environment(&account, None));
    let mut request = request("POST", &custom("1/upload"), None);
    *request.body_mut() = body::full(vec![b'x'; SIZE]);
    let answer = client.send(request).await;
    assert_eq!((answer.status, answer.bytes.len()), (200, SIZE));
    println!("32 MiB there and back: {} bytes of guest memory at most", client.peak_memory_bytes());
    assert!(client.peak_memory_bytes() < 16 << 20, "{}", client.peak_memory_bytes());
}

pub(crate) async fn lists_by_name_are_walked_for_the_caller() {
    let world = World::start().await;
    world.state().set_variants(Variants { in_progress_reads: 1, ..Variants::default() });
    let rows = world.walk("/proxy/events?event_name=App%20Launched&from=20250101&to=20271231", 500).await;
    let known = world.state().events(PROJECT).iter().filter(|event| event.name == "App Launched").count();
    assert_eq!(rows.len(), known);
    assert!(rows[0]["profile"].is_object(), "CleverTap's own fields: {}", rows[0]);
    world.state().set_variants(Variants { partial_answers: 1, ..Variants::default() });
    let count = world
        .client
        .post(
            &format!("/proxy/counts_events?integrated_account_id={ACCOUNT}"),
            &json!({"event_name": "App Launched", "from": 20250101, "to": 20271231}),
        )
        .await
        .ok();
    assert_eq!(count["count"], known, "{count}");
    let profile = world
        .client
        .get(&format!("/proxy/profiles?identity=nobody%2B1&integrated_account_id={ACCOUNT}"))
        .await;
    assert!(profile.status < 500, "{profile:?}");
    let nothing = world.client.get(&format!("/proxy/nonsense?integrated_account_id={ACCOUNT}")).await;
    assert!([400, 404].contains(&nothing.status));
    let unreachable =
        world.client.get(&format!("/proxy/app_inbox_messages?integrated_account_id={ACCOUNT}")).await;
    assert!(unreachable.status >= 400, "{unreachable:?}");
}

pub(crate) async fn capabilities_list_every_operation() {
    let world = World::start().await;
    let capabilities = world.client.get("/integration/clevertap/capabilities").await.ok();
    let proxy = capabilities["proxy"].as_array().expect("resources");
    let names: BTreeSet<_> = proxy.iter().filter_map(|row| row["resource"].as_str()).collect();
    for name in
        ["campaigns", "message_reports", "events", "profiles", "counts_events", "segments", "content_blocks"]
    {
        assert!(names.contains(name), "{name} in {names:?}");
    }
    assert!(capabilities["fields"].as_array().is_some_and(|fields| fields.len() > 50), "{capabilities}");
}

pub(crate) async fn reads_are_tried_again_and_writes_are_not() {
    let world = World::start().await;
    world.state().script("/1/profile.json", vec![Fault::Status(503), Fault::DropBefore]);
    let known = world.state().events(PROJECT).into_iter().find_map(|event| event.identity).expect("someone");
    let identity: String = known.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let read = world.client.get(&custom(&format!("1/profile.json?identity={identity}"))).await;
    assert_eq!(read.ok()["record"]["identity"], Value::String(known));
    world.state().script("/1/upload", vec![Fault::StoreThenCut]);
    let write = world
        .client
        .post(
            &custom("1/upload"),
            &json!({"d": [{"identity": "x", "type": "event", "evtName": "E", "evtData": {}}]}),
        )
        .await;
    assert_eq!(write.json()["code"], "unknown_outcome", "{write:?}");
    assert_eq!(world.state().uploads_count(PROJECT), 1);
}
