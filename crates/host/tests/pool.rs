//! The pool against sockets that behave, and that do not.

use std::time::Duration;

use http::Request;
use marketing_automation_host::{Body, ErrorCode, Pool, RequestOptions, Upstream, body};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello";

fn short() -> RequestOptions {
    let short = Some(Duration::from_millis(50));
    RequestOptions { connect_timeout: short, first_byte_timeout: short, between_bytes_timeout: short }
}

fn get(url: &str) -> Request<Body> {
    let uri: http::Uri = url.parse().unwrap();
    let host = uri.authority().unwrap().to_string();
    Request::get(uri).header("host", host).body(body::empty()).unwrap()
}

/// A server that hands each connection to `serve`, and the scheme's base URL.
async fn server<F, A>(scheme: &str, serve: F) -> String
where
    F: Fn(TcpStream, usize) -> A + Send + 'static,
    A: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("{scheme}://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move {
        for number in 0.. {
            let (stream, _) = listener.accept().await.unwrap();
            tokio::spawn(serve(stream, number));
        }
    });
    url
}

/// Reads a request's head; false at the end of the connection.
async fn head(stream: &mut TcpStream) -> bool {
    let mut seen = Vec::new();
    while !seen.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => seen.push(byte),
            Err(_) => return false,
        }
    }
    true
}

async fn error_of(scheme: &str, answer: &'static [u8], keep_open: bool) -> ErrorCode {
    let url = server(scheme, move |mut stream, _| async move {
        // A TLS client begins with bytes that are no request's head: answer whatever comes first.
        let mut first = [0; 64];
        let _ = stream.read(&mut first).await;
        let _ = stream.write_all(answer).await;
        if keep_open {
            std::future::pending::<()>().await;
        }
        // Whatever else came is read, so that closing is no reset.
        let _ = stream.shutdown().await;
        while stream.read(&mut first).await.is_ok_and(|length| length > 0) {}
    })
    .await;
    match Pool::new().send(get(&url), short()).await {
        Err(error) => error,
        Ok(response) => body::collect(response.into_body()).await.expect_err("there is an answer"),
    }
}

#[tokio::test]
async fn connections_are_reused() {
    let url = server("http", |mut stream, number| async move {
        while head(&mut stream).await {
            let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n{number}");
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
    })
    .await;
    let pool = Pool::new();
    for _ in 0..3 {
        let response = pool.send(get(&url), RequestOptions::default()).await.unwrap();
        assert_eq!(body::collect(response.into_body()).await.unwrap(), "0");
    }
}

#[tokio::test]
async fn a_connection_that_the_other_side_closed_is_not_used_again() {
    let url = server("http", |mut stream, _| async move {
        head(&mut stream).await;
        stream.write_all(ANSWER).await.unwrap();
    })
    .await;
    let pool = Pool::new();
    for _ in 0..3 {
        let response = pool.send(get(&url), RequestOptions::default()).await.unwrap();
        assert_eq!(body::collect(response.into_body()).await.unwrap(), "hello");
        // The pool sees the end of the connection when its task runs.
        tokio::time::timeout(Duration::from_secs(5), tokio::task::yield_now()).await.unwrap();
    }
}

#[tokio::test]
async fn nobody_listens() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    drop(listener);
    let error = Pool::new().send(get(&url), RequestOptions::default()).await.unwrap_err();
    assert!(matches!(error, ErrorCode::ConnectionRefused), "{error:?}");
}

#[tokio::test]
async fn a_name_that_does_not_resolve() {
    let error = Pool::new().send(get("http://name.invalid/"), RequestOptions::default()).await.unwrap_err();
    assert!(matches!(error, ErrorCode::DnsError { .. }), "{error:?}");
}

#[tokio::test]
async fn answers_that_do_not_come() {
    let error = error_of("http", b"", true).await;
    assert!(matches!(error, ErrorCode::ConnectionReadTimeout), "{error:?}");
    let error = error_of("http", b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhel", true).await;
    assert!(matches!(error, ErrorCode::ConnectionReadTimeout), "{error:?}");
    let error = error_of("https", b"", true).await;
    assert!(matches!(error, ErrorCode::ConnectionTimeout), "{error:?}");
}

#[tokio::test]
async fn answers_that_break_off() {
    let error = error_of("http", b"", false).await;
    assert!(matches!(error, ErrorCode::ConnectionTerminated), "{error:?}");
    let error = error_of("http", b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhel", false).await;
    assert!(matches!(error, ErrorCode::HttpResponseIncomplete), "{error:?}");
    let error =
        error_of("http", b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nhel\r\n", false).await;
    assert!(matches!(error, ErrorCode::HttpResponseIncomplete), "{error:?}");
}

#[tokio::test]
async fn answers_that_make_no_sense() {
    let error = error_of("http", b"SSH-2.0-OpenSSH\r\n\r\n", false).await;
    assert!(matches!(error, ErrorCode::HttpProtocolError), "{error:?}");
    let error = error_of("https", b"HTTP/1.1 400 Bad Request\r\n\r\n", false).await;
    assert!(matches!(error, ErrorCode::TlsProtocolError), "{error:?}");
}
