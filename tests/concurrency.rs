//! Many requests in one instance of `service-spin.wasm`: none waits for a neighbour's upstream, and none sees a
//! neighbour's data.

use std::time::{Duration, Instant};

use clevertap_sandbox::{AccountConfig, Config, Fault, Latency, Sandbox};
use component_tests::{ACCOUNT, Answer, Client, Kind, PASSCODE, UNIFIED, environment_of};
use marketing_automation_host::{AllowList, Egress, Usage};
use serde_json::{Value, json};
use tokio::task::JoinHandle;

/// Accounts, each a project of its own in the sandbox.
const ACCOUNTS: usize = 4;
/// Requests at the same time: what Spin and `wasmtime serve` give one instance.
const REQUESTS: usize = 16;
/// The person that every account has, under another name in each.
const PERSON: &str = "person-1";
/// Where CleverTap has people.
const PROFILE: &str = "/1/profile.json";
const DEADLINE: Duration = Duration::from_secs(30);

fn account(n: usize) -> String {
    format!("{ACCOUNT}-{}", n % ACCOUNTS)
}

fn project(n: usize) -> String {
    format!("TEST-PROJECT-{}", n % ACCOUNTS)
}

fn name(n: usize) -> String {
    format!("Person of project {}", n % ACCOUNTS)
}

/// A sandbox with a person of its own for each account, and a service in no more than so many instances.
async fn start(instances: u32, in_flight: usize) -> (Sandbox, Client) {
    let accounts = (0..ACCOUNTS).map(|n| AccountConfig {
        project_id: project(n),
        passcode: PASSCODE.to_owned(),
        ..AccountConfig::default()
    });
    let sandbox = Sandbox::start(Config {
        accounts: accounts.collect(),
        campaigns: 0,
        profiles: 0,
        events: 0,
        enforce_concurrency: false,
        ..Config::default()
    })
    .await
    .expect("the sandbox starts");
    let url = sandbox.url();
    let accounts: Value = (0..ACCOUNTS)
        .map(|n| {
            let (id, project) = (account(n), project(n));
            json!({"id": id, "project_id": project, "passcode": PASSCODE, "region": "eu1", "endpoint": url})
        })
        .collect();
    let mut env = environment_of(&accounts, Some(&url));
    for (name, value) in [
        ("MARKETING_AUTOMATION_DEADLINE_MS", DEADLINE.as_millis().to_string()),
        ("MARKETING_AUTOMATION_REQUESTS_IN_FLIGHT", in_flight.to_string()),
    ] {
        env.push((name.to_owned(), value));
    }
    let egress = Egress::network(AllowList::parse([&url]).expect("an origin"));
    let client = Client::in_instances(instances, Kind::ServiceSpin, egress, env);
    for n in 0..ACCOUNTS {
        let target = format!("{UNIFIED}/contacts?integrated_account_id={}", account(n));
        client.post(&target, &json!({"id": PERSON, "name": name(n)})).await.ok();
    }
    sandbox.state().clear_calls();
    (sandbox, client)
}

/// Asks for the person of an account; the answer, and how long it took.
fn ask(client: &Client, n: usize) -> JoinHandle<(Answer, Duration)> {
    let client = client.clone();
    tokio::spawn(async move {
        let started = Instant::now();
        let target = format!("{UNIFIED}/contacts/{PERSON}?integrated_account_id={}", account(n));
        let answer = client.get(&target).await;
        (answer, started.elapsed())
    })
}

/// Waits until the sandbox has so many calls.
async fn calls(sandbox: &Sandbox, count: usize) {
    let come = async {
        while sandbox.state().calls().len() < count {
            tokio::task::yield_now().await;
        }
    };
    let come = tokio::time::timeout(DEADLINE, come).await;
    assert!(come.is_ok(), "{} of {count} calls came", sandbox.state().calls().len());
}

/// Asks for as many people as an instance has requests, account after account, each as soon as the one before it
/// waits for CleverTap: an instance takes the next request then, and not while it computes. `first` befalls the
/// first. The first's time, the longest of the others', and whether one instance answered them all.
async fn round(sandbox: &Sandbox, client: &Client, first: Fault) -> (Duration, Duration, bool) {
    sandbox.state().clear_calls();
    sandbox.state().script(PROFILE, vec![first]);
    let mut asked = Vec::new();
    for n in 0..REQUESTS {
        asked.push(ask(client, n));
        calls(sandbox, n + 1).await;
    }
    let mut times = Vec::new();
    let mut instances: Vec<Usage> = Vec::new();
    for (n, answer) in asked.into_iter().enumerate() {
        let (answer, time) = answer.await.expect("no panic");
        assert_eq!(answer.ok()["name"], name(n).as_str(), "each account has its own person");
        times.push(time);
        instances.extend(answer.usage);
    }
    let one = instances.iter().all(|usage| usage.is_same_instance(&instances[0]));
    let others = times[1..].iter().max().copied().expect("others");
    (times[0], others, one && instances.len() == REQUESTS)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stuck_upstream_holds_up_nobody_else() {
    let (sandbox, client) = start(8, REQUESTS / ACCOUNTS).await;
    // Long enough for all to wait at the same time.
    sandbox.state().set_latency(Latency { every_ms: 300, ..Latency::default() });
    // Whether the host finds the instance at leisure for the next request is a matter of luck.
    for _ in 0..5 {
        let (_, usual, _) = round(&sandbox, &client, Fault::Pass).await;
        let (stuck, beside, one) = round(&sandbox, &client, Fault::Latency(8_000)).await;
        if !one {
            continue;
        }
        println!("{usual:?} each; beside one that took {stuck:?}: {beside:?}");
        assert!(beside < usual * 5, "{beside:?} beside a request that took {stuck:?}, {usual:?} without");
        return;
    }
    panic!("the host never gave one instance {REQUESTS} requests");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_goes_away_frees_what_its_request_held() {
    // More places than one: the host starts another instance when it finds the first computing, and a request that
    // finds no place at all would wait for those that never end.
    let (sandbox, client) = start(8, 3).await;
    sandbox.state().script(PROFILE, vec![Fault::Hang; 3]);
    // All that the account may have in flight, each as soon as the one before it waits, so that they share an instance.
    let mut held = Vec::new();
    for n in 0..3 {
        held.push(ask(&client, 0));
        calls(&sandbox, n + 1).await;
    }
    let waiting = ask(&client, 0);
    for request in held {
        request.abort();
    }
    let (answer, time) = waiting.await.expect("no panic");
    assert_eq!(answer.ok()["name"], name(0).as_str());
    assert!(time < DEADLINE / 2, "{time:?} behind three that were cut");
}
