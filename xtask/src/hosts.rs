//! Other people's hosts run the components: the scripts in `examples/hosts/`.
//!
//! A script is `examples/hosts/NAME/run.sh`. It gets its tool from a package registry, into the folder
//! `HOST_TOOLS`, and is told the rest by the environment: `COMPONENTS` (the folder with the `.wasm` files),
//! `SANDBOX` (the emulator's address) and the service's own `MARKETING_AUTOMATION_*`. It exits with 0 when
//! all went as it should, with 77 when its tool cannot be had here (the last line that it prints says why),
//! and with anything else on a failure.
//!
//! `examples/warehouse/run.sh`, which needs none of it, is run in the same way.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result};

use crate::binaries::{Binaries, SANDBOX};
use crate::sandbox::Sandbox;
use crate::tally::Tally;
use crate::workspace::Workspace;

/// As automake has it.
const SKIPPED: i32 = 77;

enum Outcome {
    Passed,
    Skipped(String),
    Failed(String),
}

/// Runs every script against one sandbox.
pub(crate) fn run_all(workspace: &Workspace) -> Result<Tally> {
    let scripts = scripts(workspace)?;
    let binaries = Binaries::build(workspace, &[SANDBOX])?;
    let sandbox = Sandbox::start(&binaries)?;
    println!("\nrunning {} scripts of examples", scripts.len());
    let mut tally = Tally::default();
    for script in scripts {
        let since = Instant::now();
        let outcome = run(workspace, &sandbox, &script)?;
        let seconds = since.elapsed().as_secs_f64();
        let name = workspace.shown(&script);
        match outcome {
            Outcome::Passed => {
                tally.passed += 1;
                println!("example {name} ... ok ({seconds:.1} s)");
            }
            Outcome::Skipped(reason) => {
                tally.skipped += 1;
                println!("example {name} ... skipped: {reason}");
            }
            Outcome::Failed(log) => {
                tally.failed += 1;
                println!("example {name} ... FAILED ({seconds:.1} s)\n{log}");
            }
        }
    }
    Ok(tally)
}

fn scripts(workspace: &Workspace) -> Result<Vec<PathBuf>> {
    let folder = workspace.root().join("examples/hosts");
    let mut scripts = Vec::new();
    for entry in fs::read_dir(&folder).with_context(|| format!("there is no {}", folder.display()))? {
        let script = entry?.path().join("run.sh");
        if script.exists() {
            scripts.push(script);
        }
    }
    scripts.push(workspace.root().join("examples/warehouse/run.sh"));
    scripts.sort();
    Ok(scripts)
}

fn run(workspace: &Workspace, sandbox: &Sandbox, script: &Path) -> Result<Outcome> {
    let folder = script.parent().context("a script without a folder")?;
    let name = folder.file_name().context("a folder without a name")?;
    let tools = workspace.target().join("hosts").join(name);
    fs::create_dir_all(&tools)?;
    let log = tools.with_extension("log");
    let output = File::create(&log)?;
    let status = Command::new("bash")
        .arg(script)
        .current_dir(folder)
        .env("COMPONENTS", workspace.components())
        .env("HOST_TOOLS", &tools)
        .env("SANDBOX", sandbox.url())
        .envs(sandbox.environment())
        .stdin(Stdio::null())
        .stdout(output.try_clone()?)
        .stderr(output)
        .status()
        .context("could not start bash, which the scripts in examples/hosts/ are written for")?;
    let log = String::from_utf8_lossy(&fs::read(&log)?).into_owned();
    Ok(match status.code() {
        Some(0) => Outcome::Passed,
        Some(SKIPPED) => Outcome::Skipped(log.lines().last().unwrap_or("no reason given").to_owned()),
        _ => Outcome::Failed(log),
    })
}
