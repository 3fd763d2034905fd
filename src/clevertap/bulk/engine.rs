//! Reading, sending and settling, all at once.

use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;

use super::desk::{Accepted, Batch, Desk, Slip, skipped};
use super::send::{Landed, Lost, Pulse, send};
use super::settle::Verdict;
use super::{Check, End, Finished, Kind, Ledger, Records};
use crate::clevertap::client::Session;
use crate::model::write::Reason;
use crate::model::{Error, Outcome, Totals, Written};
use crate::transport::select::{Either, first};
use crate::transport::{Deadline, Host, SendError};

/// A batch that is not full waits this long for more records to come.
const LINGER: Duration = Duration::from_secs(1);

/// What happened next.
enum Event {
    Landed(Landed),
    /// There may be more to take; false at the end.
    Filled(Result<bool, SendError>),
    /// Nothing came for a while.
    Quiet,
    /// The ledger has room again, or not for too long.
    Room(bool),
}

/// Writes all records, each upstream call within a deadline of its own. It never fails as a whole: see
/// [`Finished`], and the ledger for each record.
pub async fn write<H: Host>(
    session: &Session<'_, H>,
    kind: &dyn Kind,
    records: &mut dyn Records,
    check: Check,
    ledger: &mut dyn Ledger,
) -> Finished {
    let settings = &session.account.settings;
    let lane = session.lane(kind.operation());
    let host = session.host;
    let pulse = Pulse::start(host);
    let mut desk = Desk::new(kind);
    let mut books = Books::open(session, ledger);
    let mut flying = FuturesUnordered::new();
    let depart = |books: &mut Books<'_, '_, H>, flying: &FuturesUnordered<_>, batch| {
        let Some(batch) = books.let_go(batch) else { return };
        if flying.is_empty() {
            pulse.rested(host);
        }
        flying.push(send(session, kind, batch, check, &pulse));
    };
    // Since when the ledger is full, and how much of it had been taken by then.
    let mut stuck: Option<(Deadline, u64)> = None;
    // By when records that wait for others go without them.
    let mut leaves_by: Option<Deadline> = None;
    let mut reading = true;
    loop {
        // After 429s there is less to be had than the account allows: what would only wait in line is not cut yet.
        let cap = session.lanes.cap(lane.0, lane.1);
        let now = host.unix_ms().div_euclid(1000);
        while reading && flying.len() < cap && !books.ledger.is_full() {
            let Some(record) = records.take() else { break };
            if let Some(error) = &books.halted {
                let written = unsent(desk.index(), None, error);
                books.note(written);
                continue;
            }
            match desk.accept(record, now, check == Check::Here) {
                Accepted::Waiting => {}
                Accepted::Settled(written) => books.note(written),
                Accepted::Full(batch) => depart(&mut books, &flying, batch),
            }
        }
        let late = leaves_by.is_some_and(|by| by.passed(host)) && flying.len() < cap;
        if !reading || late {
            while let Some(batch) = desk.flush() {
                depart(&mut books, &flying, batch);
            }
        }
        if !reading && flying.is_empty() {
            break;
        }
        books.waiting = desk.waiting();
        leaves_by = match leaves_by {
            _ if books.waiting == 0 => None,
            None => Some(Deadline::after(host, LINGER)),
            by => by,
        };
        books.ledger.flush();
        let taken = books.ledger.taken();
        stuck = match stuck {
            _ if !books.ledger.is_full() => None,
            Some((by, before)) if before == taken => Some((by, before)),
            _ => Some((Deadline::after(host, settings.deadline), taken)),
        };
        let wants_more = reading && flying.len() < cap;
        let room = books.ledger.room();
        let next = async {
            match (wants_more, &stuck, &leaves_by) {
                (false, _, _) => std::future::pending().await,
                (true, Some((by, _)), _) => Event::Room(by.race(host, room).await.is_some()),
                (true, None, None) => Event::Filled(records.fill().await),
                (true, None, Some(by)) => match by.race(host, records.fill()).await {
                    Some(filled) => Event::Filled(filled),
                    None => Event::Quiet,
                },
            }
        };
        let landed = async {
            match flying.next().await {
                Some(landed) => Event::Landed(landed),
                None => std::future::pending().await,
            }
        };
        let event = match first(landed, next).await {
            Either::Left(event) | Either::Right(event) => event,
        };
        match event {
            Event::Landed(landed) => books.settle(landed),
            // What is late goes at the next turn.
            Event::Filled(Ok(true)) | Event::Room(true) | Event::Quiet => {}
            Event::Filled(Ok(false)) => reading = false,
            Event::Filled(Err(error)) => {
                books.end = End::InputBroke(error);
                reading = false;
            }
            // Somebody who takes a little at a time is no one who has gone away.
            Event::Room(false) if stuck.is_some_and(|(_, before)| before != books.ledger.taken()) => {}
            Event::Room(false) => {
                books.end = End::Unread;
                reading = false;
            }
        }
    }
    drop(flying);
    books.close()
}

/// What became of the records so far. Dropped before it is closed, as when the caller has gone away, it leaves
/// its figures in the log.
struct Books<'s, 'h, H: Host> {
    session: &'s Session<'h, H>,
    ledger: &'s mut dyn Ledger,
    totals: Totals,
    in_flight: usize,
    /// Records that wait for others to be sent with.
    waiting: usize,
    /// Nothing more is sent, for this reason.
    halted: Option<Error>,
    lost: Option<Error>,
    end: End,
    closed: bool,
}

impl<'s, 'h, H: Host> Books<'s, 'h, H> {
    fn open(session: &'s Session<'h, H>, ledger: &'s mut dyn Ledger) -> Self {
        let totals = Totals::default();
        Self {
            session,
            ledger,
            totals,
            in_flight: 0,
            waiting: 0,
            halted: None,
            lost: None,
            end: End::Whole,
            closed: false,
        }
    }

    /// A batch that may go; none when nothing is sent any more, which its records are told.
    fn let_go(&mut self, batch: Batch) -> Option<Batch> {
        if let Some(error) = &self.halted {
            let unsent = |slip: Slip| unsent(slip.index, slip.id, error);
            let written: Vec<_> = batch.slips.into_iter().map(unsent).collect();
            written.into_iter().for_each(|written| self.note(written));
            return None;
        }
        self.in_flight = self.in_flight.saturating_add(batch.slips.len());
        Some(batch)
    }

    fn note(&mut self, written: Written) {
        self.totals.count(written.status);
        self.ledger.note(written);
    }

    fn settle(&mut self, landed: Landed) {
        let Landed { slips, outcome, known } = landed;
        self.in_flight = self.in_flight.saturating_sub(slips.len()).saturating_sub(known.len());
        for slip in known {
            self.note(skipped(slip, "an earlier request sent a record of this id: this one was not sent"));
        }
        match outcome {
            Ok(verdicts) => {
                for (slip, verdict) in slips.into_iter().zip(verdicts) {
                    self.note(judged(slip, verdict));
                }
            }
            Err(Lost { error, in_doubt }) => {
                let status = if in_doubt { Outcome::Unknown } else { Outcome::Failed };
                let reason = reason(&error, in_doubt);
                for Slip { index, id, warnings, .. } in slips {
                    self.note(Written { index, id, status, error: Some(reason.clone()), warnings });
                }
                if matches!(error, Error::Unauthorized { .. } | Error::DeniedByHost { .. }) {
                    self.halted.get_or_insert(error.clone());
                }
                self.lost = Some(error);
            }
        }
    }

    fn close(mut self) -> Finished {
        self.closed = true;
        if self.end == End::Unread {
            self.log("bulk_unread");
        }
        let end = match (self.halted.take(), std::mem::replace(&mut self.end, End::Whole)) {
            (Some(error), End::Whole) => End::Halted(error),
            (_, end) => end,
        };
        Finished { totals: self.totals, lost: self.lost.take(), end }
    }
}

impl<H: Host> Books<'_, '_, H> {
    /// The figures so far, as a log line.
    fn log(&self, event: &str) {
        let Totals { succeeded, failed, unknown, skipped } = self.totals;
        let line = serde_json::json!({
            "event": event,
            "request_id": self.session.trace.request_id,
            "account": self.session.account.id,
            "succeeded": succeeded, "failed": failed, "unknown": unknown, "skipped": skipped,
            "in_flight": self.in_flight, "waiting": self.waiting,
        });
        self.session.host.log(&line.to_string());
    }
}

impl<H: Host> Drop for Books<'_, '_, H> {
    fn drop(&mut self) {
        if !self.closed {
            self.log("bulk_abandoned");
        }
    }
}

fn judged(slip: Slip, verdict: Verdict) -> Written {
    let Slip { index, id, warnings, .. } = slip;
    let (status, error) = match verdict {
        Verdict::Taken => (Outcome::Succeeded, None),
        Verdict::Rejected { code, message } => {
            let code = Reason {
                code: "rejected",
                field: String::new(),
                message,
                remote_code: code,
                retryable: false,
                failures: Vec::new(),
            };
            (Outcome::Failed, Some(code))
        }
        Verdict::Unclear(message) => {
            let code = "unknown_outcome";
            let field = String::new();
            (
                Outcome::Unknown,
                Some(Reason {
                    code,
                    field,
                    message,
                    remote_code: None,
                    retryable: false,
                    failures: Vec::new(),
                }),
            )
        }
    };
    Written { index, id, status, error, warnings }
}

/// Why all records of a batch did not succeed.
fn reason(error: &Error, in_doubt: bool) -> Reason {
    let (code, field) = match error {
        _ if in_doubt => ("unknown_outcome", ""),
        Error::Invalid(failures) => {
            (error.code(), failures.first().map_or("", |failure| failure.field.as_str()))
        }
        _ => (error.code(), ""),
    };
    let remote_code = match error {
        Error::Refused(refusal) => refusal.code.and_then(|code| u32::try_from(code).ok()),
        _ => None,
    };
    let message = match error {
        Error::InDoubt { .. } => error.to_string(),
        _ if in_doubt => format!("an earlier try may have been taken; the last one: {error}"),
        _ => error.to_string(),
    };
    Reason {
        code,
        field: field.to_owned(),
        message,
        remote_code,
        retryable: !in_doubt && error.retryable(),
        failures: Vec::new(),
    }
}

/// A record that comes after everything is refused.
fn unsent(index: u64, id: Option<String>, error: &Error) -> Written {
    let mut reason = reason(error, false);
    reason.message = format!("not sent, as nothing is taken: {}", reason.message);
    Written { index, id, status: Outcome::Failed, error: Some(reason), warnings: Vec::new() }
}
