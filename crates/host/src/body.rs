//! Bodies: the one type that requests and answers have here, and how to make one.

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::Frame;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Empty, Full};

use crate::ErrorCode;

/// A body in either direction.
pub type Body = UnsyncBoxBody<Bytes, ErrorCode>;

/// A body without bytes.
pub fn empty() -> Body {
    Empty::new().map_err(|never| match never {}).boxed_unsync()
}

/// A body of known length.
pub fn full(bytes: impl Into<Bytes>) -> Body {
    Full::new(bytes.into()).map_err(|never| match never {}).boxed_unsync()
}

/// A body that comes in these pieces, one by one.
pub fn pieces<P: Into<Bytes>>(pieces: impl IntoIterator<Item = P>) -> Body {
    Pieces { pieces: pieces.into_iter().map(|piece| Ok(piece.into())).collect() }.boxed_unsync()
}

/// A body whose pieces are made when somebody takes them.
pub fn lazy<P: Into<Bytes>>(pieces: impl IntoIterator<Item = P, IntoIter: Send + Unpin + 'static>) -> Body {
    Lazy(pieces.into_iter()).boxed_unsync()
}

/// A body that breaks off with `error` after `bytes`.
pub fn truncated(bytes: impl Into<Bytes>, error: ErrorCode) -> Body {
    Pieces { pieces: VecDeque::from([Ok(bytes.into()), Err(error)]) }.boxed_unsync()
}

/// A body that gives `bytes` and then never anything, nor an end.
pub fn stuck(bytes: impl Into<Bytes>) -> Body {
    Stuck { bytes: Some(bytes.into()) }.boxed_unsync()
}

/// Reads a body to its end.
///
/// # Errors
/// What the body broke off with.
pub async fn collect<B>(body: B) -> Result<Bytes, B::Error>
where
    B: http_body::Body<Data = Bytes>,
{
    Ok(body.collect().await?.to_bytes())
}

struct Pieces {
    pieces: VecDeque<Result<Bytes, ErrorCode>>,
}

impl http_body::Body for Pieces {
    type Data = Bytes;
    type Error = ErrorCode;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, ErrorCode>>> {
        Poll::Ready(self.pieces.pop_front().map(|piece| piece.map(Frame::data)))
    }

    fn is_end_stream(&self) -> bool {
        self.pieces.is_empty()
    }
}

struct Lazy<I>(I);

impl<P: Into<Bytes>, I: Iterator<Item = P> + Unpin> http_body::Body for Lazy<I> {
    type Data = Bytes;
    type Error = ErrorCode;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, ErrorCode>>> {
        Poll::Ready(self.0.next().map(|piece| Ok(Frame::data(piece.into()))))
    }
}

struct Stuck {
    bytes: Option<Bytes>,
}

impl http_body::Body for Stuck {
    type Data = Bytes;
    type Error = ErrorCode;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, ErrorCode>>> {
        match self.bytes.take() {
            Some(bytes) => Poll::Ready(Some(Ok(Frame::data(bytes)))),
            None => Poll::Pending,
        }
    }
}
