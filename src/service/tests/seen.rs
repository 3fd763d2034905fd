//! `deduplicate=day`: ids across requests.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use futures_util::future::join;

use super::*;
use crate::testing::{FakeStore, START_UNIX_MS};
use crate::transport::{Host, SendError, Store};

const EVENTS: &str = "/unified/marketing-automation/events?integrated_account_id=acme&deduplicate=day";

fn event(id: &str) -> Value {
    json!({"id": id, "name": "Order", "profile_id": "u"})
}

/// A CleverTap that takes everything, a second later.
fn taking(store: &Rc<FakeStore>) -> FakeHost {
    let reply = |_: &Sent| Reply::json(200, &json!({"status": "success"})).after(Duration::from_secs(1));
    FakeHost::answering(reply).with_store(store)
}

fn statuses(answer: &Answer) -> Vec<String> {
    let body = answer.json();
    let records = body["result"].as_array().unwrap_or_else(|| panic!("{body}"));
    records.iter().map(|record| record["status"].as_str().unwrap().to_owned()).collect()
}

/// How many events with an id went out.
fn sent(host: &FakeHost) -> usize {
    host.sent().iter().map(|sent| sent.json()["d"].as_array().unwrap().len()).sum()
}

#[test]
fn an_event_of_an_earlier_request_is_skipped() {
    let store = Rc::default();
    let host = taking(&store);
    assert_eq!(
        statuses(&ask(&host, post(EVENTS, &json!([event("a"), event("b")])))),
        ["succeeded", "succeeded"]
    );
    let records = json!([event("a"), event("c"), event("c"), {"name": "Order", "profile_id": "u"}]);
    let answer = ask(&host, post(EVENTS, &records));
    assert_eq!(
        (answer.status, statuses(&answer)),
        (200, ["skipped", "succeeded", "skipped", "succeeded"].map(String::from).into())
    );
    let body = answer.json();
    assert_eq!((&body["succeeded"], &body["skipped"]), (&json!(2), &json!(2)));
    let error = &body["result"][0]["error"];
    assert_eq!((&error["code"], &error["field"]), (&json!("duplicate"), &json!("id")));
    assert!(error["message"].as_str().unwrap().contains("an earlier request"), "{error}");
    assert!(body["result"][2]["error"]["message"].as_str().unwrap().contains("of this request"));
    assert_eq!(sent(&host), 4);
    // An event without an id is sent as often as it comes.
    let nameless = json!({"name": "Order", "profile_id": "u"});
    let calls = store.calls();
    for _ in 0..2 {
        assert_eq!(statuses(&ask(&host, post(EVENTS, &nameless))), ["succeeded"]);
    }
    assert_eq!(store.calls(), calls);
    // Nothing is sent at all when all is known; and who does not ask for it is not asked.
    assert_eq!(statuses(&ask(&silent().with_store(&store), post(EVENTS, &event("c")))), ["skipped"]);
    assert_eq!(
        statuses(&ask(&host, post(&EVENTS.replace("&deduplicate=day", ""), &event("c")))),
        ["succeeded"]
    );
    assert_eq!(store.entries().keys().filter(|key| key.contains("acme")).count(), 0);
}

#[test]
fn failed_events_may_come_again_and_those_in_doubt_not() {
    let rejected = json!({"status": "partial", "processed": 1, "unprocessed": [{"code": 512, "error": "No. Skipped record number : 1"}]});
    let unclear = json!({"status": "partial", "processed": 1, "unprocessed": [{"code": 512, "error": "No"}]});
    for (reply, first, second) in [
        (Reply::json(200, &rejected), ["failed", "succeeded"], ["succeeded", "skipped"]),
        (Reply::json(200, &unclear), ["unknown", "unknown"], ["skipped", "skipped"]),
        (Reply::fail(SendError::Cut("gone".to_owned())), ["unknown", "unknown"], ["skipped", "skipped"]),
        (
            Reply::fail(SendError::NeverSent("no".to_owned())),
            ["failed", "failed"],
            ["succeeded", "succeeded"],
        ),
    ] {
        let store = Rc::default();
        let records = json!([event("a"), event("b")]);
        let host = FakeHost::answering(move |_| reply.clone()).with_store(&store);
        assert_eq!(statuses(&ask(&host, post(EVENTS, &records))), first);
        assert_eq!(statuses(&ask(&taking(&store), post(EVENTS, &records))), second);
    }
}

#[test]
fn checking_neither_asks_nor_remembers() {
    let store: Rc<FakeStore> = Rc::default();
    for check in ["true", "remote"] {
        let answer = ask(&taking(&store), post(&format!("{EVENTS}&validate_only={check}"), &event("a")));
        assert_eq!(statuses(&answer), ["succeeded"]);
    }
    assert_eq!(store.calls(), 0);
}

#[test]
fn it_needs_a_store_and_the_word() {
    let answer = ask_alone(post(EVENTS, &event("a")));
    assert_eq!(answer.problem(), (501, "needs_store".to_owned()));
    assert!(answer.message().contains("deduplicate=day"), "{}", answer.message());
    let other = post(&EVENTS.replace("=day", "=week"), &event("a"));
    assert_eq!(ask_alone(other).problem(), (400, "invalid".to_owned()));
    let contacts = post(&EVENTS.replace("events", "contacts"), &event("a"));
    assert_eq!(ask_alone(contacts).problem(), (400, "invalid".to_owned()));
}

#[test]
fn an_id_is_known_for_a_day_and_then_makes_room() {
    let store = Rc::default();
    let host = taking(&store);
    let hour = Duration::from_secs(3600);
    let of = |name| post(EVENTS, &json!((0..300).map(|n| event(&format!("{name}-{n}"))).collect::<Vec<_>>()));
    let ids = || of("e");
    assert_eq!(host.unix_ms(), START_UNIX_MS, "noon");
    assert!(statuses(&ask(&host, ids())).iter().all(|status| status == "succeeded"));
    let (keys, bytes) = (store.entries().len(), store.entries().values().map(Vec::len).sum::<usize>());
    assert_eq!(bytes, keys * 4 + 300 * 8);
    host.run(host.sleep(24 * hour));
    assert!(statuses(&ask(&host, ids())).iter().all(|status| status == "skipped"));
    host.run(host.sleep(12 * hour));
    assert!(statuses(&ask(&host, ids())).iter().all(|status| status == "succeeded"), "two midnights later");
    // The marks of the day before yesterday have been written over, and however long it goes on there is no more.
    assert_eq!(store.entries().values().map(Vec::len).sum::<usize>(), bytes);
    for _ in 0..5 {
        host.run(host.sleep(48 * hour));
        ask(&host, ids());
    }
    host.run(host.sleep(24 * hour));
    ask(&host, of("f"));
    assert!(store.entries().len() <= 128);
    let marks: usize = store.entries().values().map(|value| (value.len() - 4) / 8).sum();
    assert_eq!(marks, 600, "yesterday's and today's");
}

#[test]
fn store_calls_of_a_batch_are_bounded() {
    let store = Rc::default();
    let host = taking(&store);
    ask(&host, post(EVENTS, &event("a")));
    assert_eq!(store.calls(), 4, "two looks, and a mark read and written");
    let before = store.calls();
    let records: Vec<Value> = (0..1000).map(|n| event(&format!("e-{n}"))).collect();
    ask(&host, post(EVENTS, &json!(records)));
    assert_eq!(store.calls() - before, 4 * 64);
    assert!(store.entries().len() <= 64);
}

#[test]
fn a_full_value_goes_on_in_the_next() {
    let store: Rc<FakeStore> = Rc::default();
    let host = taking(&store);
    ask(&host, post(EVENTS, &event("a")));
    let (key, value) = store.entries().pop_first().unwrap();
    assert!(key.ends_with(".0"), "{key}");
    let mut full = value.clone();
    full.resize(4 + 32_768 * 8, 0xff);
    host.run(store.set(&key, &full)).unwrap();
    // Some of so many fall into the same bucket.
    let records: Vec<Value> = (0..1000).map(|n| event(&format!("e-{n}"))).collect();
    ask(&host, post(EVENTS, &json!(records)));
    let next = format!("{}1", key.strip_suffix('0').unwrap());
    let entries = store.entries();
    assert_eq!(entries[&key].len(), full.len(), "the full one stays as it is");
    assert!(entries[&next].len() > 4, "{next}");
    let answer = ask(&silent().with_store(&store), post(EVENTS, &json!(records)));
    assert!(statuses(&answer).iter().all(|status| status == "skipped"));
    assert_eq!(statuses(&ask(&silent().with_store(&store), post(EVENTS, &event("a")))), ["skipped"]);
    // One that is nearly full is filled first.
    let mut nearly = value;
    nearly.resize(4 + 32_767 * 8, 0xff);
    let store: Rc<FakeStore> = Rc::default();
    host.run(store.set(&key, &nearly)).unwrap();
    ask(&taking(&store), post(EVENTS, &json!(records)));
    let entries = store.entries();
    assert_eq!(entries[&key].len(), full.len());
    assert_eq!(entries.values().map(|value| (value.len() - 4) / 8).sum::<usize>(), 32_767 + 1000);
    assert!(entries.contains_key(&next));
}

#[test]
fn a_store_that_fails_keeps_events_from_being_sent_unseen() {
    let store: Rc<FakeStore> = Rc::default();
    store.fail(true);
    let answer = ask(&silent().with_store(&store), post(EVENTS, &json!([event("a"), event("b")])));
    assert_eq!((answer.status, statuses(&answer)), (207, ["failed", "failed"].map(String::from).into()));
    let error = &answer.json()["result"][0]["error"];
    assert_eq!((&error["code"], &error["retryable"]), (&json!("unreachable"), &json!(true)));
    assert!(error["message"].as_str().unwrap().contains("key-value store"), "{error}");
    // What was sent stands, and says that it will not be known again.
    store.fail(false);
    let failing = Rc::clone(&store);
    let host = FakeHost::answering(move |_| {
        failing.fail(true);
        Reply::json(200, &json!({"status": "success"}))
    })
    .with_store(&store);
    let answer = ask(&host, post(EVENTS, &event("a")));
    assert_eq!((answer.status, statuses(&answer)), (200, vec!["succeeded".to_owned()]));
    assert_eq!(answer.json()["result"][0]["warnings"][0]["code"], "id_not_remembered");
}

#[test]
fn batches_of_one_instance_do_not_overwrite_each_others_marks() {
    let store: Rc<FakeStore> = Rc::default();
    let records: Vec<Value> = (0..4000).map(|n| event(&format!("e-{n}"))).collect();
    let lines: String = records.iter().map(|record| format!("{record}\n")).collect();
    let stream = || {
        let mut request = request("POST", EVENTS).with("content-type", "application/x-ndjson");
        request.body = Body::Bytes(lines.clone().into_bytes());
        request
    };
    // All answered at once, so that all four have their marks to write at the same time.
    let host = FakeHost::answering(|_| Reply::json(200, &json!({"status": "success"}))).with_store(&store);
    let answer = ask(&host, stream()).json();
    assert_eq!((&answer["succeeded"], host.sent().len()), (&json!(4000), 4), "{answer}");
    assert_eq!(ask(&silent().with_store(&store), stream()).json()["skipped"], 4000);
}

#[test]
fn two_requests_at_once_may_both_send_and_nothing_worse_happens() {
    let env = environment();
    let records = json!((0..40).map(|n| event(&format!("e-{n}"))).collect::<Vec<_>>());
    for shared in [true, false] {
        let store = Rc::default();
        let left = taking(&store);
        // Two requests of one instance, or one each of two; the left one's clock moves both.
        let right = if shared {
            left.clone()
        } else {
            FakeHost::answering(|_| Reply::json(200, &json!({"status": "success"}))).with_store(&store)
        };
        let (first, second) = left.run(join(
            handle(&left, &env, post(EVENTS, &records)),
            handle(&right, &env, post(EVENTS, &records)),
        ));
        assert_eq!((first.status, second.status), (200, 200));
        let mut times: BTreeMap<String, usize> = BTreeMap::new();
        let hosts = if shared { vec![&left] } else { vec![&left, &right] };
        for batch in hosts.iter().flat_map(|host| host.sent()) {
            let count = batch.json()["d"].as_array().unwrap().len();
            *times.entry(format!("batch of {count}")).or_default() += 1;
        }
        assert_eq!(times, BTreeMap::from([("batch of 40".to_owned(), 2)]), "each is sent by both, once");
        // From then on they are known, whoever wrote last.
        let answer = ask(&silent().with_store(&store), post(EVENTS, &records));
        assert!(statuses(&answer).iter().all(|status| status == "skipped"), "{}", answer.text());
    }
}
