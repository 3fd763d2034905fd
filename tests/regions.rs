//! Each region has its host, and a wrong one is said to look like a wrong passcode.

use component_tests::{ACCOUNT, Client, PASSCODE, PROJECT, UNIFIED, engine, environment, provider_component};
use marketing_automation_host::{
    CallError, Egress, ErrorCode, Hook, Provider, ProviderOptions, json_response,
};
use serde_json::json;

const HOSTS: &[(&str, &str)] = &[
    ("eu1", "api.clevertap.com"),
    ("Europe", "api.clevertap.com"),
    ("in1", "in1.api.clevertap.com"),
    ("India", "in1.api.clevertap.com"),
    ("us1", "us1.api.clevertap.com"),
    ("United States", "us1.api.clevertap.com"),
    ("sg1", "sg1.api.clevertap.com"),
    ("Singapore", "sg1.api.clevertap.com"),
    ("aps3", "aps3.api.clevertap.com"),
    ("Indonesia", "aps3.api.clevertap.com"),
    ("mec1", "mec1.api.clevertap.com"),
    ("Middle East (UAE)", "mec1.api.clevertap.com"),
    ("sk1", "sk1.api.clevertap.com"),
    ("South Korea", "sk1.api.clevertap.com"),
    ("https://sg1.dashboard.clevertap.com/login.html#/", "sg1.api.clevertap.com"),
];

fn client(region: &str, egress: Egress) -> Client {
    let account = json!({"id": ACCOUNT, "project_id": PROJECT, "passcode": PASSCODE, "region": region});
    Client::new(egress, environment(&account, None))
}

pub(crate) async fn every_form_of_a_region_leads_to_its_host() {
    for (region, host) in HOSTS {
        let hook = Hook::json(200, r#"{"status":"success","targets":[]}"#);
        let client = client(region, Egress::hook(hook.clone()));
        client.get(&format!("{UNIFIED}/campaigns?integrated_account_id={ACCOUNT}&source=api")).await.ok();
        let requests = hook.requests();
        assert!(!requests.is_empty());
        for call in requests {
            assert_eq!(call.request.uri().authority().expect("a host").as_str(), *host, "{region}");
            assert_eq!(call.request.uri().scheme_str(), Some("https"));
            let options = call.options;
            assert!(
                options.connect_timeout.is_some()
                    && options.first_byte_timeout.is_some()
                    && options.between_bytes_timeout.is_some()
            );
            assert!(call.request.headers().contains_key("content-length"));
        }
    }
}

pub(crate) async fn what_is_no_region_is_refused_with_the_list() {
    for region in ["", "mars1", "auto", "in1.api.clevertap.com.evil.test", "https://evil.test/"] {
        let hook = Hook::json(200, "{}");
        let answer = client(region, Egress::hook(hook.clone()))
            .get(&format!("{UNIFIED}/campaigns?integrated_account_id={ACCOUNT}"))
            .await;
        let message = answer.json()["message"].as_str().expect("a message").to_owned();
        assert_eq!(answer.status, 500, "{region}: {message}");
        assert!(message.contains("MARKETING_AUTOMATION_ACCOUNTS"), "{message}");
        assert!(hook.requests().is_empty());
    }
}

pub(crate) async fn a_401_tells_about_regions_and_a_denial_names_the_host() {
    let hook = Hook::json(401, r#"{"status":"fail","error":"Invalid Credentials","code":401}"#);
    let answer = client("in1", Egress::hook(hook))
        .get(&format!("{UNIFIED}/campaigns?integrated_account_id={ACCOUNT}"))
        .await;
    let problem = answer.json();
    assert_eq!(
        (answer.status, problem["code"].as_str(), problem["truto_is_remote_error"].as_bool()),
        (401, Some("provider_unauthorized"), Some(true))
    );
    assert!(problem["message"].as_str().expect("a message").contains("wrong region"), "{problem}");
    let denied = client("in1", Egress::denied())
        .get(&format!("{UNIFIED}/campaigns?integrated_account_id={ACCOUNT}"))
        .await;
    let problem = denied.json();
    assert_eq!(problem["code"], "denied_by_host");
    assert!(problem["message"].as_str().expect("a message").contains("in1.api.clevertap.com"), "{problem}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn verify_with_auto_finds_the_region() {
    let hook = Hook::new(|call| async move {
        match call.request.uri().host() {
            Some("sg1.api.clevertap.com") => json_response(200, r#"{"status":"success"}"#),
            Some("aps3.api.clevertap.com") => Err(ErrorCode::ConnectionRefused),
            _ => json_response(401, r#"{"status":"fail","error":"Invalid Credentials","code":401}"#),
        }
    });
    let options = ProviderOptions { egress: Egress::hook(hook.clone()), ..ProviderOptions::default() };
    let provider = Provider::new(engine(), provider_component(), options).expect("the provider links");
    let connection = json!({"id": ACCOUNT, "project-id": PROJECT, "passcode": PASSCODE, "region": "auto"});
    let mut session = provider.open(&connection).await.expect("it opens");
    let unresolved = session.call("campaigns", "list", &[json!({"statuses": [], "channels": []})]).await;
    assert!(matches!(unresolved, Err(CallError::Fault(fault)) if fault.to_string().contains("verify")));
    let verified = session.call("accounts", "verify", &[]).await.expect("one region accepts");
    assert_eq!(
        (verified["region"].as_str(), verified["host"].as_str()),
        (Some("sg1"), Some("sg1.api.clevertap.com"))
    );
    hook.take_requests();
    session
        .call("campaigns", "list", &[json!({"statuses": [], "channels": [], "source": "api"})])
        .await
        .expect("the account keeps the region");
    assert!(hook.requests().iter().all(|call| call.request.uri().host() == Some("sg1.api.clevertap.com")));
}
