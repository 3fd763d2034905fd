//! One request's stay in an instance that others share, and who is there.
//!
//! | who | does |
//! |---|---|
//! | the request's future, then its answer's body | holds the [`Visit`]; dropped early, it gives up |
//! | the instance's worker | [`enter`](Visit::enter)s the visit when it takes the request, and looks at its [`Visitors`] to know whether it may take more, or end |
//! | the request's outbound calls | end when the visit was given up |
//!
//! A guest's task cannot be cancelled from outside (wasmtime#11833), and dropping the instance would take its
//! neighbours along. So a request that was given up loses its calls at once, the instance takes no more
//! requests, and it ends with the last of its neighbours.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Waker};

use http::Response;
use http_body_util::BodyExt;
use tokio::sync::watch;
use tokio::time::Instant;

use crate::ErrorCode;
use crate::answer::Ending;
use crate::body::Body;
use crate::limits::Usage;
use crate::service::ServiceError;
use crate::until_body::UntilBody;
use crate::upstream::UpstreamFuture;

/// A request's stay. Clones are the same stay, which ends when [`leave`](Self::leave) is called.
#[derive(Clone, Default)]
pub(crate) struct Visit(Arc<Stay>);

#[derive(Default)]
struct Stay {
    given_up: watch::Sender<bool>,
    left: watch::Sender<bool>,
    place: Mutex<Place>,
}

#[derive(Default)]
enum Place {
    #[default]
    Waiting,
    In(Arc<Visitors>),
    Left(Option<Arc<Visitors>>),
}

impl Visit {
    /// The instance has taken the request.
    pub(crate) fn enter(&self, visitors: &Arc<Visitors>) {
        let mut place = self.place();
        match *place {
            Place::Waiting => {
                visitors.change(|presence| presence.present += 1);
                *place = Place::In(visitors.clone());
            }
            // The caller went while the request was in the queue.
            Place::In(_) | Place::Left(_) => visitors.change(|presence| presence.retired = true),
        }
    }

    /// Nobody waits for the rest any more.
    pub(crate) fn give_up(&self) {
        self.0.given_up.send_replace(true);
        if let Some(visitors) = self.visitors() {
            visitors.change(|presence| presence.retired = true);
        }
    }

    pub(crate) fn is_given_up(&self) -> bool {
        *self.0.given_up.borrow()
    }

    /// Resolves when the visit is given up; never, if it is not.
    pub(crate) fn given_up(&self) -> impl Future<Output = ()> + Send + Sync + 'static {
        let mut given_up = self.0.given_up.subscribe();
        async move {
            if given_up.wait_for(|given_up| *given_up).await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }

    /// Makes an outbound call for the request. Given up, it ends, and so does its answer's body.
    pub(crate) async fn call(
        &self,
        send: impl FnOnce() -> UpstreamFuture,
    ) -> Result<Response<Body>, ErrorCode> {
        const GIVEN_UP: ErrorCode = ErrorCode::ConnectionTerminated;
        let mut given_up = Box::pin(self.given_up());
        if self.is_given_up() {
            return Err(GIVEN_UP);
        }
        let answer = tokio::select! {
            answer = send() => answer?,
            () = &mut given_up => return Err(GIVEN_UP),
        };
        Ok(answer.map(|body| {
            let end = async move {
                given_up.await;
                GIVEN_UP
            };
            UntilBody::new(body, end).boxed_unsync()
        }))
    }

    /// The answer has been delivered, or was given up.
    pub(crate) fn leave(&self) {
        let mut place = self.place();
        if let Place::In(visitors) = &*place {
            let visitors = visitors.clone();
            visitors.change(|presence| {
                presence.present -= 1;
                presence.last_left = Instant::now();
            });
            *place = Place::Left(Some(visitors));
        } else if matches!(*place, Place::Waiting) {
            *place = Place::Left(None);
        }
        self.0.left.send_replace(true);
    }

    /// Resolves when the visit has been left.
    pub(crate) async fn over(&self) {
        let _ = self.0.left.subscribe().wait_for(|left| *left).await;
    }

    /// Those of the instance that took the request, once one has.
    pub(crate) fn visitors(&self) -> Option<Arc<Visitors>> {
        match &*self.place() {
            Place::In(visitors) | Place::Left(Some(visitors)) => Some(visitors.clone()),
            Place::Waiting | Place::Left(None) => None,
        }
    }

    fn place(&self) -> MutexGuard<'_, Place> {
        self.0.place.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The requests in one instance, and what they share.
pub(crate) struct Visitors {
    pub(crate) usage: Usage,
    /// How the instance ended, once it has.
    pub(crate) ending: Ending,
    presence: watch::Sender<Presence>,
    worker: Mutex<Option<Waker>>,
}

#[derive(Clone, Copy)]
pub(crate) struct Presence {
    /// Requests whose answers have not been delivered.
    pub(crate) present: usize,
    /// When the last of them left.
    pub(crate) last_left: Instant,
    /// One was given up: the instance has a task that nobody can end, and takes no more.
    pub(crate) retired: bool,
    over: bool,
}

impl Visitors {
    pub(crate) fn new(usage: Usage) -> Arc<Self> {
        let presence = Presence { present: 0, last_left: Instant::now(), retired: false, over: false };
        Arc::new(Self {
            usage,
            ending: Ending::default(),
            presence: watch::Sender::new(presence),
            worker: Mutex::new(None),
        })
    }

    pub(crate) fn presence(&self) -> Presence {
        *self.presence.borrow()
    }

    /// Wakes the worker when somebody leaves.
    pub(crate) fn wake_on_change(&self, cx: &Context<'_>) {
        self.worker().replace(cx.waker().clone());
    }

    /// The instance has ended so. To be said before its store goes: its end is what answers' readers notice.
    pub(crate) fn end(&self, result: Result<(), ServiceError>) {
        self.ending.set(result);
        self.presence.send_modify(|presence| presence.over = true);
    }

    /// Resolves when the instance has ended.
    pub(crate) async fn ended(&self) {
        self.until(|presence| presence.over).await;
    }

    /// Resolves when nobody is there.
    pub(crate) async fn empty(&self) {
        self.until(|presence| presence.present == 0).await;
    }

    async fn until(&self, reached: impl FnMut(&Presence) -> bool) {
        // An error would mean that the sender is gone, which `self` holds.
        let _ = self.presence.subscribe().wait_for(reached).await;
    }

    fn change(&self, change: impl FnOnce(&mut Presence)) {
        self.presence.send_modify(change);
        if let Some(worker) = self.worker().take() {
            worker.wake();
        }
    }

    fn worker(&self) -> MutexGuard<'_, Option<Waker>> {
        self.worker.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
