//! Answers 200 with nothing: what any `wasi:http` component costs.

use bench_baselines::respond;
use wasi::exports::http::incoming_handler::Guest;
use wasi::http::types::{Fields, IncomingRequest, OutgoingBody, ResponseOutparam};

struct Empty;

wasi::http::proxy::export!(Empty);

impl Guest for Empty {
    fn handle(_request: IncomingRequest, out: ResponseOutparam) {
        let body = respond(out, 200, Fields::new());
        OutgoingBody::finish(body, None).expect("an empty body");
    }
}
