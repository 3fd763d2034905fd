//! The HTTP server around [`dispatch`](crate::dispatch).

use std::net::{Ipv4Addr, SocketAddr};

use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use hyper::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;
use tokio::task::{JoinHandle, JoinSet};

use crate::answer::Answer;
use crate::body::{Cut, Delivered};
use crate::dispatch::{Outgoing, dispatch};
use crate::request::Request;
use crate::{Config, State, admin};

/// A request body larger than this is refused with a 413.
const MAX_BODY: usize = 256 << 20;

/// A running sandbox. Dropping it stops it.
#[derive(Debug)]
pub struct Sandbox {
    addr: SocketAddr,
    state: State,
    task: JoinHandle<()>,
}

impl Sandbox {
    /// Starts on 127.0.0.1, on a free port.
    ///
    /// # Errors
    /// As [`Sandbox::start_on`].
    pub async fn start(config: Config) -> std::io::Result<Sandbox> {
        Sandbox::start_on((Ipv4Addr::LOCALHOST, 0).into(), config).await
    }

    /// Starts on a given address.
    ///
    /// # Errors
    /// When the address cannot be bound, or the configuration has an unknown
    /// time zone, an impossible day or a project id twice (`InvalidInput`).
    pub async fn start_on(addr: SocketAddr, config: Config) -> std::io::Result<Sandbox> {
        let state = State::new(config)?;
        let listener = TcpListener::bind(addr).await?;
        let addr = listener.local_addr()?;
        // Set once, here: nobody else has the state yet.
        state.0.base.get_or_init(|| format!("http://{addr}"));
        let task = tokio::spawn(accept(listener, state.clone()));
        Ok(Sandbox { addr, state, task })
    }

    /// `http://127.0.0.1:PORT`
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// Where it listens.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Its knobs, its log, its truth; a clone outlives the server.
    #[must_use]
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Stops listening and closes every connection.
    pub async fn stop(mut self) {
        self.task.abort();
        // Cancelled is what it shall be.
        let _cancelled = (&mut self.task).await;
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Connections live in the set, which aborts them when this task ends.
async fn accept(listener: TcpListener, state: State) {
    let mut connections = JoinSet::new();
    loop {
        let (stream, peer) = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok(accepted) => accepted,
                // Out of file descriptors, or the peer is gone already.
                Err(_) => {
                    tokio::time::sleep(std::time::Duration::from_millis(10)).await;
                    continue;
                }
            },
            Some(_) = connections.join_next() => continue,
        };
        // Without it small answers wait for acknowledgements; no harm if it fails.
        let _best_effort = stream.set_nodelay(true);
        let state = state.clone();
        connections.spawn(async move {
            let service = service_fn(|request| serve(&state, request, peer));
            // It ends with an error when a fault cuts it, which is no news.
            let _ended = http1::Builder::new()
                .timer(TokioTimer::new())
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

async fn serve(
    state: &State,
    request: hyper::Request<Incoming>,
    peer: SocketAddr,
) -> Result<Response<Delivered>, Cut> {
    let (head, body) = request.into_parts();
    let body = match Limited::new(body, MAX_BODY).collect().await {
        Ok(body) => body.to_bytes(),
        Err(error) if error.is::<http_body_util::LengthLimitError>() => {
            return Ok(respond(whole(Answer::fail(413, "clevertap-sandbox: body too large", 413))));
        }
        Err(_) => return Err(Cut),
    };
    let headers = head
        .headers
        .iter()
        .map(|(name, value)| {
            (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        })
        .collect();
    let request = Request {
        method: head.method.as_str().to_owned(),
        path: head.uri.path().to_owned(),
        query: head.uri.query().map(str::to_owned),
        headers,
        body,
    };
    if request.path.starts_with(admin::PREFIX) {
        let answer = admin::admin(state, &request, peer.ip().to_canonical().is_loopback());
        return Ok(respond(whole(answer)));
    }
    dispatch(state, &request).await.map(respond)
}

fn whole(mut answer: Answer) -> Outgoing {
    let body = Delivered::whole(std::mem::take(&mut answer.body));
    Outgoing { answer, body }
}

fn respond(outgoing: Outgoing) -> Response<Delivered> {
    let Outgoing { answer, body } = outgoing;
    let length = body.length();
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(answer.content_type));
    // Stated also for a body that breaks off, so that the caller can tell.
    headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
    if let Some(seconds) = answer.retry_after {
        headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}
