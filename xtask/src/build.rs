//! `cargo xtask build`: the package as core modules, the modules as components.

use std::fs;
use std::path::PathBuf;
use std::thread;

use anyhow::{Context, Result, anyhow, bail};
use wit_component::{ComponentEncoder, DecodedWasm};

use crate::components::{COMPONENTS, Component, PACKAGE};
use crate::process;
use crate::wasm::{TARGET, Toolchain};
use crate::workspace::Workspace;

/// A component in `target/components/`, and what it wants of a host.
pub(crate) struct Built {
    pub(crate) component: &'static Component,
    pub(crate) path: PathBuf,
    pub(crate) bytes: u64,
    pub(crate) imports: Vec<String>,
    pub(crate) exports: Vec<String>,
}

/// Builds all of them and tells their sizes and imports.
pub(crate) fn build(workspace: &Workspace) -> Result<Vec<Built>> {
    let toolchain = Toolchain::ensure(workspace)?;
    let mut all = Vec::new();
    for (component, module) in COMPONENTS.iter().zip(modules(workspace, &toolchain)) {
        all.push(componentize(workspace, component, &module?)?);
    }
    for built in &all {
        report(workspace, built);
    }
    Ok(all)
}

/// The core modules, side by side: most of the time of each goes into one unit, which keeps one core busy.
fn modules(workspace: &Workspace, toolchain: &Toolchain) -> Vec<Result<PathBuf>> {
    thread::scope(|scope| {
        let builds: Vec<_> = COMPONENTS
            .iter()
            .map(|component| scope.spawn(move || module(workspace, toolchain, component)))
            .collect();
        let over = |build: thread::ScopedJoinHandle<'_, Result<PathBuf>>| {
            build.join().unwrap_or_else(|_| Err(anyhow!("the build of a component panicked")))
        };
        builds.into_iter().map(over).collect()
    })
}

/// The core module. Each component has a target folder of its own: cargo gives a `cdylib` one file name
/// whatever its features, so that in a shared folder a build that is up to date could leave another's file.
fn module(workspace: &Workspace, toolchain: &Toolchain, component: &Component) -> Result<PathBuf> {
    let folder = workspace.target().join("wasm").join(component.name);
    let mut cargo = workspace.cargo();
    cargo.args(["build", "--package", PACKAGE, "--lib", "--profile", component.profile]);
    cargo.args(["--no-default-features", "--features", component.feature]);
    cargo.arg("--target-dir").arg(&folder);
    toolchain.apply(&mut cargo);
    process::run(&mut cargo).with_context(|| format!("{}.wasm was not built", component.name))?;
    Ok(folder.join(TARGET).join(component.profile).join(PACKAGE.replace('-', "_")).with_extension("wasm"))
}

/// The component. Encoding costs too little to skip; the file is written only if it changes, so that what was
/// compiled from it stays valid.
fn componentize(workspace: &Workspace, component: &'static Component, module: &PathBuf) -> Result<Built> {
    let name = component.name;
    let module = fs::read(module).with_context(|| format!("cargo left no {}", workspace.shown(module)))?;
    let bytes = ComponentEncoder::default()
        .validate(true)
        .module(&module)
        .and_then(|encoder| encoder.encode())
        .with_context(|| {
            format!("{name}.wasm is no component: does the feature `{}` export its world?", component.feature)
        })?;
    let (imports, exports) = interfaces(&bytes)?;
    let path = workspace.components().join(name).with_extension("wasm");
    fs::create_dir_all(workspace.components())?;
    if fs::read(&path).is_ok_and(|written| written == bytes) {
        eprintln!("{} is up to date", workspace.shown(&path));
    } else {
        fs::write(&path, &bytes).with_context(|| format!("could not write {}", path.display()))?;
    }
    Ok(Built { component, path, bytes: bytes.len() as u64, imports, exports })
}

/// The names of what a component imports and exports.
fn interfaces(component: &[u8]) -> Result<(Vec<String>, Vec<String>)> {
    let DecodedWasm::Component(resolve, world) = wit_component::decode(component)? else {
        bail!("the encoder made a WIT package where a component was due");
    };
    let world = &resolve.worlds[world];
    let names = |keys: &mut dyn Iterator<Item = _>| keys.map(|key| resolve.name_world_key(key)).collect();
    Ok((names(&mut world.imports.keys()), names(&mut world.exports.keys())))
}

fn report(workspace: &Workspace, built: &Built) {
    let Built { component, path, bytes, imports, exports } = built;
    let verdict = if *bytes > component.budget { "OVER the budget of" } else { "of at most" };
    println!("{}: {bytes} bytes, {verdict} {}", workspace.shown(path), component.budget);
    for (what, names) in [("imports", imports), ("exports", exports)] {
        for name in names {
            println!("  {what} {name}");
        }
    }
}
