//! The subcommands, one file each.

mod account;
mod call;
mod doctor;
mod imports;
mod serve;

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser};
use marketing_automation_host::{AllowList, Cache, Component, Egress, Engine, EngineOptions, Log};

/// What a subcommand ends with: a code, or an error for the terminal.
type Outcome = Result<ExitCode, Box<dyn Error>>;

/// Runs the marketing-automation components.
#[derive(Parser)]
#[command(version, about)]
pub(crate) enum Command {
    /// Serve a service component over HTTP.
    Serve(serve::Serve),
    /// Call a function of a provider component, and print its answer as JSON.
    Call(call::Call),
    /// Print what a component imports, one interface a line.
    Imports(imports::Imports),
    /// Check against a real account, with reads only, what is assumed about CleverTap.
    Doctor(doctor::Doctor),
}

/// What every subcommand that runs a component takes.
#[derive(Args)]
struct Runtime {
    /// Host that the component may reach: scheme://host[:port], *.suffix or *; may be repeated.
    #[arg(long = "allow-host", value_name = "HOST")]
    allow_hosts: Vec<String>,
    /// Where compiled components are kept [default: the user's cache directory].
    #[arg(long, value_name = "DIR")]
    cache_dir: Option<PathBuf>,
    /// Memory that an instance may use, in MiB.
    #[arg(long, value_name = "MIB", default_value_t = 128)]
    memory_mb: usize,
}

impl Runtime {
    fn load(&self, component: &PathBuf) -> Result<(Engine, Component), Box<dyn Error>> {
        let mut options = EngineOptions::default();
        if let Some(dir) = &self.cache_dir {
            options.cache = Some(Cache::at(dir));
        }
        options.max_memory_bytes = options.max_memory_bytes.max(self.memory_bytes());
        let engine = Engine::new(options)?;
        let component = engine.load(component)?;
        Ok((engine, component))
    }

    fn memory_bytes(&self) -> usize {
        self.memory_mb << 20
    }

    /// The allowed hosts, and those that are allowed without being named.
    fn egress(&self, also: impl IntoIterator<Item = String>, log: Log) -> Result<Egress, Box<dyn Error>> {
        let allow = AllowList::parse(self.allow_hosts.iter().cloned().chain(also))?;
        Ok(Egress::network(allow).with_log(log))
    }
}
