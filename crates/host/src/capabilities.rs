//! What a component may ask of this host, interface by interface.
//!
//! A linker has exactly the interfaces of the world that the component claims to be of: one that imports
//! anything else fails to instantiate, which makes instantiation the test of the claim.

use wasmtime::component::types::ComponentExtern;
use wasmtime::component::{Component, HasData, Linker, ResourceTable};
use wasmtime_wasi::WasiView as _;
use wasmtime_wasi::cli::{WasiCli, WasiCliView as _};
use wasmtime_wasi::clocks::{WasiClocks, WasiClocksView as _};
use wasmtime_wasi::p2::bindings::{cli, clocks, io, random};
use wasmtime_wasi::random::{WasiRandom, WasiRandomCtx};
use wasmtime_wasi_http::{WasiHttp, WasiHttpView as _};

use crate::client::Client;
use crate::engine::Engine;
use crate::spin;
use crate::state::State;

/// The imports of one of the worlds in `wit/`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Capabilities {
    /// Of `marketing-automation`: outbound HTTP, streams, clocks.
    Provider,
    /// Of `service`: the same, random numbers, its environment and standard error.
    Service,
    /// Of a service for Spin, which is of WASI 0.3: outbound HTTP, clocks, random numbers, standard error, and
    /// Spin's variables and key-value store.
    Spin,
}

impl Capabilities {
    /// A linker with these interfaces and no others.
    pub(crate) fn linker(self, engine: &Engine) -> wasmtime::Result<Linker<State>> {
        let mut linker = Linker::new(engine.wasmtime());
        match self {
            Self::Provider => wasi02(&mut linker)?,
            Self::Service => {
                wasi02(&mut linker)?;
                let l = &mut linker;
                random::random::add_to_linker::<State, WasiRandom>(l, random_of)?;
                cli::environment::add_to_linker::<State, WasiCli>(l, State::cli)?;
                cli::stderr::add_to_linker::<State, WasiCli>(l, State::cli)?;
            }
            Self::Spin => {
                wasi03(&mut linker)?;
                spin::add_to_linker(&mut linker)?;
            }
        }
        Ok(linker)
    }
}

/// What both worlds of WASI 0.2 have.
fn wasi02(l: &mut Linker<State>) -> wasmtime::Result<()> {
    io::error::add_to_linker::<State, Io>(l, State::table)?;
    io::poll::add_to_linker::<State, Io>(l, State::table)?;
    io::streams::add_to_linker::<State, Io>(l, State::table)?;
    clocks::monotonic_clock::add_to_linker::<State, WasiClocks>(l, State::clocks)?;
    clocks::wall_clock::add_to_linker::<State, WasiClocks>(l, State::clocks)?;
    wasmtime_wasi_http::p2::add_only_http_to_linker_async(l)
}

fn wasi03(l: &mut Linker<State>) -> wasmtime::Result<()> {
    use wasmtime_wasi::p3::bindings::{cli, clocks, random};
    use wasmtime_wasi_http::p3::bindings::http;

    http::types::add_to_linker::<State, WasiHttp>(l, State::http)?;
    http::client::add_to_linker::<State, Client>(l, State::http)?;
    clocks::types::add_to_linker::<State, WasiClocks>(l, State::clocks)?;
    clocks::monotonic_clock::add_to_linker::<State, WasiClocks>(l, State::clocks)?;
    clocks::system_clock::add_to_linker::<State, WasiClocks>(l, State::clocks)?;
    random::random::add_to_linker::<State, WasiRandom>(l, random_of)?;
    cli::stderr::add_to_linker::<State, WasiCli>(l, State::cli)
}

fn random_of(state: &mut State) -> &mut WasiRandomCtx {
    state.ctx().ctx.random()
}

struct Io;

impl HasData for Io {
    type Data<'a> = &'a mut ResourceTable;
}

/// The names of what a component imports, such as `wasi:http/types@0.2.4`, sorted.
pub fn imports(component: &Component) -> Vec<String> {
    names(component.component_type().imports(component.engine()))
}

/// The names of what a component exports, sorted.
pub fn exports(component: &Component) -> Vec<String> {
    names(component.component_type().exports(component.engine()))
}

fn names<'a>(items: impl Iterator<Item = (&'a str, ComponentExtern<'a>)>) -> Vec<String> {
    let mut names: Vec<String> = items.map(|(name, _)| name.to_owned()).collect();
    names.sort();
    names
}
