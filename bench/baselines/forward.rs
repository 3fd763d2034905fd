//! Sends the request on as it is, CleverTap's two headers added, and the answer back: what any proxy costs.
//!
//! The bytes of bodies never enter the guest.

use bench_baselines::{authenticate, incoming, request, respond, splice};
use wasi::exports::http::incoming_handler::Guest;
use wasi::http::outgoing_handler;
use wasi::http::types::{Fields, IncomingRequest, OutgoingBody, ResponseOutparam};

struct Forward;

wasi::http::proxy::export!(Forward);

impl Guest for Forward {
    fn handle(inbound: IncomingRequest, out: ResponseOutparam) {
        let target = inbound.path_with_query().expect("a path");
        let headers = Fields::new();
        for (name, value) in inbound.headers().entries() {
            // Those that the host keeps for itself are refused, which is as it should be.
            let _ = headers.append(&name, &value);
        }
        authenticate(&headers);
        let outgoing = request(&inbound.method(), &target, headers);
        let sink = outgoing.body().expect("the first to ask");
        let pending = outgoing_handler::handle(outgoing, None).expect("a request");
        {
            let body = inbound.consume().expect("the first to ask");
            let from = body.stream().expect("the first to ask");
            let into = sink.write().expect("the first to ask");
            splice(&from, &into);
        }
        OutgoingBody::finish(sink, None).expect("the whole body");

        pending.subscribe().block();
        let response = pending.get().expect("ready").expect("the first to ask").expect("an answer");
        let headers = response.headers().clone();
        let body = respond(out, response.status(), headers);
        {
            let (_source, from) = incoming(&response);
            let into = body.write().expect("the first to ask");
            splice(&from, &into);
        }
        OutgoingBody::finish(body, None).expect("the whole body");
    }
}
