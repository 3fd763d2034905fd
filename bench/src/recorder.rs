//! What a request of the service asks of the sandbox, and in how many turns: the script of the baseline that
//! makes the same calls.
//!
//! Calls belong to one turn when none of them was answered before the last of them had gone. The sandbox
//! answers late while this is found out, so that turns do not run into each other.

use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Result, ensure};
use clevertap_sandbox::{Call, Latency, Sandbox};
use http::Request;
use marketing_automation_host::{Body, Egress, Pool, RequestOptions, Upstream, UpstreamFuture};

use crate::world::{Build, World, allow, fetch, request};

/// Long enough for all calls of a turn to go out.
const APART_MS: u64 = 50;

/// What the service did for one request.
pub(crate) struct Script {
    /// `turn TAB path TAB body`, line by line.
    pub(crate) lines: String,
    pub(crate) calls: usize,
    pub(crate) turns: usize,
    /// The length of the service's answer.
    pub(crate) answer_bytes: usize,
}

/// Makes the request twice: slowly, to see the turns; then as it is raced, to see that the calls are the same.
pub(crate) async fn record(world: &World, build: Build, sandbox: &Sandbox, target: &str) -> Result<Script> {
    let turns = Turns::default();
    let egress = Egress::new(allow(sandbox)?, Recorder { pool: Pool::new(), turns: turns.clone() });
    let service = world.service(build, sandbox, egress)?;
    let state = sandbox.state();

    let before = state.latency();
    state.clear_calls();
    state.set_latency(Latency { every_ms: APART_MS, ..Latency::default() });
    let answer = fetch(&service, request("GET", target, "")?).await?;
    state.set_latency(before);
    let calls = state.calls();
    let lengths = turns.lengths();
    ensure!(lengths.iter().sum::<usize>() == calls.len(), "calls were lost on their way to the sandbox");

    state.clear_calls();
    fetch(&service, request("GET", target, "")?).await?;
    ensure!(same(&calls, &state.calls()), "{target} makes other calls when the sandbox is fast");
    state.clear_calls();

    let mut lines = String::new();
    let turn_of_each = lengths.iter().enumerate().flat_map(|(turn, length)| vec![turn; *length]);
    for (call, turn) in calls.iter().zip(turn_of_each) {
        let body = String::from_utf8(call.body.to_vec())?;
        ensure!(
            call.method == "POST" && call.query.is_none() && !body.contains(['\t', '\n']),
            "{} {} does not fit into a line of the script",
            call.method,
            call.path
        );
        lines.push_str(&format!("{turn}\t{}\t{body}\n", call.path));
    }
    Ok(Script { lines, calls: calls.len(), turns: lengths.len(), answer_bytes: answer.len() })
}

fn same(one: &[Call], other: &[Call]) -> bool {
    let sorted = |calls: &[Call]| {
        let mut all: Vec<_> = calls.iter().map(|call| (call.path.clone(), call.body.clone())).collect();
        all.sort();
        all
    };
    sorted(one) == sorted(other)
}

/// How many calls each turn has.
#[derive(Clone, Default)]
struct Turns(Arc<Mutex<Seen>>);

#[derive(Default)]
struct Seen {
    lengths: Vec<usize>,
    answered: bool,
}

impl Turns {
    fn sent(&self) {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if std::mem::take(&mut seen.answered) || seen.lengths.is_empty() {
            seen.lengths.push(0);
        }
        if let Some(length) = seen.lengths.last_mut() {
            *length += 1;
        }
    }

    fn answered(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).answered = true;
    }

    fn lengths(&self) -> Vec<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).lengths.clone()
    }
}

struct Recorder {
    pool: Pool,
    turns: Turns,
}

impl Upstream for Recorder {
    fn send(&self, request: Request<Body>, options: RequestOptions) -> UpstreamFuture {
        self.turns.sent();
        let (answer, turns) = (self.pool.send(request, options), self.turns.clone());
        Box::pin(async move {
            let answer = answer.await;
            turns.answered();
            answer
        })
    }
}
