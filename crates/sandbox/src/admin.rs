//! The knobs over HTTP, for people who run the sandbox alone: `/__sandbox/…`,
//! from loopback only.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::call::Call;
use crate::endpoint::ENDPOINTS;
use crate::request::Request;
use crate::visit::Reply;
use crate::{Fault, State};

pub(crate) const PREFIX: &str = "/__sandbox/";

const HELP: &str = "GET state|calls|endpoints|stored|campaigns?project_id=…, \
    PUT faults|variants|latency|passcode, POST script, DELETE calls";

#[derive(Debug, Deserialize)]
struct Script {
    path: String,
    faults: Vec<Fault>,
}

#[derive(Deserialize)]
struct Passcode {
    project_id: String,
    passcode: String,
}

pub(crate) fn admin(state: &State, request: &Request, loopback: bool) -> Answer {
    if !loopback {
        return Answer::fail(403, "clevertap-sandbox: the knobs are for loopback only", 403);
    }
    turn(state, request).unwrap_or_else(|refusal| refusal)
}

fn turn(state: &State, request: &Request) -> Reply {
    let knob = request.path.trim_start_matches(PREFIX);
    let answer = match (request.method.as_str(), knob) {
        ("GET", "state") => state.summary(),
        ("GET", "calls") => state.calls().iter().map(Call::redacted).collect(),
        ("DELETE", "calls") => {
            state.clear_calls();
            json!({ "status": "success" })
        }
        ("GET", "endpoints") => endpoints(),
        ("GET", "stored") => json!({
            "created": state.created(),
            "sends": state.sends(),
            "triggers": state.triggers(),
            "writes": state.writes(),
        }),
        ("GET", "campaigns") => {
            let id = request.param("project_id").unwrap_or_default();
            json!(state.campaigns(&id))
        }
        ("PUT", "faults") => {
            state.set_faults(knobs(request)?);
            json!(state.faults())
        }
        ("PUT", "variants") => {
            state.set_variants(knobs(request)?);
            json!(state.variants())
        }
        ("PUT", "latency") => {
            state.set_latency(knobs(request)?);
            json!(state.latency())
        }
        ("PUT", "passcode") => {
            let new: Passcode = knobs(request)?;
            state.set_passcode(&new.project_id, &new.passcode);
            json!({ "status": "success" })
        }
        ("POST", "script") => {
            let script: Script = knobs(request)?;
            state.script(&script.path, script.faults);
            json!({ "status": "success" })
        }
        _ => {
            return Err(Answer::fail(404, &format!("clevertap-sandbox knobs: {HELP}"), 404));
        }
    };
    Ok(Answer::ok(&answer))
}

fn knobs<T: DeserializeOwned>(request: &Request) -> Result<T, Answer> {
    serde_json::from_slice(&request.body).map_err(|error| Answer::explained(&error.to_string()))
}

fn endpoints() -> Value {
    ENDPOINTS
        .iter()
        .map(|endpoint| {
            json!({
                "method": endpoint.method,
                "path": endpoint.path,
                "writes": endpoint.writes,
                "source": endpoint.source,
            })
        })
        .collect()
}
