//! `doctor`: what is assumed about CleverTap, checked against a real account.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use marketing_automation_host::doctor::{self, Day, Finding, Verdict};
use marketing_automation_host::{Limits, Log, LogFormat, Provider, ProviderOptions};

use super::account::{self, Account};
use super::{Outcome, Runtime};

/// What the process ends with when an assumption does not hold.
const DIFFERS: u8 = 2;

/// CleverTap's reports are slow: a call may take longer than one that serves people.
const CALL_MS: u64 = 120_000;

#[derive(Args)]
pub(crate) struct Doctor {
    /// The provider component.
    #[arg(long, value_name = "FILE", default_value = "target/components/provider.wasm")]
    component: PathBuf,
    /// Print JSON instead of a table.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    account: Account,
    #[command(flatten)]
    runtime: Runtime,
}

impl Doctor {
    pub(crate) async fn run(self) -> Outcome {
        let mut connection = self
            .account
            .connection()?
            .ok_or("give the account with --account, or in MARKETING_AUTOMATION_ACCOUNT")?;
        if let Some(object) = connection.as_object_mut() {
            object.entry("limits").or_insert_with(|| serde_json::json!({"deadline-ms": CALL_MS}));
        }
        let (engine, component) = self.runtime.load(&self.component)?;
        let egress = self.runtime.egress(account::hosts(&connection), Log::stderr(LogFormat::Text))?;
        let limits = Limits {
            memory_bytes: self.runtime.memory_bytes(),
            request_timeout: Duration::from_millis(CALL_MS + 10_000),
            ..Limits::default()
        };
        let provider = Provider::new(&engine, &component, ProviderOptions { egress, limits })?;
        let mut session = provider.open(&connection).await?;
        let findings = doctor::examine(&mut session, Day::today()).await;
        if self.json {
            println!("{}", serde_json::to_string_pretty(&findings)?);
        } else {
            print!("{}", Finding::table(&findings));
        }
        let differs = findings.iter().any(|finding| finding.result == Verdict::Differs);
        Ok(if differs { ExitCode::from(DIFFERS) } else { ExitCode::SUCCESS })
    }
}
