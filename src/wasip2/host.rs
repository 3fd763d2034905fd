//! What the core asks of its surroundings, over WASI 0.2.

use std::rc::Rc;
use std::time::Duration;

use wasi::clocks::{monotonic_clock, wall_clock};

use super::outgoing;
use super::streams::Reactor;
use crate::transport::{Host, Request, Response, SendError, Timeouts, Timer};
use crate::wasi::request::nanos;

/// One for each exported call: no state outlives it, which is what lets a host share an instance or not. Clones
/// share it.
#[derive(Debug, Clone)]
pub(super) struct Wasi {
    reactor: Reactor,
    random: random::Random,
}

impl Wasi {
    pub(super) fn new() -> Self {
        Self { reactor: Reactor::new(wasi::io::poll::poll), random: random::Random::new() }
    }

    pub(super) const fn reactor(&self) -> &Reactor {
        &self.reactor
    }
}

/// Waits.
pub(super) async fn sleep(reactor: &Reactor, duration: Duration) {
    reactor.wait(&Rc::new(monotonic_clock::subscribe_duration(nanos(duration)))).await;
}

impl Host for Wasi {
    async fn send(&self, request: Request, timeouts: Timeouts) -> Result<Response, SendError> {
        outgoing::send(&self.reactor, request, timeouts).await
    }

    async fn sleep(&self, duration: Duration) {
        sleep(&self.reactor, duration).await;
    }

    fn timer(&self) -> Timer {
        let reactor = self.reactor.clone();
        Box::new(move |duration| {
            let reactor = reactor.clone();
            Box::pin(async move { sleep(&reactor, duration).await })
        })
    }

    fn now(&self) -> Duration {
        Duration::from_nanos(monotonic_clock::now())
    }

    fn unix_ms(&self) -> i64 {
        let now = wall_clock::now();
        let millis = now.seconds.saturating_mul(1000).saturating_add(u64::from(now.nanoseconds) / 1_000_000);
        i64::try_from(millis).unwrap_or(i64::MAX)
    }

    fn random(&self) -> u64 {
        self.random.next()
    }

    /// The world `service` has stderr; `marketing-automation` has no log.
    fn log(&self, line: &str) {
        #[cfg(feature = "service")]
        stderr::line(line);
        #[cfg(not(feature = "service"))]
        let _ = line;
    }
}

#[cfg(feature = "service")]
mod random {
    /// `wasi:random`.
    #[derive(Debug, Clone)]
    pub(super) struct Random;

    impl Random {
        pub(super) const fn new() -> Self {
            Self
        }

        #[allow(clippy::unused_self, reason = "the provider's twin has state")]
        pub(super) fn next(&self) -> u64 {
            wasi::random::random::get_random_u64()
        }
    }
}

#[cfg(not(feature = "service"))]
mod random {
    use std::cell::Cell;
    use std::rc::Rc;

    use wasi::clocks::{monotonic_clock, wall_clock};

    /// SplitMix64, seeded from both clocks: the world imports no randomness. It spreads retries apart and
    /// names requests; nothing that must not be guessed is made from it.
    #[derive(Debug, Clone)]
    pub(super) struct Random(Rc<Cell<u64>>);

    impl Random {
        pub(super) fn new() -> Self {
            let wall = wall_clock::now();
            let seed = monotonic_clock::now() ^ wall.seconds.rotate_left(32) ^ u64::from(wall.nanoseconds);
            Self(Rc::new(Cell::new(seed)))
        }

        pub(super) fn next(&self) -> u64 {
            let state = self.0.get().wrapping_add(0x9e37_79b9_7f4a_7c15);
            self.0.set(state);
            let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            mixed ^ (mixed >> 31)
        }
    }
}

#[cfg(feature = "service")]
pub(super) mod stderr {
    use wasi::cli::stderr::get_stderr;

    use crate::wasi::line::ended;

    /// What `blocking-write-and-flush` takes at once; more is a trap.
    const AT_ONCE: usize = 4096;

    /// One line. This blocks until the host has taken it; a host that takes no more loses the rest of it.
    pub(in super::super) fn line(text: &str) {
        let stream = get_stderr();
        for piece in ended(text).chunks(AT_ONCE) {
            if stream.blocking_write_and_flush(piece).is_err() {
                return;
            }
        }
    }
}
