//! One upstream request: its place in line, its tries, and what their failure means.
//!
//! | in the end | a read, or safe to repeat | a write |
//! |---|---|---|
//! | the host's policy holds it back | `DeniedByHost` | `DeniedByHost` |
//! | it never left | `Unreachable` | `Unreachable` |
//! | no place in line before the deadline | `TimedOut` | `TimedOut` |
//! | 429 | `RateLimited` | `RateLimited` |
//! | time-out | `TimedOut` | `InDoubt` |
//! | connection cut, answer cut short | `Unreachable` | `InDoubt` |
//! | 502, 503, 504 | `Refused`; `RateLimited` when it says how long to wait | `InDoubt` |
//! | 500 and other 5xx | `Refused` | `InDoubt` |
//! | an answer that cannot be understood | `Undecodable` | `InDoubt` |
//! | any other refusal | as classified | as classified |
//!
//! A write's 500 is in doubt although CleverTap answered: nothing says that it did nothing, and `Refused` with
//! a 5xx invites callers to send it again.

use std::time::Duration;

use super::request::Prepared;
use super::{Line, Session};
use crate::clevertap::account::Settings;
use crate::clevertap::classify::{Answer, classify};
use crate::model::Error;
use crate::transport::body::ReadError;
use crate::transport::retry::{Backoff, Fault, Policy, millis, retry_after};
use crate::transport::{Deadline, Headers, Host, SendError, Timeouts, header};

/// An answer in memory.
struct Whole {
    status: u16,
    headers: Headers,
    body: Vec<u8>,
}

/// Why there is none.
enum Lost {
    Send(SendError),
    TooLong(usize),
}

/// What a try came to.
enum Verdict {
    Answer(Answer),
    /// Another try may help; the error is what it means if there is none.
    Setback(Fault, Error),
    Failed(Error),
}

impl<H: Host> Session<'_, H> {
    pub(super) async fn exchange(&self, prepared: &Prepared, line: &mut Line) -> Result<Answer, Error> {
        let policy = policy(&self.account.settings, prepared.tries, prepared.safe);
        loop {
            let Some(permit) =
                self.deadline.race(self.host, self.lanes.enter(prepared.lane.0, prepared.lane.1)).await
            else {
                return Err(Error::TimedOut { what: prepared.what() });
            };
            // A write that is cut short is in doubt, so none is begun that has hardly any time.
            let floor = if prepared.safe {
                Duration::ZERO
            } else {
                self.account.settings.deadline.checked_div(10).unwrap_or_default()
            };
            if self.deadline.remaining(self.host) <= floor {
                return Err(Error::TimedOut { what: prepared.what() });
            }
            line.tries = line.tries.saturating_add(1);
            let tried = self.attempt(prepared, line).await;
            let verdict = judge(prepared, self.host.unix_ms(), tried);
            match &verdict {
                Verdict::Setback(Fault::Throttled(_), _) => permit.throttled(),
                Verdict::Answer(_) => permit.fine(),
                Verdict::Setback(..) | Verdict::Failed(_) => {}
            }
            drop(permit);
            let (fault, error) = match verdict {
                Verdict::Answer(answer) => return Ok(answer),
                Verdict::Failed(error) => return Err(error),
                Verdict::Setback(fault, error) => (fault, error),
            };
            let left = self.deadline.remaining(self.host).saturating_sub(floor);
            match policy.next(fault, line.tries, left, self.host.random()) {
                Some(wait) => self.host.sleep(wait).await,
                None => return Err(error),
            }
        }
    }

    /// One try, up to the last byte of its answer.
    async fn attempt(&self, prepared: &Prepared, line: &mut Line) -> Result<Whole, Lost> {
        let until = match prepared.budget {
            Some(budget) => self.deadline.or_sooner(Deadline::after(self.host, budget)),
            None => self.deadline,
        };
        let timeouts = timeouts(&self.account.settings, until.remaining(self.host));
        line.status = None;
        line.bytes = None;
        let limit = self.account.settings.max_answer_bytes;
        let whole = async {
            let response = self.host.send(prepared.request(), timeouts).await.map_err(Lost::Send)?;
            line.status = Some(response.status);
            let body = response.body.read(limit).await.map_err(|error| match error {
                ReadError::TooLong(limit) => Lost::TooLong(limit),
                // The answer had begun, so the request had left, whatever the host calls it.
                ReadError::Failed(SendError::TimedOut) => Lost::Send(SendError::TimedOut),
                ReadError::Failed(error @ SendError::Cut(_)) => Lost::Send(error),
                ReadError::Failed(error) => Lost::Send(SendError::Cut(error.to_string())),
            })?;
            line.bytes = u64::try_from(body.len()).ok();
            if cut_short(&response.headers, body.len()) {
                return Err(Lost::Send(SendError::Cut("the answer is shorter than it says".to_owned())));
            }
            Ok(Whole { status: response.status, headers: response.headers, body })
        };
        until.race(self.host, whole).await.unwrap_or(Err(Lost::Send(SendError::TimedOut)))
    }
}

pub(in crate::clevertap) fn policy(settings: &Settings, tries: u8, safe: bool) -> Policy {
    Policy { tries, backoff: Backoff { base: settings.backoff_base, cap: settings.backoff_cap }, safe }
}

pub(in crate::clevertap) fn timeouts(settings: &Settings, remaining: Duration) -> Timeouts {
    Timeouts {
        connect: settings.connect_timeout.min(remaining),
        first_byte: remaining,
        between_bytes: remaining,
    }
}

/// Hosts should notice; not all do.
fn cut_short(headers: &Headers, got: usize) -> bool {
    let promised = header(headers, "content-length").and_then(|text| text.trim().parse::<usize>().ok());
    header(headers, "content-encoding").is_none() && promised.is_some_and(|promised| got < promised)
}

fn judge(prepared: &Prepared, unix_ms: i64, tried: Result<Whole, Lost>) -> Verdict {
    let whole = match tried {
        Ok(whole) => whole,
        Err(Lost::Send(error)) => return unanswered(prepared, error),
        Err(Lost::TooLong(limit)) => {
            let what = format!("{} (it is longer than {limit} bytes)", prepared.what());
            return Verdict::Failed(unread(prepared.safe, what, String::new()));
        }
    };
    let error = match classify(prepared.protocol, whole.status, &whole.headers, &whole.body) {
        Ok(answer) => return Verdict::Answer(answer),
        Err(error) => error,
    };
    let asked = retry_after(&whole.headers, unix_ms);
    match error {
        Error::RateLimited { message, .. } => Verdict::Setback(
            Fault::Throttled(asked),
            Error::RateLimited { message, retry_after_ms: asked.map(millis) },
        ),
        // CleverTap's own codes of this kind come under HTTP 200, too (section 3.4).
        Error::Refused(refusal)
            if refusal.status >= 500 || (!prepared.safe && matches!(refusal.code, Some(500 | 502..=504))) =>
        {
            let gone = matches!(refusal.status, 502..=504);
            let error = if !prepared.safe {
                let (what, status) = (prepared.what(), refusal.status);
                Error::InDoubt {
                    what: format!("{what} was answered with HTTP {status}: {}", refusal.message),
                }
            } else if let (true, Some(asked)) = (gone, asked) {
                Error::RateLimited { message: refusal.message, retry_after_ms: Some(millis(asked)) }
            } else {
                Error::Refused(refusal)
            };
            if gone { Verdict::Setback(Fault::Lost(asked), error) } else { Verdict::Failed(error) }
        }
        Error::Undecodable { what, body } => {
            Verdict::Failed(unread(prepared.safe, what.replacen("the request", &prepared.what(), 1), body))
        }
        error => Verdict::Failed(error),
    }
}

/// A request that got no answer.
fn unanswered(prepared: &Prepared, error: SendError) -> Verdict {
    let fault = match &error {
        SendError::NeverSent(_) => Some(Fault::NeverSent),
        SendError::Cut(_) | SendError::TimedOut => Some(Fault::Lost(None)),
        SendError::Denied | SendError::Unsendable(_) | SendError::SourceFailed(_) => None,
    };
    let error = lost(prepared.safe, &prepared.url, prepared.what(), error);
    match fault {
        Some(fault) => Verdict::Setback(fault, error),
        None => Verdict::Failed(error),
    }
}

/// What it means that a request got no answer.
pub(in crate::clevertap) fn lost(safe: bool, url: &url::Url, what: String, error: SendError) -> Error {
    let host = match (url.host_str(), url.port()) {
        (Some(host), Some(port)) => format!("{host}:{port}"),
        (host, _) => host.unwrap_or_default().to_owned(),
    };
    match error {
        SendError::Denied => Error::DeniedByHost { host },
        SendError::NeverSent(reason) => Error::Unreachable { host, reason },
        SendError::Unsendable(_) => Error::invalid("", error.to_string()),
        SendError::Cut(_) | SendError::TimedOut | SendError::SourceFailed(_) if !safe => {
            Error::InDoubt { what: format!("the answer to {what} was lost ({error})") }
        }
        SendError::TimedOut => Error::TimedOut { what },
        SendError::Cut(_) | SendError::SourceFailed(_) => {
            Error::Unreachable { host, reason: error.to_string() }
        }
    }
}

fn unread(safe: bool, what: String, body: String) -> Error {
    if safe {
        Error::Undecodable { what, body }
    } else {
        Error::InDoubt { what: format!("no sense can be made of the answer to {what}") }
    }
}
