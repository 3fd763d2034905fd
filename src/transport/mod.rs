//! What the core asks of a host, and what it builds on that: deadlines, retries, in-flight caps.
//!
//! [`Host`] is the whole of it: send a request, wait, tell the time, draw a number, write a log line,
//! and, where there is one, keep things in a store. A shell
//! implements it over WASI; tests implement it with a script and a clock that only moves when told.

pub mod body;
pub mod deadline;
pub mod in_flight;
pub mod instance;
pub mod lanes;
pub mod retry;
pub mod select;
pub mod store;

use std::fmt;
use std::future::Future;
use std::rc::Rc;
use std::time::Duration;

use url::Url;

use body::LocalFuture;
pub use body::{Body, Source};
pub use deadline::Deadline;
pub use instance::Instance;
pub use lanes::Lanes;
pub use store::{Store, StoreError};

/// Header names are lower case; values are as they came.
pub type Headers = Vec<(String, Vec<u8>)>;

/// The first value of a header, when it is text.
#[must_use]
pub fn header<'a>(headers: &'a Headers, name: &str) -> Option<&'a str> {
    headers
        .iter()
        .find(|(key, _)| key.eq_ignore_ascii_case(name))
        .and_then(|(_, value)| std::str::from_utf8(value).ok())
}

/// A request to the outside.
#[derive(Debug)]
pub struct Request {
    /// An HTTP method in upper case.
    pub method: String,
    /// Where to; for requests whose path must go out byte for byte, `target` overrides path and query.
    pub url: Url,
    /// Path and query exactly as they are to be sent, when they must not be normalised.
    pub target: Option<String>,
    pub headers: Headers,
    pub body: Body,
}

/// An answer from the outside.
#[derive(Debug)]
pub struct Response {
    pub status: u16,
    pub headers: Headers,
    pub body: Body,
}

/// How long a host may take for each part. Hosts treat them as hints: the core watches its own clock too.
#[derive(Debug, Clone, Copy)]
pub struct Timeouts {
    pub connect: Duration,
    pub first_byte: Duration,
    pub between_bytes: Duration,
}

/// Why no answer came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SendError {
    /// The host's policy does not let the request out.
    Denied,
    /// It surely never left: name resolution, connection, TLS.
    NeverSent(String),
    /// It may have left: the connection broke, or an answer was cut short.
    Cut(String),
    /// No answer in time; it may have left.
    TimedOut,
    /// The host finds the request malformed.
    Unsendable(String),
    /// The body that the caller was sending failed or stopped.
    SourceFailed(String),
}

impl fmt::Display for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Denied => f.write_str("the host does not let the request out"),
            Self::NeverSent(reason) => write!(f, "no connection: {reason}"),
            Self::Cut(reason) => write!(f, "the connection broke: {reason}"),
            Self::TimedOut => f.write_str("no answer in time"),
            Self::Unsendable(reason) => write!(f, "the host cannot send this request: {reason}"),
            Self::SourceFailed(reason) => write!(f, "the request's own body failed: {reason}"),
        }
    }
}

impl std::error::Error for SendError {}

/// Waits, without borrowing the host: for what lives on when the call that began it is over.
pub type Timer = Box<dyn Fn(Duration) -> LocalFuture<'static, ()>>;

/// All that the core asks of its surroundings. Single-threaded: futures need not be `Send`. A clone is a handle
/// on the same host: an answer that is still being written takes one along.
pub trait Host: Clone + 'static {
    /// Sends a request and answers once the status and headers are there; the body may still be on its way.
    /// Dropping the future gives the request up. Redirects are not followed.
    fn send(&self, request: Request, timeouts: Timeouts)
    -> impl Future<Output = Result<Response, SendError>>;

    /// Waits.
    fn sleep(&self, duration: Duration) -> impl Future<Output = ()>;

    /// [`Self::sleep`] to take along.
    fn timer(&self) -> Timer;

    /// Time since an arbitrary start; never goes back.
    fn now(&self) -> Duration;

    /// Milliseconds since the Unix epoch.
    fn unix_ms(&self) -> i64;

    /// A number that is hard to guess where the world has randomness, and seeded from the clock where not.
    fn random(&self) -> u64;

    /// Writes one line to the log, where the world has one.
    fn log(&self, line: &str);

    /// The in-flight caps of an owner, who is an account at a host and no other. Those of one call, or, where an
    /// instance answers several requests at once, of all the owner's calls in it.
    fn lanes(&self, owner: &str) -> Rc<Lanes> {
        let _ = owner;
        Rc::default()
    }

    /// A key-value store, where the host has one.
    fn store(&self) -> Option<Rc<dyn Store>> {
        None
    }

    /// What is shared with the other requests of this instance.
    fn instance(&self) -> Rc<Instance> {
        instance::of_this_thread()
    }
}
