//! Bodies on their way out, piece by piece, as fast as the other side takes them.

use std::future::{Future, pending};
use std::pin::pin;

use crate::transport::body::LocalFuture;
use crate::transport::select::{Either, first};
use crate::transport::{Body, SendError};

/// Where a body goes. Dropping one before it is finished tells the other side that the body is not whole.
pub(crate) trait Sink {
    /// Hands a piece on, and waits until it is taken.
    fn write(&mut self, piece: Vec<u8>) -> impl Future<Output = Result<(), SendError>>;

    /// Ends it well.
    fn finish(self) -> impl Future<Output = Result<(), SendError>>;

    /// Notices, while nothing is written, that the other side has gone. Not every sink can.
    fn lost(&mut self) -> impl Future<Output = SendError> {
        pending()
    }
}

/// Why a body did not get to its end.
pub(crate) enum Broken {
    /// It stopped coming.
    Source(SendError),
    /// It was no longer taken.
    Sink(SendError),
}

/// Pours a body out and finishes it. When this fails, or is dropped on the way, the sink is dropped unfinished.
pub(crate) async fn pour(mut into: impl Sink, mut from: Body) -> Result<(), Broken> {
    loop {
        let piece = match first(from.next(), into.lost()).await {
            Either::Left(piece) => piece.map_err(Broken::Source)?,
            Either::Right(gone) => return Err(Broken::Sink(gone)),
        };
        let Some(piece) = piece else { break };
        match first(into.write(piece), from.work()).await {
            Either::Left(written) => written.map_err(Broken::Sink)?,
            Either::Right(never) => match never {},
        }
    }
    into.finish().await.map_err(Broken::Sink)
}

/// A body that still goes up while its answer already comes down.
pub(crate) type Upload = LocalFuture<'static, Result<(), Broken>>;

/// Waits for an answer's head while the body goes up.
pub(crate) async fn arrival<T>(
    arrived: impl Future<Output = T>,
    upload: &mut Option<Upload>,
) -> Result<T, SendError> {
    let mut arrived = pin!(arrived);
    if let Some(going) = upload {
        match first(arrived.as_mut(), going).await {
            Either::Left(answer) => return Ok(answer),
            Either::Right(Ok(())) => {}
            Either::Right(Err(Broken::Source(error))) => {
                return Err(SendError::SourceFailed(error.to_string()));
            }
            // The body was shorter or longer than it said.
            Either::Right(Err(Broken::Sink(error @ SendError::SourceFailed(_)))) => return Err(error),
            // The other side stopped reading. It may have answered; if not, the answer's error is the one
            // that tells why.
            Either::Right(Err(Broken::Sink(_))) => {}
        }
        *upload = None;
    }
    Ok(arrived.await)
}

/// Waits for the next piece of an answer while the rest of the question goes up. How that ends is not looked at:
/// the other side has answered, so what became of the rest is its own business.
pub(crate) async fn meanwhile<T>(arrived: impl Future<Output = T>, upload: &mut Option<Upload>) -> T {
    let mut arrived = pin!(arrived);
    if let Some(going) = upload {
        match first(arrived.as_mut(), going).await {
            Either::Left(piece) => return piece,
            Either::Right(_) => *upload = None,
        }
    }
    arrived.await
}
