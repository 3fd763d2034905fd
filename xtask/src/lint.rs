//! `cargo xtask lint`: what CI asks of every change before it runs a test.

use anyhow::Result;

use crate::components::{COMPONENTS, PACKAGE};
use crate::dashboard;
use crate::links;
use crate::process;
use crate::wasm::{TARGET, Toolchain};
use crate::wit;
use crate::workspace::Workspace;

/// Formatting, links and the dashboard first: they take no build of Rust.
pub(crate) fn lint(workspace: &Workspace) -> Result<()> {
    process::run(workspace.cargo().args(["fmt", "--all", "--check"]))?;
    links::check(workspace)?;
    dashboard::check(workspace)?;
    wit::check(workspace)?;

    let mut clippy = workspace.cargo();
    clippy.args(["clippy", "--workspace", "--all-targets", "--", "--deny", "warnings"]);
    process::run(&mut clippy)?;

    // The shells exist on the components' target only, and each world is a look of its own at the package.
    let toolchain = Toolchain::ensure(workspace)?;
    for component in &COMPONENTS {
        let mut clippy = toolchain.clippy(workspace)?;
        clippy.args([
            "--package",
            PACKAGE,
            "--lib",
            "--no-default-features",
            "--features",
            component.feature,
        ]);
        clippy.arg("--target-dir").arg(workspace.target().join("wasm/lint"));
        toolchain.apply(&mut clippy);
        clippy.args(["--", "--deny", "warnings"]);
        eprintln!("clippy of the {} world on {TARGET}", component.name);
        process::run(&mut clippy)?;
    }
    Ok(())
}
