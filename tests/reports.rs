//! Reports through service.wasm, against the sandbox's own daily numbers.

use std::collections::BTreeMap;

use clevertap_sandbox::{CampaignTruth, DailyShape, NotReady, Variants};
use component_tests::{ACCOUNT, PROJECT, UNIFIED, World};
use serde_json::Value;

fn reports(query: &str) -> String {
    format!("{UNIFIED}/reports?{query}")
}

/// `YYYY-MM-DD` of a day that is a number.
fn iso(day: i64) -> String {
    format!("{:04}-{:02}-{:02}", day / 10_000, day / 100 % 100, day % 100)
}

/// Campaigns that count today: a 400 days old one is among them.
fn by_id(world: &World) -> BTreeMap<String, CampaignTruth> {
    world.state().campaigns(PROJECT).into_iter().map(|campaign| (campaign.id.to_string(), campaign)).collect()
}

fn check_days(world: &World, rows: &[Value], first: i64, last: i64) {
    let truth = by_id(world);
    let mut seen = BTreeMap::new();
    for row in rows {
        let id = row["campaign"]["remote_id"].as_str().expect("an id").to_owned();
        let day = row["window"]["day"].as_str().expect("a day").to_owned();
        let known = truth[&id].daily.iter().find(|(known, _)| iso(**known) == day);
        let (_, counts) = known.unwrap_or_else(|| panic!("{id} has no numbers on {day}"));
        assert_eq!(
            (&row["counts"]["sent"], &row["counts"]["clicks"]),
            (&counts.sent.into(), &counts.clicked.into()),
            "{id} {day}"
        );
        assert!(seen.insert((id, day), ()).is_none(), "a day comes once");
    }
    let expected = truth
        .values()
        .flat_map(|campaign| campaign.daily.keys())
        .filter(|day| (first..=last).contains(*day))
        .count();
    assert_eq!(seen.len(), expected);
}

pub(crate) async fn days_of_a_period_are_the_sandboxs_also_of_old_campaigns() {
    let world = World::start().await;
    let today = world.state().today(PROJECT).expect("a day");
    let query = format!("granularity=day&start_at%5Bgte%5D={}", iso(today));
    for shape in [DailyShape::DatedObjects, DailyShape::DatedMap] {
        world.state().set_variants(Variants { daily: shape, ..Variants::default() });
        let rows = world.walk(&reports(&query), 7).await;
        check_days(&world, &rows, today, today);
        let old = by_id(&world)
            .into_values()
            .find(|campaign| campaign.name.starts_with("Daily Streak Reminder"))
            .expect("the old campaign");
        assert!(
            rows.iter().any(|row| row["campaign"]["remote_id"].as_str() == Some(&old.id.to_string())),
            "started 400 days ago, counts today"
        );
    }
}

pub(crate) async fn every_page_size_and_granularity_adds_up() {
    let world = World::start().await;
    let today = iso(world.state().today(PROJECT).expect("a day"));
    let year: i64 = today.get(0..4).and_then(|year| year.parse().ok()).expect("a year");
    let period = format!("start_at[gte]={}-01-01&start_at[lt]={}", year, today);
    let sent = |rows: &[Value]| -> u64 { rows.iter().filter_map(|row| row["counts"]["sent"].as_u64()).sum() };
    let days = world.walk(&reports(&format!("granularity=day&{period}")), 500).await;
    let expected: u64 = by_id(&world)
        .values()
        .flat_map(|campaign| campaign.daily.iter())
        .filter(|(day, _)| iso(**day) >= format!("{year}-01-01") && iso(**day) < today)
        .map(|(_, counts)| counts.sent)
        .sum();
    assert_eq!(sent(&days), expected);
    for granularity in ["week", "month", "total"] {
        let rows = world.walk(&reports(&format!("granularity={granularity}&{period}")), 100).await;
        assert_eq!(sent(&rows), expected, "{granularity}");
    }
}

pub(crate) async fn totals_rates_and_what_is_not_said() {
    let world = World::start().await;
    let truth = by_id(&world);
    let rows = world.walk(&reports("granularity=total"), 100).await;
    assert!(rows.len() > 150);
    for row in &rows {
        let known = &truth[row["campaign"]["remote_id"].as_str().expect("an id")];
        if known.total.sent > 0 {
            assert_eq!(row["counts"]["sent"], known.total.sent);
            assert_eq!(row["rates"]["rate_denominators"]["click_rate"], "sent");
        }
        assert!(
            row["counts"]["delivered"].is_null() && row["counts"]["conversions"].is_null(),
            "not said, so not zero"
        );
    }
    world.state().set_variants(Variants { rich_report: true, ..Variants::default() });
    let rich = world.walk(&reports("granularity=total"), 100).await;
    assert!(rich.iter().any(|row| row["counts"]["delivered"].is_u64()
        && row["rates"]["rate_denominators"]["click_rate"] == "delivered"));
    assert!(rich.iter().any(|row| row["counts"]["conversion_value"].is_number()));
}

pub(crate) async fn unknown_shapes_are_null_with_a_warning() {
    let world = World::start().await;
    let today = iso(world.state().today(PROJECT).expect("a day"));
    for daily in [DailyShape::ArrayOfArrays, DailyShape::Unrecognised] {
        world.state().set_variants(Variants { daily, ..Variants::default() });
        let page = world
            .client
            .get(&format!(
                "{}&integrated_account_id={ACCOUNT}",
                reports(&format!("granularity=day&limit=5&start_at[gte]={today}"))
            ))
            .await
            .ok();
        let rows = page["result"].as_array().expect("rows");
        assert!(
            rows.iter().any(|row| row["status"] == "unrecognised" && row["counts"]["sent"].is_null()),
            "{page}"
        );
        let warned = page["meta"]["warnings"]
            .as_array()
            .expect("warnings")
            .iter()
            .any(|warning| warning["code"] == "unrecognised_report_shape");
        assert!(warned, "{page}");
    }
}

pub(crate) async fn not_ready_is_a_row_in_all_four_forms() {
    let world = World::start().await;
    for not_ready in [NotReady::Fail, NotReady::SuccessWithError, NotReady::NoResult, NotReady::Conflict] {
        world.state().set_variants(Variants {
            not_ready,
            report_without_api_campaigns: true,
            ..Variants::default()
        });
        let future: Vec<String> = by_id(&world)
            .into_values()
            .filter(|campaign| campaign.created_via_api && campaign.daily.is_empty())
            .map(|campaign| {
                format!("api-{}-{}", campaign.start.get(0..10).expect("a date").replace('-', ""), campaign.id)
            })
            .take(3)
            .collect();
        let rows =
            world.walk(&reports(&format!("granularity=total&campaign_id={}", future.join(","))), 500).await;
        let pending: Vec<_> = rows.iter().filter(|row| row["status"] == "pending").collect();
        assert!(!pending.is_empty(), "{not_ready:?}");
        for row in pending {
            assert!(
                row["counts"]["sent"].is_null() && row["rates"]["click_rate"].is_null(),
                "{not_ready:?} {row}"
            );
        }
    }
}

pub(crate) async fn counted_from_events_is_labelled_an_estimate() {
    let world = World::start().await;
    let old = by_id(&world)
        .into_values()
        .find(|campaign| campaign.name.starts_with("Daily Streak Reminder"))
        .expect("the old campaign");
    world.state().set_variants(Variants { req_id_as_text: true, ..Variants::default() });
    let day = old.start.get(0..10).expect("a date").replace('-', "");
    let query = reports(&format!(
        "basis=events&granularity=day&campaign_id=msg-{day}-{}&integrated_account_id={ACCOUNT}",
        old.id
    ));
    let page = world.client.get(&query).await.ok();
    let rows = page["result"].as_array().expect("rows");
    assert!(!rows.is_empty(), "{page}");
    for row in rows {
        assert_eq!((&row["status"], &row["basis"]), (&"estimated".into(), &"events".into()));
        let day = row["window"]["day"].as_str().expect("a day");
        let (_, counts) =
            old.daily.iter().find(|(known, _)| iso(**known) == day).expect("a day of the campaign");
        assert_eq!(row["counts"]["sent"], counts.sent);
    }
}

pub(crate) async fn bad_queries_say_what_would_be_accepted() {
    let world = World::start().await;
    for (query, word) in [
        ("granularity=hour", "month"),
        ("metrics=foo", "sent"),
        ("group_by=moon", "campaign"),
        ("start_at[gte]=2026-02-01&start_at[lt]=2026-01-01", "end"),
        ("basis=tea", "events"),
        ("basis=events", "one campaign at a time"),
        ("campaign_id=x", "accepted are"),
        ("timezone=Europe/Berlin", "Asia/Kolkata"),
    ] {
        let answer = world.client.get(&format!("{}&integrated_account_id={ACCOUNT}", reports(query))).await;
        assert_eq!(answer.status, 400, "{query}: {:?}", answer.json());
        assert!(
            answer.json()["message"].as_str().expect("a message").contains(word),
            "{query}: {}",
            answer.json()
        );
    }
}
