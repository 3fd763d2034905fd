//! What belongs to one instance: its resources, its limits, its way out.

use std::collections::HashMap;

use wasmtime::component::{GuestTaskId, ResourceTable};
use wasmtime::{Store, UpdateDeadline};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};
use wasmtime_wasi_http::{WasiBody, WasiHttpCtx, WasiHttpCtxView, WasiHttpHooks, WasiHttpView};

use crate::egress::Egress;
use crate::engine::Engine;
use crate::key_value::KeyValue;
use crate::limits::{Limits, Meter, Progress, Usage};
use crate::spin::Variables;
use crate::stderr::Stderr;
use crate::visit::Visit;
use crate::{ErrorCode, RequestOptions};

/// What an instance is given.
#[derive(Clone, Copy)]
pub(crate) struct Grants<'a> {
    pub(crate) egress: &'a Egress,
    /// For WASI 0.2.
    pub(crate) env: &'a [(String, String)],
    /// For Spin.
    pub(crate) variables: Option<&'a Variables>,
    /// For Spin.
    pub(crate) key_value: Option<&'a KeyValue>,
    pub(crate) stderr: &'a Stderr,
    pub(crate) limits: &'a Limits,
}

impl<'a> Grants<'a> {
    /// A way out within limits, and nothing else.
    pub(crate) fn new(egress: &'a Egress, limits: &'a Limits) -> Self {
        Self { egress, env: &[], variables: None, key_value: None, stderr: &Stderr::Off, limits }
    }
}

/// The data of a store.
pub(crate) struct State {
    table: ResourceTable,
    wasi: WasiCtx,
    http: WasiHttpCtx,
    hooks: Hooks,
    meter: Meter,
    pub(crate) variables: Variables,
    pub(crate) key_value: Option<KeyValue>,
    /// Handles to the store that the guest has open.
    pub(crate) open_stores: usize,
    /// The requests of an instance that serves several, by the guest's task for each.
    visits: HashMap<GuestTaskId, Visit>,
}

/// A guest ran, or waited, longer than it may without progress.
#[derive(Debug, thiserror::Error)]
#[error("no progress within the time limit")]
pub(crate) struct Stalled;

impl State {
    /// A store for one instance, with its limits in force. An instance that serves one request, or one call at
    /// a time, is stopped by its progress; the requests of one that serves several have a clock each.
    pub(crate) fn store(
        engine: &Engine,
        grants: &Grants<'_>,
        usage: &Usage,
        progress: Option<&Progress>,
    ) -> Store<Self> {
        let state = Self {
            table: ResourceTable::new(),
            wasi: WasiCtx::builder().envs(grants.env).stderr(grants.stderr.stream()).build(),
            http: WasiHttpCtx::new(),
            hooks: Hooks { egress: grants.egress.clone(), caller: None },
            meter: Meter::new(grants.limits.clone(), usage.clone()),
            variables: grants.variables.cloned().unwrap_or_default(),
            key_value: grants.key_value.cloned(),
            open_stores: 0,
            visits: HashMap::new(),
        };
        let mut store = Store::new(engine.wasmtime(), state);
        store.limiter(|state| &mut state.meter);
        store.set_epoch_deadline(1);
        let progress = progress.cloned();
        store.epoch_deadline_callback(move |_| {
            if progress.as_ref().is_some_and(Progress::expired) {
                return Err(Stalled.into());
            }
            Ok(UpdateDeadline::YieldCustom(1, Box::pin(tokio::task::yield_now())))
        });
        store
    }

    /// A request has been handed to the guest as this task.
    pub(crate) fn entered(&mut self, task: GuestTaskId, visit: Visit) {
        self.visits.insert(task, visit);
    }

    /// The next outbound request is made by the first of these tasks that a request was handed to.
    pub(crate) fn calls(&mut self, tasks: impl IntoIterator<Item = GuestTaskId>) {
        self.hooks.caller = tasks.into_iter().find_map(|task| self.visits.get(&task)).cloned();
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
struct Hooks {
    egress: Egress,
    /// The request that the next one is sent for, where an instance serves several.
    caller: Option<Visit>,
}

type Sent = (http::Response<WasiBody>, Box<dyn Future<Output = Result<(), ErrorCode>> + Send>);

impl WasiHttpHooks for Hooks {
    fn send_request(
        &mut self,
        request: http::Request<WasiBody>,
        options: Option<RequestOptions>,
        _response_processed: Box<dyn Future<Output = Result<(), ErrorCode>> + Send>,
    ) -> Box<dyn Future<Output = Result<Sent, ErrorCode>> + Send> {
        let (egress, options) = (self.egress.clone(), options.unwrap_or_default());
        let caller = self.caller.take();
        Box::new(async move {
            let answer = match caller {
                None => egress.send(request, options).await?,
                Some(caller) => caller.call(|| egress.send(request, options)).await?,
            };
            // The connection is driven by the pool, so nothing is left to be done beside the body.
            let io: Box<dyn Future<Output = Result<(), ErrorCode>> + Send> =
                Box::new(std::future::ready(Ok(())));
            Ok((answer, io))
        })
    }
}
