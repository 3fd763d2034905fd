//! What the baselines share. They block, they know one upstream, and they trap when something goes wrong: a
//! bench that meets an error is over.

use wasi::http::types::{
    Fields, IncomingBody, IncomingResponse, Method, OutgoingBody, OutgoingRequest, OutgoingResponse,
    ResponseOutparam, Scheme,
};
use wasi::io::streams::{InputStream, OutputStream, StreamError};

/// The most that goes from stream to stream at once.
pub const PIECE: u64 = 64 << 10;

/// A variable of the environment.
///
/// # Panics
/// When it is not set.
#[must_use]
pub fn variable(name: &str) -> String {
    let all = wasi::cli::environment::get_environment();
    all.into_iter()
        .find(|(key, _)| key == name)
        .map_or_else(|| panic!("{name} is not set"), |(_, value)| value)
}

/// A request to the upstream, which `UPSTREAM` names as `host:port`.
#[must_use]
pub fn request(method: &Method, target: &str, headers: Fields) -> OutgoingRequest {
    let request = OutgoingRequest::new(headers);
    let authority = variable("UPSTREAM");
    request.set_method(method).expect("a method");
    request.set_scheme(Some(&Scheme::Http)).expect("a scheme");
    request.set_authority(Some(&authority)).expect("an authority");
    request.set_path_with_query(Some(target)).expect("a path");
    request
}

/// CleverTap's two headers, added.
pub fn authenticate(headers: &Fields) {
    headers.append("x-clevertap-account-id", variable("PROJECT").as_bytes()).expect("a header");
    headers.append("x-clevertap-passcode", variable("PASSCODE").as_bytes()).expect("a header");
}

/// Hands the head of an answer over, with this length.
#[must_use]
pub fn respond(out: ResponseOutparam, status: u16, headers: Fields) -> OutgoingBody {
    let response = OutgoingResponse::new(headers);
    response.set_status_code(status).expect("a status");
    let body = response.body().expect("the first to ask");
    ResponseOutparam::set(out, Ok(response));
    body
}

/// All of a stream into another, without touching it.
pub fn splice(from: &InputStream, into: &OutputStream) {
    loop {
        match into.blocking_splice(from, PIECE) {
            Ok(_) => {}
            Err(StreamError::Closed) => return,
            Err(error) => panic!("{error}"),
        }
    }
}

/// An answer's body and the stream of its bytes, in this order: the stream is to be dropped first.
#[must_use]
pub fn incoming(response: &IncomingResponse) -> (IncomingBody, InputStream) {
    let body = response.consume().expect("the first to ask");
    let stream = body.stream().expect("the first to ask");
    (body, stream)
}
