//! Bodies that arrive, break off, or trickle.

use std::collections::VecDeque;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::body::{Body, Bytes, Frame, SizeHint};
use tokio::time::{Sleep, sleep};

/// The connection is closed without (the rest of) an answer.
#[derive(Debug)]
pub(crate) struct Cut;

impl fmt::Display for Cut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("cut by the sandbox")
    }
}

impl std::error::Error for Cut {}

/// How a body is delivered.
#[derive(Debug)]
pub(crate) enum Delivered {
    Whole(Option<Bytes>),
    /// The first half, then nothing.
    Cut {
        half: Option<Bytes>,
        full: usize,
        flushed: bool,
    },
    /// Piece by piece.
    Slow {
        pieces: VecDeque<Bytes>,
        gap: Duration,
        sleep: Pin<Box<Sleep>>,
    },
}

/// In how many pieces a slow body comes.
const PIECES: usize = 8;

impl Delivered {
    pub(crate) fn whole(body: String) -> Self {
        Delivered::Whole(Some(body.into()))
    }

    pub(crate) fn cut(body: String) -> Self {
        let body = Bytes::from(body);
        let half = Some(body.slice(..body.len() / 2));
        Delivered::Cut { half, full: body.len(), flushed: false }
    }

    /// The length that is promised.
    pub(crate) fn length(&self) -> usize {
        match self {
            Delivered::Whole(body) => body.as_ref().map_or(0, Bytes::len),
            Delivered::Cut { full, .. } => *full,
            Delivered::Slow { pieces, .. } => pieces.iter().map(Bytes::len).sum(),
        }
    }

    pub(crate) fn slow(body: String, over: Duration) -> Self {
        let body = Bytes::from(body);
        let size = body.len().div_ceil(PIECES).max(1);
        let pieces: VecDeque<_> = (0..body.len())
            .step_by(size)
            .map(|start| body.slice(start..body.len().min(start + size)))
            .collect();
        let gap = over / u32::try_from(PIECES).unwrap_or(1);
        Delivered::Slow { pieces, gap, sleep: Box::pin(sleep(gap)) }
    }
}

impl Body for Delivered {
    type Data = Bytes;
    type Error = Cut;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Cut>>> {
        match &mut *self {
            Delivered::Whole(body) => Poll::Ready(body.take().map(|bytes| Ok(Frame::data(bytes)))),
            Delivered::Cut { half, flushed, .. } => {
                if let Some(half) = half.take() {
                    return Poll::Ready(Some(Ok(Frame::data(half))));
                }
                if !*flushed {
                    // Waiting once makes hyper send what it has.
                    *flushed = true;
                    cx.waker().wake_by_ref();
                    return Poll::Pending;
                }
                Poll::Ready(Some(Err(Cut)))
            }
            Delivered::Slow { pieces, gap, sleep: timer } => {
                if pieces.is_empty() {
                    return Poll::Ready(None);
                }
                if timer.as_mut().poll(cx).is_pending() {
                    return Poll::Pending;
                }
                *timer = Box::pin(sleep(*gap));
                Poll::Ready(pieces.pop_front().map(|piece| Ok(Frame::data(piece))))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(self, Delivered::Whole(None))
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Delivered::Whole(body) => {
                SizeHint::with_exact(body.as_ref().map_or(0, |bytes| bytes.len() as u64))
            }
            _ => SizeHint::default(),
        }
    }
}
