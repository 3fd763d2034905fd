//! A socket before a [`Service`]: HTTP/1.1 with keep-alive, an access log, a limit and an end.

use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use http::{Request, Response, StatusCode, header};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::{JoinHandle, JoinSet};

use crate::access::{Entry, Logged};
use crate::body::Body;
use crate::log::{Level, Log};
use crate::request_id;
use crate::service::{self, Service};

/// How long a connection may take to send a request's head, and how long an idle one is kept.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);

/// How a server behaves.
#[derive(Debug, Clone)]
pub struct ServerOptions {
    /// Requests served at the same time, each until its answer has been delivered.
    pub max_concurrent: usize,
    /// How long another request waits for its turn before it is refused with 503.
    pub queue: Duration,
    /// How long requests in progress may go on after the server was told to stop.
    pub drain: Duration,
    /// Where the access log goes.
    pub log: Log,
}

impl Default for ServerOptions {
    fn default() -> Self {
        Self {
            max_concurrent: 128,
            queue: Duration::from_secs(10),
            drain: Duration::from_secs(10),
            log: Log::off(),
        }
    }
}

/// A running server. Dropped, it ends at once, and its requests with it.
#[derive(Debug)]
pub struct Server {
    addr: SocketAddr,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Server {
    /// Listens, and serves until told to stop. Port 0 takes a free one: see [`addr`](Self::addr).
    ///
    /// # Errors
    /// When the address cannot be listened on.
    pub async fn start(service: Service, addr: SocketAddr, options: ServerOptions) -> io::Result<Self> {
        let listener = TcpListener::bind(addr).await?;
        let addr = listener.local_addr()?;
        let (stop, stopped) = watch::channel(false);
        let shared = Arc::new(Shared {
            service,
            turns: Arc::new(Semaphore::new(options.max_concurrent)),
            queue: options.queue,
            log: options.log,
        });
        let task = tokio::spawn(accept(listener, shared, stopped, options.drain));
        Ok(Self { addr, stop, task })
    }

    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Where it listens, as a URL.
    pub fn url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// Stops listening at once, and returns when the requests in progress have ended or their time is over.
    pub async fn shutdown(mut self) {
        self.stop.send_replace(true);
        let _ = (&mut self.task).await;
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Resolves on ctrl-c, and on SIGTERM where there is such a thing.
///
/// # Errors
/// When the process may not listen for signals.
pub async fn interrupted() -> io::Result<()> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminate = signal(SignalKind::terminate())?;
        tokio::select! {
            result = tokio::signal::ctrl_c() => result,
            _ = terminate.recv() => Ok(()),
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await
}

async fn told_to_stop(stop: &mut watch::Receiver<bool>) {
    // An error means that the server was dropped, which ends this task anyway.
    let _ = stop.wait_for(|stop| *stop).await;
}

struct Shared {
    service: Service,
    turns: Arc<Semaphore>,
    queue: Duration,
    log: Log,
}

async fn accept(
    listener: TcpListener,
    shared: Arc<Shared>,
    mut stopped: watch::Receiver<bool>,
    drain: Duration,
) {
    let mut connections = JoinSet::new();
    let stop = stopped.clone();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => drop(connections.spawn(serve(stream, shared.clone(), stop.clone()))),
                Err(error) => {
                    // Usually too many open files: leave time for some to close.
                    shared.log.write(Level::Error, "accept_failed", [("error", error.to_string().into())]);
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            },
            Some(_) = connections.join_next() => {}
            () = told_to_stop(&mut stopped) => break,
        }
    }
    drop(listener);
    let drained = async { while connections.join_next().await.is_some() {} };
    if tokio::time::timeout(drain, drained).await.is_err() {
        shared.log.write(Level::Warn, "drain_timed_out", [("connections", connections.len().into())]);
    }
}

async fn serve(stream: TcpStream, shared: Arc<Shared>, mut stopped: watch::Receiver<bool>) {
    // Answers are often smaller than a packet, and their parts must not wait for one another.
    let _ = stream.set_nodelay(true);
    let connection =
        http1::Builder::new().timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT).serve_connection(
            TokioIo::new(stream),
            service_fn(|request| {
                let shared = shared.clone();
                async move { Ok::<_, std::convert::Infallible>(shared.answer(request).await) }
            }),
        );
    let mut connection = pin!(connection);
    tokio::select! {
        // A client that breaks off is its own affair; its request's entry in the log says so.
        _ = &mut connection => return,
        () = told_to_stop(&mut stopped) => connection.as_mut().graceful_shutdown(),
    }
    let _ = connection.await;
}

impl Shared {
    async fn answer(&self, mut request: Request<Incoming>) -> Response<Logged> {
        let id = request_id::ensure(request.headers_mut());
        let mut entry = Entry::new(&self.log, request.method(), request.uri(), id.clone(), Instant::now());
        match tokio::time::timeout(self.queue, self.turns.clone().acquire_owned()).await {
            Ok(Ok(turn)) => {
                entry.hold(turn);
                entry.attach(self.service.respond(request).await)
            }
            _ => entry.attach(busy(&id)),
        }
    }
}

fn busy(id: &str) -> Response<Body> {
    let mut response =
        service::problem(StatusCode::SERVICE_UNAVAILABLE, "busy", "too many requests at the same time", id);
    response.headers_mut().insert(header::RETRY_AFTER, http::HeaderValue::from_static("1"));
    response
}
