//! World `service`: one HTTP request in, its answer out, over `wasi:http/incoming-handler`.

use std::panic;
use std::time::Duration;

use wasi::exports::http::incoming_handler::Guest;
use wasi::http::types::{
    ErrorCode, Fields, IncomingRequest, Method, OutgoingBody, OutgoingResponse, ResponseOutparam,
};

use super::host::{Wasi, stderr};
use super::outgoing::lower;
use super::streams::{Incoming, Reactor, pour};
use crate::service::{Inbound, handle};
use crate::transport::{Body, Headers, Response, header};

/// An answer of which nothing is taken for so long is given up, where it does not say how long itself.
const PATIENCE: Duration = Duration::from_secs(60);

#[derive(Debug)]
struct Service;

#[allow(unsafe_code, reason = "the export's symbol, written by wit-bindgen")]
mod export {
    use super::Service;

    wasi::http::proxy::export!(Service);
}

impl Guest for Service {
    fn handle(request: IncomingRequest, out: ResponseOutparam) {
        report_panics();
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

/// Hosts hide `transfer-encoding`, so a request without a length may have a body or none, and none must not
/// be passed on as a stream: it would go out chunked, which not every server takes. A GET has none; elsewhere
/// the first piece tells.
async fn body(reactor: &Reactor, request: &IncomingRequest, method: &str, headers: &Headers) -> Body {
    let length: Option<u64> = header(headers, "content-length").and_then(|text| text.parse().ok());
    if length == Some(0) || (length.is_none() && matches!(method, "GET" | "HEAD" | "OPTIONS")) {
        return Body::Empty;
    }
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
    let bodiless = head_only || matches!(answer.status, 204 | 304);
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
    let _ = pour(reactor.clone(), sink, answer.body, Some(PATIENCE)).await;
}

/// The answer's headers. One that the host keeps for itself (`connection`, `transfer-encoding`) or finds
/// malformed is left out: the rest of the answer is worth having. An answer without a body goes without a
/// length, also to HEAD: `wasi:http` takes a length that the body does not have for a broken answer.
fn fields(answer: &Response, bodiless: bool) -> Fields {
    let fields = Fields::new();
    let length = if bodiless { None } else { answer.body.len() };
    for (name, value) in &answer.headers {
        let is_length = name.eq_ignore_ascii_case("content-length");
        if !is_length || (length.is_none() && !bodiless) {
            let _ = fields.append(name, value);
        }
    }
    if let Some(length) = length {
        let _ = fields.append("content-length", length.to_string().as_bytes());
    }
    fields
}

fn method_name(method: Method) -> String {
    let name = match method {
        Method::Get => "GET",
        Method::Head => "HEAD",
        Method::Post => "POST",
        Method::Put => "PUT",
        Method::Delete => "DELETE",
        Method::Connect => "CONNECT",
        Method::Options => "OPTIONS",
        Method::Trace => "TRACE",
        Method::Patch => "PATCH",
        Method::Other(name) => return name,
    };
    name.to_owned()
}

/// There are to be no panics. Should there be one, this target would end in silence: the line says where. It
/// does not say what, as a message may quote what it stumbled over.
fn report_panics() {
    panic::set_hook(Box::new(|info| {
        let place = info.location().map_or_else(|| "nowhere".to_owned(), ToString::to_string);
        stderr::line(&format!(r#"{{"event":"panic","location":"{}"}}"#, place.escape_default()));
    }));
}
