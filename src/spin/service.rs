//! World `service-spin`: one HTTP request in, its answer out, over `wasi:http/handler`.

use spin_sdk::wasip3::http::types::{ErrorCode, Request, Response};
use spin_sdk::wasip3::spawn;

use super::host::Wasi;
use super::streams::{Incoming, Outlet};
use super::task::Task;
use super::{stderr, variables};
use crate::service::{Inbound, handle_read};
use crate::transport::{Body, Headers};
use crate::wasi::answer::{bodiless, fields, patience};
use crate::wasi::line::report_panics;
use crate::wasi::pour::pour;
use crate::wasi::request::{Promised, lower, method_name, promised};

#[allow(unsafe_code, reason = "the export's symbols, written by wit-bindgen")]
mod export {
    use spin_sdk::http::Request;
    use spin_sdk::http_service;
    use spin_sdk::wasip3::http::types::{ErrorCode, Response};

    use super::Task;

    /// The SDK's request is only looked through: `wasi:http`'s own tells how its body ended.
    #[http_service]
    async fn handle(request: Request) -> Result<Response, ErrorCode> {
        match request.into_body().take_unstarted() {
            Some(request) => {
                let task = Task::new();
                task.run(super::answer(task, request)).await
            }
            None => Err(ErrorCode::InternalError(None)),
        }
    }
}

async fn answer(task: Task, request: Request) -> Result<Response, ErrorCode> {
    report_panics(stderr::last_line);
    let host = Wasi::default();
    let inbound = inbound(request).await;
    let head_only = inbound.method == "HEAD";
    let environment = variables::read().await;
    let environment = environment.as_deref().map_err(|unreadable| *unreadable);
    let answer = handle_read(&host, environment, inbound).await;

    let bodiless = bodiless(&answer, head_only);
    let empty = bodiless || answer.body.is_empty();
    let (outlet, (contents, end)) = Outlet::new(empty, Some(patience(&answer.body)));
    // How the sending went, the outlet notices.
    let (response, _) = Response::new(fields(&answer, bodiless), contents, end);
    if response.set_status_code(answer.status).is_err() {
        let reason = format!("there is no HTTP status {}", answer.status);
        return Err(ErrorCode::InternalError(Some(reason)));
    }
    let body = if bodiless { Body::Empty } else { answer.body };
    // When the client goes away the pouring fails; what was still coming in for it is dropped, and with it the
    // upstream request.
    spawn(task.run(async move {
        let _ = pour(outlet, body).await;
    }));
    Ok(response)
}

/// What the service sees of a request. Its body is read only as fast as somebody asks for it.
async fn inbound(request: Request) -> Inbound {
    let method = method_name(request.get_method());
    let headers = lower(request.get_headers().copy_all());
    let target = request.get_path_with_query().unwrap_or_else(|| "/".to_owned());
    let authority = request.get_authority();
    let body = body(request, &method, &headers).await;
    Inbound { method, target, authority, headers, body }
}

async fn body(request: Request, method: &str, headers: &Headers) -> Body {
    let promised = promised(method, headers);
    if promised == Promised::Nothing {
        return Body::Empty;
    }
    let mut source = Incoming::open(|taken| Request::consume_body(request, taken), None);
    match promised {
        Promised::Bytes(length) => Body::Stream(Box::new(source), Some(length)),
        Promised::Nothing | Promised::Perhaps if !source.peek().await => Body::Empty,
        Promised::Nothing | Promised::Perhaps => Body::Stream(Box::new(source), None),
    }
}
