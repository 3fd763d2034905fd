//! The HTTP service's own manners, and what it keeps to itself.

use clevertap_sandbox::Fault;
use component_tests::{ACCOUNT, Client, PASSCODE, PROJECT, TOKEN, UNIFIED, World, request};
use http::Request;
use marketing_automation_host::{Egress, body};
use serde_json::json;

pub(crate) async fn tokens_methods_and_media_types() {
    let world = World::start().await;
    let campaigns = format!("{UNIFIED}/campaigns?integrated_account_id={ACCOUNT}&limit=1&source=api");
    let send = |method: &str, target: &str, headers: &[(&str, &str)], content: &str| {
        let mut builder = Request::builder().method(method).uri(format!("http://service.test{target}"));
        for (name, value) in headers {
            builder = builder.header(*name, *value);
        }
        let request = builder.body(body::full(content.to_owned())).expect("a request");
        let client = world.client.clone();
        async move { client.send(request).await }
    };
    let token = format!("Bearer {TOKEN}");
    let auth: (&str, &str) = ("authorization", &token);
    assert_eq!(send("GET", &campaigns, &[], "").await.status, 401);
    assert_eq!(
        send("GET", &campaigns, &[("authorization", "Bearer wrong")], "")
            .await
            .header("www-authenticate")
            .map(|value| value.starts_with("Bearer")),
        Some(true)
    );
    assert_eq!(send("GET", "/healthz", &[], "").await.status, 200);
    assert_eq!(send("GET", "/nothing", &[auth], "").await.status, 404);
    let wrong = send("DELETE", &campaigns, &[auth], "").await;
    assert_eq!((wrong.status, wrong.header("allow").is_some_and(|allow| allow.contains("GET"))), (405, true));
    assert_eq!(send("GET", &campaigns, &[auth, ("accept", "text/html")], "").await.status, 406);
    assert_eq!(
        send(
            "POST",
            &campaigns.replace("&limit=1&source=api", ""),
            &[auth, ("content-type", "text/plain")],
            "x"
        )
        .await
        .status,
        415
    );
    let large = "x".repeat(9 << 20);
    assert_eq!(
        send(
            "POST",
            &campaigns.replace("&limit=1&source=api", ""),
            &[auth, ("content-type", "application/json")],
            &large
        )
        .await
        .status,
        413
    );
    let head = send("HEAD", &campaigns, &[auth], "").await;
    assert_eq!((head.status, head.bytes.len()), (200, 0));
    assert_eq!(send("OPTIONS", &campaigns, &[], "").await.status, 204);
    let problem = send("GET", &campaigns, &[("accept", "application/problem+json")], "").await;
    assert_eq!(problem.header("content-type"), Some("application/problem+json"));
    let body = problem.json();
    for key in [
        "statusCode",
        "error",
        "message",
        "type",
        "title",
        "status",
        "detail",
        "instance",
        "code",
        "request_id",
        "retryable",
    ] {
        assert!(body.get(key).is_some(), "{key} in {body}");
    }
    let traced = send(
        "GET",
        &campaigns,
        &[auth, ("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")],
        "",
    )
    .await;
    assert_eq!(traced.status, 200);
    let passed_on =
        world.state().calls().last().and_then(|call| call.header("traceparent").map(ToOwned::to_owned));
    assert!(passed_on.is_some_and(|value| value.contains("0af7651916cd43dd8448eb211c80319c")));
}

pub(crate) async fn configuration_errors_name_the_variable_and_nothing_else() {
    for (name, value) in [
        (
            "MARKETING_AUTOMATION_ACCOUNTS",
            r#"[{"id":"a","project_id":"p","passcode":"TOPSECRET","region":"in1","passcod":"TOPSECRET"}]"#,
        ),
        ("MARKETING_AUTOMATION_ACCOUNTS", r#"TOPSECRET"#),
        ("MARKETING_AUTOMATION_ACCOUNTS", r#"[{"id":"a","passcode":"TOPSECRET"}]"#),
        ("MARKETING_AUTOMATION_DEADLINE_MS", "TOPSECRET"),
        ("MARKETING_AUTOMATION_ALLOWED_ENDPOINTS", "TOPSECRET://x"),
    ] {
        let env = vec![
            ("MARKETING_AUTOMATION_API_TOKENS".to_owned(), TOKEN.to_owned()),
            (name.to_owned(), value.to_owned()),
        ];
        let client = Client::new(Egress::denied(), env);
        for target in ["/healthz".to_owned(), format!("{UNIFIED}/campaigns?integrated_account_id=a")] {
            let answer = client.get(&target).await;
            let text = String::from_utf8_lossy(&answer.bytes).into_owned();
            assert!(answer.status >= 500, "{text}");
            assert!(text.contains(name) && !text.contains("TOPSECRET"), "{text}");
        }
        assert!(!client.stderr().contains("TOPSECRET"));
    }
    let open =
        Client::new(Egress::denied(), vec![("MARKETING_AUTOMATION_ACCOUNTS".to_owned(), "[]".to_owned())]);
    assert_eq!(
        open.get(&format!("{UNIFIED}/campaigns?integrated_account_id=a")).await.status,
        401,
        "no token means nobody"
    );
}

pub(crate) async fn the_passcode_is_in_no_answer_and_no_log() {
    let world = World::start().await;
    let mut texts = Vec::new();
    world.state().script(
        "/1/message/report.json",
        vec![Fault::GarbageBody, Fault::HtmlBody, Fault::CutBody, Fault::Status(500)],
    );
    for _ in 0..4 {
        texts.push(
            world.client.get(&format!("{UNIFIED}/campaigns?integrated_account_id={ACCOUNT}&limit=2")).await,
        );
    }
    for target in [
        format!("{UNIFIED}/campaigns?integrated_account_id={ACCOUNT}&limit=2"),
        format!("{UNIFIED}/reports?integrated_account_id={ACCOUNT}&limit=2"),
        format!("/custom/1/now.json?integrated_account_id={ACCOUNT}"),
        "/integrated-account".to_owned(),
        "/integration/clevertap/capabilities".to_owned(),
        format!("/proxy/campaigns?integrated_account_id={ACCOUNT}&from=20260101&to=20260110"),
    ] {
        texts.push(world.client.get(&target).await);
    }
    world.state().set_passcode(PROJECT, "rotated");
    texts.push(world.client.get(&format!("{UNIFIED}/campaigns?integrated_account_id={ACCOUNT}")).await);
    for answer in &texts {
        assert!(!String::from_utf8_lossy(&answer.bytes).contains(PASSCODE), "{answer:?}");
        assert!(!format!("{:?}", answer.headers).contains(PASSCODE));
    }
    let log = world.client.stderr();
    assert!(!log.contains(PASSCODE) && !log.contains(TOKEN));
    let lines: Vec<serde_json::Value> =
        log.lines().map(|line| serde_json::from_str(line).expect("a JSON line")).collect();
    assert!(lines.iter().any(|line| line["kind"] == "request" && line["request_id"].is_string()));
    assert!(lines.iter().any(|line| line["kind"] == "upstream" && line["operation"] == "targets.list"));
}
