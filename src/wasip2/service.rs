//! World `service`: one HTTP request in, its answer out, over `wasi:http/incoming-handler`.

use wasi::exports::http::incoming_handler::Guest;
use wasi::http::types::{ErrorCode, IncomingRequest, OutgoingBody, OutgoingResponse, ResponseOutparam};

use super::host::{Wasi, stderr};
use super::streams::{Incoming, Outlet, Reactor};
use crate::service::{Inbound, handle};
use crate::transport::{Body, Headers, Response};
use crate::wasi::answer::{bodiless, fields, patience};
use crate::wasi::line::report_panics;
use crate::wasi::pour::pour;
use crate::wasi::request::{Promised, lower, method_name, promised};

#[derive(Debug)]
struct Service;

#[allow(unsafe_code, reason = "the export's symbol, written by wit-bindgen")]
mod export {
    use super::Service;

    wasi::http::proxy::export!(Service);
}

impl Guest for Service {
    fn handle(request: IncomingRequest, out: ResponseOutparam) {
        report_panics(stderr::line);
        let host = Wasi::new();
        if host.reactor().block_on(exchange(&host, request, out)).is_err() {
            stderr::line(
                r#"{"event":"stalled","message":"a request waited for nothing: a mistake of this component"}"#,
            );
        }
    }
}

async fn exchange(host: &Wasi, request: IncomingRequest, out: ResponseOutparam) {
    let inbound = inbound(host.reactor(), &request).await;
    let head_only = inbound.method == "HEAD";
    let environment = wasi::cli::environment::get_environment();
    let answer = handle(host, &environment, inbound).await;
    give(host.reactor(), answer, head_only, out).await;
}

/// What the service sees of a request. Its body is read only as fast as somebody asks for it.
async fn inbound(reactor: &Reactor, request: &IncomingRequest) -> Inbound {
    let method = method_name(request.method());
    let headers = lower(request.headers().entries());
    let body = body(reactor, request, &method, &headers).await;
    Inbound {
        method,
        target: request.path_with_query().unwrap_or_else(|| "/".to_owned()),
        authority: request.authority(),
        headers,
        body,
    }
}

async fn body(reactor: &Reactor, request: &IncomingRequest, method: &str, headers: &Headers) -> Body {
    let length = match promised(method, headers) {
        Promised::Nothing => return Body::Empty,
        Promised::Bytes(length) => Some(length),
        Promised::Perhaps => None,
    };
    let Some(mut source) = request.consume().ok().and_then(|body| Incoming::open(reactor, body, None)) else {
        return Body::Empty;
    };
    if length.is_none() && !source.peek().await {
        return Body::Empty;
    }
    Body::Stream(Box::new(source), length)
}

/// Hands the answer's head to the host, then its body, piece by piece, as fast as the client takes it. When
/// the client goes away the pouring fails; what was still coming in for it is dropped, and with it the
/// upstream request.
async fn give(reactor: &Reactor, answer: Response, head_only: bool, out: ResponseOutparam) {
    let bodiless = bodiless(&answer, head_only);
    let response = OutgoingResponse::new(fields(&answer, bodiless));
    if response.set_status_code(answer.status).is_err() {
        let reason = Some(format!("there is no HTTP status {}", answer.status));
        return ResponseOutparam::set(out, Err(ErrorCode::InternalError(reason)));
    }
    let Ok(sink) = response.body() else {
        return ResponseOutparam::set(out, Err(ErrorCode::InternalError(None)));
    };
    ResponseOutparam::set(out, Ok(response));
    if bodiless || answer.body.is_empty() {
        // How this fails, nobody is left to be told.
        let _ = OutgoingBody::finish(sink, None);
        return;
    }
    if let Ok(outlet) = Outlet::open(reactor, sink, Some(patience(&answer.body))) {
        let _ = pour(outlet, answer.body).await;
    }
}
