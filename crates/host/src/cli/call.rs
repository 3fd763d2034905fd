//! `call`: one function of a provider component.

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use marketing_automation_host::{CallError, Limits, Log, LogFormat, Provider, ProviderOptions};
use serde_json::Value;

use super::account::{self, Account};
use super::{Outcome, Runtime};

/// What the process ends with when the function returned its error.
const FAULT: u8 = 2;

#[derive(Args)]
pub(crate) struct Call {
    /// The provider component.
    #[arg(long, value_name = "FILE", default_value = "target/components/provider.wasm")]
    component: PathBuf,
    /// Seconds that the call may take.
    #[arg(long, value_name = "SECONDS", default_value_t = 120)]
    timeout: u64,
    /// The function, such as campaigns.list; without one, all are listed.
    #[arg(value_name = "INTERFACE.FUNCTION")]
    function: Option<String>,
    /// Its arguments as JSON, without the account; those left out at the end are nothing.
    #[arg(value_name = "JSON")]
    args: Vec<String>,
    #[command(flatten)]
    account: Account,
    #[command(flatten)]
    runtime: Runtime,
}

impl Call {
    pub(crate) async fn run(self) -> Outcome {
        let connection = self.account.connection()?;
        let hosts = connection.as_ref().map(account::hosts).unwrap_or_default();
        let (engine, component) = self.runtime.load(&self.component)?;
        let egress = self.runtime.egress(hosts, Log::stderr(LogFormat::Text))?;
        let limits = Limits {
            memory_bytes: self.runtime.memory_bytes(),
            request_timeout: Duration::from_secs(self.timeout),
            ..Limits::default()
        };
        let provider = Provider::new(&engine, &component, ProviderOptions { egress, limits })?;

        let Some(function) = &self.function else {
            for (interface, functions) in provider.functions() {
                functions.iter().for_each(|function| println!("{interface}.{function}"));
            }
            return Ok(ExitCode::SUCCESS);
        };
        let (interface, function) =
            function.split_once('.').ok_or("write INTERFACE.FUNCTION, such as campaigns.list")?;
        let args = self.args.iter().enumerate().map(argument).collect::<Result<Vec<_>, _>>()?;
        let result = match &connection {
            Some(connection) => match provider.open(connection).await {
                Ok(mut session) => session.call(interface, function, &args).await,
                Err(error) => Err(error),
            },
            None => provider.call(interface, function, &args).await,
        };
        match result {
            Ok(value) => {
                println!("{value:#}");
                Ok(ExitCode::SUCCESS)
            }
            Err(CallError::Fault(fault)) => {
                println!("{:#}", serde_json::json!({ "err": fault }));
                Ok(ExitCode::from(FAULT))
            }
            Err(error) => Err(error.into()),
        }
    }
}

fn argument((at, text): (usize, &String)) -> Result<Value, Box<dyn Error>> {
    serde_json::from_str(text).map_err(|error| format!("argument {} is not JSON: {error}", at + 1).into())
}
