//! A sandbox, a service before it on loopback, and the site of a vendor that links its customers there.

use std::path::PathBuf;

use clevertap_sandbox::{Config, Sandbox};
use component_tests::browser::files_with;
use component_tests::relay::Relay;
use component_tests::site::{Received, Site, page};
use component_tests::{Kind, PASSCODE, SECRET_KEYS, TOKEN, engine, service_component};
use http::Response;
use marketing_automation_host::{
    AllowList, Egress, KeyValue, Log, Server, ServerOptions, Service, ServiceOptions, Stderr, StderrBuffer,
    body,
};
use serde_json::{Value, json};
use tempfile::TempDir;

/// Two passcodes that CleverTap refuses; each is looked for where it must not be.
pub(super) const WRONG: &str = "wrong-passcode-4711";

pub(super) struct House {
    pub(super) sandbox: Sandbox,
    service: Service,
    stderr: StderrBuffer,
    log: Log,
    // What browsers talk to; the server behind it ends with the house.
    relay: Relay,
    _server: Server,
    folder: TempDir,
    pub(super) vendor: Site,
}

impl House {
    pub(super) async fn start() -> Self {
        let sandbox = Sandbox::start(Config::default()).await.expect("the sandbox starts");
        let folder = tempfile::tempdir().expect("a folder");
        let (stderr, buffer) = Stderr::buffer();
        let log = Log::buffer();
        let env = [
            ("MARKETING_AUTOMATION_API_TOKENS", TOKEN),
            ("MARKETING_AUTOMATION_SECRET_KEYS", SECRET_KEYS),
            ("MARKETING_AUTOMATION_ALLOWED_ENDPOINTS", &sandbox.url()),
            ("MARKETING_AUTOMATION_VENDOR_NAME", "Acme"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
        let options = ServiceOptions {
            egress: Egress::network(AllowList::parse([sandbox.url()]).expect("an origin")),
            stderr,
            ..ServiceOptions::default()
        };
        let kind = Kind::current();
        let options = match kind {
            Kind::Service => ServiceOptions { env: env.to_vec(), ..options },
            Kind::ServiceSpin => {
                let variables = env.map(|(name, value)| (name.to_lowercase(), value)).to_vec();
                let store = KeyValue::open(folder.path().join("store.redb")).expect("the store opens");
                ServiceOptions { variables, key_value: Some(store), ..options }
            }
        };
        let service = Service::new(engine(), service_component(kind), options).expect("the service links");
        let options = ServerOptions { log: log.clone(), ..ServerOptions::default() };
        let server =
            Server::start(service.clone(), ([127, 0, 0, 1], 0).into(), options).await.expect("a server");
        let relay = Relay::start(server.addr()).await;
        Self { sandbox, service, stderr: buffer, log, relay, _server: server, folder, vendor: vendor().await }
    }

    /// A call of the vendor's.
    pub(super) async fn ask(&self, method: &str, target: &str, body: Option<&Value>) -> Value {
        let mut request = component_tests::request(method, target, body);
        if let Ok(uri) = format!("{}{target}", self.relay.url()).parse() {
            *request.uri_mut() = uri;
        }
        let (parts, body) = self.service.respond(request).await.into_parts();
        let bytes = body::collect(body).await.expect("the whole answer arrives");
        let answer: Value = serde_json::from_slice(&bytes).expect("JSON");
        assert!(parts.status.is_success(), "{target}: {answer}");
        answer
    }

    /// A link to the page, for an account in the sandbox.
    pub(super) async fn link(&self, what: Value) -> String {
        let mut link = json!({"endpoint": self.sandbox.url(), "tenant_id": "customer-7"});
        link.as_object_mut().expect("an object").extend(what.as_object().expect("an object").clone());
        let made = self.ask("POST", "/link-token", Some(&link)).await;
        format!("{}{}", self.relay.url(), made["path"].as_str().expect("a path"))
    }

    /// What a browser calls the service.
    pub(super) fn origin(&self) -> String {
        self.relay.url()
    }

    /// Whether CleverTap knows what the account can do: the campaigns of one page, read with it.
    pub(super) async fn campaigns_of(&self, id: &str) -> usize {
        let target = format!("{}/campaigns?limit=3&integrated_account_id={id}", component_tests::UNIFIED);
        self.ask("GET", &target, None).await["result"].as_array().map_or(0, Vec::len)
    }

    /// No passcode, right or wrong, in any answer, log line or file, or in what a browser wrote or asked for.
    pub(super) fn assert_told_nothing(&self, profile: &TempDir, addresses: &[String]) {
        let mut told = self.relay.answers();
        told.extend(self.stderr.text().into_bytes());
        told.extend(self.log.lines().concat().into_bytes());
        told.extend(addresses.concat().into_bytes());
        let told = String::from_utf8_lossy(&told);
        assert!(told.contains("/connect.css"), "the wire and the logs were listened to");
        for passcode in [PASSCODE, WRONG] {
            assert!(!told.contains(passcode), "{passcode} was told");
            for folder in [profile.path(), self.folder.path()] {
                assert_eq!(files_with(folder, passcode), Vec::<PathBuf>::new(), "{passcode} was written");
            }
        }
    }
}

/// A vendor's site. `/start?LINK` leads to the page, `/popup?LINK` opens it in a pop-up by its script, `/frame?LINK`
/// would have it in a frame, `/forge?LINK` sends its form; `/back` is where people come back to, and `/moved` sends
/// them on to another of the vendor's sites.
async fn vendor() -> Site {
    Site::start(|request| {
        let (path, query) = request.target.split_once('?').unwrap_or((&request.target, ""));
        match path {
            "/start" => page("Settings", &format!("<a href={query}>Connect CleverTap</a>")),
            "/popup" => page("Settings", &popup(query)),
            "/frame" => page("Settings", &format!("<iframe src={query} title=x></iframe>")),
            "/forge" => page("Win a prize", &forged(query)),
            "/back" => page("Welcome back", ""),
            "/moved" => Response::builder()
                .status(303)
                .header("location", format!("http://127.0.0.1:{}/back", port(request)))
                .body(String::new())
                .expect("an answer"),
            _ => Response::builder().status(404).body(String::new()).expect("an answer"),
        }
    })
    .await
}

fn port(request: &Received) -> String {
    let host = request.headers["host"].to_str().expect("a host");
    host.rsplit(':').next().expect("a port").to_owned()
}

fn popup(link: &str) -> String {
    let service = link.split("/connect/").next().expect("a service");
    format!(
        "<button id=go>Connect CleverTap</button><p id=result></p><script type=module>
         import {{ connect }} from '{service}/connect.js';
         const say = (text) => {{ result.textContent = text; }};
         go.onclick = () => connect('{link}').then((it) => say(JSON.stringify(it)), (error) => say(error.message));
         say('ready');
         </script>"
    )
}

fn forged(link: &str) -> String {
    format!(
        "<form method=post action={link}><input name=project_id value=EVIL-1><input name=passcode value=x>\
         <input name=region value=auto><input name=seal value=AAAA><button>Win</button></form>"
    )
}
