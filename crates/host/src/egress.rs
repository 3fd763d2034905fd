//! Outbound requests: first the policy, then the way out.

use std::fmt;
use std::sync::Arc;

use http::Request;

use crate::allow::{self, AllowList};
use crate::body::Body;
use crate::log::{Level, Log};
use crate::pool::Pool;
use crate::upstream::{Upstream, UpstreamFuture};
use crate::{ErrorCode, RequestOptions};

/// Which requests may leave, and by which way. Cheap to clone; clones share connections.
#[derive(Clone)]
pub struct Egress {
    allow: Arc<AllowList>,
    upstream: Arc<dyn Upstream>,
    log: Log,
}

impl Egress {
    /// To the allowed hosts, over pooled connections.
    pub fn network(allow: AllowList) -> Self {
        Self::new(allow, Pool::new())
    }

    /// To the allowed hosts, by any way: a shared [`Pool`], or a [`Hook`](crate::Hook).
    pub fn new(allow: AllowList, upstream: impl Upstream) -> Self {
        Self { allow: Arc::new(allow), upstream: Arc::new(upstream), log: Log::off() }
    }

    /// Answered in process whatever the host: hook mode.
    pub fn hook(upstream: impl Upstream) -> Self {
        Self::new(AllowList::all(), upstream)
    }

    /// Nowhere: every request is denied.
    pub fn denied() -> Self {
        Self::hook(Nowhere)
    }

    /// Says in this log what was denied.
    #[must_use]
    pub fn with_log(mut self, log: Log) -> Self {
        self.log = log;
        self
    }

    /// The policy.
    pub fn allow_list(&self) -> &AllowList {
        &self.allow
    }

    /// Sends a guest's request, or answers `http-request-denied`. Never a trap.
    pub fn send(&self, request: Request<Body>, options: RequestOptions) -> UpstreamFuture {
        if self.allow.allows(request.uri()) {
            return self.upstream.send(request, options);
        }
        let host = allow::origin_text(request.uri());
        self.log.write(
            Level::Warn,
            "egress_denied",
            [("host", host.into()), ("hint", "allow it with --allow-host".into())],
        );
        Box::pin(async { Err(ErrorCode::HttpRequestDenied) })
    }
}

impl Default for Egress {
    /// Nowhere.
    fn default() -> Self {
        Self::denied()
    }
}

impl fmt::Debug for Egress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Egress").field("allow", &self.allow).finish_non_exhaustive()
    }
}

struct Nowhere;

impl Upstream for Nowhere {
    fn send(&self, _: Request<Body>, _: RequestOptions) -> UpstreamFuture {
        Box::pin(async { Err(ErrorCode::HttpRequestDenied) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Hook;
    use crate::body;

    fn get(uri: &str) -> Request<Body> {
        Request::get(uri).body(body::empty()).unwrap()
    }

    #[tokio::test]
    async fn a_denied_request_does_not_reach_the_upstream() {
        let hook = Hook::json(200, "{}");
        let log = Log::buffer();
        let allow = AllowList::parse(["https://a.example"]).unwrap();
        let egress = Egress::new(allow, hook.clone()).with_log(log.clone());

        assert!(egress.send(get("https://a.example/x"), RequestOptions::default()).await.is_ok());
        let denied =
            egress.send(get("http://b.example:81/secret?key=value"), RequestOptions::default()).await;

        assert!(matches!(denied, Err(ErrorCode::HttpRequestDenied)));
        assert_eq!(hook.requests().len(), 1);
        let line = log.lines().remove(0);
        assert!(line.contains("http://b.example:81") && !line.contains("secret"), "{line}");
    }
}
