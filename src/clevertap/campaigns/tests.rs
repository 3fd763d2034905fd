//! The walk against an account whose campaigns are known: every page size gives the same list.

use std::time::Duration;

use serde_json::{Value, json};

use super::super::account::{Account, Connection};
use super::super::client::{Session, Trace};
use super::super::time::{Day, add_days, day_digits, day_from_digits, day_iso, days_inclusive};
use super::*;
use crate::model::{Campaign, Error, Page};
use crate::testing::{FakeHost, Reply, Sent, connection};

/// Day of [`crate::testing::START_UNIX_MS`] in India.
fn today() -> Day {
    day_from_digits("20260301").unwrap()
}

/// A campaign of the fake account: days from today, hour, id, whether the API list knows it.
#[derive(Clone)]
struct Known {
    day: Day,
    hour: u8,
    id: u64,
    api: bool,
    start: Option<String>,
}

fn known() -> Vec<Known> {
    let mut all = Vec::new();
    for (place, offset) in
        [300i64, 200, 40, 3, 1, 0, 0, 0, -1, -1, -2, -9, -60, -61, -62, -62, -62, -63, -200, -364]
            .into_iter()
            .enumerate()
    {
        let id = 1000 + place as u64;
        all.push(Known {
            day: add_days(today(), offset),
            hour: (place % 3) as u8 * 5,
            id,
            api: place % 3 == 0,
            start: None,
        });
    }
    // Two at the same minute, and ids of different lengths.
    all.push(Known { day: add_days(today(), -2), hour: 5, id: 9, api: false, start: None });
    all.push(Known { day: add_days(today(), -2), hour: 5, id: 10, api: true, start: None });
    all
}

fn day_arg(value: &Value) -> Day {
    let digits = value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned);
    day_from_digits(&digits).unwrap()
}

/// Answers both lists. The report takes `ms_a_day` for each day that `slow` says is slow.
fn account_of(campaigns: Vec<Known>, ms_a_day: u64, slow: fn(Day) -> bool) -> FakeHost {
    FakeHost::answering(move |sent: &Sent| {
        let body = sent.json();
        let (from, to) = (day_arg(&body["from"]), day_arg(&body["to"]));
        let inside = |known: &&Known| from <= known.day && known.day <= to;
        match sent.path() {
            "/1/targets/list.json" => {
                assert!(days_inclusive(from, to) <= 31);
                let targets: Vec<_> = campaigns
                    .iter()
                    .filter(inside)
                    .filter(|known| known.api)
                    .map(|known| json!({"id": known.id, "name": format!("c{}", known.id), "status": "running",
                        "scheduled_on": format!("{}{:02}00", day_digits(known.day), known.hour).parse::<u64>().unwrap()}))
                    .collect();
                Reply::json(200, &json!({"status": "success", "targets": targets}))
            }
            "/1/message/report.json" => {
                let mut cost = 0;
                let mut day = from;
                while day <= to {
                    cost += if slow(day) { ms_a_day } else { 0 };
                    day = add_days(day, 1);
                }
                let messages: Vec<_> = campaigns
                    .iter()
                    .filter(inside)
                    .map(|known| json!({"message id": known.id, "message_name": format!("c{}", known.id), "channel": "Push",
                        "status": "running", "delivery": "one_time",
                        "start_date": known.start.clone().unwrap_or_else(|| format!("{} {:02}:00:00", day_iso(known.day), known.hour)),
                        "data": [{"sent": 10, "viewed": 5, "clicked": 1}]}))
                    .collect();
                Reply::json(200, &json!({"status": "success", "messages": messages}))
                    .after(Duration::from_millis(cost))
            }
            other => panic!("unexpected {other}"),
        }
    })
}

fn open() -> Account {
    Account::open(Connection { timezone: Some("Asia/Kolkata".into()), ..connection() }).unwrap()
}

fn query(limit: u16) -> CampaignQuery {
    CampaignQuery {
        cursor: None,
        limit,
        scheduled: Period::default(),
        statuses: Vec::new(),
        channels: Vec::new(),
        name: None,
        source: Source::All,
        include_remote: false,
    }
}

fn page(host: &FakeHost, account: &Account, query: &CampaignQuery) -> Result<Page<Campaign>, Error> {
    host.run(async {
        let session = Session::open(host, account, Trace::default());
        list(&session, query).await
    })
}

fn walk(host: &FakeHost, mut query: CampaignQuery) -> (Vec<String>, Vec<usize>) {
    let account = open();
    let (mut ids, mut sizes) = (Vec::new(), Vec::new());
    for _ in 0..2000 {
        let page = page(host, &account, &query).unwrap();
        assert!(page.items.len() <= usize::from(query.limit));
        assert!(!page.items.is_empty() || page.partial || page.next_cursor.is_none(), "empty in the middle");
        sizes.push(page.items.len());
        ids.extend(page.items.into_iter().map(|campaign| campaign.remote_id));
        match page.next_cursor {
            Some(cursor) => query.cursor = Some(cursor),
            None => return (ids, sizes),
        }
    }
    panic!("the walk does not end");
}

fn expected() -> Vec<String> {
    let mut all = known();
    all.sort_by_key(|known| (known.day, known.hour, known.id));
    all.iter().rev().map(|known| known.id.to_string()).collect()
}

#[test]
fn every_page_size_gives_the_same_list() {
    for limit in [1, 2, 3, 7, 500] {
        for ms_a_day in [0, 870] {
            let host = account_of(known(), ms_a_day, |day| day <= today());
            let (ids, sizes) = walk(&host, query(limit));
            assert_eq!(ids, expected(), "limit {limit}, {ms_a_day} ms a day");
            assert!(sizes[0] > 0, "clients take the first item of the first page");
        }
    }
}

#[test]
fn a_slow_future_comes_last_and_nothing_is_lost() {
    for limit in [1, 7, 500] {
        let host = account_of(known(), 870, |_| true);
        let account = open();
        let first = page(&host, &account, &query(limit)).unwrap();
        assert!(!first.items.is_empty());
        assert!(first.warnings.iter().any(|warning| warning.code == "future_last"));
        let (mut ids, _) = walk(&host, query(limit));
        let mut all = expected();
        let started = all.split_off(5);
        let tail = ids.split_off(started.len());
        assert_eq!((ids, tail), (started, all), "limit {limit}");
    }
}

#[test]
fn starts_that_cannot_be_read_are_placed_by_their_day() {
    let mut campaigns = known();
    for campaign in &mut campaigns {
        if !campaign.api && campaign.id % 2 == 0 {
            campaign.start = Some("some day".to_owned());
        }
    }
    let sets: Vec<Vec<String>> = [1, 7, 500]
        .into_iter()
        .map(|limit| walk(&account_of(campaigns.clone(), 0, |_| false), query(limit)).0)
        .collect();
    assert_eq!(sets[0].len(), known().len());
    assert_eq!(sets[0], sets[1]);
    assert_eq!(sets[0], sets[2]);
}

#[test]
fn sources_and_filters() {
    let host = account_of(known(), 0, |_| false);
    let api = walk(&host, CampaignQuery { source: Source::Api, ..query(7) }).0;
    let dashboard = walk(&host, CampaignQuery { source: Source::Dashboard, ..query(7) }).0;
    assert_eq!(api.len() + dashboard.len(), known().len());
    assert!(host.sent().iter().any(|sent| sent.path() == "/1/targets/list.json"));
    let named = walk(&host, CampaignQuery { name: Some("C100".into()), ..query(7) }).0;
    assert_eq!(named.len(), 10);
    let scheduled = Period { start: Some("2026-02-27".into()), end: Some("2026-03-01".into()) };
    assert_eq!(walk(&host, CampaignQuery { scheduled, ..query(2) }).0.len(), 5);
    let none = walk(&host, CampaignQuery { statuses: vec![crate::model::Status::Paused], ..query(7) }).0;
    assert!(none.is_empty());
}

#[test]
fn the_fast_list_alone_asks_for_no_report() {
    let host = account_of(known(), 870, |_| true);
    walk(&host, CampaignQuery { source: Source::Api, ..query(500) });
    assert!(host.sent().iter().all(|sent| sent.path() == "/1/targets/list.json"));
}

#[test]
fn a_day_that_does_not_fit_is_a_named_error() {
    let host = account_of(known(), 60_000, |_| true);
    let account = open();
    let mut query = query(1);
    let mut errors = Vec::new();
    for _ in 0..20 {
        match page(&host, &account, &query) {
            Ok(page) => {
                assert!(page.items.is_empty() && page.partial);
                query.cursor = page.next_cursor;
            }
            Err(error) => {
                errors.push(error.to_string());
                break;
            }
        }
    }
    assert!(
        errors.first().is_some_and(
            |error| error.contains("single day 20260301") && error.contains("raise the deadline")
        ),
        "{errors:?}"
    );
}

#[test]
fn without_a_zone_instants_are_placed_by_their_day_and_nothing_is_lost() {
    // Epoch seconds of 03:00 and 01:00 in India on one day: the day before, in UTC.
    let mut campaigns = known();
    for (place, campaign) in campaigns.iter_mut().enumerate() {
        let midnight = super::super::time::Zone::named("Asia/Kolkata").unwrap().day_start(campaign.day);
        campaign.start = Some((midnight + 3600 * (place as i64 % 3)).to_string());
        campaign.api = false;
    }
    let sets: Vec<Vec<String>> = [1, 7, 500]
        .into_iter()
        .map(|limit| {
            let host = account_of(campaigns.clone(), 0, |_| false);
            let account = Account::open(connection()).unwrap();
            let (mut ids, mut query) = (Vec::new(), query(limit));
            for _ in 0..200 {
                let page = page(&host, &account, &query).unwrap();
                ids.extend(page.items.into_iter().map(|campaign| campaign.remote_id));
                query.cursor = page.next_cursor;
                if query.cursor.is_none() {
                    break;
                }
            }
            ids
        })
        .collect();
    assert_eq!(sets[0].len(), known().len());
    assert_eq!(sets[0], sets[1]);
    assert_eq!(sets[0], sets[2]);
}

#[test]
fn one_unreadable_start_does_not_stop_the_fast_list() {
    let host = FakeHost::answering(|sent: &Sent| {
        let body = sent.json();
        let (from, to) = (day_arg(&body["from"]), day_arg(&body["to"]));
        let odd = from <= today() && today() <= to;
        let targets = if odd { json!([{"id": 1, "scheduled_on": "whenever"}]) } else { json!([]) };
        Reply::json(200, &json!({"status": "success", "targets": targets})).after(Duration::from_millis(900))
    });
    let (ids, _) = walk(&host, CampaignQuery { source: Source::Api, ..query(50) });
    assert_eq!(ids, ["1"]);
}

#[test]
fn a_future_that_is_refused_in_one_piece_comes_last() {
    let inner = known();
    let host = FakeHost::answering(move |sent: &Sent| {
        let body = sent.json();
        let (from, to) = (day_arg(&body["from"]), day_arg(&body["to"]));
        if sent.path() == "/1/message/report.json" && days_inclusive(from, to) > 31 {
            return Reply::json(
                400,
                &json!({"status": "fail", "error": "Date range too large", "code": 400}),
            );
        }
        let messages: Vec<_> = inner
            .iter()
            .filter(|known| from <= known.day && known.day <= to)
            .map(|known| json!({"message id": known.id, "start_date": format!("{} {:02}:00:00", day_iso(known.day), known.hour)}))
            .collect();
        Reply::json(200, &json!({"status": "success", "messages": messages, "targets": []}))
    });
    let (mut ids, _) = walk(&host, query(7));
    let mut all = expected();
    ids.sort();
    all.sort();
    assert_eq!(ids, all);
}

#[test]
fn a_cursor_fits_its_filters_only() {
    let host = account_of(known(), 0, |_| false);
    let account = open();
    let cursor = page(&host, &account, &query(1)).unwrap().next_cursor;
    assert!(cursor.is_some());
    let other = CampaignQuery { cursor: cursor.clone(), name: Some("x".into()), ..query(1) };
    assert!(page(&host, &account, &other).unwrap_err().to_string().contains("other filters"));
    let same = CampaignQuery { cursor, ..query(500) };
    assert_eq!(page(&host, &account, &same).unwrap().items.len(), known().len() - 1, "the limit may change");
}

#[test]
fn get_costs_one_window_by_our_id_and_a_search_by_theirs() {
    let account = open();
    let get_one = |host: &FakeHost, id: &str| {
        host.run(async { get(&Session::open(host, &account, Trace::default()), id, None, false).await })
    };
    let host = account_of(known(), 870, |day| day <= today());
    let listed = page(&host, &account, &query(500)).unwrap().items;
    for campaign in &listed {
        let host = account_of(known(), 870, |day| day <= today());
        assert_eq!(&get_one(&host, &campaign.id).unwrap(), campaign);
        assert_eq!(host.sent().len(), 2, "one window of both lists");
    }
    let host = account_of(known(), 0, |_| false);
    assert_eq!(get_one(&host, "1003").unwrap().remote_id, "1003");
    assert_eq!(get_one(&host, "1004").unwrap().remote_id, "1004");
    assert!(matches!(get_one(&host, "424242"), Err(Error::NotFound { .. })));
    assert!(matches!(get_one(&host, "api-20260101-424242"), Err(Error::NotFound { .. })));
}

#[test]
fn a_search_that_takes_too_long_can_be_resumed() {
    let account = open();
    let host = account_of(known(), 870, |day| day <= today());
    let mut resume = None;
    for _ in 0..50 {
        let session_result = host.run(async {
            get(&Session::open(&host, &account, Trace::default()), "1019", resume.as_deref(), false).await
        });
        match session_result {
            Ok(campaign) => {
                assert_eq!(campaign.remote_id, "1019");
                assert!(resume.is_some(), "364 days do not fit into one deadline");
                return;
            }
            Err(Error::NotReady { cursor, .. }) => {
                assert_ne!(cursor, resume, "it gets on");
                resume = cursor;
            }
            Err(error) => panic!("{error}"),
        }
    }
    panic!("never found");
}
