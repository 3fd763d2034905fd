//! Debian's packages, for what cargo cannot bring.

use std::process::{Command, Stdio};

use anyhow::{Result, bail};

use crate::process;

/// Installs packages, and says so before; as root only.
pub(crate) fn install(packages: &[&str]) -> Result<()> {
    let names = packages.join(" ");
    if !process::exists("apt-get") {
        bail!("there is no apt-get to install {names} with");
    }
    if !is_root() {
        bail!(
            "{names} not installed, and this is not root; run `sudo apt-get update && sudo apt-get install \
             --no-install-recommends {names}`, then this again"
        );
    }
    eprintln!("installing with apt-get: {names}");
    process::run(apt_get().arg("update"))?;
    process::run(apt_get().args(["install", "--yes", "--no-install-recommends"]).args(packages))
}

fn apt_get() -> Command {
    let mut command = Command::new("apt-get");
    command.args(["--quiet=2", "-o", "Dpkg::Use-Pty=0"]);
    command.env("DEBIAN_FRONTEND", "noninteractive").stdin(Stdio::null());
    command
}

#[cfg(unix)]
fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

#[cfg(not(unix))]
fn is_root() -> bool {
    false
}
