//! The distribution's own Rust compiler, which comes with the source of its standard library.
//!
//! Debian keeps a recent Rust for its browsers (`rustc-web`, `rust-web-src`; in bookworm from the security
//! archive). The two packages always have one version, so the source fits the compiler.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::apt;
use crate::process;
use crate::workspace::Workspace;

pub(super) const PACKAGES: [&str; 2] = ["rustc-web", "rust-web-src"];

const RUSTC: &str = "/usr/bin/rustc";

/// Its clippy, as cargo's subcommand.
const CLIPPY: &str = "/usr/bin/cargo-clippy";
const CLIPPY_PACKAGE: &str = "rust-web-clippy";

/// A compiler whose standard library can be built.
pub(super) struct Compiler {
    /// `rustc --version --verbose`: what a built library is good for.
    pub(super) version: String,
}

impl Compiler {
    /// Finds it; installs it as root; says what is missing otherwise.
    pub(super) fn ensure() -> Result<Self> {
        if let Some(found) = Self::find()? {
            return Ok(found);
        }
        eprintln!(
            "Debian's {} (about 700 MB on disk) are a Rust compiler, {RUSTC}, and the source of its standard library, \
             to compile for {}",
            PACKAGES.join(" and "),
            super::TARGET
        );
        apt::install(&PACKAGES)?;
        Self::find()?.with_context(|| {
            format!(
                "after installing {} there is still no {RUSTC} of Rust {} or later with its source; \
                 `apt-cache policy rustc-web` tells which version this machine's archives have (bookworm has it \
                 in its security archive)",
                PACKAGES.join(" and "),
                env!("CARGO_PKG_RUST_VERSION"),
            )
        })
    }

    /// The installed one, if it is new enough and its source lies beside it.
    pub(super) fn find() -> Result<Option<Self>> {
        if !Path::new(RUSTC).exists() {
            return Ok(None);
        }
        let version = process::output(Self::command().arg("-vV"))?;
        let sysroot = PathBuf::from(process::output(Self::command().args(["--print", "sysroot"]))?);
        let has_source = sysroot.join("lib/rustlib/src/rust/library/std/Cargo.toml").exists();
        Ok((has_source && is_new_enough(&version)).then_some(Self { version }))
    }

    pub(super) fn path(&self) -> &'static str {
        RUSTC
    }

    fn command() -> Command {
        let mut command = Command::new(RUSTC);
        // `cargo run` points it at another compiler's libraries.
        command.env_remove("LD_LIBRARY_PATH");
        command
    }
}

/// The clippy that belongs to the compiler.
pub(super) fn clippy(workspace: &Workspace) -> Result<Command> {
    if !Path::new(CLIPPY).exists() {
        apt::install(&[CLIPPY_PACKAGE])?;
    }
    let mut clippy = Command::new(CLIPPY);
    clippy.current_dir(workspace.root());
    Ok(clippy)
}

/// Whether `release: 1.96.0` is at least the workspace's `rust-version`.
fn is_new_enough(version: &str) -> bool {
    let release = version.lines().find_map(|line| line.strip_prefix("release: ")).unwrap_or_default();
    numbers(release) >= numbers(env!("CARGO_PKG_RUST_VERSION"))
}

fn numbers(version: &str) -> (u32, u32) {
    let mut parts = version.split(['.', '-']).map(|part| part.parse().unwrap_or(0));
    (parts.next().unwrap_or(0), parts.next().unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_compare_by_number() {
        assert!(is_new_enough(
            "rustc 1.96.0 (built from a source tarball)\nrelease: 1.96.0\nLLVM version: 22.1.8"
        ));
        assert!(is_new_enough("release: 1.100.0-nightly"));
        assert!(!is_new_enough("release: 1.85.0"));
        assert!(!is_new_enough("release: 1.9.0"));
        assert!(!is_new_enough("nothing of the kind"));
    }
}
