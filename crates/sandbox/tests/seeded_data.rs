//! What the generated data promises to those who test against it.

mod support;

use std::collections::{BTreeMap, BTreeSet};

use clevertap_sandbox::{CampaignTruth, Config, Counts, PersonTruth};
use support::{Fixture, PROJECT, config};

fn day(campaign: &CampaignTruth) -> String {
    campaign.start[..10].to_owned()
}

#[tokio::test]
async fn the_same_seed_gives_the_same_data() {
    let first = Fixture::start().await;
    let second = Fixture::start().await;
    assert_eq!(first.campaigns(), second.campaigns());
    assert_eq!(first.state().events(PROJECT), second.state().events(PROJECT));
    let other = Fixture::with(Config { seed: 2, ..config() }).await;
    assert_ne!(first.campaigns(), other.campaigns());
    assert_eq!(first.state().profiles_count(PROJECT), 200);
    assert_eq!(first.state().events_count(PROJECT), 600);
}

#[tokio::test]
async fn campaigns_cover_channels_states_and_two_years() {
    let campaigns = Fixture::start().await.campaigns();
    assert_eq!(campaigns.len(), 400);
    let set = |f: fn(&CampaignTruth) -> &str| -> BTreeSet<String> {
        campaigns.iter().map(|campaign| f(campaign).to_owned()).collect()
    };
    assert_eq!(set(|c| &c.channel).len(), 14, "every channel");
    assert_eq!(set(|c| &c.delivery).len(), 7, "every delivery");
    let states = ["completed", "paused", "pending", "running", "scheduled", "stopped"];
    assert_eq!(set(|c| &c.status).into_iter().collect::<Vec<_>>(), states);
    assert_eq!(set(|c| &c.message_type).len(), 3);
    let ids: BTreeSet<_> = campaigns.iter().map(|campaign| campaign.id).collect();
    assert_eq!(ids.len(), 400, "ids are unique");
    // Epoch seconds of creation: noon of 2026-01-20 in Kolkata is 06:30 UTC.
    assert!(ids.iter().all(|id| *id < 1_768_890_600), "nothing was created in the future");
    let via_api = campaigns.iter().filter(|campaign| campaign.created_via_api).count();
    assert!((120..=140).contains(&via_api), "{via_api}");
    assert!(campaigns.first().is_some_and(|c| day(c).as_str() >= "2024-02-01"));
    assert!(campaigns.last().is_some_and(|c| day(c).as_str() > "2026-11-01"));
    assert_eq!(campaigns.iter().filter(|c| day(c).as_str() < "2025-01-20").count(), 20);
}

#[tokio::test]
async fn days_are_crowded_or_empty() {
    let campaigns = Fixture::start().await.campaigns();
    let mut starts: BTreeMap<&str, usize> = BTreeMap::new();
    for campaign in &campaigns {
        *starts.entry(&campaign.start).or_default() += 1;
    }
    assert!(starts.values().filter(|count| **count > 1).count() > 10, "same minute");
    // The gap from 301 to 281 days ago.
    let gap = |c: &&CampaignTruth| ("2025-03-25".."2025-04-15").contains(&&c.start[..10]);
    assert_eq!(campaigns.iter().filter(gap).count(), 0);
}

#[tokio::test]
async fn one_campaign_started_400_days_ago_and_has_numbers_today() {
    let campaigns = Fixture::start().await.campaigns();
    let known = campaigns.iter().find(|c| c.name == "Daily Streak Reminder | Push | Always on");
    let known = known.expect("the known campaign");
    assert_eq!(known.start, "2024-12-16T10:00:00");
    assert_eq!((known.status.as_str(), known.delivery.as_str()), ("running", "recurring"));
    assert!(known.daily.get(&20_260_120).is_some_and(|counts| counts.sent > 0));
    assert!(known.daily.len() < 400, "some days have no report");
    assert!(known.daily.values().any(|counts| *counts == Counts::default()), "some are zero");
    let older =
        campaigns.iter().filter(|c| c.start.as_str() < "2025-01-20" && c.daily.contains_key(&20_260_120));
    assert!(older.count() > 2, "several older ones still run");
}

#[tokio::test]
async fn numbers_are_possible() {
    for campaign in Fixture::start().await.campaigns() {
        let mut total = Counts::default();
        let start: i64 = day(&campaign).replace('-', "").parse().expect("a day");
        for (day, counts) in &campaign.daily {
            assert!(counts.clicked <= counts.viewed && counts.viewed <= counts.sent);
            assert!(start <= *day && *day <= 20_260_120, "{campaign:?}");
            assert!(campaign.end.is_none_or(|end| *day <= end));
            total.sent += counts.sent;
            total.viewed += counts.viewed;
            total.clicked += counts.clicked;
        }
        assert_eq!(total, campaign.total);
        if matches!(campaign.status.as_str(), "scheduled" | "pending") {
            assert!(campaign.daily.is_empty(), "{campaign:?}");
        }
    }
}

#[tokio::test]
async fn a_wrong_configuration_is_refused() {
    let zone = |zone: &str| {
        let mut config = config();
        config.accounts[0].timezone = zone.to_owned();
        config
    };
    assert!(clevertap_sandbox::Sandbox::start(zone("Europe/Atlantis")).await.is_err());
    assert!(clevertap_sandbox::Sandbox::start(zone("Europe/Berlin")).await.is_ok());
    let mut twice = config();
    twice.accounts.push(twice.accounts[0].clone());
    assert!(clevertap_sandbox::Sandbox::start(twice).await.is_err());
    let never = Config { today: Some((2026, 2, 30)), ..config() };
    assert!(clevertap_sandbox::Sandbox::start(never).await.is_err());
}

#[tokio::test]
async fn customers_come_on_top_and_each_signed_up_once() {
    let fixture = Fixture::with(Config { customers: 80, ..config() }).await;
    let (state, without) = (fixture.state(), Fixture::start().await);
    assert_eq!(state.profiles_count(PROJECT), 280);
    assert_eq!(
        state.events(PROJECT)[..600],
        without.state().events(PROJECT)[..],
        "the rest is as without them"
    );
    let people = state.people_of(PROJECT, "Signed Up");
    let identities: BTreeSet<_> = people.iter().filter_map(|person| person.identity.as_deref()).collect();
    assert_eq!((people.len(), identities.len()), (80, 80));
    assert_eq!(state.events(PROJECT).iter().filter(|event| event.name == "Signed Up").count(), 80);
    let with = |f: fn(&PersonTruth) -> bool| people.iter().filter(|person| f(person)).count();
    assert_eq!(with(|person| person.phone.is_some()), 40);
    assert_eq!(with(|person| person.email.as_ref().is_some_and(|email| email.contains('@'))), 50);
    assert_eq!(with(|person| person.properties.contains_key("Postcode")), 50);
    let query = serde_json::json!({ "event_name": "Signed Up", "from": 20_251_231, "to": 20_260_120 });
    assert_eq!(fixture.ok("/1/counts/profiles.json", query).await["count"], 80, "twenty days, from noon on");
}
