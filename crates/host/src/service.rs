//! A service component: HTTP in, HTTP out, a fresh instance for each request.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode, header};
use http_body_util::BodyExt;
use tokio::sync::oneshot;
use wasmtime::component::Component;
use wasmtime_wasi_http::WasiHttpView as _;
use wasmtime_wasi_http::p2::bindings::ProxyPre;
use wasmtime_wasi_http::p2::bindings::http::types::Scheme;

use crate::ErrorCode;
use crate::answer::{AbortOnDrop, Answer, Ending};
use crate::body::Body;
use crate::capabilities::Capabilities;
use crate::egress::Egress;
use crate::engine::Engine;
use crate::limits::{Limits, Progress, Usage};
use crate::log::{Level, Log};
use crate::progress_body::ProgressBody;
use crate::request_id;
use crate::state::{Stalled, State};
use crate::stderr::Stderr;

/// What a service is given.
#[derive(Debug, Clone, Default)]
pub struct ServiceOptions {
    /// Its way out; none by default.
    pub egress: Egress,
    /// Its environment, which is not this process's.
    pub env: Vec<(String, String)>,
    /// Where its log lines go.
    pub stderr: Stderr,
    /// What each request may use.
    pub limits: Limits,
    /// Where this host says what went wrong with a request.
    pub log: Log,
}

/// A service component, ready to be instantiated. Cheap to clone.
#[derive(Clone)]
pub struct Service(Arc<Inner>);

struct Inner {
    engine: Engine,
    pre: ProxyPre<State>,
    options: ServiceOptions,
    peak_memory: AtomicUsize,
}

/// A component cannot be used as a service.
#[derive(Debug, thiserror::Error)]
#[error("not a service component of this host: {0}")]
pub struct LinkError(pub(crate) String);

/// A request that got no answer from the component, or not all of it.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ServiceError {
    /// The request cannot be handed to the component.
    #[error("the request cannot be handed over: {0}")]
    Request(String),
    /// There is no place for another instance, or the component refuses to start.
    #[error("the component does not start: {0}")]
    Instantiate(String),
    /// The component trapped. The text has the frames; it is for the operator's log.
    #[error("the component trapped: {0}")]
    Trapped(String),
    /// The component trapped because it may not have more memory.
    #[error("the component needs more than its {limit} bytes of memory")]
    OutOfMemory {
        /// The limit, in bytes.
        limit: usize,
    },
    /// Nothing moved for too long.
    #[error("no progress for {limit:?}")]
    TimedOut {
        /// The limit.
        limit: Duration,
    },
    /// The component ended without an answer.
    #[error("the component gave no answer")]
    NoAnswer,
    /// The component answered with an error instead of a response.
    #[error("the component answered with an error: {0}")]
    Refused(String),
}

impl ServiceError {
    /// A stable name.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Request(_) => "bad_request",
            Self::Instantiate(_) => "component_unavailable",
            Self::Trapped(_) => "component_trapped",
            Self::OutOfMemory { .. } => "component_out_of_memory",
            Self::TimedOut { .. } => "component_timed_out",
            Self::NoAnswer => "component_without_answer",
            Self::Refused(_) => "component_error",
        }
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::Request(_) => StatusCode::BAD_REQUEST,
            Self::Instantiate(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::TimedOut { .. } => StatusCode::GATEWAY_TIMEOUT,
            Self::Trapped(_) | Self::OutOfMemory { .. } | Self::NoAnswer | Self::Refused(_) => {
                StatusCode::INTERNAL_SERVER_ERROR
            }
        }
    }

    /// The text for the client, which need not know how the component is made.
    fn public(&self) -> String {
        match self {
            Self::Trapped(_) => "the component failed; the operator's log has the details".to_owned(),
            Self::Instantiate(_) => {
                "the component does not start; the operator's log has the details".to_owned()
            }
            other => other.to_string(),
        }
    }
}

impl Service {
    /// Links a component with what the `service` world may import, and nothing else.
    ///
    /// # Errors
    /// When the component imports anything else, or exports no `wasi:http/incoming-handler`.
    pub fn new(engine: &Engine, component: &Component, options: ServiceOptions) -> Result<Self, LinkError> {
        let pre = Capabilities::Service
            .linker(engine)
            .and_then(|linker| linker.instantiate_pre(component))
            .and_then(ProxyPre::new)
            .map_err(|error| LinkError(format!("{error:#}")))?;
        Ok(Self(Arc::new(Inner { engine: engine.clone(), pre, options, peak_memory: AtomicUsize::new(0) })))
    }

    /// Hands one request to a fresh instance.
    ///
    /// The answer streams: it is here as soon as its head is. Dropping the future, or the answer's body before
    /// its end, ends the instance. The answer's extensions hold the instance's [`Usage`]. A body that the
    /// component did not finish, because it trapped or stalled, ends with an error, never as if it were whole.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn handle<B>(&self, request: Request<B>) -> Result<Response<Body>, ServiceError>
    where
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<ErrorCode>,
    {
        let inner = self.0.clone();
        let limits = &inner.options.limits;
        let progress = Progress::new(limits.request_timeout);
        let place = tokio::select! {
            place = inner.engine.place() => place,
            () = progress.stalled() => return Err(ServiceError::Instantiate("all places are taken".to_owned())),
        };

        let usage = Usage::default();
        let options = &inner.options;
        let mut store = State::store(
            &inner.engine,
            &options.egress,
            &options.env,
            &options.stderr,
            limits,
            &usage,
            &progress,
        );
        let is_head = request.method() == http::Method::HEAD;
        let request = with_authority(request)
            .map(|body| ProgressBody::new(body.map_err(Into::into).boxed_unsync(), progress.clone()));
        let (sender, answer) = oneshot::channel();
        let handed_over = |error: wasmtime::Error| ServiceError::Request(format!("{error:#}"));
        let request =
            store.data_mut().http().new_incoming_request(Scheme::Http, request).map_err(handed_over)?;
        let outparam = store.data_mut().http().new_response_outparam(sender).map_err(handed_over)?;

        let ending = Ending::default();
        let task = tokio::spawn({
            let (inner, ending, usage, progress) =
                (inner.clone(), ending.clone(), usage.clone(), progress.clone());
            async move {
                let _place = place;
                let run = async {
                    let instance = match inner.pre.instantiate_async(&mut store).await {
                        Ok(instance) => instance,
                        Err(error) => return Err(ServiceError::Instantiate(format!("{error:#}"))),
                    };
                    let handler = instance.wasi_http_incoming_handler();
                    handler
                        .call_handle(&mut store, request, outparam)
                        .await
                        .map_err(|error| inner.stopped(&error, &usage))
                };
                let result = tokio::select! {
                    result = run => result,
                    () = progress.stalled() => Err(ServiceError::TimedOut { limit: progress.limit() }),
                };
                inner.peak_memory.fetch_max(usage.peak_memory_bytes(), Ordering::Relaxed);
                // Before the store goes: its end is what the answer's reader notices.
                ending.set(result);
                drop(store);
            }
        });
        let task = AbortOnDrop::new(task.abort_handle());

        match answer.await {
            Ok(Ok(response)) => {
                let expected = if is_head { Some(0) } else { content_length(response.headers()) };
                let mut response =
                    response.map(|body| Answer::new(body, expected, task, ending, progress).boxed_unsync());
                response.extensions_mut().insert(usage);
                Ok(response)
            }
            Ok(Err(error)) => Err(ServiceError::Refused(format!("{error:?}"))),
            Err(_) => Err(ending.error().unwrap_or(ServiceError::NoAnswer)),
        }
    }

    /// As [`handle`](Self::handle), with an answer in every case: what went wrong is logged under a request id
    /// and answered with a 5xx that has the same id.
    ///
    /// A request without `x-request-id` is given one, so that the component's log lines and this host's agree.
    pub async fn respond<B>(&self, mut request: Request<B>) -> Response<Body>
    where
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<ErrorCode>,
    {
        let id = request_id::ensure(request.headers_mut());
        match self.handle(request).await {
            Ok(response) => response,
            Err(error) => {
                let level =
                    if matches!(error, ServiceError::Request(_)) { Level::Warn } else { Level::Error };
                self.0.options.log.write(
                    level,
                    "request_failed",
                    [
                        ("request_id", id.as_str().into()),
                        ("code", error.code().into()),
                        ("error", error.to_string().into()),
                    ],
                );
                problem(error.status(), error.code(), &error.public(), &id)
            }
        }
    }

    /// The most memory that any instance has had so far.
    pub fn peak_memory_bytes(&self) -> usize {
        self.0.peak_memory.load(Ordering::Relaxed)
    }
}

impl Inner {
    /// Why a call into the guest ended early.
    fn stopped(&self, error: &wasmtime::Error, usage: &Usage) -> ServiceError {
        if error.downcast_ref::<Stalled>().is_some() {
            ServiceError::TimedOut { limit: self.options.limits.request_timeout }
        } else if usage.memory_refused() {
            ServiceError::OutOfMemory { limit: self.options.limits.memory_bytes }
        } else {
            ServiceError::Trapped(format!("{error:#}"))
        }
    }
}

impl std::fmt::Debug for Service {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Service").field("options", &self.0.options).finish_non_exhaustive()
    }
}

/// HTTP/1.0 clients may leave out the host, and a test may, too; `wasi:http` wants one.
fn with_authority<B>(mut request: Request<B>) -> Request<B> {
    if request.uri().authority().is_none() {
        request.headers_mut().entry(header::HOST).or_insert(HeaderValue::from_static("localhost"));
    }
    request
}

fn content_length(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// The one error object of this project's HTTP API (Truto's and RFC 9457's at once), from the host.
pub(crate) fn problem(status: StatusCode, code: &str, message: &str, request_id: &str) -> Response<Body> {
    let title = status.canonical_reason().unwrap_or_default();
    let retryable = matches!(status, StatusCode::SERVICE_UNAVAILABLE);
    let object = serde_json::json!({
        "statusCode": status.as_u16(), "error": title, "message": message, "truto_is_remote_error": false,
        "type": "about:blank", "title": title, "status": status.as_u16(), "detail": message,
        "code": code, "request_id": request_id, "retryable": retryable,
    });
    let mut response = Response::new(crate::body::full(object.to_string()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if let Ok(id) = HeaderValue::from_str(request_id) {
        headers.insert(request_id::HEADER, id);
    }
    response
}
