//! The body of a component's answer, tied to the instance that writes it.

use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Frame, SizeHint};

use crate::ErrorCode;
use crate::body::Body;
use crate::limits::Progress;
use crate::service::ServiceError;

/// How an instance ended, once it has.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ending(Arc<OnceLock<Result<(), ServiceError>>>);

impl Ending {
    pub(crate) fn set(&self, result: Result<(), ServiceError>) {
        // Only the instance's task sets it, once.
        let _ = self.0.set(result);
    }

    pub(crate) fn error(&self) -> Option<ServiceError> {
        self.0.get().and_then(|result| result.clone().err())
    }
}

/// Gives up on a request when it is dropped, unless it was let go.
pub(crate) struct Hold<F: FnOnce()>(Option<F>);

impl<F: FnOnce()> Hold<F> {
    pub(crate) fn new(give_up: F) -> Self {
        Self(Some(give_up))
    }

    fn let_go(&mut self) {
        self.0 = None;
    }
}

impl<F: FnOnce()> Drop for Hold<F> {
    fn drop(&mut self) {
        if let Some(give_up) = self.0.take() {
            give_up();
        }
    }
}

/// Passes an answer's body on.
///
/// Dropped before its end, it gives the request up: the client has gone. At its end the instance is let go, to
/// finish what it does after the answer. An end that comes because the instance was stopped is an error:
/// `wasi:http` itself would let it pass for a whole body.
pub(crate) struct Answer<F: FnOnce()> {
    body: Body,
    instance: Hold<F>,
    ending: Ending,
    progress: Progress,
    expected: Option<u64>,
    delivered: u64,
}

impl<F: FnOnce()> Answer<F> {
    /// `expected` is the body's length, where it is known. A server stops reading at the last byte then, and
    /// does not ask for the end.
    pub(crate) fn new(
        body: Body,
        expected: Option<u64>,
        instance: Hold<F>,
        ending: Ending,
        progress: Progress,
    ) -> Self {
        progress.touch();
        let mut answer = Self { body, instance, ending, progress, expected, delivered: 0 };
        if http_body::Body::is_end_stream(&answer.body) {
            answer.instance.let_go();
        }
        answer.let_go_when_delivered();
        answer
    }

    fn let_go_when_delivered(&mut self) {
        if self.is_delivered() {
            self.instance.let_go();
        }
    }

    /// What becomes of the instance then is nothing to the reader.
    fn is_delivered(&self) -> bool {
        self.expected.is_some_and(|expected| self.delivered >= expected)
    }
}

impl<F: FnOnce() + Unpin> http_body::Body for Answer<F> {
    type Data = Bytes;
    type Error = ErrorCode;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, ErrorCode>>> {
        let this = &mut *self;
        match ready!(Pin::new(&mut this.body).poll_frame(cx)) {
            Some(Ok(frame)) => {
                this.progress.touch();
                this.delivered += frame.data_ref().map_or(0, |data| data.len() as u64);
                this.let_go_when_delivered();
                Poll::Ready(Some(Ok(frame)))
            }
            _ if this.is_delivered() => Poll::Ready(None),
            Some(Err(error)) => Poll::Ready(Some(Err(error))),
            None => match this.ending.error() {
                Some(error) => Poll::Ready(Some(Err(ErrorCode::InternalError(Some(error.to_string()))))),
                None => {
                    this.instance.let_go();
                    Poll::Ready(None)
                }
            },
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
