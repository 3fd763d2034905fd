//! The project's own programs, built by cargo and found where it put them.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::workspace::Workspace;

/// The native host: package and program.
pub(crate) const HOST: &str = "marketing-automation-host";
/// The CleverTap emulator: package and program.
pub(crate) const SANDBOX: &str = "clevertap-sandbox";

/// Programs by name.
pub(crate) struct Binaries(BTreeMap<String, PathBuf>);

impl Binaries {
    /// Builds the programs of these packages, in the profile that the tests use.
    pub(crate) fn build(workspace: &Workspace, packages: &[&str]) -> Result<Self> {
        let mut cargo = workspace.cargo();
        cargo.args(["build", "--bins", "--message-format", "json-render-diagnostics"]);
        for package in packages {
            cargo.args(["--package", package]);
        }
        eprintln!("$ cargo build --bins --package {}", packages.join(" --package "));
        let output =
            cargo.stdin(Stdio::null()).stderr(Stdio::inherit()).output().context("could not start cargo")?;
        if !output.status.success() {
            bail!("the programs of {} were not built", packages.join(" and "));
        }
        let text = String::from_utf8_lossy(&output.stdout);
        Ok(Self(text.lines().filter_map(executable).collect()))
    }

    pub(crate) fn command(&self, name: &str) -> Result<Command> {
        let path = self.0.get(name).with_context(|| format!("cargo built no program `{name}`"))?;
        Ok(Command::new(path))
    }
}

/// Name and path, if this line of cargo's tells of a program.
fn executable(line: &str) -> Option<(String, PathBuf)> {
    let message: Value = serde_json::from_str(line).ok()?;
    let path = message.get("executable")?.as_str()?;
    let name = message.get("target")?.get("name")?.as_str()?;
    Some((name.to_owned(), PathBuf::from(path)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_read_from_cargos_messages() {
        let artifact =
            r#"{"reason":"compiler-artifact","target":{"name":"host"},"executable":"/t/debug/host"}"#;
        let library = r#"{"reason":"compiler-artifact","target":{"name":"lib"},"executable":null}"#;
        assert_eq!(executable(artifact), Some(("host".to_owned(), PathBuf::from("/t/debug/host"))));
        assert_eq!(executable(library), None);
        assert_eq!(executable("Compiling"), None);
    }
}
