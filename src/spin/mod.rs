//! The shell of Spin: what the core asks of a host, over WASI 0.3 and Spin's own interfaces, and the HTTP handler.
//!
//! | file | what |
//! |---|---|
//! | `streams` | bodies over streams of the component model, both ways, with backpressure |
//! | `outgoing` | one request to the outside |
//! | `variables` | `spin:variables`, read anew for each request |
//! | `store` | `spin:key-value`, opened when it is first needed |
//! | `stderr` | lines of the log, without waiting for them |
//! | `host` | the core's `Host` out of these |
//! | `service` | world `service-spin`: `wasi:http/handler` |
//!
//! **An instance answers several requests at once**, each in a task of its own. Three things are shared by them:
//! the in-flight caps of an account, the queue of log lines, and the core's [`Instance`](crate::transport::Instance), of
//! counts and names; what wakes one task from another is in the caps, and in the instance's. Operations of the component model belong to the task that began them, so that none of them
//! may be kept where another task could go on with it.

mod host;
mod outgoing;
mod service;
mod stderr;
mod store;
mod streams;
mod variables;
