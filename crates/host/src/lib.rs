//! Runs the marketing-automation components: an embedding of wasmtime that gives a component outbound HTTP to
//! the hosts that its operator allows, a clock, and nothing that its world does not declare.
//!
//! * [`Engine`] compiles components and keeps them compiled on disk.
//! * [`Service`] hands HTTP requests to a `service` component of WASI 0.2 or a `service-spin` component of WASI 0.3;
//!   [`Server`] puts a socket before it. [`KeyValue`] is the store that the latter may open.
//! * [`Provider`] calls the functions of a `marketing-automation` component with JSON.
//! * [`Egress`] decides what goes out, and by which way: a [`Pool`] of connections, or a [`Hook`] that answers
//!   in process.
//!
//! ```no_run
//! use marketing_automation_host::{AllowList, Egress, Engine, EngineOptions, Server, ServerOptions, Service, ServiceOptions};
//!
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! let engine = Engine::new(EngineOptions::default())?;
//! let component = engine.load("target/components/service.wasm")?;
//! let service = Service::new(&engine, &component, ServiceOptions {
//!     egress: Egress::network(AllowList::parse(["https://eu1.api.clevertap.com"])?),
//!     env: vec![("MARKETING_AUTOMATION_API_TOKENS".into(), "…".into())],
//!     ..ServiceOptions::default()
//! })?;
//! let server = Server::start(service, ([127, 0, 0, 1], 8080).into(), ServerOptions::default()).await?;
//! println!("http://{}", server.addr());
//! # Ok(()) }
//! ```

mod access;
mod allow;
mod answer;
pub mod body;
mod cache;
mod capabilities;
mod client;
pub mod doctor;
mod egress;
mod engine;
mod hook;
mod key_value;
mod limits;
mod log;
mod pool;
mod progress_body;
mod provider;
mod request_id;
mod server;
mod service;
mod spin;
mod state;
mod stderr;
mod until_body;
mod upstream;
mod values;
mod visit;

pub use allow::{AllowError, AllowList};
pub use body::Body;
pub use cache::Cache;
pub use capabilities::{Capabilities, exports, imports};
pub use egress::Egress;
pub use engine::{Engine, EngineError, EngineOptions};
pub use hook::{Hook, Recorded, json_response};
pub use key_value::{KeyValue, KeyValueError};
pub use limits::{Limits, Usage};
pub use log::{Level, Log, LogFormat};
pub use pool::Pool;
pub use provider::{CallError, Provider, ProviderOptions, Session};
pub use server::{Server, ServerOptions, interrupted};
pub use service::{LinkError, Reuse, Service, ServiceError, ServiceOptions};
pub use stderr::{Stderr, StderrBuffer};
pub use upstream::{Upstream, UpstreamFuture};
pub use values::ValueError;
/// A compiled component.
pub use wasmtime::component::Component;
/// Why an outbound request failed, and the time limits that the guest sets for one: `wasi:http`'s own.
pub use wasmtime_wasi_http::{Error as ErrorCode, RequestOptions};

/// The README's example is compiled with the tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
