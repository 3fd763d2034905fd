//! One request to the outside.

use std::pin::pin;

use spin_sdk::wasip3::http::{client, types};

use super::streams::{Contents, Incoming, Outlet};
use crate::transport::{Body, Request, Response, SendError, Timeouts, header};
use crate::wasi::errors::send_error;
use crate::wasi::pour::{Upload, arrival, pour};
use crate::wasi::request::{Destination, fields, lower, options, unsendable};

/// Sends it, and answers with the status and headers. Body and answer move at the same time: a server may
/// answer before it has read everything, and what is left goes up while the answer is read.
pub(super) async fn send(request: Request, timeouts: Timeouts) -> Result<Response, SendError> {
    let bodiless_answer = request.method == "HEAD";
    let (outlet, contents) = Outlet::new(request.body.is_empty(), None);
    let outgoing = head(&request, contents, timeouts)?;
    let mut upload = Some(Box::pin(pour(outlet, request.body)) as Upload);
    // After the upload, so that it is dropped before it: the host then waits for no more of the body.
    let sending = pin!(client::send(outgoing));
    let answer = arrival(sending, &mut upload).await?.map_err(|code| send_error(&code))?;
    Ok(received(answer, upload, bodiless_answer))
}

fn received(answer: types::Response, upload: Option<Upload>, bodiless: bool) -> Response {
    let status = answer.get_status_code();
    let headers = lower(answer.get_headers().copy_all());
    if bodiless || matches!(status, 204 | 304) {
        return Response { status, headers, body: Body::Empty };
    }
    let length = header(&headers, "content-length").and_then(|text| text.parse().ok());
    let source = Incoming::open(|taken| types::Response::consume_body(answer, taken), upload);
    Response { status, headers, body: Body::Stream(Box::new(source), length) }
}

/// Everything but the body's bytes.
fn head(request: &Request, contents: Contents, timeouts: Timeouts) -> Result<types::Request, SendError> {
    let Destination { method, scheme, authority, path_with_query } = Destination::of(request)?;
    let (stream, end) = contents;
    // How the sending went, the answer tells.
    let (outgoing, _) = types::Request::new(fields(request)?, stream, end, Some(options(timeouts)));
    outgoing.set_method(&method).map_err(|()| unsendable("the method is invalid"))?;
    outgoing.set_scheme(Some(&scheme)).map_err(|()| unsendable("the scheme is invalid"))?;
    outgoing.set_authority(Some(&authority)).map_err(|()| unsendable("the host's name is invalid"))?;
    outgoing.set_path_with_query(Some(&path_with_query)).map_err(|()| unsendable("the path is invalid"))?;
    Ok(outgoing)
}
