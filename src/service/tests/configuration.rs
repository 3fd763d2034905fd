//! The environment: what can be used, and that errors show nothing of it.

use proptest::prelude::*;

use super::*;
use crate::service::config::Config;
use crate::service::{Unreadable, VARIABLES, handle_read};

fn with(name: &str, value: &str) -> Vec<(String, String)> {
    let name = format!("MARKETING_AUTOMATION_{name}");
    let mut env: Vec<_> = environment().into_iter().filter(|(key, _)| *key != name).collect();
    env.push((name, value.to_owned()));
    env
}

/// The error that a value leads to, on a call and on the health check.
fn complaint(name: &str, value: &str) -> String {
    let env = with(name, value);
    let answer = ask_with(&silent(), &env, get(CAMPAIGNS));
    assert_eq!(answer.problem(), (500, "configuration".to_owned()), "{name}={value}");
    let health = ask_with(&silent(), &env, get("/healthz").without("authorization"));
    assert_eq!(health.status, 503);
    assert_eq!(health.json()["message"], answer.message());
    assert_eq!(health.json()["variable"], format!("MARKETING_AUTOMATION_{name}"));
    answer.message()
}

#[test]
fn what_cannot_be_used_is_named_by_variable_and_place() {
    let account = |extra: Value| {
        let mut account = json!({"id": "a", "project_id": "p", "passcode": "s", "region": "eu1"});
        for (key, value) in extra.as_object().unwrap() {
            account[key] = value.clone();
        }
        json!([account]).to_string()
    };
    for (name, value, words) in [
        ("ACCOUNTS", "{".to_owned(), "ACCOUNTS: is not JSON"),
        ("ACCOUNTS", "{}".to_owned(), "must be a JSON list"),
        ("ACCOUNTS", "[1]".to_owned(), "ACCOUNTS[0]: must be an object"),
        ("ACCOUNTS", json!([{"id": "a"}]).to_string(), "ACCOUNTS[0].project_id: is missing"),
        ("ACCOUNTS", account(json!({"region": "mars"})), "ACCOUNTS[0].region: not a CleverTap region"),
        ("ACCOUNTS", account(json!({"region": "auto"})), "accounts verify"),
        ("ACCOUNTS", account(json!({"timezone": "Mars/Base"})), "ACCOUNTS[0].timezone"),
        ("ACCOUNTS", account(json!({"passcode": 7})), "ACCOUNTS[0].passcode: must be a text"),
        ("ACCOUNTS", account(json!({"passcode": "a b"})), "ACCOUNTS[0].passcode"),
        (
            "ACCOUNTS",
            account(json!({"pass_code": "x"})),
            "ACCOUNTS[0]: has a key that is not known; did you mean passcode?",
        ),
        (
            "ACCOUNTS",
            account(json!({"endpoint": "http://127.0.0.1:1"})),
            "must be listed in MARKETING_AUTOMATION_ALLOWED_ENDPOINTS",
        ),
        ("ACCOUNTS", account(json!({"endpoint": "http://127.0.0.1:1/x"})), "ACCOUNTS[0].endpoint"),
        ("API_TOKENS", "fine,not fine".to_owned(), "API_TOKENS[1]"),
        ("ALLOWED_ENDPOINTS", "http://x,y".to_owned(), "ALLOWED_ENDPOINTS[1]"),
        ("DEADLINE_MS", "999".to_owned(), "whole number from 1000 to 600000"),
        ("UPLOADS_IN_FLIGHT", "0".to_owned(), "1 to 100"),
        ("REQUESTS_IN_FLIGHT", "many".to_owned(), "1 to 100"),
        ("LOOKBACK_DAYS", "-1".to_owned(), "0 to 3650"),
        ("UPLOAD_HOSTS", "https://amazonaws.com".to_owned(), "UPLOAD_HOSTS[0]"),
    ] {
        let message = complaint(name, &value);
        assert!(
            message.starts_with("MARKETING_AUTOMATION_") && message.contains(words),
            "{name}={value}: {message}"
        );
    }
}

#[test]
fn two_accounts_need_two_ids() {
    let one = json!({"id": "a", "project_id": "p", "passcode": "s", "region": "eu1"});
    let message = complaint("ACCOUNTS", &json!([one, one]).to_string());
    assert!(message.contains("[1].id: is the same as [0].id"), "{message}");
}

#[test]
fn values_reach_the_accounts() {
    let accounts = json!([{"id": "a", "project_id": "p", "passcode": "s", "region": "https://in1.dashboard.clevertap.com/x", "timezone": null, "endpoint": "http://127.0.0.1:80"}]);
    let env = vec![
        // Spin's spelling.
        ("marketing_automation_accounts".to_owned(), accounts.to_string()),
        (
            "MARKETING_AUTOMATION_ALLOWED_ENDPOINTS".to_owned(),
            " https://other , http://127.0.0.1/some/path ".to_owned(),
        ),
        ("MARKETING_AUTOMATION_DEADLINE_MS".to_owned(), " 2000 ".to_owned()),
        ("MARKETING_AUTOMATION_LOOKBACK_DAYS".to_owned(), "10".to_owned()),
        ("MARKETING_AUTOMATION_UPLOADS_IN_FLIGHT".to_owned(), String::new()),
        ("MARKETING_AUTOMATION_UPLOAD_HOSTS".to_owned(), "amazonaws.com, s3.example.org".to_owned()),
    ];
    let config = Config::read(&env).unwrap();
    let account = config.account("a").unwrap();
    assert_eq!(account.settings.deadline.as_millis(), 2000);
    assert_eq!((account.settings.lookback_days, account.settings.uploads_in_flight), (10, 15));
    assert_eq!(config.account("b").map(|account| &account.id), None);
}

#[test]
fn debug_shows_no_secret() {
    let text = format!("{:?}", Config::read(&environment()).unwrap());
    assert!(!text.contains(PASSCODE), "{text}");
}

/// Accounts with a secret somewhere, in a key or a value, whole or as part of it.
fn misplaced(secret: &str) -> impl Strategy<Value = String> + use<> {
    let secret = secret.to_owned();
    let keys = ["id", "project_id", "passcode", "region", "timezone", "endpoint", "else"];
    (0..keys.len(), 0..6usize).prop_map(move |(key, form)| {
        let mut account = json!({"id": "a", "project_id": "p", "passcode": "good", "region": "eu1"});
        match form {
            0 => account[keys[key]] = json!(secret),
            1 => account[keys[key]] = json!([secret]),
            2 => account[keys[key]] = json!({"x": secret}),
            3 => account[&secret] = json!(1),
            4 => account[keys[key]] = json!(format!("https://user:{secret}@host/{secret}")),
            _ => return format!("[{{\"id\": {secret} }}]"),
        }
        json!([account, {"id": secret}]).to_string()
    })
}

proptest! {
    #[test]
    fn errors_show_nothing_of_the_values(text in misplaced("Sv5xQ-WUH-SECRET"), broken in any::<bool>(), variable in 0..8usize) {
        const SECRET: &str = "Sv5xQ-WUH-SECRET";
        let name = ["ACCOUNTS", "ACCOUNTS", "ALLOWED_ENDPOINTS", "DEADLINE_MS", "UPLOADS_IN_FLIGHT", "REQUESTS_IN_FLIGHT", "LOOKBACK_DAYS", "UPLOAD_HOSTS"][variable];
        let text = if broken { text.replace(':', " ") } else { text };
        let host = silent();
        for request in [get(CAMPAIGNS), get("/healthz"), get("/integrated-account"), get("/integrated-account/a")] {
            let answer = ask_with(&host, &with(name, &text), request);
            prop_assert!(answer.status >= 500, "{} {}", text, answer.text());
            prop_assert!(!answer.text().contains(SECRET), "{}", answer.text());
            let headers = format!("{:?}", answer.headers);
            prop_assert!(!headers.contains(SECRET));
        }
        prop_assert!(host.lines().iter().all(|line| !line.to_string().contains(SECRET)));
    }

    #[test]
    fn no_token_list_is_too_strange(value in ".{0,60}") {
        let answer = ask_with(&silent(), &with("API_TOKENS", &value), get("/integrated-account").without("authorization"));
        prop_assert!(matches!(answer.status, 401 | 500));
    }
}

#[test]
fn a_variable_that_the_host_cannot_give_is_named() {
    let host = silent();
    let ask = |request| {
        host.run(async {
            let unreadable = Unreadable { variable: "MARKETING_AUTOMATION_ACCOUNTS" };
            let Outbound { status, headers, body } = handle_read(&host, Err(unreadable), request).await;
            Answer { status, headers, body: body.read(1 << 20).await.unwrap() }
        })
    };
    let answer = ask(get(CAMPAIGNS));
    assert_eq!(answer.problem(), (500, "configuration".to_owned()));
    assert!(answer.message().starts_with("MARKETING_AUTOMATION_ACCOUNTS: the host could not give its value"));
    let health = ask(get("/healthz"));
    assert_eq!(
        (health.status, health.json()["variable"].as_str()),
        (503, Some("MARKETING_AUTOMATION_ACCOUNTS"))
    );
}

/// Where the host cannot list its variables, one that is missing here is never read.
#[test]
fn every_variable_is_listed() {
    let source = include_str!("../config.rs");
    let named = source.lines().filter(|line| line.contains(": &str = \"MARKETING_AUTOMATION_")).count();
    assert_eq!(VARIABLES.len(), named);
    assert!(VARIABLES.iter().all(|name| source.contains(&format!("| `{name}` |"))), "each is in the table");
}
