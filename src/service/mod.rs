//! HTTP in, operations out.
//!
//! | module | what |
//! |---|---|
//! | `config` | the environment |
//! | `accounts` | whose credentials a request goes out with: configured, stored, sealed |
//! | `router`, `target` | which path and method is what |
//! | `auth`, `token`, `keys` | who may call, and what that one may do |
//! | `negotiate`, `body` | which forms the caller takes and sends |
//! | `guard`, `limiter`, `idempotency` | which requests of an account go on to the routes, and which are answered before |
//! | `bulk` | any number of records in, and what became of each |
//! | `stream` | exports as NDJSON |
//! | `audience` | payloads for advertising networks, in pages and streams |
//! | `query`, `fields`, `presentation`, `period` | what the caller asks for |
//! | `files` | what browsers get as it is |
//! | `routes` | one file for each family of routes: a request's parts into a call of the core |
//! | `envelope`, `problem`, `error` | what answers look like |
//! | `connect` | the page on which accounts are linked, and the script that opens it |
//! | `trace`, `log` | what ties a request to its log lines |
//!
//! A request goes through them in this order: target, route (404, 405), token (401, 403), configuration (500),
//! `Accept` (406), limiter (429), idempotency key (409, 422), query and account (400, 404), body (413, 415, 400), the
//! call. Whatever is wrong becomes the one error object; [`handle`] itself never fails.

mod accounts;
mod audience;
mod auth;
mod body;
mod bulk;
mod config;
mod connect;
mod context;
mod digest;
mod envelope;
mod error;
mod fields;
mod files;
mod guard;
mod idempotency;
mod keys;
mod limiter;
mod log;
mod near;
mod negotiate;
mod period;
mod presentation;
mod problem;
mod query;
mod router;
mod routes;
mod stream;
mod target;
mod token;
mod trace;

#[cfg(test)]
mod tests;

use std::cell::{OnceCell, RefCell};
use std::time::Duration;

use self::auth::{Caller, Forbidden, Grant};
use self::config::{Config, ConfigError};
pub use self::config::{Environment, Unreadable, VARIABLES};
use self::context::Context;
use self::error::Error;
use self::log::{Line, Note};
use self::router::{Action, Found, Route, Scope};
use self::target::Target;
use self::trace::RequestTrace;
use crate::transport::{Body, Headers, Host, Response, header};

/// A request as it came in.
#[derive(Debug)]
pub struct Inbound {
    /// An HTTP method in upper case.
    pub method: String,
    /// Path and query exactly as received.
    pub target: String,
    /// What the client thinks this server is called. Nothing is decided by it but whether a form is our own.
    pub authority: Option<String>,
    /// Names in lower case.
    pub headers: Headers,
    pub body: Body,
}

/// The answer; its body may still be on its way. Shells add `content-length` where its length is known.
pub type Outbound = Response;

/// Lines of a body in these pieces, for the fuzz targets.
#[cfg(any(test, feature = "fuzz"))]
pub(crate) fn read_lines(pieces: Vec<Vec<u8>>) -> Vec<Result<serde_json::Value, crate::model::Failure>> {
    bulk::read_lines(pieces)
}

/// Answers a request. `env` holds the environment's variables, of which those that begin with
/// `MARKETING_AUTOMATION_` count: see `config`.
pub async fn handle<H: Host>(host: &H, env: &Environment, request: Inbound) -> Outbound {
    handle_read(host, Ok(env), request).await
}

/// The same where the variables had to be asked for, and that may have failed.
pub async fn handle_read<H: Host>(
    host: &H,
    env: Result<&Environment, Unreadable>,
    request: Inbound,
) -> Outbound {
    let started = host.now();
    let trace = RequestTrace::of(host, &request.headers);
    let note = RefCell::new(Note::default());
    let method = request.method.clone();
    let problem_type = negotiate::problem_type(&request.headers);

    let mut answer = match respond(host, env, &trace, &note, request).await {
        Ok(answer) => answer,
        Err(error) => {
            let mut note = note.borrow_mut();
            note.code = Some(error.code());
            if note.is_page {
                routes::connect::failed(&error, &trace.request_id)
            } else {
                problem::answer(&error, &trace, problem_type)
            }
        }
    };
    let bytes = answer.body.len();
    if method == "HEAD" {
        drop_body(&mut answer);
    }
    set_header(&mut answer.headers, "x-request-id", &trace.request_id);
    if let Some(traceparent) = &trace.traceparent {
        set_header(&mut answer.headers, "traceparent", traceparent);
    }
    let note = note.into_inner();
    if let Some(figures) = &note.figures {
        figures.tell(&mut answer.headers);
    }
    let line = Line {
        kind: "request",
        request_id: &trace.request_id,
        trace_id: trace.trace_id(),
        account: note.account.as_deref(),
        method: log::method(&method),
        route: note.route,
        status: answer.status,
        code: note.code,
        ms: millis(host.now().saturating_sub(started)),
        bytes,
    };
    host.log(&line.text());
    answer
}

async fn respond<H: Host>(
    host: &H,
    env: Result<&Environment, Unreadable>,
    trace: &RequestTrace,
    note: &RefCell<Note>,
    request: Inbound,
) -> Result<Response, Error> {
    let target = Target::parse(&request.target)?;
    let (route, values) = match router::find(&request.method, target.path)? {
        Found::Route(route, values) => (route, values),
        Found::Options(allow) => return Ok(options(allow)),
    };
    note.borrow_mut().route = Some(route.pattern);
    note.borrow_mut().is_page = route.action.is_page();
    let env = env.map_err(ConfigError::from);
    if route.action == Action::Health {
        return routes::health::check(host, env);
    }
    if let Action::Dashboard(part) = route.action {
        return routes::dashboard::serve(part, &request.headers);
    }
    let env = env?;
    let caller = match needed(route, &request.method, &values) {
        Some(needed) => {
            let caller = auth::caller(host, env, &request.headers).await?;
            if caller.account.is_some() && !route.is_of_one_account() {
                return Err(Error::Forbidden(Forbidden::AccountToken));
            }
            caller.needs(needed)?;
            caller
        }
        // Whoever has the link may use it, and that link alone.
        None => Caller { grant: Grant::Read, account: None },
    };
    let config = Config::read(env)?;
    limiter::check(host, &config)?;
    if answers_json(route) {
        negotiate::check_accept(&request.headers, route.action.streams(), route.action.writes_csv())?;
    }
    let context = Context {
        host,
        config: &config,
        caller: &caller,
        trace,
        method: &request.method,
        target,
        authority: request.authority.as_deref(),
        headers: &request.headers,
        values,
        note,
        is_about_accounts: matches!(route.action, Action::AccountsGet | Action::AccountCapabilities),
        account: OnceCell::new(),
    };
    context.check_own_account()?;
    let mut answer = guard::run(&context, route, request.body).await;
    accounts::status::follow(host, context.account.get(), &mut answer).await;
    answer
}

/// What a token must be allowed to do; none where none is needed.
fn needed(route: &Route, method: &str, values: &[(&'static str, String)]) -> Option<Grant> {
    match route.scope {
        Scope::Open => None,
        Scope::Token(grant) => Some(grant),
        Scope::Resource => Some(routes::proxy_needs(method, values)),
    }
}

/// Whether the answer is JSON. `/custom` hands CleverTap's on, and the caller's `Accept` to CleverTap; what is for
/// browsers has one form.
fn answers_json(route: &Route) -> bool {
    !route.action.is_page() && !matches!(route.action, Action::Custom | Action::ConnectAsset(_))
}

fn options(allow: String) -> Response {
    Response { status: 204, headers: vec![("allow".to_owned(), allow.into_bytes())], body: Body::Empty }
}

/// An answer to `HEAD` says how long its body would be, and has none.
fn drop_body(answer: &mut Response) {
    let length = std::mem::replace(&mut answer.body, Body::Empty).len();
    // CleverTap's own answer to a HEAD has said it already.
    let said = header(&answer.headers, "content-length").is_some();
    if let Some(length) = length.filter(|_| !said) {
        set_header(&mut answer.headers, "content-length", &length.to_string());
    }
}

/// Sets a header in place of any of its name.
fn set_header(headers: &mut Headers, name: &str, value: &str) {
    headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
    headers.push((name.to_owned(), value.as_bytes().to_vec()));
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
