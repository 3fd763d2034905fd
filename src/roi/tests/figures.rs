//! The worked example of `docs/roi.md`, and what becomes of what is not known.

use super::*;
use crate::roi::amount::AmountError;
use crate::roi::row::Metric;

#[test]
fn the_example_adds_up() {
    let given = given(
        &json!({
            "message_costs": {"email": "0.0004", "push": "0", "currency": "EUR"},
            "results": [
                {"campaign_id": "msg-20260215-900", "conversions": 50, "value": "2500.00", "currency": "EUR"},
                {"campaign_id": "901", "conversions": 10, "value": "400.00", "currency": "eur"},
            ],
        }),
        TOTAL,
    )
    .unwrap();
    let clevertap =
        [measured("900", "email", 100_000, None, 2_000), measured("901", "push", 20_000, Some(12_000), 600)];
    let (mut rows, warnings) = join(&clevertap, &given, WHOLE);
    assert_eq!(warnings, []);
    rows.extend(
        read_csv("channel,campaign,spend,impressions,clicks,conversions,value,currency\ngoogle_ads,Brand search,360.00,48000,900,40,1600.00,EUR\n")
            .unwrap(),
    );
    let blocks = compare(rows, &TOTAL, true);
    assert_eq!(blocks.len(), 1);
    let block = &blocks[0];
    assert_eq!((block.currency.as_deref(), block.rows.len()), (Some("EUR"), 3));
    assert_eq!((&block.campaigns, &block.periods), (&None, &None));

    let expected = [
        (
            "email",
            json!({"spend": "40", "clicks": 2000, "conversions": "50", "value": "2500", "cpa": "0.8", "cpc": "0.02",
            "cpm": null, "roas": "62.5", "roi": "61.5", "share_of_spend": "0.1", "share_of_conversions": "0.5"}),
        ),
        (
            "push",
            json!({"spend": "0", "impressions": 12000, "cpa": "0", "cpc": "0", "cpm": "0", "roas": null, "roi": null,
            "share_of_spend": "0", "share_of_conversions": "0.1"}),
        ),
        (
            "google_ads",
            json!({"spend": "360", "cpa": "9", "cpc": "0.4", "cpm": "7.5", "roas": "4.444444",
            "roi": "3.444444", "share_of_spend": "0.9", "share_of_conversions": "0.4"}),
        ),
    ];
    let totals = json!({"spend": "400", "impressions": 60000, "clicks": 3500, "conversions": "100", "value": "4500",
        "cpa": "4", "cpc": "0.114286", "cpm": null, "roas": "11.25", "roi": "10.25", "share_of_spend": "1",
        "share_of_conversions": "1", "missing": {"impressions": 1}});
    let mut checked = 0;
    for (line, expected) in expected
        .iter()
        .map(|(channel, expected)| (of_channel(block, channel), expected))
        .chain([(&block.totals, &totals)])
    {
        let line = figures(line);
        for (name, value) in expected.as_object().unwrap() {
            assert_eq!(&line[name], value, "{name} of {line}");
            checked += 1;
        }
    }
    assert_eq!(checked, 11 + 9 + 8 + 13);
    assert_eq!(of_channel(block, "push").reasons["roas"], "spend is zero");
    assert_eq!(of_channel(block, "email").reasons["cpm"], "not reported by CleverTap");
    assert_eq!(
        block.totals.reasons["cpm"],
        "of 3 rows 3 have spend and 2 have impressions: the sums are not of the same rows"
    );
}

#[test]
fn what_is_not_known_is_null_with_its_reason() {
    let (rows, _) = join(&[measured("1", "push", 10, Some(5), 2)], &Given::default(), WHOLE);
    let blocks = compare(rows, &TOTAL, true);
    assert_eq!(blocks[0].currency, None);
    let line = figures(&blocks[0].totals);
    for name in ["spend", "conversions", "value", "cpa", "cpc", "cpm", "roas", "roi", "share_of_spend"] {
        assert_eq!(line[name], Value::Null, "{name}");
        assert!(line["reasons"][name].is_string(), "{name}");
    }
    assert_eq!(line["reasons"]["cpc"], "no message_costs given");
    assert_eq!(line["reasons"]["share_of_conversions"], "none given, and not reported by CleverTap");
    let reasons = blocks[0].totals.reasons.keys().count();
    assert_eq!(reasons, 3 + 5 + 2);
}

#[test]
fn counts_that_clevertap_has_not_are_never_zero() {
    for (status, words) in [
        (RowStatus::Pending, "not finished counting"),
        (RowStatus::Unrecognised, "shape that is not known"),
        (RowStatus::Ready, "not reported"),
    ] {
        let mut one = measured("1", "push", 10, None, 2);
        (one.sent, one.status) = (None, status);
        let costs = given(&json!({"message_costs": {"push": 1, "currency": "EUR"}}), TOTAL).unwrap();
        let (rows, _) = join(&[one], &costs, WHOLE);
        assert_eq!(rows[0].metrics.spend, None);
        assert!(rows[0].reasons[&Metric::Spend].contains(words));
        assert!(rows[0].reasons[&Metric::Impressions].contains(words));
    }
}

#[test]
fn estimates_are_made_when_asked_for_and_labelled() {
    let parts = json!({
        "estimate": {"rates": {"email": "0.025"}, "value_per_conversion": "19.99", "currency": "EUR"},
        "results": [{"campaign_id": "2", "conversions": "3"}],
    });
    let given = given(&parts, TOTAL).unwrap();
    let clevertap = [
        measured("1", "email", 1_000, None, 100),
        measured("2", "email", 1_000, None, 100),
        measured("3", "sms", 1_000, None, 100),
    ];
    let (rows, _) = join(&clevertap, &given, WHOLE);
    assert_eq!(
        (rows[0].metrics.conversions, rows[0].metrics.value),
        (Some(amount("2.5")), Some(amount("49.975")))
    );
    assert_eq!(rows[0].estimated.iter().copied().collect::<Vec<_>>(), [Metric::Conversions, Metric::Value]);
    // What the caller knows is not estimated.
    assert_eq!(
        (rows[1].metrics.conversions, rows[1].metrics.value),
        (Some(amount("3")), Some(amount("59.97")))
    );
    assert_eq!(rows[1].estimated.iter().copied().collect::<Vec<_>>(), [Metric::Value]);
    assert!(rows[2].reasons[&Metric::Conversions].contains("estimate.rates has none for sms"));
    let blocks = compare(rows, &TOTAL, true);
    assert_eq!(blocks[0].totals.estimated.len(), 2);
}

#[test]
fn clevertaps_own_conversions_come_before_an_estimate_and_after_the_callers() {
    let mut one = measured("1", "email", 100, None, 10);
    (one.conversions, one.value, one.currency) = (Some(4), Some(Ok(amount("80.5"))), Some("EUR".to_owned()));
    let parts = json!({"estimate": {"rates": {"email": "1"}, "value_per_conversion": 1, "currency": "EUR"}});
    let (rows, _) = join(std::slice::from_ref(&one), &given(&parts, TOTAL).unwrap(), WHOLE);
    assert_eq!(
        (rows[0].metrics.conversions, rows[0].metrics.value),
        (Some(amount("4")), Some(amount("80.5")))
    );
    assert!(rows[0].estimated.is_empty());
    let parts = json!({"results": [{"campaign_id": "1", "conversions": 5, "value": 90, "currency": "EUR"}]});
    let (rows, _) = join(std::slice::from_ref(&one), &given(&parts, TOTAL).unwrap(), WHOLE);
    assert_eq!((rows[0].metrics.conversions, rows[0].metrics.value), (Some(amount("5")), Some(amount("90"))));
    one.value = Some(Err(AmountError::TooFine));
    let (rows, _) = join(std::slice::from_ref(&one), &Given::default(), WHOLE);
    assert_eq!(rows[0].reasons[&Metric::Value], "CleverTap's value must have at most 8 decimals");
    one.value = Some(Ok(amount("80.5")));
    // Without a name for its money, its value is not taken for the row's.
    one.currency = None;
    let (rows, _) = join(
        &[one],
        &given(&json!({"message_costs": {"email": 1, "currency": "EUR"}}), TOTAL).unwrap(),
        WHOLE,
    );
    assert_eq!((rows[0].metrics.value, rows[0].metrics.spend), (None, Some(amount("100"))));
    assert!(rows[0].reasons[&Metric::Value].contains("currency"));
}

#[test]
fn results_that_belong_to_nothing_are_said() {
    let calendar = calendar(Granularity::Month);
    let parts = json!({"results": [
        {"campaign_id": "1", "period": "2026-02", "conversions": 1},
        {"campaign_id": "1", "period": "2026-03-05", "conversions": 2},
        {"campaign_id": "7", "period": "2026-03", "conversions": 4},
    ]});
    let mut one = measured("1", "email", 100, None, 10);
    one.bucket = Some(date!(2026 - 02 - 01));
    let (rows, warnings) = join(&[one], &given(&parts, calendar).unwrap(), WHOLE);
    // March has no row in the report, and conversions all the same.
    assert_eq!(rows.len(), 2);
    assert_eq!(
        (rows[1].key.bucket, rows[1].metrics.conversions),
        (Some(date!(2026 - 03 - 01)), Some(amount("2")))
    );
    assert_eq!(rows[1].metrics.clicks, None);
    let told: Vec<_> = warnings.iter().map(|warning| (warning.code, warning.field.as_deref())).collect();
    assert_eq!(told, [("results_unmatched", Some("results[2]")), ("results_without_row", Some("results"))]);
    let blocks = compare(rows, &calendar, true);
    let periods: Vec<_> = blocks[0]
        .periods
        .as_ref()
        .unwrap()
        .iter()
        .map(|line| line.heading.period.clone().unwrap().unwrap())
        .collect();
    assert_eq!(periods, ["2026-02", "2026-03"]);
    assert_eq!(blocks[0].campaigns.as_ref().unwrap().len(), 1);
}

#[test]
fn currencies_stay_apart() {
    let rows = read(
        &[
            json!({"channel": "a", "spend": 1, "currency": "EUR"}),
            json!({"channel": "a", "spend": 2, "currency": "usd"}),
            json!({"channel": "a", "clicks": 3}),
        ],
        TOTAL,
        None,
    )
    .unwrap();
    let blocks = compare(rows.clone(), &TOTAL, true);
    let spends: Vec<_> =
        blocks.iter().map(|block| (block.currency.as_deref(), block.totals.metrics.spend)).collect();
    assert_eq!(spends, [(None, None), (Some("EUR"), Some(amount("1"))), (Some("USD"), Some(amount("2")))]);
    // With one currency, a row without money stands beside it.
    let one: Vec<Row> = rows.into_iter().filter(|row| row.key.currency.as_deref() != Some("USD")).collect();
    assert_eq!(compare(one, &TOTAL, true).len(), 1);
    // Costs in one currency and results in another meet in no ratio.
    let parts = json!({"message_costs": {"email": 1, "currency": "EUR"},
                       "results": [{"campaign_id": "1", "value": 5, "currency": "USD"}]});
    let (rows, _) = join(&[measured("1", "email", 1, None, 1)], &given(&parts, TOTAL).unwrap(), WHOLE);
    assert_eq!((rows[0].key.currency.as_deref(), rows[0].metrics.spend), (Some("USD"), None));
    assert_eq!(rows[0].reasons[&Metric::Spend], "its message cost is in EUR, the rest of the row in USD");
}

#[test]
fn a_part_of_a_report_has_no_shares() {
    let rows = read(&[json!({"channel": "a", "spend": 1, "conversions": 1, "currency": "EUR"})], TOTAL, None)
        .unwrap();
    let blocks = compare(rows, &TOTAL, false);
    let line = &blocks[0].totals;
    assert_eq!((line.figures["share_of_spend"], line.figures["cpa"]), (None, Some(amount("1"))));
    assert_eq!(line.reasons["share_of_conversions"], "the report was not read to its end");
}
