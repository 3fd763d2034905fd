//! The handle on a running sandbox: its knobs, its log, its truth.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock};

use serde_json::{Value, json};

use crate::account::{Account, Sizes};
use crate::call::CallLog;
use crate::clock::{Clock, civil};
use crate::faults::FaultBook;
use crate::limits::Limits;
use crate::people::Id;
use crate::person::Parts;
use crate::segments::Segment;
use crate::stored::Stored;
use crate::{
    Call, CampaignTruth, Config, Created, EventTruth, Fault, Faults, Latency, PersonTruth, SegmentTruth,
    Send, Trigger, Variants, Write, lock,
};

/// A handle on a running sandbox. Clones share one state.
#[derive(Debug, Clone)]
pub struct State(pub(crate) Arc<Inner>);

#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) seed: u64,
    pub(crate) page_unit: usize,
    pub(crate) enforce_concurrency: bool,
    /// Set once the socket is bound.
    pub(crate) base: OnceLock<String>,
    pub(crate) accounts: BTreeMap<String, Slot>,
    pub(crate) faults: Mutex<FaultBook>,
    pub(crate) variants: Mutex<Variants>,
    pub(crate) latency: Mutex<Latency>,
    pub(crate) calls: Mutex<CallLog>,
}

/// An account with its limits, which outlive each call.
#[derive(Debug)]
pub(crate) struct Slot {
    pub(crate) account: Mutex<Account>,
    pub(crate) limits: Limits,
}

impl State {
    pub(crate) fn new(config: Config) -> std::io::Result<State> {
        let invalid = |text: &str| std::io::Error::new(std::io::ErrorKind::InvalidInput, text);
        let today = match config.today {
            None => None,
            Some((y, m, d)) => Some(civil(y, m, d).ok_or_else(|| invalid("today is no date"))?),
        };
        let sizes = Sizes {
            campaigns: config.campaigns,
            profiles: config.profiles,
            events: config.events,
            customers: config.customers,
        };
        let mut accounts = BTreeMap::new();
        for account in config.accounts {
            let id = account.project_id.clone();
            let account = Account::new(account, config.seed, Clock::new(today), sizes)?;
            let slot = Slot { account: Mutex::new(account), limits: Limits::default() };
            if accounts.insert(id, slot).is_some() {
                return Err(invalid("two accounts have one project id"));
            }
        }
        Ok(State(Arc::new(Inner {
            seed: config.seed,
            page_unit: config.page_unit.max(1),
            enforce_concurrency: config.enforce_concurrency,
            base: OnceLock::new(),
            accounts,
            faults: Mutex::new(FaultBook::new(config.seed, config.faults)),
            variants: Mutex::new(config.variants),
            latency: Mutex::new(config.latency),
            calls: Mutex::new(CallLog::default()),
        })))
    }

    /// Replaces the shares of faults. Scripts stay.
    pub fn set_faults(&self, faults: Faults) {
        lock(&self.0.faults).faults = faults;
    }

    /// The shares of faults.
    #[must_use]
    pub fn faults(&self) -> Faults {
        lock(&self.0.faults).faults.clone()
    }

    /// The next calls to `path` suffer exactly these faults, in this order,
    /// whatever the shares say; after them the shares hold again.
    pub fn script(&self, path: &str, faults: Vec<Fault>) {
        lock(&self.0.faults).script(path, faults);
    }

    /// Replaces the variants.
    pub fn set_variants(&self, variants: Variants) {
        *lock(&self.0.variants) = variants;
    }

    /// The variants.
    #[must_use]
    pub fn variants(&self) -> Variants {
        lock(&self.0.variants).clone()
    }

    /// Replaces the latency.
    pub fn set_latency(&self, latency: Latency) {
        *lock(&self.0.latency) = latency;
    }

    /// The latency.
    #[must_use]
    pub fn latency(&self) -> Latency {
        *lock(&self.0.latency)
    }

    /// Rotates an account's passcode; an unknown account stays unknown.
    pub fn set_passcode(&self, project_id: &str, passcode: &str) {
        self.with(project_id, |account| passcode.clone_into(&mut account.config.passcode));
    }

    /// Every request seen, in order of arrival (the latest 200,000; bodies of
    /// the oldest are forgotten beyond 256 MiB). `/__sandbox/…` is not logged.
    #[must_use]
    pub fn calls(&self) -> Vec<Call> {
        lock(&self.0.calls).all()
    }

    /// Forgets the calls.
    pub fn clear_calls(&self) {
        lock(&self.0.calls).clear();
    }

    /// The truth about an account's campaigns, by start.
    #[must_use]
    pub fn campaigns(&self, project_id: &str) -> Vec<CampaignTruth> {
        self.with(project_id, |account| {
            let now = account.now();
            let mut truths: Vec<_> = account.campaigns.iter().map(|campaign| campaign.truth(now)).collect();
            truths.sort_by(|a, b| (&a.start, a.id).cmp(&(&b.start, b.id)));
            truths
        })
        .unwrap_or_default()
    }

    /// The day that it is for an account, `yyyymmdd`.
    #[must_use]
    pub fn today(&self, project_id: &str) -> Option<i64> {
        self.with(project_id, |account| crate::clock::packed_day(account.now().date()))
    }

    /// The campaigns created through the API, of all accounts.
    #[must_use]
    pub fn created(&self) -> Vec<Created> {
        self.stored(|stored| &stored.created)
    }

    /// The messages sent to known users, of all accounts.
    #[must_use]
    pub fn sends(&self) -> Vec<Send> {
        self.stored(|stored| &stored.sends)
    }

    /// The triggers, of all accounts.
    #[must_use]
    pub fn triggers(&self) -> Vec<Trigger> {
        self.stored(|stored| &stored.triggers)
    }

    /// All other writes that were accepted, of all accounts.
    #[must_use]
    pub fn writes(&self) -> Vec<Write> {
        self.stored(|stored| &stored.writes)
    }

    /// How many users an account has.
    #[must_use]
    pub fn profiles_count(&self, project_id: &str) -> usize {
        self.with(project_id, |account| account.people.living()).unwrap_or(0)
    }

    /// How many events an account has, generated and uploaded.
    #[must_use]
    pub fn events_count(&self, project_id: &str) -> usize {
        self.with(project_id, |account| account.people.events.len()).unwrap_or(0)
    }

    /// The most calls of an endpoint that were under way at a time, and how
    /// many more were refused for that; 0 where limits are not enforced.
    #[must_use]
    pub fn in_flight(&self, project_id: &str, path: &str) -> (usize, usize) {
        self.0.accounts.get(project_id).map_or((0, 0), |slot| slot.limits.seen(path))
    }

    /// How many uploaded records (profiles, events, tokens) were stored.
    #[must_use]
    pub fn uploads_count(&self, project_id: &str) -> u64 {
        self.with(project_id, |account| account.uploads).unwrap_or(0)
    }

    /// All events, generated ones first, then the uploaded in order of arrival.
    #[must_use]
    pub fn events(&self, project_id: &str) -> Vec<EventTruth> {
        self.with(project_id, |account| account.people.truth()).unwrap_or_default()
    }

    /// The users who did an event, in the order in which they came.
    #[must_use]
    pub fn people_of(&self, project_id: &str, event: &str) -> Vec<PersonTruth> {
        self.with(project_id, |account| account.people.people_of(event)).unwrap_or_default()
    }

    /// Custom lists and API segments.
    #[must_use]
    pub fn segments(&self, project_id: &str) -> Vec<SegmentTruth> {
        self.with(project_id, |account| account.segments.iter().map(Segment::truth).collect())
            .unwrap_or_default()
    }

    /// A user's profile as `GET /1/profile.json` gives its `record`.
    #[must_use]
    pub fn profile(&self, project_id: &str, identity: &str) -> Option<Value> {
        let parts = Parts { app: true, events: true, profile: true };
        let id = Id::Identity(identity.to_owned());
        self.with(project_id, |account| account.people.get(&id).map(|person| person.record(parts))).flatten()
    }

    fn stored<T: Clone>(&self, part: impl Fn(&Stored) -> &Vec<T>) -> Vec<T> {
        let accounts = self.0.accounts.values();
        accounts.flat_map(|slot| part(&lock(&slot.account).stored).clone()).collect()
    }

    /// The account under its lock; `None` when it is unknown.
    pub(crate) fn with<T>(&self, project_id: &str, f: impl FnOnce(&mut Account) -> T) -> Option<T> {
        self.0.accounts.get(project_id).map(|slot| f(&mut lock(&slot.account)))
    }

    /// For `GET /__sandbox/state`: everything but the passcodes.
    pub(crate) fn summary(&self) -> Value {
        let accounts: Vec<_> = self
            .0
            .accounts
            .values()
            .map(|slot| {
                let account = lock(&slot.account);
                json!({
                    "project_id": account.config.project_id,
                    "region": account.config.region,
                    "timezone": account.config.timezone,
                    "now": account.now().to_string(),
                    "campaigns": account.campaigns.len(),
                    "profiles": account.people.living(),
                    "events": account.people.events.len(),
                    "uploads": account.uploads,
                })
            })
            .collect();
        json!({
            "url": self.0.base.get(),
            "seed": self.0.seed,
            "page_unit": self.0.page_unit,
            "enforce_concurrency": self.0.enforce_concurrency,
            "accounts": accounts,
            "faults": self.faults(),
            "variants": self.variants(),
            "latency": self.latency(),
            "calls": lock(&self.0.calls).len(),
        })
    }
}
