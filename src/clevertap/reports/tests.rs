//! Reports against an account whose numbers are known.

use std::cell::RefCell;
use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::super::account::{Account, Connection};
use super::super::campaigns::Period;
use super::super::client::{Session, Trace};
use super::super::time::{Day, add_days, day_digits, day_from_digits, day_iso};
use super::*;
use crate::model::{Basis, Error, Granularity, Page, ReportRow, RowStatus};
use crate::testing::{FakeHost, Reply, Sent, connection};

fn today() -> Day {
    day_from_digits("20260301").unwrap()
}

fn day_arg(value: &Value) -> Day {
    day_from_digits(&value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned)).unwrap()
}

/// A recurring campaign that started 400 days ago and counts every day but one, and one of today.
fn host() -> FakeHost {
    host_with(|_, _| None)
}

fn series(start: Day, skip: Day) -> Vec<Value> {
    let mut days = Vec::new();
    let mut day = start;
    while day <= today() {
        if day != skip {
            days.push(json!({"date": day_digits(day), "sent": 10, "viewed": 4, "clicked": if day == today() { 0 } else { 1 }}));
        }
        day = add_days(day, 1);
    }
    days
}

fn host_with(overrides: fn(&str, &Value) -> Option<Reply>) -> FakeHost {
    FakeHost::answering(move |sent: &Sent| {
        let body = sent.json();
        if let Some(reply) = overrides(sent.path(), &body) {
            return reply;
        }
        let old = add_days(today(), -400);
        match sent.path() {
            "/1/targets/list.json" => {
                let inside = day_arg(&body["from"]) <= today() && today() <= day_arg(&body["to"]);
                let targets = if inside {
                    vec![
                        json!({"id": 5, "name": "api", "scheduled_on": 202603010900u64, "status": "completed"}),
                    ]
                } else {
                    vec![]
                };
                Reply::json(200, &json!({"status": "success", "targets": targets}))
            }
            "/1/message/report.json" => {
                let (from, to) = (day_arg(&body["from"]), day_arg(&body["to"]));
                let daily = body["daily"] == json!(true);
                let mut messages = Vec::new();
                if from <= old && old <= to {
                    let days = series(old, add_days(today(), -3));
                    let data = if daily {
                        json!(days)
                    } else {
                        json!([{"sent": 4000, "viewed": 1600, "clicked": 400}])
                    };
                    messages.push(json!({"message id": 77, "message_name": "old", "channel": "Email", "start_date": day_iso(old), "data": data}));
                }
                Reply::json(200, &json!({"status": "success", "messages": messages}))
            }
            "/1/targets/result.json" => {
                Reply::json(200, &json!({"status": "success", "result": {"sent": 82, "clicked": 28}}))
            }
            other => panic!("unexpected {other}"),
        }
    })
}

fn query_of(granularity: Granularity) -> ReportQuery {
    ReportQuery {
        cursor: None,
        limit: 50,
        period: Period::default(),
        granularity,
        trailing_days: None,
        campaign_ids: Vec::new(),
        channels: Vec::new(),
        basis: Basis::Report,
        include_remote: false,
    }
}

fn run(host: &FakeHost, query: &ReportQuery) -> Result<Page<ReportRow>, Error> {
    let account =
        Account::open(Connection { timezone: Some("Asia/Kolkata".into()), ..connection() }).unwrap();
    host.run(async { super::query(&Session::open(host, &account, Trace::default()), query).await })
}

fn walk(host: &FakeHost, mut query: ReportQuery) -> Vec<ReportRow> {
    let mut rows = Vec::new();
    for _ in 0..1000 {
        let page = run(host, &query).unwrap();
        assert!(page.items.len() <= usize::from(query.limit));
        rows.extend(page.items);
        match page.next_cursor {
            Some(cursor) => query.cursor = Some(cursor),
            None => return rows,
        }
    }
    panic!("the walk does not end");
}

#[test]
fn a_campaign_of_400_days_ago_has_its_rows_of_today() {
    let period = Period { start: Some("2026-02-26".into()), end: Some("2026-03-02".into()) };
    let rows = walk(&host(), ReportQuery { period, ..query_of(Granularity::Day) });
    let days: Vec<_> = rows
        .iter()
        .map(|row| {
            (
                row.campaign.remote_id.as_str(),
                row.window.day.clone().unwrap(),
                row.counts.sent,
                row.counts.clicks,
            )
        })
        .collect();
    // 26 February is not reported: absent. Today's zero is CleverTap's own.
    assert_eq!(
        days,
        [
            ("77", "2026-02-27".to_owned(), Some(10), Some(1)),
            ("77", "2026-02-28".to_owned(), Some(10), Some(1)),
            ("77", "2026-03-01".to_owned(), Some(10), Some(0)),
        ]
    );
    assert_eq!(rows[0].window.start_at.as_deref(), Some("2026-02-26T18:30:00Z"), "midnight in India");
    assert_eq!((rows[0].counts.opens, rows[0].counts.impressions), (Some(4), None));
}

/// A campaign that is left out of a series without a word would make a sum of the others pass for the whole.
#[test]
fn a_campaign_that_clevertap_has_no_numbers_of_is_told() {
    let overrides: fn(&str, &Value) -> Option<Reply> = |path, body| {
        if path != "/1/message/report.json" {
            return None;
        }
        let (from, to) = (day_arg(&body["from"]), day_arg(&body["to"]));
        let today_in = from <= today() && today() <= to;
        let item = json!({"message id": 9, "message_name": "lost", "channel": "Push", "start_date": day_iso(today()),
                          "error": "Data is not available for this message"});
        today_in.then(|| Reply::json(200, &json!({"status": "success", "messages": [item]})))
    };
    for granularity in [Granularity::Total, Granularity::Day] {
        let period = Period { start: Some("2026-02-26".into()), end: Some("2026-03-02".into()) };
        let period = if granularity == Granularity::Day { period } else { Period::default() };
        let page = run(&host_with(overrides), &ReportQuery { period, ..query_of(granularity) }).unwrap();
        let row = page.items.iter().find(|row| row.campaign.remote_id == "9").expect("a row of it");
        assert_eq!((row.status, row.counts.sent), (RowStatus::Unrecognised, None));
        let warning =
            page.warnings.iter().find(|warning| warning.code == "report_refused").expect("a warning");
        assert!(warning.message.contains("Data is not available for this message"), "{warning:?}");
    }
}

#[test]
fn every_page_size_gives_the_same_rows() {
    let period = Period { start: Some("2026-01-01".into()), end: Some("2026-03-02".into()) };
    let ids = |limit| -> Vec<String> {
        walk(&host(), ReportQuery { limit, period: period.clone(), ..query_of(Granularity::Day) })
            .into_iter()
            .map(|row| row.id)
            .collect()
    };
    let all = ids(500);
    assert_eq!(all.len(), 59);
    assert_eq!(ids(1), all);
    assert_eq!(ids(7), all);
}

#[test]
fn weeks_and_months_add_up() {
    let period = Period { start: Some("2026-01-01".into()), end: Some("2026-03-02".into()) };
    let sum = |granularity| -> u64 {
        walk(&host(), ReportQuery { period: period.clone(), ..query_of(granularity) })
            .iter()
            .filter_map(|row| row.counts.sent)
            .sum()
    };
    assert_eq!(sum(Granularity::Day), 590);
    assert_eq!(sum(Granularity::Week), 590);
    assert_eq!(sum(Granularity::Month), 590);
    assert_eq!(sum(Granularity::Total), 590);
}

#[test]
fn totals_are_completed_by_the_own_report() {
    let rows = walk(&host(), query_of(Granularity::Total));
    assert_eq!(rows.len(), 1, "400 days ago is before the default range of totals");
    assert_eq!(
        (rows[0].campaign.id.as_str(), rows[0].counts.sent, rows[0].counts.clicks),
        ("api-20260301-5", Some(82), Some(28))
    );
    assert_eq!((rows[0].counts.opens, rows[0].rates.click_rate), (None, Some(28.0 / 82.0)));
}

#[test]
fn not_ready_is_a_row_in_each_of_its_forms() {
    thread_local!(static FORM: RefCell<(u16, Value)> = const { RefCell::new((0, Value::Null)) });
    for (status, body) in [
        (200, json!({"error": "This target hasn't been completed", "status": "fail"})),
        (200, json!({"status": "success", "error": "This target hasn't been completed", "code": 200})),
        (500, json!({"status": "fail", "error": "This target has no result as of yet", "code": 500})),
        (409, json!({"status": "fail", "error": "Conflict", "code": 409})),
    ] {
        FORM.set((status, body.clone()));
        let host = host_with(|path, _| {
            (path == "/1/targets/result.json")
                .then(|| FORM.with_borrow(|(status, body)| Reply::json(*status, body)))
        });
        let rows = walk(&host, query_of(Granularity::Total));
        assert_eq!(
            (rows[0].status, &rows[0].counts),
            (RowStatus::Pending, &crate::model::Counts::default()),
            "{body}"
        );
    }
}

#[test]
fn a_shape_that_is_not_known_is_said() {
    let host = host_with(|path, body| {
        let day = day_arg(&body["from"]) <= today() && today() <= day_arg(&body["to"]);
        (path == "/1/message/report.json" && day).then(|| {
            Reply::json(200, &json!({"status": "success", "messages": [{"message id": 9, "channel": "Push", "start_date": "01 Mar, 2026 10:00:00", "data": [[1, 2]]}]}))
        })
    });
    let page = run(&host, &ReportQuery { include_remote: true, ..query_of(Granularity::Day) }).unwrap();
    let row = page.items.iter().find(|row| row.campaign.remote_id == "9").unwrap();
    assert_eq!((row.status, &row.counts), (RowStatus::Unrecognised, &crate::model::Counts::default()));
    assert!(row.remote_data.is_some());
    assert!(page.warnings.iter().any(|warning| warning.code == "unrecognised_report_shape"));
}

#[test]
fn counting_from_events_is_an_estimate_of_one_campaign() {
    let host = host_with(|path, body| {
        (path == "/1/counts/trends.json").then(|| {
            let count = match body["event_name"].as_str() {
                Some("Notification Sent") => 100,
                Some("Notification Viewed") => 50,
                _ => 5,
            };
            assert_eq!(body["event_properties"][0]["value"], json!("77"));
            Reply::json(200, &json!({"status": "success", "daily": {"20260228": count, "20260301": count}}))
        })
    });
    let id = format!("msg-{}-77", day_digits(add_days(today(), -400)));
    let query = ReportQuery { basis: Basis::Events, campaign_ids: vec![id], ..query_of(Granularity::Month) };
    let rows = run(&host, &query).unwrap().items;
    let counts: BTreeMap<_, _> = rows
        .iter()
        .map(|row| (row.window.day.clone().unwrap(), (row.counts.sent, row.counts.opens, row.counts.clicks)))
        .collect();
    assert_eq!(counts["2026-02-01"], (Some(100), Some(50), Some(5)));
    assert!(rows.iter().all(|row| row.status == RowStatus::Estimated));
    let none = ReportQuery { basis: Basis::Events, ..query_of(Granularity::Day) };
    assert!(run(&host, &none).unwrap_err().to_string().contains("one campaign at a time"));
}

#[test]
fn a_month_that_the_period_cuts_says_which_days_it_holds() {
    let period = Period { start: Some("2026-01-15".into()), end: Some("2026-02-01".into()) };
    let page = run(&host(), &ReportQuery { period, ..query_of(Granularity::Month) }).unwrap();
    let row = &page.items[0];
    assert_eq!((row.window.day.as_deref(), row.counts.sent), (Some("2026-01-15"), Some(170)));
    assert_eq!(row.window.end_at.as_deref(), Some("2026-01-31T18:30:00Z"));
    assert!(page.warnings.iter().any(|warning| warning.code == "partial_bucket"));
}

#[test]
fn what_is_asked_for_by_name_and_is_not_there_is_said() {
    let ids = vec!["msg-20260228-4711".to_owned()];
    let page = run(&host(), &ReportQuery { campaign_ids: ids, ..query_of(Granularity::Total) }).unwrap();
    assert!(page.items.is_empty());
    assert_eq!(page.warnings[0].code, "campaign_not_found");
}

#[test]
fn periods_out_of_reach_are_refused_before_anything_is_sent() {
    for (start, end) in [("0001-01-01", "2026-01-01"), ("2026-01-01", "9999-12-31")] {
        let host = host();
        let period = Period { start: Some(start.into()), end: Some(end.into()) };
        let error =
            run(&host, &ReportQuery { period, ..query_of(Granularity::Day) }).unwrap_err().to_string();
        assert!(error.contains("ten years"), "{error}");
        assert!(host.sent().is_empty());
    }
}

#[test]
fn one_result_that_does_not_come_is_one_pending_row() {
    let host = host_with(|path, _| (path == "/1/targets/result.json").then(Reply::never));
    let page = run(&host, &query_of(Granularity::Total)).unwrap();
    assert_eq!(page.items[0].status, RowStatus::Pending);
    assert!(page.warnings.iter().any(|warning| warning.code == "result_not_fetched"));
}

#[test]
fn a_row_keeps_its_key_while_its_numbers_move() {
    let keys = |query: ReportQuery| -> BTreeMap<String, Option<u64>> {
        walk(&host(), query).into_iter().map(|row| (row.row_key, row.counts.sent)).collect()
    };
    let period = |start: &str| Period { start: Some(start.to_owned()), end: None };
    for (granularity, days) in [(Granularity::Day, 10), (Granularity::Week, 10), (Granularity::Month, 10)] {
        let all = keys(ReportQuery { period: period("2026-01-01"), ..query_of(granularity) });
        let trailing = keys(ReportQuery { trailing_days: Some(days), ..query_of(granularity) });
        assert!(!trailing.is_empty() && trailing.len() < all.len());
        // Whole buckets, and the rows of the whole: nothing is replaced by a part of it.
        for (key, sent) in &trailing {
            assert_eq!(all.get(key), Some(sent), "{key}");
        }
    }
    // A bucket that a period cuts is the same row all the same, and totals of a period are named by it.
    let cut = keys(ReportQuery { period: period("2026-02-10"), ..query_of(Granularity::Month) });
    assert!(cut.keys().any(|key| key.ends_with(":month:2026-02-01")), "{cut:?}");
    let total = keys(ReportQuery { period: period("2026-02-10"), ..query_of(Granularity::Total) });
    assert!(total.keys().all(|key| key.ends_with(":total:2026-02-10..2026-03-01")), "{total:?}");
}

#[test]
fn a_trailing_walk_keeps_to_the_days_it_began_with() {
    let query = ReportQuery { limit: 3, trailing_days: Some(5), ..query_of(Granularity::Day) };
    let first = run(&host(), &query).unwrap();
    let next = ReportQuery { cursor: first.next_cursor.clone(), ..query.clone() };
    let rest = run(&host(), &next).unwrap();
    let keys: Vec<_> = first.items.iter().chain(&rest.items).map(|row| row.row_key.clone()).collect();
    let whole = run(&host(), &ReportQuery { limit: 50, ..query }).unwrap();
    assert_eq!(keys, whole.items.iter().map(|row| row.row_key.clone()).collect::<Vec<_>>());
    let other = ReportQuery { trailing_days: Some(6), ..next };
    assert!(run(&host(), &other).unwrap_err().to_string().contains("other filters"));
}
