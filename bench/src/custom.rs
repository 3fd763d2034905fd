//! `/custom`: what it costs to pass a request on, against a component that does nothing else.

use std::sync::Arc;

use anyhow::{Result, ensure};
use clevertap_sandbox::{Config, Sandbox};
use http::Request;
use marketing_automation_host::{Body, Service, body};

use crate::memory;
use crate::race::{Course, Runner, race};
use crate::row::{Bound, Row};
use crate::world::{Build, World, fetch, network, request};

/// The cheapest call that the sandbox answers, so that as little as possible of the time is the sandbox's.
const PATH: &str = "/1/now.json";
const BODY: &str = "{}";
const COURSE: Course = Course { rounds: 9, requests: 2_000, at_once: 16 };

pub(crate) async fn measure(world: &World, build: Build) -> Result<Vec<Row>> {
    let sandbox = Sandbox::start(Config { enforce_concurrency: false, ..Config::default() }).await?;
    let service = world.service(build, &sandbox, network(&sandbox)?)?;
    let forward = world.baseline(&world.forward, &sandbox, &[])?;
    alike(&service, &forward).await?;

    let ours = Runner { service: service.clone(), make: Arc::new(ours) };
    let baseline = Runner { service: forward, make: Arc::new(plain) };
    let outcome = race(&sandbox, &ours, &baseline, COURSE).await?;
    let (least, greatest) = outcome.spread;
    let Course { rounds, requests, at_once } = COURSE;
    Ok(vec![
        Row::new(build.row("/custom"), outcome.ours, "/s")
            .against("forward", outcome.baseline, outcome.ratio)
            .bound(Bound::AtLeast(0.85))
            .note(format!(
                "POST {PATH}, {at_once} at once, {rounds} rounds of {requests} each by turns, ratios {least:.2} to \
                 {greatest:.2}; instance, call and the sandbox's own time included, no socket in front"
            )),
        memory::row(&build.row("/custom"), &service),
    ])
}

fn ours() -> Result<Request<Body>> {
    request("POST", &format!("/custom{PATH}"), BODY)
}

/// What the service makes of it, but for the credentials.
fn plain() -> Result<Request<Body>> {
    Ok(Request::post(format!("http://service.test{PATH}"))
        .header("content-type", "application/json")
        .header("content-length", BODY.len())
        .body(body::full(BODY))?)
}

/// Two that answer different things are not to be compared. The minute may change between the two.
async fn alike(service: &Service, forward: &Service) -> Result<()> {
    let (a, b) = (fetch(service, ours()?).await?, fetch(forward, plain()?).await?);
    ensure!(a.len() == b.len(), "/custom and its baseline answer differently");
    Ok(())
}
