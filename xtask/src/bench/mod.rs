//! `cargo xtask bench`: what is measured, beside what it may cost.
//!
//! A table for people and `target/bench.json` for machines, both from one list of rows. A row is there only
//! if it was measured in this run; a budget without its measurement is not printed as if it were met. What
//! runs is measured by the package `bench`, against the components of `bench/baselines/`.

mod baselines;
mod row;
mod table;

use std::fs;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use self::row::{Bound, Row};
use crate::build::{self, Built};
use crate::process;
use crate::workspace::Workspace;

/// Measures and tells. Over budget is said, and no error: the tests are not where speed is judged.
pub(crate) fn bench(workspace: &Workspace, only: Option<&str>) -> Result<()> {
    let baselines = baselines::build(workspace)?;
    let built = build::build(workspace)?;
    let mut rows: Vec<Row> = built.iter().map(size).collect();
    let mut cargo = workspace.cargo();
    cargo.args(["run", "--release", "--package", "bench", "--"]).arg(workspace.components()).arg(baselines);
    cargo.arg(workspace.target().join("component-cache")).args(only);
    eprintln!("$ cargo run --release --package bench");
    rows.extend(Row::read_all(&process::output(&mut cargo)?)?);

    let machine = machine();
    print!("\n{}\n{machine}\n", table::markdown(&rows));
    let path = workspace.target().join("bench.json");
    let rows: Vec<Value> = rows.iter().map(Row::json).collect();
    fs::write(&path, format!("{:#}\n", json!({ "machine": machine, "rows": rows })))
        .with_context(|| format!("could not write {}", path.display()))?;
    println!("\nwritten to {}", workspace.shown(&path));
    Ok(())
}

fn size(built: &Built) -> Row {
    Row::new(format!("{}.wasm", built.component.name), built.bytes as f64, "bytes")
        .bound(Bound::AtMost(built.component.budget as f64))
}

/// What all of it ran on, in words.
fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let named = info.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
    let processor = named.map_or("processor unknown", |(_, name)| name.trim());
    format!("measured on {} {}, {cores} cores: {processor}", std::env::consts::OS, std::env::consts::ARCH)
}
