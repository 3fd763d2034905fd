//! The dashboard's sources (`src/service/dashboard/web`): typed, tested, and still what its committed bundle is
//! made of.
//!
//! All of it happens in a copy below `target/`, so that the checkout stays as it is. Where npm or its registry
//! cannot be had, it is left out, and said so: a build of the components needs neither.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::process;
use crate::tally::Tally;
use crate::workspace::Workspace;

const SOURCES: &str = "src/service/dashboard";
/// What npm keeps in the copy.
const MODULES: &str = "node_modules";

/// Types, and whether the bundle is what the sources make and small enough.
pub(crate) fn check(workspace: &Workspace) -> Result<()> {
    let web = match prepare(workspace) {
        Ok(web) => web,
        Err(error) => {
            eprintln!("the dashboard's sources are not checked: {error:#}");
            return Ok(());
        }
    };
    process::run(npm(&web).args(["run", "--silent", "check"]))?;
    process::run(npm(&web).args(["run", "--silent", "build", "--", "--check"]))
}

/// The tests of its modules.
pub(crate) fn test(workspace: &Workspace) -> Result<Tally> {
    let web = match prepare(workspace) {
        Ok(web) => web,
        Err(error) => {
            println!("dashboard ... skipped: {error:#}");
            return Ok(Tally { skipped: 1, ..Tally::default() });
        }
    };
    println!("\nrunning the tests of the dashboard's modules");
    let mut node = Command::new("node");
    node.args(["--test", "--test-reporter", "tap"]).current_dir(web).stdin(Stdio::null());
    let output = node.stderr(Stdio::inherit()).output().context("could not start node")?;
    let told = String::from_utf8_lossy(&output.stdout);
    let tally = read(&told).context("node printed no counts of its tests")?;
    if tally.failed > 0 || !output.status.success() {
        println!("{told}");
    }
    println!("{} passed, {} failed, {} skipped", tally.passed, tally.failed, tally.skipped);
    if tally.failed == 0 && !output.status.success() {
        bail!("node --test failed ({})", output.status);
    }
    Ok(tally)
}

/// The counts of closing lines such as `# pass 33`.
fn read(told: &str) -> Option<Tally> {
    let count = |what: &str| told.lines().rev().find_map(|line| line.strip_prefix(what)?.trim().parse().ok());
    Some(Tally { passed: count("# pass ")?, failed: count("# fail ")?, skipped: count("# skipped ")? })
}

/// A copy of the sources and the bundle, with what `package-lock.json` lists installed.
fn prepare(workspace: &Workspace) -> Result<PathBuf> {
    let from = workspace.root().join(SOURCES);
    let to = workspace.target().join("dashboard");
    let web = to.join("web");
    for part in ["dist", "web/src", "web/test"] {
        if to.join(part).exists() {
            fs::remove_dir_all(to.join(part))?;
        }
    }
    copy(&from, &to)?;
    let wanted = fs::read(web.join("package-lock.json"))?;
    let installed = to.join("installed");
    if web.join(MODULES).exists() && fs::read(&installed).is_ok_and(|installed| installed == wanted) {
        return Ok(web);
    }
    if !process::exists("npm") {
        bail!("there is no npm here");
    }
    process::run(npm(&web).args([
        "ci",
        "--ignore-scripts",
        "--no-audit",
        "--no-fund",
        "--loglevel",
        "error",
    ]))?;
    fs::write(installed, wanted).context("could not note what was installed")?;
    Ok(web)
}

fn npm(web: &Path) -> Command {
    let mut npm = Command::new("npm");
    npm.current_dir(web).stdin(Stdio::null());
    npm
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from).with_context(|| format!("there is no {}", from.display()))? {
        let entry = entry?;
        let to = to.join(entry.file_name());
        if entry.file_name() == MODULES {
            continue;
        }
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &to)?;
        } else {
            fs::copy(entry.path(), to)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_closing_lines_are_counted() {
        let told = "ok 1 - a\n  # pass 7\n1..3\n# tests 3\n# pass 2\n# fail 1\n# cancelled 0\n# skipped 0\n";
        assert_eq!(read(told), Some(Tally { passed: 2, failed: 1, skipped: 0 }));
        assert_eq!(read("no counts"), None);
    }
}
