//! A cap on how many of something are under way, first come first served, that gives way to 429s.
//!
//! | event | effect |
//! |---|---|
//! | `enter` while there is room, and nobody waits | a permit at once |
//! | `enter` otherwise | waits behind those who came before |
//! | a permit is dropped | it passes to the one who has waited longest, if the cap still allows it |
//! | a waiter is dropped before its turn | it leaves the line |
//! | a waiter is dropped between its turn and its wake-up | its permit passes on, so that no turn is lost |
//! | a permit's request was throttled | the cap is halved, down to 1; once for all that were under way with it |
//! | as many requests as the cap were fine | the cap rises by 1, up to where it began |
//!
//! Single-threaded, like all of the core: [`Host`](super::Host) futures stay on their thread.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::fmt;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Poll, Waker};

/// The cap. Clones share it.
#[derive(Clone)]
pub struct InFlight(Rc<Line>);

struct Line {
    /// Where the cap began.
    most: usize,
    cap: Cell<usize>,
    under_way: Cell<usize>,
    /// Requests that were fine since the cap was last changed.
    fine: Cell<usize>,
    /// How often the cap was halved: permits of before do not halve it again.
    halved: Cell<u64>,
    waiting: RefCell<VecDeque<Rc<Place>>>,
}

/// A place in the line.
#[derive(Default)]
struct Place {
    granted: Cell<bool>,
    waker: RefCell<Option<Waker>>,
}

/// The right to be under way; dropping it lets the next one in.
#[must_use]
pub struct Permit {
    line: Rc<Line>,
    halved: u64,
}

/// Somebody who waits. Dropping it in time gives its turn away.
struct Waiter {
    line: Rc<Line>,
    place: Rc<Place>,
    done: bool,
}

impl InFlight {
    /// At most `limit` at a time; a limit of zero counts as one.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        let most = limit.max(1);
        Self(Rc::new(Line {
            most,
            cap: Cell::new(most),
            under_way: Cell::default(),
            fine: Cell::default(),
            halved: Cell::default(),
            waiting: RefCell::default(),
        }))
    }

    /// Waits for its turn.
    pub async fn enter(&self) -> Permit {
        if self.0.waiting.borrow().is_empty() && self.0.take() {
            return self.permit();
        }
        let place = Rc::new(Place::default());
        self.0.waiting.borrow_mut().push_back(Rc::clone(&place));
        let mut waiter = Waiter { line: Rc::clone(&self.0), place, done: false };
        poll_fn(|context| {
            if waiter.place.granted.get() {
                return Poll::Ready(());
            }
            waiter.place.waker.replace(Some(context.waker().clone()));
            Poll::Pending
        })
        .await;
        waiter.done = true;
        self.permit()
    }

    fn permit(&self) -> Permit {
        Permit { line: Rc::clone(&self.0), halved: self.0.halved.get() }
    }

    /// How many it lets in at present.
    #[must_use]
    pub fn cap(&self) -> usize {
        self.0.cap.get()
    }

    /// Whether somebody holds a permit or waits for one.
    #[must_use]
    pub fn in_use(&self) -> bool {
        Rc::strong_count(&self.0) > 1
    }
}

impl Line {
    fn take(&self) -> bool {
        let free = self.under_way.get() < self.cap.get();
        if free {
            self.under_way.set(self.under_way.get().saturating_add(1));
        }
        free
    }

    /// Lets in as many as there is room for.
    fn admit(&self) {
        while !self.waiting.borrow().is_empty() && self.take() {
            let next = self.waiting.borrow_mut().pop_front();
            let Some(place) = next else { return };
            place.granted.set(true);
            if let Some(waker) = place.waker.take() {
                waker.wake();
            }
        }
    }

    fn release(&self) {
        self.under_way.set(self.under_way.get().saturating_sub(1));
        self.admit();
    }
}

impl Permit {
    /// The other side found that there were too many.
    pub fn throttled(&self) {
        let line = &self.line;
        if self.halved == line.halved.get() {
            line.halved.set(line.halved.get().wrapping_add(1));
            line.cap.set((line.cap.get() / 2).max(1));
            line.fine.set(0);
        }
    }

    /// The other side did not mind.
    pub fn fine(&self) {
        let line = &self.line;
        line.fine.set(line.fine.get().saturating_add(1));
        if line.fine.get() >= line.cap.get() && line.cap.get() < line.most {
            line.fine.set(0);
            line.cap.set(line.cap.get().saturating_add(1));
            line.admit();
        }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.line.release();
    }
}

impl Drop for Waiter {
    fn drop(&mut self) {
        if self.done {
            return;
        }
        if self.place.granted.get() {
            self.line.release();
        } else {
            self.line.waiting.borrow_mut().retain(|place| !Rc::ptr_eq(place, &self.place));
        }
    }
}

impl fmt::Debug for InFlight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (line, waiting) = (&self.0, self.0.waiting.borrow().len());
        write!(f, "InFlight({} of {}, {waiting} waiting)", line.under_way.get(), line.cap.get())
    }
}

impl fmt::Debug for Permit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Permit")
    }
}

#[cfg(test)]
mod tests {
    use std::future::Future;
    use std::pin::Pin;
    use std::task::Context;

    use proptest::prelude::*;

    use super::*;
    use crate::testing::Wakes;

    type Entering = Pin<Box<dyn Future<Output = Permit>>>;

    fn entering(cap: &InFlight) -> Entering {
        let cap = cap.clone();
        Box::pin(async move { cap.enter().await })
    }

    fn poll(future: &mut Entering, wakes: &Wakes) -> Option<Permit> {
        let waker = wakes.waker();
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(permit) => Some(permit),
            Poll::Pending => None,
        }
    }

    #[test]
    fn first_come_first_served() {
        let (cap, wakes) = (InFlight::new(1), Wakes::default());
        let mut futures: Vec<_> = (0..3).map(|_| entering(&cap)).collect();
        let held = poll(&mut futures[0], &wakes).unwrap();
        assert!(poll(&mut futures[1], &wakes).is_none());
        assert!(poll(&mut futures[2], &wakes).is_none());
        drop(held);
        assert_eq!(wakes.count(), 1);
        assert!(poll(&mut futures[2], &wakes).is_none());
        let held = poll(&mut futures[1], &wakes).unwrap();
        // One who comes now does not overtake.
        let mut late = entering(&cap);
        assert!(poll(&mut late, &wakes).is_none());
        drop(held);
        assert!(poll(&mut late, &wakes).is_none());
        assert!(poll(&mut futures[2], &wakes).is_some());
    }

    #[test]
    fn a_waiter_dropped_after_its_turn_came_passes_it_on() {
        let (cap, wakes) = (InFlight::new(1), Wakes::default());
        let mut futures: Vec<_> = (0..3).map(|_| entering(&cap)).collect();
        let held = poll(&mut futures[0], &wakes).unwrap();
        assert!(poll(&mut futures[1], &wakes).is_none() && poll(&mut futures[2], &wakes).is_none());
        drop(held);
        drop(futures.remove(1));
        assert_eq!(wakes.count(), 2);
        assert!(poll(&mut futures[1], &wakes).is_some());
    }

    #[test]
    fn throttling_halves_once_and_calm_raises_again() {
        let (cap, wakes) = (InFlight::new(8), Wakes::default());
        let mut held: Vec<_> = (0..8).map(|_| poll(&mut entering(&cap), &wakes).unwrap()).collect();
        for permit in &held {
            permit.throttled();
        }
        assert_eq!(cap.0.cap.get(), 4, "eight answers to one burst are one sign");
        // Four must leave before anyone comes in.
        let mut next = entering(&cap);
        held.truncate(4);
        assert!(poll(&mut next, &wakes).is_none());
        held.truncate(3);
        let permit = poll(&mut next, &wakes).unwrap();
        permit.throttled();
        assert_eq!(cap.0.cap.get(), 2);
        drop((held, permit));
        for expected in [2, 3, 3, 3, 4, 4, 4, 4, 5] {
            let permit = poll(&mut entering(&cap), &wakes).unwrap();
            permit.fine();
            assert_eq!(cap.0.cap.get(), expected);
        }
        for _ in 0..100 {
            poll(&mut entering(&cap), &wakes).unwrap().fine();
        }
        assert_eq!(cap.0.cap.get(), 8);
        for _ in 0..10 {
            poll(&mut entering(&cap), &wakes).unwrap().throttled();
        }
        assert_eq!(cap.0.cap.get(), 1);
    }

    #[derive(Debug, Clone)]
    enum Step {
        Enter,
        Poll(usize),
        DropWaiter(usize),
        DropPermit(usize),
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let step = prop_oneof![
            Just(Step::Enter),
            (0..8usize).prop_map(Step::Poll),
            (0..8usize).prop_map(Step::DropWaiter),
            (0..8usize).prop_map(Step::DropPermit),
        ];
        prop::collection::vec(step, 0..60)
    }

    proptest! {
        /// Whatever is dropped when, the cap holds and nobody is forgotten.
        #[test]
        fn the_cap_holds_and_no_turn_is_lost(limit in 1..4usize, steps in steps()) {
            let (cap, wakes) = (InFlight::new(limit), Wakes::default());
            let (mut waiting, mut held): (Vec<Entering>, Vec<Permit>) = (Vec::new(), Vec::new());
            for step in steps {
                match step {
                    Step::Enter => waiting.push(entering(&cap)),
                    Step::Poll(at) if at < waiting.len() => {
                        if let Some(permit) = poll(&mut waiting[at], &wakes) {
                            drop(waiting.remove(at));
                            held.push(permit);
                        }
                    }
                    Step::DropWaiter(at) if at < waiting.len() => drop(waiting.remove(at)),
                    Step::DropPermit(at) if at < held.len() => drop(held.remove(at)),
                    Step::Poll(_) | Step::DropWaiter(_) | Step::DropPermit(_) => {}
                }
                prop_assert!(held.len() <= limit);
            }
            drop(held);
            // Everybody left gets a turn, as each lets go at once.
            while !waiting.is_empty() {
                let before = waiting.len();
                waiting.retain_mut(|future| poll(future, &wakes).is_none());
                prop_assert!(waiting.len() < before);
            }
            prop_assert_eq!(cap.0.under_way.get(), 0);
        }
    }
}
