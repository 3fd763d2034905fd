//! From a request to its answer: faults, callers, limits, endpoint.

use std::time::Duration;

use crate::answer::Answer;
use crate::auth;
use crate::body::{Cut, Delivered};
use crate::endpoint::{self, Endpoint, Found};
use crate::limits::Permit;
use crate::presigned;
use crate::request::Request;
use crate::state::Slot;
use crate::visit::{Reply, Visit};
use crate::{Fault, State, Variants, lock};

/// Concurrent calls for each account (section 4.1, [DOC] S:limit).
const UPLOADS: usize = 15;
const OTHERS: usize = 3;

/// An answer on its way out.
#[derive(Debug)]
pub(crate) struct Outgoing {
    pub(crate) answer: Answer,
    pub(crate) body: Delivered,
}

/// Answers one request, late if it must be, or cuts it off.
pub(crate) async fn dispatch(state: &State, request: &Request) -> Result<Outgoing, Cut> {
    let seq = lock(&state.0.calls).open(request);
    let found = endpoint::find(&request.method, &request.path);
    let writes = matches!(&found, Found::Endpoint(endpoint, _) if endpoint.writes)
        || request.path.starts_with(presigned::PREFIX);
    let fault = lock(&state.0.faults).decide(&request.path, writes);

    let mut permit = None;
    let answer = match refusal(fault) {
        Some(answer) => answer,
        None if fault.is_processed() => {
            answer(state, request, found, &mut permit).unwrap_or_else(|refusal| refusal)
        }
        None => Answer::success(),
    };
    let latency = state.latency();
    let mut delay = latency.delay(answer.report_days);
    if let Fault::Latency(ms) = fault {
        delay = delay.saturating_add(Duration::from_millis(ms));
    }
    let answer = spoil(answer, fault, lock(&state.0.faults).faults.retry_after);
    let status = answers(fault).then_some(answer.status);
    lock(&state.0.calls).close(seq, status, fault, delay);

    // What is stored is stored: the caller may be gone before the answer is.
    if !latency.virtual_time && !delay.is_zero() {
        tokio::time::sleep(delay).await;
    }
    let outgoing = deliver(answer, fault).await;
    drop(permit);
    outgoing
}

/// The answer of a fault that keeps the request from being processed.
fn refusal(fault: Fault) -> Option<Answer> {
    match fault {
        Fault::Status(status) => Some(Answer::of_status(status)),
        Fault::Status429As200 => Some(Answer::throttled(true)),
        Fault::HtmlBody => Some(Answer::page()),
        _ => None,
    }
}

/// Whether the caller gets a status at all.
fn answers(fault: Fault) -> bool {
    !matches!(fault, Fault::DropBefore | Fault::Hang | Fault::StoreThenCut | Fault::StoreThenHang)
}

fn spoil(answer: Answer, fault: Fault, retry_after: Option<u64>) -> Answer {
    let mut answer = match fault {
        Fault::StoreThen503 => Answer::of_status(503),
        Fault::GarbageBody => answer.garbled(),
        _ => answer,
    };
    if matches!(answer.status, 429 | 503) {
        answer.retry_after = retry_after;
    }
    answer
}

async fn deliver(mut answer: Answer, fault: Fault) -> Result<Outgoing, Cut> {
    let text = std::mem::take(&mut answer.body);
    let body = match fault {
        Fault::DropBefore | Fault::StoreThenCut => return Err(Cut),
        // Until the caller gives up, which drops this future.
        Fault::Hang | Fault::StoreThenHang => std::future::pending().await,
        Fault::CutBody => Delivered::cut(text),
        Fault::SlowBody(ms) => Delivered::slow(text, Duration::from_millis(ms)),
        _ => Delivered::whole(text),
    };
    Ok(Outgoing { answer, body })
}

/// What CleverTap would answer.
fn answer(state: &State, request: &Request, found: Found<'_>, permit: &mut Option<Permit>) -> Reply {
    let variants = state.variants();
    if request.path.starts_with(presigned::PREFIX) {
        return Ok(presigned::put(state, request, &variants));
    }
    let slot = authenticate(state, request, &variants)?;
    let (endpoint, segments) = match found {
        Found::Endpoint(endpoint, segments) => (endpoint, segments),
        Found::WrongMethod => return Err(Answer::method_not_allowed()),
        Found::Nothing => return Err(unknown(request, &variants)),
    };
    if state.0.enforce_concurrency {
        let knob = variants.uploads_in_flight.filter(|_| endpoint.path == "/1/upload");
        *permit = slot.limits.enter(endpoint.path, knob.unwrap_or_else(|| limit(endpoint)));
        if permit.is_none() {
            return Err(Answer::throttled(variants.throttle_as_200));
        }
    }
    let mut account = lock(&slot.account);
    let now = account.now();
    (endpoint.handler)(&mut Visit {
        request,
        segments,
        account: &mut account,
        variants: &variants,
        page_unit: state.0.page_unit,
        base: state.0.base.get().map(String::as_str).unwrap_or_default(),
        now,
    })
}

fn authenticate<'a>(state: &'a State, request: &Request, variants: &Variants) -> Result<&'a Slot, Answer> {
    let id = request.header("x-clevertap-account-id").unwrap_or_default();
    if id.is_empty() && variants.empty_account_503 {
        return Err(auth::empty_account());
    }
    let slot = state.0.accounts.get(id).ok_or_else(auth::unknown_account)?;
    let account = lock(&slot.account);
    let wrong_region = auth::region(request).is_some_and(|region| region != account.config.region);
    if wrong_region || request.header("x-clevertap-passcode") != Some(&account.config.passcode) {
        return Err(auth::invalid_credentials());
    }
    drop(account);
    Ok(slot)
}

fn limit(endpoint: &Endpoint) -> usize {
    if endpoint.path == "/1/upload" { UPLOADS } else { OTHERS }
}

/// [3P] S:evangelist (section 1.3) as a variant; by default an explanation.
fn unknown(request: &Request, variants: &Variants) -> Answer {
    if variants.unknown_path_empty_200 {
        return Answer::text(200, "text/plain", String::new());
    }
    let (method, path) = (&request.method, &request.path);
    let known = endpoint::known();
    let text = format!("clevertap-sandbox: no such endpoint {method} {path}; known: {known}");
    Answer::fail(404, &text, 404)
}
