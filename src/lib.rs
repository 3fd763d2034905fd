//! The `unified:marketing-automation` interface, implemented for CleverTap.
//!
//! Dependencies point one way: shells → service → clevertap → model, with transport beside clevertap. Only a
//! shell names a WASI type, so all the rest runs and is tested natively.

#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::arithmetic_side_effects,
    clippy::unreachable,
    clippy::todo,
    unsafe_code
)]
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects
    )
)]

pub mod audience;
pub mod clevertap;
#[cfg(any(test, feature = "fuzz"))]
pub mod fuzz;
pub mod model;
pub mod roi;
pub mod service;
pub mod transport;

#[cfg(all(
    target_family = "wasm",
    any(
        all(feature = "provider", feature = "service"),
        all(feature = "provider", feature = "spin"),
        all(feature = "service", feature = "spin")
    )
))]
compile_error!("features `provider`, `service` and `spin` are three worlds: build one component for each");

#[cfg(all(target_family = "wasm", feature = "spin"))]
mod spin;
#[cfg(any(
    test,
    all(target_family = "wasm", any(feature = "provider", feature = "service", feature = "spin"))
))]
#[cfg_attr(test, allow(dead_code, reason = "what needs a host is tested in one, and what does not natively"))]
mod wasi;
#[cfg(any(test, all(target_family = "wasm", any(feature = "provider", feature = "service"))))]
mod wasip2;

#[cfg(test)]
mod testing;
