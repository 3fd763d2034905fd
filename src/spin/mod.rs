//! The shell of Spin: what the core asks of a host, over WASI 0.3 and Spin's own interfaces, and the HTTP handler.
//!
//! | file | what |
//! |---|---|
//! | `streams` | bodies over streams of the component model, both ways, with backpressure |
//! | `outgoing` | one request to the outside |
//! | `variables` | `spin:variables`, read anew for each request |
//! | `store` | `spin:key-value`, opened when it is first needed |
//! | `stderr` | lines of the log, without waiting for them |
//! | `task` | a request's future, which those of other requests may wake |
//! | `host` | the core's `Host` out of these |
//! | `bindings` | what `spin-sdk` has in a form that would import more than the world declares |
//! | `service` | world `service-spin`: `wasi:http/handler` |
//!
//! **An instance answers several requests at once**, each in a task of its own. Two things are shared by them: the
//! core's [`Instance`](crate::transport::Instance), where one request wakes another, and the queue of log lines. Operations of the
//! component model belong to the task that began them, so that none is kept where another task could go on with it.

mod bindings;
mod host;
mod outgoing;
mod service;
mod stderr;
mod store;
mod streams;
mod task;
mod variables;
