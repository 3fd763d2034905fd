//! The same core, compiled for this machine: what the components' speed is measured against.

use std::future::Future;
use std::rc::Rc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Result, anyhow, ensure};
use marketing_automation::service::{Environment, Inbound, handle};
use marketing_automation::transport::body::LocalFuture;
use marketing_automation::transport::{Body, Host, Request, Response, SendError, Source, Timeouts, Timer};

/// What an upstream answers to a request line and body.
pub(crate) type Answer = dyn Fn(&str, &[u8]) -> Vec<u8>;

/// Answers in process, after a while.
#[derive(Clone)]
pub(crate) struct Native {
    started: Instant,
    latency: Duration,
    answer: Rc<Answer>,
}

impl Native {
    pub(crate) fn new(latency: Duration, answer: impl Fn(&str, &[u8]) -> Vec<u8> + 'static) -> Self {
        Self { started: Instant::now(), latency, answer: Rc::new(answer) }
    }
}

impl Host for Native {
    async fn send(&self, request: Request, _: Timeouts) -> Result<Response, SendError> {
        let body =
            request.body.read(usize::MAX).await.map_err(|error| SendError::Cut(format!("{error:?}")))?;
        tokio::time::sleep(self.latency).await;
        let line = format!("{} {}", request.method, request.url.path());
        let answer = (self.answer)(&line, &body);
        Ok(Response { status: 200, headers: Vec::new(), body: Body::Bytes(answer) })
    }

    fn sleep(&self, duration: Duration) -> impl Future<Output = ()> {
        tokio::time::sleep(duration)
    }

    fn timer(&self) -> Timer {
        Box::new(|duration| Box::pin(tokio::time::sleep(duration)))
    }

    fn now(&self) -> Duration {
        self.started.elapsed()
    }

    fn unix_ms(&self) -> i64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
    }

    fn random(&self) -> u64 {
        self.started.elapsed().as_nanos() as u64
    }

    fn log(&self, _: &str) {}
}

/// Pieces of a body.
struct Pieces<I>(I);

impl<I: Iterator<Item = Vec<u8>>> Source for Pieces<I> {
    fn next(&mut self) -> LocalFuture<'_, Result<Option<Vec<u8>>, SendError>> {
        Box::pin(std::future::ready(Ok(self.0.next())))
    }
}

/// One request to its end, on a thread of its own; answers how long it took and how many bytes came back.
pub(crate) async fn run(
    env: Vec<(String, String)>,
    latency: Duration,
    answer: impl Fn(&str, &[u8]) -> Vec<u8> + Send + 'static,
    request: impl FnOnce() -> Inbound + Send + 'static,
) -> Result<(Duration, usize)> {
    tokio::task::spawn_blocking(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async move {
            let host = Native::new(latency, answer);
            let started = Instant::now();
            let env: &Environment = &env;
            let mut answer = handle(&host, env, request()).await;
            let mut bytes = 0;
            let failed = |error: SendError| anyhow!("the native answer broke off: {error}");
            while let Some(piece) = answer.body.next().await.map_err(failed)? {
                bytes += piece.len();
            }
            ensure!(answer.status < 300, "the native core answered {}", answer.status);
            Ok((started.elapsed(), bytes))
        })
    })
    .await?
}

/// A request of the service's.
pub(crate) fn inbound(
    method: &str,
    target: &str,
    headers: &[(&str, &str)],
    pieces: Option<Box<dyn Iterator<Item = Vec<u8>>>>,
) -> Inbound {
    Inbound {
        method: method.to_owned(),
        target: target.to_owned(),
        authority: None,
        headers: headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.as_bytes().to_vec()))
            .collect(),
        body: match pieces {
            Some(pieces) => Body::Stream(Box::new(Pieces(pieces)), None),
            None => Body::Empty,
        },
    }
}
