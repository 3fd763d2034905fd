//! Caps by name: the lanes of one account, and where an instance keeps those of many.
//!
//! | kept by | for how long |
//! |---|---|
//! | [`Lanes`] | a lane, while somebody is in it or waits for it |
//! | [`SharedLanes`] | an owner's lanes, while some call of that owner has them |

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::{Rc, Weak};

use super::in_flight::{InFlight, Permit};

/// Caps by name, made when they are first needed and dropped when nobody uses them.
#[derive(Debug, Default)]
pub struct Lanes(RefCell<BTreeMap<String, InFlight>>);

impl Lanes {
    /// Waits for its turn in the lane of that name. The limit counts for a lane that is not in use.
    pub async fn enter(&self, name: &str, limit: usize) -> Permit {
        let lane = self.lane(name, limit);
        lane.enter().await
    }

    /// What a lane of that name and limit lets in at present.
    #[must_use]
    pub fn cap(&self, name: &str, limit: usize) -> usize {
        self.0.borrow().get(name).map_or(limit.max(1), InFlight::cap)
    }

    fn lane(&self, name: &str, limit: usize) -> InFlight {
        let mut lanes = self.0.borrow_mut();
        if let Some(lane) = lanes.get(name) {
            return lane.clone();
        }
        // Names come from callers' paths too: what is idle must not pile up.
        lanes.retain(|_, lane| lane.in_use());
        let lane = InFlight::new(limit);
        lanes.insert(name.to_owned(), lane.clone());
        lane
    }
}

/// Lanes by owner, for an instance that answers several requests at once: an owner's calls share them, and nobody
/// else's do. What the caps have learned is forgotten with the last of the owner's calls.
#[derive(Debug, Default)]
pub struct SharedLanes(RefCell<BTreeMap<String, Weak<Lanes>>>);

impl SharedLanes {
    /// The lanes that this owner's calls under way have; else fresh ones.
    #[must_use]
    pub fn of(&self, owner: &str) -> Rc<Lanes> {
        let mut owners = self.0.borrow_mut();
        if let Some(lanes) = owners.get(owner).and_then(Weak::upgrade) {
            return lanes;
        }
        owners.retain(|_, lanes| lanes.strong_count() > 0);
        let lanes = Rc::<Lanes>::default();
        owners.insert(owner.to_owned(), Rc::downgrade(&lanes));
        lanes
    }
}

#[cfg(test)]
mod tests {
    use std::future::Future;
    use std::pin::pin;
    use std::task::{Context, Poll};

    use super::*;
    use crate::testing::Wakes;

    #[test]
    fn lanes_are_apart_and_do_not_pile_up() {
        let lanes = Lanes::default();
        let wakes = Wakes::default();
        let waker = wakes.waker();
        let mut context = Context::from_waker(&waker);
        let Poll::Ready(held) = pin!(lanes.enter("a", 1)).poll(&mut context) else { panic!("full") };
        assert!(pin!(lanes.enter("a", 1)).poll(&mut context).is_pending());
        for name in 0..100 {
            assert!(pin!(lanes.enter(&name.to_string(), 1)).poll(&mut context).is_ready());
        }
        assert!(lanes.0.borrow().len() <= 3);
        drop(held);
        assert!(pin!(lanes.enter("a", 1)).poll(&mut context).is_ready());
    }

    #[test]
    fn owners_share_with_themselves_alone() {
        let shared = SharedLanes::default();
        let (one, again, other) = (shared.of("eu1 a"), shared.of("eu1 a"), shared.of("eu1 b"));
        assert!(Rc::ptr_eq(&one, &again));
        assert!(!Rc::ptr_eq(&one, &other));
    }

    #[test]
    fn owners_without_calls_do_not_pile_up() {
        let shared = SharedLanes::default();
        let kept = shared.of("kept");
        for owner in 0..100 {
            drop(shared.of(&owner.to_string()));
        }
        assert!(shared.0.borrow().len() <= 2);
        assert!(Rc::ptr_eq(&kept, &shared.of("kept")));
    }
}
