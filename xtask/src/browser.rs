//! What the tests of pages need: Chromium and its driver, and tools from npm.
//!
//! | for | tests | without it |
//! |---|---|---|
//! | Chromium, `chromedriver` | `browser::…` | they fail and say what to install; `MARKETING_AUTOMATION_BROWSER=skip` leaves them out |
//! | axe-core | `browser::axe::…` | left out |
//! | TypeScript | `typescript::…` | left out |
//!
//! What is left out is counted as skipped.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result};

use crate::apt;
use crate::process;
use crate::workspace::Workspace;

const PACKAGES: [&str; 2] = ["chromium", "chromium-driver"];
const BROWSERS: [&str; 4] = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];
const DRIVER: &str = "chromedriver";
const SETTING: &str = "MARKETING_AUTOMATION_BROWSER";

/// Tests that are left out, by how their names begin, each with the reason.
pub(crate) struct LeftOut(pub(crate) Vec<(&'static str, String)>);

/// Makes sure of what can be made sure of.
pub(crate) fn prepare(workspace: &Workspace) -> Result<LeftOut> {
    let mut left_out = Vec::new();
    let skip = std::env::var(SETTING).is_ok_and(|setting| setting == "skip");
    if skip {
        left_out.push(("browser::", format!("{SETTING}=skip")));
    } else if !is_there()
        && let Err(error) = apt::install(&PACKAGES)
    {
        // The tests themselves fail for the want of it.
        eprintln!("no Chromium for the browser tests: {error:#}");
    }
    if let Err(error) = npm_tools(workspace) {
        let reason = format!("npm did not bring tests/web/package.json: {error:#}");
        if !skip {
            left_out.push(("browser::axe::", reason.clone()));
        }
        left_out.push(("typescript::", reason));
    }
    Ok(LeftOut(left_out))
}

fn is_there() -> bool {
    process::exists(DRIVER) && BROWSERS.into_iter().any(process::exists)
}

/// Installs what `tests/web/package.json` lists beside a copy of it, so that the checkout stays as it is; once for
/// each change of it.
fn npm_tools(workspace: &Workspace) -> Result<()> {
    let wanted = fs::read(workspace.root().join("tests/web/package.json"))?;
    let folder = workspace.target().join("web");
    let installed = folder.join("installed");
    if fs::read(&installed).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    fs::create_dir_all(&folder)?;
    fs::write(folder.join("package.json"), &wanted)?;
    npm_install(&folder)?;
    fs::write(installed, wanted).context("could not note what was installed")
}

fn npm_install(folder: &Path) -> Result<()> {
    let mut npm = Command::new("npm");
    npm.args([
        "install",
        "--no-package-lock",
        "--no-audit",
        "--no-fund",
        "--ignore-scripts",
        "--loglevel",
        "error",
    ]);
    process::run(npm.current_dir(folder).stdin(Stdio::null()))
}
