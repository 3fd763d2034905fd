//! A service component in this host: answers, faults, limits.

mod support;

use std::future::Future;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Empty};
use marketing_automation_host::{
    AllowList, Body, Egress, ErrorCode, Hook, Limits, Log, Service, ServiceError, ServiceOptions, Stderr,
    Usage, body, json_response,
};
use support::ENGINE;

const HELLO: &str = r#"(func $main (local $body i32)
    (local.set $body (call $respond (i32.const 201)))
    (call $write (local.get $body) (i32.const 1040) (i32.const 7))
    (call $write (local.get $body) (i32.const 1050) (i32.const 6))
    (call $finish (local.get $body)))"#;

const FORWARD: &str = r#"(func $main (local $status i32)
    (local.set $status (call $forward))
    (call $finish (call $respond (i32.add (i32.const 100) (local.get $status)))))"#;

fn make(wat: &str, options: ServiceOptions) -> Service {
    Service::new(&ENGINE, &support::service(wat), options).unwrap()
}

fn get() -> Request<Empty<Bytes>> {
    Request::get("/").body(Empty::new()).unwrap()
}

async fn text(response: Response<Body>) -> String {
    String::from_utf8(body::collect(response.into_body()).await.unwrap().to_vec()).unwrap()
}

/// Ends the test with an error rather than never.
async fn soon<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(20), future).await.expect("took too long")
}

#[tokio::test]
async fn an_answer_streams_and_tells_its_memory() {
    let service = make(HELLO, ServiceOptions::default());
    let response = service.handle(get()).await.unwrap();
    assert_eq!(response.status(), StatusCode::CREATED);
    let usage = response.extensions().get::<Usage>().unwrap().clone();
    assert_eq!(text(response).await, "hello, world\n");
    assert_eq!(usage.peak_memory_bytes(), 2 << 16);
    assert!(!usage.memory_refused());
}

#[tokio::test]
async fn each_request_has_an_instance_of_its_own() {
    let counter = r#"(global $count (mut i32) (i32.const 200))
        (func $main
            (global.set $count (i32.add (global.get $count) (i32.const 1)))
            (call $finish (call $respond (global.get $count))))"#;
    let service = make(counter, ServiceOptions::default());
    for _ in 0..3 {
        assert_eq!(service.handle(get()).await.unwrap().status().as_u16(), 201);
    }
}

#[tokio::test]
async fn a_trap_is_an_error_with_frames_and_a_500_without() {
    let log = Log::buffer();
    let service =
        make("(func $main unreachable)", ServiceOptions { log: log.clone(), ..ServiceOptions::default() });
    assert!(
        matches!(service.handle(get()).await, Err(ServiceError::Trapped(text)) if text.contains("unreachable"))
    );

    let response =
        service.respond(Request::get("/").header("x-request-id", "abc").body(Empty::new()).unwrap()).await;
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(response.headers()["x-request-id"], "abc");
    let body = text(response).await;
    assert!(body.contains("\"code\":\"component_trapped\"") && !body.contains("unreachable"), "{body}");
    let line = log.lines().remove(0);
    assert!(line.contains("\"request_id\":\"abc\"") && line.contains("unreachable"), "{line}");
}

#[tokio::test]
async fn a_body_that_a_trap_cut_does_not_pass_for_whole() {
    let cut = r#"(func $main
        (call $write (call $respond (i32.const 200)) (i32.const 1040) (i32.const 7))
        unreachable)"#;
    let mut body = make(cut, ServiceOptions::default()).handle(get()).await.unwrap().into_body();
    assert_eq!(body.frame().await.unwrap().unwrap().into_data().unwrap(), "hello, ");
    assert!(matches!(body.frame().await, Some(Err(ErrorCode::InternalError(Some(_))))));
}

#[tokio::test]
async fn a_component_that_returns_without_answering() {
    let result = make("(func $main)", ServiceOptions::default()).handle(get()).await;
    assert!(matches!(result, Err(ServiceError::NoAnswer)), "{result:?}");
}

#[tokio::test]
async fn one_that_computes_forever_is_stopped_and_others_go_on() {
    let limits = Limits { request_timeout: Duration::from_millis(100), ..Limits::default() };
    let endless =
        make("(func $main (loop $l (br $l)))", ServiceOptions { limits, ..ServiceOptions::default() });
    let hello = make(HELLO, ServiceOptions::default());
    let (stopped, answered) = soon(async { tokio::join!(endless.handle(get()), hello.handle(get())) }).await;
    assert!(matches!(stopped, Err(ServiceError::TimedOut { .. })), "{stopped:?}");
    assert_eq!(answered.unwrap().status(), StatusCode::CREATED);
}

#[tokio::test]
async fn one_that_waits_forever_is_stopped() {
    let limits = Limits { request_timeout: Duration::from_millis(50), ..Limits::default() };
    let options = ServiceOptions { limits, ..ServiceOptions::default() };
    let waiting = make("(func $main (call $block (call $after (i64.const 1000000000000))))", options);
    let response = soon(waiting.respond(get())).await;
    assert_eq!(response.status(), StatusCode::GATEWAY_TIMEOUT);
}

#[tokio::test]
async fn memory_ends_at_the_limit() {
    let hog =
        "(func $main (loop $l (br_if $l (i32.ge_s (memory.grow (i32.const 16)) (i32.const 0)))) unreachable)";
    let limits = Limits { memory_bytes: 8 << 20, ..Limits::default() };
    let service = make(hog, ServiceOptions { limits, ..ServiceOptions::default() });
    let result = service.handle(get()).await;
    assert!(matches!(result, Err(ServiceError::OutOfMemory { limit: 0x80_0000 })), "{result:?}");
    assert!((7 << 20..=8 << 20).contains(&service.peak_memory_bytes()));
}

#[tokio::test]
async fn stderr_is_kept_line_by_line() {
    let writes = r#"(func $main
        (call $stream-write (call $stderr) (i32.const 1040) (i32.const 7) (i32.const 0))
        (call $stream-write (call $stderr) (i32.const 1050) (i32.const 6) (i32.const 0))
        (call $finish (call $respond (i32.const 200))))"#;
    let (stderr, kept) = Stderr::buffer();
    let response =
        make(writes, ServiceOptions { stderr, ..ServiceOptions::default() }).handle(get()).await.unwrap();
    text(response).await;
    assert_eq!(kept.lines(), ["hello, world"]);
}

#[tokio::test]
async fn hook_mode_records_requests_and_their_time_limits() {
    let hook = Hook::json(204, "");
    let service =
        make(FORWARD, ServiceOptions { egress: Egress::hook(hook.clone()), ..ServiceOptions::default() });
    assert_eq!(service.handle(get()).await.unwrap().status().as_u16(), 304);
    let [call] = hook.take_requests().try_into().unwrap();
    assert_eq!(call.request.uri(), "http://upstream.test/");
    assert_eq!(call.request.headers()["host"], "upstream.test");
    assert_eq!(call.options.connect_timeout, Some(Duration::from_secs(5)));
    assert_eq!(call.options.first_byte_timeout, Some(Duration::from_secs(6)));
}

#[tokio::test]
async fn hook_mode_injects_faults() {
    type Fault = fn() -> Result<Response<Body>, ErrorCode>;
    let faults: [(Fault, u16); 4] = [
        (|| Err(ErrorCode::ConnectionRefused), 106),
        (|| Err(ErrorCode::ConnectionReadTimeout), 109),
        (|| Ok(Response::new(body::truncated("{\"sta", ErrorCode::HttpResponseIncomplete))), 199),
        (|| json_response(429, "{}"), 529),
    ];
    for (fault, status) in faults {
        let hook = Hook::new(move |_| async move { fault() });
        let service =
            make(FORWARD, ServiceOptions { egress: Egress::hook(hook), ..ServiceOptions::default() });
        assert_eq!(service.handle(get()).await.unwrap().status().as_u16(), status);
    }
}

#[tokio::test]
async fn a_denied_host_is_an_error_code_and_no_trap() {
    const HTTP_REQUEST_DENIED: u16 = 15;
    for egress in [Egress::denied(), Egress::network(AllowList::parse(["http://other.test"]).unwrap())] {
        let service = make(FORWARD, ServiceOptions { egress, ..ServiceOptions::default() });
        assert_eq!(service.handle(get()).await.unwrap().status().as_u16(), 100 + HTTP_REQUEST_DENIED);
    }
}

#[tokio::test]
async fn giving_up_on_a_request_ends_its_instance_and_its_call() {
    let (called, called_back) = tokio::sync::oneshot::channel::<()>();
    let called = std::sync::Mutex::new(Some(called));
    let hook = Hook::new(move |_| {
        // Kept by the future, and so dropped with it.
        let called = called.lock().unwrap().take();
        async move {
            std::future::pending::<()>().await;
            drop(called);
            Err(ErrorCode::ConnectionTerminated)
        }
    });
    let service =
        make(FORWARD, ServiceOptions { egress: Egress::hook(hook.clone()), ..ServiceOptions::default() });
    let mut request = Box::pin(service.handle(get()));
    while hook.requests().is_empty() {
        tokio::select! {
            _ = &mut request => panic!("there is no answer"),
            () = tokio::task::yield_now() => {}
        }
    }
    drop(request);
    assert!(soon(called_back).await.is_err());
}
