//! `cargo xtask serve`: the whole house on loopback, with one command.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::binaries::{Binaries, HOST, SANDBOX};
use crate::build;
use crate::calendar::day;
use crate::sandbox::{Sandbox, TOKEN};
use crate::servers::{self, Server};
use crate::workspace::Workspace;

const PORT: u16 = 8080;
const PREFIX: &str = "MARKETING_AUTOMATION_";
const ACCOUNTS: &str = "MARKETING_AUTOMATION_ACCOUNTS";
const TOKENS: &str = "MARKETING_AUTOMATION_API_TOKENS";
const PUBLIC_URL: &str = "MARKETING_AUTOMATION_PUBLIC_URL";
const ENDPOINTS: &str = "MARKETING_AUTOMATION_ALLOWED_ENDPOINTS";
/// CleverTap's own hosts, of which the wildcard does not cover the bare name, and its storage for lists of people.
const CLEVERTAP: [&str; 3] =
    ["https://api.clevertap.com", "https://*.api.clevertap.com", "https://*.amazonaws.com"];

/// The component for any host of WASI 0.2, and the one for Spin.
pub(crate) const SERVICE: &str = "service";
const SERVICE_SPIN: &str = "service-spin";

/// Serves until Ctrl-C.
pub(crate) fn serve(workspace: &Workspace, listen: Option<&str>, component: &str) -> Result<()> {
    if ![SERVICE, SERVICE_SPIN].contains(&component) {
        bail!("--component {component}: there are {SERVICE} and {SERVICE_SPIN}");
    }
    let address: SocketAddr = match listen {
        Some(listen) => listen.parse().with_context(|| format!("--listen {listen}: write ADDRESS:PORT"))?,
        None => servers::loopback(PORT)?,
    };
    let own_accounts = std::env::var(ACCOUNTS).is_ok_and(|accounts| !accounts.trim().is_empty());
    if own_accounts && std::env::var(TOKENS).unwrap_or_default().trim().is_empty() {
        bail!(
            "{ACCOUNTS} is set, but {TOKENS} is not: without a token every call is refused; set one or more, comma-separated"
        );
    }

    build::build(workspace)?;
    let packages: &[&str] = if own_accounts { &[HOST] } else { &[HOST, SANDBOX] };
    let binaries = Binaries::build(workspace, packages)?;
    let interrupted = interrupted()?;

    let mut sandbox = if own_accounts { None } else { Some(Sandbox::start(&binaries)?) };
    let mut host = start_host(workspace, &binaries, address, sandbox.as_ref(), component)?;
    print_hints(&host.url(), sandbox.as_ref());

    while !interrupted.load(Ordering::Relaxed) {
        let servers = [Some(&mut host), sandbox.as_mut().map(Sandbox::server)];
        for server in servers.into_iter().flatten() {
            if let Some(status) = server.exited()? {
                bail!("the {} ended ({status}); its own words are above", server.name());
            }
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    eprintln!("ending");
    Ok(())
}

fn start_host(
    workspace: &Workspace,
    binaries: &Binaries,
    address: SocketAddr,
    sandbox: Option<&Sandbox>,
    component: &str,
) -> Result<Server> {
    let mut command = binaries.command(HOST)?;
    command.args(["serve", "--listen", &address.to_string(), "--component"]);
    command.arg(workspace.components().join(component).with_extension("wasm"));
    if component == SERVICE_SPIN {
        let folder = workspace.target().join("serve");
        std::fs::create_dir_all(&folder).with_context(|| format!("could not make {}", folder.display()))?;
        command.arg("--key-value-file").arg(folder.join("key-value.redb"));
    }
    let hosts: Vec<String> = match sandbox {
        Some(sandbox) => vec![sandbox.url()],
        None => {
            let endpoints = std::env::var(ENDPOINTS).unwrap_or_default();
            let endpoints =
                endpoints.split(',').map(str::trim).filter(|entry| !entry.is_empty()).map(str::to_owned);
            CLEVERTAP.iter().map(|&host| host.to_owned()).chain(endpoints).collect()
        }
    };
    for host in hosts {
        command.args(["--allow-host", &host]);
    }
    // Through the environment: values on a command line are everybody's to read.
    command.args(["--inherit-env", PREFIX]);
    command.env(PUBLIC_URL, format!("http://{address}"));
    command.envs(sandbox.iter().flat_map(|sandbox| sandbox.environment()));
    let mut host = Server::start("host", address, &mut command)?;
    // The first start compiles the component.
    host.wait_until_ready(Some("/healthz"), Duration::from_secs(120))?;
    Ok(host)
}

/// Set by Ctrl-C, and by a polite `kill`.
fn interrupted() -> Result<Arc<AtomicBool>> {
    let flag = Arc::new(AtomicBool::new(false));
    #[cfg(unix)]
    for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM, signal_hook::consts::SIGHUP] {
        signal_hook::flag::register(signal, Arc::clone(&flag)).context("could not listen to signals")?;
    }
    Ok(flag)
}

fn print_hints(url: &str, sandbox: Option<&Sandbox>) {
    let (token, account) = match sandbox {
        Some(_) => (TOKEN, "sandbox"),
        None => ("$TOKEN", "$ACCOUNT"),
    };
    println!();
    match sandbox {
        Some(sandbox) => {
            println!("serving {url} for the CleverTap sandbox at {}", sandbox.url());
            println!("token: {token}");
        }
        None => {
            println!("serving {url} for the accounts of {ACCOUNTS}");
            println!("token: one of {TOKENS}, below as $TOKEN; an account's id as $ACCOUNT");
        }
    }
    let unified = format!("{url}/unified/marketing-automation");
    let query = format!("integrated_account_id={account}");
    let body = format!(r#"{{"from":{},"to":{}}}"#, day(-30), day(0));
    // Double quotes where the shell is to put in $TOKEN and $ACCOUNT.
    let curl = format!(r#"  curl -H "Authorization: Bearer {token}""#);
    println!("\ntry:");
    println!(r#"{curl} "{unified}/campaigns?{query}&limit=5""#);
    println!(r#"{curl} "{unified}/reports?{query}&limit=5""#);
    println!(
        r#"{curl} -H "Content-Type: application/json" -d '{body}' "{url}/custom/1/targets/list.json?{query}""#
    );
    if let Some(sandbox) = sandbox {
        println!("\nlink an account on the page at the url of this one's answer:");
        println!(
            r#"{curl} -H "Content-Type: application/json" -d '{{"endpoint":"{}"}}' "{url}/link-token""#,
            sandbox.url()
        );
        println!("  project ID TEST-SANDBOX-001, passcode sandbox-passcode");
    }
    println!("\nCtrl-C ends it");
}
