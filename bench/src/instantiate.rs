//! How long it takes to make an instance, with nothing around it: a store, the instance in it, and both gone
//! again, in the host's own engine and pool. No function of the component is called.

use std::time::Instant;

use anyhow::{Result, anyhow};
use marketing_automation_host::{Component, Engine};
use wasmtime::Store;
use wasmtime::component::{InstancePre, Linker, ResourceTable};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};
use wasmtime_wasi_http::{
    Error as ErrorCode, RequestOptions, WasiBody, WasiHttpCtx, WasiHttpCtxView, WasiHttpHooks, WasiHttpView,
};

use crate::row::{Bound, Row};
use crate::sample::median;
use crate::world::{Build, World};

/// By turns, so that both meet the same machine.
const SAMPLES: usize = 5_000;
const WARM_UP: usize = 200;

pub(crate) async fn measure(world: &World) -> Result<Vec<Row>> {
    let service = prepare(&world.engine, world.component(Build::Service))?;
    let empty = prepare(&world.engine, &world.empty)?;
    let (mut ours, mut theirs) = (Times::default(), Times::default());
    for sample in 0..WARM_UP + SAMPLES {
        let a = instance(&world.engine, &service).await?;
        let b = instance(&world.engine, &empty).await?;
        if sample >= WARM_UP {
            ours.push(a);
            theirs.push(b);
        }
    }
    let row = |what: &str, ours: &[f64], theirs: &[f64]| {
        let (ours, theirs) = (median(ours), median(theirs));
        Row::new(what, ours, "µs").against("empty", theirs, ours / theirs)
    };
    let note = format!("p50 of {SAMPLES}, by turns with the baseline; no call, no request");
    Ok(vec![
        row("instantiation, pooled", &ours.made, &theirs.made).bound(Bound::AtMost(2.0)).note(&note),
        row("the same, with its store made and both given back", &ours.all, &theirs.all).note(&note),
    ])
}

#[derive(Default)]
struct Times {
    /// The instance alone.
    made: Vec<f64>,
    /// Store, instance, and their end.
    all: Vec<f64>,
}

impl Times {
    fn push(&mut self, (made, all): (f64, f64)) {
        self.made.push(made);
        self.all.push(all);
    }
}

fn prepare(engine: &Engine, component: &Component) -> Result<InstancePre<State>> {
    let mut linker = Linker::new(engine.wasmtime());
    wasmtime_wasi::p2::add_to_linker_async(&mut linker).map_err(told)?;
    wasmtime_wasi_http::p2::add_only_http_to_linker_async(&mut linker).map_err(told)?;
    linker.instantiate_pre(component).map_err(told)
}

/// Microseconds.
async fn instance(engine: &Engine, pre: &InstancePre<State>) -> Result<(f64, f64)> {
    let begun = Instant::now();
    let mut store = Store::new(engine.wasmtime(), State::new());
    // As far away as it goes; the sum with the epoch of now must not overflow.
    store.set_epoch_deadline(u64::MAX / 2);
    let ready = Instant::now();
    let instance = pre.instantiate_async(&mut store).await.map_err(told)?;
    let made = ready.elapsed();
    std::hint::black_box(instance);
    drop(store);
    let micros = |time: std::time::Duration| time.as_secs_f64() * 1e6;
    Ok((micros(made), micros(begun.elapsed())))
}

fn told(error: wasmtime::Error) -> anyhow::Error {
    anyhow!("{error:#}")
}

/// The least that a store of this world has.
struct State {
    table: ResourceTable,
    wasi: WasiCtx,
    http: WasiHttpCtx,
    hooks: Nowhere,
}

impl State {
    fn new() -> Self {
        Self {
            table: ResourceTable::new(),
            wasi: WasiCtx::builder().build(),
            http: WasiHttpCtx::new(),
            hooks: Nowhere,
        }
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

struct Nowhere;

type Sent = (http::Response<WasiBody>, Box<dyn Future<Output = Result<(), ErrorCode>> + Send>);

impl WasiHttpHooks for Nowhere {
    fn send_request(
        &mut self,
        _request: http::Request<WasiBody>,
        _options: Option<RequestOptions>,
        _response_processed: Box<dyn Future<Output = Result<(), ErrorCode>> + Send>,
    ) -> Box<dyn Future<Output = Result<Sent, ErrorCode>> + Send> {
        Box::new(std::future::ready(Err(ErrorCode::HttpRequestDenied)))
    }
}
