//! What the shells of WASI 0.2 and of WASI 0.3 have in common.
//!
//! | file | what |
//! |---|---|
//! | `errors` | `wasi:http`'s errors, by whether the request may have taken effect |
//! | `request` | the head of a request to the outside, and what a request from there is |
//! | `answer` | the head of an answer |
//! | `pour` | bodies on their way out |
//! | `line` | lines of the log |
//!
//! Both versions of `wasi:http/types` have the same methods, errors, fields and options, and their bindings the
//! same names. A build has one of them, [`types`]; what is written here is compiled against that.

#[cfg(not(all(target_family = "wasm", feature = "spin")))]
pub(crate) use ::wasi::http::types;
#[cfg(all(target_family = "wasm", feature = "spin"))]
pub(crate) use spin_sdk::wasip3::http::types;

#[cfg(any(test, feature = "service", feature = "spin"))]
pub(crate) mod answer;
pub(crate) mod errors;
#[cfg(any(test, feature = "service", feature = "spin"))]
pub(crate) mod line;
pub(crate) mod pour;
pub(crate) mod request;
