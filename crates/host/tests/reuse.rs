//! A service component of WASI 0.3 in this host: instances shared by requests, and what one request does to another.

mod support;

use std::future::Future;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Empty};
use marketing_automation_host::{
    AllowList, Body, Egress, Engine, EngineOptions, ErrorCode, Hook, KeyValue, Limits, Reuse, Service,
    ServiceError, ServiceOptions, Usage, body,
};
use support::ENGINE;
use tokio::sync::Notify;

/// Answers with 200 and the number of the request in its instance.
const COUNT: &str = r#"(func $main (result i32) (call $respond (i32.add (i32.const 200) (global.get $count))))
    (func $resumed (result i32) unreachable)"#;

/// The first request of an instance is forwarded, the others are answered as by [`COUNT`].
const FORWARD_FIRST: &str = r#"(func $main (result i32)
        (if (result i32) (i32.eq (global.get $count) (i32.const 1))
            (then (call $forward))
            (else (call $respond (i32.add (i32.const 200) (global.get $count))))))
    (func $resumed (result i32) (call $respond (call $forwarded)))"#;

fn make(wat: &str, options: ServiceOptions) -> Service {
    Service::new(&ENGINE, &support::service_spin(&ENGINE, wat), options).unwrap()
}

fn get() -> Request<Empty<Bytes>> {
    Request::get("/").body(Empty::new()).unwrap()
}

/// The status of an answer that is read to its end, as a server does it.
async fn status(service: &Service) -> u16 {
    let response = soon(service.handle(get())).await.unwrap();
    let status = response.status().as_u16();
    assert_eq!(soon(body::collect(response.into_body())).await.unwrap(), "");
    status
}

/// Ends the test with an error rather than never.
async fn soon<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(20), future).await.expect("took too long")
}

/// An upstream that answers 204 when it is let go; what it holds is dropped with each call.
fn gate() -> (Egress, Hook, Arc<Notify>) {
    let gate = Arc::new(Notify::new());
    let hook = Hook::new({
        let gate = gate.clone();
        move |_| {
            let gate = gate.clone();
            async move {
                gate.notified().await;
                Ok(Response::builder().status(204).body(body::empty()).unwrap())
            }
        }
    });
    (Egress::hook(hook.clone()), hook, gate)
}

/// Drives a request until its upstream has been called so many times.
async fn until_called<T: std::fmt::Debug>(
    hook: &Hook,
    times: usize,
    mut request: std::pin::Pin<&mut impl Future<Output = T>>,
) {
    soon(async {
        while hook.requests().len() < times {
            tokio::select! {
                answer = &mut request => panic!("an answer without the upstream's: {answer:?}"),
                () = tokio::task::yield_now() => {}
            }
        }
    })
    .await;
}

#[tokio::test]
async fn an_instance_serves_as_many_requests_as_it_may() {
    for (requests, expected) in [(1, [201, 201, 201]), (2, [201, 202, 201]), (128, [201, 202, 203])] {
        // None ends for want of work meanwhile.
        let reuse = Reuse { requests, idle: Duration::from_secs(60), ..Reuse::default() };
        let service = make(COUNT, ServiceOptions { reuse, ..ServiceOptions::default() });
        for expected in expected {
            assert_eq!(status(&service).await, expected, "{requests} requests an instance");
        }
    }
}

#[tokio::test]
async fn an_instance_without_work_gives_its_place_to_another() {
    let options = EngineOptions { max_instances: 1, cache: None, ..EngineOptions::default() };
    let engine = Engine::new(options).unwrap();
    let component = support::service_spin(&engine, COUNT);
    for (idle, given) in [(Duration::from_millis(1), true), (Duration::from_secs(60), false)] {
        let reuse = Reuse { idle, ..Reuse::default() };
        let one = ServiceOptions { reuse, ..ServiceOptions::default() };
        let one = Service::new(&engine, &component, one).unwrap();
        let limits = Limits { request_timeout: Duration::from_millis(300), ..Limits::default() };
        let limits = if given { Limits::default() } else { limits };
        let other = ServiceOptions { limits, ..ServiceOptions::default() };
        let other = Service::new(&engine, &component, other).unwrap();
        assert_eq!(status(&one).await, 201);
        let answer = soon(other.handle(get())).await;
        assert_eq!(answer.is_ok(), given, "{answer:?}");
        if let Err(error) = answer {
            assert!(matches!(error, ServiceError::Instantiate(_)), "{error}");
        }
    }
}

#[tokio::test]
async fn a_stuck_upstream_of_one_request_holds_up_no_other() {
    let (egress, hook, gate) = gate();
    let service = make(FORWARD_FIRST, ServiceOptions { egress, ..ServiceOptions::default() });
    let mut stuck = Box::pin(service.handle(get()));
    until_called(&hook, 1, stuck.as_mut()).await;
    // The same instance, or they would be its first.
    assert_eq!(status(&service).await, 202);
    assert_eq!(status(&service).await, 203);
    gate.notify_one();
    assert_eq!(soon(stuck).await.unwrap().status(), StatusCode::NO_CONTENT);

    let [call] = hook.take_requests().try_into().unwrap();
    assert_eq!(call.request.uri(), "http://upstream.test/");
    assert_eq!(call.request.headers()["host"], "upstream.test");
    assert_eq!(call.options.first_byte_timeout, Some(Duration::from_secs(6)));
    assert_eq!(call.options.between_bytes_timeout, Some(Duration::from_millis(50)));
}

#[tokio::test]
async fn beyond_the_limit_a_request_goes_to_another_instance() {
    let (egress, hook, gate) = gate();
    let reuse = Reuse { concurrent: 1, ..Reuse::default() };
    let service = make(FORWARD_FIRST, ServiceOptions { egress, reuse, ..ServiceOptions::default() });
    let mut one = Box::pin(service.handle(get()));
    until_called(&hook, 1, one.as_mut()).await;
    let mut two = Box::pin(service.handle(get()));
    until_called(&hook, 2, two.as_mut()).await;
    gate.notify_waiters();
    assert_eq!(soon(one).await.unwrap().status(), StatusCode::NO_CONTENT);
    assert_eq!(soon(two).await.unwrap().status(), StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn a_trap_is_its_neighbours_and_not_the_next_requests() {
    let trap_second = r#"(func $main (result i32)
            (if (i32.eq (global.get $count) (i32.const 2)) (then unreachable))
            (call $forward))
        (func $resumed (result i32) (call $respond (call $forwarded)))"#;
    let (egress, hook, gate) = gate();
    let service = make(trap_second, ServiceOptions { egress, ..ServiceOptions::default() });
    let mut neighbour = Box::pin(service.handle(get()));
    until_called(&hook, 1, neighbour.as_mut()).await;

    let trapped = soon(service.handle(get())).await;
    assert!(
        matches!(&trapped, Err(ServiceError::Trapped(text)) if text.contains("unreachable")),
        "{trapped:?}"
    );
    let neighbour = soon(neighbour).await;
    assert!(
        matches!(&neighbour, Err(ServiceError::Trapped(text)) if text.contains("unreachable")),
        "{neighbour:?}"
    );

    let mut next = Box::pin(service.handle(get()));
    until_called(&hook, 2, next.as_mut()).await;
    gate.notify_waiters();
    assert_eq!(soon(next).await.unwrap().status(), StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn giving_up_on_a_request_ends_its_call_and_not_its_neighbours() {
    let gate = Arc::new(Notify::new());
    let (called, called_back) = tokio::sync::oneshot::channel::<()>();
    let called = Mutex::new(Some(called));
    let hook = Hook::new({
        let gate = gate.clone();
        move |_| {
            // Kept by the first call, and so dropped with it.
            let called = called.lock().unwrap().take();
            let gate = gate.clone();
            async move {
                gate.notified().await;
                drop(called);
                Ok(Response::new(body::empty()))
            }
        }
    });
    let always = r#"(func $main (result i32) (call $forward))
        (func $resumed (result i32) (call $respond (i32.add (call $forwarded) (global.get $count))))"#;
    let options = ServiceOptions { egress: Egress::hook(hook.clone()), ..ServiceOptions::default() };
    let service = make(always, options);
    let mut given_up = Box::pin(service.handle(get()));
    until_called(&hook, 1, given_up.as_mut()).await;
    let mut neighbour = Box::pin(service.handle(get()));
    until_called(&hook, 2, neighbour.as_mut()).await;

    drop(given_up);
    assert!(soon(called_back).await.is_err());
    // A task that nobody can end is in that instance, so the next request goes to another.
    let mut next = Box::pin(service.handle(get()));
    until_called(&hook, 3, next.as_mut()).await;
    gate.notify_waiters();
    assert_eq!(soon(neighbour).await.unwrap().status().as_u16(), 202);
    assert_eq!(soon(next).await.unwrap().status().as_u16(), 201);
}

#[tokio::test]
async fn one_that_waits_or_computes_forever_is_stopped_and_others_go_on() {
    let waits = "(call $wait-call (call $wait-for (i64.const 1000000000000)))";
    let computes = "(loop $l (br $l)) (i32.const 0)";
    for forever in [waits, computes] {
        let first = format!("(func $main (result i32) {forever}) (func $resumed (result i32) unreachable)",);
        let limits = Limits { request_timeout: Duration::from_millis(100), ..Limits::default() };
        let endless = make(&first, ServiceOptions { limits, ..ServiceOptions::default() });
        let count = make(COUNT, ServiceOptions::default());
        let (stopped, answered) =
            soon(async { tokio::join!(endless.handle(get()), count.handle(get())) }).await;
        assert!(matches!(stopped, Err(ServiceError::TimedOut { .. })), "{stopped:?}");
        assert_eq!(answered.unwrap().status(), StatusCode::CREATED);
        assert_eq!(soon(endless.respond(get())).await.status(), StatusCode::GATEWAY_TIMEOUT);
    }
}

/// Writes a piece of the body, and goes on when it was taken.
fn piecewise(then: &str) -> String {
    format!(
        r#"(func $main (result i32) (local $body i64) (local $writer i32)
            (local.set $body (call $stream-new))
            (local.set $writer (i32.wrap_i64 (i64.shr_u (local.get $body) (i64.const 32))))
            (call $answer (i32.const 200) (i32.const 1) (i32.wrap_i64 (local.get $body)))
            (drop (call $stream-write (local.get $writer) (i32.const 1040) (i32.const 7)))
            (call $set-context (local.get $writer))
            (call $wait (local.get $writer)))
        (func $resumed (result i32) {then})"#
    )
}

#[tokio::test]
async fn a_body_is_whole_or_ends_with_an_error() {
    let stall = "(call $wait-call (call $wait-for (i64.const 1000000000000)))";
    let whole = "(call $stream-drop (call $context)) (i32.const 0)";
    let limits = Limits { request_timeout: Duration::from_millis(200), ..Limits::default() };
    for (then, complete) in [("unreachable", false), (stall, false), (whole, true)] {
        let options = ServiceOptions { limits: limits.clone(), ..ServiceOptions::default() };
        let response = soon(make(&piecewise(then), options).handle(get())).await.unwrap();
        let mut body = response.into_body();
        assert_eq!(soon(body.frame()).await.unwrap().unwrap().into_data().unwrap(), "hello, ");
        let end = soon(body.frame()).await;
        if complete {
            assert!(end.is_none(), "{then}: {end:?}");
        } else {
            assert!(matches!(end, Some(Err(ErrorCode::InternalError(Some(_))))), "{then}: {end:?}");
        }
    }
}

#[tokio::test]
async fn memory_ends_at_the_limit() {
    let hog = "(func $main (result i32)
            (loop $l (br_if $l (i32.ge_s (memory.grow (i32.const 16)) (i32.const 0)))) unreachable)
        (func $resumed (result i32) unreachable)";
    let limits = Limits { memory_bytes: 8 << 20, ..Limits::default() };
    let service = make(hog, ServiceOptions { limits, ..ServiceOptions::default() });
    let result = soon(service.handle(get())).await;
    assert!(matches!(result, Err(ServiceError::OutOfMemory { limit: 0x80_0000 })), "{result:?}");
    assert!((7 << 20..=8 << 20).contains(&service.peak_memory_bytes()));
}

#[tokio::test]
async fn an_answer_tells_its_instances_memory() {
    let service = make(COUNT, ServiceOptions::default());
    let response: Response<Body> = soon(service.handle(get())).await.unwrap();
    assert_eq!(response.extensions().get::<Usage>().unwrap().peak_memory_bytes(), 2 << 16);
    assert_eq!(service.peak_memory_bytes(), 2 << 16);
}

#[tokio::test]
async fn a_denied_host_is_an_error_code_and_no_trap() {
    const HTTP_REQUEST_DENIED: u16 = 15;
    for egress in [Egress::denied(), Egress::network(AllowList::parse(["http://other.test"]).unwrap())] {
        let service = make(FORWARD_FIRST, ServiceOptions { egress, ..ServiceOptions::default() });
        assert_eq!(status(&service).await, 100 + HTTP_REQUEST_DENIED);
    }
}

/// Answers with 200, or with 210 and the index of the error.
fn asks(call: &str) -> String {
    format!(
        r#"(func $main (result i32) (call $wait-call {call}))
        (func $resumed (result i32) (call $respond (if (result i32) (i32.load8_u (call $context))
            (then (i32.add (i32.const 210) (i32.load8_u (i32.add (call $context) (i32.const 4)))))
            (else (i32.const 200)))))"#
    )
}

#[tokio::test]
async fn variables_are_found_undefined_or_misnamed() {
    const INVALID_NAME: u16 = 210;
    const UNDEFINED: u16 = 211;
    let some_name = "(call $variable (i32.const 1063) (i32.const 9) (call $result))";
    let no = "(call $variable (i32.const 1072) (i32.const 2) (call $result))";
    let variables = vec![("some_name".to_owned(), "value".to_owned()), ("No".to_owned(), "x".to_owned())];
    for (ask, variables, expected) in [
        (some_name, variables.clone(), 200),
        (some_name, Vec::new(), UNDEFINED),
        (no, variables, INVALID_NAME),
    ] {
        let service = make(&asks(ask), ServiceOptions { variables, ..ServiceOptions::default() });
        assert_eq!(status(&service).await, expected, "{ask}");
    }
}

#[tokio::test]
async fn a_store_is_the_one_labelled_default_where_there_is_one() {
    const NO_SUCH_STORE: u16 = 211;
    const ACCESS_DENIED: u16 = 212;
    let default = "(call $open (i32.const 1056) (i32.const 7) (call $result))";
    let other = "(call $open (i32.const 1063) (i32.const 9) (call $result))";
    for (open, store, expected) in [
        (default, Some(KeyValue::memory().unwrap()), 200),
        (other, Some(KeyValue::memory().unwrap()), NO_SUCH_STORE),
        (default, None, ACCESS_DENIED),
    ] {
        let service = make(&asks(open), ServiceOptions { key_value: store, ..ServiceOptions::default() });
        assert_eq!(status(&service).await, expected, "{open}");
    }
}
