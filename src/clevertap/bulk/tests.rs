//! The engine against an upstream that stores, rejects, throttles and loses.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::rc::Rc;
use std::time::Duration;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::clevertap::client::{Session, Trace};
use crate::clevertap::operation::{self, Operation};
use crate::model::Outcome;
use crate::testing::{FakeHost, Reply, account};
use crate::transport::Host;

/// Records are numbers, or objects with a number `n`; odd ones may not be sent again when `odd_unsafe`; negative
/// ones are invalid here, multiples of 97 are rejected there.
#[derive(Debug, Clone, Copy)]
struct Numbers {
    odd_unsafe: bool,
    most: usize,
}

const PLAIN: Numbers = Numbers { odd_unsafe: false, most: 10 };

impl Kind for Numbers {
    fn operation(&self) -> &'static Operation {
        &operation::PROFILES_UPLOAD
    }

    fn most(&self) -> usize {
        self.most
    }

    fn prepare(&self, record: Value, _: i64) -> Result<Ready, Vec<Failure>> {
        let key = record.get("key").and_then(Value::as_str).map(str::to_owned);
        let number = record.get("n").unwrap_or(&record).as_i64().unwrap_or(-1);
        if number < 0 {
            return Err(vec![Failure { code: Some(512), ..Failure::new("n", "must not be negative") }]);
        }
        let padding = "x".repeat(record.get("pad").and_then(Value::as_u64).unwrap_or(0) as usize);
        Ok(Ready {
            id: Some(number.to_string()),
            key,
            json: json!({"n": number, "pad": padding}).to_string(),
            slot: "",
            safe: !self.odd_unsafe || number % 2 == 0,
            warnings: Vec::new(),
        })
    }

    fn body(&self, records: &[(&'static str, String)]) -> String {
        let records: Vec<_> = records.iter().map(|(_, json)| json.as_str()).collect();
        format!("{{\"d\":[{}]}}", records.join(","))
    }
}

/// What the upstream has.
#[derive(Debug, Default)]
struct Store {
    stored: BTreeMap<i64, u32>,
    batches: Vec<usize>,
}

impl Store {
    fn upload(&mut self, body: &Value) -> Value {
        let records = body["d"].as_array().unwrap();
        self.batches.push(records.len());
        let mut unprocessed = Vec::new();
        for (place, record) in records.iter().enumerate() {
            let number = record["n"].as_i64().unwrap();
            if number % 97 == 96 {
                let error = format!("Not this one. Skipped record number : {}", place + 1);
                unprocessed.push(json!({"status": "fail", "code": 528, "error": error, "record": {}}));
            } else {
                *self.stored.entry(number).or_default() += 1;
            }
        }
        let processed = records.len() - unprocessed.len();
        let status = match (processed, unprocessed.len()) {
            (_, 0) => "success",
            (0, _) => "fail",
            _ => "partial",
        };
        json!({"status": status, "processed": processed, "unprocessed": unprocessed})
    }
}

fn numbers(range: std::ops::Range<i64>) -> std::vec::IntoIter<Value> {
    range.map(Value::from).collect::<Vec<_>>().into_iter()
}

fn run(host: &FakeHost, kind: Numbers, records: &mut impl Records, check: Check) -> (Finished, Vec<Written>) {
    let account = account();
    let session = Session::open(host, &account, Trace::default());
    let mut ledger: Vec<Written> = Vec::new();
    let finished = host.run(write(&session, &kind, records, check, &mut ledger));
    let mut totals = Totals::default();
    ledger.iter().for_each(|written| totals.count(written.status));
    assert_eq!(finished.totals, totals);
    (finished, ledger)
}

/// An upstream with a store, that does with each request what the plan says.
fn upstream(
    plan: impl FnMut(usize) -> Option<Reply> + 'static,
    keeps: bool,
) -> (FakeHost, Rc<RefCell<Store>>) {
    let store = Rc::new(RefCell::new(Store::default()));
    let inner = Rc::clone(&store);
    let mut plan = plan;
    let mut count = 0;
    let host = FakeHost::answering(move |sent| {
        let fault = plan(count);
        count += 1;
        match fault {
            Some(reply) if keeps => {
                inner.borrow_mut().upload(&sent.json());
                reply
            }
            Some(reply) => reply,
            None => {
                Reply::json(200, &inner.borrow_mut().upload(&sent.json())).after(Duration::from_millis(50))
            }
        }
    });
    (host, store)
}

#[test]
fn every_record_ends_and_rejections_find_their_record() {
    let (host, store) = upstream(|_| None, false);
    let mut records = numbers(-5..200);
    let (finished, mut ledger) = run(&host, PLAIN, &mut records, Check::No);
    assert_eq!(finished.end, End::Whole);
    assert_eq!(finished.totals, Totals { succeeded: 198, failed: 7, unknown: 0, skipped: 0 });
    ledger.sort_by_key(|written| written.index);
    let places: Vec<_> = ledger.iter().map(|written| written.index).collect();
    assert_eq!(places, (0..205).collect::<Vec<_>>());
    let rejected: Vec<_> = ledger
        .iter()
        .filter(|written| written.status == Outcome::Failed)
        .filter_map(|written| Some((written.index, written.id.clone()?, written.error.clone()?.remote_code?)))
        .collect();
    // Those of before the first were refused here; they are called what they called themselves.
    let (here, there): (Vec<_>, Vec<_>) = rejected.into_iter().partition(|(index, _, _)| *index < 5);
    assert_eq!(here[0], (0, "-5".to_owned(), 512));
    assert_eq!(there, [(101, "96".to_owned(), 528), (198, "193".to_owned(), 528)]);
    assert_eq!(store.borrow().batches, [10; 20]);
    let invalid = ledger[0].error.clone().unwrap();
    assert_eq!((invalid.code, invalid.field.as_str(), invalid.remote_code), ("invalid", "n", Some(512)));
}

#[test]
fn batches_are_cut_by_bytes_too() {
    let (host, store) = upstream(|_| None, false);
    let mut records = (0..40).map(|n| json!({"n": n, "pad": 100_000})).collect::<Vec<_>>().into_iter();
    let (finished, _) = run(&host, PLAIN, &mut records, Check::No);
    assert_eq!(finished.totals.succeeded, 40);
    assert_eq!(store.borrow().batches, [2; 20]);
    // One that is longer than a batch goes alone.
    let (host, store) = upstream(|_| None, false);
    let mut records = vec![json!(1), json!({"n": 2, "pad": 300_000}), json!(3)].into_iter();
    run(&host, PLAIN, &mut records, Check::No);
    assert_eq!(store.borrow().batches, [1, 1, 1]);
}

#[test]
fn no_more_are_under_way_than_the_account_allows_and_all_of_those() {
    let (host, _) = upstream(|_| None, false);
    run(&host, PLAIN, &mut numbers(0..2000), Check::No);
    assert_eq!(host.most_in_flight(), 15);
}

#[test]
fn what_may_not_be_sent_again_is_kept_apart_and_unknown_when_lost() {
    for keeps in [false, true] {
        // The first answer to each kind is lost.
        let (host, store) = upstream(|count| (count < 2).then(|| Reply::text(503, "")), keeps);
        let kind = Numbers { odd_unsafe: true, most: 10 };
        let (finished, ledger) = run(&host, kind, &mut numbers(0..20), Check::No);
        assert_eq!(finished.totals, Totals { succeeded: 10, failed: 0, unknown: 10, skipped: 0 });
        for written in ledger {
            let number: i64 = written.id.unwrap().parse().unwrap();
            let times = store.borrow().stored.get(&number).copied().unwrap_or(0);
            assert_eq!(times, u32::from(keeps) + u32::from(number % 2 == 0), "{number}");
            assert_eq!(written.status == Outcome::Unknown, number % 2 == 1);
        }
    }
}

#[test]
fn what_is_lost_for_good_is_unknown_even_if_the_last_word_is_a_refusal() {
    let (host, _) = upstream(
        |count| {
            Some(if count == 0 {
                Reply::text(503, "")
            } else {
                Reply::json(400, &json!({"status": "fail", "error": "no"}))
            })
        },
        true,
    );
    let (finished, ledger) = run(&host, PLAIN, &mut numbers(0..3), Check::No);
    assert_eq!(finished.totals.unknown, 3);
    let reason = ledger[0].error.clone().unwrap();
    assert_eq!((reason.code, reason.retryable), ("unknown_outcome", false));
    assert!(reason.message.contains("an earlier try may have been taken"), "{}", reason.message);
}

#[test]
fn a_burst_of_429s_slows_down_and_loses_nothing() {
    let limited =
        || Reply::json(429, &json!({"status": "fail", "error": "Too many concurrent requests", "code": 429}));
    // More in a row than one call tries.
    let (host, store) = upstream(move |count| (count < 40).then(limited), false);
    let (finished, _) = run(&host, PLAIN, &mut numbers(0..500), Check::No);
    assert_eq!(finished.totals.succeeded, 495);
    assert!(store.borrow().stored.values().all(|times| *times == 1));
    // Forever: each batch gives up at its deadline, and says that trying later may help.
    let (host, _) = upstream(move |_| Some(limited()), false);
    let (finished, ledger) = run(&host, PLAIN, &mut numbers(0..20), Check::No);
    assert_eq!(finished.totals.failed, 20);
    let reason = ledger[0].error.clone().unwrap();
    assert!(reason.retryable && reason.code == "rate_limited", "{reason:?}");
    assert!(host.now() <= Duration::from_secs(35), "{:?}", host.now());
}

#[test]
fn refused_credentials_end_the_sending_and_not_the_reading() {
    let body = json!({"status": "fail", "error": "Invalid Credentials", "code": 401});
    let (host, _) = upstream(move |_| Some(Reply::json(401, &body)), false);
    let (finished, ledger) = run(&host, PLAIN, &mut numbers(0..5000), Check::No);
    assert!(matches!(finished.end, End::Halted(Error::Unauthorized { .. })), "{:?}", finished.end);
    assert_eq!((finished.totals.failed, ledger.len()), (5000, 5000));
    assert!(host.sent().len() <= 15, "{}", host.sent().len());
}

#[test]
fn repeated_keys_are_skipped_and_invalid_ones_do_not_count() {
    let (host, store) = upstream(|_| None, false);
    let mut records = vec![
        json!({"n": -1, "key": "a"}),
        json!({"n": 1, "key": "a"}),
        json!({"n": 2, "key": "a"}),
        json!({"n": 3}),
        json!({"n": 3}),
    ]
    .into_iter();
    let (finished, ledger) = run(&host, PLAIN, &mut records, Check::No);
    assert_eq!(finished.totals, Totals { succeeded: 3, failed: 1, unknown: 0, skipped: 1 });
    assert_eq!(store.borrow().stored, BTreeMap::from([(1, 1), (3, 2)]));
    let skipped = ledger.iter().find(|written| written.status == Outcome::Skipped).unwrap();
    assert_eq!((skipped.index, skipped.error.clone().unwrap().code), (2, "duplicate"));
}

#[test]
fn checking_here_sends_nothing_and_checking_there_says_so() {
    let (host, _) = upstream(|_| None, false);
    let (finished, _) = run(&host, PLAIN, &mut numbers(-1..30), Check::Here);
    assert_eq!((finished.totals.succeeded, finished.totals.failed), (30, 1));
    assert!(host.sent().is_empty());
    // A check may be repeated whatever is checked.
    let (host, _) = upstream(|count| (count == 0).then(|| Reply::text(503, "")), false);
    let kind = Numbers { odd_unsafe: true, most: 10 };
    let (finished, _) = run(&host, kind, &mut numbers(0..97), Check::Remote);
    assert_eq!((finished.totals.succeeded, finished.totals.failed), (96, 1));
    assert!(host.sent().iter().all(|sent| sent.target == "/1/upload?dryRun=1"));
}

/// Records that come in bunches, with pauses, and may break off.
struct Slow {
    host: FakeHost,
    bunches: VecDeque<(Duration, Vec<Value>)>,
    ready: VecDeque<Value>,
    breaks: bool,
}

impl Records for Slow {
    fn take(&mut self) -> Option<Result<Value, Failure>> {
        self.ready.pop_front().map(Ok)
    }

    fn fill(&mut self) -> LocalFuture<'_, Result<bool, SendError>> {
        Box::pin(async move {
            let Some((after, _)) = self.bunches.front() else {
                return if self.breaks { Err(SendError::Cut("gone".to_owned())) } else { Ok(false) };
            };
            // Waiting begins anew when it is dropped: the clock's time is what counts.
            let left = after.saturating_sub(self.host.now());
            self.host.sleep(left).await;
            self.ready.extend(self.bunches.pop_front().map(|(_, records)| records).unwrap_or_default());
            Ok(true)
        })
    }
}

#[test]
fn few_records_do_not_wait_for_many() {
    let (host, _) = upstream(|_| None, false);
    let second = Duration::from_secs(1);
    let bunches = VecDeque::from([(second, vec![json!(1), json!(2)]), (60 * second, vec![json!(3)])]);
    let mut records = Slow { host: host.clone(), bunches, ready: VecDeque::new(), breaks: false };
    let (finished, _) = run(&host, PLAIN, &mut records, Check::No);
    assert_eq!(finished.totals.succeeded, 3);
    let times: Vec<_> = host.sent().iter().map(|sent| sent.at.as_secs()).collect();
    assert_eq!(times, [2, 60]);
}

#[test]
fn one_of_a_kind_does_not_wait_for_the_many_of_another() {
    let (host, _) = upstream(|_| None, false);
    // One that may not be sent again, and then two batches' worth a second of those that may.
    let bunches = (0..40)
        .map(|n: u64| {
            let first = if n == 0 { vec![json!(1)] } else { Vec::new() };
            let plain = (0..10).map(|k| json!(1000 + 20 * n + 2 * k));
            (Duration::from_millis(500 * n), first.into_iter().chain(plain).collect())
        })
        .collect();
    let mut records = Slow { host: host.clone(), bunches, ready: VecDeque::new(), breaks: false };
    let kind = Numbers { odd_unsafe: true, most: 10 };
    let (finished, _) = run(&host, kind, &mut records, Check::No);
    assert_eq!(finished.end, End::Whole);
    let sent = host.sent();
    let odd = sent.iter().find(|sent| sent.json()["d"][0]["n"] == 1).unwrap();
    assert!(odd.at <= Duration::from_secs(2), "{:?}", odd.at);
}

#[test]
fn a_wait_that_is_asked_for_does_not_end_what_others_carry_on() {
    let limited = Reply::json(429, &json!({"status": "fail", "error": "Too many", "code": 429}))
        .header("retry-after", "30");
    let (host, _) = upstream(move |count| (count == 3).then(|| limited.clone()), false);
    let bunches = (0..60)
        .map(|n: u64| (Duration::from_secs(n), (0..100).map(|k| json!(100 * n + k)).collect()))
        .collect();
    let mut records = Slow { host: host.clone(), bunches, ready: VecDeque::new(), breaks: false };
    let (finished, _) = run(&host, PLAIN, &mut records, Check::No);
    assert_eq!(finished.totals.failed, 61, "those that CleverTap rejects by number: {:?}", finished.totals);
}

#[test]
fn a_steady_trickle_leaves_every_second() {
    let (host, _) = upstream(|_| None, false);
    let bunches = (0..20).map(|n| (Duration::from_millis(400 * n), vec![json!(n)])).collect();
    let mut records = Slow { host: host.clone(), bunches, ready: VecDeque::new(), breaks: false };
    let kind = Numbers { odd_unsafe: false, most: 1000 };
    let (finished, _) = run(&host, kind, &mut records, Check::No);
    assert_eq!(finished.totals.succeeded, 20);
    let sent = host.sent();
    assert!((6..=9).contains(&sent.len()), "{} batches of eight seconds", sent.len());
    assert_eq!(sent[0].at, Duration::from_secs(1));
}

#[test]
fn a_slow_upstream_that_throttles_costs_time_and_no_records() {
    // Two at a time, each for two seconds: with a brake, nothing waits so long that it is cut short.
    let under_way = Rc::new(Cell::new(0usize));
    let inner = Rc::clone(&under_way);
    let store = Rc::new(RefCell::new(Store::default()));
    let (stored, busy_until) = (Rc::clone(&store), RefCell::new(Vec::<Duration>::new()));
    let host = FakeHost::answering(move |sent| {
        let mut busy = busy_until.borrow_mut();
        busy.retain(|until| *until > sent.at);
        if busy.len() >= 2 {
            inner.set(inner.get() + 1);
            return Reply::json(429, &json!({"status": "fail", "error": "Too many", "code": 429}));
        }
        let took = Duration::from_secs(2);
        busy.push(sent.at + took);
        Reply::json(200, &stored.borrow_mut().upload(&sent.json())).after(took)
    });
    let kind = Numbers { odd_unsafe: true, most: 10 };
    let (finished, _) = run(&host, kind, &mut numbers(0..1000), Check::No);
    assert_eq!((finished.totals.unknown, finished.totals.failed), (0, 10), "{:?}", finished.totals);
    assert!(store.borrow().stored.values().all(|times| *times == 1));
    assert!(under_way.get() > 0);
}

#[test]
fn a_stream_that_rests_for_long_is_as_patient_as_before() {
    let limited = || Reply::json(429, &json!({"status": "fail", "error": "Too many", "code": 429}));
    // The second batch comes an hour after the first, and is refused more often than one call tries.
    let (host, _) = upstream(move |count| (1..10).contains(&count).then(limited), false);
    let hour = Duration::from_secs(3600);
    let bunches = VecDeque::from([(Duration::ZERO, vec![json!(1)]), (hour, vec![json!(2)])]);
    let mut records = Slow { host: host.clone(), bunches, ready: VecDeque::new(), breaks: false };
    let (finished, _) = run(&host, PLAIN, &mut records, Check::No);
    assert_eq!(finished.totals.succeeded, 2, "{:?}", finished.totals);
    // And one that gets nowhere does not wait as long for each of its batches.
    let (host, _) = upstream(move |_| Some(limited()), false);
    let (finished, _) = run(&host, PLAIN, &mut numbers(0..1000), Check::No);
    assert_eq!(finished.totals.failed, 1000);
    assert!(host.now() < Duration::from_secs(600), "{:?}", host.now());
}

#[test]
fn input_that_breaks_off_is_sent_as_far_as_it_came() {
    let (host, _) = upstream(|_| None, false);
    let bunches = VecDeque::from([(Duration::ZERO, vec![json!(1), json!(2)])]);
    let mut records = Slow { host: host.clone(), bunches, ready: VecDeque::new(), breaks: true };
    let (finished, _) = run(&host, PLAIN, &mut records, Check::No);
    assert_eq!(finished.totals.succeeded, 2);
    assert_eq!(finished.end, End::InputBroke(SendError::Cut("gone".to_owned())));
}

/// A ledger that takes so many notes and is then full for good.
struct Stuck(usize, Vec<Written>);

impl Ledger for Stuck {
    fn note(&mut self, written: Written) {
        self.1.push(written);
    }

    fn is_full(&self) -> bool {
        self.1.len() >= self.0
    }

    fn room(&self) -> LocalFuture<'static, ()> {
        Box::pin(std::future::pending())
    }
}

#[test]
fn notes_that_nobody_takes_end_the_reading() {
    let (host, store) = upstream(|_| None, false);
    let account = account();
    let session = Session::open(&host, &account, Trace::default());
    let mut ledger = Stuck(100, Vec::new());
    let mut records = numbers(0..1_000_000);
    let finished = host.run(write(&session, &PLAIN, &mut records, Check::No, &mut ledger));
    assert_eq!(finished.end, End::Unread);
    let told = u64::try_from(ledger.1.len()).unwrap();
    assert_eq!(finished.totals.sum(), told, "what was read is told");
    assert!((100..500).contains(&told), "{told}");
    assert!(u64::try_from(store.borrow().stored.len()).unwrap() <= told);
    assert_eq!(records.next(), Some(json!(told)), "and what was not read is not lost either");
}

/// A ledger of which one note is taken every second.
struct Slowly {
    host: FakeHost,
    pending: usize,
    told: usize,
    since: Duration,
}

impl Ledger for Slowly {
    fn note(&mut self, _: Written) {
        self.pending += 1;
        self.told += 1;
    }

    fn flush(&mut self) {
        while self.pending > 0 && self.host.now() >= self.since + Duration::from_secs(1) {
            self.since += Duration::from_secs(1);
            self.pending -= 1;
        }
    }

    fn is_full(&self) -> bool {
        self.pending > 5
    }

    fn taken(&self) -> u64 {
        self.host.now().as_secs()
    }

    fn room(&self) -> LocalFuture<'static, ()> {
        let host = self.host.clone();
        Box::pin(async move { host.sleep(Duration::from_secs(100)).await })
    }
}

#[test]
fn somebody_who_reads_slowly_has_not_gone_away() {
    let (host, _) = upstream(|_| None, false);
    let account = account();
    let session = Session::open(&host, &account, Trace::default());
    let mut ledger = Slowly { host: host.clone(), pending: 0, told: 0, since: Duration::ZERO };
    let mut records = numbers(0..200);
    let finished = host.run(write(&session, &PLAIN, &mut records, Check::No, &mut ledger));
    assert_eq!((finished.end, ledger.told), (End::Whole, 200));
}

#[test]
fn a_write_that_is_given_up_leaves_its_figures_in_the_log() {
    let (host, _) = upstream(|_| Some(Reply::never()), false);
    let account = account();
    let session = Session::open(&host, &account, Trace::default());
    let mut ledger: Vec<Written> = Vec::new();
    let mut records = numbers(-1..5);
    let writing = write(&session, &PLAIN, &mut records, Check::No, &mut ledger);
    let second = host.sleep(Duration::from_secs(1));
    host.run(crate::transport::select::first(writing, second));
    let line = host.lines().pop().unwrap();
    assert_eq!(line["event"], "bulk_abandoned");
    assert_eq!((line["failed"].as_u64(), line["in_flight"].as_u64()), (Some(1), Some(5)), "{line}");
}

/// What happens to one request.
#[derive(Debug, Clone, Copy)]
enum Fate {
    Fine,
    Throttled,
    Lost,
    StoredAndLost,
    StoredAndCut,
    NeverSent,
    Rejected,
    Garbage,
}

fn fates() -> impl Strategy<Value = Vec<Fate>> {
    use Fate::*;
    let fate = prop_oneof![
        4 => Just(Fine), 2 => Just(Throttled), 1 => Just(Lost), 1 => Just(StoredAndLost),
        1 => Just(StoredAndCut), 1 => Just(NeverSent), 1 => Just(Rejected), 1 => Just(Garbage),
    ];
    prop::collection::vec(fate, 0..60)
}

proptest! {
    /// Whatever happens to requests: each record ends once, nothing that is said to be taken is missing, nothing
    /// that is said to have failed is there, and what may not be sent again is never there twice.
    #[test]
    fn all_records_are_accounted_for(fates in fates(), count in 0i64..300, most in 2usize..40) {
        let store = Rc::new(RefCell::new(Store::default()));
        let (inner, at) = (Rc::clone(&store), Cell::new(0));
        let host = FakeHost::answering(move |sent| {
            let fate = fates.get(at.get()).copied().unwrap_or(Fate::Fine);
            at.set(at.get() + 1);
            let store = || inner.borrow_mut().upload(&sent.json());
            match fate {
                Fate::Fine => Reply::json(200, &store()),
                Fate::Throttled => Reply::json(429, &json!({"status": "fail", "error": "Too many", "code": 429})),
                Fate::Lost => Reply::text(503, ""),
                Fate::StoredAndLost => { store(); Reply::text(504, "") }
                Fate::StoredAndCut => { store(); Reply::fail(SendError::Cut("cut".to_owned())) }
                Fate::NeverSent => Reply::fail(SendError::NeverSent("refused".to_owned())),
                Fate::Rejected => Reply::json(400, &json!({"status": "fail", "error": "Malformed request", "code": 400})),
                Fate::Garbage => { store(); Reply::text(200, "<html>") }
            }
        });
        let kind = Numbers { odd_unsafe: true, most };
        let (finished, ledger) = run(&host, kind, &mut numbers(0..count), Check::No);
        prop_assert_eq!(finished.end, End::Whole);
        let places: BTreeSet<_> = ledger.iter().map(|written| written.index).collect();
        prop_assert_eq!(places.len(), ledger.len());
        prop_assert_eq!(i64::try_from(places.len()).unwrap(), count);
        for written in ledger {
            let number: i64 = written.id.unwrap().parse().unwrap();
            let times = store.borrow().stored.get(&number).copied().unwrap_or(0);
            match written.status {
                Outcome::Succeeded => prop_assert!(times >= 1, "{} is missing", number),
                Outcome::Failed => prop_assert_eq!(times, 0, "{} is there", number),
                Outcome::Unknown | Outcome::Skipped => {}
            }
            prop_assert!(number % 2 == 0 || times <= 1, "{} is there {} times", number, times);
        }
    }
}

/// Any JSON, with names that records know among the others.
fn any_json() -> impl Strategy<Value = Value> {
    let name = prop_oneof![
        prop::sample::select(vec![
            "id",
            "object_id",
            "identifiers",
            "name",
            "email",
            "phone",
            "custom_fields",
            "properties",
            "items",
            "type",
            "value",
            "channel",
            "occurred_at",
            "$incr",
            "$date",
            "profile_id",
            "token",
            "subscriptions",
            "group",
            "remote_data",
            "revenue",
            "Items",
            "keys",
        ])
        .prop_map(str::to_owned),
        "\\PC{0,8}",
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        prop::sample::select(vec![
            "CHARGE",
            "Charged",
            "u1",
            "a@example.com",
            "+14155550123",
            "EMAIL",
            "email",
            "2026-03-01",
            "fcm"
        ])
        .prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 8, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map(name.clone(), inner, 0..8)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, ..ProptestConfig::default() })]

    /// Whatever a record is, it is written as JSON, or refused with a code and words.
    #[test]
    fn any_record_is_written_or_refused(record in any_json()) {
        crate::fuzz::every_kind(&record);
    }
}
