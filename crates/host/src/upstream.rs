//! Where outbound requests go: the one seam between a guest's `wasi:http` and the network.

use std::future::Future;
use std::pin::Pin;

use http::{Request, Response};

use crate::body::Body;
use crate::{ErrorCode, RequestOptions};

/// What an [`Upstream`] promises: an answer's head with its body still to come, or an error for the guest.
pub type UpstreamFuture = Pin<Box<dyn Future<Output = Result<Response<Body>, ErrorCode>> + Send>>;

/// Answers the requests that a guest sends out.
///
/// [`Pool`](crate::Pool) sends them over the network; [`Hook`](crate::Hook) answers in process. The policy of
/// [`Egress`](crate::Egress) has already allowed a request that comes here. The future is dropped when the
/// guest gives up or ends.
pub trait Upstream: Send + Sync + 'static {
    /// Sends one request. The URI has scheme and authority; a `host` header is set.
    fn send(&self, request: Request<Body>, options: RequestOptions) -> UpstreamFuture;
}
