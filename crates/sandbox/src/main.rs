//! `clevertap-sandbox`: the emulator as a command.

use std::net::SocketAddr;

use clap::Parser;
use clevertap_sandbox::{AccountConfig, Config, Faults, Latency, ReportLatency, Sandbox};

/// A CleverTap emulator: the REST API with generated data, quirks included.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// Where to listen.
    #[arg(long, default_value = "127.0.0.1:8900")]
    listen: SocketAddr,
    /// All generated data follows from it.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The day that it is, always at noon; the real time without it.
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = day)]
    today: Option<(i32, u32, u32)>,
    #[arg(long, default_value = "TEST-SANDBOX-001")]
    project_id: String,
    #[arg(long, default_value = "sandbox-passcode")]
    passcode: String,
    #[arg(long, default_value = "eu1")]
    region: String,
    /// The project's IANA time zone.
    #[arg(long, default_value = "Asia/Kolkata")]
    timezone: String,
    /// How many campaigns are generated.
    #[arg(long, default_value_t = 400)]
    campaigns: usize,
    /// How many profiles are generated.
    #[arg(long, default_value_t = 3000)]
    profiles: usize,
    /// How many events are generated.
    #[arg(long, default_value_t = 8000)]
    events: usize,
    /// How many people more there are, each of whom did `Signed Up`.
    #[arg(long, default_value_t = 0)]
    customers: usize,
    /// Milliseconds that every call takes.
    #[arg(long, default_value_t = 0, value_name = "MS")]
    latency: u64,
    /// What message reports take on top: real, none, or milliseconds a day.
    #[arg(long, default_value = "none", value_parser = report_latency)]
    report_latency: ReportLatency,
    /// Answer calls beyond the concurrency limits instead of refusing them.
    #[arg(long)]
    no_concurrency_limits: bool,
    /// Share of calls refused with 429, from 0.0 to 1.0.
    #[arg(long, default_value_t = 0.0)]
    rate_429: f64,
    /// Share of calls refused with HTTP 200 and the text of a 429.
    #[arg(long, default_value_t = 0.0)]
    rate_429_as_200: f64,
    /// Share of calls refused with 500.
    #[arg(long, default_value_t = 0.0)]
    rate_500: f64,
    /// Share of calls refused with 502.
    #[arg(long, default_value_t = 0.0)]
    rate_502: f64,
    /// Share of calls refused with 503.
    #[arg(long, default_value_t = 0.0)]
    rate_503: f64,
    /// Share of answers that break off.
    #[arg(long, default_value_t = 0.0)]
    cut_body: f64,
    /// Share of writes that are stored, then answered with 503.
    #[arg(long, default_value_t = 0.0)]
    store_then_503: f64,
    /// Share of writes that are stored, then cut off.
    #[arg(long, default_value_t = 0.0)]
    store_then_cut: f64,
    /// Seconds of `Retry-After` on every 429 and 503.
    #[arg(long)]
    retry_after: Option<u64>,
}

fn day(text: &str) -> Result<(i32, u32, u32), String> {
    let wrong = || format!("{text} is not YYYY-MM-DD");
    let mut parts = text.splitn(3, '-');
    let mut next = || parts.next().ok_or_else(wrong);
    let (year, month, day) = (next()?, next()?, next()?);
    Ok((
        year.parse().map_err(|_| wrong())?,
        month.parse().map_err(|_| wrong())?,
        day.parse().map_err(|_| wrong())?,
    ))
}

fn report_latency(text: &str) -> Result<ReportLatency, String> {
    match text {
        "none" => Ok(ReportLatency::None),
        "real" => Ok(ReportLatency::Real),
        _ => text
            .parse()
            .map(ReportLatency::PerDay)
            .map_err(|_| "takes real, none, or milliseconds a day".to_owned()),
    }
}

impl Arguments {
    fn config(&self) -> Config {
        Config {
            seed: self.seed,
            accounts: vec![AccountConfig {
                project_id: self.project_id.clone(),
                passcode: self.passcode.clone(),
                region: self.region.clone(),
                timezone: self.timezone.clone(),
            }],
            today: self.today,
            faults: Faults {
                rate_429: self.rate_429,
                rate_429_as_200: self.rate_429_as_200,
                rate_500: self.rate_500,
                rate_502: self.rate_502,
                rate_503: self.rate_503,
                cut_body: self.cut_body,
                store_then_503: self.store_then_503,
                store_then_cut: self.store_then_cut,
                retry_after: self.retry_after,
                ..Faults::default()
            },
            latency: Latency { every_ms: self.latency, report: self.report_latency, virtual_time: false },
            campaigns: self.campaigns,
            profiles: self.profiles,
            events: self.events,
            customers: self.customers,
            enforce_concurrency: !self.no_concurrency_limits,
            ..Config::default()
        }
    }
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let arguments = Arguments::parse();
    let sandbox = Sandbox::start_on(arguments.listen, arguments.config()).await?;
    let url = sandbox.url();
    let headers = format!(
        "-H 'X-CleverTap-Account-Id: {}' -H 'X-CleverTap-Passcode: {}'",
        arguments.project_id, arguments.passcode
    );
    let today = sandbox.state().today(&arguments.project_id).unwrap_or_default();
    println!("clevertap-sandbox listens on {url}");
    println!(
        "account {} (region {}, {}), passcode {}",
        arguments.project_id, arguments.region, arguments.timezone, arguments.passcode
    );
    println!("\ncurl {headers} {url}/1/message/report.json -d '{{\"from\":{today},\"to\":{today}}}'");
    println!("curl {headers} {url}/1/targets/list.json -d '{{\"from\":{today},\"to\":{today}}}'");
    println!("curl {headers} '{url}/1/profile.json?identity=user-1'");
    println!("curl {url}/__sandbox/state");
    tokio::signal::ctrl_c().await?;
    sandbox.stop().await;
    Ok(())
}
