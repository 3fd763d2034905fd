//! Bodies, in memory or on their way, in both directions.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::convert::Infallible;
use std::fmt;
use std::future::{Future, pending, poll_fn};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use super::SendError;

/// A future that stays on its thread.
pub type LocalFuture<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// Bytes that arrive in pieces.
pub trait Source {
    /// The next piece; none at the end. After an error or the end it is not asked again. Dropping the future
    /// before it is done loses nothing.
    fn next(&mut self) -> LocalFuture<'_, Result<Option<Vec<u8>>, SendError>>;

    /// How long whoever takes the pieces may take for one before this is given up; none when nobody said.
    fn patience(&self) -> Option<Duration> {
        None
    }

    /// Goes on with what is done between pieces, while whoever takes them is busy with the last one. It never
    /// ends by itself.
    fn work(&mut self) -> LocalFuture<'_, Infallible> {
        Box::pin(pending())
    }
}

/// The body of a request or an answer.
pub enum Body {
    Empty,
    Bytes(Vec<u8>),
    /// Bytes that others hold, too, from a place on: what may have to be sent again is not copied for each try.
    Shared(Rc<[u8]>, usize),
    /// Pieces, and their total length where it is known.
    Stream(Box<dyn Source>, Option<u64>),
}

/// Shared bytes are handed out in pieces of this size.
const PIECE: usize = 64 << 10;

/// Why a body could not be held in memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReadError {
    /// It is longer than the limit, in bytes.
    TooLong(usize),
    Failed(SendError),
}

impl Body {
    /// The length, where it is known.
    #[must_use]
    pub fn len(&self) -> Option<u64> {
        match self {
            Self::Empty => Some(0),
            Self::Bytes(bytes) => u64::try_from(bytes.len()).ok(),
            Self::Shared(bytes, start) => u64::try_from(bytes.len().saturating_sub(*start)).ok(),
            Self::Stream(_, length) => *length,
        }
    }

    /// Whether it is known to have no bytes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == Some(0)
    }

    /// The next piece; none at the end.
    ///
    /// # Errors
    /// When the other side broke off.
    pub async fn next(&mut self) -> Result<Option<Vec<u8>>, SendError> {
        match self {
            Self::Empty => Ok(None),
            Self::Bytes(bytes) => {
                let bytes = std::mem::take(bytes);
                *self = Self::Empty;
                Ok(if bytes.is_empty() { None } else { Some(bytes) })
            }
            Self::Shared(bytes, start) => {
                let rest = bytes.get(*start..).unwrap_or_default();
                let piece = rest.get(..PIECE).unwrap_or(rest).to_vec();
                *start = start.saturating_add(piece.len());
                Ok(Some(piece).filter(|piece| !piece.is_empty()))
            }
            Self::Stream(source, _) => {
                let piece = source.next().await;
                if !matches!(piece, Ok(Some(_))) {
                    *self = Self::Empty;
                }
                piece
            }
        }
    }

    /// See [`Source::patience`].
    #[must_use]
    pub fn patience(&self) -> Option<Duration> {
        match self {
            Self::Stream(source, _) => source.patience(),
            Self::Empty | Self::Bytes(_) | Self::Shared(..) => None,
        }
    }

    /// See [`Source::work`].
    pub async fn work(&mut self) -> Infallible {
        match self {
            Self::Empty | Self::Bytes(_) | Self::Shared(..) => pending().await,
            Self::Stream(source, _) => source.work().await,
        }
    }

    /// The whole body in memory, up to `limit` bytes.
    ///
    /// # Errors
    /// [`ReadError::TooLong`] beyond the limit, or when the other side broke off.
    pub async fn read(mut self, limit: usize) -> Result<Vec<u8>, ReadError> {
        let mut all = Vec::new();
        while let Some(mut piece) = self.next().await.map_err(ReadError::Failed)? {
            if all.len().saturating_add(piece.len()) > limit {
                return Err(ReadError::TooLong(limit));
            }
            if all.is_empty() { all = piece } else { all.append(&mut piece) }
        }
        Ok(all)
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("Empty"),
            Self::Bytes(bytes) => write!(f, "Bytes({})", bytes.len()),
            Self::Shared(bytes, start) => write!(f, "Shared({} from {start})", bytes.len()),
            Self::Stream(_, length) => write!(f, "Stream({length:?})"),
        }
    }
}

/// A body that is written while it is read: `write` runs whenever somebody waits for the next piece, or has
/// time for it ([`Source::work`]), and is dropped with the body. A reader may take so long for one piece.
pub fn produced<F>(patience: Duration, write: impl FnOnce(Pieces) -> F) -> Body
where
    F: Future<Output = Result<(), SendError>> + 'static,
{
    let pieces = Pieces::default();
    let future = Box::pin(write(pieces.clone()));
    Body::Stream(Box::new(Produced { future: Some(future), pieces, failed: None, patience }), None)
}

/// Where a produced body's pieces go; clones share it.
#[derive(Clone, Default)]
pub struct Pieces(Rc<Queue>);

#[derive(Default)]
struct Queue {
    ready: RefCell<VecDeque<Vec<u8>>>,
    bytes: Cell<usize>,
    taken: Cell<u64>,
    /// Who waits for room.
    writer: RefCell<Option<Waker>>,
}

/// A produced body runs ahead of its reader by this much.
const AHEAD: usize = 64 << 10;

impl Pieces {
    /// Hands a piece over, and waits until there is room for the next one.
    pub async fn give(&self, piece: Vec<u8>) {
        self.push(piece);
        self.room().await;
    }

    /// Hands a piece over, room or not: for the end of a body whose reader has stopped.
    pub fn push(&self, piece: Vec<u8>) {
        if !piece.is_empty() {
            self.0.bytes.set(self.0.bytes.get().saturating_add(piece.len()));
            self.0.ready.borrow_mut().push_back(piece);
        }
    }

    /// Whether the reader is so far behind that nothing more should be handed over.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.0.bytes.get() >= AHEAD
    }

    /// How many pieces have been taken.
    #[must_use]
    pub fn taken(&self) -> u64 {
        self.0.taken.get()
    }

    /// Waits until the reader has caught up.
    pub async fn room(&self) {
        poll_fn(|context| {
            if !self.is_full() {
                return Poll::Ready(());
            }
            self.0.writer.replace(Some(context.waker().clone()));
            Poll::Pending
        })
        .await;
    }

    fn take(&self) -> Option<Vec<u8>> {
        let piece = self.0.ready.borrow_mut().pop_front()?;
        self.0.taken.set(self.0.taken.get().wrapping_add(1));
        self.0.bytes.set(self.0.bytes.get().saturating_sub(piece.len()));
        if let Some(writer) = self.0.writer.take() {
            writer.wake();
        }
        Some(piece)
    }
}

struct Produced {
    future: Option<LocalFuture<'static, Result<(), SendError>>>,
    pieces: Pieces,
    failed: Option<SendError>,
    patience: Duration,
}

impl Produced {
    /// Goes on with the writing; true when it is over.
    fn poll_work(&mut self, context: &mut Context<'_>) -> bool {
        let Some(future) = &mut self.future else { return true };
        match future.as_mut().poll(context) {
            Poll::Pending => false,
            Poll::Ready(end) => {
                self.failed = end.err();
                self.future = None;
                true
            }
        }
    }
}

impl Source for Produced {
    fn next(&mut self) -> LocalFuture<'_, Result<Option<Vec<u8>>, SendError>> {
        Box::pin(poll_fn(|context| {
            if let Some(piece) = self.pieces.take() {
                return Poll::Ready(Ok(Some(piece)));
            }
            let over = self.poll_work(context);
            match self.pieces.take() {
                Some(piece) => Poll::Ready(Ok(Some(piece))),
                None if over => Poll::Ready(match self.failed.take() {
                    Some(error) => Err(error),
                    None => Ok(None),
                }),
                None => Poll::Pending,
            }
        }))
    }

    fn patience(&self) -> Option<Duration> {
        Some(self.patience)
    }

    fn work(&mut self) -> LocalFuture<'_, Infallible> {
        Box::pin(poll_fn(|context| {
            // Never ends: whoever calls it waits for something else, too.
            self.poll_work(context);
            Poll::Pending
        }))
    }
}

impl fmt::Debug for Pieces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pieces({} bytes)", self.0.bytes.get())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::FakeHost;
    use crate::transport::Host;
    use crate::transport::select::{Either, first};

    fn host() -> FakeHost {
        FakeHost::scripted([])
    }

    #[test]
    fn a_produced_body_is_what_was_given() {
        let host = host();
        let timer = host.clone();
        let body = produced(Duration::MAX, |pieces| async move {
            for piece in ["a", "", "bc"] {
                pieces.give(piece.into()).await;
                timer.sleep(Duration::from_secs(1)).await;
            }
            Ok(())
        });
        assert_eq!(host.run(body.read(100)).unwrap(), b"abc");
    }

    #[test]
    fn shared_bytes_come_in_pieces_to_each_reader() {
        let host = host();
        let bytes: Rc<[u8]> = (0..150_000).map(|n| n as u8).collect();
        for start in [0, 10, 150_000, 150_001] {
            let mut body = Body::Shared(Rc::clone(&bytes), start);
            assert_eq!(body.len(), Some(150_000_u64.saturating_sub(start as u64)));
            assert!(host.run(body.next()).unwrap().is_none_or(|piece| piece.len() == PIECE));
            let body = Body::Shared(Rc::clone(&bytes), start);
            assert_eq!(host.run(body.read(1 << 20)).unwrap(), bytes.get(start..).unwrap_or_default());
        }
    }

    #[test]
    fn its_failure_comes_after_its_pieces() {
        let host = host();
        let mut body = produced(Duration::MAX, |pieces| async move {
            pieces.push(b"a".to_vec());
            Err(SendError::TimedOut)
        });
        assert_eq!(host.run(body.next()), Ok(Some(b"a".to_vec())));
        assert_eq!(host.run(body.next()), Err(SendError::TimedOut));
        assert_eq!(host.run(body.next()), Ok(None));
    }

    #[test]
    fn a_writer_runs_no_further_ahead_than_there_is_room() {
        let host = host();
        let given = Rc::new(Cell::new(0));
        let count = Rc::clone(&given);
        let mut body = produced(Duration::MAX, |pieces| async move {
            loop {
                pieces.give(vec![0; 10_000]).await;
                count.set(count.get() + 1);
            }
        });
        let second = host.sleep(Duration::from_secs(1));
        assert_eq!(host.run(first(body.work(), second)), Either::Right(()));
        assert_eq!(given.get(), 6);
        for _ in 0..3 {
            host.run(body.next()).unwrap().unwrap();
        }
        let second = host.sleep(Duration::from_secs(1));
        assert_eq!(host.run(first(body.work(), second)), Either::Right(()));
        assert_eq!(given.get(), 9);
    }
}
