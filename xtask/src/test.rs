//! `cargo xtask test`: the components, then everything that tests them.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use anyhow::{Context, Result, bail};

use crate::browser::{self, LeftOut};
use crate::build;
use crate::dashboard;
use crate::hosts;
use crate::process;
use crate::tally::Tally;
use crate::workspace::Workspace;

/// Runs all tests even if some fail, and closes with their sum.
pub(crate) fn test(workspace: &Workspace, filter: Option<&str>) -> Result<()> {
    build::build(workspace)?;
    let left_out = browser::prepare(workspace)?;
    let (mut tally, passed) = cargo_test(workspace, filter, &left_out)?;
    tally.skipped += skipped(workspace, &left_out)?;
    // A filter looks for one test; the other hosts take longer than that.
    if filter.is_none() {
        tally.add(dashboard::test(workspace)?);
        tally.add(hosts::run_all(workspace)?);
    }
    println!("\ntotal: {} passed, {} failed, {} skipped", tally.passed, tally.failed, tally.skipped);
    if !passed || tally.failed > 0 {
        bail!("not all tests passed");
    }
    Ok(())
}

/// Cargo's tests, their output passed on as it comes, and whether all was well.
fn cargo_test(workspace: &Workspace, filter: Option<&str>, left_out: &LeftOut) -> Result<(Tally, bool)> {
    let mut cargo = workspace.cargo();
    cargo.args(["test", "--workspace", "--no-fail-fast"]).args(filter).arg("--");
    cargo.args(left_out.0.iter().flat_map(|(names, _)| ["--skip", names]));
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

/// How many tests were left out, with the reasons.
fn skipped(workspace: &Workspace, left_out: &LeftOut) -> Result<u64> {
    let mut count = 0;
    for (names, reason) in &left_out.0 {
        let mut cargo = workspace.cargo();
        cargo.args(["test", "--package", "component-tests", "--", "--list", names]);
        let listed = process::output(&mut cargo)?;
        let tests = listed.lines().filter(|line| line.starts_with(names) && line.ends_with(": test")).count();
        println!("tests {names} ... {tests} skipped: {reason}");
        count += u64::try_from(tests)?;
    }
    Ok(count)
}
