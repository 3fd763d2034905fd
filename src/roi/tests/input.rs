//! Input, some of which means no good.

use super::*;
use crate::roi::amount::AmountError;

#[test]
fn periods_fold_into_buckets_or_say_why_not() {
    for (granularity, text, expected) in [
        (Granularity::Total, None, Ok(None)),
        (Granularity::Total, Some("2026-02-03"), Ok(None)),
        (Granularity::Day, Some("2026-02-03"), Ok(Some(date!(2026 - 02 - 03)))),
        (Granularity::Week, Some("2026-02-03"), Ok(Some(date!(2026 - 02 - 02)))),
        (Granularity::Week, Some("2026-w06"), Ok(Some(date!(2026 - 02 - 02)))),
        (Granularity::Month, Some("2026-W06"), Ok(Some(date!(2026 - 02 - 01)))),
        (Granularity::Month, Some("2026-02"), Ok(Some(date!(2026 - 02 - 01)))),
        (Granularity::Month, Some("2026-W09"), Err("more than one month")),
        (Granularity::Day, Some("2026-02"), Err("more than one day")),
        (Granularity::Week, Some("2026-02"), Err("more than one week")),
        (Granularity::Month, None, Err("is missing")),
        (Granularity::Month, Some("2026-01"), Err("reaches out")),
        (Granularity::Total, Some("2026-W14"), Err("reaches out")),
        (Granularity::Month, Some("02/2026"), Err("2026-W06")),
        (Granularity::Month, Some("2026-13"), Err("2026-W06")),
        (Granularity::Month, Some("2026-W54"), Err("2026-W06")),
        (Granularity::Month, Some("+026-02"), Err("2026-W06")),
        (Granularity::Month, Some("2026-0²"), Err("2026-W06")),
    ] {
        let read = calendar(granularity).period(text).map(|period| period.bucket);
        match (&read, expected) {
            (Ok(bucket), Ok(expected)) => {
                assert_eq!(*bucket, expected, "{text:?}");
                let label = calendar(granularity).label(*bucket);
                // What is written is read again.
                if granularity != Granularity::Total {
                    let again = calendar(granularity).period(label.as_deref()).map(|period| period.bucket);
                    assert_eq!(again, read);
                }
            }
            (Err(message), Err(words)) => assert!(message.contains(words), "{text:?}: {message}"),
            _ => panic!("{granularity:?} {text:?}: {read:?}"),
        }
    }
    assert_eq!(calendar(Granularity::Week).label(Some(date!(2024 - 12 - 30))).unwrap(), "2025-W01");
}

#[test]
fn amounts_are_exact_or_refused() {
    for (value, expected) in [
        (json!("0.1"), Ok("0.1")),
        (json!(0.1), Ok("0.1")),
        (json!(" 1200.50 "), Ok("1200.5")),
        (json!(0.000_000_01), Ok("0.00000001")),
        (json!("999999999999.99999999"), Ok("999999999999.99999999")),
        (json!("-5"), Ok("-5")),
        (json!("-0.00"), Ok("0")),
        (json!("1.500000000000000000000000000000000000"), Ok("1.5")),
        (json!("007"), Ok("7")),
        (json!("1000000000000"), Err(AmountError::TooLarge)),
        (json!("-1000000000000"), Err(AmountError::TooLarge)),
        (json!("9".repeat(10_000)), Err(AmountError::TooLarge)),
        (json!(1e300), Err(AmountError::TooLarge)),
        (json!(-1e300), Err(AmountError::TooLarge)),
        (json!(u64::MAX), Err(AmountError::TooLarge)),
        (json!(1e-300), Err(AmountError::TooFine)),
        (json!("0.000000001"), Err(AmountError::TooFine)),
        (json!(true), Err(AmountError::NotDecimal)),
        (json!([1]), Err(AmountError::NotDecimal)),
    ] {
        assert_eq!(
            Amount::from_json(&value).map(|amount| amount.to_string()),
            expected.map(str::to_owned),
            "{value}"
        );
    }
    for text in [
        "NaN",
        "nan",
        "inf",
        "-Infinity",
        "∞",
        "1e3",
        "1E3",
        "0x10",
        "1,000.00",
        "1.000,00",
        "1_000",
        "+1",
        "--1",
        "-",
        ".5",
        "5.",
        "1.2.3",
        "",
        "€5",
        "5 EUR",
        "１",
        "1 000",
    ] {
        assert_eq!(Amount::parse(text), Err(AmountError::NotDecimal), "{text}");
    }
}

#[test]
fn rows_say_what_is_wrong_with_them_and_where() {
    for (row, field, words) in [
        (json!({"spend": 1, "currency": "EUR"}), "rows[0].channel", "is missing"),
        (json!({"channel": "a", "spend": -1, "currency": "EUR"}), "rows[0].spend", "not be negative"),
        (json!({"channel": "a", "cost": "NaN", "currency": "EUR"}), "rows[0].spend", "decimal number"),
        (json!({"channel": "a", "clicks": 1.5}), "rows[0].clicks", "whole"),
        (json!({"channel": "a", "conversions": "-1"}), "rows[0].conversions", "negative"),
        (json!({"channel": "a", "spend": 1}), "rows[0].currency", "is missing"),
        (json!({"channel": "a", "spend": 1, "currency": "Euro"}), "rows[0].currency", "three letters"),
        (
            json!({"channel": "a", "spend": 1, "cost": 1, "currency": "EUR"}),
            "rows[0].cost",
            "stands beside spend",
        ),
        (json!({"channel": "a"}), "rows[0]", "no number"),
        (json!({"channel": 5, "clicks": 1}), "rows[0].channel", "text"),
        (json!({"channel": "a", "clicks": 1, "kliks": 2}), "rows[0].kliks", "accepted: channel"),
        (json!("a"), "rows[0]", "object"),
        (json!({"channel": "a".repeat(501), "clicks": 1}), "rows[0].channel", "at most 500"),
    ] {
        let failures = read(std::slice::from_ref(&row), TOTAL, None).unwrap_err();
        let found = failures.iter().any(|failure| failure.field == field && failure.message.contains(words));
        assert!(found, "{row}: {failures:?}");
    }
    // The value may be negative: returns.
    assert_eq!(
        read(&[json!({"channel": "a", "value": "-5", "currency": "EUR"})], TOTAL, None).unwrap().len(),
        1
    );
    let many: Vec<Value> = (0..50).map(|_| json!({})).collect();
    let failures = read(&many, TOTAL, None).unwrap_err();
    assert_eq!(failures.len(), 21);
    assert!(failures[20].message.contains("more of the kind"));
}

#[test]
fn a_row_that_comes_twice_is_refused() {
    let row = json!({"channel": "Ads", "campaign": "x", "spend": 1, "currency": "EUR"});
    let again = json!({"channel": "ads", "campaign": "x", "spend": 2, "currency": "eur"});
    let failures = read(&[row, again], TOTAL, None).unwrap_err();
    assert_eq!(fields(&failures), ["rows[1]"]);
    assert!(failures[0].message.contains("as rows[0]"));
    // Days of one month are different rows of one line.
    let day = |day: &str| json!({"channel": "a", "spend": "0.1", "currency": "EUR", "date": day});
    let calendar = calendar(Granularity::Month);
    let rows = read(&[day("2026-02-01"), day("2026-02-02"), day("2026-02-03")], calendar, None).unwrap();
    let blocks = compare(rows, &calendar, true);
    assert_eq!((blocks[0].rows.len(), blocks[0].rows[0].metrics.spend), (1, Some(amount("0.3"))));
}

#[test]
fn periods_that_overlap_are_refused() {
    let month = calendar(Granularity::Month);
    for (calendar, one, other) in [
        (month, json!("2026-02"), json!("2026-02-03")),
        (month, json!("2026-02-03"), json!("2026-02")),
        (month, json!("2026-02-03"), json!("2026-W06")),
        (TOTAL, Value::Null, json!("2026-02")),
        (TOTAL, json!("2026-02"), Value::Null),
        (TOTAL, json!("2026-02"), json!("2026-W09")),
    ] {
        let row = |period: &Value| json!({"channel": "a", "period": period, "clicks": 5});
        let failures = read(&[row(&one), row(&other)], calendar, None).unwrap_err();
        assert_eq!(fields(&failures), ["rows[1].period"], "{one} {other}");
        assert!(failures[0].message.contains("overlaps that of rows[0]"), "{failures:?}");
        let result = |period: &Value| json!({"campaign_id": "1", "period": period, "conversions": 5});
        let parts = json!({"results": [result(&one), result(&other)]});
        let failures = given(&parts, calendar).unwrap_err();
        assert_eq!(fields(&failures), ["results[1].period"], "{one} {other}");
        assert!(failures[0].message.contains("overlaps that of results[0]"), "{failures:?}");
    }
    // In any order of many; and periods that only meet do not overlap.
    let row = |period: &str| json!({"channel": "a", "period": period, "clicks": 5});
    let apart = ["2026-03", "2026-02-01", "2026-W08", "2026-02-28", "2026-02-02"].map(row);
    assert_eq!(read(&apart, TOTAL, None).unwrap().len(), 5);
    let failures = read(&[&apart[..], &[row("2026-02-19")]].concat(), TOTAL, None).unwrap_err();
    assert!(failures[0].message.contains("rows[2]"), "{failures:?}");
}

#[test]
fn csv_is_read_as_it_is_written() {
    let text = "\u{feff}Campaign,CHANNEL,Cost,Revenue,currency\r\n\"Sale, \"\"big\"\"\nand long\",meta,10.5,,EUR\r\n,meta,,7,EUR\n";
    let rows = read_csv(text).unwrap();
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[0].key.campaign.as_deref(), Some("Sale, \"big\"\nand long"));
    assert_eq!((rows[0].metrics.spend, rows[0].metrics.value), (Some(amount("10.5")), None));
    assert_eq!((rows[1].key.campaign.as_deref(), rows[1].metrics.value), (None, Some(amount("7"))));
}

#[test]
fn csv_says_the_line() {
    for (text, place, words) in [
        ("", "rows_csv", "no header"),
        ("channel;spend\na;1\n", "rows_csv line 1", "commas"),
        ("channel,clicks\na,1\nb\n", "rows_csv line 3", "has 1 cells where the header has 2"),
        ("channel,clicks\na,1\n\nb,x\n", "rows_csv line 4.clicks", "decimal"),
        (&"channel,".repeat(1_000_000), "rows_csv line 1", "more than 50 columns"),
        ("channel,clicks,clicks\na,1,2\n", "rows_csv line 1", "name of one before"),
        ("channel,clicks,mood\na,1,good\n", "rows_csv line 2.mood", "accepted"),
        ("channel,clicks\n\"a,1\n", "rows_csv line 2", "cells"),
    ] {
        let failures = read_csv(text).unwrap_err();
        let found = failures.iter().any(|failure| failure.field == place && failure.message.contains(words));
        assert!(found, "{text:?}: {failures:?}");
    }
}

#[test]
fn what_is_given_is_checked() {
    for (parts, field, words) in [
        (json!({"message_costs": {"email": 1}}), "message_costs.currency", "is missing"),
        (
            json!({"message_costs": {"carrier_pigeon": 1, "currency": "EUR"}}),
            "message_costs.carrier_pigeon",
            "accepted: email",
        ),
        (json!({"message_costs": {"email": -1, "currency": "EUR"}}), "message_costs.email", "negative"),
        (json!({"message_costs": {"email": "free", "currency": "EUR"}}), "message_costs.email", "decimal"),
        (json!({"message_costs": 1}), "message_costs", "object"),
        (json!({"results": {}}), "results", "list"),
        (json!({"results": [{"conversions": 1}]}), "results[0].campaign_id", "is missing"),
        (
            json!({"results": [{"campaign_id": "x", "conversions": 1}]}),
            "results[0].campaign_id",
            "no campaign id",
        ),
        (json!({"results": [{"campaign_id": "1"}]}), "results[0]", "says nothing"),
        (json!({"results": [{"campaign_id": "1", "value": 1}]}), "results[0].currency", "is missing"),
        (
            json!({"results": [{"campaign_id": "1", "conversions": 1}, {"campaign_id": "msg-20260101-1", "conversions": 1}]}),
            "results[1]",
            "as results[0]",
        ),
        (json!({"estimate": {}}), "estimate.rates", "is missing"),
        (json!({"estimate": {"rates": {"email": "1.5"}}}), "estimate.rates.email", "fraction"),
        (
            json!({"estimate": {"rates": {"email": 1}, "of": "moons"}}),
            "estimate.of",
            "sent, impressions, clicks",
        ),
        (json!({"estimate": {"value_per_conversion": 1}}), "estimate.currency", "is missing"),
    ] {
        let failures = given(&parts, TOTAL).unwrap_err();
        let found = failures.iter().any(|failure| failure.field == field && failure.message.contains(words));
        assert!(found, "{parts}: {failures:?}");
    }
    let both = json!({"results": [
        {"campaign_id": "1", "period": "2026-02-01", "value": 1, "currency": "EUR"},
        {"campaign_id": "1", "period": "2026-02-02", "value": 1, "currency": "USD"},
        {"campaign_id": "1", "period": "2026-02-03", "conversions": 1},
    ]});
    let failures = given(&both, calendar(Granularity::Month)).unwrap_err();
    assert_eq!(fields(&failures), ["results[1].currency", "results[2]"]);
}
