//! Throughput of two services that answer the same question, in rounds by turns.
//!
//! What disturbs a machine for some seconds disturbs both; the ratio is the median of the rounds' own ratios.
//! The rounds are counted, not timed, so that a run ends.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use anyhow::{Result, ensure};
use clevertap_sandbox::Sandbox;
use http::Request;
use marketing_automation_host::{Body, Service};
use tokio::task::JoinSet;

use crate::sample::{median, range};
use crate::world::fetch;

/// Makes one request of a race.
pub(crate) type Make = Arc<dyn Fn() -> Result<Request<Body>> + Send + Sync>;

/// One of the two.
pub(crate) struct Runner {
    pub(crate) service: Service,
    pub(crate) make: Make,
}

/// How long a race is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Course {
    pub(crate) rounds: usize,
    /// Requests of each runner in each round.
    pub(crate) requests: usize,
    /// Requests under way at the same time.
    pub(crate) at_once: usize,
}

/// What came of it.
pub(crate) struct Outcome {
    /// Answers a second, of the median round.
    pub(crate) ours: f64,
    pub(crate) baseline: f64,
    pub(crate) ratio: f64,
    /// The least and the greatest ratio of a round.
    pub(crate) spread: (f64, f64),
}

/// One round that does not count, then the others.
pub(crate) async fn race(
    sandbox: &Sandbox,
    ours: &Runner,
    baseline: &Runner,
    course: Course,
) -> Result<Outcome> {
    let (mut our_rates, mut their_rates, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..=course.rounds {
        // Who begins has no advantage over all.
        let (a, b) = if round % 2 == 0 {
            let a = rate(sandbox, ours, course).await?;
            (a, rate(sandbox, baseline, course).await?)
        } else {
            let b = rate(sandbox, baseline, course).await?;
            (rate(sandbox, ours, course).await?, b)
        };
        ensure!(a.calls == b.calls, "{} upstream calls against {}: no fair race", a.calls, b.calls);
        if round > 0 {
            our_rates.push(a.rate);
            their_rates.push(b.rate);
            ratios.push(a.rate / b.rate);
        }
    }
    Ok(Outcome {
        ours: median(&our_rates),
        baseline: median(&their_rates),
        ratio: median(&ratios),
        spread: range(&ratios),
    })
}

/// One runner's round.
struct Round {
    /// Answers a second.
    rate: f64,
    /// What the sandbox was asked.
    calls: usize,
}

async fn rate(sandbox: &Sandbox, runner: &Runner, course: Course) -> Result<Round> {
    sandbox.state().clear_calls();
    let left = Arc::new(AtomicUsize::new(course.requests));
    let started = Instant::now();
    let mut workers = JoinSet::new();
    for _ in 0..course.at_once {
        let (service, make, left) = (runner.service.clone(), runner.make.clone(), left.clone());
        workers.spawn(async move {
            while left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |n| n.checked_sub(1)).is_ok() {
                fetch(&service, make()?).await?;
            }
            anyhow::Ok(())
        });
    }
    while let Some(worker) = workers.join_next().await {
        worker??;
    }
    let rate = course.requests as f64 / started.elapsed().as_secs_f64();
    Ok(Round { rate, calls: sandbox.state().calls().len() })
}
