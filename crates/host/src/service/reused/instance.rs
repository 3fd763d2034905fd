//! One instance: how it is made, which requests it takes, and when it ends.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, Sleep};
use wasmtime::component::GuestTaskId;
use wasmtime::{Store, StoreContextMut};
use wasmtime_wasi_http::WasiHttpView as _;
use wasmtime_wasi_http::handler::{
    HandlerState, Instance, Proxy, ShouldAccept, WorkerExpiration, WorkerState, WorkerStatus,
};
use wasmtime_wasi_http::p3::bindings::ServicePre;

use crate::limits::Usage;
use crate::service::{ServiceError, Shared};
use crate::state::State;
use crate::visit::{Visit, Visitors};

/// Makes instances.
pub(super) struct Instances {
    pre: ServicePre<State>,
    shared: Arc<Shared>,
}

impl Instances {
    pub(super) fn new(pre: ServicePre<State>, shared: Arc<Shared>) -> Self {
        Self { pre, shared }
    }
}

impl HandlerState for Instances {
    type StoreData = State;
    type WorkerExpiration = Lifetime;
    type WorkerState = Serving;

    async fn instantiate(&self) -> wasmtime::Result<Instance<State, Lifetime, Serving>> {
        let shared = self.shared.clone();
        let place = shared.engine.place().await;
        let usage = Usage::default();
        let mut store = State::store(&shared.engine, &shared.grants(), &usage, None);
        let limit = shared.options.limits.request_timeout;
        let started = tokio::time::timeout(limit, self.pre.instantiate_async(&mut store)).await;
        let proxy = Proxy::P3(started.map_err(|_| ServiceError::TimedOut { limit })??);

        let visitors = Visitors::new(usage);
        let lifetime = Lifetime {
            visitors: visitors.clone(),
            idle: shared.options.reuse.idle,
            // What a guest does after its last answer is nobody's request, and has its time.
            after: limit,
            sleep: Box::pin(tokio::time::sleep(Duration::ZERO)),
        };
        let state = Serving { visitors, shared, place: Mutex::new(Some(place)) };
        Ok(Instance { store, proxy, view: State::http, expiration: lifetime, state })
    }
}

/// When an instance ends that need not.
pub(super) struct Lifetime {
    visitors: Arc<Visitors>,
    idle: Duration,
    after: Duration,
    sleep: Pin<Box<Sleep>>,
}

impl WorkerExpiration for Lifetime {
    fn poll(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        status: WorkerStatus,
        since: std::time::Instant,
    ) -> Poll<()> {
        self.visitors.wake_on_change(cx);
        let presence = self.visitors.presence();
        if presence.present > 0 {
            // Each of them has its own clock.
            return Poll::Pending;
        }
        if presence.retired {
            return Poll::Ready(());
        }
        let wait = match status {
            WorkerStatus::Idle => self.idle,
            WorkerStatus::Requests | WorkerStatus::PostReturn => self.after,
        };
        let deadline = presence.last_left.max(Instant::from_std(since)) + wait;
        if self.sleep.deadline() != deadline {
            self.sleep.as_mut().reset(deadline);
        }
        self.sleep.as_mut().poll(cx)
    }
}

/// An instance at work.
pub(super) struct Serving {
    visitors: Arc<Visitors>,
    shared: Arc<Shared>,
    /// Given back when the store has gone.
    place: Mutex<Option<OwnedSemaphorePermit>>,
}

impl WorkerState for Serving {
    type StoreData = State;
    type RequestData = Visit;

    fn should_accept_request(&self, waiting: usize, total: usize) -> ShouldAccept {
        let reuse = &self.shared.options.reuse;
        let presence = self.visitors.presence();
        // Those that wait for an answer's head, and those that are still read.
        let concurrent = waiting.max(presence.present);
        if presence.retired || (total > 0 && total >= reuse.requests) {
            // While somebody reads, it is not over: `Never` would end it with what it still has to say.
            if presence.present > 0 { ShouldAccept::No } else { ShouldAccept::Never }
        } else if concurrent > 0 && concurrent >= reuse.concurrent {
            ShouldAccept::No
        } else {
            ShouldAccept::Yes
        }
    }

    fn on_request_start(
        &self,
        mut store: StoreContextMut<'_, State>,
        visit: Visit,
        task: GuestTaskId,
    ) -> Pin<Box<dyn Future<Output = ()> + 'static + Send + Sync>> {
        visit.enter(&self.visitors);
        let given_up = visit.given_up();
        store.data_mut().entered(task, visit);
        Box::pin(given_up)
    }

    fn drop(&self, store: Store<State>, result: wasmtime::Result<()>) {
        let whole = result.is_ok();
        self.shared.saw(&self.visitors.usage);
        let limits = &self.shared.options.limits;
        let stopped = |error| ServiceError::stopped(&error, &self.visitors.usage, limits);
        self.visitors.end(result.map_err(stopped));
        let place = self.place.lock().unwrap_or_else(PoisonError::into_inner).take();
        if whole && self.visitors.presence().present > 0 {
            // It has done all it will do. An answer that is complete is read to its end; for one that is not,
            // the end of the store would pass for the end of the body, so its reader has to run into its clock.
            if let Ok(runtime) = tokio::runtime::Handle::try_current() {
                let visitors = self.visitors.clone();
                runtime.spawn(async move {
                    visitors.empty().await;
                    drop(store);
                    drop(place);
                });
                return;
            }
        }
        drop(store);
        drop(place);
    }
}
