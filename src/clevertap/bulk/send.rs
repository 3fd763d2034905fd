//! One batch on its way, with more patience than a single call has: each try has a deadline of its own, and a stream
//! gives up when none of its batches has been taken for as long as one.
//!
//! | the call says | then |
//! |---|---|
//! | 429, or no place in line in time | again after a while: CleverTap did not take it |
//! | in doubt, all records are safe | again, as often as the account tries; what became of the first is then known only by a success |
//! | anything else | it stands |

use std::cell::Cell;
use std::time::Duration;

use serde_json::Value;

use super::desk::{Batch, Slip};
use super::settle::{Verdict, settle};
use super::{Check, Kind, memory};
use crate::clevertap::classify::Answer;
use crate::clevertap::client::{Call, Session};
use crate::clevertap::operation::Replay;
use crate::model::Error;
use crate::transport::Host;
use crate::transport::retry::Backoff;

/// A batch that is back.
#[derive(Debug)]
pub(super) struct Landed {
    pub slips: Vec<Slip>,
    /// Of each of the slips.
    pub outcome: Result<Vec<Verdict>, Lost>,
    /// Not sent, as an earlier request sent them.
    pub known: Vec<Slip>,
}

/// Why a batch has no answer that counts.
#[derive(Debug)]
pub(super) struct Lost {
    pub error: Error,
    /// Some of it may have been taken all the same.
    pub in_doubt: bool,
}

/// Whether a stream gets anywhere.
#[derive(Debug)]
pub(super) struct Pulse {
    /// When a batch was last taken, or there was none under way.
    since: Cell<Duration>,
    /// A batch was given up since then: the next ones are not waited for as long again.
    gave_up: Cell<bool>,
    /// Batches that are under way.
    flying: Cell<usize>,
}

impl Pulse {
    pub(super) fn start<H: Host>(host: &H) -> Self {
        Self { since: Cell::new(host.now()), gave_up: Cell::default(), flying: Cell::default() }
    }

    /// A batch goes, and none was under way: that nothing was taken for a while says nothing.
    pub(super) fn rested<H: Host>(&self, host: &H) {
        if !self.gave_up.get() {
            self.since.set(host.now());
        }
    }

    fn alone(&self) -> bool {
        self.flying.get() <= 1
    }

    fn beat<H: Host>(&self, host: &H) {
        self.since.set(host.now());
        self.gave_up.set(false);
    }

    /// Whether nothing has been taken, and will not have been after this wait, for so long.
    fn is_gone<H: Host>(&self, host: &H, wait: Duration, patience: Duration) -> bool {
        let silence = host.now().saturating_add(wait).saturating_sub(self.since.get());
        let gone = silence >= patience;
        if gone {
            self.gave_up.set(true);
        }
        gone
    }
}

pub(super) async fn send<H: Host>(
    session: &Session<'_, H>,
    kind: &dyn Kind,
    batch: Batch,
    check: Check,
    pulse: &Pulse,
) -> Landed {
    pulse.flying.set(pulse.flying.get().saturating_add(1));
    let landed = fly(session, kind, batch, check, pulse).await;
    pulse.flying.set(pulse.flying.get().saturating_sub(1));
    landed
}

async fn fly<H: Host>(
    session: &Session<'_, H>,
    kind: &dyn Kind,
    batch: Batch,
    check: Check,
    pulse: &Pulse,
) -> Landed {
    let Batch { mut slips, mut texts, safe } = batch;
    let mut known = Vec::new();
    // Who only asks what would be taken is told that, whatever was.
    let memory = kind.memory().filter(|_| check == Check::No);
    if let Some(memory) = memory {
        let flags = match memory::recall(memory, &slips).await {
            Ok(flags) => flags,
            Err(lost) => return Landed { slips, outcome: Err(lost), known },
        };
        let (sent, skipped) =
            slips.into_iter().zip(texts).zip(flags).partition::<Vec<_>, _>(|(_, flag)| !flag);
        (slips, texts) = sent.into_iter().map(|(record, _)| record).unzip();
        known.extend(skipped.into_iter().map(|((slip, _), _)| slip));
        if slips.is_empty() {
            return Landed { slips, outcome: Ok(Vec::new()), known };
        }
    }
    let body = kind.body(&texts);
    drop(texts);
    let outcome = deliver(session, kind, body, safe, check, pulse).await;
    let outcome = outcome.map(|answer| settle(slips.len(), &answer));
    if let Some(memory) = memory {
        memory::note(memory, &mut slips, &outcome).await;
    }
    Landed { slips, outcome, known }
}

async fn deliver<H: Host>(
    session: &Session<'_, H>,
    kind: &dyn Kind,
    body: String,
    safe: bool,
    check: Check,
    pulse: &Pulse,
) -> Result<Value, Lost> {
    let settings = &session.account.settings;
    let backoff = Backoff { base: settings.backoff_base, cap: settings.backoff_cap };
    let dry = check == Check::Remote;
    let mut call =
        Call { text: Some(body.into_bytes().into()), replay: Some(Replay::OnlyIfNotSent), ..Call::default() };
    if dry {
        call = call.query("dryRun", "1");
        call.replay = Some(Replay::Safe);
    }
    let mut in_doubt = false;
    let (mut throttled, mut lost) = (0u8, 0u8);
    loop {
        let error = match session.renewed().call(kind.operation(), call.clone()).await {
            Ok(Answer::Done(answer) | Answer::Partial(answer)) => {
                pulse.beat(session.host);
                return Ok(answer);
            }
            // No write answers so: what it means for these records is not known.
            Ok(Answer::Poll { .. } | Answer::InProgress | Answer::NotReady(_)) => Error::InDoubt {
                what: format!("{} was answered as if it were a query", kind.operation().name),
            },
            Err(error) => error,
        };
        let wait = match &error {
            Error::RateLimited { retry_after_ms, .. } => {
                throttled = throttled.saturating_add(1);
                let asked = retry_after_ms.map(Duration::from_millis);
                asked.unwrap_or_else(|| backoff.wait(throttled, session.host.random()))
            }
            // A write that was sent and not answered is in doubt, so this one was not sent.
            Error::TimedOut { .. } if !dry => {
                throttled = throttled.saturating_add(1);
                backoff.wait(throttled, session.host.random())
            }
            Error::InDoubt { .. } if !dry => {
                in_doubt = true;
                lost = lost.saturating_add(1);
                if !safe || lost >= settings.tries {
                    return Err(Lost { error, in_doubt });
                }
                backoff.wait(lost, session.host.random())
            }
            _ => return Err(Lost { error, in_doubt }),
        };
        // While others are under way, something may be taken meanwhile.
        let ahead = if pulse.alone() { wait } else { Duration::ZERO };
        if pulse.is_gone(session.host, ahead, settings.deadline) {
            return Err(Lost { error, in_doubt });
        }
        session.host.sleep(wait.min(settings.deadline)).await;
        if pulse.is_gone(session.host, Duration::ZERO, settings.deadline) {
            return Err(Lost { error, in_doubt });
        }
    }
}
