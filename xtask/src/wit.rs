//! The WIT that the worlds are written in is the one that the bindings were made from.
//!
//! | in `wit/deps` | is a copy from the crate |
//! |---|---|
//! | folders without a version in their name: WASI 0.2 | `wasip2` |
//! | `*@0.3.0.wit`: WASI 0.3 | `wasip3` |
//! | `spin-*`: Spin's own | `spin-sdk` |

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::process;
use crate::workspace::Workspace;

/// Fails with the names of what differs.
pub(crate) fn check(workspace: &Workspace) -> Result<()> {
    let crates = crates(workspace)?;
    let deps = workspace.root().join("wit/deps");
    let mut differ = Vec::new();
    for entry in fs::read_dir(&deps)? {
        let ours = entry?.path();
        let theirs = source(&crates, &ours)?;
        if text(&ours)? != text(&theirs)? {
            differ.push(format!("{} is not {}", workspace.shown(&ours), theirs.display()));
        }
    }
    if !differ.is_empty() {
        bail!(
            "the pinned WIT has drifted from the bindings; copy the crates' files over it:\n{}",
            differ.join("\n")
        );
    }
    Ok(())
}

/// Where a package's text comes from.
fn source(crates: &BTreeMap<String, PathBuf>, ours: &Path) -> Result<PathBuf> {
    let name = ours.file_name().and_then(|name| name.to_str()).context("a name that is text")?;
    let of = |name: &str| crates.get(name).with_context(|| format!("{name} is no dependency any more"));
    Ok(match name.strip_suffix(".wit") {
        None => of("wasip2")?.join("wit/deps").join(name),
        Some(spin) if name.starts_with("spin-") => of("spin-sdk")?.join("wit/deps").join(spin),
        Some(wasi) => {
            let package = wasi.split('@').next().unwrap_or(wasi);
            of("wasip3")?.join("wit/deps").join(package).with_extension("wit")
        }
    })
}

/// A file's text, or that of all files in a folder, in the order of their names.
fn text(path: &Path) -> Result<String> {
    let files = if path.is_dir() {
        let mut files: Vec<PathBuf> =
            fs::read_dir(path)?.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
        files.sort();
        files
    } else {
        vec![path.to_owned()]
    };
    let mut all = String::new();
    for file in files {
        all += &fs::read_to_string(&file).with_context(|| format!("could not read {}", file.display()))?;
    }
    Ok(all)
}

/// The folders of the crates that bindings come from, in the versions that the component crate asks for.
fn crates(workspace: &Workspace) -> Result<BTreeMap<String, PathBuf>> {
    let mut cargo = workspace.cargo();
    cargo.args(["metadata", "--format-version", "1", "--features", "marketing-automation/spin"]);
    let metadata: Value = serde_json::from_str(&process::output(&mut cargo)?)?;
    let packages = metadata["packages"].as_array().context("cargo lists no packages")?;
    let mut crates = BTreeMap::new();
    for package in packages {
        let (Some(name), Some(version), Some(manifest)) =
            (package["name"].as_str(), package["version"].as_str(), package["manifest_path"].as_str())
        else {
            continue;
        };
        // Wasmtime's own dependencies bring later ones of WASI 0.2.
        let wanted = match name {
            "wasip2" => version.ends_with("+wasi-0.2.4"),
            "wasip3" | "spin-sdk" => true,
            _ => false,
        };
        if let (true, Some(folder)) = (wanted, Path::new(manifest).parent()) {
            crates.insert(name.to_owned(), folder.to_owned());
        }
    }
    Ok(crates)
}
