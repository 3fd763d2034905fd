//! A request's future, which the futures of other requests may wake.
//!
//! Each request is a task of the component model, and `wit-bindgen`'s own wakers only work inside their task: woken
//! from another they panic. (Its feature `inter-task-wakeup` is for this, but in the version that `spin-sdk` 7 is
//! built on it cancels a read without taking it off its waitable set first, which wasmtime 48 traps on.)
//!
//! So each future has a bell: a stream, of which it always reads.
//!
//! | woken | so |
//! |---|---|
//! | by itself, or by an event of its task | its task's own waker is woken |
//! | while another task runs, or ends | the bell is rung: a byte is written, which is an event of its task |
//! | after its end | nothing |

use std::cell::Cell;
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};

use spin_sdk::wit_bindgen::{StreamReader, StreamWriter};

use super::bindings::wit_stream;
use crate::transport::body::LocalFuture;

thread_local! {
    /// The task whose future runs or is dropped now; zero for none.
    static RUNNING: Cell<u64> = const { Cell::new(0) };
    static LAST: Cell<u64> = const { Cell::new(0) };
}

/// A task of the component model, by a number of our own.
#[derive(Clone, Copy)]
pub(super) struct Task(u64);

impl Task {
    pub(super) fn new() -> Self {
        let id = LAST.get().wrapping_add(1).max(1);
        LAST.set(id);
        Self(id)
    }

    /// A future of this task, which others may wake.
    pub(super) fn run<F: Future>(self, future: F) -> Run<F> {
        let (writer, reader) = wit_stream::new();
        let bell = Arc::new(Bell {
            task: self.0,
            own: Mutex::new(None),
            rope: Mutex::new(Some(writer)),
            rung: AtomicBool::new(false),
        });
        Run {
            future: Some(Box::pin(future)),
            waker: Arc::clone(&bell).into(),
            bell,
            listening: listen(reader),
        }
    }

    /// Does something as this task.
    fn running<T>(self, work: impl FnOnce() -> T) -> T {
        let before = RUNNING.replace(self.0);
        let result = work();
        RUNNING.set(before);
        result
    }
}

/// See [`Task::run`].
pub(super) struct Run<F> {
    /// None after its end.
    future: Option<Pin<Box<F>>>,
    waker: Waker,
    bell: Arc<Bell>,
    listening: LocalFuture<'static, StreamReader<u8>>,
}

/// Waits for a ring.
fn listen(mut reader: StreamReader<u8>) -> LocalFuture<'static, StreamReader<u8>> {
    Box::pin(async move {
        reader.read(Vec::with_capacity(1)).await;
        reader
    })
}

impl<F: Future> Future for Run<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = &mut *self;
        while let Poll::Ready(reader) = this.listening.as_mut().poll(context) {
            this.listening = listen(reader);
        }
        this.bell.rung.store(false, Ordering::Relaxed);
        this.bell.answer_to(context.waker());
        let Some(future) = &mut this.future else { return Poll::Pending };
        let mut inner = Context::from_waker(&this.waker);
        Task(this.bell.task).running(|| future.as_mut().poll(&mut inner))
    }
}

impl<F> Drop for Run<F> {
    /// What the future held may be what others wait for: giving it back wakes them.
    fn drop(&mut self) {
        let future = self.future.take();
        Task(self.bell.task).running(|| drop(future));
        self.bell.silence();
    }
}

struct Bell {
    task: u64,
    /// The waker of its own task.
    own: Mutex<Option<Waker>>,
    /// None when nobody listens any more.
    rope: Mutex<Option<StreamWriter<u8>>>,
    /// It has been rung, and not been heard yet.
    rung: AtomicBool,
}

impl Bell {
    fn answer_to(&self, waker: &Waker) {
        if let Ok(mut own) = self.own.try_lock() {
            match &mut *own {
                Some(own) => own.clone_from(waker),
                None => *own = Some(waker.clone()),
            }
        }
    }

    fn silence(&self) {
        if let (Ok(mut own), Ok(mut rope)) = (self.own.try_lock(), self.rope.try_lock()) {
            *own = None;
            *rope = None;
        }
    }

    /// The listener reads already, so that this is done at once; if it is not, it has been rung before.
    fn ring(&self) {
        if self.rung.swap(true, Ordering::Relaxed) {
            return;
        }
        let Ok(mut rope) = self.rope.try_lock() else { return };
        let Some(rope) = &mut *rope else { return };
        let mut write = pin!(rope.write(vec![0]));
        if write.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending() {
            write.cancel();
        }
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        let running = RUNNING.get();
        if running != 0 && running != self.task {
            self.ring();
        } else if let Ok(own) = self.own.try_lock()
            && let Some(own) = &*own
        {
            own.wake_by_ref();
        }
    }
}
