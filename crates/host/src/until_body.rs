//! A body that ends with an error when something else happens first.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Frame, SizeHint};

use crate::ErrorCode;
use crate::body::Body;

/// Passes a body on until the future resolves, to the error that it breaks off with.
pub(crate) struct UntilBody {
    body: Body,
    end: Pin<Box<dyn Future<Output = ErrorCode> + Send>>,
}

impl UntilBody {
    pub(crate) fn new(body: Body, end: impl Future<Output = ErrorCode> + Send + 'static) -> Self {
        Self { body, end: Box::pin(end) }
    }
}

impl http_body::Body for UntilBody {
    type Data = Bytes;
    type Error = ErrorCode;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, ErrorCode>>> {
        if let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(cx) {
            return Poll::Ready(frame);
        }
        self.end.as_mut().poll(cx).map(|error| Some(Err(error)))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
