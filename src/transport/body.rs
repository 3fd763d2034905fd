//! Bodies, in memory or on their way, in both directions.

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use super::SendError;

/// A future that stays on its thread.
pub type LocalFuture<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// Bytes that arrive in pieces.
pub trait Source {
    /// The next piece; none at the end. After an error or the end it is not asked again.
    fn next(&mut self) -> LocalFuture<'_, Result<Option<Vec<u8>>, SendError>>;
}

/// The body of a request or an answer.
pub enum Body {
    Empty,
    Bytes(Vec<u8>),
    /// Pieces, and their total length where it is known.
    Stream(Box<dyn Source>, Option<u64>),
}

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
            Self::Stream(source, _) => {
                let piece = source.next().await;
                if !matches!(piece, Ok(Some(_))) {
                    *self = Self::Empty;
                }
                piece
            }
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
            Self::Stream(_, length) => write!(f, "Stream({length:?})"),
        }
    }
}
