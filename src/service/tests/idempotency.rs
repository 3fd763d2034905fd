//! `Idempotency-Key`, from request to what the store has.

use std::cell::RefCell;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use futures_util::future::join;

use super::accounts::{draft, env as keyed};
use super::*;
use crate::testing::{FakeStore, START_UNIX_MS};
use crate::transport::body::LocalFuture;
use crate::transport::{Host, SendError, Store, StoreError};

const EVENTS: &str = "/unified/marketing-automation/events?integrated_account_id=acme";
const CUSTOM: &str = "/custom/1/send/push.json?integrated_account_id=acme";

/// A CleverTap that takes every upload, after a while.
fn taking(store: &Rc<FakeStore>) -> FakeHost {
    answering(store, |_| Reply::json(200, &json!({"status": "success"})).after(Duration::from_secs(1)))
}

fn answering(store: &Rc<FakeStore>, reply: impl FnMut(&Sent) -> Reply + 'static) -> FakeHost {
    FakeHost::answering(reply).with_store(store)
}

fn event(name: &str) -> Value {
    json!({"name": name, "profile_id": "someone@example.com"})
}

fn ask(host: &FakeHost, request: Inbound) -> Answer {
    ask_with(host, &keyed(), request)
}

fn keyed_event(key: &str) -> Inbound {
    post(EVENTS, &event("Order")).with("idempotency-key", key)
}

#[test]
fn the_same_request_is_run_once_and_answered_twice() {
    let store: Rc<FakeStore> = Rc::default();
    let host = taking(&store);
    let first = ask(&host, keyed_event("k-1"));
    assert_eq!((first.status, first.header("idempotency-replayed")), (200, None));
    assert_eq!((store.calls(), store.entries().len()), (4, 1));
    // Another instance.
    let second = ask(&taking(&store), keyed_event("k-1").with("x-request-id", "second"));
    assert_eq!((second.status, second.header("idempotency-replayed")), (200, Some("true")));
    assert_eq!((&second.body, second.header("content-type")), (&first.body, first.header("content-type")));
    assert_eq!(second.header("x-request-id"), Some("second"));
    assert_eq!(host.sent().len(), 1);

    // Where the key, the path, the method, what is asked for or the account is another, so is the request.
    let mut more = keyed();
    for (_, value) in more.iter_mut().filter(|(name, _)| name.ends_with("ACCOUNTS")) {
        let mut accounts: Vec<Value> = serde_json::from_str(value).unwrap();
        let mut other = accounts[0].clone();
        other["id"] = json!("b");
        accounts.push(other);
        *value = json!(accounts).to_string();
    }
    for request in [
        keyed_event("k-2"),
        post("/unified/marketing-automation/contacts?integrated_account_id=acme", &event("Order")),
        post(&format!("{EVENTS}&retry_unknown=true"), &event("Order")),
        post(&EVENTS.replace("=acme", "=b"), &event("Order")),
    ] {
        let request = if request.headers.iter().any(|(name, _)| name == "idempotency-key") {
            request
        } else {
            request.with("idempotency-key", "k-1")
        };
        let target = request.target.clone();
        let answer = ask_with(&host, &more, request);
        assert_eq!(answer.header("idempotency-replayed"), None, "{target}: {}", answer.text());
    }
    // The order in which the account is named, and cursors, say nothing.
    let target = "/unified/marketing-automation/events?next_cursor=&integrated_account_id=acme";
    let answer =
        ask(&silent().with_store(&store), post(target, &event("Order")).with("idempotency-key", "k-1"));
    assert_eq!(answer.header("idempotency-replayed"), Some("true"));
}

#[test]
fn an_account_is_one_by_whichever_name() {
    let store = Rc::default();
    let host = taking(&store);
    let linked = ask(&host, post("/integrated-account", &draft())).json();
    let id = linked["id"].as_str().unwrap();
    let made =
        ask(&host, post(&format!("/integrated-account/{id}/token"), &json!({"scope": "write"}))).json();
    let token = format!("Bearer {}", made["token"].as_str().unwrap());
    let names =
        [String::new(), "?integrated_account_id=me".to_owned(), format!("?integrated_account_id={id}")];
    for (place, name) in names.iter().enumerate() {
        let target = format!("/unified/marketing-automation/events{name}");
        let request = post(&target, &event("Order")).without("authorization").with("authorization", &token);
        let answer = ask(&host, request.with("idempotency-key", "k"));
        assert_eq!(answer.header("idempotency-replayed").is_some(), place > 0, "{name}: {}", answer.text());
    }
}

#[test]
fn the_store_shows_neither_keys_nor_answers() {
    let store: Rc<FakeStore> = Rc::default();
    let reply = |_: &Sent| Reply::json(200, &json!({"status": "success", "for": "someone@example.com"}));
    ask(&answering(&store, reply), post(CUSTOM, &json!({})).with("idempotency-key", "order-4711"));
    assert_eq!(store.entries().len(), 1);
    let text: String = store
        .entries()
        .iter()
        .map(|(key, value)| format!("{key} {}", String::from_utf8_lossy(value)))
        .collect();
    for secret in ["order-4711", "someone", "example", "acme", "success", PASSCODE] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
    assert!(store.entries().keys().all(|key| key.starts_with("idempotency.")));
}

#[test]
fn a_key_is_for_one_body() {
    let store = Rc::default();
    ask(&taking(&store), keyed_event("k"));
    let host = silent().with_store(&store);
    let other = post(EVENTS, &event("Refund")).with("idempotency-key", "k");
    assert_eq!(ask(&host, other).problem(), (422, "idempotency_key_reused".to_owned()));
    let other = keyed_event("k").without("content-type").with("content-type", "application/x-ndjson");
    assert_eq!(ask(&host, other).problem(), (422, "idempotency_key_reused".to_owned()));
}

#[test]
fn keys_that_are_none() {
    let host = silent().with_store(&Rc::<FakeStore>::default());
    for key in ["", " ", "a b", "schlüssel", &"k".repeat(256)] {
        assert_eq!(ask(&host, keyed_event(key)).problem(), (400, "invalid".to_owned()), "{key}");
    }
    let twice = keyed_event("a").with("idempotency-key", "a");
    assert_eq!(ask(&host, twice).problem(), (400, "invalid".to_owned()));
    let store = Rc::default();
    assert_eq!(ask(&taking(&store), keyed_event(&"k".repeat(255))).status, 200);
}

#[test]
fn without_a_store_or_keys_it_is_refused_rather_than_ignored() {
    let answer = ask(&silent(), keyed_event("k"));
    assert_eq!(answer.problem(), (501, "needs_store".to_owned()));
    assert!(answer.message().contains("service-spin.wasm"), "{}", answer.message());
    let store: Rc<FakeStore> = Rc::default();
    let answer = ask_with(&silent().with_store(&store), &environment(), keyed_event("k"));
    assert_eq!(answer.problem(), (501, "not_configured".to_owned()));
    assert!(answer.message().contains("MARKETING_AUTOMATION_SECRET_KEYS"), "{}", answer.message());
    assert_eq!(store.calls(), 0);
}

#[test]
fn reads_have_no_use_for_it() {
    let store: Rc<FakeStore> = Rc::default();
    let campaigns = format!("{CAMPAIGNS}?integrated_account_id=acme");
    assert_eq!(
        ask(&clevertap().with_store(&store), get(&campaigns).with("idempotency-key", "k")).status,
        200
    );
    // Also where a read is a POST: by name, and of counts.
    let count = || Reply::json(200, &json!({"status": "success", "count": 1}));
    let query = json!({"event_name": "Order", "from": 20_260_101, "to": 20_260_102});
    for target in [
        "/unified/marketing-automation/events/count?integrated_account_id=acme",
        "/proxy/event_counts?integrated_account_id=acme",
    ] {
        ask(&answering(&store, move |_| count()), post(target, &query).with("idempotency-key", "k"));
    }
    let custom = get("/custom/1/x.json?integrated_account_id=acme").with("idempotency-key", "k");
    ask(&answering(&store, move |_| count()), custom);
    assert_eq!(store.calls(), 0);
    // A write by name is one.
    let write =
        post("/proxy/profiles?integrated_account_id=acme", &json!({"d": []})).with("idempotency-key", "k");
    ask(&answering(&store, |_| Reply::json(200, &json!({"status": "success"}))), write);
    assert_eq!(store.entries().len(), 1);
}

#[test]
fn proxy_and_custom_are_replayed_as_they_were() {
    let store = Rc::default();
    let reply = |_: &Sent| {
        Reply::json(400, &json!({"status": "fail", "error": "No", "code": 5})).header("x-of-clevertap", "1")
    };
    let request = || post(CUSTOM, &json!({"x": 1})).with("idempotency-key", "k");
    let host = answering(&store, reply);
    let first = ask(&host, request());
    let second = ask(&host, request());
    assert_eq!(host.sent().len(), 1, "an answer of CleverTap's is one, whatever its status");
    assert_eq!((second.status, &second.body), (first.status, &first.body));
    assert_eq!(second.header("x-of-clevertap"), Some("1"));
    assert_eq!(second.header("idempotency-replayed"), Some("true"));
}

#[test]
fn what_changed_nothing_leaves_the_key_free() {
    let campaign = || {
        post(&format!("{CAMPAIGNS}/stop?integrated_account_id=acme"), &json!({"id": "7"}))
            .with("idempotency-key", "k")
    };
    let custom = || post(CUSTOM, &json!({})).with("idempotency-key", "k");
    let events = || keyed_event("k");
    let lines = || keyed_event("k").with("accept", "application/x-ndjson");
    let nonsense = || post(EVENTS, &json!({"name": 5})).with("idempotency-key", "k");
    type Ask = fn() -> Inbound;
    let rejected = json!({"status": "fail", "processed": 0, "unprocessed": [{"code": 512, "error": "No. Skipped record number : 1"}]});
    let cases: Vec<(&str, Ask, Reply, bool)> = vec![
        ("never left", campaign, Reply::fail(SendError::NeverSent("refused".to_owned())), false),
        ("credentials", campaign, Reply::text(401, "{}"), false),
        ("throttled custom", custom, Reply::text(429, "later"), false),
        ("all rejected", events, Reply::json(200, &rejected), false),
        ("all rejected, as lines", lines, Reply::json(200, &rejected), false),
        ("invalid", nonsense, Reply::text(500, "not asked"), false),
        ("in doubt", events, Reply::fail(SendError::Cut("gone".to_owned())), true),
        ("in doubt, custom", custom, Reply::fail(SendError::Cut("gone".to_owned())), true),
        ("refused", campaign, Reply::json(400, &json!({"status": "fail", "error": "No", "code": 25})), true),
        ("taken, as lines", lines, Reply::json(200, &json!({"status": "success"})), true),
    ];
    for (name, request, reply, kept) in cases {
        let store: Rc<FakeStore> = Rc::default();
        let host = answering(&store, move |_| reply.clone());
        let first = ask(&host, request());
        let sent = host.sent().len();
        let second = ask(&host, request());
        assert_eq!(first.status, second.status, "{name}: {}", second.text());
        assert_eq!(second.header("idempotency-replayed").is_some(), kept, "{name}: {}", second.text());
        if kept {
            assert_eq!(first.body, second.body, "{name}");
            assert_eq!(host.sent().len(), sent, "{name}");
        } else {
            assert!(store.entries().is_empty(), "{name}");
        }
    }
}

#[test]
fn keys_expire_after_a_day() {
    let store = Rc::default();
    let host = taking(&store);
    let day = Duration::from_secs(86_400);
    ask(&host, keyed_event("k"));
    host.run(host.sleep(day - Duration::from_secs(10)));
    assert_eq!(ask(&host, keyed_event("k")).header("idempotency-replayed"), Some("true"));
    host.run(host.sleep(Duration::from_secs(10)));
    assert_eq!(ask(&host, keyed_event("k")).header("idempotency-replayed"), None);
    assert_eq!(host.sent().len(), 2);
}

#[test]
fn a_request_that_never_ended_is_not_run_again() {
    let store = Rc::default();
    let host = answering(&store, |_| Reply::never());
    // Its instance is gone before CleverTap answers.
    let abandoned = async {
        let until = Duration::from_secs(2);
        let environment = keyed();
        let call = handle(&host, &environment, keyed_event("k"));
        crate::transport::select::first(call, host.sleep(until)).await
    };
    host.run(abandoned);
    assert_eq!(host.sent().len(), 1);
    let host = taking(&store);
    let answer = ask(&host, keyed_event("k"));
    assert_eq!(answer.problem(), (409, "idempotency_in_progress".to_owned()));
    assert_eq!((answer.header("retry-after"), &answer.json()["retryable"]), (Some("5"), &json!(true)));
    host.run(host.sleep(Duration::from_secs(901)));
    let answer = ask(&host, keyed_event("k"));
    assert_eq!(answer.problem(), (409, "idempotency_outcome_unknown".to_owned()));
    assert_eq!(answer.json()["retryable"], false);
    host.run(host.sleep(Duration::from_secs(86_400)));
    assert_eq!(ask(&host, keyed_event("k")).status, 200, "it does not block the key for ever");
    assert_eq!(host.sent().len(), 1);
}

#[test]
fn answers_that_do_not_fit_are_said_to_be_done() {
    let store = Rc::default();
    let long = "x".repeat(3_000_000);
    let (head, tail) = long.split_at(1_500_000);
    let (head, tail) = (head.to_owned(), tail.to_owned());
    let host =
        answering(&store, move |_| Reply::text(200, &head).then(Duration::from_secs(1), Ok(tail.as_bytes())));
    let request = || post(CUSTOM, &json!({})).with("idempotency-key", "k");
    let first = ask(&host, request());
    assert_eq!((first.status, first.body.len()), (200, long.len()), "it is passed on whole");
    let second = ask(&host, request());
    assert_eq!(second.problem(), (409, "idempotency_answer_not_kept".to_owned()));
    assert!(second.message().contains("HTTP 200"), "{}", second.message());
    assert_eq!(second.header("idempotency-replayed"), Some("true"));
    assert_eq!(host.sent().len(), 1);
    // Just short of what a value takes: what is around it does not fit any more.
    let host = answering(&store, |_| Reply::text(200, &"x".repeat(1_000_000)));
    let request = || post(CUSTOM, &json!({})).with("idempotency-key", "k-2");
    assert_eq!(ask(&host, request()).body.len(), 1_000_000);
    assert_eq!(ask(&host, request()).problem().1, "idempotency_answer_not_kept");
}

#[test]
fn an_answer_that_breaks_off_is_of_unknown_outcome() {
    for pieces in [1, 12] {
        let store = Rc::default();
        let host = answering(&store, move |_| {
            let piece = vec![b'x'; 100_000];
            let reply =
                (0..pieces).fold(Reply::text(200, ""), |reply, _| reply.then(Duration::ZERO, Ok(&piece)));
            reply.then(Duration::ZERO, Err(SendError::Cut("gone".to_owned())))
        });
        let request = || post(CUSTOM, &json!({})).with("idempotency-key", "k");
        let environment = keyed();
        let read = host.run(async { handle(&host, &environment, request()).await.body.read(1 << 24).await });
        assert!(read.is_err(), "its caller sees it");
        assert_eq!(ask(&host, request()).problem().1, "idempotency_outcome_unknown");
        assert_eq!(host.sent().len(), 1);
    }
}

#[test]
fn streams_go_with_a_key_as_far_as_they_fit_into_memory() {
    let store = Rc::default();
    let line = format!("{}\n", event("Order"));
    let lines = |count: usize| {
        let mut request = request("POST", EVENTS).with("content-type", "application/x-ndjson");
        request.body = Body::Bytes(line.repeat(count).into_bytes());
        request.with("idempotency-key", "k")
    };
    let host = taking(&store);
    assert_eq!(ask(&host, lines(1500)).status, 200);
    assert_eq!(ask(&host, lines(1500)).header("idempotency-replayed"), Some("true"));
    assert_eq!(host.sent().len(), 2);
    let answer = ask(&silent().with_store(&store), lines((8 << 20) / line.len() + 1));
    assert_eq!(answer.problem(), (413, "body_too_large".to_owned()));
    assert!(answer.message().contains("deduplicate=day"), "{}", answer.message());
}

#[test]
fn a_store_that_fails_before_the_request_runs_is_an_error_and_one_that_fails_after_is_not() {
    let store: Rc<FakeStore> = Rc::default();
    store.fail(true);
    let answer = ask(&silent().with_store(&store), keyed_event("k"));
    assert_eq!(answer.problem(), (503, "store_failed".to_owned()));
    assert_eq!(answer.json()["retryable"], true);
    store.fail(false);
    let failing = Rc::clone(&store);
    let host = answering(&store, move |_| {
        failing.fail(true);
        Reply::json(200, &json!({"status": "success"}))
    });
    assert_eq!(ask(&host, keyed_event("k")).status, 200);
    assert!(host.lines().iter().any(|line| line["event"] == "idempotency_key_not_settled"));
    store.fail(false);
    assert_eq!(ask(&host, keyed_event("k")).problem().1, "idempotency_in_progress");
    assert_eq!(host.sent().len(), 1);
}

#[test]
fn of_two_at_once_in_one_instance_one_runs() {
    let store = Rc::default();
    let host = taking(&store);
    let environment = keyed();
    let (left, right) = host.run(join(
        handle(&host, &environment, keyed_event("k")),
        handle(&host, &environment, keyed_event("k")),
    ));
    assert_eq!((left.status, right.status), (200, 409));
    assert_eq!(host.sent().len(), 1);
    assert_eq!(ask(&host, keyed_event("k")).header("idempotency-replayed"), Some("true"));
}

/// A store of which one instance's calls take longer than another's.
struct Slow {
    store: Rc<FakeStore>,
    turns: RefCell<Vec<usize>>,
}

impl Slow {
    /// Gives way as often as is the turn of this call.
    async fn give_way(&self) {
        let mut left = self.turns.borrow_mut().pop().unwrap_or(0);
        poll_fn(|context| {
            if left == 0 {
                return Poll::Ready(());
            }
            left -= 1;
            context.waker().wake_by_ref();
            Poll::Pending
        })
        .await;
    }
}

impl Store for Slow {
    fn get<'a>(&'a self, key: &'a str) -> LocalFuture<'a, Result<Option<Vec<u8>>, StoreError>> {
        Box::pin(async move {
            self.give_way().await;
            self.store.get(key).await
        })
    }

    fn set<'a>(&'a self, key: &'a str, value: &'a [u8]) -> LocalFuture<'a, Result<(), StoreError>> {
        Box::pin(async move {
            self.give_way().await;
            self.store.set(key, value).await
        })
    }

    fn delete<'a>(&'a self, key: &'a str) -> LocalFuture<'a, Result<(), StoreError>> {
        self.store.delete(key)
    }
}

/// Two instances and one key: what the first calls of the second take longer, the last of them first, is tried out.
#[test]
fn of_two_instances_both_may_run_and_nothing_worse_happens() {
    let mut both = 0;
    for turns in (0..6 * 6 * 6).map(|n| [n % 6, n / 6 % 6, n / 36]) {
        let store: Rc<FakeStore> = Rc::default();
        let slow = Slow { store: Rc::clone(&store), turns: RefCell::new(turns.into()) };
        let left = taking(&store);
        // The left one's clock runs both, and the right one needs none.
        let right = FakeHost::answering(|_| Reply::json(200, &json!({"status": "success"})))
            .with_store(&Rc::new(slow));
        // Two hosts do not draw the same numbers.
        right.random();
        let environment = keyed();
        let (first, second) = left.run(join(
            handle(&left, &environment, keyed_event("k")),
            handle(&right, &environment, keyed_event("k")),
        ));
        let sent = left.sent().len() + right.sent().len();
        both += usize::from(sent == 2);
        // As fast as each other, whoever began how much later.
        if let [0, 0, _] = turns {
            assert_eq!(sent, 1, "{turns:?}");
        }
        let statuses = (first.status, second.status);
        match sent {
            1 => assert!(matches!(statuses, (200, 409) | (409, 200) | (200, 200)), "{turns:?}: {statuses:?}"),
            // Each has run, and each caller has its answer.
            2 => assert_eq!(statuses, (200, 200), "{turns:?}"),
            _ => panic!("{turns:?}: sent {sent} times"),
        }
        // Whatever happened, the key now has one answer, and no third request runs.
        let third = ask(&silent().with_store(&store), keyed_event("k"));
        assert_eq!((third.status, third.header("idempotency-replayed")), (200, Some("true")), "{turns:?}");
    }
    assert!(both > 0, "the window that the documentation speaks of is there");
}

#[test]
fn a_value_that_cannot_be_opened_is_an_unknown_outcome_for_a_day() {
    let store = Rc::default();
    ask(&taking(&store), keyed_event("k"));
    let mut other = environment();
    other.push(("MARKETING_AUTOMATION_SECRET_KEYS".to_owned(), format!("new:{}", "11".repeat(32))));
    let host = taking(&store);
    let answer = ask_with(&host, &other, keyed_event("k"));
    assert_eq!(answer.problem(), (409, "idempotency_outcome_unknown".to_owned()));
    host.run(host.sleep(Duration::from_secs(86_401)));
    assert_eq!(ask_with(&host, &other, keyed_event("k")).status, 200);
    assert!(host.unix_ms() > START_UNIX_MS);
}
