//! A CleverTap emulator with an HTTP server.
//!
//! It behaves as CleverTap's REST API does, quirks included: for anyone who
//! integrates CleverTap without a test account. Each body that it answers is
//! built in a function whose documentation names where the form is known from:
//! `[DOC]` CleverTap's documentation, `[OFF]` its public code, `[REC]` recorded
//! traffic, `[3P]` third parties, `[INF]` inferred, `[UNK]` unknown; `S:…` and
//! the section refer to the project's API reference. What is unknown is a
//! switch ([`Variants`]).
//!
//! ```no_run
//! # async fn example() -> std::io::Result<()> {
//! use clevertap_sandbox::{Config, Sandbox};
//!
//! let sandbox = Sandbox::start(Config::default()).await?;
//! println!("{}/1/targets/list.json", sandbox.url());
//! println!("{} campaigns", sandbox.state().campaigns("TEST-SANDBOX-001").len());
//! sandbox.stop().await;
//! # Ok(())
//! # }
//! ```

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

mod account;
mod admin;
mod answer;
mod auth;
mod body;
mod call;
mod campaign;
mod catalogs;
mod channel;
mod clock;
mod config;
mod content;
mod counts;
mod cursor;
mod dispatch;
mod endpoint;
mod export;
mod faults;
mod latency;
mod limits;
mod people;
mod person;
mod polls;
mod presigned;
mod profile;
mod profiles_admin;
mod promo;
mod query;
mod report;
mod request;
mod rng;
mod seed;
mod segments;
mod server;
mod settings;
mod shelf;
mod state;
mod stored;
mod target_list;
mod target_result;
mod targets;
mod trends;
mod triggers;
mod upload;
mod variants;
mod visit;

pub use call::Call;
pub use campaign::{CampaignTruth, Counts};
pub use config::{AccountConfig, Config};
pub use faults::{Fault, Faults};
pub use latency::{Latency, ReportLatency};
pub use people::{EventTruth, PersonTruth};
pub use segments::SegmentTruth;
pub use server::Sandbox;
pub use state::State;
pub use stored::{Created, Send, Trigger, TriggerKind, Write};
pub use variants::{CursorError, DailyShape, LongWindow, NotReady, ScheduledOn, UnknownUser, Variants};

use std::sync::{Mutex, MutexGuard, PoisonError};

/// A lock that a panicking test does not take away from the others.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
