//! What the tests of the built components share: one engine, the components compiled once, and a world of a
//! sandbox and a service that talks to it over loopback.

// What a failing test prints is an answer, not the world around it.
#![allow(missing_debug_implementations)]

pub mod browser;
mod kind;
pub mod relay;
pub mod site;

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use bytes::Bytes;
use clevertap_sandbox::{Config, Sandbox, State};
use http::{HeaderMap, Request, Response};
use marketing_automation_host::{
    AllowList, Body, Cache, Component, Egress, Engine, EngineOptions, KeyValue, Limits, Provider,
    ProviderOptions, Service, ServiceOptions, Stderr, StderrBuffer, body,
};
use serde_json::{Value, json};

pub use kind::Kind;

/// The token that the test service accepts.
pub const TOKEN: &str = "test-token-0123456789";
/// The sandbox's account.
pub const PROJECT: &str = "TEST-SANDBOX-001";
/// Its passcode, which no answer, error or log may hold.
pub const PASSCODE: &str = "sandbox-passcode";
/// A key that seals and signs.
pub const SECRET_KEYS: &str = "test:000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
/// Its time zone.
pub const ZONE: &str = "Asia/Kolkata";
/// The id under which the service knows it.
pub const ACCOUNT: &str = "acme";
/// Path of the unified API.
pub const UNIFIED: &str = "/unified/marketing-automation";

/// The repository.
#[must_use]
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map_or_else(PathBuf::new, Path::to_path_buf)
}

/// The file of a component.
///
/// # Panics
/// When it has not been built.
#[must_use]
pub fn component_file(name: &str) -> PathBuf {
    let file = root().join("target/components").join(name);
    assert!(file.exists(), "{} is missing: run `cargo xtask build` first", file.display());
    file
}

/// The engine of this test binary.
#[must_use]
pub fn engine() -> &'static Engine {
    static ENGINE: OnceLock<Engine> = OnceLock::new();
    ENGINE.get_or_init(|| start_engine(EngineOptions::default()))
}

fn start_engine(options: EngineOptions) -> Engine {
    let cache = Some(Cache::at(root().join("target/component-cache")));
    Engine::new(EngineOptions { cache, ..options }).expect("the runtime starts")
}

fn load(name: &str) -> Component {
    engine().load(component_file(name)).expect("the component compiles")
}

/// A build of the service.
#[must_use]
pub fn service_component(kind: Kind) -> &'static Component {
    static SERVICE: OnceLock<Component> = OnceLock::new();
    static SERVICE_SPIN: OnceLock<Component> = OnceLock::new();
    match kind {
        Kind::Service => &SERVICE,
        Kind::ServiceSpin => &SERVICE_SPIN,
    }
    .get_or_init(|| load(kind.file()))
}

/// `provider.wasm`.
#[must_use]
pub fn provider_component() -> &'static Component {
    static COMPONENT: OnceLock<Component> = OnceLock::new();
    COMPONENT.get_or_init(|| load("provider.wasm"))
}

/// An answer that has arrived whole.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub bytes: Bytes,
}

impl Answer {
    /// The body as JSON.
    ///
    /// # Panics
    /// When it is none.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The body of a call that must have succeeded.
    ///
    /// # Panics
    /// When it did not.
    pub fn ok(&self) -> Value {
        assert!(
            (200..300).contains(&self.status),
            "{} {}",
            self.status,
            String::from_utf8_lossy(&self.bytes)
        );
        self.json()
    }

    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    async fn read(response: Response<Body>) -> Self {
        let (parts, body) = response.into_parts();
        let bytes = body::collect(body).await.expect("the whole answer arrives");
        Self { status: parts.status.as_u16(), headers: parts.headers, bytes }
    }
}

/// A service with an egress, its environment and what it wrote to stderr.
#[derive(Clone)]
pub struct Client {
    service: Service,
    stderr: StderrBuffer,
}

impl Client {
    /// A service, of the build that the scenario runs on, with these environment or Spin variables.
    ///
    /// # Panics
    /// When the component does not link.
    #[must_use]
    pub fn new(egress: Egress, env: Vec<(String, String)>) -> Self {
        Self::with_store(egress, env, None)
    }

    /// The same with a key-value store, which the build for Spin can have.
    ///
    /// # Panics
    /// When the component does not link.
    #[must_use]
    pub fn with_store(egress: Egress, env: Vec<(String, String)>, store: Option<KeyValue>) -> Self {
        let kind = Kind::current();
        Self::link(kind, engine(), service_component(kind), egress, env, store)
    }

    /// The same of a certain build, in no more than so many instances.
    ///
    /// # Panics
    /// When the component does not compile or link.
    #[must_use]
    pub fn in_instances(most: u32, kind: Kind, egress: Egress, env: Vec<(String, String)>) -> Self {
        let engine = start_engine(EngineOptions { max_instances: most, ..EngineOptions::default() });
        let component = engine.load(component_file(kind.file())).expect("the component compiles");
        Self::link(kind, &engine, &component, egress, env, None)
    }

    fn link(
        kind: Kind,
        engine: &Engine,
        component: &Component,
        egress: Egress,
        env: Vec<(String, String)>,
        key_value: Option<KeyValue>,
    ) -> Self {
        let (stderr, buffer) = Stderr::buffer();
        let options = ServiceOptions {
            egress,
            stderr,
            key_value,
            limits: Limits::default(),
            ..ServiceOptions::default()
        };
        let options = match kind {
            Kind::Service => ServiceOptions { env, ..options },
            Kind::ServiceSpin => ServiceOptions { variables: lower(env), ..options },
        };
        let service = Service::new(engine, component, options).expect("the service links");
        Self { service, stderr: buffer }
    }

    /// What it wrote to stderr.
    #[must_use]
    pub fn stderr(&self) -> String {
        self.stderr.text()
    }

    /// The most memory that any request took.
    #[must_use]
    pub fn peak_memory_bytes(&self) -> usize {
        self.service.peak_memory_bytes()
    }

    /// Sends a request as it is.
    pub async fn send(&self, request: Request<Body>) -> Answer {
        Answer::read(self.service.respond(request).await).await
    }

    /// Sends a request and does not wait for the body.
    pub async fn start(&self, request: Request<Body>) -> Response<Body> {
        self.service.respond(request).await
    }

    /// A request with the token.
    pub async fn call(&self, method: &str, target: &str, body: Option<&Value>) -> Answer {
        self.send(request(method, target, body)).await
    }

    pub async fn get(&self, target: &str) -> Answer {
        self.call("GET", target, None).await
    }

    pub async fn post(&self, target: &str, body: &Value) -> Answer {
        self.call("POST", target, Some(body)).await
    }
}

/// A request with the token and a JSON body.
///
/// # Panics
/// When the target is no URI.
#[must_use]
pub fn request(method: &str, target: &str, body: Option<&Value>) -> Request<Body> {
    let builder = Request::builder()
        .method(method)
        .uri(format!("http://service.test{target}"))
        .header("authorization", format!("Bearer {TOKEN}"));
    match body {
        Some(json) => builder.header("content-type", "application/json").body(body::full(json.to_string())),
        None => builder.body(body::empty()),
    }
    .expect("a request")
}

/// Environment of a service for one account.
#[must_use]
pub fn environment(account: &Value, endpoint: Option<&str>) -> Vec<(String, String)> {
    environment_of(&json!([account]), endpoint)
}

/// Environment of a service for a list of accounts.
#[must_use]
pub fn environment_of(accounts: &Value, endpoint: Option<&str>) -> Vec<(String, String)> {
    let mut env = vec![
        ("MARKETING_AUTOMATION_ACCOUNTS".to_owned(), accounts.to_string()),
        ("MARKETING_AUTOMATION_API_TOKENS".to_owned(), TOKEN.to_owned()),
    ];
    if let Some(endpoint) = endpoint {
        env.push(("MARKETING_AUTOMATION_ALLOWED_ENDPOINTS".to_owned(), endpoint.to_owned()));
    }
    env
}

/// Variables as Spin names them.
fn lower(env: Vec<(String, String)>) -> Vec<(String, String)> {
    env.into_iter().map(|(name, value)| (name.to_ascii_lowercase(), value)).collect()
}

/// A sandbox, and a service whose account is there.
pub struct World {
    pub sandbox: Sandbox,
    pub client: Client,
}

impl World {
    /// The default sandbox.
    pub async fn start() -> Self {
        Self::with(Config::default()).await
    }

    /// A sandbox of one's own.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn with(config: Config) -> Self {
        Self::with_env(config, &[]).await
    }

    /// A sandbox of one's own, and more environment variables.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn with_env(config: Config, env: &[(&str, &str)]) -> Self {
        let sandbox = Sandbox::start(config).await.expect("the sandbox starts");
        let url = sandbox.url();
        let account = json!({"id": ACCOUNT, "project_id": PROJECT, "passcode": PASSCODE, "region": "eu1", "timezone": ZONE, "endpoint": url});
        let mut all = environment(&account, Some(&url));
        all.extend(env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let allow = AllowList::parse([&url]).expect("an origin");
        Self { client: Client::new(Egress::network(allow), all), sandbox }
    }

    #[must_use]
    pub fn state(&self) -> &State {
        self.sandbox.state()
    }

    /// A provider whose connections can reach the sandbox.
    ///
    /// # Panics
    /// When the component does not link.
    #[must_use]
    pub fn provider(&self) -> Provider {
        let allow = AllowList::parse([self.sandbox.url()]).expect("an origin");
        let options = ProviderOptions { egress: Egress::network(allow), ..ProviderOptions::default() };
        Provider::new(engine(), provider_component(), options).expect("the provider links")
    }

    /// The connection record of the sandbox's account.
    #[must_use]
    pub fn connection(&self) -> Value {
        json!({"id": ACCOUNT, "project-id": PROJECT, "passcode": PASSCODE, "region": "eu1", "timezone": ZONE, "endpoint": self.sandbox.url()})
    }

    /// Walks a list of the service to its end; a page whose error is retryable is asked for again.
    ///
    /// # Panics
    /// When the walk does not end, or fails for good.
    pub async fn walk(&self, target: &str, limit: u16) -> Vec<Value> {
        let mut items = Vec::new();
        let mut cursor = String::new();
        for _ in 0..10_000 {
            let join = if target.contains('?') { '&' } else { '?' };
            let page =
                format!("{target}{join}integrated_account_id={ACCOUNT}&limit={limit}&next_cursor={cursor}");
            let answer = self.client.get(&page).await;
            if answer.status >= 400 {
                let problem = answer.json();
                assert_eq!(problem["retryable"], true, "{problem}");
                continue;
            }
            let body = answer.ok();
            let result = body["result"].as_array().expect("a list");
            assert!(result.len() <= usize::from(limit));
            assert_eq!(body["result_count"], result.len());
            items.extend(result.iter().cloned());
            match body["next_cursor"].as_str() {
                Some(next) => cursor = next.to_owned(),
                None => return items,
            }
        }
        panic!("the walk over {target} does not end");
    }
}
