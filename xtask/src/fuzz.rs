//! `cargo xtask fuzz`: the fuzz targets, for a while each.
//!
//! libFuzzer wants the code instrumented for coverage. Those are flags of the code generator that stable compilers
//! take, too; no nightly toolchain, no cargo-fuzz, but a C++ compiler, as libFuzzer itself is C++.

use std::process::Command;

use anyhow::{Context, Result};

use crate::process;
use crate::workspace::Workspace;

const TARGETS: [&str; 2] = ["records", "answers"];

/// What cargo-fuzz passes, but for the sanitizer.
const FLAGS: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
                     -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
                     -Cllvm-args=-sanitizer-coverage-trace-compares -Ccodegen-units=1 --cfg fuzzing";

/// Runs each target for so many seconds, on what it found before.
pub(crate) fn fuzz(workspace: &Workspace, seconds: u32) -> Result<()> {
    let version = process::output(Command::new("rustc").arg("-vV"))?;
    let host =
        version.lines().find_map(|line| line.strip_prefix("host: ")).context("rustc -vV names no host")?;
    let folder = workspace.target().join("fuzz");
    for target in TARGETS {
        let corpus = folder.join("corpus").join(target);
        std::fs::create_dir_all(&corpus).with_context(|| format!("could not make {}", corpus.display()))?;
        let mut command = workspace.cargo();
        command.args(["run", "--release", "--target", host, "--bin", target]);
        command.arg("--manifest-path").arg(workspace.root().join("fuzz/Cargo.toml"));
        // With a target of its own name, build scripts are not instrumented.
        command.arg("--target-dir").arg(&folder).env("RUSTFLAGS", FLAGS);
        command.arg("--").arg(format!("-max_total_time={seconds}")).arg("-timeout=10").arg(corpus);
        process::run(&mut command)?;
    }
    Ok(())
}
