//! The components that ours are measured against, made as ours are: same target, same profile, same encoder.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};
use wit_component::ComponentEncoder;

use crate::process;
use crate::wasm::{TARGET, Toolchain};
use crate::workspace::Workspace;

/// The examples of `bench/baselines/`.
const NAMES: [&str; 3] = ["empty", "forward", "canned"];

/// Builds them and tells the folder that they are in.
pub(super) fn build(workspace: &Workspace) -> Result<PathBuf> {
    let toolchain = Toolchain::ensure(workspace)?;
    let folder = workspace.target().join("wasm").join("baselines");
    let mut cargo = workspace.cargo();
    cargo.args(["build", "--release", "--examples", "--locked", "--manifest-path"]);
    cargo.arg(workspace.root().join("bench/baselines/Cargo.toml"));
    cargo.arg("--target-dir").arg(&folder);
    toolchain.apply(&mut cargo);
    process::run(&mut cargo).context("the baselines were not built")?;

    let modules = folder.join(TARGET).join("release/examples");
    let components = folder.join("components");
    fs::create_dir_all(&components)?;
    for name in NAMES {
        let module = modules.join(name).with_extension("wasm");
        let module =
            fs::read(&module).with_context(|| format!("cargo left no {}", workspace.shown(&module)))?;
        let component = ComponentEncoder::default()
            .validate(true)
            .module(&module)
            .and_then(|encoder| encoder.encode())
            .with_context(|| format!("the baseline {name} is no component"))?;
        fs::write(components.join(name).with_extension("wasm"), component)?;
    }
    Ok(components)
}
