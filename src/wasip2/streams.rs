//! Bodies over WASI streams, in pieces, with backpressure in both directions.
//!
//! Nothing here blocks the guest: a stream that has no bytes, or takes none, is a wait in the reactor, and
//! meanwhile the call's other requests go on. Resources are dropped child before parent (pollable, stream,
//! body), as the host traps otherwise: the fields and locals below are in that order.

use std::rc::Rc;
use std::time::Duration;

use wasi::http::types::{IncomingBody, OutgoingBody, http_error_code};
use wasi::io::poll::Pollable;
use wasi::io::streams::{InputStream, OutputStream, StreamError};

use super::host::sleep;
use super::reactor;
use crate::transport::body::LocalFuture;
use crate::transport::select::{Either, first};
use crate::transport::{SendError, Source};
use crate::wasi::errors::{first_line, send_error};
use crate::wasi::pour::{Sink, Upload, meanwhile};

pub(super) type Reactor = reactor::Reactor<Pollable>;

/// The most that is asked for in one read.
const PIECE: u64 = 64 * 1024;

/// What an error of a stream of `wasi:http` means.
fn stream_error(error: &StreamError) -> SendError {
    match error {
        StreamError::Closed => SendError::Cut("it was closed".to_owned()),
        StreamError::LastOperationFailed(error) => match http_error_code(error) {
            Some(code) => send_error(&code),
            None => SendError::Cut(first_line(&error.to_debug_string())),
        },
    }
}

/// A body that arrives.
pub(super) struct Incoming {
    pollable: Rc<Pollable>,
    stream: InputStream,
    _body: IncomingBody,
    reactor: Reactor,
    upload: Option<Upload>,
    /// What [`Self::peek`] has read ahead.
    ahead: Option<Result<Vec<u8>, SendError>>,
}

impl Incoming {
    /// None when somebody has taken the stream before.
    pub(super) fn open(reactor: &Reactor, body: IncomingBody, upload: Option<Upload>) -> Option<Self> {
        let stream = body.stream().ok()?;
        let pollable = Rc::new(stream.subscribe());
        Some(Self { pollable, stream, _body: body, reactor: reactor.clone(), upload, ahead: None })
    }

    /// Waits for the first piece; false when there is none.
    #[cfg(feature = "service")]
    pub(super) async fn peek(&mut self) -> bool {
        self.ahead = self.piece().await.transpose();
        self.ahead.is_some()
    }

    async fn piece(&mut self) -> Result<Option<Vec<u8>>, SendError> {
        if let Some(piece) = self.ahead.take() {
            return piece.map(Some);
        }
        loop {
            match self.stream.read(PIECE) {
                Ok(bytes) if bytes.is_empty() => self.ready().await,
                Ok(bytes) => return Ok(Some(bytes)),
                Err(StreamError::Closed) => return Ok(None),
                Err(error) => return Err(stream_error(&error)),
            }
        }
    }

    /// Until there may be something to read.
    async fn ready(&mut self) {
        meanwhile(self.reactor.wait(&self.pollable), &mut self.upload).await;
    }
}

impl Source for Incoming {
    fn next(&mut self) -> LocalFuture<'_, Result<Option<Vec<u8>>, SendError>> {
        Box::pin(self.piece())
    }
}

/// A WASI body on its way out.
pub(super) struct Outlet {
    pollable: Rc<Pollable>,
    stream: OutputStream,
    body: OutgoingBody,
    reactor: Reactor,
    /// The longest wait until some of it is taken.
    patience: Option<Duration>,
}

impl Outlet {
    pub(super) fn open(
        reactor: &Reactor,
        body: OutgoingBody,
        patience: Option<Duration>,
    ) -> Result<Self, SendError> {
        let stream = body.write().map_err(|()| SendError::Cut("the body was taken".to_owned()))?;
        let pollable = Rc::new(stream.subscribe());
        Ok(Self { pollable, stream, body, reactor: reactor.clone(), patience })
    }

    /// How many bytes may be written now: at least one. `write` of no more than that never blocks; the limit
    /// of 4096 is one of `blocking-write-and-flush`, which is not used here.
    async fn permit(&self) -> Result<usize, StreamError> {
        loop {
            match self.stream.check_write()? {
                0 => self.wait().await?,
                permit => return Ok(usize::try_from(permit).unwrap_or(usize::MAX)),
            }
        }
    }

    async fn wait(&self) -> Result<(), StreamError> {
        let ready = self.reactor.wait(&self.pollable);
        let Some(patience) = self.patience else {
            ready.await;
            return Ok(());
        };
        match first(ready, sleep(&self.reactor, patience)).await {
            Either::Left(()) => Ok(()),
            Either::Right(()) => Err(StreamError::Closed),
        }
    }

    async fn write_all(&self, mut bytes: &[u8]) -> Result<(), StreamError> {
        while !bytes.is_empty() {
            let permit = self.permit().await?;
            let (now, later) = bytes.split_at_checked(permit).unwrap_or((bytes, &[]));
            self.stream.write(now)?;
            bytes = later;
        }
        Ok(())
    }

    /// A flush is done when the stream takes bytes again.
    async fn flush(&self) -> Result<(), StreamError> {
        self.stream.flush()?;
        self.permit().await.map(|_| ())
    }
}

impl Sink for Outlet {
    async fn write(&mut self, piece: Vec<u8>) -> Result<(), SendError> {
        self.write_all(&piece).await.map_err(|error| stream_error(&error))
    }

    async fn finish(self) -> Result<(), SendError> {
        self.flush().await.map_err(|error| stream_error(&error))?;
        let Self { pollable, stream, body, .. } = self;
        drop(pollable);
        drop(stream);
        OutgoingBody::finish(body, None).map_err(|code| send_error(&code))
    }
}
