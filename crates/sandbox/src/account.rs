//! One account's data.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde_json::{Map, Value};

use crate::AccountConfig;
use crate::campaign::Campaign;
use crate::clock::Clock;
use crate::export::Exports;
use crate::people::People;
use crate::polls::Polls;
use crate::presigned::Uploads;
use crate::seed;
use crate::segments::Segment;
use crate::shelf::Shelves;
use crate::stored::Stored;

#[derive(Debug)]
pub(crate) struct Account {
    pub(crate) config: AccountConfig,
    pub(crate) zone: TimeZone,
    pub(crate) clock: Clock,
    pub(crate) campaigns: Vec<Campaign>,
    pub(crate) people: People,
    /// How many uploaded records were stored.
    pub(crate) uploads: u64,
    pub(crate) exports: Exports,
    pub(crate) polls: Polls,
    pub(crate) files: Uploads,
    pub(crate) segments: Vec<Segment>,
    pub(crate) shelves: Shelves,
    /// Remote-config variables and their definitions.
    pub(crate) vars: Map<String, Value>,
    /// What writes have left behind.
    pub(crate) stored: Stored,
}

/// How much is generated.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sizes {
    pub(crate) campaigns: usize,
    pub(crate) profiles: usize,
    pub(crate) events: usize,
    pub(crate) customers: usize,
}

impl Account {
    /// Fails when the time zone is unknown.
    pub(crate) fn new(config: AccountConfig, seed: u64, clock: Clock, sizes: Sizes) -> std::io::Result<Self> {
        let zone = TimeZone::get(&config.timezone).map_err(|error| {
            let text = format!("account {}: {error}", config.project_id);
            std::io::Error::new(std::io::ErrorKind::InvalidInput, text)
        })?;
        let now = clock.now(&zone);
        let mut people = seed::people(sizes.profiles, sizes.events, seed, now, &zone);
        seed::customers(&mut people, sizes.customers, seed, now, &zone);
        Ok(Account {
            campaigns: seed::campaigns(sizes.campaigns, seed, now, &zone),
            people,
            uploads: 0,
            exports: Exports::new(&config.project_id),
            polls: Polls::default(),
            files: Uploads::default(),
            segments: Vec::new(),
            shelves: Shelves::default(),
            vars: Map::new(),
            stored: Stored::default(),
            config,
            zone,
            clock,
        })
    }

    pub(crate) fn now(&self) -> DateTime {
        self.clock.now(&self.zone)
    }

    /// A campaign by an id given as a number or as text.
    pub(crate) fn campaign(&self, id: &Value) -> Option<&Campaign> {
        let id = campaign_id(id)?;
        self.campaigns.iter().find(|campaign| campaign.id == id)
    }

    pub(crate) fn campaign_mut(&mut self, id: i64) -> Option<&mut Campaign> {
        self.campaigns.iter_mut().find(|campaign| campaign.id == id)
    }
}

pub(crate) fn campaign_id(id: &Value) -> Option<i64> {
    match id {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}
