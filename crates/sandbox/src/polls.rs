//! Results that are not ready at once: `req_id` and its polls (section 10.1).

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::Variants;
use crate::answer::Answer;
use crate::request::Request;

/// The first id: 15 digits, as in the official sample.
const FIRST: u64 = 384_649_162_721_759;

#[derive(Debug, Default)]
pub(crate) struct Polls {
    /// For each id: its path, its answer, how many polls still wait.
    open: BTreeMap<String, (String, Value, u32)>,
    next: u64,
}

impl Polls {
    /// The answer at once, or the id to poll with.
    pub(crate) fn ask(&mut self, request: &Request, answer: Value, variants: &Variants) -> Answer {
        if variants.partial_answers == 0 {
            return Answer::ok(&answer);
        }
        let id = FIRST + self.next * 7;
        self.next += 1;
        let waits = variants.partial_answers - 1;
        self.open.insert(id.to_string(), (request.path.clone(), answer, waits));
        partial(&id.to_string(), variants)
    }

    /// What a poll gets; `None` when the request is none.
    pub(crate) fn poll(&mut self, request: &Request, variants: &Variants) -> Option<Answer> {
        let id = request.param("req_id")?;
        Some(match self.open.get_mut(&id) {
            Some((path, answer, waits)) if *path == request.path => {
                if *waits == 0 {
                    Answer::ok(answer)
                } else {
                    *waits -= 1;
                    partial(&id, variants)
                }
            }
            _ => unknown(),
        })
    }
}

/// [OFF] S:snippets, section 10.1; the id as text [3P].
fn partial(id: &str, variants: &Variants) -> Answer {
    let id = match id.parse::<u64>() {
        Ok(number) if !variants.req_id_as_text => json!(number),
        _ => json!(id),
    };
    Answer::ok(&json!({ "req_id": id, "status": "partial" }))
}

/// [3P] S:leanderp, section 3.4; its HTTP status and code are [UNK].
fn unknown() -> Answer {
    Answer::fail(400, "invalid request id", 400)
}
