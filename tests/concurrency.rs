//! Many requests in one instance of `service-spin.wasm`: none waits for a neighbour's upstream, and none sees a
//! neighbour's data.

use std::sync::Arc;
use std::time::{Duration, Instant};

use clevertap_sandbox::{AccountConfig, Config, Fault, Sandbox};
use component_tests::{ACCOUNT, Answer, Client, Kind, PASSCODE, UNIFIED, environment_of};
use marketing_automation_host::{AllowList, Egress};
use serde_json::{Value, json};
use tokio::task::JoinSet;

/// Accounts, each a project of its own in the sandbox.
const ACCOUNTS: usize = 4;
/// Requests at the same time: what Spin and `wasmtime serve` give one instance.
const REQUESTS: usize = 16;
/// The person that every account has, under another name in each.
const PERSON: &str = "person-1";
const PROFILE: &str = "/1/profile.json";

fn account(n: usize) -> String {
    format!("{ACCOUNT}-{n}")
}

fn project(n: usize) -> String {
    format!("TEST-PROJECT-{n}")
}

fn name(n: usize) -> String {
    format!("Person of project {n}")
}

fn person(n: usize) -> String {
    format!("{UNIFIED}/contacts/{PERSON}?integrated_account_id={}", account(n % ACCOUNTS))
}

/// A sandbox with a person of its own for each account, and a service that has one instance.
async fn start() -> (Sandbox, Arc<Client>) {
    let accounts = (0..ACCOUNTS).map(|n| AccountConfig {
        project_id: project(n),
        passcode: PASSCODE.to_owned(),
        ..AccountConfig::default()
    });
    let config =
        Config { accounts: accounts.collect(), campaigns: 0, profiles: 0, events: 0, ..Config::default() };
    let sandbox = Sandbox::start(config).await.expect("the sandbox starts");
    let url = sandbox.url();
    let accounts: Value = (0..ACCOUNTS)
        .map(|n| json!({"id": account(n), "project_id": project(n), "passcode": PASSCODE, "region": "eu1", "endpoint": url}))
        .collect();
    let mut env = environment_of(&accounts, Some(&url));
    // Whoever waited for a stuck neighbour would wait as long as that.
    env.push(("MARKETING_AUTOMATION_DEADLINE_MS".to_owned(), "30000".to_owned()));
    let egress = Egress::network(AllowList::parse([&url]).expect("an origin"));
    let client = Client::in_instances(1, Kind::ServiceSpin, egress, env);
    for n in 0..ACCOUNTS {
        let target = format!("{UNIFIED}/contacts?integrated_account_id={}", account(n));
        client.post(&target, &json!({"id": PERSON, "name": name(n)})).await.ok();
    }
    sandbox.state().clear_calls();
    (sandbox, Arc::new(client))
}

/// Asks for so many people, account after account, at the same time. Returns how long it took until all were there.
async fn ask(client: &Arc<Client>, requests: usize) -> Duration {
    let started = Instant::now();
    let mut answers = JoinSet::new();
    for n in 0..requests {
        let client = client.clone();
        answers.spawn(async move { (n, client.get(&person(n)).await) });
    }
    while let Some(answer) = answers.join_next().await {
        let (n, answer) = answer.expect("no panic");
        assert_eq!(answer.ok()["name"], name(n % ACCOUNTS).as_str(), "each account has its own person");
    }
    started.elapsed()
}

/// Waits until the sandbox has so many calls.
async fn calls(sandbox: &Sandbox, count: usize) {
    while sandbox.state().calls().len() < count {
        tokio::task::yield_now().await;
    }
}

fn stuck(client: &Arc<Client>, n: usize) -> tokio::task::JoinHandle<Answer> {
    let client = client.clone();
    tokio::spawn(async move { client.get(&person(n)).await })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stuck_upstream_holds_up_nobody_else() {
    let (sandbox, client) = start().await;
    ask(&client, REQUESTS).await;
    let usual = ask(&client, REQUESTS).await;

    sandbox.state().clear_calls();
    sandbox.state().script(PROFILE, vec![Fault::Hang]);
    let stuck = stuck(&client, 0);
    calls(&sandbox, 1).await;
    let beside = ask(&client, REQUESTS - 1).await;

    assert!(!stuck.is_finished());
    println!("{} requests: {usual:?}; beside a stuck one: {beside:?}", REQUESTS - 1);
    assert!(beside < usual * 10, "{beside:?} beside a stuck request, {usual:?} without");
    // The caps hold among the requests of an instance, so that nobody was refused for coming too often.
    for n in 0..ACCOUNTS {
        let (most, refused) = sandbox.state().in_flight(&project(n), PROFILE);
        assert!((1..=3).contains(&most) && refused == 0, "{most} at once, {refused} refused");
    }
    stuck.abort();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_goes_away_frees_what_its_request_held() {
    let (sandbox, client) = start().await;
    let usual = ask(&client, REQUESTS).await;

    sandbox.state().clear_calls();
    sandbox.state().script(PROFILE, vec![Fault::Hang; 3]);
    // All that the account may have in flight.
    let held: Vec<_> = (0..3).map(|_| stuck(&client, 0)).collect();
    calls(&sandbox, 3).await;
    let started = Instant::now();
    let waiting = stuck(&client, 0);
    for request in held {
        request.abort();
    }
    assert_eq!(waiting.await.expect("no panic").ok()["name"], name(0).as_str());
    let freed = started.elapsed();
    println!("16 requests: {usual:?}; one that waited for three that were cut: {freed:?}");
    assert!(
        freed < Duration::from_secs(15),
        "{freed:?}, where the deadline is 30 s and the usual time {usual:?}"
    );
}
