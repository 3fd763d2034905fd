//! How this machine compiles for `wasm32-unknown-unknown`.
//!
//! Rust's WebAssembly target is a separate download that not every machine can make: some reach package
//! mirrors only. Three ways lead to it, tried in this order unless `WASM_TARGET_FROM` names one:
//!
//! | way | needs |
//! |---|---|
//! | `installed` | nothing: the compiler has the target, or [`sysroot`] made it earlier |
//! | `rustup` | rustup, and its download server |
//! | `debian` | apt, and root if the packages are not yet installed ([`debian`], [`sysroot`]) |

mod debian;
mod sysroot;

use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::process;
use crate::workspace::Workspace;

pub(crate) const TARGET: &str = "wasm32-unknown-unknown";

/// A way to the target that works here.
pub(crate) enum Toolchain {
    /// The compiler in use has it.
    Own,
    /// Another compiler and a standard library made for it, named by a cargo configuration file.
    Made { config: PathBuf },
}

impl Toolchain {
    /// Finds the target, or makes it. Says what it installs before it does.
    pub(crate) fn ensure(workspace: &Workspace) -> Result<Self> {
        let forced = std::env::var("WASM_TARGET_FROM").unwrap_or_default();
        match forced.as_str() {
            "" => Self::any(workspace),
            "installed" => installed(workspace)?.with_context(|| {
                format!(
                    "WASM_TARGET_FROM=installed, but the compiler has no {TARGET}; \
                     unset it, or run `rustup target add {TARGET}`"
                )
            }),
            "rustup" => rustup(),
            "debian" => debian(workspace),
            other => bail!("WASM_TARGET_FROM is `{other}`; it may be `installed`, `rustup` or `debian`"),
        }
    }

    fn any(workspace: &Workspace) -> Result<Self> {
        if let Some(found) = installed(workspace)? {
            return Ok(found);
        }
        let by_rustup = match rustup() {
            Ok(found) => return Ok(found),
            Err(error) => error,
        };
        eprintln!("rustup is no way here ({by_rustup:#}); trying the distribution's own compiler");
        debian(workspace).map_err(|by_debian| {
            anyhow::anyhow!(
                "no way to the compilation target {TARGET}:\n\
                 \x20 installed: the compiler in use does not have it\n\
                 \x20 rustup:    {by_rustup:#}\n\
                 \x20 debian:    {by_debian:#}\n\
                 next step: on a machine with rustup and the network, `rustup target add {TARGET}`; on Debian or \
                 Ubuntu, as root, `apt-get update && apt-get install --no-install-recommends {}`; then again",
                debian::PACKAGES.join(" ")
            )
        })
    }

    /// Makes a cargo command compile for the target.
    pub(crate) fn apply(&self, cargo: &mut Command) {
        cargo.args(["--target", TARGET]);
        // Each of these would silently replace what the configuration says.
        for variable in ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "CARGO_BUILD_TARGET"] {
            cargo.env_remove(variable);
        }
        if let Self::Made { config } = self {
            cargo.arg("--config").arg(config);
            // Likewise; and the library path of `cargo run` points at another compiler's libraries.
            for variable in ["RUSTC", "CARGO_BUILD_RUSTC", "LD_LIBRARY_PATH"] {
                cargo.env_remove(variable);
            }
        }
    }

    /// `cargo clippy` for the target: of the compiler that compiles for it, since no other reads its libraries.
    pub(crate) fn clippy(&self, workspace: &Workspace) -> Result<Command> {
        match self {
            Self::Own => {
                let mut cargo = workspace.cargo();
                cargo.arg("clippy");
                Ok(cargo)
            }
            Self::Made { .. } => {
                let mut clippy = debian::clippy(workspace)?;
                clippy.arg("clippy");
                Ok(clippy)
            }
        }
    }
}

fn installed(workspace: &Workspace) -> Result<Option<Toolchain>> {
    if compiler_has_target()? {
        return Ok(Some(Toolchain::Own));
    }
    Ok(sysroot::existing(workspace)?.map(|config| Toolchain::Made { config }))
}

/// Asks for the library itself: every compiler knows the target's name.
fn compiler_has_target() -> Result<bool> {
    let compiler = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let folder =
        process::output(Command::new(compiler).args(["--print", "target-libdir", "--target", TARGET]))?;
    let Ok(entries) = std::fs::read_dir(&folder) else {
        return Ok(false);
    };
    Ok(entries.flatten().any(|entry| {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        name.starts_with("libstd-") && name.ends_with(".rlib")
    }))
}

fn rustup() -> Result<Toolchain> {
    if !process::exists("rustup") {
        bail!("there is no rustup");
    }
    eprintln!("installing the compilation target {TARGET} with rustup, for the toolchain in use");
    let mut command = Command::new("rustup");
    process::run(command.args(["target", "add", TARGET]).stdin(Stdio::null()))?;
    if !compiler_has_target()? {
        bail!(
            "rustup added {TARGET}, but not to the compiler in use (`rustc --print sysroot` tells which one that is)"
        );
    }
    Ok(Toolchain::Own)
}

fn debian(workspace: &Workspace) -> Result<Toolchain> {
    let compiler = debian::Compiler::ensure()?;
    let config = sysroot::ensure(workspace, &compiler)?;
    Ok(Toolchain::Made { config })
}
