//! A service component: HTTP in, HTTP out.
//!
//! | exports | is run |
//! |---|---|
//! | `wasi:http/incoming-handler@0.2` | in a fresh instance for each request ([`fresh`]) |
//! | `wasi:http/handler@0.3` | in instances that serve many requests, some at the same time ([`reused`]) |

mod error;
mod fresh;
mod options;
mod reused;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::BodyExt;
use wasmtime::component::Component;

pub use self::error::{LinkError, ServiceError};
pub use self::options::{Reuse, ServiceOptions};

use self::fresh::Fresh;
use self::reused::Reused;
use crate::ErrorCode;
use crate::body::Body;
use crate::capabilities::{self, Capabilities};
use crate::engine::Engine;
use crate::limits::{Progress, Usage};
use crate::log::Level;
use crate::progress_body::ProgressBody;
use crate::request_id;
use crate::spin::Variables;

/// A service component, ready to be instantiated. Cheap to clone.
#[derive(Clone)]
pub struct Service(Arc<Inner>);

struct Inner {
    kind: Kind,
    shared: Arc<Shared>,
}

enum Kind {
    Fresh(Fresh),
    Reused(Reused),
}

/// What every instance is made of, and reports to.
struct Shared {
    engine: Engine,
    options: ServiceOptions,
    variables: Variables,
    peak_memory: AtomicUsize,
}

impl Service {
    /// Links a component with what its world may import, and nothing else.
    ///
    /// # Errors
    /// When the component imports anything else, or exports neither `wasi:http/incoming-handler@0.2` nor
    /// `wasi:http/handler@0.3`, or both.
    pub fn new(engine: &Engine, component: &Component, options: ServiceOptions) -> Result<Self, LinkError> {
        let exports = capabilities::exports(component);
        let has = |handler: &str| exports.iter().any(|name| name.starts_with(handler));
        let of_03 = has("wasi:http/handler@0.3.");
        if of_03 && has("wasi:http/incoming-handler@0.2.") {
            return Err(LinkError(
                "it exports a handler of WASI 0.2 and one of 0.3; one is wanted".to_owned(),
            ));
        }
        let variables = if of_03 { variables(&options) } else { Variables::default() };
        let peak_memory = AtomicUsize::new(0);
        let shared = Arc::new(Shared { engine: engine.clone(), options, variables, peak_memory });
        let kind = if of_03 {
            let linker = Capabilities::Spin.linker(engine);
            linker.and_then(|linker| Reused::link(&linker, component, shared.clone())).map(Kind::Reused)
        } else {
            let linker = Capabilities::Service.linker(engine);
            linker.and_then(|linker| Fresh::link(&linker, component, shared.clone())).map(Kind::Fresh)
        };
        let kind = kind.map_err(|error| LinkError(format!("{error:#}")))?;
        Ok(Self(Arc::new(Inner { kind, shared })))
    }

    /// Hands one request to an instance.
    ///
    /// The answer streams: it is here as soon as its head is. Dropping the future, or the answer's body before
    /// its end, ends what the instance does for it, and the instance, if it serves nobody else. The answer's
    /// extensions hold the instance's [`Usage`]. A body that the component did not finish, because it trapped or
    /// stalled, ends with an error, never as if it were whole.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn handle<B>(&self, request: Request<B>) -> Result<Response<Body>, ServiceError>
    where
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<ErrorCode>,
    {
        let progress = Progress::new(self.0.shared.options.limits.request_timeout);
        let request = request.map(|body| {
            ProgressBody::new(body.map_err(Into::into).boxed_unsync(), progress.clone()).boxed_unsync()
        });
        match &self.0.kind {
            Kind::Fresh(fresh) => fresh.handle(request, progress).await,
            Kind::Reused(reused) => reused.handle(request, progress).await,
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
                self.0.shared.options.log.write(
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
        self.0.shared.peak_memory.load(Ordering::Relaxed)
    }
}

/// The Spin variables. Says which names are none.
fn variables(options: &ServiceOptions) -> Variables {
    let (variables, unusable) = Variables::new(&options.variables);
    for name in unusable {
        let rule = "a variable's name is lower-case letters, digits and single underscores between them";
        options.log.write(Level::Warn, "variable_unusable", [("name", name.into()), ("hint", rule.into())]);
    }
    variables
}

impl Shared {
    fn saw(&self, usage: &Usage) {
        self.peak_memory.fetch_max(usage.peak_memory_bytes(), Ordering::Relaxed);
    }
}

impl std::fmt::Debug for Service {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Service").field("options", &self.0.shared.options).finish_non_exhaustive()
    }
}

/// The bytes that a server takes of an answer's body, where that is known before it is read.
fn body_length(method: &Method, status: StatusCode, headers: &HeaderMap) -> Option<u64> {
    let bodiless = [StatusCode::NO_CONTENT, StatusCode::NOT_MODIFIED];
    if *method == Method::HEAD || bodiless.contains(&status) {
        return Some(0);
    }
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
