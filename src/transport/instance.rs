//! What the requests of one instance share, in memory: where several run at once, it makes exact what a store
//! without an atomic step leaves open.
//!
//! | kept | for | until |
//! |---|---|---|
//! | claims | what only one request at a time may do | the claim is dropped |
//! | counts | what is counted in a window of time | the window is over and another name is counted |
//! | lanes | what is read, changed and written back | nobody is in the lane |
//! | caps | how many calls of an account are in flight | no call of it is |
//!
//! A host that makes an instance for each request has one of these for each request, too: it then says nothing, and
//! no harm is done.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::lanes::{Lanes, SharedLanes};

/// Shared by the requests of one instance.
#[derive(Debug, Default)]
pub struct Instance {
    claimed: RefCell<BTreeSet<String>>,
    /// Name to the end of its window, in Unix milliseconds, and the count.
    counts: RefCell<BTreeMap<String, (i64, u32)>>,
    pub lanes: Lanes,
    /// The caps of what is in flight, by account.
    pub caps: SharedLanes,
}

/// The right to do what only one request at a time may; dropping it gives it back.
#[derive(Debug)]
#[must_use]
pub struct Claim {
    instance: Rc<Instance>,
    name: String,
}

impl Instance {
    /// Claims a name; none while another request holds it.
    pub fn claim(self: &Rc<Self>, name: &str) -> Option<Claim> {
        let new = self.claimed.borrow_mut().insert(name.to_owned());
        new.then(|| Claim { instance: Rc::clone(self), name: name.to_owned() })
    }

    /// Counts one more of a name in the window that ends then, of which others have counted so many; none when
    /// there are `most` already, and then nothing is counted. Nothing can come between the look and the count.
    pub fn count(&self, name: &str, now: i64, end: i64, others: u32, most: u32) -> Option<u32> {
        let mut counts = self.counts.borrow_mut();
        let own = counts.get(name).filter(|(of, _)| *of == end).map_or(0, |(_, count)| *count);
        let before = own.max(others);
        if before >= most {
            return None;
        }
        let count = before.saturating_add(1);
        counts.retain(|_, (end, _)| *end > now);
        counts.insert(name.to_owned(), (end, count));
        Some(count)
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        self.instance.claimed.borrow_mut().remove(&self.name);
    }
}

/// The instance of this thread: a component has one thread.
#[must_use]
pub fn of_this_thread() -> Rc<Instance> {
    thread_local! {
        static INSTANCE: Rc<Instance> = Rc::default();
    }
    INSTANCE.with(Rc::clone)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_claimed_once_at_a_time() {
        let instance: Rc<Instance> = Rc::default();
        let held = instance.claim("a");
        assert!(held.is_some());
        assert!(instance.claim("a").is_none());
        assert!(instance.claim("b").is_some());
        drop(held);
        assert!(instance.claim("a").is_some());
    }

    #[test]
    fn counts_go_up_to_the_limit_and_begin_again_with_the_window() {
        let instance = Instance::default();
        assert_eq!(instance.count("a", 0, 10, 0, 3), Some(1));
        assert_eq!(instance.count("a", 1, 10, 0, 3), Some(2), "what the store has not seen yet counts");
        assert_eq!(instance.count("b", 1, 10, 2, 3), Some(3), "and so does what others have counted");
        assert_eq!(instance.count("b", 1, 10, 2, 3), None);
        assert_eq!(instance.count("a", 10, 20, 0, 3), Some(1));
        assert_eq!(instance.counts.borrow().len(), 1, "what is over is forgotten");
    }
}
