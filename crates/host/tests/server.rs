//! A socket before a service: wire mode.

mod support;

use std::sync::Arc;
use std::time::Duration;

use http::{Request, Response};
use marketing_automation_host::{
    Body, Egress, ErrorCode, Hook, Log, Pool, RequestOptions, Server, ServerOptions, Service, ServiceOptions,
    Upstream, body,
};
use serde_json::Value;
use support::ENGINE;
use tokio::io::AsyncWriteExt;
use tokio::sync::Notify;

const HELLO: &str = r#"(func $main (local $body i32)
    (local.set $body (call $respond (i32.const 200)))
    (call $write (local.get $body) (i32.const 1040) (i32.const 7))
    (call $finish (local.get $body)))"#;

const CUT: &str = r#"(func $main
    (call $write (call $respond (i32.const 200)) (i32.const 1040) (i32.const 7))
    unreachable)"#;

const FORWARD: &str = r#"(func $main (local $status i32)
    (local.set $status (call $forward))
    (call $finish (call $respond (local.get $status))))"#;

async fn start(wat: &str, egress: Egress, options: ServerOptions) -> Server {
    let service = ServiceOptions { egress, log: options.log.clone(), ..ServiceOptions::default() };
    let service = Service::new(&ENGINE, &support::service(wat), service).unwrap();
    Server::start(service, ([127, 0, 0, 1], 0).into(), options).await.unwrap()
}

async fn get(pool: &Pool, server: &Server, path: &str) -> Result<Response<Body>, ErrorCode> {
    let request = Request::get(format!("{}{path}", server.url())).header("host", "service.test");
    pool.send(request.body(body::empty()).unwrap(), RequestOptions::default()).await
}

/// An upstream that answers each request when it is let go, and what tells that one has come.
fn gate() -> (Egress, Hook, Arc<Notify>) {
    let gate = Arc::new(Notify::new());
    let hook = Hook::new({
        let gate = gate.clone();
        move |_| {
            let gate = gate.clone();
            async move {
                gate.notified().await;
                Ok(Response::new(body::empty()))
            }
        }
    });
    (Egress::hook(hook.clone()), hook, gate)
}

async fn until(done: impl Fn() -> bool) {
    let wait = async {
        while !done() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), wait).await.expect("took too long");
}

#[tokio::test]
async fn a_request_has_one_line_without_its_query() {
    let log = Log::buffer();
    let server =
        start(HELLO, Egress::denied(), ServerOptions { log: log.clone(), ..ServerOptions::default() }).await;
    let response = get(&Pool::new(), &server, "/contacts/jane@example.com?token=secret").await.unwrap();
    assert_eq!(body::collect(response.into_body()).await.unwrap(), "hello, ");
    until(|| !log.lines().is_empty()).await;

    let line: Value = serde_json::from_str(&log.lines().remove(0)).unwrap();
    assert_eq!(
        (&line["event"], &line["method"], &line["path"]),
        (&"request".into(), &"GET".into(), &"/contacts/*".into())
    );
    assert_eq!((&line["status"], &line["bytes"], &line["complete"]), (&200.into(), &7.into(), &true.into()));
    assert!(line["request_id"].is_string() && line["ms"].is_u64());
}

#[tokio::test]
async fn a_connection_serves_many_requests() {
    let server = start(HELLO, Egress::denied(), ServerOptions::default()).await;
    let mut stream = tokio::net::TcpStream::connect(server.addr()).await.unwrap();
    for _ in 0..2 {
        stream.write_all(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
        let mut seen = Vec::new();
        while !seen.ends_with(b"0\r\n\r\n") {
            seen.push(tokio::io::AsyncReadExt::read_u8(&mut stream).await.unwrap());
        }
        assert!(seen.starts_with(b"HTTP/1.1 200"));
    }
}

#[tokio::test]
async fn an_answer_that_a_trap_cut_is_cut_on_the_wire() {
    let log = Log::buffer();
    let server =
        start(CUT, Egress::denied(), ServerOptions { log: log.clone(), ..ServerOptions::default() }).await;
    let response = get(&Pool::new(), &server, "/").await;
    assert!(match response {
        Ok(response) => body::collect(response.into_body()).await.is_err(),
        Err(_) => true,
    });
    until(|| log.lines().iter().any(|line| line.contains("\"complete\":false"))).await;
}

#[tokio::test]
async fn a_client_that_leaves_ends_its_request() {
    let log = Log::buffer();
    let (egress, hook, _gate) = gate();
    let server = start(FORWARD, egress, ServerOptions { log: log.clone(), ..ServerOptions::default() }).await;
    let mut stream = tokio::net::TcpStream::connect(server.addr()).await.unwrap();
    stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
    until(|| !hook.requests().is_empty()).await;
    drop(stream);
    until(|| log.lines().iter().any(|line| line.contains("\"status\":null"))).await;
}

#[tokio::test]
async fn too_many_at_the_same_time_are_told_to_come_again() {
    let (egress, hook, gate) = gate();
    let options = ServerOptions { max_concurrent: 1, queue: Duration::ZERO, ..ServerOptions::default() };
    let server = start(FORWARD, egress, options).await;
    let pool = Pool::new();
    let first = get(&pool, &server, "/");
    let second = async {
        until(|| !hook.requests().is_empty()).await;
        let refused = get(&pool, &server, "/").await.unwrap();
        gate.notify_one();
        refused
    };
    let (first, second) = tokio::join!(first, second);
    assert_eq!(first.unwrap().status(), 200);
    assert_eq!(
        (second.status().as_u16(), &second.headers()["retry-after"]),
        (503, &http::HeaderValue::from(1))
    );
}

#[tokio::test]
async fn shutting_down_lets_requests_finish() {
    let (egress, hook, gate) = gate();
    let server = start(FORWARD, egress, ServerOptions::default()).await;
    let url = server.url();
    let pool = Pool::new();
    let request = Request::get(format!("{url}/")).header("host", "a").body(body::empty()).unwrap();
    let answer = tokio::spawn(pool.send(request, RequestOptions::default()));
    until(|| !hook.requests().is_empty()).await;

    let stopped = tokio::spawn(server.shutdown());
    let addr = url.trim_start_matches("http://").to_owned();
    // Nobody else is let in, and who is in is not thrown out.
    let closed = async { while tokio::net::TcpStream::connect(&addr).await.is_ok() {} };
    tokio::time::timeout(Duration::from_secs(20), closed).await.unwrap();
    assert!(!answer.is_finished() && !stopped.is_finished());

    gate.notify_one();
    assert_eq!(answer.await.unwrap().unwrap().status(), 200);
    stopped.await.unwrap();
}

#[tokio::test]
async fn the_drain_has_an_end() {
    let (egress, hook, _gate) = gate();
    let server =
        start(FORWARD, egress, ServerOptions { drain: Duration::ZERO, ..ServerOptions::default() }).await;
    let pool = Pool::new();
    let request = Request::get(format!("{}/", server.url())).header("host", "a").body(body::empty()).unwrap();
    let answer = tokio::spawn(pool.send(request, RequestOptions::default()));
    until(|| !hook.requests().is_empty()).await;
    server.shutdown().await;
    let error = answer.await.unwrap().unwrap_err();
    assert!(matches!(error, ErrorCode::ConnectionTerminated), "{error:?}");
}
