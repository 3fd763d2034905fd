//! One request to the outside.

use std::rc::Rc;
use std::time::Duration;

use wasi::http::outgoing_handler::handle;
use wasi::http::types::{
    Fields, FutureIncomingResponse, HeaderError, IncomingResponse, Method, OutgoingRequest, RequestOptions,
    Scheme,
};

use super::errors::send_error;
use super::streams::{Broken, Incoming, Reactor, Upload, pour};
use crate::transport::select::{Either, first};
use crate::transport::{Body, Headers, Request, Response, SendError, Timeouts, header};

/// Sends it, and answers with the status and headers. Body and answer move at the same time: a server may
/// answer before it has read everything, and what is left goes up while the answer is read.
pub(super) async fn send(
    reactor: &Reactor,
    request: Request,
    timeouts: Timeouts,
) -> Result<Response, SendError> {
    let bodiless_answer = request.method == "HEAD";
    let outgoing = head(&request)?;
    // `body` must be taken before the request goes. One that is never taken is empty; a taken and empty one
    // would go out chunked.
    let sink = if request.body.is_empty() {
        None
    } else {
        Some(outgoing.body().map_err(|()| unsendable("its body was taken"))?)
    };
    let answer = handle(outgoing, Some(options(timeouts))).map_err(|code| send_error(&code))?;
    let mut upload = sink.map(|sink| Box::pin(pour(reactor.clone(), sink, request.body, None)) as Upload);
    arrival(reactor, &answer, &mut upload).await?;
    match answer.get() {
        Some(Ok(Ok(response))) => received(reactor, &response, upload, bodiless_answer),
        Some(Ok(Err(code))) => Err(send_error(&code)),
        // Not ready although its pollable is, or taken before: the host breaks its contract.
        Some(Err(())) | None => Err(SendError::Cut("the host lost the answer".to_owned())),
    }
}

/// Waits for the answer's head while the body goes up.
async fn arrival(
    reactor: &Reactor,
    answer: &FutureIncomingResponse,
    upload: &mut Option<Upload>,
) -> Result<(), SendError> {
    let pollable = Rc::new(answer.subscribe());
    let mut arrived = reactor.wait(&pollable);
    if let Some(going) = upload {
        match first(&mut arrived, going).await {
            Either::Left(()) => return Ok(()),
            Either::Right(Ok(())) => {}
            Either::Right(Err(Broken::Source(error))) => {
                return Err(SendError::SourceFailed(error.to_string()));
            }
            // The body was shorter or longer than it said.
            Either::Right(Err(Broken::Sink(error @ SendError::SourceFailed(_)))) => return Err(error),
            // The other side stopped reading. It may have answered; if not, the answer's error is the one
            // that tells why.
            Either::Right(Err(Broken::Sink(_))) => {}
        }
        *upload = None;
    }
    arrived.await;
    Ok(())
}

fn received(
    reactor: &Reactor,
    response: &IncomingResponse,
    upload: Option<Upload>,
    bodiless: bool,
) -> Result<Response, SendError> {
    let status = response.status();
    let headers = lower(response.headers().entries());
    if bodiless || matches!(status, 204 | 304) {
        return Ok(Response { status, headers, body: Body::Empty });
    }
    let length = header(&headers, "content-length").and_then(|text| text.parse().ok());
    let source = response
        .consume()
        .ok()
        .and_then(|body| Incoming::open(reactor, body, upload))
        .ok_or_else(|| SendError::Cut("the host lost the answer's body".to_owned()))?;
    Ok(Response { status, headers, body: Body::Stream(Box::new(source), length) })
}

/// Everything but the body.
fn head(request: &Request) -> Result<OutgoingRequest, SendError> {
    let outgoing = OutgoingRequest::new(fields(request)?);
    outgoing.set_method(&method(&request.method)).map_err(|()| unsendable("the method is invalid"))?;
    let scheme = match request.url.scheme() {
        "https" => Scheme::Https,
        "http" => Scheme::Http,
        other => Scheme::Other(other.to_owned()),
    };
    outgoing.set_scheme(Some(&scheme)).map_err(|()| unsendable("the scheme is invalid"))?;
    let host = request.url.host_str().ok_or_else(|| unsendable("it names no host"))?;
    let authority = match request.url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    };
    outgoing.set_authority(Some(&authority)).map_err(|()| unsendable("the host's name is invalid"))?;
    let target = match (&request.target, request.url.query()) {
        (Some(target), _) => target.clone(),
        (None, Some(query)) => format!("{}?{query}", request.url.path()),
        (None, None) => request.url.path().to_owned(),
    };
    outgoing.set_path_with_query(Some(&target)).map_err(|()| unsendable("the path is invalid"))?;
    Ok(outgoing)
}

/// The headers, with the body's length where it is known: without it a host sends the body chunked, and not
/// every server takes that.
fn fields(request: &Request) -> Result<Fields, SendError> {
    let fields = Fields::new();
    let length = match request.body.len() {
        Some(0) if matches!(request.method.as_str(), "GET" | "HEAD" | "OPTIONS") => None,
        length => length,
    };
    for (name, value) in &request.headers {
        if length.is_some() && name.eq_ignore_ascii_case("content-length") {
            continue;
        }
        append(&fields, name, value)?;
    }
    if let Some(length) = length {
        append(&fields, "content-length", length.to_string().as_bytes())?;
    }
    Ok(fields)
}

/// A header that the host keeps for itself (`connection`, `host`, …) is left out; one that is malformed is an
/// error, as it might be the one that authenticates.
fn append(fields: &Fields, name: &str, value: &[u8]) -> Result<(), SendError> {
    match fields.append(name, value) {
        Ok(()) | Err(HeaderError::Forbidden) => Ok(()),
        Err(_) => Err(SendError::Unsendable(format!("the header {name} is invalid"))),
    }
}

/// Header names in lower case, as the core wants them.
pub(super) fn lower(entries: Vec<(String, Vec<u8>)>) -> Headers {
    entries.into_iter().map(|(name, value)| (name.to_ascii_lowercase(), value)).collect()
}

fn method(name: &str) -> Method {
    match name {
        "GET" => Method::Get,
        "HEAD" => Method::Head,
        "POST" => Method::Post,
        "PUT" => Method::Put,
        "DELETE" => Method::Delete,
        "CONNECT" => Method::Connect,
        "OPTIONS" => Method::Options,
        "TRACE" => Method::Trace,
        "PATCH" => Method::Patch,
        other => Method::Other(other.to_owned()),
    }
}

fn options(timeouts: Timeouts) -> RequestOptions {
    let nanos = |time: Duration| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
    let options = RequestOptions::new();
    // A host may not support one of these. That is no reason not to send: the core watches its own clock too.
    let _ = options.set_connect_timeout(Some(nanos(timeouts.connect)));
    let _ = options.set_first_byte_timeout(Some(nanos(timeouts.first_byte)));
    let _ = options.set_between_bytes_timeout(Some(nanos(timeouts.between_bytes)));
    options
}

fn unsendable(reason: &str) -> SendError {
    SendError::Unsendable(reason.to_owned())
}
