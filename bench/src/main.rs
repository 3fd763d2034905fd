//! Measures the built components in the native host. `cargo xtask bench` builds everything that this needs,
//! runs it, and prints its rows beside the budgets:
//!
//! ```text
//! bench COMPONENTS BASELINES CACHE [ONLY]     folders of the .wasm files, and of what was compiled from them;
//!                                             one measurement: instantiate, custom, list, streams, audiences, walks
//! ```
//!
//! The rows are JSON on standard output. Host, sandbox and baselines share this one process and its two
//! threads, so that whoever computes, computes at the expense of the others.

mod audience;
mod bulk;
mod custom;
mod duel;
mod instantiate;
mod list;
mod memory;
mod native;
mod packed;
mod race;
mod recorder;
mod row;
mod sample;
mod upstream;
mod walk;
mod world;

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Result, bail};
use serde_json::Value;

use crate::row::Row;
use crate::world::{Build, World};

/// The budgets are about two cores, however many there are.
const THREADS: usize = 2;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [components, baselines, cache, only @ ..] = arguments.as_slice() else {
        bail!("usage: bench COMPONENTS BASELINES CACHE [ONLY] (`cargo xtask bench` knows them)");
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(THREADS).enable_all().build()?;
    // On one of the two threads; the thread that waits here does nothing.
    let (components, baselines, cache) = (components.clone(), baselines.clone(), cache.clone());
    let only = only.first().cloned();
    let rows = runtime.block_on(async move {
        tokio::spawn(async move {
            measure(components.as_ref(), baselines.as_ref(), cache.as_ref(), only.as_deref()).await
        })
        .await?
    })?;
    println!("{:#}", Value::Array(rows.iter().map(Row::json).collect()));
    Ok(())
}

async fn measure(components: &Path, baselines: &Path, cache: &Path, only: Option<&str>) -> Result<Vec<Row>> {
    let wanted = |name: &str| only.is_none_or(|only| only == name);
    let mut rows = packed::measure(components);
    let world = World::load(components, baselines, cache)?;
    if wanted("instantiate") {
        eprintln!("instantiation …");
        rows.extend(instantiate::measure(&world).await?);
    }
    for build in Build::ALL {
        let name = build.name();
        if wanted("custom") {
            eprintln!("/custom, {name} …");
            rows.extend(custom::measure(&world, build).await?);
        }
        if wanted("list") {
            eprintln!("campaign list, {name} …");
            rows.extend(list::measure(&world, build).await?);
        }
        if wanted("streams") {
            eprintln!("streams, {name} …");
            rows.extend(bulk::measure(&world, build).await?);
        }
        if wanted("audiences") {
            eprintln!("audiences, {name} …");
            rows.extend(audience::measure(&world, build).await?);
        }
    }
    if wanted("walks") {
        eprintln!("walks, at CleverTap's speed: some minutes …");
        rows.extend(walk::measure(&world).await?);
    }
    Ok(rows)
}
