//! A scripted host whose clock moves only when nothing else can, so that no test sleeps.
//!
//! [`FakeHost::run`] polls a future; when nobody has woken it, the clock jumps to the earliest timer. Answers
//! take as long as their [`Reply`] says, on the same clock, so that latencies, deadlines and waits are ordered
//! as they would be in real life.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use serde_json::Value;

use crate::clevertap::account::{Account, Connection, Limits};
use crate::clevertap::credentials::Secret;
use crate::transport::body::LocalFuture;
use crate::transport::{
    self, Body, Headers, Host, Instance, Request, Response, SendError, Source, Store, StoreError, Timeouts,
    header,
};

/// The passcode of [`account`].
pub(crate) const PASSCODE: &str = "AAA-BBB-CCCC";

/// Keys that seal and sign.
pub(crate) const SECRET_KEYS: &str = "old:000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

/// The moment at which every test starts: 2026-03-01 12:00:00 UTC.
pub(crate) const START_UNIX_MS: i64 = 1_772_366_400_000;

/// A connection that opens.
pub(crate) fn connection() -> Connection {
    Connection {
        id: "acme".to_owned(),
        project_id: "TEST-123".to_owned(),
        passcode: Secret::new(PASSCODE),
        region: "in1".to_owned(),
        timezone: None,
        endpoint: None,
        upload_hosts: None,
        limits: Limits::default(),
    }
}

/// An account in India with default settings.
pub(crate) fn account() -> Account {
    Account::open(connection()).unwrap()
}

/// A request as it went out.
#[derive(Debug, Clone)]
pub(crate) struct Sent {
    /// Since the start of the test.
    pub at: Duration,
    pub method: String,
    /// Scheme, host and port.
    pub origin: String,
    /// Path and query, byte for byte.
    pub target: String,
    pub headers: Headers,
    pub body: Vec<u8>,
    pub timeouts: Timeouts,
}

impl Sent {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        header(&self.headers, name)
    }

    pub(crate) fn path(&self) -> &str {
        self.target.split_once('?').map_or(&self.target, |(path, _)| path)
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

/// What the other side does.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    after: Duration,
    outcome: Result<(u16, Headers), SendError>,
    pieces: VecDeque<(Duration, Result<Vec<u8>, SendError>)>,
    length: Option<u64>,
}

impl Reply {
    pub(crate) fn text(status: u16, body: &str) -> Self {
        let piece = (Duration::ZERO, Ok(body.as_bytes().to_vec()));
        let length = u64::try_from(body.len()).ok();
        Self {
            after: Duration::ZERO,
            outcome: Ok((status, Vec::new())),
            pieces: VecDeque::from([piece]),
            length,
        }
    }

    pub(crate) fn json(status: u16, body: &Value) -> Self {
        Self::text(status, &body.to_string()).header("content-type", "application/json;charset=utf-8")
    }

    pub(crate) fn fail(error: SendError) -> Self {
        Self { after: Duration::ZERO, outcome: Err(error), pieces: VecDeque::new(), length: None }
    }

    /// Never answers.
    pub(crate) fn never() -> Self {
        Self::text(200, "").after(Duration::from_secs(1_000_000))
    }

    pub(crate) fn after(mut self, latency: Duration) -> Self {
        self.after = latency;
        self
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        if let Ok((_, headers)) = &mut self.outcome {
            headers.push((name.to_owned(), value.as_bytes().to_vec()));
        }
        self
    }

    /// After what the body has so far, more of it or the end of the connection.
    pub(crate) fn then(mut self, latency: Duration, piece: Result<&[u8], SendError>) -> Self {
        self.pieces.push_back((latency, piece.map(<[u8]>::to_vec)));
        self.length = None;
        self
    }
}

type Script = Box<dyn FnMut(&Sent) -> Reply>;

struct World {
    now: Cell<Duration>,
    timers: RefCell<BTreeMap<(Duration, u64), Waker>>,
    sequence: Cell<u64>,
    random: Cell<u64>,
    script: RefCell<Script>,
    sent: RefCell<Vec<Sent>>,
    in_flight: Cell<usize>,
    most_in_flight: Cell<usize>,
    lines: RefCell<Vec<String>>,
    store: RefCell<Option<Rc<dyn Store>>>,
    instance: Rc<Instance>,
}

/// The host. Clones share one world.
#[derive(Clone)]
pub(crate) struct FakeHost(Rc<World>);

impl FakeHost {
    /// Each request is answered by the function.
    pub(crate) fn answering(script: impl FnMut(&Sent) -> Reply + 'static) -> Self {
        Self(Rc::new(World {
            now: Cell::default(),
            timers: RefCell::default(),
            sequence: Cell::default(),
            random: Cell::new(7),
            script: RefCell::new(Box::new(script)),
            sent: RefCell::default(),
            in_flight: Cell::default(),
            most_in_flight: Cell::default(),
            lines: RefCell::default(),
            store: RefCell::default(),
            instance: Rc::default(),
        }))
    }

    /// The same with a store.
    pub(crate) fn with_store(self, store: &Rc<impl Store + 'static>) -> Self {
        let store: Rc<dyn Store> = Rc::clone(store) as _;
        self.0.store.replace(Some(store));
        self
    }

    /// Requests are answered in turn; one too many fails the test.
    pub(crate) fn scripted(replies: impl IntoIterator<Item = Reply>) -> Self {
        let mut replies: VecDeque<_> = replies.into_iter().collect();
        Self::answering(move |sent| {
            replies.pop_front().unwrap_or_else(|| panic!("unexpected {} {}", sent.method, sent.target))
        })
    }

    /// Runs a future to its end, moving the clock whenever it waits.
    pub(crate) fn run<T>(&self, future: impl Future<Output = T>) -> T {
        let mut future = pin!(future);
        let wakes = Wakes::default();
        let waker = wakes.waker();
        let mut context = Context::from_waker(&waker);
        loop {
            let before = wakes.count();
            if let Poll::Ready(value) = future.as_mut().poll(&mut context) {
                return value;
            }
            if wakes.count() == before {
                let (at, timer) = {
                    let mut timers = self.0.timers.borrow_mut();
                    let ((at, _), timer) = timers.pop_first().expect("the future waits for nothing");
                    (at, timer)
                };
                self.0.now.set(self.0.now.get().max(at));
                timer.wake();
            }
        }
    }

    pub(crate) fn sent(&self) -> Vec<Sent> {
        self.0.sent.borrow().clone()
    }

    /// Log lines, as JSON.
    pub(crate) fn lines(&self) -> Vec<Value> {
        self.0.lines.borrow().iter().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    pub(crate) fn most_in_flight(&self) -> usize {
        self.0.most_in_flight.get()
    }

    fn wait(&self, duration: Duration) -> impl Future<Output = ()> + 'static {
        let world = Rc::clone(&self.0);
        let sequence = world.sequence.get() + 1;
        world.sequence.set(sequence);
        let key = (world.now.get().saturating_add(duration), sequence);
        let timer = Timer { world, key };
        poll_fn(move |context| {
            if timer.world.now.get() >= timer.key.0 {
                return Poll::Ready(());
            }
            timer.world.timers.borrow_mut().insert(timer.key, context.waker().clone());
            Poll::Pending
        })
    }
}

/// Takes its entry back when it is dropped.
struct Timer {
    world: Rc<World>,
    key: (Duration, u64),
}

impl Drop for Timer {
    fn drop(&mut self) {
        self.world.timers.borrow_mut().remove(&self.key);
    }
}

/// Counts a request that is under way.
struct Flight(Rc<World>);

impl Flight {
    fn start(world: &Rc<World>) -> Self {
        world.in_flight.set(world.in_flight.get() + 1);
        world.most_in_flight.set(world.most_in_flight.get().max(world.in_flight.get()));
        Self(Rc::clone(world))
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        self.0.in_flight.set(self.0.in_flight.get() - 1);
    }
}

impl Host for FakeHost {
    async fn send(&self, request: Request, timeouts: Timeouts) -> Result<Response, SendError> {
        let flight = Flight::start(&self.0);
        let origin = request.url.origin().ascii_serialization();
        let target = request
            .target
            .unwrap_or_else(|| request.url[url::Position::BeforePath..url::Position::AfterQuery].to_owned());
        let mut body = request.body;
        let mut bytes = Vec::new();
        while let Some(piece) = body.next().await? {
            bytes.extend(piece);
        }
        let sent = Sent {
            at: self.0.now.get(),
            method: request.method,
            origin,
            target,
            headers: request.headers,
            body: bytes,
            timeouts,
        };
        self.0.sent.borrow_mut().push(sent.clone());
        let reply = (self.0.script.borrow_mut())(&sent);
        self.wait(reply.after).await;
        let (status, headers) = reply.outcome?;
        let body = Pieces { host: self.clone(), pieces: reply.pieces, _flight: flight };
        Ok(Response { status, headers, body: Body::Stream(Box::new(body), reply.length) })
    }

    fn sleep(&self, duration: Duration) -> impl Future<Output = ()> {
        self.wait(duration)
    }

    fn timer(&self) -> transport::Timer {
        let host = self.clone();
        Box::new(move |duration| Box::pin(host.wait(duration)))
    }

    fn now(&self) -> Duration {
        self.0.now.get()
    }

    fn unix_ms(&self) -> i64 {
        START_UNIX_MS + i64::try_from(self.0.now.get().as_millis()).unwrap()
    }

    fn random(&self) -> u64 {
        // SplitMix64: the same in every run.
        let state = self.0.random.get().wrapping_add(0x9e37_79b9_7f4a_7c15);
        self.0.random.set(state);
        let mut mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn log(&self, line: &str) {
        self.0.lines.borrow_mut().push(line.to_owned());
    }

    fn store(&self) -> Option<Rc<dyn Store>> {
        self.0.store.borrow().clone()
    }

    fn instance(&self) -> Rc<Instance> {
        Rc::clone(&self.0.instance)
    }
}

/// A store in memory; it outlives the hosts that use it, as a real one does.
#[derive(Debug, Default)]
pub(crate) struct FakeStore {
    entries: RefCell<BTreeMap<String, Vec<u8>>>,
    calls: Cell<usize>,
    failing: Cell<bool>,
}

impl FakeStore {
    /// All that is in it.
    pub(crate) fn entries(&self) -> BTreeMap<String, Vec<u8>> {
        self.entries.borrow().clone()
    }

    /// How often it was asked for anything.
    pub(crate) fn calls(&self) -> usize {
        self.calls.get()
    }

    /// From now on every call fails, or none.
    pub(crate) fn fail(&self, failing: bool) {
        self.failing.set(failing);
    }

    fn asked(&self) -> Result<(), StoreError> {
        self.calls.set(self.calls.get() + 1);
        if self.failing.get() { Err(StoreError::Failed("as told".to_owned())) } else { Ok(()) }
    }
}

/// Each call gives way once, as calls of a real store do, so that what runs at the same time meets.
async fn give_way() {
    let mut gave = false;
    poll_fn(|context| {
        if gave {
            return Poll::Ready(());
        }
        gave = true;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

impl Store for FakeStore {
    fn get<'a>(&'a self, key: &'a str) -> LocalFuture<'a, Result<Option<Vec<u8>>, StoreError>> {
        Box::pin(async move {
            self.asked()?;
            give_way().await;
            Ok(self.entries.borrow().get(key).cloned())
        })
    }

    fn set<'a>(&'a self, key: &'a str, value: &'a [u8]) -> LocalFuture<'a, Result<(), StoreError>> {
        Box::pin(async move {
            self.asked()?;
            assert!(key.is_ascii() && key.len() <= transport::store::MOST_KEY_BYTES, "{key}");
            assert!(value.len() <= transport::store::MOST_VALUE_BYTES, "{key}: {} bytes", value.len());
            give_way().await;
            self.entries.borrow_mut().insert(key.to_owned(), value.to_vec());
            Ok(())
        })
    }

    fn delete<'a>(&'a self, key: &'a str) -> LocalFuture<'a, Result<(), StoreError>> {
        Box::pin(async move {
            self.asked()?;
            give_way().await;
            self.entries.borrow_mut().remove(key);
            Ok(())
        })
    }
}

/// An answer's body on its way.
struct Pieces {
    host: FakeHost,
    pieces: VecDeque<(Duration, Result<Vec<u8>, SendError>)>,
    _flight: Flight,
}

impl Source for Pieces {
    fn next(&mut self) -> LocalFuture<'_, Result<Option<Vec<u8>>, SendError>> {
        Box::pin(async move {
            let Some((after, _)) = self.pieces.front() else { return Ok(None) };
            self.host.wait(*after).await;
            self.pieces.pop_front().map(|(_, piece)| piece).transpose()
        })
    }
}

/// Counts wake-ups.
#[derive(Clone, Default)]
pub(crate) struct Wakes(Arc<AtomicUsize>);

impl Wakes {
    pub(crate) fn count(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }

    pub(crate) fn waker(&self) -> Waker {
        struct Counter(Arc<AtomicUsize>);
        impl Wake for Counter {
            fn wake(self: Arc<Self>) {
                self.0.fetch_add(1, Ordering::Relaxed);
            }
        }
        Waker::from(Arc::new(Counter(Arc::clone(&self.0))))
    }
}
