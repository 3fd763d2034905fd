//! A key-value store, where the host has one.
//!
//! It is asked for what every store has, and for nothing else:
//!
//! | not there | so |
//! |---|---|
//! | compare-and-swap | what needs an atomic step is best effort across instances, and its documentation says so |
//! | expiry | whoever writes keeps the expiry in the value, and judges it when reading |
//! | listing by prefix | what must be found again is indexed by whoever writes it |
//!
//! Keys are ASCII and at most [`MOST_KEY_BYTES`] long; values are at most [`MOST_VALUE_BYTES`], which is what the
//! narrowest known host takes (Akamai Functions, 1 MB).

use std::fmt;
use std::future::Future;
use std::time::Duration;

use super::body::LocalFuture;
use super::{Deadline, Host};

/// The longest key, in bytes.
pub const MOST_KEY_BYTES: usize = 255;
/// The longest value, in bytes.
pub const MOST_VALUE_BYTES: usize = 1_000_000;

/// Keys and values that outlive a request, an instance and the host's process.
pub trait Store {
    /// The value of a key; none when there is none.
    fn get<'a>(&'a self, key: &'a str) -> LocalFuture<'a, Result<Option<Vec<u8>>, StoreError>>;

    /// Writes a value, over any of that key.
    fn set<'a>(&'a self, key: &'a str, value: &'a [u8]) -> LocalFuture<'a, Result<(), StoreError>>;

    /// Takes a key away; that there is none is no error.
    fn delete<'a>(&'a self, key: &'a str) -> LocalFuture<'a, Result<(), StoreError>>;
}

/// A store that takes longer is one that fails.
const PATIENCE: Duration = Duration::from_secs(5);

/// What a store answers, as long as somebody waits for it.
///
/// # Errors
/// What the store reports, and its silence.
pub async fn in_time<H: Host, T>(
    host: &H,
    call: impl Future<Output = Result<T, StoreError>>,
) -> Result<T, StoreError> {
    let silent = || Err(StoreError::Failed(format!("no answer for {} seconds", PATIENCE.as_secs())));
    Deadline::after(host, PATIENCE).race(host, call).await.unwrap_or_else(silent)
}

/// Why the store did not do what it was asked to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoreError {
    /// The component may not use it: the operator grants it.
    Denied,
    /// The host's own words; never a key or a value of ours.
    Failed(String),
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Denied => f.write_str("the host grants this component no key-value store"),
            Self::Failed(reason) => write!(f, "the key-value store failed: {reason}"),
        }
    }
}

impl std::error::Error for StoreError {}
