//! Waiting, in a world without threads.
//!
//! WASI 0.2 has one way to wait: `wasi:io/poll.poll` over a list of pollables. The core is written as futures
//! (several requests in flight in one call, time-outs, a body that goes up while its answer comes down), so
//! something has to turn "all that these futures wait for" into that list. This is it: a future registers a
//! pollable and its waker, and [`Reactor::block_on`] polls the list whenever nothing else can be done.
//!
//! Why not `wstd`, which does the same: it is made for `wasm32-wasip2` and brings ten `wasi:cli` and
//! `wasi:filesystem` imports that our worlds do not declare, and its proxy component is 259 kB where the same
//! program over plain bindings is 93 kB (measured in this project's notes with 0.6.8). What is needed of it
//! is these lines.
//!
//! The reactor knows no WASI type: it is given the poll function, so that it is tested natively.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

/// Blocks until at least one is ready and tells the places of those that are. Never called with none.
type PollFn<P> = fn(&[&P]) -> Vec<u32>;

/// A handle to the list of waits; clones share it. One for each exported call.
pub(crate) struct Reactor<P> {
    waits: Rc<Waits<P>>,
}

struct Waits<P> {
    poll: PollFn<P>,
    next_key: Cell<u64>,
    /// Ordered by age, so that a poll function that favours the front serves the oldest first.
    list: RefCell<BTreeMap<u64, (Rc<P>, Waker)>>,
}

/// The future cannot go on: it waits, but for nothing that is registered. A mistake of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stalled;

impl<P> Clone for Reactor<P> {
    fn clone(&self) -> Self {
        Self { waits: Rc::clone(&self.waits) }
    }
}

impl<P> fmt::Debug for Reactor<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Reactor({} waits)", self.waits.list.borrow().len())
    }
}

impl<P> Reactor<P> {
    pub(crate) fn new(poll: PollFn<P>) -> Self {
        Self { waits: Rc::new(Waits { poll, next_key: Cell::new(0), list: RefCell::new(BTreeMap::new()) }) }
    }

    /// A future that ends when the pollable is ready. Dropping it takes the pollable off the list again, so
    /// that whoever owns the pollable can drop it, and then its parent resource, in that order.
    pub(crate) fn wait(&self, pollable: &Rc<P>) -> Wait<P> {
        Wait { reactor: self.clone(), pollable: Rc::clone(pollable), key: None }
    }

    /// Drives a future to its end. Meanwhile the instance does nothing else.
    ///
    /// # Errors
    /// [`Stalled`] instead of the trap that polling an empty list would be.
    pub(crate) fn block_on<T>(&self, future: impl Future<Output = T>) -> Result<T, Stalled> {
        let mut future = pin!(future);
        let woken = Arc::new(Woken(AtomicBool::new(true)));
        let waker = Waker::from(Arc::clone(&woken));
        let mut context = Context::from_waker(&waker);
        loop {
            // A waker may fire while the future runs (a permit is given back, a join yields): then it runs
            // again at once, before anything blocks.
            while woken.0.swap(false, Ordering::Relaxed) {
                if let Poll::Ready(value) = future.as_mut().poll(&mut context) {
                    return Ok(value);
                }
            }
            self.turn()?;
        }
    }

    /// Blocks until one of the registered pollables is ready, and wakes those who wait for the ready ones.
    fn turn(&self) -> Result<(), Stalled> {
        let wakers: Vec<Waker> = {
            let mut list = self.waits.list.borrow_mut();
            if list.is_empty() {
                return Err(Stalled);
            }
            let (keys, pollables): (Vec<u64>, Vec<&P>) =
                list.iter().map(|(key, (p, _))| (*key, &**p)).unzip();
            let ready = (self.waits.poll)(&pollables);
            ready
                .into_iter()
                .filter_map(|place| keys.get(usize::try_from(place).ok()?))
                .filter_map(|key| list.remove(key))
                .map(|(_, waker)| waker)
                .collect()
        };
        // The list is no longer borrowed: a waker may run anything.
        for waker in wakers {
            waker.wake();
        }
        Ok(())
    }
}

/// See [`Reactor::wait`].
pub(crate) struct Wait<P> {
    reactor: Reactor<P>,
    pollable: Rc<P>,
    /// The place on the list, once it has been asked for the first time.
    key: Option<u64>,
}

impl<P> Future for Wait<P> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let this = &mut *self;
        let waits = &this.reactor.waits;
        let mut list = waits.list.borrow_mut();
        if let Some(key) = this.key {
            return match list.get_mut(&key) {
                Some((_, waker)) => {
                    waker.clone_from(context.waker());
                    Poll::Pending
                }
                None => Poll::Ready(()),
            };
        }
        let key = waits.next_key.get();
        waits.next_key.set(key.wrapping_add(1));
        list.insert(key, (Rc::clone(&this.pollable), context.waker().clone()));
        this.key = Some(key);
        Poll::Pending
    }
}

impl<P> Drop for Wait<P> {
    fn drop(&mut self) {
        if let Some(key) = self.key {
            self.reactor.waits.list.borrow_mut().remove(&key);
        }
    }
}

/// Set by any waker of the driven future. Atomic only because `Wake` asks for it.
struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::select::{Either, first};

    /// A pollable that becomes ready at a time; polling moves the test's clock to the earliest one.
    struct At(u32);

    fn earliest(list: &[&At]) -> Vec<u32> {
        let soonest = list.iter().map(|at| at.0).min().unwrap();
        (0u32..).zip(list).filter(|(_, at)| at.0 == soonest).map(|(place, _)| place).collect()
    }

    fn reactor() -> Reactor<At> {
        Reactor::new(earliest)
    }

    async fn note(reactor: &Reactor<At>, time: u32, log: &RefCell<Vec<u32>>) -> u32 {
        reactor.wait(&Rc::new(At(time))).await;
        log.borrow_mut().push(time);
        time
    }

    #[test]
    fn many_waits_end_in_their_own_order() {
        let (reactor, log) = (reactor(), RefCell::new(Vec::new()));
        let sum = reactor
            .block_on(async {
                let mut waits: Vec<_> =
                    [30, 10, 20, 10].into_iter().map(|t| Box::pin(note(&reactor, t, &log))).collect();
                let mut sum = 0;
                while !waits.is_empty() {
                    std::future::poll_fn(|context| {
                        let before = waits.len();
                        waits.retain_mut(|wait| match wait.as_mut().poll(context) {
                            Poll::Ready(time) => {
                                sum += time;
                                false
                            }
                            Poll::Pending => true,
                        });
                        if waits.len() < before { Poll::Ready(()) } else { Poll::Pending }
                    })
                    .await;
                }
                sum
            })
            .unwrap();
        assert_eq!(sum, 70);
        assert_eq!(*log.borrow(), [10, 10, 20, 30]);
    }

    #[test]
    fn a_dropped_wait_leaves_the_list_and_its_pollable() {
        let reactor = reactor();
        let slow = Rc::new(At(100));
        reactor
            .block_on(async {
                let mut a = Box::pin(reactor.wait(&slow));
                let mut b = Box::pin(reactor.wait(&Rc::new(At(1))));
                assert!(matches!(first(&mut a, &mut b).await, Either::Right(())));
                assert_eq!(reactor.waits.list.borrow().len(), 1);
                drop(a);
                assert_eq!(reactor.waits.list.borrow().len(), 0);
            })
            .unwrap();
        assert_eq!(Rc::strong_count(&slow), 1);
    }

    #[test]
    fn one_pollable_can_be_waited_for_again() {
        let reactor = reactor();
        let pollable = Rc::new(At(1));
        reactor
            .block_on(async {
                reactor.wait(&pollable).await;
                reactor.wait(&pollable).await;
            })
            .unwrap();
    }

    #[test]
    fn a_future_that_wakes_itself_runs_again_without_blocking() {
        let mut rounds = 0;
        reactor()
            .block_on(std::future::poll_fn(|context| {
                rounds += 1;
                if rounds == 3 {
                    return Poll::Ready(());
                }
                context.waker().wake_by_ref();
                Poll::Pending
            }))
            .unwrap();
        assert_eq!(rounds, 3);
    }

    #[test]
    fn waiting_for_nothing_is_an_error_and_no_trap() {
        assert_eq!(reactor().block_on(std::future::pending::<()>()), Err(Stalled));
    }
}
