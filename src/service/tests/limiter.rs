//! The limiter: what counts, what is told, and what a race can do.

use std::rc::Rc;
use std::time::Duration;

use futures_util::future::join_all;

use super::*;
use crate::testing::FakeStore;
use crate::transport::Host;

const EVENTS: &str = "/unified/marketing-automation/events?integrated_account_id=acme";

fn limited(limit: &str) -> Vec<(String, String)> {
    let mut env = environment();
    env.push(("MARKETING_AUTOMATION_RATE_LIMIT".to_owned(), limit.to_owned()));
    env
}

fn taking(store: &Rc<FakeStore>) -> FakeHost {
    FakeHost::answering(|_| Reply::json(200, &json!({"status": "success"}))).with_store(store)
}

fn event() -> Inbound {
    post(EVENTS, &json!({"name": "Order", "profile_id": "u"}))
}

fn figures(headers: &Headers) -> Option<(u32, u32, u32)> {
    let number = |name| header(headers, name).map(|text| text.parse().unwrap());
    let all = (number("ratelimit-limit"), number("ratelimit-remaining"), number("ratelimit-reset"));
    assert!(matches!(all, (Some(_), Some(_), Some(_)) | (None, None, None)), "{headers:?}");
    Some((all.0?, all.1?, all.2?))
}

#[test]
fn a_window_has_so_many_requests() {
    let store = Rc::default();
    let (host, env) = (taking(&store), limited("3/10"));
    host.run(host.sleep(Duration::from_millis(2500)));
    for remaining in [2, 1, 0] {
        let answer = ask_with(&host, &env, event());
        assert_eq!((answer.status, figures(&answer.headers)), (200, Some((3, remaining, 8))));
    }
    let answer = ask_with(&host, &env, event());
    assert_eq!(answer.problem(), (429, "rate_limited".to_owned()));
    assert_eq!((figures(&answer.headers), answer.header("retry-after")), (Some((3, 0, 8)), Some("8")));
    let body = answer.json();
    assert_eq!((&body["truto_is_remote_error"], &body["retryable"]), (&json!(false), &json!(true)));
    assert_eq!((&body["retry_after"], host.sent().len()), (&json!(8), 3));
    assert!(body["truto_error_insight"]["rate_limit_error"]["description"].is_string());
    host.run(host.sleep(Duration::from_millis(7500)));
    let answer = ask_with(&host, &env, event());
    assert_eq!((answer.status, figures(&answer.headers)), (200, Some((3, 2, 10))));
}

#[test]
fn instances_count_together() {
    let (store, env): (Rc<FakeStore>, _) = (Rc::default(), limited("3/10"));
    let statuses: Vec<u16> = (0..4).map(|_| ask_with(&taking(&store), &env, event()).status).collect();
    assert_eq!(statuses, [200, 200, 200, 429]);
    assert_eq!(store.calls(), 7, "a get and a set each, and for the last a get");
}

#[test]
fn only_requests_of_an_account_count() {
    let (store, env): (Rc<FakeStore>, _) = (Rc::default(), limited("100/10"));
    for request in [
        get("/healthz"),
        get("/integrated-account"),
        get("/integrated-account/acme"),
        get("/integration/clevertap/capabilities"),
        event().without("authorization"),
        post(&EVENTS.replace("acme", "nobody"), &json!({})),
        post("/unified/marketing-automation/events", &json!({})),
        post(&format!("{EVENTS}&integrated_account_id=b"), &json!({})),
        get("/nowhere?integrated_account_id=acme"),
    ] {
        let target = request.target.clone();
        let answer = ask_with(&silent().with_store(&store), &env, request);
        assert_eq!(figures(&answer.headers), None, "{target}");
    }
    assert!(store.entries().is_empty());
    // What is wrong with the request is told with figures, and CleverTap's own answers, too.
    for (place, request) in [
        post(EVENTS, &json!({})),
        get(&format!("{CAMPAIGNS}?integrated_account_id=acme&limit=x")),
        get("/proxy/nothing?integrated_account_id=acme"),
        post("/custom/1/x.json?integrated_account_id=acme", &json!({})),
    ]
    .into_iter()
    .enumerate()
    {
        let answer = ask_with(&taking(&store), &env, request);
        let remaining = 99 - u32::try_from(place).unwrap();
        assert_eq!(figures(&answer.headers), Some((100, remaining, 10)), "{}", answer.text());
    }
    let keys: Vec<String> = store.entries().into_keys().collect();
    assert!(keys.len() == 1 && keys[0].starts_with("rate.") && !keys[0].contains("acme"), "{keys:?}");
}

#[test]
fn requests_with_an_accounts_own_token_count_for_it() {
    let store = Rc::default();
    let host = taking(&store);
    let mut env = super::accounts::env();
    env.extend(limited("10/10").pop());
    let linked = ask_with(&host, &env, post("/integrated-account", &super::accounts::draft())).json();
    let id = linked["id"].as_str().unwrap();
    let made =
        ask_with(&host, &env, post(&format!("/integrated-account/{id}/token"), &json!({"scope": "write"})))
            .json();
    let token = format!("Bearer {}", made["token"].as_str().unwrap());
    for (name, remaining) in [(String::new(), 9), (format!("?integrated_account_id={id}"), 8)] {
        let target = format!("/unified/marketing-automation/events{name}");
        let request = post(&target, &json!({"name": "Order", "profile_id": "u"}));
        let request = request.without("authorization").with("authorization", &token);
        assert_eq!(figures(&ask_with(&host, &env, request).headers), Some((10, remaining, 10)), "{name}");
    }
    // Another account has its own.
    assert_eq!(figures(&ask_with(&host, &env, event()).headers), Some((10, 9, 10)));
}

#[test]
fn without_a_limit_nothing_is_counted_or_told() {
    let store = Rc::default();
    let answer = ask(&taking(&store), event());
    assert_eq!((answer.status, figures(&answer.headers), store.calls()), (200, None, 0));
}

#[test]
fn a_limit_needs_a_store_and_a_form() {
    for (limit, words) in [
        ("50/10", "needs a key-value store"),
        ("50", "requests/seconds"),
        ("0/10", "requests/seconds"),
        ("50/0", "requests/seconds"),
        ("50/86401", "requests/seconds"),
        ("1000001/1", "requests/seconds"),
        ("fast/10", "requests/seconds"),
    ] {
        let env = limited(limit);
        let answer = ask_with(&silent(), &env, event());
        assert_eq!(answer.problem(), (500, "configuration".to_owned()), "{limit}");
        assert!(
            answer.message().contains(words) && !answer.message().contains("fast"),
            "{}",
            answer.message()
        );
        let health = ask_with(&silent(), &env, get("/healthz")).json();
        assert_eq!(health["variable"], "MARKETING_AUTOMATION_RATE_LIMIT");
    }
    let store: Rc<FakeStore> = Rc::default();
    assert_eq!(ask_with(&silent().with_store(&store), &limited("50/10"), get("/healthz")).status, 200);
}

#[test]
fn a_store_that_fails_or_hangs_lets_requests_pass() {
    let store: Rc<FakeStore> = Rc::default();
    let (host, env) = (taking(&store), limited("1/10"));
    store.fail(true);
    for _ in 0..3 {
        let answer = ask_with(&host, &env, event());
        assert_eq!((answer.status, figures(&answer.headers)), (200, None));
    }
    let lines = host.lines();
    let told: Vec<_> = lines.iter().filter(|line| line["event"] == "rate_limit_not_counted").collect();
    assert_eq!(told.len(), 3);
    assert_eq!(told[0]["account"], "acme");
    store.fail(false);
    assert_eq!(ask_with(&host, &env, event()).status, 200);
    assert_eq!(ask_with(&host, &env, event()).status, 429);
}

#[test]
fn at_once_one_instance_admits_exactly_the_limit_and_two_no_more_than_twice_it() {
    let env = limited("5/10");
    let statuses = |hosts: &[FakeHost]| {
        let requests = hosts.iter().flat_map(|host| (0..12).map(|_| handle(host, &env, event())));
        let answers = hosts[0].run(join_all(requests));
        answers.iter().filter(|answer| answer.status == 200).count()
    };
    let store = Rc::default();
    assert_eq!(statuses(&[taking(&store)]), 5);
    let store = Rc::default();
    let admitted = statuses(&[taking(&store), taking(&store)]);
    assert!((5..=10).contains(&admitted), "{admitted}");
    assert!(admitted > 5, "the store has no atomic step: {admitted}");
    // Once all have been counted, everybody knows.
    assert_eq!(ask_with(&taking(&store), &env, event()).status, 429);
}
