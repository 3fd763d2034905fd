//! What belongs to one instance: its resources, its limits, its way out.

use wasmtime::component::ResourceTable;
use wasmtime::{Store, UpdateDeadline};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};
use wasmtime_wasi_http::{WasiBody, WasiHttpCtx, WasiHttpCtxView, WasiHttpHooks, WasiHttpView};

use crate::egress::Egress;
use crate::engine::Engine;
use crate::limits::{Limits, Meter, Progress, Usage};
use crate::stderr::Stderr;
use crate::{ErrorCode, RequestOptions};

/// The data of a store.
pub(crate) struct State {
    table: ResourceTable,
    wasi: WasiCtx,
    http: WasiHttpCtx,
    hooks: Hooks,
    meter: Meter,
}

/// A guest ran, or waited, longer than it may without progress.
#[derive(Debug, thiserror::Error)]
#[error("no progress within the time limit")]
pub(crate) struct Stalled;

impl State {
    /// A store for one instance, with its limits in force.
    pub(crate) fn store(
        engine: &Engine,
        egress: &Egress,
        env: &[(String, String)],
        stderr: &Stderr,
        limits: &Limits,
        usage: &Usage,
        progress: &Progress,
    ) -> Store<Self> {
        let state = Self {
            table: ResourceTable::new(),
            wasi: WasiCtx::builder().envs(env).stderr(stderr.stream()).build(),
            http: WasiHttpCtx::new(),
            hooks: Hooks(egress.clone()),
            meter: Meter::new(limits.clone(), usage.clone()),
        };
        let mut store = Store::new(engine.wasmtime(), state);
        store.limiter(|state| &mut state.meter);
        store.set_epoch_deadline(1);
        let progress = progress.clone();
        store.epoch_deadline_callback(move |_| {
            if progress.expired() {
                return Err(Stalled.into());
            }
            Ok(UpdateDeadline::YieldCustom(1, Box::pin(tokio::task::yield_now())))
        });
        store
    }

    pub(crate) fn table(&mut self) -> &mut ResourceTable {
        &mut self.table
    }
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

impl WasiHttpView for State {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView { ctx: &mut self.http, table: &mut self.table, hooks: &mut self.hooks }
    }
}

/// Sends what the guest sends out by way of the egress.
struct Hooks(Egress);

type Sent = (http::Response<WasiBody>, Box<dyn Future<Output = Result<(), ErrorCode>> + Send>);

impl WasiHttpHooks for Hooks {
    fn send_request(
        &mut self,
        request: http::Request<WasiBody>,
        options: Option<RequestOptions>,
        _response_processed: Box<dyn Future<Output = Result<(), ErrorCode>> + Send>,
    ) -> Box<dyn Future<Output = Result<Sent, ErrorCode>> + Send> {
        let answer = self.0.send(request, options.unwrap_or_default());
        Box::new(async move {
            // The connection is driven by the pool, so nothing is left to be done beside the body.
            let io: Box<dyn Future<Output = Result<(), ErrorCode>> + Send> =
                Box::new(std::future::ready(Ok(())));
            Ok((answer.await?, io))
        })
    }
}
