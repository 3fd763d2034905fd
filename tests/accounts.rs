//! Accounts that are linked while the service runs: from the credentials to a page of campaigns and back, over
//! restarts, and nothing secret anywhere on the way.

use std::path::Path;

use clevertap_sandbox::{Config, Sandbox};
use component_tests::{Answer, Client, Kind, PASSCODE, PROJECT, SECRET_KEYS, TOKEN, UNIFIED, ZONE, request};
use http::Request;
use marketing_automation_host::{AllowList, Egress, KeyValue, body};
use serde_json::{Value, json};

const ROTATED: &str = "rotated-passcode-7";

/// A sandbox, and services for it that come and go; what outlives them is the store's file, where there is one.
struct House {
    sandbox: Sandbox,
    folder: tempfile::TempDir,
    /// All that was answered and logged.
    told: Vec<String>,
}

impl House {
    async fn start() -> Self {
        let sandbox = Sandbox::start(Config::default()).await.expect("the sandbox starts");
        Self { sandbox, folder: tempfile::tempdir().expect("a folder"), told: Vec::new() }
    }

    fn store_file(&self) -> std::path::PathBuf {
        self.folder.path().join("store.redb")
    }

    /// A service that has just been started. Configured is no account.
    fn service(&self) -> Client {
        let url = self.sandbox.url();
        let env = [
            ("MARKETING_AUTOMATION_API_TOKENS", TOKEN),
            ("MARKETING_AUTOMATION_SECRET_KEYS", SECRET_KEYS),
            ("MARKETING_AUTOMATION_ALLOWED_ENDPOINTS", &url),
        ];
        let env = env.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        let store = match Kind::current() {
            Kind::Service => None,
            Kind::ServiceSpin => Some(KeyValue::open(self.store_file()).expect("the store opens")),
        };
        Client::with_store(Egress::network(AllowList::parse([&url]).expect("an origin")), env, store)
    }

    /// One request to a service that is started for it and ends with it.
    async fn ask(&mut self, method: &str, target: &str, body: Option<&Value>) -> Answer {
        self.send(request(method, target, body)).await
    }

    async fn send(&mut self, request: Request<marketing_automation_host::Body>) -> Answer {
        let client = self.service();
        let answer = client.send(request).await;
        self.told.push(String::from_utf8_lossy(&answer.bytes).into_owned());
        self.told.push(format!("{:?}", answer.headers));
        self.told.push(client.stderr());
        answer
    }

    fn draft(&self) -> Value {
        json!({
            "project_id": PROJECT, "passcode": PASSCODE, "region": "eu1", "timezone": ZONE, "endpoint": self.sandbox.url(),
            "tenant_id": "customer-7", "context": {"plan": "gold"},
        })
    }

    async fn status(&mut self, id: &str) -> Value {
        let verify = if Kind::current() == Kind::Service { "?verify=true" } else { "" };
        self.ask("GET", &format!("/integrated-account/{id}{verify}"), None).await.ok()["status"].clone()
    }

    /// Every form in which a secret may stand somewhere.
    fn assert_told_nothing(&self) {
        let mut places: Vec<Vec<u8>> = self.told.iter().map(|text| text.clone().into_bytes()).collect();
        if Kind::current() == Kind::ServiceSpin {
            places.push(read(&self.store_file()));
        }
        for secret in [PASSCODE, ROTATED, SECRET_KEYS.rsplit(':').next().expect("a key")] {
            for form in [secret.to_owned(), base64(secret.as_bytes()), secret.replace('-', "%2D")] {
                for place in &places {
                    let found = place.windows(form.len()).any(|window| window == form.as_bytes());
                    assert!(!found, "{form} in {}", String::from_utf8_lossy(place));
                }
            }
        }
    }
}

fn read(file: &Path) -> Vec<u8> {
    std::fs::read(file).expect("the store's file")
}

/// Without what depends on where in a text the secret stands.
fn base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    let whole = bytes.len() / 3 * 3;
    base64::engine::general_purpose::STANDARD.encode(&bytes[..whole])
}

fn with_token(method: &str, target: &str, token: &str) -> Request<marketing_automation_host::Body> {
    Request::builder()
        .method(method)
        .uri(format!("http://service.test{target}"))
        .header("authorization", format!("Bearer {token}"))
        .body(body::empty())
        .expect("a request")
}

pub(crate) async fn an_account_is_linked_read_refused_and_changed_over_restarts() {
    let mut house = House::start().await;
    let draft = house.draft();
    let account = house.ask("POST", "/integrated-account", Some(&draft)).await.ok();
    let id = account["id"].as_str().expect("an id").to_owned();
    assert_eq!(account["status"], "active");
    assert_eq!(id.starts_with("acct_"), Kind::current() == Kind::ServiceSpin, "{id}");

    let made = house.ask("POST", &format!("/integrated-account/{id}/token"), Some(&json!({}))).await.ok();
    let token = made["token"].as_str().expect("a token").to_owned();
    let list = format!("{UNIFIED}/campaigns?limit=3");
    let page = house.send(with_token("GET", &list, &token)).await.ok();
    assert_eq!(page["result_count"], 3);
    let me = house.send(with_token("GET", "/integrated-account/me", &token)).await.ok();
    assert_eq!((&me["account_id"], &me["tenant_id"]), (&account["account_id"], &json!("customer-7")));

    house.sandbox.state().set_passcode(PROJECT, ROTATED);
    let refused = house.send(with_token("GET", &list, &token)).await;
    assert_eq!((refused.status, refused.json()["code"].as_str()), (401, Some("provider_unauthorized")));
    assert_eq!(house.status(&id).await, "needs_reauth");

    let target = format!("/integrated-account/{id}");
    let changed = house.ask("PATCH", &target, Some(&json!({"passcode": ROTATED}))).await.ok();
    assert_eq!(changed["account_id"], account["account_id"], "rotating keeps the id");
    let id = changed["id"].as_str().expect("an id").to_owned();
    assert_eq!(house.status(&id).await, "active");
    let page = house.ask("GET", &format!("{list}&integrated_account_id={id}"), None).await.ok();
    assert_eq!(page["result_count"], 3);
    if Kind::current() == Kind::ServiceSpin {
        let page = house.send(with_token("GET", &list, &token)).await.ok();
        assert_eq!(page["result_count"], 3, "the token is for the id, which stayed");
        let listed = house.ask("GET", "/integrated-account?tenant_id=customer-7", None).await.ok();
        assert_eq!(listed["result"][0]["id"], json!(id));
    }
    house.assert_told_nothing();
}

pub(crate) async fn what_needs_a_store_works_where_there_is_one_and_says_so_elsewhere() {
    let mut house = House::start().await;
    let draft = house.draft();
    let account = house.ask("POST", "/integrated-account", Some(&draft)).await.ok();
    let id = account["id"].as_str().expect("an id").to_owned();
    let made = house.ask("POST", "/api-token", Some(&json!({"scope": "read"}))).await.ok();
    let (token_id, token) = (made["id"].as_str().expect("an id"), made["token"].as_str().expect("a token"));
    let (token_id, token) = (token_id.to_owned(), token.to_owned());
    let calls = [
        ("GET", "/integrated-account?status=active".to_owned()),
        ("DELETE", format!("/token/{token_id}")),
        ("DELETE", format!("/integrated-account/{id}")),
    ];
    for (method, target) in calls {
        let answer = house.ask(method, &target, None).await;
        match Kind::current() {
            Kind::Service => {
                assert_eq!(
                    (answer.status, answer.json()["code"].as_str()),
                    (501, Some("needs_store")),
                    "{target}"
                );
                assert!(answer.json()["message"].as_str().expect("a text").contains("service-spin.wasm"));
            }
            Kind::ServiceSpin => assert_eq!(answer.status, 200, "{target}"),
        }
    }
    let used =
        house.ask("GET", &format!("{UNIFIED}/campaigns?limit=1&integrated_account_id={id}"), None).await;
    let by_token = house.send(with_token("GET", "/integrated-account", &token)).await;
    match Kind::current() {
        Kind::Service => assert_eq!((used.status, by_token.status), (200, 200)),
        Kind::ServiceSpin => assert_eq!((used.status, by_token.status), (404, 401), "gone, and taken back"),
    }
}

pub(crate) async fn credentials_that_clevertap_refuses_are_not_kept() {
    let mut house = House::start().await;
    let mut draft = house.draft();
    draft["passcode"] = json!("wrong-passcode-1");
    let answer = house.ask("POST", "/integrated-account", Some(&draft)).await;
    assert_eq!((answer.status, answer.json()["code"].as_str()), (401, Some("provider_unauthorized")));
    assert!(answer.json()["message"].as_str().expect("a text").contains("a wrong region looks the same"));
    assert!(!house.told.concat().contains("wrong-passcode-1"));
    if Kind::current() == Kind::ServiceSpin {
        let listed = house.ask("GET", "/integrated-account", None).await.ok();
        assert_eq!(listed["result"], json!([]));
    }
}
