//! `Idempotency-Key`: a write that is sent twice with one key is run once, and answered twice.
//!
//! | the store has | the request is | answered |
//! |---|---|---|
//! | nothing, or what is older than a day | any | by its route, which runs |
//! | an answer | the same | that answer, with `idempotency-replayed: true` |
//! | that it is done, and no answer as it was too long | the same | 409 `idempotency_answer_not_kept`, with the same header |
//! | that it is running | the same | 409 `idempotency_in_progress`, with `Retry-After` |
//! | that it was running, for longer than a request takes | the same | 409 `idempotency_outcome_unknown` |
//! | that nobody knows how it ended | the same | 409 `idempotency_outcome_unknown` |
//! | something that cannot be opened | any | 409 `idempotency_outcome_unknown` |
//! | whatever, and this instance is at it | any | 409 `idempotency_in_progress` |
//! | any of the others | another | 422 `idempotency_key_reused` |
//!
//! What is the same, and where a key is one key, is [`key`]'s to say. A request that was begun and has no known end
//! (its instance crashed, or its caller left while the answer was on its way) is never run again by itself: an event
//! would be counted, and a person messaged, twice. That holds for writes that could be repeated, too: whether one
//! can depends on what is in it, and the caller, who knows, has new keys.
//!
//! | how it ended | the key |
//! |---|---|
//! | an answer of CleverTap's, or one that leaves something in doubt | is kept with it, for a day from the begin |
//! | an error that says `retryable`, 429, or a bulk write of which nothing was taken | is free again: nothing happened |
//! | an error from before anything was sent: input that cannot be used, credentials refused | is free again |
//! | a body that breaks off | is kept, outcome unknown |
//!
//! The store has no atomic step. Within one instance a request claims its key in memory, so that of two at once one
//! runs and one is told to wait. Across instances each writes its mark and looks whether it is still its own, and who
//! finds another's mark gives way; that is best effort: where one instance looks before the other has written, both
//! run. A store that does not answer before the request runs is an error (503), and nothing is run; one that fails
//! afterwards leaves the mark, and with it an unknown outcome.
//!
//! With a key, the answer is held back until it is whole, or longer than a value of the store: what is longer is passed
//! on as it comes. It comes back in the form in which it was first given, whatever the second request accepts. Values
//! are sealed, as answers tell of people. Nothing deletes a key: it is overwritten when it is used again, and counts
//! for nothing after a day.

mod entry;
mod key;
mod outcome;
mod record;
mod refusal;

use self::entry::{Entry, Known};
pub(crate) use self::key::Key;
use self::key::fingerprint;
use self::outcome::changed_nothing;
use self::record::{Answer, State};
pub(crate) use self::refusal::Refusal;
use super::body;
use super::config::SECRET_KEYS;
use super::context::Context;
use super::error::Error;
use super::negotiate;
use super::problem;
use super::router::Action;
use super::routes;
use super::set_header;
use crate::clevertap::account::Account;
use crate::transport::{Body, Host, Response};

/// How long a key counts.
const DAY_MS: i64 = 86_400_000;
const REPLAYED: &str = "idempotency-replayed";

/// Runs a write once for its key.
///
/// # Errors
/// [`Refusal`]s, 501 without a store, 503 when it does not answer, and whatever the route answers.
pub(super) async fn run<H: Host>(
    context: &Context<'_, H>,
    action: Action,
    account: &Account,
    key: &Key,
    body: Body,
) -> Result<Response, Error> {
    let host = context.host;
    let store = host.store().ok_or(Error::NeedsStore { what: "the header Idempotency-Key" })?;
    let keys = context.config.keys.as_ref();
    let keyring =
        keys.ok_or(Error::NotConfigured { variable: SECRET_KEYS, what: "the header Idempotency-Key" })?;
    let bytes = body::whole(context.headers, body).await.map_err(|error| match error {
        Error::TooLarge { limit } => Error::Keyed(Refusal::TooLarge { limit }),
        other => other,
    })?;
    let place = key.place(context, account);
    let Some(claim) = host.instance().claim(&place) else { return Err(Error::Keyed(Refusal::InProgress)) };
    let began = host.unix_ms();
    let entry = Entry {
        host: host.clone(),
        store,
        keyring,
        place,
        request: fingerprint(context.headers, &bytes),
        owner: host.random(),
        expires: began.saturating_add(DAY_MS),
        request_id: context.trace.request_id.clone(),
    };
    if let Some(known) = entry.begin(began, account.settings.deadline).await.map_err(Error::Store)? {
        return known_answer(context, known);
    }
    let body = if bytes.is_empty() { Body::Empty } else { Body::Bytes(bytes) };
    match routes::run(context, action, body).await {
        Ok(response) if response.status == 429 => {
            entry.forget().await;
            Ok(response)
        }
        Ok(response) => entry.keep(action, response, claim).await,
        Err(error) => {
            if changed_nothing(&error) {
                entry.forget().await;
            } else {
                let answer = problem::answer(&error, context.trace, negotiate::problem_type(context.headers));
                let body = answer.body.read(usize::MAX).await.unwrap_or_default();
                entry.settle(State::Done(Answer::new(answer.status, &answer.headers, body))).await;
            }
            Err(error)
        }
    }
}

fn known_answer<H: Host>(context: &Context<'_, H>, known: Known) -> Result<Response, Error> {
    let mut response = match known {
        Known::Answer(answer) => answer.response(),
        Known::Refusal(refusal @ Refusal::AnswerNotKept { .. }) => {
            context.note.borrow_mut().code = Some(refusal.code());
            let problem_type = negotiate::problem_type(context.headers);
            problem::answer(&Error::Keyed(refusal), context.trace, problem_type)
        }
        Known::Refusal(refusal) => return Err(Error::Keyed(refusal)),
    };
    set_header(&mut response.headers, REPLAYED, "true");
    Ok(response)
}
