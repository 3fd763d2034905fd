//! `serve`: a service component before a socket.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use marketing_automation_host::{
    KeyValue, Level, Limits, Log, LogFormat, Reuse, Server, ServerOptions, Service, ServiceOptions, Stderr,
    interrupted,
};

use super::{Outcome, Runtime};

#[derive(Args)]
pub(crate) struct Serve {
    /// The service component.
    #[arg(long, value_name = "FILE")]
    component: PathBuf,
    /// Where to listen.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// A variable of the component's environment, or, in lower case, of its Spin variables; may be repeated. Others
    /// can see a command line: give secrets with --inherit-env.
    #[arg(long = "env", value_name = "NAME=VALUE", value_parser = variable)]
    env: Vec<(String, String)>,
    /// Hand on the variables of this process whose names start so; may be repeated.
    #[arg(long, value_name = "PREFIX")]
    inherit_env: Vec<String>,
    /// The file of the Spin key-value store `default`, made if it is not there; without it, a component that opens
    /// the store is denied.
    #[arg(long, value_name = "FILE")]
    key_value_file: Option<PathBuf>,
    #[command(flatten)]
    reuse: ReuseArgs,
    /// Seconds without progress after which a request ends.
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    request_timeout: u64,
    /// Requests served at the same time; others wait, and are then refused with 503.
    #[arg(long, value_name = "N", default_value_t = 128)]
    max_concurrent: usize,
    /// Seconds that requests in progress have after ctrl-c or SIGTERM.
    #[arg(long, value_name = "SECONDS", default_value_t = 10)]
    drain: u64,
    /// How log lines are written, to standard error.
    #[arg(long, value_enum, default_value_t)]
    log: LogFormat,
    #[command(flatten)]
    runtime: Runtime,
}

/// What an instance of a WASI 0.3 component serves; one of 0.2 serves one request.
#[derive(Args)]
struct ReuseArgs {
    /// Requests that an instance serves in its life (WASI 0.3).
    #[arg(long, value_name = "N", default_value_t = Reuse::default().requests)]
    instance_requests: usize,
    /// Requests that an instance serves at the same time (WASI 0.3).
    #[arg(long, value_name = "N", default_value_t = Reuse::default().concurrent)]
    instance_concurrent: usize,
    /// Milliseconds that an instance waits for another request (WASI 0.3).
    #[arg(long, value_name = "MS", default_value_t = 1000)]
    instance_idle_ms: u64,
}

impl ReuseArgs {
    fn reuse(&self) -> Reuse {
        Reuse {
            requests: self.instance_requests,
            concurrent: self.instance_concurrent,
            idle: Duration::from_millis(self.instance_idle_ms),
        }
    }
}

impl Serve {
    pub(crate) async fn run(self) -> Outcome {
        let log = Log::stderr(self.log);
        let (engine, component) = self.runtime.load(&self.component)?;
        let egress = self.runtime.egress([], log.clone())?;
        let allowed = egress.allow_list().to_string();
        let limits = Limits {
            memory_bytes: self.runtime.memory_bytes(),
            request_timeout: Duration::from_secs(self.request_timeout),
            ..Limits::default()
        };
        let env = self.environment();
        let options = ServiceOptions {
            egress,
            // The same command line runs either component; each has its own way to ask.
            variables: env.iter().map(|(name, value)| (name.to_lowercase(), value.clone())).collect(),
            env,
            key_value: self.key_value_file.as_ref().map(KeyValue::open).transpose()?,
            stderr: Stderr::Inherit,
            limits,
            reuse: self.reuse.reuse(),
            log: log.clone(),
        };
        let service = Service::new(&engine, &component, options)?;
        let drain = Duration::from_secs(self.drain);
        let options = ServerOptions {
            max_concurrent: self.max_concurrent,
            drain,
            log: log.clone(),
            ..ServerOptions::default()
        };
        let server = Server::start(service, self.listen, options).await?;

        log.write(
            Level::Info,
            "listening",
            [
                ("url", server.url().into()),
                ("component", self.component.display().to_string().into()),
                ("allowed_hosts", allowed.into()),
                ("pooled", engine.is_pooled().into()),
            ],
        );
        interrupted().await?;
        log.write(Level::Info, "stopping", [("drain_seconds", self.drain.into())]);
        server.shutdown().await;
        Ok(ExitCode::SUCCESS)
    }

    /// What is inherited first, so that what is named wins.
    fn environment(&self) -> Vec<(String, String)> {
        let inherited = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
            let name = name.into_string().ok()?;
            let value = value.into_string().ok()?;
            self.inherit_env.iter().any(|prefix| name.starts_with(prefix.as_str())).then_some((name, value))
        };
        let named = |name: &str| self.env.iter().any(|(other, _)| other == name);
        let inherited = std::env::vars_os().filter_map(inherited).filter(|(name, _)| !named(name));
        inherited.chain(self.env.iter().cloned()).collect()
    }
}

fn variable(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("write NAME=VALUE".to_owned()),
    }
}
