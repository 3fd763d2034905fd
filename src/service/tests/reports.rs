//! Metrics through the service.

use super::*;

const LIST: &str = "/unified/marketing-automation/reports?integrated_account_id=acme&start_at[gte]=2026-02-01&start_at[lt]=2026-03-01";

#[test]
fn rows_come_in_the_envelope() {
    // Totals since the start: this CleverTap gives no numbers by day, so a period would leave them unknown.
    let answer = ask(&clevertap(), get(&format!("{REPORTS}?integrated_account_id=acme")));
    assert_eq!(answer.status, 200, "{}", answer.text());
    let body = answer.json();
    let row =
        body["result"].as_array().unwrap().iter().find(|row| row["campaign"]["remote_id"] == "900").unwrap();
    assert_eq!(
        (&row["counts"]["sent"], &row["counts"]["opens"], &row["counts"]["clicks"]),
        (&json!(100), &json!(40), &json!(8))
    );
    assert_eq!(row["counts"]["conversions"], Value::Null);
    assert_eq!(body["meta"]["documented_lag"], "PT4H");
    assert!(body["meta"]["coverage"].is_object());
}

#[test]
fn metrics_choose_the_counts() {
    let answer =
        ask(&clevertap(), get(&format!("{LIST}&metrics=sent,targeted&truto_ignore_remote_data=true")));
    assert_eq!(answer.status, 200, "{}", answer.text());
    let body = answer.json();
    for row in body["result"].as_array().unwrap() {
        let mut names: Vec<&String> = row["counts"].as_object().unwrap().keys().collect();
        names.sort();
        assert_eq!(names, ["sent", "targeted"]);
        assert_eq!(row.get("remote_data"), None);
    }
    let warnings = body["meta"]["warnings"].as_array().unwrap();
    let never: Vec<_> = warnings.iter().filter(|warning| warning["code"] == "never_reported").collect();
    assert_eq!(never.len(), 1, "{warnings:?}");
    assert_eq!(never[0]["field"], "targeted");
}

#[test]
fn parameters_that_cannot_be_honoured_say_why() {
    for (query, words) in [
        ("metrics=sent,happiness", "unique_opens"),
        ("group_by=channel", "campaign only"),
        ("granularity=hour", "total, day, week, month"),
        ("basis=magic", "report, events"),
        ("timezone=Europe/Berlin", "Asia/Kolkata"),
        ("start_gte=2026-01-01", "give one of them"),
        ("end_lt=2026-01-01", "give one of them"),
        ("limit=1000", "1 to 500"),
    ] {
        let answer = ask_alone(get(&format!("{LIST}&{query}")));
        assert_eq!(answer.problem(), (400, "invalid".to_owned()), "{query}");
        assert!(answer.message().contains(words), "{query}: {}", answer.message());
    }
}

#[test]
fn aliases_mean_the_same() {
    let named = ask(&clevertap(), get(&format!("{LIST}&group_by=campaign&timezone=asia/kolkata")));
    let aliased = ask(
        &clevertap(),
        get(&format!("{REPORTS}?integrated_account_id=acme&start_gte=2026-02-01&end_lt=2026-03-01")),
    );
    assert_eq!(named.status, 200, "{}", named.text());
    assert_eq!(named.json()["result"], aliased.json()["result"]);
}

#[test]
fn a_sync_reads_the_last_days_again() {
    let answer = ask(&clevertap(), get(&format!("{REPORTS}?integrated_account_id=acme&sync=true")));
    assert_eq!(answer.status, 200, "{}", answer.text());
    let named = ask(
        &clevertap(),
        // Today is the first of March.
        get(&format!(
            "{REPORTS}?integrated_account_id=acme&granularity=day&start_at[gte]=2026-01-26&start_at[lt]=2026-03-02"
        )),
    );
    assert_eq!(answer.json()["result"], named.json()["result"]);
    for (query, words) in [
        ("sync=true&start_at[gte]=2026-01-01", "give one of them"),
        ("trailing_days=0", "1 to 366"),
        ("trailing_days=7&granularity=total", "another row each day"),
    ] {
        let answer = ask_alone(get(&format!("{REPORTS}?integrated_account_id=acme&{query}")));
        assert_eq!(answer.problem(), (400, "invalid".to_owned()), "{query}");
        assert!(answer.message().contains(words), "{query}: {}", answer.message());
    }
}
