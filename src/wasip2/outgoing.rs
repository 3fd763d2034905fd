//! One request to the outside.

use std::rc::Rc;

use wasi::http::outgoing_handler::handle;
use wasi::http::types::{IncomingResponse, OutgoingRequest};

use super::streams::{Incoming, Outlet, Reactor};
use crate::transport::{Body, Request, Response, SendError, Timeouts, header};
use crate::wasi::errors::send_error;
use crate::wasi::pour::{Upload, arrival, pour};
use crate::wasi::request::{Destination, fields, lower, options, unsendable};

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
    let mut upload = match sink {
        Some(sink) => Some(Box::pin(pour(Outlet::open(reactor, sink, None)?, request.body)) as Upload),
        None => None,
    };
    arrival(reactor.wait(&Rc::new(answer.subscribe())), &mut upload).await?;
    match answer.get() {
        Some(Ok(Ok(response))) => received(reactor, &response, upload, bodiless_answer),
        Some(Ok(Err(code))) => Err(send_error(&code)),
        // Not ready although its pollable is, or taken before: the host breaks its contract.
        Some(Err(())) | None => Err(SendError::Cut("the host lost the answer".to_owned())),
    }
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
    let Destination { method, scheme, authority, path_with_query } = Destination::of(request)?;
    let outgoing = OutgoingRequest::new(fields(request)?);
    outgoing.set_method(&method).map_err(|()| unsendable("the method is invalid"))?;
    outgoing.set_scheme(Some(&scheme)).map_err(|()| unsendable("the scheme is invalid"))?;
    outgoing.set_authority(Some(&authority)).map_err(|()| unsendable("the host's name is invalid"))?;
    outgoing.set_path_with_query(Some(&path_with_query)).map_err(|()| unsendable("the path is invalid"))?;
    Ok(outgoing)
}
