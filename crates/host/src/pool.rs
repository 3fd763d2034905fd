//! The way to the network: HTTP/1.1 over connections that are kept and shared by all requests of a process.
//!
//! wasmtime's own client opens a connection, and reads the root certificates, for every request. Here a
//! connection is reused when it is idle for less than 20 seconds, which is shorter than what load balancers
//! allow, so that a reused connection is seldom one that the other side is just closing. A request that never
//! started on a connection is started on another one; one that has started is never repeated here: what may
//! be sent twice is for the guest to know.

use std::error::Error as _;
use std::fmt;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body::Frame;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::{HttpConnector, capture_connection};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tokio::time::{Sleep, sleep, timeout};

use crate::body::Body;
use crate::upstream::{Upstream, UpstreamFuture};
use crate::{ErrorCode, RequestOptions};

/// How long an unused connection is kept.
const IDLE: Duration = Duration::from_secs(20);

/// What applies when the guest sets no limit of its own.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(60);

/// Unused connections to one host.
const IDLE_PER_HOST: usize = 32;

/// Pooled connections, with TLS against Mozilla's root certificates. Cheap to clone; clones share them.
#[derive(Clone)]
pub struct Pool(Client<Connector, Body>);

impl Pool {
    /// An empty pool.
    pub fn new() -> Self {
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE)
            .pool_max_idle_per_host(IDLE_PER_HOST)
            .build(connector());
        Self(client)
    }

    async fn request(
        self,
        mut request: Request<Body>,
        options: RequestOptions,
    ) -> Result<Response<Body>, ErrorCode> {
        let connect_limit = options.connect_timeout.unwrap_or(DEFAULT_TIMEOUT);
        let first_byte_limit = options.first_byte_timeout.unwrap_or(DEFAULT_TIMEOUT);
        let between_bytes_limit = options.between_bytes_timeout.unwrap_or(DEFAULT_TIMEOUT);

        let mut connection = capture_connection(&mut request);
        let mut answer = std::pin::pin!(self.0.request(request));
        let early = tokio::select! {
            biased;
            answer = &mut answer => Some(answer),
            connected = timeout(connect_limit, async { connection.wait_for_connection_metadata().await.is_some() }) => {
                connected.map_err(|_| ErrorCode::ConnectionTimeout)?;
                None
            }
        };
        let answer = match early {
            Some(answer) => answer,
            None => timeout(first_byte_limit, answer).await.map_err(|_| ErrorCode::ConnectionReadTimeout)?,
        };
        let response = answer.map_err(|error| classify(&error))?;
        Ok(response.map(|body| TimedBody { body, limit: between_bytes_limit, timer: None }.boxed_unsync()))
    }
}

impl Default for Pool {
    fn default() -> Self {
        Self::new()
    }
}

impl Upstream for Pool {
    fn send(&self, request: Request<Body>, options: RequestOptions) -> UpstreamFuture {
        Box::pin(self.clone().request(request, options))
    }
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool").finish_non_exhaustive()
    }
}

type Connector = HttpsConnector<HttpConnector>;

/// TLS where the scheme says so, against Mozilla's root certificates, which are compiled in.
fn connector() -> Connector {
    let mut tcp = HttpConnector::new();
    tcp.enforce_http(false);
    tcp.set_nodelay(true);
    let provider = rustls::crypto::ring::default_provider();
    match hyper_rustls::HttpsConnectorBuilder::new().with_provider_and_webpki_roots(provider) {
        Ok(builder) => builder.https_or_http().enable_http1().wrap_connector(tcp),
        Err(error) => unreachable!("ring has what TLS 1.2 and 1.3 need: {error}"),
    }
}

/// An answer's body that fails when it is waited for longer than the guest allows.
struct TimedBody {
    body: Incoming,
    limit: Duration,
    /// Runs only while the guest waits.
    timer: Option<Pin<Box<Sleep>>>,
}

impl http_body::Body for TimedBody {
    type Data = Bytes;
    type Error = ErrorCode;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, ErrorCode>>> {
        let this = &mut *self;
        match Pin::new(&mut this.body).poll_frame(cx) {
            Poll::Ready(frame) => {
                this.timer = None;
                Poll::Ready(frame.map(|frame| frame.map_err(|error| classify_body(&error))))
            }
            Poll::Pending => {
                let limit = this.limit;
                ready!(this.timer.get_or_insert_with(|| Box::pin(sleep(limit))).as_mut().poll(cx));
                Poll::Ready(Some(Err(ErrorCode::ConnectionReadTimeout)))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> http_body::SizeHint {
        self.body.size_hint()
    }
}

/// A failed request as the guest shall see it.
///
/// What a guest takes for "never sent" is said only when there was no connection to send on. Once there was
/// one, the same causes (a host that became unreachable, a TLS alert) may come after the whole request, and
/// sending it again could do twice what it asks for.
fn classify(error: &hyper_util::client::legacy::Error) -> ErrorCode {
    if error.is_connect() { classify_connect(error) } else { classify_exchange(error) }
}

/// Connection errors are told apart as far as the system tells.
fn classify_connect(error: &hyper_util::client::legacy::Error) -> ErrorCode {
    let mut dns = false;
    let mut cause = error.source();
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref::<io::Error>() {
            return classify_io(error, dns);
        }
        // hyper-util's own connect errors are private; this text is how it marks a failed look-up.
        dns |= error.to_string().starts_with("dns error");
        cause = error.source();
    }
    ErrorCode::DestinationUnavailable
}

/// Of a request that may have left.
fn classify_exchange(error: &hyper_util::client::legacy::Error) -> ErrorCode {
    let mut cause = error.source();
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref::<io::Error>() {
            return match error.kind() {
                io::ErrorKind::TimedOut => ErrorCode::HttpResponseTimeout,
                _ => ErrorCode::ConnectionTerminated,
            };
        }
        if let Some(error) = error.downcast_ref::<hyper::Error>()
            && error.source().is_none()
        {
            return classify_hyper(error);
        }
        cause = error.source();
    }
    ErrorCode::HttpProtocolError
}

/// Of a connection that did not come about.
fn classify_io(mut error: &io::Error, dns: bool) -> ErrorCode {
    // hyper-rustls wraps the error of a handshake into another of the same type.
    while let Some(inner) = error.get_ref().and_then(|inner| inner.downcast_ref::<io::Error>()) {
        error = inner;
    }
    if let Some(error) = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
        return match error {
            rustls::Error::InvalidCertificate(_) => ErrorCode::TlsCertificateError,
            rustls::Error::AlertReceived(alert) => ErrorCode::TlsAlertReceived {
                alert_id: Some(u8::from(*alert)),
                alert_message: Some(format!("{alert:?}")),
            },
            _ => ErrorCode::TlsProtocolError,
        };
    }
    if dns {
        return ErrorCode::DnsError { rcode: Some("address not available".to_owned()), info_code: None };
    }
    match error.kind() {
        io::ErrorKind::ConnectionRefused => ErrorCode::ConnectionRefused,
        io::ErrorKind::TimedOut => ErrorCode::ConnectionTimeout,
        io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => {
            ErrorCode::DestinationIpUnroutable
        }
        _ => ErrorCode::ConnectionTerminated,
    }
}

fn classify_hyper(error: &hyper::Error) -> ErrorCode {
    if error.is_incomplete_message() || error.is_closed() || error.is_canceled() {
        ErrorCode::ConnectionTerminated
    } else if error.is_timeout() {
        ErrorCode::HttpResponseTimeout
    } else {
        ErrorCode::HttpProtocolError
    }
}

/// A body that broke off: what is missing was on its way, so it is the answer that is incomplete.
fn classify_body(error: &hyper::Error) -> ErrorCode {
    if error.is_timeout() { ErrorCode::HttpResponseTimeout } else { ErrorCode::HttpResponseIncomplete }
}

#[cfg(test)]
mod tests {
    use std::future::{Ready, ready};
    use std::task::Waker;

    use http::Uri;
    use hyper::rt::{Read, ReadBufCursor, Write};
    use hyper_util::client::legacy::connect::{Connected, Connection};
    use tower_service::Service;

    use super::*;
    use crate::body;

    type Failure = fn() -> io::Error;

    /// Takes all that is written; once it has, reading fails.
    struct Takes {
        failure: Failure,
        written: bool,
        reader: Option<Waker>,
    }

    impl Read for Takes {
        fn poll_read(
            mut self: Pin<&mut Self>,
            cx: &mut Context<'_>,
            _: ReadBufCursor<'_>,
        ) -> Poll<io::Result<()>> {
            if self.written {
                return Poll::Ready(Err((self.failure)()));
            }
            self.reader = Some(cx.waker().clone());
            Poll::Pending
        }
    }

    impl Write for Takes {
        fn poll_write(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
            bytes: &[u8],
        ) -> Poll<io::Result<usize>> {
            self.written = true;
            if let Some(reader) = self.reader.take() {
                reader.wake();
            }
            Poll::Ready(Ok(bytes.len()))
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }

        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    impl Connection for Takes {
        fn connected(&self) -> Connected {
            Connected::new()
        }
    }

    /// Connects, or fails to.
    #[derive(Clone)]
    struct Connects {
        failure: Failure,
        connects: bool,
    }

    impl Service<Uri> for Connects {
        type Response = Takes;
        type Error = io::Error;
        type Future = Ready<io::Result<Takes>>;

        fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }

        fn call(&mut self, _: Uri) -> Self::Future {
            let failure = self.failure;
            ready(if self.connects {
                Ok(Takes { failure, written: false, reader: None })
            } else {
                Err(failure())
            })
        }
    }

    async fn code(failure: Failure, connects: bool) -> ErrorCode {
        let client = Client::builder(TokioExecutor::new()).build(Connects { failure, connects });
        let request = Request::post("http://example.org/1/upload").body(body::empty()).unwrap();
        classify(&client.request(request).await.unwrap_err())
    }

    fn alert() -> io::Error {
        let alert = rustls::Error::AlertReceived(rustls::AlertDescription::InternalError);
        io::Error::new(io::ErrorKind::InvalidData, alert)
    }

    fn bad_record() -> io::Error {
        io::Error::new(io::ErrorKind::InvalidData, rustls::Error::DecryptError)
    }

    fn certificate() -> io::Error {
        let error = rustls::Error::InvalidCertificate(rustls::CertificateError::Expired);
        io::Error::other(io::Error::new(io::ErrorKind::InvalidData, error))
    }

    #[tokio::test]
    async fn what_was_sent_is_never_said_not_to_be() {
        let failures: [Failure; 7] = [
            || io::ErrorKind::ConnectionRefused.into(),
            || io::ErrorKind::HostUnreachable.into(),
            || io::ErrorKind::NetworkUnreachable.into(),
            || io::ErrorKind::ConnectionReset.into(),
            alert,
            bad_record,
            certificate,
        ];
        for failure in failures {
            let got = code(failure, true).await;
            assert!(matches!(got, ErrorCode::ConnectionTerminated), "{:?}: {got:?}", failure());
        }
        let got = code(|| io::ErrorKind::TimedOut.into(), true).await;
        assert!(matches!(got, ErrorCode::HttpResponseTimeout), "{got:?}");
    }

    #[tokio::test]
    async fn what_could_not_connect_says_why() {
        let got = code(|| io::ErrorKind::ConnectionRefused.into(), false).await;
        assert!(matches!(got, ErrorCode::ConnectionRefused), "{got:?}");
        let got = code(|| io::ErrorKind::HostUnreachable.into(), false).await;
        assert!(matches!(got, ErrorCode::DestinationIpUnroutable), "{got:?}");
        let got = code(|| io::ErrorKind::TimedOut.into(), false).await;
        assert!(matches!(got, ErrorCode::ConnectionTimeout), "{got:?}");
        let got = code(certificate, false).await;
        assert!(matches!(got, ErrorCode::TlsCertificateError), "{got:?}");
        let got = code(bad_record, false).await;
        assert!(matches!(got, ErrorCode::TlsProtocolError), "{got:?}");
    }
}
