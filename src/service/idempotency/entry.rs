//! One request's dealings with the store: its mark, what others left there, and how it ended.

use std::rc::Rc;
use std::time::Duration;

use serde_json::json;

use super::outcome::{Read, nothing_was_taken, read};
use super::record::{Answer, Found, Record, State};
use super::refusal::Refusal;
use crate::service::error::Error;
use crate::service::keys::Keyring;
use crate::service::router::Action;
use crate::transport::body::produced;
use crate::transport::instance::Claim;
use crate::transport::store::in_time;
use crate::transport::{Body, Host, Response, Store, StoreError};

/// No request runs for longer; one of many records has a deadline for each of its batches.
const LONGEST: Duration = Duration::from_secs(15 * 60);
/// As long as the answer is passed on, and nobody said how long its reader may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// What stands in the way of running a request.
pub(super) enum Known {
    Answer(Answer),
    Refusal(Refusal),
}

/// A request's dealings with the store.
pub(super) struct Entry<'k, H> {
    pub(super) host: H,
    pub(super) store: Rc<dyn Store>,
    pub(super) keyring: &'k Keyring,
    pub(super) place: String,
    pub(super) request: [u8; 32],
    /// Tells this request's mark from another's.
    pub(super) owner: u64,
    pub(super) expires: i64,
    pub(super) request_id: String,
}

impl<H: Host> Entry<'_, H> {
    /// Marks the request as running, unless something is known of its key already.
    pub(super) async fn begin(&self, now: i64, deadline: Duration) -> Result<Option<Known>, StoreError> {
        if let Some(known) = self.look(now, false).await? {
            return Ok(Some(known));
        }
        let longest = LONGEST.max(deadline.saturating_mul(2));
        let until = now.saturating_add(i64::try_from(longest.as_millis()).unwrap_or(i64::MAX));
        let mark = self.value(State::Running { owner: self.owner, until });
        let seen = match self.write(mark).await {
            Ok(()) => self.look(now, true).await,
            Err(error) => Err(error),
        };
        if seen.is_err() {
            // Nothing is run, so the mark must not stay; that it does may be all there is to be had.
            self.forget().await;
        }
        seen
    }

    /// What the store knows of the key; none for nothing, and for this request's own mark once there is one.
    async fn look(&self, now: i64, marked: bool) -> Result<Option<Known>, StoreError> {
        let value = in_time(&self.host, self.store.get(&self.place)).await?;
        let record = match Found::read(self.keyring, &self.place, value, now) {
            Found::Free => return Ok(None),
            Found::Closed => return Ok(Some(Known::Refusal(Refusal::OutcomeUnknown))),
            Found::Record(record) => record,
        };
        if record.request != self.request {
            return Ok(Some(Known::Refusal(Refusal::Reused)));
        }
        Ok(Some(match record.state {
            State::Running { owner, .. } if marked && owner == self.owner => return Ok(None),
            State::Running { until, .. } if now < until => Known::Refusal(Refusal::InProgress),
            State::Running { .. } | State::Unknown => Known::Refusal(Refusal::OutcomeUnknown),
            State::TooLong { status } => Known::Refusal(Refusal::AnswerNotKept { status }),
            State::Done(answer) => Known::Answer(answer),
        }))
    }

    /// Keeps an answer, and hands it on.
    pub(super) async fn keep(
        self,
        action: Action,
        response: Response,
        claim: Claim,
    ) -> Result<Response, Error> {
        let Response { status, headers, body } = response;
        let patience = body.patience().unwrap_or(PATIENCE);
        let (whole, rest) = match read(body).await {
            Read::Whole(bytes) => {
                if nothing_was_taken(action, &headers, &bytes) {
                    self.forget().await;
                } else {
                    self.settle(State::Done(Answer::new(status, &headers, bytes.clone()))).await;
                }
                return Ok(Response { status, headers, body: Body::Bytes(bytes) });
            }
            Read::Broken(bytes, error) => {
                self.settle(State::Unknown).await;
                (bytes, Err(error))
            }
            Read::More(bytes, rest) => (bytes, Ok(rest)),
        };
        // Sealed beforehand: an answer that is passed on outlives the configuration.
        let done = self.value(State::TooLong { status });
        let unknown = self.value(State::Unknown);
        let log = self.log();
        let Self { host, store, place, .. } = self;
        let body = produced(patience, move |pieces| async move {
            let _claim = claim;
            pieces.give(whole).await;
            let mut rest = rest?;
            let end = loop {
                match rest.next().await {
                    Ok(Some(piece)) => pieces.give(piece).await,
                    Ok(None) => break Ok(()),
                    Err(error) => break Err(error),
                }
            };
            let value = if end.is_ok() { done } else { unknown };
            if let Err(error) = in_time(&host, store.set(&place, &value)).await {
                log(&host, &error);
            }
            end
        });
        Ok(Response { status, headers, body })
    }

    /// Writes how the request ended. That this fails is not the request's failure.
    pub(super) async fn settle(&self, state: State) {
        if let Err(error) = self.write(self.value(state)).await {
            self.log()(&self.host, &error);
        }
    }

    /// Frees the key.
    pub(super) async fn forget(&self) {
        if let Err(error) = in_time(&self.host, self.store.delete(&self.place)).await {
            self.log()(&self.host, &error);
        }
    }

    async fn write(&self, value: Vec<u8>) -> Result<(), StoreError> {
        in_time(&self.host, self.store.set(&self.place, &value)).await
    }

    /// The value that says so; for an answer that does not fit, one that says as much.
    fn value(&self, state: State) -> Vec<u8> {
        let short = match &state {
            State::Done(answer) => State::TooLong { status: answer.status },
            other => other.clone(),
        };
        let seal = |state| {
            let record = Record { request: self.request, state };
            record.seal(self.keyring, &self.host, &self.place, self.expires)
        };
        seal(state).or_else(|| seal(short)).unwrap_or_default()
    }

    /// For what is too late to be told to the caller.
    fn log(&self) -> impl Fn(&H, &StoreError) + 'static + use<H> {
        let request_id = self.request_id.clone();
        move |host, error| {
            let line = json!({
                "event": "idempotency_key_not_settled",
                "request_id": request_id,
                "message": error.to_string(),
            });
            host.log(&line.to_string());
        }
    }
}
