//! A small web site on loopback: where browsers come from, and where they are sent.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::task::{JoinHandle, JoinSet};

/// A request that the site got.
#[derive(Debug, Clone)]
pub struct Received {
    pub method: String,
    /// Path and query.
    pub target: String,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Received {
    /// The names and values of its query, or of the form that it brought.
    #[must_use]
    pub fn fields(&self) -> BTreeMap<String, String> {
        let query = self.target.split_once('?').map_or("", |(_, query)| query);
        let bytes = if self.body.is_empty() { query.as_bytes() } else { &self.body };
        url::form_urlencoded::parse(bytes).into_owned().collect()
    }
}

type Answers = dyn Fn(&Received) -> Response<String> + Send + Sync;

/// A running site. Dropped, it ends.
pub struct Site {
    port: u16,
    received: Arc<Mutex<Vec<Received>>>,
    task: JoinHandle<()>,
}

impl Site {
    /// # Panics
    /// When there is no free port.
    pub async fn start(answers: impl Fn(&Received) -> Response<String> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let received = Arc::new(Mutex::new(Vec::new()));
        let task = tokio::spawn(serve(listener, Arc::clone(&received), Arc::new(answers)));
        Self { port, received, task }
    }

    /// Where it is, as a site other than that of `127.0.0.1`.
    #[must_use]
    pub fn origin(&self) -> String {
        format!("http://localhost:{}", self.port)
    }

    /// What it got so far, but for the pictures that browsers ask every site for.
    ///
    /// # Panics
    /// When an answer panicked.
    #[must_use]
    pub fn received(&self) -> Vec<Received> {
        let all = self.received.lock().expect("no answer panicked");
        all.iter().filter(|request| request.target != "/favicon.ico").cloned().collect()
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A page with a heading.
///
/// # Panics
/// Never.
#[must_use]
pub fn page(heading: &str, body: &str) -> Response<String> {
    let html = format!(
        "<!doctype html><html lang=en><meta charset=utf-8><title>{heading}</title><h1>{heading}</h1>{body}"
    );
    Response::builder().header("content-type", "text/html; charset=utf-8").body(html).expect("an answer")
}

async fn serve(listener: TcpListener, received: Arc<Mutex<Vec<Received>>>, answers: Arc<Answers>) {
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let (received, answers) = (Arc::clone(&received), Arc::clone(&answers));
        connections.spawn(async move {
            let service = service_fn(|request: Request<Incoming>| {
                let (received, answers) = (Arc::clone(&received), Arc::clone(&answers));
                async move { Ok::<_, Infallible>(answer(request, &received, &*answers).await) }
            });
            // A browser that goes away ends its connection; that is no failure.
            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

async fn answer(
    request: Request<Incoming>,
    received: &Mutex<Vec<Received>>,
    answers: &Answers,
) -> Response<Full<Bytes>> {
    let (parts, body) = request.into_parts();
    let request = Received {
        method: parts.method.to_string(),
        target: parts.uri.to_string(),
        headers: parts.headers,
        body: body.collect().await.map(|body| body.to_bytes()).unwrap_or_default(),
    };
    received.lock().expect("no answer panicked").push(request.clone());
    answers(&request).map(|body| Full::new(Bytes::from(body)))
}
