//! Makes the upstream calls that `CALLS` lists, reads their answers to the end, and answers with as many bytes
//! as `ANSWER_BYTES` says: what a list costs without any understanding of it.
//!
//! A line of `CALLS` is `turn TAB path TAB body`. Calls of one turn are under way together; a turn begins when
//! the one before has ended.

use bench_baselines::{PIECE, authenticate, incoming, request, respond, variable};
use wasi::exports::http::incoming_handler::Guest;
use wasi::http::outgoing_handler;
use wasi::http::types::{
    Fields, FutureIncomingResponse, IncomingRequest, Method, OutgoingBody, ResponseOutparam,
};
use wasi::io::streams::StreamError;

/// What the answer is made of. What the bytes are makes no difference to whoever passes them on.
static PIECES: [u8; 16 << 10] = [b' '; 16 << 10];

struct Canned;

wasi::http::proxy::export!(Canned);

impl Guest for Canned {
    fn handle(_request: IncomingRequest, out: ResponseOutparam) {
        let calls = variable("CALLS");
        let mut under_way: Vec<(&str, FutureIncomingResponse)> = Vec::new();
        for line in calls.lines() {
            let mut parts = line.splitn(3, '\t');
            let mut part = || parts.next().expect("three parts");
            let (turn, path, body) = (part(), part(), part());
            if under_way.last().is_some_and(|(last, _)| *last != turn) {
                finish(&mut under_way);
            }
            under_way.push((turn, send(path, body)));
        }
        finish(&mut under_way);

        let length: usize = variable("ANSWER_BYTES").parse().expect("a number");
        let headers = Fields::new();
        headers.append("content-type", b"application/json").expect("a header");
        headers.append("content-length", length.to_string().as_bytes()).expect("a header");
        let body = respond(out, 200, headers);
        let whole = length / PIECES.len();
        let rest = &PIECES[..length % PIECES.len()];
        write(&body, std::iter::repeat_n(PIECES.as_slice(), whole).chain([rest]));
        OutgoingBody::finish(body, None).expect("the whole body");
    }
}

fn send(path: &str, body: &str) -> FutureIncomingResponse {
    let headers = Fields::new();
    headers.append("content-type", b"application/json").expect("a header");
    headers.append("content-length", body.len().to_string().as_bytes()).expect("a header");
    authenticate(&headers);
    let outgoing = request(&Method::Post, path, headers);
    let sink = outgoing.body().expect("the first to ask");
    let pending = outgoing_handler::handle(outgoing, None).expect("a request");
    write(&sink, [body.as_bytes()]);
    OutgoingBody::finish(sink, None).expect("the whole body");
    pending
}

fn finish(under_way: &mut Vec<(&str, FutureIncomingResponse)>) {
    for (_, pending) in under_way.drain(..) {
        pending.subscribe().block();
        let response = pending.get().expect("ready").expect("the first to ask").expect("an answer");
        assert_eq!(response.status(), 200);
        let (_source, from) = incoming(&response);
        loop {
            match from.blocking_read(PIECE) {
                Ok(_) => {}
                Err(StreamError::Closed) => break,
                Err(error) => panic!("{error}"),
            }
        }
    }
}

fn write<'a>(body: &OutgoingBody, pieces: impl IntoIterator<Item = &'a [u8]>) {
    let stream = body.write().expect("the first to ask");
    let ready = stream.subscribe();
    for mut bytes in pieces {
        while !bytes.is_empty() {
            let permit = match stream.check_write().expect("an open stream") {
                0 => {
                    ready.block();
                    continue;
                }
                permit => usize::try_from(permit).unwrap_or(usize::MAX).min(bytes.len()),
            };
            let (now, later) = bytes.split_at(permit);
            stream.write(now).expect("as much as was permitted");
            bytes = later;
        }
    }
    // Who has all that the length announces may close before it is asked to flush.
    match stream.blocking_flush() {
        Ok(()) | Err(StreamError::Closed) => {}
        Err(error) => panic!("{error}"),
    }
    drop(ready);
}
