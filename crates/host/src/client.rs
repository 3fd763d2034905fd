//! `wasi:http/client` of WASI 0.3, which knows for whom a call is made.
//!
//! An instance that serves several requests has one store, and the call itself does not say which of them makes
//! it. The stack of guest tasks does.

use wasmtime::AsContextMut;
use wasmtime::component::{Accessor, HasData, Resource};
use wasmtime_wasi::TrappableError;
use wasmtime_wasi_http::p3::bindings::http::client::HostWithStore;
use wasmtime_wasi_http::p3::bindings::http::types::ErrorCode;
use wasmtime_wasi_http::p3::{Request, Response};
use wasmtime_wasi_http::{WasiHttp, WasiHttpCtxView, WasiHttpView as _};

use crate::state::State;

/// wasmtime's own client, after a look at who calls.
pub(crate) struct Client;

impl HasData for Client {
    type Data<'a> = WasiHttpCtxView<'a>;
}

impl HostWithStore<State> for Client {
    async fn send(
        guest: &Accessor<State, Self>,
        request: Resource<Request>,
    ) -> Result<Resource<Response>, TrappableError<ErrorCode>> {
        guest.with(|mut store| {
            let mut store = store.as_context_mut();
            let tasks: Vec<_> = store.async_call_stack().map_err(TrappableError::trap)?.collect();
            store.data_mut().calls(tasks);
            Ok::<_, TrappableError<ErrorCode>>(())
        })?;
        // Its first poll, which is now, takes the caller.
        <WasiHttp as HostWithStore<State>>::send(&guest.with_getter::<WasiHttp>(State::http), request).await
    }
}
