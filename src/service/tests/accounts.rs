//! Linked accounts: with a store and without, verified, used, changed, unlinked; and what CleverTap makes of them.

use std::cell::RefCell;
use std::rc::Rc;

use super::*;
use crate::testing::{FakeStore, SECRET_KEYS};

const NEW_PASSCODE: &str = "NEW-PASSCODE-9";

/// The usual environment and the key.
pub(super) fn env() -> Vec<(String, String)> {
    let mut env = environment();
    env.push(("MARKETING_AUTOMATION_SECRET_KEYS".to_owned(), SECRET_KEYS.to_owned()));
    env
}

/// A CleverTap that takes one passcode, which a test may change.
#[derive(Clone)]
pub(super) struct CleverTap(Rc<RefCell<String>>);

impl CleverTap {
    pub(super) fn new() -> Self {
        Self(Rc::new(RefCell::new(PASSCODE.to_owned())))
    }

    pub(super) fn rotate(&self, passcode: &str) {
        self.0.replace(passcode.to_owned());
    }

    /// In India alone.
    pub(super) fn host(&self) -> FakeHost {
        self.host_in("in1")
    }

    fn host_in(&self, region: &str) -> FakeHost {
        let origin = format!("https://{region}.api.clevertap.com");
        let passcode = Rc::clone(&self.0);
        FakeHost::answering(move |sent| {
            let known = sent.header("x-clevertap-passcode") == Some(passcode.borrow().as_str())
                && sent.origin == origin;
            if !known {
                let refused = json!({"status": "fail", "error": "Invalid Credentials", "code": 401});
                return Reply::json(401, &refused);
            }
            match sent.path() {
                "/v1/connect" => Reply::json(200, &json!({"status": "success"})),
                "/1/targets/list.json" => Reply::json(200, &json!({"status": "success", "targets": []})),
                path => panic!("unexpected {path}"),
            }
        })
    }
}

pub(super) fn draft() -> Value {
    json!({
        "project_id": "TEST-123", "passcode": PASSCODE, "region": "India", "timezone": "Asia/Kolkata",
        "tenant_id": "customer-7", "context": {"plan": "gold", "seats": 3},
    })
}

fn link(host: &FakeHost, draft: &Value) -> Value {
    let answer = ask_with(host, &env(), post("/integrated-account", draft));
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

fn campaigns(id: &str) -> Inbound {
    get(&format!("{CAMPAIGNS}?integrated_account_id={id}&source=api&limit=1"))
}

fn patch(id: &str, body: &Value) -> Inbound {
    Inbound { method: "PATCH".to_owned(), ..post(&format!("/integrated-account/{id}"), body) }
}

#[test]
fn without_a_store_the_vendor_keeps_the_account() {
    let clevertap = CleverTap::new();
    let account = link(&clevertap.host(), &draft());
    let id = account["id"].as_str().unwrap();
    assert!(id.starts_with("ma_sealed_"), "{id}");
    assert_eq!((&account["origin"], &account["status"]), (&json!("sealed"), &json!("active")));
    assert_eq!((&account["region"], &account["tenant_id"]), (&json!("in1"), &json!("customer-7")));
    assert_eq!(account["context"], json!({"plan": "gold", "seats": 3}));
    assert!(!account.to_string().contains(PASSCODE) && !account.to_string().contains("TEST-123"));

    // Another instance knows nothing but the key.
    let host = clevertap.host();
    let answer = ask_with(&host, &env(), campaigns(id));
    assert_eq!(answer.status, 200, "{}", answer.text());
    let sent = &host.sent()[0];
    assert_eq!(sent.header("x-clevertap-account-id"), Some("TEST-123"));
    let line = host.lines().pop().unwrap();
    assert_eq!(line["account"], account["account_id"], "the log has the short id");

    let shown = ask_with(&clevertap.host(), &env(), get(&format!("/integrated-account/{id}"))).json();
    assert_eq!(shown["status"], Value::Null, "nobody keeps it");
    assert_eq!(shown["account_id"], account["account_id"]);
}

#[test]
fn with_a_store_ids_are_short_and_all_is_sealed() {
    let (clevertap, store) = (CleverTap::new(), Rc::new(FakeStore::default()));
    let host = || clevertap.host().with_store(&store);
    let account = link(&host(), &draft());
    let id = account["id"].as_str().unwrap();
    assert!(id.starts_with("acct_") && id.len() == 37, "{id}");
    assert_eq!((&account["origin"], &account["account_id"]), (&json!("stored"), &account["id"]));
    assert_eq!(ask_with(&host(), &env(), campaigns(id)).status, 200);
    for (key, value) in store.entries() {
        let value = String::from_utf8_lossy(&value).into_owned();
        for secret in [PASSCODE, "TEST-123", "customer-7", "gold"] {
            assert!(!key.contains(secret) && !value.contains(secret), "{secret} in {key}");
        }
    }
    let wrong_key = vec![
        ("MARKETING_AUTOMATION_API_TOKENS".to_owned(), TOKEN.to_owned()),
        ("MARKETING_AUTOMATION_SECRET_KEYS".to_owned(), format!("other:{}", "ab".repeat(32))),
    ];
    let answer = ask_with(&host(), &wrong_key, campaigns(id));
    assert_eq!(answer.problem(), (404, "account_not_found".to_owned()));
    assert!(answer.message().contains("key"), "{}", answer.message());
}

#[test]
fn nothing_is_linked_without_a_key_or_unverified() {
    let host = CleverTap::new().host();
    let answer = ask(&host, post("/integrated-account", &draft()));
    assert_eq!(answer.problem(), (501, "not_configured".to_owned()));
    assert!(answer.message().contains("MARKETING_AUTOMATION_SECRET_KEYS"));
    assert!(host.sent().is_empty());

    let store = Rc::new(FakeStore::default());
    for (change, status, code) in [
        (json!({"passcode": "wrong"}), 401, "provider_unauthorized"),
        (json!({"region": "eu1"}), 401, "provider_unauthorized"),
        (json!({"region": "Mars"}), 400, "invalid"),
        (json!({"passcode": null}), 400, "invalid"),
        (json!({"passcode": 7, "more": 1}), 400, "invalid"),
        (json!({"endpoint": "http://127.0.0.1:9"}), 400, "invalid"),
        (json!({"tenant_id": "x".repeat(201)}), 400, "invalid"),
        (json!({"context": {"x": "x".repeat(4096)}}), 400, "invalid"),
    ] {
        let mut body = draft();
        body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let host = CleverTap::new().host().with_store(&store);
        let answer = ask_with(&host, &env(), post("/integrated-account", &body));
        assert_eq!(answer.problem(), (status, code.to_owned()), "{change}: {}", answer.text());
        assert!(!answer.text().contains(PASSCODE), "{change}");
    }
    assert!(store.entries().is_empty(), "nothing was kept");
}

#[test]
fn the_region_is_looked_for_when_asked_to() {
    let clevertap = CleverTap::new();
    let mut body = draft();
    body["region"] = json!("auto");
    let host = clevertap.host_in("sk1");
    let account = link(&host, &body);
    assert_eq!(account["region"], "sk1");
    assert!(host.sent().iter().any(|sent| sent.origin == "https://us1.api.clevertap.com"));
    let host = clevertap.host_in("sk1");
    assert_eq!(ask_with(&host, &env(), campaigns(account["id"].as_str().unwrap())).status, 200);
    let sent = host.sent();
    assert!(sent.iter().all(|sent| sent.origin == "https://sk1.api.clevertap.com"), "once found, it is kept");
    body["region"] = json!("eu1");
    let answer = ask_with(&clevertap.host(), &env(), post("/integrated-account", &body));
    assert!(answer.message().contains("a wrong region looks the same"), "{}", answer.message());
}

#[test]
fn a_refused_account_needs_reauth_until_it_is_changed() {
    let (clevertap, store) = (CleverTap::new(), Rc::new(FakeStore::default()));
    let host = || clevertap.host().with_store(&store);
    let id = link(&host(), &draft())["id"].as_str().unwrap().to_owned();
    let status = || {
        let shown = ask_with(&host(), &env(), get(&format!("/integrated-account/{id}"))).json();
        shown["status"].as_str().unwrap().to_owned()
    };
    assert_eq!(status(), "active");
    clevertap.rotate(NEW_PASSCODE);
    assert_eq!(ask_with(&host(), &env(), campaigns(&id)).problem().1, "provider_unauthorized");
    assert_eq!(status(), "needs_reauth");

    // What CleverTap refuses changes nothing.
    let answer = ask_with(&host(), &env(), patch(&id, &json!({"passcode": "also-wrong"})));
    assert_eq!(answer.status, 401);
    assert_eq!(status(), "needs_reauth");
    // A change that CleverTap does not see keeps the status.
    let answer = ask_with(&host(), &env(), patch(&id, &json!({"tenant_id": null})));
    assert_eq!(
        (answer.json()["status"].as_str(), answer.json()["tenant_id"].as_str()),
        (Some("needs_reauth"), None)
    );
    assert_eq!(status(), "needs_reauth");

    let answer = ask_with(&host(), &env(), patch(&id, &json!({"timezone": "Mars/Base"})));
    assert_eq!(
        answer.problem(),
        (400, "invalid".to_owned()),
        "unseen by CleverTap, and checked nevertheless"
    );

    let changed = ask_with(&host(), &env(), patch(&id, &json!({"passcode": NEW_PASSCODE}))).json();
    assert_eq!((&changed["id"], &changed["status"]), (&json!(id), &json!("active")));
    assert_eq!(status(), "active");
    assert_eq!(ask_with(&host(), &env(), campaigns(&id)).status, 200);

    // And back by a call that goes through, with the passcode as it was.
    clevertap.rotate("another");
    assert_eq!(ask_with(&host(), &env(), campaigns(&id)).status, 401);
    assert_eq!(status(), "needs_reauth");
    clevertap.rotate(NEW_PASSCODE);
    assert_eq!(ask_with(&host(), &env(), campaigns(&id)).status, 200);
    assert_eq!(status(), "active");
}

#[test]
fn passing_calls_through_shows_the_standing_too() {
    let (clevertap, store) = (CleverTap::new(), Rc::new(FakeStore::default()));
    let host = || clevertap.host().with_store(&store);
    let id = link(&host(), &draft())["id"].as_str().unwrap().to_owned();
    clevertap.rotate(NEW_PASSCODE);
    let custom = || get(&format!("/custom/v1/connect?integrated_account_id={id}"));
    assert_eq!(ask_with(&host(), &env(), custom()).status, 401);
    let shown = || ask_with(&host(), &env(), get(&format!("/integrated-account/{id}"))).json();
    assert_eq!(shown()["status"], "needs_reauth");
    clevertap.rotate(PASSCODE);
    assert_eq!(ask_with(&host(), &env(), custom()).status, 200);
    assert_eq!(shown()["status"], "active");
}

#[test]
fn a_sealed_account_changes_and_keeps_its_id() {
    let clevertap = CleverTap::new();
    let account = link(&clevertap.host(), &draft());
    let old = account["id"].as_str().unwrap();
    clevertap.rotate(NEW_PASSCODE);
    let verified = |id: &str| {
        ask_with(&clevertap.host(), &env(), get(&format!("/integrated-account/{id}?verify=true"))).json()
    };
    assert_eq!(verified(old)["status"], "needs_reauth");
    let changed = ask_with(&clevertap.host(), &env(), patch(old, &json!({"passcode": NEW_PASSCODE}))).json();
    let new = changed["id"].as_str().unwrap();
    assert_ne!(new, old);
    assert_eq!(changed["account_id"], account["account_id"]);
    assert_eq!(changed["created_at"], account["created_at"]);
    assert_eq!(verified(new)["status"], "active");
    let answer = ask_with(
        &clevertap.host(),
        &env(),
        Inbound { method: "DELETE".to_owned(), ..get(&format!("/integrated-account/{new}")) },
    );
    assert_eq!(answer.problem(), (501, "needs_store".to_owned()));
    assert!(answer.message().contains("service-spin.wasm"));
}

#[test]
fn an_account_may_be_kept_unverified() {
    let (clevertap, store) = (CleverTap::new(), Rc::new(FakeStore::default()));
    let host = || clevertap.host().with_store(&store);
    clevertap.rotate("not yet");
    let mut body = draft();
    body["keep_unverified"] = json!(true);
    let account = link(&host(), &body);
    assert_eq!(account["status"], "validation_error");
    let id = account["id"].as_str().unwrap();
    let status =
        || ask_with(&host(), &env(), get(&format!("/integrated-account/{id}"))).json()["status"].clone();
    assert_eq!(ask_with(&host(), &env(), campaigns(id)).status, 401);
    assert_eq!(status(), "validation_error", "it never was active");
    clevertap.rotate(PASSCODE);
    assert_eq!(ask_with(&host(), &env(), campaigns(id)).status, 200);
    assert_eq!(status(), "active");
}

#[test]
fn a_late_answer_does_not_mark_the_changed_account() {
    let (clevertap, store) = (CleverTap::new(), Rc::new(FakeStore::default()));
    let host = clevertap.host().with_store(&store);
    let id = link(&host, &draft())["id"].as_str().unwrap().to_owned();
    clevertap.rotate(NEW_PASSCODE);
    // A call with the old passcode is refused while the account is changed.
    host.run(async {
        let (env, late) = (env(), campaigns(&id));
        let refused = handle(&host, &env, late);
        let changed = handle(&host, &env, patch(&id, &json!({"passcode": NEW_PASSCODE})));
        let (refused, changed) = futures_util::future::join(refused, changed).await;
        assert_eq!((refused.status, changed.status), (401, 200));
    });
    let shown = ask_with(&host, &env(), get(&format!("/integrated-account/{id}"))).json();
    assert_eq!(shown["status"], "active");
}

/// Two at once in one instance take turns, and none undoes what the other did.
#[test]
fn changes_at_the_same_time_are_told_apart() {
    let (clevertap, store) = (CleverTap::new(), Rc::new(FakeStore::default()));
    let host = clevertap.host().with_store(&store);
    let id = link(&host, &draft())["id"].as_str().unwrap().to_owned();
    let env = env();
    let both = |one: Inbound, two: Inbound| {
        host.run(async {
            let both = futures_util::future::join(handle(&host, &env, one), handle(&host, &env, two));
            let (one, two) = both.await;
            (one.status, two.status)
        })
    };
    let change = |name: &str| patch(&id, &json!({"tenant_id": name}));
    assert_eq!(both(change("one"), change("two")), (200, 409));
    let delete = Inbound { method: "DELETE".to_owned(), ..get(&format!("/integrated-account/{id}")) };
    assert_eq!(both(delete, patch(&id, &json!({"region": "India"}))), (200, 404));
    assert_eq!(ask_with(&host, &env, campaigns(&id)).problem(), (404, "account_not_found".to_owned()));
    assert_eq!(ask_with(&host, &env, get("/integrated-account?origin=stored")).json()["result"], json!([]));
}

/// All that begin with one digit stand under one key.
#[test]
fn accounts_that_are_linked_at_once_are_all_listed() {
    let (clevertap, store) = (CleverTap::new(), Rc::new(FakeStore::default()));
    let host = clevertap.host().with_store(&store);
    let (env, body) = (env(), draft());
    host.run(async {
        let links = (0..40).map(|_| handle(&host, &env, post("/integrated-account", &body)));
        let answers = futures_util::future::join_all(links).await;
        assert!(answers.iter().all(|answer| answer.status == 200));
    });
    let listed = ask_with(&host, &env, get("/integrated-account?origin=stored&limit=500")).json();
    assert_eq!(listed["result_count"], 40);
}

/// An endpoint that is not allowed any more, a key that is gone: the account is of no use, and can be unlinked.
#[test]
fn what_cannot_be_opened_hides_no_other_and_can_be_unlinked() {
    let (clevertap, store) = (CleverTap::new(), Rc::new(FakeStore::default()));
    let host = || clevertap.host().with_store(&store);
    let ids: Vec<String> = (0..3)
        .map(|place| {
            let host = host();
            for _ in 0..place {
                crate::transport::Host::random(&host);
            }
            link(&host, &draft())["id"].as_str().unwrap().to_owned()
        })
        .collect();
    let mut other = env();
    other.retain(|(name, _)| name != "MARKETING_AUTOMATION_SECRET_KEYS");
    other.push(("MARKETING_AUTOMATION_SECRET_KEYS".to_owned(), format!("new:{}", "ab".repeat(32))));
    let listed = ask_with(&host(), &other, get("/integrated-account?origin=stored")).json();
    assert_eq!(listed["result"], json!([]));
    assert_eq!(listed["meta"]["warnings"].as_array().unwrap().len(), 3, "{listed}");
    for id in &ids {
        let delete = Inbound { method: "DELETE".to_owned(), ..get(&format!("/integrated-account/{id}")) };
        assert_eq!(ask_with(&host(), &other, delete).json(), json!({"id": id}));
    }
    let listed = ask_with(&host(), &env(), get("/integrated-account?origin=stored")).json();
    assert_eq!((&listed["result"], &listed["meta"]["warnings"]), (&json!([]), &json!([])));
}

#[test]
fn accounts_are_unlinked_for_good() {
    let (clevertap, store) = (CleverTap::new(), Rc::new(FakeStore::default()));
    let host = || clevertap.host().with_store(&store);
    let elsewhere = clevertap.host();
    crate::transport::Host::random(&elsewhere);
    let sealed = link(&elsewhere, &draft())["id"].as_str().unwrap().to_owned();
    let stored = link(&host(), &draft())["id"].as_str().unwrap().to_owned();
    for id in [&sealed, &stored] {
        assert_eq!(ask_with(&host(), &env(), campaigns(id)).status, 200, "a store takes sealed accounts too");
        let delete = Inbound { method: "DELETE".to_owned(), ..get(&format!("/integrated-account/{id}")) };
        let answer = ask_with(&host(), &env(), delete);
        assert_eq!(answer.json(), json!({"id": id}));
        assert_eq!(ask_with(&host(), &env(), campaigns(id)).problem(), (404, "account_not_found".to_owned()));
    }
    let listed = ask_with(&host(), &env(), get("/integrated-account?origin=stored")).json();
    assert_eq!(listed["result"], json!([]));
}

#[test]
fn the_operators_accounts_are_changed_by_the_operator() {
    for method in ["PATCH", "DELETE"] {
        let request = Inbound { method: method.to_owned(), ..post("/integrated-account/acme", &json!({})) };
        let store = Rc::new(FakeStore::default());
        let answer = ask_with(&CleverTap::new().host().with_store(&store), &env(), request);
        assert_eq!(answer.problem(), (409, "configured_account".to_owned()), "{method}");
    }
}

#[test]
fn sealed_texts_are_whole_or_nothing() {
    let clevertap = CleverTap::new();
    let id = link(&clevertap.host(), &draft())["id"].as_str().unwrap().to_owned();
    let elsewhere = clevertap.host();
    crate::transport::Host::random(&elsewhere);
    let other = link(&elsewhere, &draft())["id"].as_str().unwrap().to_owned();
    let (cut, _) = id.split_at(60);
    let swapped = format!("{}{}", id.split_at(43).0, other.split_at(43).1);
    for text in [
        cut,
        &format!("{id}A"),
        &id.replace("ma_sealed_", "ma_sealed_0"),
        &swapped,
        "ma_sealed_",
        "acct_1",
        "nobody",
    ] {
        let answer = ask_with(&silent(), &env(), campaigns(text));
        assert_eq!(answer.problem(), (404, "account_not_found".to_owned()), "{text}");
    }
}

/// Walks the list to its end.
fn walk(host: &FakeHost, filters: &str, limit: usize) -> Vec<Value> {
    let (mut items, mut cursor) = (Vec::new(), String::new());
    loop {
        let target = format!("/integrated-account?limit={limit}&next_cursor={cursor}{filters}");
        let page = ask_with(host, &env(), get(&target)).json();
        let result = page["result"].as_array().unwrap_or_else(|| panic!("{page}"));
        assert!(result.len() <= limit);
        items.extend(result.iter().cloned());
        match page["next_cursor"].as_str() {
            Some(next) => cursor = next.to_owned(),
            None => return items,
        }
    }
}

#[test]
fn the_list_has_every_account_once_whatever_the_page_size() {
    let (clevertap, store) = (CleverTap::new(), Rc::new(FakeStore::default()));
    let host = clevertap.host().with_store(&store);
    let mut linked: Vec<String> = (0..23)
        .map(|place| {
            let mut body = draft();
            body["tenant_id"] = json!(format!("customer-{}", place % 5));
            body["context"] = json!({"plan": if place % 2 == 0 { "gold" } else { "tin" }, "place": place});
            link(&host, &body)["id"].as_str().unwrap().to_owned()
        })
        .collect();
    linked.sort();
    linked.insert(0, "acme".to_owned());
    let ids = |items: Vec<Value>| -> Vec<String> {
        items.iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
    };
    for limit in [1, 2, 7, 24, 500] {
        assert_eq!(ids(walk(&host, "", limit)), linked, "pages of {limit}");
    }
    assert_eq!(walk(&host, "&tenant_id=customer-2", 3).len(), 5);
    assert_eq!(walk(&host, "&context%5Bplan%5D=gold", 5).len(), 12);
    assert_eq!(walk(&host, "&context[plan]=gold&context[place]=4", 5).len(), 1);
    assert_eq!(walk(&host, "&origin=configured", 5).len(), 1);
    assert_eq!(walk(&host, "&status=active", 5).len(), 23);
    assert_eq!(walk(&host, "&status=needs_reauth", 5).len(), 0);
    let cursor = ask_with(&host, &env(), get("/integrated-account?limit=1")).json()["next_cursor"].clone();
    let wrong = format!("/integrated-account?status=active&next_cursor={}", cursor.as_str().unwrap());
    assert_eq!(ask_with(&host, &env(), get(&wrong)).problem(), (400, "invalid".to_owned()));
}

#[test]
fn without_a_store_the_list_says_what_it_lacks() {
    let answer = ask_with(&silent(), &env(), get("/integrated-account")).json();
    assert_eq!(answer["result"][0]["id"], "acme");
    assert_eq!(answer["meta"]["warnings"][0]["code"], "linked_accounts_not_listed");
    for filter in ["tenant_id=x", "status=active", "origin=stored", "context[a]=b"] {
        let answer = ask_with(&silent(), &env(), get(&format!("/integrated-account?{filter}")));
        assert_eq!(answer.problem(), (501, "needs_store".to_owned()), "{filter}");
    }
}

#[test]
fn a_store_that_fails_is_said_and_not_passed_over() {
    let (clevertap, store) = (CleverTap::new(), Rc::new(FakeStore::default()));
    let host = clevertap.host().with_store(&store);
    let id = link(&host, &draft())["id"].as_str().unwrap().to_owned();
    store.fail(true);
    for request in [
        campaigns(&id),
        get("/integrated-account"),
        post("/integrated-account", &draft()),
        get(&format!("/integrated-account/{id}")),
    ] {
        let answer = ask_with(&host, &env(), request);
        assert_eq!(answer.problem(), (503, "store_failed".to_owned()));
        assert_eq!(answer.json()["retryable"], true);
    }
    assert_eq!(ask_with(&host, &env(), campaigns("acme")).status, 200, "configured accounts need no store");
}
