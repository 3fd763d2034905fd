//! A whole walk over the sandbox's campaigns while its report is as slow as CleverTap's.
//!
//! Nothing is scaled and nothing virtual: the sandbox waits as long as CleverTap was observed to take, and the
//! guest sees it, sizes its windows by it and meets its own deadline. That takes minutes of doing nothing, so
//! the walks go on at the same time, each with a sandbox and a service of its own.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use clevertap_sandbox::{Config, Latency, ReportLatency, Sandbox};
use marketing_automation_host::body;
use serde_json::Value;

use crate::memory;
use crate::row::Row;
use crate::world::{Build, World, network, request};

const LIMITS: [usize; 2] = [50, 500];
/// A walk that takes longer is not one that ends.
const PATIENCE: Duration = Duration::from_secs(600);

pub(crate) async fn measure(world: &World) -> Result<Vec<Row>> {
    let [few, many] = LIMITS;
    let (few, many) = tokio::try_join!(walk(world, few), walk(world, many))?;
    ensure!(few.ids == many.ids, "walks with different limits give different campaigns");
    Ok([few, many].into_iter().flat_map(|walk| walk.rows).collect())
}

struct Walk {
    ids: BTreeSet<String>,
    rows: Vec<Row>,
}

async fn walk(world: &World, limit: usize) -> Result<Walk> {
    let latency = Latency { report: ReportLatency::Real, ..Latency::default() };
    let sandbox = Sandbox::start(Config { latency, ..Config::default() }).await?;
    let service = world.service(Build::Service, &sandbox, network(&sandbox)?)?;

    let mut ids = BTreeSet::new();
    let (mut pages, mut repeated, mut cursor) = (0, 0, String::new());
    let (mut first, mut longest) = (None, Duration::ZERO);
    let started = Instant::now();
    loop {
        ensure!(started.elapsed() < PATIENCE, "the walk with limit {limit} does not end");
        let target = format!("/unified/marketing-automation/campaigns?limit={limit}&next_cursor={cursor}");
        let asked = Instant::now();
        let response = service.handle(request("GET", &target, "")?).await?;
        let good = response.status().is_success();
        let bytes = body::collect(response.into_body())
            .await
            .map_err(|error| anyhow::anyhow!("a page broke off: {error:?}"))?;
        longest = longest.max(asked.elapsed());
        let page: Value = serde_json::from_slice(&bytes)?;
        if !good {
            if page["retryable"] != true {
                bail!("the walk with limit {limit} failed: {page}");
            }
            repeated += 1;
            continue;
        }
        pages += 1;
        for campaign in page["result"].as_array().context("a page without a result")? {
            let id = campaign["id"].as_str().context("a campaign without an id")?;
            ensure!(ids.insert(id.to_owned()), "campaign {id} came twice");
        }
        if !ids.is_empty() {
            first.get_or_insert(started.elapsed());
        }
        match page["next_cursor"].as_str() {
            Some(next) => next.clone_into(&mut cursor),
            None => break,
        }
    }
    let seconds = started.elapsed().as_secs_f64();

    let calls = sandbox.state().calls();
    let upstream: Duration = calls.iter().map(|call| call.delay).sum();
    let what = format!("walk over all campaigns, limit {limit}");
    let rows = vec![
        Row::new(format!("{what}: upstream calls"), calls.len() as f64, "calls")
            .note(format!("{} campaigns on {pages} pages, {repeated} pages repeated", ids.len())),
        Row::new(format!("{what}: time"), seconds, "s").note(format!(
            "really waited, report as slow as observed (0.7 s for 1 day, 6 s for 7, 26 s for 30); first campaigns \
             after {:.1} s, longest page {:.1} s; one after another the calls would take {:.0} s",
            first.unwrap_or_default().as_secs_f64(),
            longest.as_secs_f64(),
            upstream.as_secs_f64()
        )),
        memory::row(&what, &service),
    ];
    Ok(Walk { ids, rows })
}
