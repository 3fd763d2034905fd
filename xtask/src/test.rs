//! `cargo xtask test`: the components, then everything that tests them.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use anyhow::{Context, Result, bail};

use crate::build;
use crate::hosts;
use crate::tally::Tally;
use crate::workspace::Workspace;

/// Runs all tests even if some fail, and closes with their sum.
pub(crate) fn test(workspace: &Workspace, filter: Option<&str>) -> Result<()> {
    build::build(workspace)?;
    let (mut tally, passed) = cargo_test(workspace, filter)?;
    // A filter looks for one test; the other hosts take longer than that.
    if filter.is_none() {
        tally.add(hosts::run_all(workspace)?);
    }
    println!("\ntotal: {} passed, {} failed, {} skipped", tally.passed, tally.failed, tally.skipped);
    if !passed || tally.failed > 0 {
        bail!("not all tests passed");
    }
    Ok(())
}

/// Cargo's tests, their output passed on as it comes, and whether all was well.
fn cargo_test(workspace: &Workspace, filter: Option<&str>) -> Result<(Tally, bool)> {
    let mut cargo = workspace.cargo();
    cargo.args(["test", "--workspace", "--no-fail-fast"]).args(filter);
    eprintln!("$ cargo test --workspace --no-fail-fast {}", filter.unwrap_or_default());
    let mut child =
        cargo.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().context("could not start cargo")?;
    let output = child.stdout.take().context("cargo has no output")?;
    let mut tally = Tally::default();
    for line in BufReader::new(output).split(b'\n') {
        let line = line?;
        let line = String::from_utf8_lossy(&line);
        println!("{line}");
        if let Some(counts) = Tally::read(&line) {
            tally.add(counts);
        }
    }
    let status = child.wait()?;
    Ok((tally, status.success()))
}
