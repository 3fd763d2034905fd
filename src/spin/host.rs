//! What the core asks of its surroundings, over WASI 0.3.

use std::rc::Rc;
use std::time::Duration;

use spin_sdk::wasip3::clocks::{monotonic_clock, system_clock};
use spin_sdk::wasip3::random::random::get_random_u64;

use super::store::KeyValue;
use super::{outgoing, stderr};
use crate::transport::{Host, Lanes, Request, Response, SendError, Store, Timeouts, Timer};
use crate::wasi::request::nanos;

/// One for each request; clones share it.
#[derive(Clone, Default)]
pub(super) struct Wasi {
    store: Rc<KeyValue>,
}

impl Host for Wasi {
    async fn send(&self, request: Request, timeouts: Timeouts) -> Result<Response, SendError> {
        outgoing::send(request, timeouts).await
    }

    async fn sleep(&self, duration: Duration) {
        monotonic_clock::wait_for(nanos(duration)).await;
    }

    fn timer(&self) -> Timer {
        Box::new(|duration| Box::pin(monotonic_clock::wait_for(nanos(duration))))
    }

    fn now(&self) -> Duration {
        Duration::from_nanos(monotonic_clock::now())
    }

    fn unix_ms(&self) -> i64 {
        let now = system_clock::now();
        now.seconds.saturating_mul(1000).saturating_add(i64::from(now.nanoseconds / 1_000_000))
    }

    fn random(&self) -> u64 {
        get_random_u64()
    }

    fn log(&self, line: &str) {
        stderr::line(line);
    }

    fn lanes(&self, owner: &str) -> Rc<Lanes> {
        self.instance().caps.of(owner)
    }

    fn store(&self) -> Option<Rc<dyn Store>> {
        Some(Rc::clone(&self.store) as Rc<dyn Store>)
    }
}
