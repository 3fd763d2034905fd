//! The comparison of rows of the report that the caller read before.

use super::*;

const ROI: &str = "/unified/marketing-automation/roi?integrated_account_id=acme";

fn row(id: &str, channel: &str, granularity: &str, day: Option<&str>, counts: &Value) -> Value {
    json!({
        "id": format!("msg-20260215-{id}:{granularity}:{}", day.unwrap_or("total")),
        "campaign": {"id": format!("msg-20260215-{id}"), "remote_id": id, "name": "A", "channel": channel},
        "window": {"day": day}, "granularity": granularity, "status": "ready", "counts": counts,
    })
}

fn compared(body: &Value) -> Value {
    let answer = ask_alone(post(ROI, body));
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

fn totals(answer: &Value) -> &Value {
    &answer["result"]["currencies"][0]["totals"]
}

#[track_caller]
fn refused(body: &Value, words: &[&str]) {
    let answer = ask_alone(post(ROI, body));
    assert_eq!(answer.problem(), (400, "invalid".to_owned()), "{body}: {}", answer.text());
    for words in words {
        assert!(answer.text().contains(words), "{words}: {}", answer.text());
    }
}

#[test]
fn results_are_never_counted_twice() {
    let counts = json!({"sent": 100, "clicks": 5});
    let weeks = ["2026-02-09", "2026-02-12"].map(|day| row("1", "email", "week", Some(day), &counts));
    let results = json!([{"campaign_id": "1", "period": "2026-W07", "conversions": 50}]);
    let cut = json!({"granularity": "week", "reports": weeks, "results": results});
    refused(&cut, &["reports[1].window.day", "reports[0]", "between two"]);
    let months = ["2026-01-01", "2026-02-01"].map(|day| row("1", "email", "total", Some(day), &counts));
    let results = json!([{"campaign_id": "1", "conversions": 50}]);
    refused(&json!({"reports": months, "results": results}), &["reports[1]", "reports[0]"]);
    let one = json!({"reports": [months[0]], "results": results});
    assert_eq!(totals(&compared(&one))["conversions"], "50");
}

#[test]
fn what_chooses_rows_of_clevertap_is_not_ignored() {
    let counts = json!({"sent": 100});
    let rows = [row("1", "email", "day", Some("2026-02-15"), &counts)];
    let with = |name: &str, value: Value| json!({"granularity": "day", "reports": rows, name: value});
    refused(&with("channel", json!(["push"])), &["channel", "stands beside reports"]);
    refused(&with("campaign_id", json!("2")), &["campaign_id", "stands beside reports"]);
    let period = |gte: &str, lt: &str| with("start_at", json!({"gte": gte, "lt": lt}));
    refused(&period("2026-02-16", "2026-03-01"), &["reports[0].window.day", "start_at"]);
    refused(&period("2026-02-01", "2026-02-15"), &["reports[0].window.day", "start_at"]);
    compared(&period("2026-02-15", "2026-02-16"));
    let rows = [row("1", "email", "day", Some("yesterday"), &counts)];
    refused(&json!({"granularity": "day", "reports": rows}), &["reports[0].window.day", "2026-02-03"]);
    let rows = [row("1", "email", "day", None, &counts)];
    refused(&json!({"granularity": "day", "reports": rows}), &["reports[0].window.day", "is missing"]);
}

#[test]
fn nothing_is_said_of_when_they_were_read() {
    let answer = compared(&json!({"reports": [row("1", "email", "total", None, &json!({"sent": 1}))]}));
    for name in ["fetched_at", "documented_lag"] {
        assert_eq!(answer["meta"].get(name), Some(&Value::Null), "{name}");
    }
}

#[test]
fn rows_that_are_estimates_make_estimates() {
    let mut counted = row("1", "push", "total", None, &json!({"sent": 10, "impressions": 5, "clicks": 2}));
    counted["status"] = json!("estimated");
    let costs = json!({"push": 1, "currency": "EUR"});
    let results = json!([{"campaign_id": "1", "conversions": 3}]);
    let answer = compared(&json!({"reports": [counted], "message_costs": costs, "results": results}));
    // What the caller knows is none.
    assert_eq!(totals(&answer)["estimated"], json!(["spend", "impressions", "clicks"]));
    counted["counts"]["conversions"] = json!(1);
    counted["counts"]["conversion_value"] = json!(9);
    let answer = compared(&json!({"reports": [counted], "message_costs": costs, "currency": "EUR"}));
    let all = json!(["spend", "impressions", "clicks", "conversions", "value"]);
    assert_eq!(totals(&answer)["estimated"], all);
}

/// A daily comparison of two campaigns, one of which brings something five days after its only day.
fn late(counts: &Value) -> Value {
    json!({
        "granularity": "day", "start_at": {"gte": "2026-02-01", "lt": "2026-03-01"},
        "reports": [row("1", "push", "day", Some("2026-02-15"), counts),
                    row("2", "push", "day", Some("2026-02-15"), &json!({"sent": 10, "impressions": 8, "clicks": 2}))],
        "message_costs": {"push": "1", "currency": "EUR"},
        "results": [{"campaign_id": "1", "period": "2026-02-15", "conversions": 20},
                    {"campaign_id": "1", "period": "2026-02-20", "conversions": 5},
                    {"campaign_id": "2", "period": "2026-02-15", "conversions": 0}],
    })
}

#[test]
fn late_results_leave_the_totals_whole() {
    let body = late(&json!({"sent": 90, "impressions": 72, "clicks": 8}));
    let answer = compared(&body);
    let sums = totals(&answer);
    assert_eq!(
        (&sums["spend"], &sums["conversions"], &sums["cpa"]),
        (&json!("100"), &json!("25"), &json!("4"))
    );
    assert_eq!((&sums["cpc"], &sums["cpm"]), (&json!("10"), &json!("1250")));
    let rows = answer["result"]["currencies"][0]["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 3);
    assert!(rows.iter().all(|row| row["share_of_spend"].is_string()), "{rows:?}");
    let added = rows.iter().find(|row| row["period"] == "2026-02-20").unwrap();
    assert_eq!((&added["spend"], &added["clicks"], &added["cpa"]), (&json!("0"), &json!(0), &json!("0")));
    // Said, as it is not CleverTap's own zero.
    let warnings = answer["meta"]["warnings"].as_array().unwrap();
    let codes: Vec<_> = warnings.iter().map(|warning| warning["code"].as_str().unwrap()).collect();
    assert_eq!(codes, ["results_without_row"]);
    assert!(warnings[0]["message"].as_str().unwrap().contains("1 of results"), "{warnings:?}");
}

#[test]
fn no_count_is_taken_for_zero_that_the_report_does_not_give_or_reach() {
    // Of e-mail, CleverTap reports no impressions; of a campaign that it still counts, nothing.
    let answer = compared(&late(&json!({"sent": 90, "clicks": 8})));
    assert_eq!(totals(&answer)["missing"], json!({"impressions": 2, "value": 3}));
    let answer = compared(&late(&json!({})));
    assert_eq!(totals(&answer)["missing"], json!({"spend": 2, "impressions": 2, "clicks": 2, "value": 3}));
    // Of rows without a period nobody knows how far they reach.
    let mut open = late(&json!({"sent": 90, "impressions": 72, "clicks": 8}));
    open["start_at"] = json!({"gte": "2026-02-01"});
    let answer = compared(&open);
    assert_eq!(totals(&answer)["missing"], json!({"spend": 1, "impressions": 1, "clicks": 1, "value": 3}));
}

#[test]
fn clevertaps_money_gives_way_only_to_money() {
    let counts = json!({"sent": 10, "conversions": 4, "conversion_value": 80, "currency": "USD"});
    let push = row("1", "push", "total", None, &counts);
    for others in [
        json!({"message_costs": {"email": 1, "currency": "EUR"}}),
        json!({"estimate": {"rates": {"email": 1}, "value_per_conversion": 1, "currency": "EUR"}}),
    ] {
        let mut body = others;
        body["reports"] = json!([push]);
        let answer = compared(&body);
        assert_eq!(answer["result"]["currencies"][0]["currency"], "USD", "{body}");
        assert_eq!(totals(&answer)["value"], "80", "{body}");
    }
    let body = json!({"reports": [push], "message_costs": {"push": 1, "currency": "EUR"}});
    let answer = compared(&body);
    assert_eq!(totals(&answer)["spend"], "10");
    let reason = "CleverTap's value is in USD, the rest of the row in EUR";
    assert_eq!(totals(&answer)["reasons"]["value"], reason);
}

#[test]
fn unmatched_results_are_not_a_flood() {
    let result = |id: usize| json!({"campaign_id": id.to_string(), "conversions": 1});
    let results: Vec<_> = (100..150).map(result).collect();
    let answer =
        compared(&json!({"reports": [row("1", "push", "total", None, &json!({}))], "results": results}));
    let warnings = answer["meta"]["warnings"].as_array().unwrap();
    let unmatched: Vec<_> =
        warnings.iter().filter(|warning| warning["code"] == "results_unmatched").collect();
    assert_eq!(unmatched.len(), 21);
    assert_eq!(
        (&unmatched[0]["field"], &unmatched[19]["field"]),
        (&json!("results[0]"), &json!("results[19]"))
    );
    assert!(unmatched[20]["message"].as_str().unwrap().contains("30 more"), "{}", unmatched[20]);
}

#[test]
fn the_noise_of_binary_numbers_costs_no_value() {
    let value = |value: Value| {
        let counts = json!({"conversion_value": value, "currency": "EUR"});
        json!({"reports": [row("1", "push", "total", None, &counts)]})
    };
    for (given, expected) in [
        (json!(12.340_000_000_000_002), "12.34"),
        (json!(0.1 + 0.2), "0.3"),
        (json!(1e-9), "0"),
        (json!("10.50"), "10.5"),
        (json!("12.3400000000000020000000000000000000000001"), "12.34"),
        (json!("-0.000000005"), "-0.00000001"),
    ] {
        assert_eq!(totals(&compared(&value(given.clone())))["value"], expected, "{given}");
    }
    for odd in [json!("ten"), json!("1e3"), json!(true)] {
        refused(&value(odd), &["reports[0].counts.conversion_value", "decimal number"]);
    }
}
