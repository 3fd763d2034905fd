//! Bodies over streams of the component model.
//!
//! A body is a stream of bytes and a future that tells how it ended: that is where a cut body differs from one
//! that is whole. An operation that is dropped on its way is cancelled, and may have moved bytes by then, so a
//! read stays under way when nobody waits for it.

use std::time::Duration;

use spin_sdk::wasip3::clocks::monotonic_clock::wait_for;
use spin_sdk::wasip3::http::types::{ErrorCode, Trailers};
use spin_sdk::wasip3::wit_future;
use spin_sdk::wit_bindgen::{FutureReader, FutureWriter, StreamReader, StreamResult, StreamWriter};

use super::bindings::wit_stream;
use crate::transport::body::LocalFuture;
use crate::transport::select::{Either, first};
use crate::transport::{SendError, Source};
use crate::wasi::errors::send_error;
use crate::wasi::pour::{Sink, Upload, meanwhile};
use crate::wasi::request::nanos;

/// The most that is asked for in one read.
const PIECE: usize = 64 * 1024;

/// How often it is looked whether the reader of an answer is still there, while there is nothing to write.
const LOOK: Duration = Duration::from_secs(1);

/// How a body ended.
type End = Result<Option<Trailers>, ErrorCode>;

/// Both ends of a body that arrives, with the right to read them.
struct Ends {
    stream: StreamReader<u8>,
    end: FutureReader<End>,
}

/// A read, and what the next one needs, unless this was the last.
type Reading = LocalFuture<'static, (Result<Option<Vec<u8>>, SendError>, Option<Ends>)>;

/// A body that arrives.
pub(super) struct Incoming {
    reading: Reading,
    upload: Option<Upload>,
    /// What [`Self::peek`] has read ahead.
    ahead: Option<Result<Vec<u8>, SendError>>,
    /// Tells the other side, when it is dropped, that we are done.
    _taken: FutureWriter<Result<(), ErrorCode>>,
}

impl Incoming {
    /// Opens a body by the function that gives its stream.
    pub(super) fn open(
        consume: impl FnOnce(FutureReader<Result<(), ErrorCode>>) -> (StreamReader<u8>, FutureReader<End>),
        upload: Option<Upload>,
    ) -> Self {
        let (taken, done) = wit_future::new(|| Ok(()));
        let (stream, end) = consume(done);
        Self { reading: Box::pin(read(Ends { stream, end })), upload, ahead: None, _taken: taken }
    }

    /// Waits for the first piece; false when there is none.
    pub(super) async fn peek(&mut self) -> bool {
        self.ahead = self.piece().await.transpose();
        self.ahead.is_some()
    }

    async fn piece(&mut self) -> Result<Option<Vec<u8>>, SendError> {
        if let Some(piece) = self.ahead.take() {
            return piece.map(Some);
        }
        let (piece, ends) = meanwhile(&mut self.reading, &mut self.upload).await;
        self.reading = match ends {
            Some(ends) => Box::pin(read(ends)),
            None => Box::pin(async { (Ok(None), None) }),
        };
        piece
    }
}

async fn read(mut ends: Ends) -> (Result<Option<Vec<u8>>, SendError>, Option<Ends>) {
    loop {
        let (result, mut piece) = ends.stream.read(Vec::with_capacity(PIECE)).await;
        match result {
            StreamResult::Complete(0) => {}
            StreamResult::Complete(_) => {
                // Pieces may be kept: not with room for many of them.
                piece.shrink_to_fit();
                return (Ok(Some(piece)), Some(ends));
            }
            StreamResult::Dropped | StreamResult::Cancelled => {
                let end = ends.end.await;
                return (end.map(|_| None).map_err(|code| send_error(&code)), None);
            }
        }
    }
}

impl Source for Incoming {
    fn next(&mut self) -> LocalFuture<'_, Result<Option<Vec<u8>>, SendError>> {
        Box::pin(self.piece())
    }
}

/// A body on its way out.
pub(super) struct Outlet {
    /// None for an empty body.
    stream: Option<StreamWriter<u8>>,
    /// Dropped before it is written to, it says that the body is not whole.
    end: FutureWriter<End>,
    /// The longest wait until some of it is taken.
    patience: Option<Duration>,
}

/// What a body that goes out is made from, on the other side.
pub(super) type Contents = (Option<StreamReader<u8>>, FutureReader<End>);

impl Outlet {
    pub(super) fn new(empty: bool, patience: Option<Duration>) -> (Self, Contents) {
        let (end, ended) = wit_future::new(|| {
            Err(ErrorCode::InternalError(Some("what the body is made from broke off".to_owned())))
        });
        let (stream, contents) = if empty {
            (None, None)
        } else {
            let (stream, contents) = wit_stream::new();
            (Some(stream), Some(contents))
        };
        (Self { stream, end, patience }, (contents, ended))
    }
}

impl Sink for Outlet {
    async fn write(&mut self, piece: Vec<u8>) -> Result<(), SendError> {
        let Some(stream) = &mut self.stream else { return Err(gone()) };
        let (mut result, mut rest) = within(self.patience, stream.write(piece)).await?;
        loop {
            match result {
                StreamResult::Complete(_) if rest.remaining() == 0 => return Ok(()),
                StreamResult::Complete(_) => {
                    (result, rest) = within(self.patience, stream.write_buf(rest)).await?;
                }
                StreamResult::Dropped | StreamResult::Cancelled => return Err(gone()),
            }
        }
    }

    async fn finish(self) -> Result<(), SendError> {
        let Self { stream, end, .. } = self;
        drop(stream);
        end.write(Ok(None)).await.map_err(|_| gone())
    }

    async fn lost(&mut self) -> SendError {
        let Some(stream) = &mut self.stream else { return std::future::pending().await };
        loop {
            wait_for(nanos(LOOK)).await;
            if matches!(stream.write(Vec::new()).await.0, StreamResult::Dropped) {
                return gone();
            }
        }
    }
}

async fn within<T>(patience: Option<Duration>, written: impl Future<Output = T>) -> Result<T, SendError> {
    let Some(patience) = patience else { return Ok(written.await) };
    match first(written, wait_for(nanos(patience))).await {
        Either::Left(written) => Ok(written),
        Either::Right(()) => Err(gone()),
    }
}

fn gone() -> SendError {
    SendError::Cut("it was closed".to_owned())
}
