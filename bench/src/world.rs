//! What all measurements share: the engine, the components compiled, and services that know the sandbox.

use std::path::Path;

use anyhow::{Context, Result, bail};
use clevertap_sandbox::Sandbox;
use http::Request;
use marketing_automation_host::{
    AllowList, Body, Cache, Component, Egress, Engine, EngineOptions, Service, ServiceOptions, Stderr, body,
};
use serde_json::{Value, json};

pub(crate) const TOKEN: &str = "bench-token-0123456789";
const PROJECT: &str = "TEST-SANDBOX-001";
const PASSCODE: &str = "sandbox-passcode";
pub(crate) const ACCOUNT: &str = "acme";

/// A build of the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Build {
    /// WASI 0.2: an instance for each request.
    Service,
    /// WASI 0.3, on Spin: an instance answers many requests.
    ServiceSpin,
}

impl Build {
    pub(crate) const ALL: [Self; 2] = [Self::Service, Self::ServiceSpin];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Service => "service",
            Self::ServiceSpin => "service-spin",
        }
    }

    /// What a row about this build is called: the first build is the one that budgets are about.
    pub(crate) fn row(self, what: &str) -> String {
        match self {
            Self::Service => what.to_owned(),
            Self::ServiceSpin => format!("{what}, {}.wasm", self.name()),
        }
    }
}

/// The engine and what was compiled in it.
pub(crate) struct World {
    pub(crate) engine: Engine,
    service: Component,
    service_spin: Component,
    pub(crate) empty: Component,
    pub(crate) forward: Component,
    pub(crate) canned: Component,
}

impl World {
    /// `components` and `baselines` are the folders of the `.wasm` files.
    pub(crate) fn load(components: &Path, baselines: &Path, cache: &Path) -> Result<Self> {
        let engine =
            Engine::new(EngineOptions { cache: Some(Cache::at(cache)), ..EngineOptions::default() })?;
        if !engine.is_pooled() {
            bail!("this machine has no address space for pooled instances, which the budgets are about");
        }
        let load = |folder: &Path, name: &str| {
            engine.load(folder.join(name).with_extension("wasm")).with_context(|| format!("{name}.wasm"))
        };
        Ok(Self {
            service: load(components, Build::Service.name())?,
            service_spin: load(components, Build::ServiceSpin.name())?,
            empty: load(baselines, "empty")?,
            forward: load(baselines, "forward")?,
            canned: load(baselines, "canned")?,
            engine,
        })
    }

    /// A service, with its account in the sandbox.
    pub(crate) fn service(&self, build: Build, sandbox: &Sandbox, egress: Egress) -> Result<Service> {
        let url = sandbox.url();
        let accounts = json!([{
            "id": ACCOUNT, "project_id": PROJECT, "passcode": PASSCODE, "region": "eu1",
            "timezone": "Asia/Kolkata", "endpoint": url,
        }]);
        let env = [
            ("MARKETING_AUTOMATION_ACCOUNTS", accounts.to_string()),
            ("MARKETING_AUTOMATION_API_TOKENS", TOKEN.to_owned()),
            ("MARKETING_AUTOMATION_ALLOWED_ENDPOINTS", url),
        ];
        self.service_with(build, egress, env.map(|(name, value)| (name.to_owned(), value)).to_vec())
    }

    /// A service, with settings of its own: variables of the environment, and Spin's by the same names.
    pub(crate) fn service_with(
        &self,
        build: Build,
        egress: Egress,
        env: Vec<(String, String)>,
    ) -> Result<Service> {
        self.link(self.component(build), egress, env)
    }

    pub(crate) fn component(&self, build: Build) -> &Component {
        match build {
            Build::Service => &self.service,
            Build::ServiceSpin => &self.service_spin,
        }
    }

    /// A baseline whose upstream is the sandbox, with variables of its own.
    pub(crate) fn baseline(
        &self,
        component: &Component,
        sandbox: &Sandbox,
        more: &[(&str, String)],
    ) -> Result<Service> {
        let mut env = vec![
            ("UPSTREAM", sandbox.addr().to_string()),
            ("PROJECT", PROJECT.to_owned()),
            ("PASSCODE", PASSCODE.to_owned()),
        ];
        env.extend(more.iter().cloned());
        let env = env.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        self.link(component, network(sandbox)?, env)
    }

    /// All write their log lines to the same place: nowhere.
    fn link(&self, component: &Component, egress: Egress, env: Vec<(String, String)>) -> Result<Service> {
        let variables = env.iter().map(|(name, value)| (name.to_lowercase(), value.clone())).collect();
        let options =
            ServiceOptions { egress, env, variables, stderr: Stderr::Off, ..ServiceOptions::default() };
        Ok(Service::new(&self.engine, component, options)?)
    }
}

/// Settings of a service whose account is at CleverTap's own host, for upstreams that have no address.
pub(crate) fn env_of_real_host() -> Vec<(String, String)> {
    let accounts = json!([{
        "id": ACCOUNT, "project_id": "TEST-BENCH", "passcode": "bench-passcode", "region": "eu1",
        "timezone": "Asia/Kolkata",
    }]);
    vec![
        ("MARKETING_AUTOMATION_ACCOUNTS".to_owned(), accounts.to_string()),
        ("MARKETING_AUTOMATION_API_TOKENS".to_owned(), TOKEN.to_owned()),
    ]
}

/// Pooled connections to the sandbox alone.
pub(crate) fn network(sandbox: &Sandbox) -> Result<Egress> {
    Ok(Egress::network(allow(sandbox)?))
}

pub(crate) fn allow(sandbox: &Sandbox) -> Result<AllowList> {
    Ok(AllowList::parse([sandbox.url()])?)
}

/// A request with the token and the account.
pub(crate) fn request(method: &str, target: &str, body: &str) -> Result<Request<Body>> {
    let join = if target.contains('?') { '&' } else { '?' };
    let builder = Request::builder()
        .method(method)
        .uri(format!("http://service.test{target}{join}integrated_account_id={ACCOUNT}"))
        .header("authorization", format!("Bearer {TOKEN}"));
    if body.is_empty() {
        return Ok(builder.body(body::empty())?);
    }
    let builder = builder.header("content-type", "application/json").header("content-length", body.len());
    Ok(builder.body(body::full(body.to_owned()))?)
}

/// The whole of an answer that must be good.
pub(crate) async fn fetch(service: &Service, request: Request<Body>) -> Result<Vec<u8>> {
    let target = request.uri().path().to_owned();
    let response = service.handle(request).await.with_context(|| format!("no answer to {target}"))?;
    let status = response.status();
    let bytes = body::collect(response.into_body())
        .await
        .map_err(|error| anyhow::anyhow!("the answer to {target} broke off: {error:?}"))?;
    if !status.is_success() {
        bail!("{target} was answered with {status}: {}", String::from_utf8_lossy(&bytes));
    }
    Ok(bytes.to_vec())
}

/// The same, as JSON.
pub(crate) async fn fetch_json(service: &Service, request: Request<Body>) -> Result<Value> {
    Ok(serde_json::from_slice(&fetch(service, request).await?)?)
}
