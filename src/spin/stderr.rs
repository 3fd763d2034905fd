//! The log: lines to `wasi:cli/stderr`, in the order in which they were written, none inside another.
//!
//! A line is put into the instance's queue, and a task that has just written one sees to it that the queue is
//! emptied: whoever comes while somebody is at it leaves that to them. The emptying belongs to the request that
//! began it and goes on after its answer, so that a request is over when its lines are out.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Waker};

use spin_sdk::wasip3::spawn;

use super::bindings::{wit_stream, write_via_stream};
use crate::wasi::line::ended;

thread_local! {
    /// Lines that are not out yet.
    static QUEUE: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
    /// Whether somebody is emptying it.
    static BUSY: Cell<bool> = const { Cell::new(false) };
}

/// Writes one line, soon.
pub(super) fn line(text: &str) {
    QUEUE.with_borrow_mut(|queue| queue.extend_from_slice(&ended(text)));
    if !BUSY.replace(true) {
        spawn(empty(Emptying));
    }
}

/// The turn at the queue. It passes on also when the task that has it comes to a sudden end.
struct Emptying;

impl Drop for Emptying {
    fn drop(&mut self) {
        BUSY.set(false);
    }
}

async fn empty(turn: Emptying) {
    let (mut stream, lines) = wit_stream::new();
    let written = write_via_stream(lines);
    loop {
        let lines = QUEUE.take();
        if lines.is_empty() {
            break;
        }
        // What a host does not take is lost: there is nowhere else to say it.
        if !stream.write_all(lines).await.is_empty() {
            break;
        }
    }
    drop((stream, turn));
    let _ = written.await;
}

/// Writes one line as far as that goes without waiting: for when nothing comes after it.
pub(super) fn last_line(text: &str) {
    let (mut stream, lines) = wit_stream::new();
    let _written = write_via_stream(lines);
    let mut write = pin!(stream.write(ended(text)));
    if write.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending() {
        write.cancel();
    }
}
