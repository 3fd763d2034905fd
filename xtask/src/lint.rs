//! `cargo xtask lint`: what CI asks of every change before it runs a test.

use anyhow::Result;

use crate::components::{COMPONENTS, PACKAGE};
use crate::process;
use crate::workspace::Workspace;

pub(crate) fn lint(workspace: &Workspace) -> Result<()> {
    process::run(workspace.cargo().args(["fmt", "--all", "--check"]))?;
    clippy(workspace, &["--workspace", "--all-targets"])?;
    // The worlds exclude each other, so each is a look of its own at the same package.
    for component in &COMPONENTS {
        clippy(
            workspace,
            &["--package", PACKAGE, "--lib", "--no-default-features", "--features", component.feature],
        )?;
    }
    Ok(())
}

fn clippy(workspace: &Workspace, what: &[&str]) -> Result<()> {
    process::run(workspace.cargo().arg("clippy").args(what).args(["--", "--deny", "warnings"]))
}
