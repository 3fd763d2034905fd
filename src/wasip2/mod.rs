//! The shell of the WASI 0.2 worlds: what the core asks of a host, over `wasi:http`, clocks and pollables,
//! and the exports of each world over the core.
//!
//! | file | what |
//! |---|---|
//! | `reactor` | waiting for many things at once without threads |
//! | `streams` | bodies over WASI streams, both ways, with backpressure |
//! | `outgoing` | one request to the outside |
//! | `host` | the core's `Host` out of these |
//! | `service` | world `service`: `wasi:http/incoming-handler` |
//! | `provider`, `convert` | world `marketing-automation`: the interface's exports, and their records |
//!
//! Two bindings meet here: the imports of both worlds and the export of `service` come from the `wasi` crate
//! (WASI 0.2.4, the version in `wit/deps`), the exports of `marketing-automation` from `wit_bindgen::generate!`.
//! The linker drops what is not called, so that a component imports no more than its world declares. What the
//! shell of WASI 0.3 does in the same way is in [`wasi`](crate::wasi).

#[cfg(any(test, target_family = "wasm"))]
mod reactor;

#[cfg(target_family = "wasm")]
mod host;
#[cfg(target_family = "wasm")]
mod outgoing;
#[cfg(target_family = "wasm")]
mod streams;

#[cfg(all(target_family = "wasm", feature = "provider"))]
mod convert;
#[cfg(all(target_family = "wasm", feature = "provider"))]
mod provider;
#[cfg(all(target_family = "wasm", feature = "service"))]
mod service;
