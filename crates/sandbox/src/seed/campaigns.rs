//! Generated campaigns: from 23 months ago to 11 months ahead, with days on
//! which several start at the same minute and weeks without any.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

use crate::campaign::{Campaign, Held};
use crate::channel::{Channel, Delivery};
use crate::clock::{days_between, epoch, shift};
use crate::rng::Rng;

/// How long ago the campaign started that every test knows: recurring, open
/// ended, with numbers today.
const KNOWN_DAYS_AGO: i64 = 400;

/// How many of the campaigns started more than a year ago.
const OLDER: usize = 20;

/// Stretches without a start, in days from today.
const GAPS: &[(i64, i64)] = &[(-301, -281), (-196, -180), (-101, -88), (62, 84), (190, 212)];

const THEMES: &[&str] = &[
    "Diwali Sale",
    "Cart Reminder",
    "Welcome Series",
    "Win-back",
    "Flash Friday",
    "New Arrivals",
    "Loyalty Points",
    "Price Drop",
    "Trial Ending",
    "Payment Due",
    "App Update",
    "Weekly Digest",
    "Referral Bonus",
    "Free Shipping",
    "Back in Stock",
    "Feature Tips",
    "Onboarding Step",
    "Review Request",
    "Monsoon Offers",
    "Year in Review",
];
const AUDIENCES: &[&str] =
    &["All Users", "VIP", "Lapsed 30d", "New Users", "Bengaluru", "iOS", "High LTV", "Trialists"];
const LABELS: &[&str] = &["onboarding", "retention", "promo", "transactional", "q1", "festive"];
const DEVICES: &[&[&str]] = &[&["Android", "iOS"], &["Android"], &["iOS"], &["Android", "iOS", "Web"]];
const GOALS: &[&str] = &["Charged", "Product Viewed", "Added To Cart"];

pub(crate) fn campaigns(count: usize, seed: u64, now: DateTime, zone: &TimeZone) -> Vec<Campaign> {
    let mut rng = Rng::of(seed, "campaigns");
    let mut ids = BTreeSet::new();
    let mut made: Vec<Campaign> = Vec::with_capacity(count);
    for index in 0..count {
        let start = match made.last() {
            _ if index == 0 => shift(now.date(), -KNOWN_DAYS_AGO).at(10, 0, 0, 0),
            // Every eighth starts at the very minute of the one before.
            Some(last) if index >= OLDER && index % 8 == 7 => last.start,
            _ => start(&mut rng, index, now.date()),
        };
        let mut campaign = campaign(&mut rng, index, start, now);
        // Created before it starts, and not in the future.
        campaign.id = id(&mut rng, start.min(now), zone, &mut ids);
        made.push(campaign);
    }
    made.sort_by_key(|campaign| (campaign.start, campaign.id));
    made
}

fn start(rng: &mut Rng, index: usize, today: Date) -> DateTime {
    let offset = loop {
        let offset = match index {
            0..OLDER => -rng.between(370, 690),
            // The neighbourhood of today is never empty.
            20..36 => rng.between(-6, 6),
            _ if rng.chance(0.78) => -rng.between(0, 364),
            _ => rng.between(1, 334),
        };
        if !GAPS.iter().any(|(first, last)| (*first..=*last).contains(&offset)) {
            break offset;
        }
    };
    let (hour, minute) = (rng.between(6, 21), rng.pick(&[0, 0, 0, 15, 30, 30, 45, 5]));
    shift(today, offset).at(i8::try_from(hour).unwrap_or(9), minute, 0, 0)
}

/// Ids look like the epoch seconds of creation ([INF], section 12.1).
fn id(rng: &mut Rng, before: DateTime, zone: &TimeZone, ids: &mut BTreeSet<i64>) -> i64 {
    let mut id = epoch(before, zone) - rng.between(3_600, 20 * 86_400);
    while !ids.insert(id) {
        id += 1;
    }
    id
}

fn campaign(rng: &mut Rng, index: usize, start: DateTime, now: DateTime) -> Campaign {
    let known = index == 0;
    let via_api = !known && index.is_multiple_of(3);
    let channel = if known { Channel::Push } else { channel(rng, via_api) };
    let delivery = if known { Delivery::Recurring } else { delivery(rng, via_api, index < OLDER) };
    let end = if known { None } else { end(rng, delivery, start, now.date(), index < OLDER) };
    let held = if known { None } else { held(rng, start, end, now) };
    Campaign {
        id: 0,
        name: name(rng, index, channel),
        channel,
        delivery,
        message_type: rng.pick(&["single", "single", "single", "ab", "message_on_user_property"]),
        via_api,
        start,
        end,
        held,
        labels: labels(rng),
        devices: rng.pick(DEVICES).to_vec(),
        conversion_event: rng.chance(0.6).then(|| rng.pick(GOALS).to_owned()),
        volume: u64::try_from(rng.between(40, 6_000)).unwrap_or(40),
        added: BTreeMap::new(),
    }
}

fn channel(rng: &mut Rng, via_api: bool) -> Channel {
    let usual = [
        Channel::Push,
        Channel::Push,
        Channel::Email,
        Channel::Email,
        Channel::Sms,
        Channel::InApp,
        Channel::WhatsApp,
        Channel::Browser,
    ];
    let all: Vec<_> = Channel::all().filter(|channel| !via_api || channel.has_target_mode()).collect();
    let pick = if rng.chance(0.6) { rng.pick(&usual) } else { rng.pick(&all) };
    if via_api && !pick.has_target_mode() { Channel::Push } else { pick }
}

fn delivery(rng: &mut Rng, via_api: bool, older: bool) -> Delivery {
    if older && rng.chance(0.5) {
        return Delivery::Recurring;
    }
    if via_api {
        return rng.pick(&[Delivery::OneTime, Delivery::OneTime, Delivery::Recurring, Delivery::Api]);
    }
    rng.pick(&[
        Delivery::OneTime,
        Delivery::OneTime,
        Delivery::OneTime,
        Delivery::Recurring,
        Delivery::Action,
        Delivery::Inaction,
        Delivery::PropertyTime,
        Delivery::Api,
        Delivery::MultipleDates,
    ])
}

/// The last day. Some that started over a year ago still run.
fn end(rng: &mut Rng, delivery: Delivery, start: DateTime, today: Date, older: bool) -> Option<Date> {
    let day = start.date();
    match delivery {
        Delivery::OneTime => Some(day),
        Delivery::MultipleDates => Some(shift(day, rng.between(2, 9))),
        _ if older && rng.chance(0.4) => None,
        _ if older => Some(shift(day, rng.between(20, days_between(day, today).max(21)))),
        _ => rng.chance(0.7).then(|| shift(day, rng.between(5, 120))),
    }
}

fn held(rng: &mut Rng, start: DateTime, end: Option<Date>, now: DateTime) -> Option<Held> {
    if now < start {
        return match rng.below(10) {
            0 | 1 => Some(Held::Pending),
            2 => Some(Held::Paused(now.date())),
            3 => Some(Held::Stopped(now.date())),
            _ => None,
        };
    }
    let last = end.map_or(now.date(), |end| end.min(now.date()));
    let day = shift(start.date(), rng.between(0, days_between(start.date(), last).max(0)));
    let running = end.is_none_or(|end| end >= now.date());
    match rng.below(20) {
        0 | 1 => Some(Held::Stopped(day)),
        2 | 3 if running => Some(Held::Paused(day)),
        _ => None,
    }
}

fn name(rng: &mut Rng, index: usize, channel: Channel) -> String {
    let theme = rng.pick(THEMES);
    let audience = rng.pick(AUDIENCES);
    match index {
        0 => "Daily Streak Reminder | Push | Always on".to_owned(),
        // What a name may hold: quotes, umlauts, emoji, no ASCII at all.
        40 => "\"Grüße\" & Angebote <Märkte> 🎉".to_owned(),
        41 => "दिवाली ऑफर".to_owned(),
        _ => format!("{theme} | {} | {audience} #{index}", channel.text()),
    }
}

fn labels(rng: &mut Rng) -> Vec<String> {
    let mut labels: Vec<_> = (0..rng.below(3)).map(|_| rng.pick(LABELS).to_owned()).collect();
    labels.sort();
    labels.dedup();
    labels
}
