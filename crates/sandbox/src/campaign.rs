//! A campaign: when it runs, in which state it is, its numbers day by day.

use std::collections::BTreeMap;

use jiff::civil::{Date, DateTime};
use serde::{Deserialize, Serialize};

use crate::channel::{Channel, Delivery};
use crate::clock::{packed_day, shift};
use crate::rng::{hash, unit};

/// The plain numbers of a campaign or of one of its days.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Messages sent.
    pub sent: u64,
    /// Never more than `sent`.
    pub viewed: u64,
    /// Never more than `viewed`.
    pub clicked: u64,
}

impl Counts {
    pub(crate) fn add(&mut self, other: Counts) {
        self.sent += other.sent;
        self.viewed += other.viewed;
        self.clicked += other.clicked;
    }
}

/// What the sandbox knows to be true of a campaign, whatever form its answers
/// give it. Tests compare with this.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CampaignTruth {
    /// CleverTap's id.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// As reports write it: "Push", "Web Popup", …
    pub channel: String,
    /// As report filters write it: `push`, `web_pop_up`, …
    pub channel_key: String,
    /// `one_time`, `recurring`, …
    pub delivery: String,
    /// `scheduled`, `pending`, `running`, `paused`, `stopped`, `completed`.
    pub status: String,
    /// `single`, `ab`, `message_on_user_property`.
    pub message_type: String,
    /// Its labels.
    pub labels: Vec<String>,
    /// The event that counts as its conversion.
    pub conversion_event: Option<String>,
    /// Local time in the project's zone, `yyyy-mm-ddThh:mm:ss`.
    pub start: String,
    /// The last day on which it can have numbers, `yyyymmdd`; `None`: open.
    pub end: Option<i64>,
    /// Whether it was created through the API.
    pub created_via_api: bool,
    /// Its numbers by day, `yyyymmdd`; days without a report are absent.
    pub daily: BTreeMap<i64, Counts>,
    /// The sum of `daily`.
    pub total: Counts,
}

/// Where a campaign stands whose course somebody has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Held {
    /// Waits for approval.
    Pending,
    /// Since the day.
    Paused(Date),
    /// Since the day.
    Stopped(Date),
}

#[derive(Debug, Clone)]
pub(crate) struct Campaign {
    pub(crate) id: i64,
    pub(crate) name: String,
    pub(crate) channel: Channel,
    pub(crate) delivery: Delivery,
    pub(crate) message_type: &'static str,
    pub(crate) via_api: bool,
    pub(crate) start: DateTime,
    /// The last day; `None` goes on until somebody stops it.
    pub(crate) end: Option<Date>,
    pub(crate) held: Option<Held>,
    pub(crate) labels: Vec<String>,
    pub(crate) devices: Vec<&'static str>,
    pub(crate) conversion_event: Option<String>,
    /// How many messages a day brings, roughly.
    pub(crate) volume: u64,
    /// What sends and triggers through the API have added.
    pub(crate) added: BTreeMap<Date, Counts>,
}

impl Campaign {
    /// The status words of section 12.3 ([3P] S:crewm, S:unified).
    pub(crate) fn status(&self, now: DateTime) -> &'static str {
        match self.held {
            Some(Held::Stopped(_)) => "stopped",
            Some(Held::Paused(_)) => "paused",
            Some(Held::Pending) => "pending",
            None if now < self.start => "scheduled",
            None if self.end.is_some_and(|end| end < now.date()) => "completed",
            None => "running",
        }
    }

    /// The first and the last day that can have numbers by now.
    pub(crate) fn active_days(&self, today: Date) -> Option<(Date, Date)> {
        let first = self.start.date();
        let mut last = self.end.map_or(today, |end| end.min(today));
        match self.held {
            Some(Held::Pending) => return None,
            Some(Held::Paused(day) | Held::Stopped(day)) => last = last.min(day),
            None => {}
        }
        (first <= last).then_some((first, last))
    }

    /// The numbers of one day: a tenth of the days has none, some are zero.
    pub(crate) fn on(&self, day: Date, today: Date) -> Option<Counts> {
        let added = self.added.get(&day).copied();
        let Some((first, last)) = self.active_days(today) else {
            return added;
        };
        if day < first || last < day {
            return added;
        }
        let seed = self.id.unsigned_abs();
        let bits = hash(seed, &packed_day(day).to_le_bytes());
        let kind = unit(bits);
        if day != first && kind < 0.10 && day != today {
            return added;
        }
        let mut counts = Counts::default();
        if day == first || day == today || kind >= 0.13 {
            let share = |from: f64, span: f64, salt: u64| from + span * unit(hash(salt, &bits.to_le_bytes()));
            counts.sent = scaled(self.volume, share(0.6, 0.8, 1));
            counts.viewed = scaled(counts.sent, share(0.15, 0.5, 2));
            counts.clicked = scaled(counts.viewed, share(0.02, 0.2, 3));
        }
        counts.add(added.unwrap_or_default());
        Some(counts)
    }

    pub(crate) fn daily(&self, today: Date) -> BTreeMap<Date, Counts> {
        let mut daily = BTreeMap::new();
        let (mut day, last) = match (self.active_days(today), self.added_span()) {
            (None, None) => return daily,
            (Some(span), None) | (None, Some(span)) => span,
            (Some(a), Some(b)) => (a.0.min(b.0), a.1.max(b.1)),
        };
        while day <= last {
            if let Some(counts) = self.on(day, today) {
                daily.insert(day, counts);
            }
            let next = shift(day, 1);
            if next == day {
                break;
            }
            day = next;
        }
        daily
    }

    pub(crate) fn total(&self, today: Date) -> Counts {
        let mut total = Counts::default();
        for counts in self.daily(today).into_values() {
            total.add(counts);
        }
        total
    }

    pub(crate) fn truth(&self, now: DateTime) -> CampaignTruth {
        let daily = self.daily(now.date());
        CampaignTruth {
            id: self.id,
            name: self.name.clone(),
            channel: self.channel.text().to_owned(),
            channel_key: self.channel.key().to_owned(),
            delivery: self.delivery.key().to_owned(),
            status: self.status(now).to_owned(),
            message_type: self.message_type.to_owned(),
            labels: self.labels.clone(),
            conversion_event: self.conversion_event.clone(),
            start: self.start.strftime("%Y-%m-%dT%H:%M:%S").to_string(),
            end: self.end.map(packed_day),
            created_via_api: self.via_api,
            total: self.total(now.date()),
            daily: daily.into_iter().map(|(day, counts)| (packed_day(day), counts)).collect(),
        }
    }

    fn added_span(&self) -> Option<(Date, Date)> {
        Some((*self.added.first_key_value()?.0, *self.added.last_key_value()?.0))
    }
}

/// `share` of `whole`, rounded down, never more than `whole` allows.
pub(crate) fn scaled(whole: u64, share: f64) -> u64 {
    (whole as f64 * share) as u64
}
