//! `imports`: what a component asks of its host.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use marketing_automation_host::{Engine, EngineOptions, exports, imports};

use super::Outcome;

#[derive(Args)]
pub(crate) struct Imports {
    /// The component.
    #[arg(value_name = "FILE")]
    component: PathBuf,
    /// Print what it exports, too.
    #[arg(long)]
    exports: bool,
}

impl Imports {
    pub(crate) fn run(self) -> Outcome {
        let engine = Engine::new(EngineOptions { pooling: false, ..EngineOptions::default() })?;
        let component = engine.load(&self.component)?;
        let prefix = if self.exports { "import " } else { "" };
        for name in imports(&component) {
            println!("{prefix}{name}");
        }
        if self.exports {
            for name in exports(&component) {
                println!("export {name}");
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}
