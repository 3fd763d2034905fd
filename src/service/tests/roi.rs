//! The comparison of channels through the service.

use std::time::Duration;

use time::macros::date;

use super::*;
use crate::clevertap::time::{day_from_digits, days_inclusive};

const ROI: &str = "/unified/marketing-automation/roi?integrated_account_id=acme";

/// The CleverTap of the example in `docs/roi.md`: an e-mail and a push campaign in February.
fn example() -> FakeHost {
    let message = |id: u64, channel: &str, name: &str, data: Value| {
        json!({"message id": id, "message_name": name, "start_date": "15 Feb, 2026 10:30:00", "channel": channel,
               "delivery": "one_time", "status": "completed", "data": [data]})
    };
    let messages = [
        message(900, "Email", "Spring sale", json!({"sent": 100_000, "viewed": 30_000, "clicked": 2_000})),
        message(901, "Push", "Back in stock", json!({"sent": 20_000, "viewed": 12_000, "clicked": 600})),
    ];
    FakeHost::answering(move |sent: &Sent| match sent.path() {
        "/1/targets/list.json" => Reply::json(200, &json!({"status": "success", "targets": []})),
        "/1/message/report.json" => {
            let body = sent.json();
            let day = |key: &str| body[key].to_string().trim_matches('"').parse::<u64>().unwrap();
            let within = day("from") <= 20_260_215 && 20_260_215 <= day("to");
            let messages = if within { messages.to_vec() } else { Vec::new() };
            Reply::json(
                200,
                &json!({"status": "success", "messages": messages, "total_results": messages.len()}),
            )
        }
        _ => panic!("unexpected {} {}", sent.method, sent.target),
    })
}

fn body() -> Value {
    json!({
        "rows_csv": "channel,campaign,spend,impressions,clicks,conversions,value,currency\n\
                     google_ads,Brand search,360.00,48000,900,40,1600.00,EUR\n",
        "message_costs": {"email": "0.0004", "push": "0", "currency": "EUR"},
        "results": [
            {"campaign_id": "900", "conversions": 50, "value": "2500.00", "currency": "EUR"},
            {"campaign_id": "901", "conversions": 10, "value": "400.00", "currency": "EUR"},
        ],
        "attribution": "last click within 7 days, by our shop",
    })
}

#[test]
fn the_example_of_the_documentation() {
    let answer = ask(&example(), post(ROI, &body()));
    assert_eq!(answer.status, 200, "{}", answer.text());
    let answer = answer.json();
    let block = &answer["result"]["currencies"][0];
    assert_eq!(
        block["totals"],
        json!({
            "spend": "400", "impressions": 60_000, "clicks": 3_500, "conversions": "100", "value": "4500",
            "cpa": "4", "cpc": "0.114286", "cpm": null, "roas": "11.25", "roi": "10.25",
            "share_of_spend": "1", "share_of_conversions": "1",
            "estimated": [], "missing": {"impressions": 1},
            "reasons": {"cpm": "of 3 rows 3 have spend and 2 have impressions: the sums are not of the same rows"},
        })
    );
    assert_eq!(
        block["rows"][0],
        json!({
            "channel": "email", "campaign": "Spring sale", "campaign_id": "msg-20260215-900", "period": null,
            "source": "clevertap",
            "spend": "40", "impressions": null, "clicks": 2_000, "conversions": "50", "value": "2500",
            "cpa": "0.8", "cpc": "0.02", "cpm": null, "roas": "62.5", "roi": "61.5",
            "share_of_spend": "0.1", "share_of_conversions": "0.5",
            "estimated": [], "missing": {"impressions": 1},
            "reasons": {"impressions": "not reported by CleverTap", "cpm": "not reported by CleverTap"},
        })
    );
    assert_eq!(block["channels"].as_array().unwrap().len(), 3);
    let result = &answer["result"];
    assert_eq!(
        (&result["attribution"], &result["complete"], &block["currency"]),
        (&json!("last click within 7 days, by our shop"), &json!(true), &json!("EUR"))
    );
    let meta = &answer["meta"];
    assert_eq!(
        (&meta["fetched_at"], &meta["as_of"], &meta["documented_lag"], &meta["coverage"]["complete"]),
        (&json!("2026-03-01T12:00:00Z"), &Value::Null, &json!("PT4H"), &json!(true))
    );
    assert_eq!(answer.get("is_partial_response"), None);
    assert_eq!(meta["warnings"][0]["code"], "totals_since_start");
}

#[test]
fn results_come_as_csv_as_well() {
    let mut with_csv = body();
    with_csv["results"] = Value::Null;
    with_csv["results_csv"] =
        json!("Campaign_ID,conversions,value,currency\n900,50,2500.00,EUR\n\n\"901\",10,400.00,EUR\n");
    let answer = ask(&example(), post(ROI, &with_csv));
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.json()["result"], ask(&example(), post(ROI, &body())).json()["result"]);
    for (csv, words) in [
        ("campaign_id,value,currency\n900,1,EUR\n\n901,\"1,000\",EUR\n", "results_csv line 4.value"),
        ("campaign_id;value\n900;1\n", "results_csv line 1"),
        ("campaign_id,conversions\n900,1\nmsg-20260215-900,2\n", "period as results_csv line 2"),
        (",\n", "campaign_id,conversions,value,currency"),
    ] {
        let answer = ask_alone(post(ROI, &json!({"results_csv": csv})));
        assert_eq!(answer.problem(), (400, "invalid".to_owned()), "{csv}");
        assert!(answer.text().contains(words), "{csv}: {}", answer.text());
    }
    let both = json!({"results": [], "results_csv": "campaign_id,conversions\n900,1\n"});
    let answer = ask_alone(post(ROI, &both));
    assert!(answer.text().contains("stands beside results: give one of them"), "{}", answer.text());
}

#[test]
fn what_comes_late_in_a_series_has_no_spend_up_to_today() {
    let day = json!({"date": "20260215", "sent": 10, "viewed": 8, "clicked": 2});
    let message = json!({"message id": 901, "message_name": "x", "start_date": "15 Feb, 2026 10:30:00",
                         "channel": "Push", "delivery": "one_time", "status": "completed", "data": [day]});
    let host = FakeHost::answering(move |sent: &Sent| match sent.path() {
        "/1/targets/list.json" => Reply::json(200, &json!({"status": "success", "targets": []})),
        _ => {
            let body = sent.json();
            let day = |key: &str| day_from_digits(body[key].to_string().trim_matches('"')).unwrap();
            let within = day("from") <= date!(2026 - 02 - 15) && date!(2026 - 02 - 15) <= day("to");
            let messages: Vec<_> = Some(message.clone()).filter(|_| within).into_iter().collect();
            Reply::json(
                200,
                &json!({"status": "success", "messages": messages, "total_results": messages.len()}),
            )
        }
    });
    // Today is the first of March.
    for (late, spend, missing) in [("2026-02-20", "10", None), ("2026-03-02", "10", Some(1))] {
        let results = [("2026-02-15", 3), (late, 2)]
            .map(|(day, count)| json!({"campaign_id": "901", "period": day, "conversions": count}));
        let body = json!({"granularity": "day", "start_at": {"gte": "2026-02-10"}, "results": results,
                          "message_costs": {"push": 1, "currency": "EUR"}});
        let answer = ask(&host, post(ROI, &body));
        assert_eq!(answer.status, 200, "{}", answer.text());
        let sums = &answer.json()["result"]["currencies"][0]["totals"];
        assert_eq!((&sums["spend"], &sums["conversions"]), (&json!(spend), &json!("5")), "{late}: {sums}");
        assert_eq!(sums["missing"].get("spend"), missing.map(Value::from).as_ref(), "{late}: {sums}");
        assert_eq!(sums["cpa"], if missing.is_none() { json!("2") } else { Value::Null }, "{late}");
    }
}

#[test]
fn without_anything_given_nothing_is_made_up() {
    let answer = ask(&example(), post(ROI, &json!({})));
    assert_eq!(answer.status, 200, "{}", answer.text());
    let result = &answer.json()["result"];
    assert_eq!(result["attribution"], "as given by the caller; none is made here");
    let totals = &result["currencies"][0]["totals"];
    assert_eq!(
        (&totals["spend"], &totals["conversions"], &totals["cpa"]),
        (&Value::Null, &Value::Null, &Value::Null)
    );
    assert_eq!(
        (&totals["clicks"], &totals["reasons"]["spend"]),
        (&json!(2_600), &json!("no message_costs given"))
    );
    let warnings = answer.json()["meta"]["warnings"].to_string();
    assert!(warnings.contains("2 rows have no spend"), "{warnings}");
}

#[test]
fn rows_read_before_stand_in_for_the_report() {
    let pages = ask(&example(), get(&format!("{REPORTS}?integrated_account_id=acme"))).json();
    let mut with_rows = body();
    with_rows["reports"] = pages["result"].clone();
    // CleverTap is not asked again.
    let given = ask_alone(post(ROI, &with_rows));
    assert_eq!(given.status, 200, "{}", given.text());
    assert_eq!(given.json()["result"], ask(&example(), post(ROI, &body())).json()["result"]);
    with_rows["granularity"] = json!("month");
    with_rows["rows_csv"] = Value::Null;
    with_rows["results"] = Value::Null;
    let answer = ask_alone(post(ROI, &with_rows));
    assert_eq!(answer.problem(), (400, "invalid".to_owned()));
    assert!(answer.text().contains("reports[1].granularity"), "{}", answer.text());
    for odd in [json!({}), json!([1]), json!([{"id": "a"}])] {
        let answer = ask_alone(post(ROI, &json!({"reports": odd})));
        assert_eq!(answer.problem().0, 400, "{odd}");
    }
}

#[test]
fn a_report_that_is_not_read_to_its_end_is_said_loudly() {
    // As slow as CleverTap's report: a year of starts does not fit into the deadline.
    let slow = FakeHost::answering(|sent: &Sent| {
        let body = sent.json();
        let day = |key: &str| day_from_digits(body[key].to_string().trim_matches('"')).unwrap();
        let (from, to) = (day("from"), day("to"));
        match sent.path() {
            "/1/targets/list.json" => Reply::json(200, &json!({"status": "success", "targets": []})),
            _ => {
                let within = from <= date!(2026 - 02 - 27) && date!(2026 - 02 - 27) <= to;
                let message = json!({"message id": 902, "message_name": "x", "start_date": "27 Feb, 2026 10:30:00",
                                     "channel": "Email", "delivery": "one_time", "status": "completed",
                                     "data": [{"sent": 1, "viewed": 1, "clicked": 1}]});
                let messages: Vec<_> = Some(message).filter(|_| within).into_iter().collect();
                let days = u32::try_from(days_inclusive(from, to)).unwrap();
                let found =
                    json!({"status": "success", "messages": messages, "total_results": messages.len()});
                Reply::json(200, &found).after(Duration::from_millis(700) * days)
            }
        }
    });
    let answer = ask(&slow, post(ROI, &body()));
    assert_eq!(answer.status, 200, "{}", answer.text());
    let answer = answer.json();
    assert_eq!(
        (&answer["is_partial_response"], &answer["result"]["complete"]),
        (&json!(true), &json!(false))
    );
    assert_eq!(answer["meta"]["warnings"][0]["code"], "partial_report");
    assert_eq!(answer["meta"]["coverage"]["complete"], false);
    let totals = &answer["result"]["currencies"][0]["totals"];
    assert_eq!(
        (&totals["share_of_spend"], &totals["reasons"]["share_of_spend"]),
        (&Value::Null, &json!("the report was not read to its end"))
    );
    let cursor = answer["next_cursor"].as_str().unwrap();

    let rest = ask(&slow, post(&format!("{ROI}&next_cursor={cursor}"), &body()));
    assert_eq!(rest.status, 200, "{}", rest.text());
    let rest = rest.json();
    assert_eq!((&rest["is_partial_response"], &rest["result"]["complete"]), (&json!(true), &json!(false)));
    // The caller's rows would count twice.
    assert!(answer["result"].to_string().contains("google_ads"));
    assert!(!rest["result"].to_string().contains("google_ads"));
    // It belongs to its filters.
    let mut other = body();
    other["channel"] = json!(["email"]);
    let refused = ask(&silent(), post(&format!("{ROI}&next_cursor={cursor}"), &other));
    assert_eq!(refused.problem(), (400, "invalid".to_owned()));
}

#[test]
fn mistakes_are_told_all_at_once_and_nothing_is_asked() {
    let answer = ask_alone(post(
        ROI,
        &json!({
            "granularity": "month",
            "rows": [{"channel": "a", "spend": "1,000", "currency": "EUR", "period": "2026-02"}],
            "message_costs": {"fax": 1, "currency": "EUR"},
            "channel": ["pigeon"],
            "colour": "red",
        }),
    ));
    assert_eq!(answer.problem(), (400, "invalid".to_owned()));
    for words in ["rows[0].spend", "message_costs.fax", "start_at", "channel", "colour"] {
        assert!(answer.text().contains(words), "{words}: {}", answer.text());
    }
    for (body, words) in [
        (json!({"rows": "channel,spend"}), "rows_csv"),
        (json!({"rows": [], "rows_csv": "channel,clicks"}), "give one of them"),
        (json!({"start_at": "2026-02"}), "two days"),
        (json!({"start_at": {"gte": "2026-02-01T00:00:00Z"}}), "two days"),
        (json!({"start_at": {"gte": "2026-02-01", "lt": "2026-02-01"}}), "empty"),
        (json!({"currency": "euros"}), "three letters"),
        (json!({"attribution": "x".repeat(2001)}), "at most 2000"),
        (json!({"granularity": 5}), "must be a text"),
        (json!({"results": [{"campaign_id": "../1", "conversions": 1}]}), "no campaign id"),
    ] {
        let answer = ask_alone(post(ROI, &body));
        assert_eq!(answer.problem(), (400, "invalid".to_owned()), "{body}");
        assert!(answer.text().contains(words), "{body}: {}", answer.text());
    }
}

#[test]
fn other_measures_say_how_fresh_they_are() {
    for (path, query, reply) in [
        (
            "events/count",
            json!({"event_name": "a", "from": 20_260_101, "to": 20_260_131}),
            json!({"status": "success", "count": 1}),
        ),
        (
            "events/trends",
            json!({"event_name": "a", "from": 20_260_101, "to": 20_260_131, "groups": {"d": {"trend_type": "daily"}}}),
            json!({"status": "success", "d": {"20260101": 1}}),
        ),
        (
            "events/top",
            json!({"event_name": "a", "from": 20_260_101, "to": 20_260_131,
                   "groups": {"t": {"property_type": "event_properties", "name": "x", "top_n": 3}}}),
            json!({"status": "success", "t": {"STR": {"x": 1}}}),
        ),
        ("events/real-time", json!({}), json!({"status": "success", "count": 1})),
    ] {
        let host = FakeHost::answering(move |_| Reply::json(200, &reply));
        let target = format!("/unified/marketing-automation/{path}?integrated_account_id=acme");
        let answer = ask(&host, post(&target, &query));
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        let meta = &answer.json()["meta"];
        assert!(meta["fetched_at"].is_string(), "{path}: {meta}");
        for name in ["as_of", "documented_lag"] {
            assert_eq!(
                meta.get(name),
                Some(&Value::Null),
                "{path}: CleverTap's documentation says nothing of it"
            );
        }
    }
}
