//! A page of 100 campaigns, against a component that makes the same upstream calls and understands nothing.

use std::sync::Arc;

use anyhow::{Result, ensure};
use clevertap_sandbox::{Config, Sandbox};

use crate::memory;
use crate::race::{Course, Runner, race};
use crate::recorder::record;
use crate::row::{Bound, Row};
use crate::world::{Build, World, fetch_json, network, request};

const LIMIT: usize = 100;
const TARGET: &str = "/unified/marketing-automation/campaigns?limit=100";
/// Few enough that all calls under way find a connection that the pool keeps.
const COURSE: Course = Course { rounds: 9, requests: 100, at_once: 4 };

pub(crate) async fn measure(world: &World, build: Build) -> Result<Vec<Row>> {
    let sandbox = Sandbox::start(Config { enforce_concurrency: false, ..Config::default() }).await?;
    let service = world.service(build, &sandbox, network(&sandbox)?)?;
    let page = fetch_json(&service, request("GET", TARGET, "")?).await?;
    ensure!(page["result_count"] == LIMIT, "the page is not full: {}", page["result_count"]);

    let script = record(world, build, &sandbox, TARGET).await?;
    let variables = [("CALLS", script.lines.clone()), ("ANSWER_BYTES", script.answer_bytes.to_string())];
    let canned = world.baseline(&world.canned, &sandbox, &variables)?;

    let make: crate::race::Make = Arc::new(|| request("GET", TARGET, ""));
    let ours = Runner { service: service.clone(), make: make.clone() };
    let baseline = Runner { service: canned, make };
    let outcome = race(&sandbox, &ours, &baseline, COURSE).await?;
    let (least, greatest) = outcome.spread;
    let Course { rounds, requests, at_once } = COURSE;
    Ok(vec![
        Row::new(build.row("campaign list of 100"), outcome.ours, "/s")
            .against("canned", outcome.baseline, outcome.ratio)
            .bound(Bound::AtLeast(0.5))
            .note(format!(
                "{} upstream calls in {} turns, {} bytes answered; {at_once} at once, {rounds} rounds of {requests} \
                 each by turns, ratios {least:.2} to {greatest:.2}; the sandbox's own time included",
                script.calls, script.turns, script.answer_bytes
            )),
        memory::row(&build.row("campaign list of 100"), &service),
    ])
}
