//! WASI 0.3: instances that serve many requests, some of them at the same time.
//!
//! wasmtime's [`ProxyHandler`] hands requests to instances and makes them; here is what it asks: how an instance
//! is made, which requests it takes, and when it ends. Each request has a clock of its own, so that a neighbour
//! that waits ends nobody else's request. See [`visit`](crate::visit) for one that was given up.

mod instance;

use std::sync::Arc;

use http::uri::{Authority, Parts, PathAndQuery, Scheme};
use http::{Request, Response, Uri, header};
use http_body_util::BodyExt;
use wasmtime::component::{Component, Linker};
use wasmtime_wasi_http::handler::{InstantiationError, ProxyHandler, TrapOrPanicError};
use wasmtime_wasi_http::p3::bindings::ServicePre;
use wasmtime_wasi_http::p3::bindings::http::types::ErrorCode as GuestError;

use self::instance::Instances;
use super::{ServiceError, Shared};
use crate::ErrorCode;
use crate::answer::{Answer, Hold};
use crate::body::Body;
use crate::limits::Progress;
use crate::state::State;
use crate::until_body::UntilBody;
use crate::visit::Visit;

/// A `handler`, linked, and its instances.
pub(super) struct Reused {
    handler: ProxyHandler<Instances>,
    shared: Arc<Shared>,
}

impl Reused {
    pub(super) fn link(
        linker: &Linker<State>,
        component: &Component,
        shared: Arc<Shared>,
    ) -> wasmtime::Result<Self> {
        let pre = ServicePre::new(linker.instantiate_pre(component)?)?;
        Ok(Self { handler: ProxyHandler::new(Instances::new(pre, shared.clone())), shared })
    }

    pub(super) async fn handle(
        &self,
        request: Request<Body>,
        progress: Progress,
    ) -> Result<Response<Body>, ServiceError> {
        let timed_out = ServiceError::TimedOut { limit: progress.limit() };
        let method = request.method().clone();
        let visit = Visit::default();
        let stay = Leave(visit.clone());
        let hold = Hold::new(move || stay.0.give_up());

        let answer = tokio::select! {
            answer = self.handler.handle(visit.clone(), with_authority(request)) => answer,
            () = progress.stalled() => return Err(match visit.visitors() {
                Some(_) => timed_out,
                None => ServiceError::Instantiate("no instance took the request in time".to_owned()),
            }),
        };
        let response = match answer {
            Ok(response) => response,
            Err(error) => return Err(self.why(error, &visit).await),
        };
        let Some(visitors) = visit.visitors() else { return Err(ServiceError::NoAnswer) };
        self.shared.saw(&visitors.usage);

        let expected = super::body_length(&method, response.status(), response.headers());
        // A client that does not read has no one who would look at the clock.
        tokio::spawn({
            let (progress, visit) = (progress.clone(), visit.clone());
            async move {
                tokio::select! {
                    () = progress.stalled() => visit.give_up(),
                    () = visit.over() => {}
                }
            }
        });
        let stalled = async move {
            visit.given_up().await;
            ErrorCode::InternalError(Some(timed_out.to_string()))
        };
        let mut response = response.map(|body| {
            let body = UntilBody::new(body, stalled).boxed_unsync();
            Answer::new(body, expected, hold, visitors.ending.clone(), progress).boxed_unsync()
        });
        response.extensions_mut().insert(visitors.usage.clone());
        Ok(response)
    }

    /// Why there is no answer.
    async fn why(&self, error: wasmtime::Error, visit: &Visit) -> ServiceError {
        if let Some(error) = error.downcast_ref::<InstantiationError<Visit>>() {
            return ServiceError::Instantiate(format!("{:#}", error.error));
        }
        if let Some(error) = error.downcast_ref::<GuestError>() {
            return ServiceError::Refused(format!("{error:?}"));
        }
        let Some(visitors) = visit.visitors() else {
            return ServiceError::Instantiate(format!("{error:#}"));
        };
        if error.downcast_ref::<TrapOrPanicError>().is_some() {
            // It says that the instance has ended, and the instance in a moment why.
            visitors.ended().await;
            return visitors.ending.error().unwrap_or(ServiceError::NoAnswer);
        }
        ServiceError::stopped(&error, &visitors.usage, &self.shared.options.limits)
    }
}

/// Leaves when it is dropped.
struct Leave(Visit);

impl Drop for Leave {
    fn drop(&mut self) {
        self.0.leave();
    }
}

/// The request with an absolute URI, from its `host` header, which `wasi:http` does not hand on. HTTP/1.0 clients
/// may leave that out, and a test may, too.
fn with_authority(mut request: Request<Body>) -> Request<Body> {
    let uri = std::mem::take(request.uri_mut());
    let Parts { scheme, authority, path_and_query, .. } = uri.into_parts();
    let host = || Authority::try_from(request.headers().get(header::HOST)?.as_bytes()).ok();
    let authority = authority.or_else(host).unwrap_or_else(|| Authority::from_static("localhost"));
    let mut parts = Parts::default();
    parts.scheme = Some(scheme.unwrap_or(Scheme::HTTP));
    parts.authority = Some(authority);
    parts.path_and_query = Some(path_and_query.unwrap_or_else(|| PathAndQuery::from_static("/")));
    // Complete parts always make one.
    *request.uri_mut() = Uri::from_parts(parts).unwrap_or_default();
    request
}
