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
use wasmtime_wasi::random::WasiRandom;

use crate::engine::Engine;
use crate::state::State;

/// The imports of one of the worlds in `wit/`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Capabilities {
    /// Of `marketing-automation`: outbound HTTP, streams, clocks.
    Provider,
    /// Of `service`: the same, random numbers, its environment and standard error.
    Service,
}

impl Capabilities {
    /// A linker with these interfaces and no others.
    pub(crate) fn linker(self, engine: &Engine) -> wasmtime::Result<Linker<State>> {
        let mut linker = Linker::new(engine.wasmtime());
        let l = &mut linker;
        io::error::add_to_linker::<State, Io>(l, State::table)?;
        io::poll::add_to_linker::<State, Io>(l, State::table)?;
        io::streams::add_to_linker::<State, Io>(l, State::table)?;
        clocks::monotonic_clock::add_to_linker::<State, WasiClocks>(l, State::clocks)?;
        clocks::wall_clock::add_to_linker::<State, WasiClocks>(l, State::clocks)?;
        wasmtime_wasi_http::p2::add_only_http_to_linker_async(l)?;
        if self == Self::Service {
            random::random::add_to_linker::<State, WasiRandom>(l, |state| state.ctx().ctx.random())?;
            cli::environment::add_to_linker::<State, WasiCli>(l, State::cli)?;
            cli::stderr::add_to_linker::<State, WasiCli>(l, State::cli)?;
        }
        Ok(linker)
    }
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
