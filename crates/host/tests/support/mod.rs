//! Throw-away components: a core module as text, in one of this project's worlds.

#![allow(dead_code, reason = "each test binary uses its part")]

use std::path::Path;
use std::sync::LazyLock;

use marketing_automation_host::{Component, Engine, EngineOptions};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

/// One engine for a test binary.
pub(crate) static ENGINE: LazyLock<Engine> =
    LazyLock::new(|| Engine::new(EngineOptions { cache: None, ..EngineOptions::default() }).unwrap());

/// A component of the `service` world whose handler is this WAT, after the imports of [`PRELUDE`].
pub(crate) fn service(body: &str) -> Component {
    ENGINE.compile(&of_world("service", &format!("(module {PRELUDE} {body})"))).unwrap()
}

/// A component of the `service-spin` world, likewise: `$main` is called with each request and `$resumed` when what it
/// waits for has come. Both return what a callback returns.
pub(crate) fn service_spin(engine: &Engine, body: &str) -> Component {
    engine.compile(&of_world("service-spin", &format!("(module {PRELUDE_SPIN} {body})"))).unwrap()
}

fn of_world(name: &str, module: &str) -> Vec<u8> {
    let wit = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../wit");
    let mut resolve = Resolve::default();
    let (package, _) = resolve.push_dir(wit).unwrap();
    let world = resolve.select_world(&[package], Some(name)).unwrap();
    encode(&resolve, world, module)
}

/// A component of the world `w` of this WIT.
pub(crate) fn component(wit: &str, module: &str) -> Component {
    let mut resolve = Resolve::default();
    let package = resolve.push_str("test.wit", wit).unwrap();
    let world = resolve.select_world(&[package], Some("w")).unwrap();
    ENGINE.compile(&encode(&resolve, world, module)).unwrap()
}

fn encode(resolve: &Resolve, world: wit_parser::WorldId, module: &str) -> Vec<u8> {
    let mut module = wat::parse_str(module).unwrap();
    embed_component_metadata(&mut module, resolve, world, StringEncoding::UTF8, false).unwrap();
    ComponentEncoder::default().module(&module).unwrap().validate(true).encode().unwrap()
}

/// What handlers are made of: memory, an allocator that never frees, and functions that
/// * `$respond status` answers with this status and returns the body,
/// * `$write body at length` writes a piece of it,
/// * `$finish body` ends it,
/// * `$forward` sends `GET http://upstream.test/` and returns the answer's status, or the index of the
///   `error-code` that it failed with, or 99 when the answer's body broke off.
const PRELUDE: &str = include_str!("prelude.wat");

/// The same for WASI 0.3, where a function
/// * `$respond status` answers with this status and no body,
/// * `$forward` sends `GET http://upstream.test/`, whose status `$forwarded` has in `$resumed`,
/// * `$wait-call` waits for a call whose result goes to the task's `$context`,
/// * `$count` is how many requests this instance has had.
const PRELUDE_SPIN: &str = include_str!("prelude_spin.wat");
