//! Upstream answers made in process: no sockets, every fault on demand, every request on record.

use std::fmt;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use http::{Request, Response};

use crate::body::{self, Body};
use crate::upstream::{Upstream, UpstreamFuture};
use crate::{ErrorCode, RequestOptions};

type Answer = dyn Fn(Recorded) -> UpstreamFuture + Send + Sync;

/// A request as it left the guest, with its whole body.
#[derive(Debug, Clone)]
pub struct Recorded {
    /// The request; its URI is absolute.
    pub request: Request<Bytes>,
    /// The time limits that the guest set.
    pub options: RequestOptions,
}

/// An [`Upstream`] that is a function, for tests.
///
/// ```
/// use marketing_automation_host::{ErrorCode, Hook, body};
///
/// let hook = Hook::new(|call| async move {
///     match call.request.uri().path() {
///         "/1/targets/list.json" => Ok(http::Response::new(body::full(r#"{"status":"success","targets":[]}"#))),
///         "/cut" => Ok(http::Response::new(body::truncated("{\"sta", ErrorCode::ConnectionTerminated))),
///         _ => Err(ErrorCode::ConnectionRefused),
///     }
/// });
/// assert!(hook.requests().is_empty());
/// ```
#[derive(Clone)]
pub struct Hook {
    answer: Arc<Answer>,
    log: Arc<Mutex<Vec<Recorded>>>,
}

impl Hook {
    /// Answers each request with what `answer` makes of it. A request is recorded when its body has arrived.
    pub fn new<F, A>(answer: F) -> Self
    where
        F: Fn(Recorded) -> A + Send + Sync + 'static,
        A: Future<Output = Result<Response<Body>, ErrorCode>> + Send + 'static,
    {
        Self { answer: Arc::new(move |call| Box::pin(answer(call))), log: Arc::default() }
    }

    /// Answers everything with this status and JSON text.
    pub fn json(status: u16, text: impl Into<Bytes>) -> Self {
        let text = text.into();
        Self::new(move |_| {
            let response = json_response(status, text.clone());
            async move { response }
        })
    }

    /// The requests so far, oldest first.
    pub fn requests(&self) -> Vec<Recorded> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The requests so far, which are then forgotten.
    pub fn take_requests(&self) -> Vec<Recorded> {
        std::mem::take(&mut self.log.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// An answer of JSON text.
///
/// # Errors
/// `HttpProtocolError` when the status is none.
pub fn json_response(status: u16, text: impl Into<Bytes>) -> Result<Response<Body>, ErrorCode> {
    Response::builder()
        .status(status)
        .header(http::header::CONTENT_TYPE, "application/json")
        .body(body::full(text))
        .map_err(|_| ErrorCode::HttpProtocolError)
}

impl Upstream for Hook {
    fn send(&self, request: Request<Body>, options: RequestOptions) -> UpstreamFuture {
        let (answer, log) = (self.answer.clone(), self.log.clone());
        Box::pin(async move {
            let (parts, body) = request.into_parts();
            let call = Recorded { request: Request::from_parts(parts, body::collect(body).await?), options };
            log.lock().unwrap_or_else(PoisonError::into_inner).push(call.clone());
            answer(call).await
        })
    }
}

impl fmt::Debug for Hook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hook").finish_non_exhaustive()
    }
}
