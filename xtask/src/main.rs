//! The project's commands: `cargo xtask build | serve | test | lint | bench | fuzz | zones`.
//!
//! Everything that a newcomer or CI runs is here, in Rust, so that it is the same on every machine. The
//! shell knows one line, `cargo xtask …`, and `.ci/run` knows two.

mod apt;
mod bench;
mod binaries;
mod browser;
mod build;
mod calendar;
mod components;
mod dashboard;
mod fuzz;
mod hosts;
mod links;
mod lint;
mod process;
mod sandbox;
mod serve;
mod servers;
mod tally;
mod test;
mod wasm;
mod wit;
mod workspace;
mod zones;

use std::process::ExitCode;

use anyhow::{Context, Result, bail};

use crate::workspace::Workspace;

const USAGE: &str = "\
usage: cargo xtask <command>

  build                      the components, into target/components/
  serve [--listen ADDR] [--component service|service-spin]
                             build, then serve on loopback: the CleverTap sandbox behind the service, or the
                             accounts of MARKETING_AUTOMATION_ACCOUNTS; service-spin keeps linked accounts in
                             target/serve/key-value.redb
  test  [--filter TEXT]      build, then all tests; without a filter, also examples/hosts/ and examples/warehouse/
  lint                       formatting, links of the documentation, pinned WIT and clippy, warnings denied
  bench [--only NAME]        sizes and speeds against the budgets, as a table and as target/bench.json; one of
                             instantiate, custom, list, streams, audiences, walks
  fuzz  [--seconds N]        the fuzz targets, 60 seconds each unless told
  zones                      src/clevertap/zones.txt, anew from this machine's time zone database

environment:
  MARKETING_AUTOMATION_BROWSER
                             skip: leaves out the tests that need Chromium
  WASM_TARGET_FROM           installed | rustup | debian: the one way to come by wasm32-unknown-unknown
                             (without it: whatever works, in this order)";

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let command = arguments.next().unwrap_or_default();
    let mut rest = Options::new(arguments);
    let workspace = Workspace::find()?;
    match command.as_str() {
        "build" => {
            rest.finish()?;
            build::build(&workspace).map(drop)
        }
        "serve" => {
            let listen = rest.value("--listen")?;
            let component = rest.value("--component")?;
            rest.finish()?;
            serve::serve(&workspace, listen.as_deref(), component.as_deref().unwrap_or(serve::SERVICE))
        }
        "test" => {
            let filter = rest.value("--filter")?;
            rest.finish()?;
            test::test(&workspace, filter.as_deref())
        }
        "lint" => {
            rest.finish()?;
            lint::lint(&workspace)
        }
        "bench" => {
            let only = rest.value("--only")?;
            rest.finish()?;
            bench::bench(&workspace, only.as_deref())
        }
        "fuzz" => {
            let seconds = rest.value("--seconds")?;
            rest.finish()?;
            let seconds = seconds.as_deref().unwrap_or("60").parse().context("--seconds wants a number")?;
            fuzz::fuzz(&workspace, seconds)
        }
        "zones" => {
            rest.finish()?;
            zones::zones(&workspace)
        }
        "" | "help" | "-h" | "--help" => {
            println!("{USAGE}");
            Ok(())
        }
        unknown => bail!("there is no command `{unknown}`\n\n{USAGE}"),
    }
}

/// What follows the command. Few enough options that a parser crate would be the larger part.
struct Options(Vec<String>);

impl Options {
    fn new(arguments: impl Iterator<Item = String>) -> Self {
        Self(arguments.collect())
    }

    /// The value of `--name VALUE` or `--name=VALUE`, taken out of the list.
    fn value(&mut self, name: &str) -> Result<Option<String>> {
        let inline = format!("{name}=");
        let Some(at) = self.0.iter().position(|given| given == name || given.starts_with(&inline)) else {
            return Ok(None);
        };
        let given = self.0.remove(at);
        if let Some(value) = given.strip_prefix(&inline) {
            return Ok(Some(value.to_owned()));
        }
        if at == self.0.len() {
            bail!("{name} wants a value\n\n{USAGE}");
        }
        Ok(Some(self.0.remove(at)))
    }

    fn finish(self) -> Result<()> {
        match self.0.first() {
            Some(unknown) => bail!("`{unknown}` is not known here\n\n{USAGE}"),
            None => Ok(()),
        }
    }
}
