//! WASI 0.2: a fresh instance for each request.

use std::sync::Arc;

use http::{HeaderValue, Request, Response, header};
use http_body_util::BodyExt;
use tokio::sync::oneshot;
use wasmtime::component::{Component, Linker};
use wasmtime_wasi_http::WasiHttpView as _;
use wasmtime_wasi_http::p2::bindings::ProxyPre;
use wasmtime_wasi_http::p2::bindings::http::types::Scheme;

use super::{ServiceError, Shared};
use crate::answer::{Answer, Ending, Hold};
use crate::body::Body;
use crate::limits::{Progress, Usage};
use crate::state::State;

/// An `incoming-handler`, linked.
pub(super) struct Fresh {
    pre: ProxyPre<State>,
    shared: Arc<Shared>,
}

impl Fresh {
    pub(super) fn link(
        linker: &Linker<State>,
        component: &Component,
        shared: Arc<Shared>,
    ) -> wasmtime::Result<Self> {
        Ok(Self { pre: ProxyPre::new(linker.instantiate_pre(component)?)?, shared })
    }

    pub(super) async fn handle(
        &self,
        request: Request<Body>,
        progress: Progress,
    ) -> Result<Response<Body>, ServiceError> {
        let shared = self.shared.clone();
        let place = tokio::select! {
            place = shared.engine.place() => place,
            () = progress.stalled() => return Err(ServiceError::no_place()),
        };

        let usage = Usage::default();
        let mut store = State::store(&shared.engine, &shared.grants(), &usage, Some(&progress));
        let method = request.method().clone();
        let (sender, answer) = oneshot::channel();
        let handed_over = |error: wasmtime::Error| ServiceError::Request(format!("{error:#}"));
        let mut http = store.data_mut().http();
        let request =
            http.new_incoming_request(Scheme::Http, with_authority(request)).map_err(handed_over)?;
        let outparam = http.new_response_outparam(sender).map_err(handed_over)?;

        let ending = Ending::default();
        let task = tokio::spawn({
            let (pre, ending, usage, progress) =
                (self.pre.clone(), ending.clone(), usage.clone(), progress.clone());
            async move {
                let _place = place;
                let run = async {
                    let instance = match pre.instantiate_async(&mut store).await {
                        Ok(instance) => instance,
                        Err(error) => return Err(ServiceError::Instantiate(format!("{error:#}"))),
                    };
                    let handler = instance.wasi_http_incoming_handler();
                    let result = handler.call_handle(&mut store, request, outparam).await;
                    result.map_err(|error| ServiceError::stopped(&error, &usage, &shared.options.limits))
                };
                let result = tokio::select! {
                    result = run => result,
                    () = progress.stalled() => Err(ServiceError::TimedOut { limit: progress.limit() }),
                };
                shared.saw(&usage);
                // Before the store goes: its end is what the answer's reader notices.
                ending.set(result);
                drop(store);
            }
        });
        let task = task.abort_handle();
        let hold = Hold::new(move || task.abort());

        match answer.await {
            Ok(Ok(response)) => {
                let expected = super::body_length(&method, response.status(), response.headers());
                let mut response =
                    response.map(|body| Answer::new(body, expected, hold, ending, progress).boxed_unsync());
                response.extensions_mut().insert(usage);
                Ok(response)
            }
            Ok(Err(error)) => Err(ServiceError::Refused(format!("{error:?}"))),
            Err(_) => Err(ending.error().unwrap_or(ServiceError::NoAnswer)),
        }
    }
}

/// HTTP/1.0 clients may leave out the host, and a test may, too; `wasi:http` wants one.
fn with_authority<B>(mut request: Request<B>) -> Request<B> {
    if request.uri().authority().is_none() {
        request.headers_mut().entry(header::HOST).or_insert(HeaderValue::from_static("localhost"));
    }
    request
}
