//! Properties of the arithmetic, checked by whole numbers.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::roi::row::{Key, Metric, Source};

fn any_amount(negative: bool) -> impl Strategy<Value = Option<Amount>> {
    let units = 0i64..2_000_000_000;
    let edge = prop_oneof![Just("999999999999.99999999"), Just("0.00000001"), Just("0")];
    prop_oneof![
        1 => Just(None),
        5 => (units, 0u32..9, any::<bool>()).prop_map(move |(units, places, minus)| {
            let text = format!("{units:09}");
            let (whole, part) = text.split_at(text.len() - places as usize);
            let sign = if minus && negative { "-" } else { "" };
            let text = if part.is_empty() { format!("{sign}{whole}") } else if whole.is_empty() { format!("{sign}0.{part}") } else { format!("{sign}{whole}.{part}") };
            Some(amount(&text))
        }),
        1 => edge.prop_map(|text| Some(amount(text))),
    ]
}

fn any_count() -> impl Strategy<Value = Option<Amount>> {
    prop_oneof![Just(None), Just(Amount::count(0)), (0u64..1_000_000_000_000).prop_map(Amount::count)]
}

fn any_row() -> impl Strategy<Value = Row> {
    let key = (0u8..3, 0u8..3, 0u8..2, 0i64..3, any::<bool>());
    (key, any_amount(false), any_count(), any_count(), any_amount(false), any_amount(true)).prop_map(
        |((channel, campaign, currency, month, ours), spend, impressions, clicks, conversions, value)| {
            let mut row = Row::new(Key {
                currency: Some(if currency == 0 { "EUR" } else { "USD" }.to_owned()),
                channel: Some(format!("c{channel}")),
                campaign: Some(format!("k{campaign}")),
                campaign_id: None,
                bucket: Some(
                    date!(2026 - 01 - 01)
                        .replace_month(time::Month::January.nth_next(u8::try_from(month).unwrap()))
                        .unwrap(),
                ),
                source: if ours { Source::CleverTap } else { Source::Caller },
            });
            for (metric, value) in Metric::ALL.iter().zip([spend, impressions, clicks, conversions, value]) {
                row.set(*metric, value.ok_or_else(|| "none".to_owned()));
            }
            row
        },
    )
}

/// An amount as a whole number of its smallest unit.
fn units(amount: Amount) -> i128 {
    let text = amount.to_string();
    let (sign, text) = text.strip_prefix('-').map_or((1, text.as_str()), |rest| (-1, rest));
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    sign * format!("{whole}{part:0<8}").parse::<i128>().unwrap()
}

/// A quotient to 6 decimals, half away from zero, by whole numbers alone.
fn quotient(over: i128, by: i128, scale: i128) -> i128 {
    let (over, by) = (over * scale * 1_000_000, by);
    let (sign, over) = (over.signum() * by.signum(), over.abs());
    sign * ((2 * over + by.abs()) / (2 * by.abs()))
}

proptest! {
    #[test]
    fn sums_are_exact_whatever_is_grouped(rows in prop::collection::vec(any_row(), 1..60)) {
        let calendar = Calendar { granularity: Granularity::Month, first: None, end: None };
        let mut expected: BTreeMap<(Option<String>, Metric), i128> = BTreeMap::new();
        for row in &rows {
            for metric in Metric::ALL {
                if let Some(value) = row.metrics.get(*metric) {
                    *expected.entry((row.key.currency.clone(), *metric)).or_default() += units(value);
                }
            }
        }
        for block in compare(rows, &calendar, true) {
            let empty = Vec::new();
            let groupings = [&block.rows, &block.channels, block.campaigns.as_ref().unwrap_or(&empty), block.periods.as_ref().unwrap_or(&empty)];
            for metric in Metric::ALL {
                let total = block.totals.metrics.get(*metric).map(units);
                prop_assert_eq!(total, expected.get(&(block.currency.clone(), *metric)).copied());
                for lines in groupings.iter().filter(|lines| !lines.is_empty()) {
                    let values: Vec<i128> = lines.iter().filter_map(|line| line.metrics.get(*metric)).map(units).collect();
                    let sum = (!values.is_empty()).then(|| values.iter().sum::<i128>());
                    prop_assert_eq!(sum, total);
                }
            }
        }
    }

    #[test]
    fn the_order_of_rows_does_not_matter(rows in prop::collection::vec(any_row(), 1..30), seed in any::<u64>()) {
        let calendar = Calendar { granularity: Granularity::Month, first: None, end: None };
        let mut shuffled = rows.clone();
        let mut state = seed;
        for place in (1..shuffled.len()).rev() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            shuffled.swap(place, usize::try_from(state >> 33).unwrap() % (place + 1));
        }
        prop_assert_eq!(compare(rows, &calendar, true), compare(shuffled, &calendar, true));
    }

    #[test]
    fn every_figure_is_right_or_null_with_a_reason(rows in prop::collection::vec(any_row(), 1..12)) {
        let calendar = Calendar { granularity: Granularity::Month, first: None, end: None };
        for block in compare(rows, &calendar, true) {
            for line in block.rows.iter().chain(&block.channels).chain([&block.totals]) {
                for (name, figure) in &line.figures {
                    prop_assert_eq!(figure.is_none(), line.reasons.contains_key(name), "{}", name);
                }
                let of = |metric: Metric| line.metrics.get(metric).map(units);
                let (spend, value) = (of(Metric::Spend), of(Metric::Value));
                let gain = spend.zip(value).map(|(spend, value)| value - spend);
                let ratios = [
                    ("cpa", spend, of(Metric::Conversions), 1),
                    ("cpc", spend, of(Metric::Clicks), 1),
                    ("cpm", spend, of(Metric::Impressions), 1000),
                    ("roas", value, spend, 1),
                    ("roi", gain, spend, 1),
                    ("share_of_spend", spend, block.totals.metrics.spend.map(units), 1),
                ];
                for (name, over, by, scale) in ratios {
                    let Some(figure) = line.figures[name] else { continue };
                    let (over, by) = (over.unwrap(), by.unwrap());
                    prop_assert!(by != 0);
                    prop_assert_eq!(units(figure), quotient(over, by, scale) * 100, "{}", name);
                }
            }
        }
    }

    #[test]
    fn amounts_come_back_as_they_went(number in -99_999_999_999_999_999i64..100_000_000_000_000_000, places in 0u32..9) {
        let digits = format!("{:020}", number.abs());
        let (whole, part) = digits.split_at(20 - places as usize);
        let whole = whole.trim_start_matches('0');
        let whole = if whole.is_empty() { "0" } else { whole };
        prop_assume!(whole.len() <= 12);
        let sign = if number < 0 { "-" } else { "" };
        let text = if part.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{part}") };
        let amount = Amount::parse(&text).unwrap();
        prop_assert_eq!(Amount::parse(&amount.to_string()), Ok(amount));
        prop_assert_eq!(units(amount), text.replace('.', "").parse::<i128>().unwrap() * 10i128.pow(8 - places));
    }

    #[test]
    fn any_text_is_an_amount_or_an_error(text in "[-+0-9.eE_, ]{0,40}|.{0,20}") {
        if let Ok(amount) = Amount::parse(&text) {
            prop_assert!(text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.' || byte == b'-'));
            prop_assert!(amount.to_string().len() <= text.len());
        }
    }

    #[test]
    fn any_csv_is_rows_or_errors(text in "(channel|clicks|spend|[,;\"\n\r a-z0-9]){0,60}") {
        let _ = read_csv(&text);
    }

    #[test]
    fn any_json_is_read_or_refused(value in any_json()) {
        let (mut problems, mut given) = (Problems::default(), Given::default());
        given.read_costs(value.clone(), &mut problems);
        let mut results = results::Reader::new(TOTAL, None);
        let mut add = |place, row, problems: &mut Problems| results.add(place, row, problems);
        table::RESULTS.read(Some(value.clone()), None, &mut problems, &mut add);
        given.results = results.finish();
        given.read_estimate(value.clone(), &mut problems);
        let measured = reported::read(value.clone(), &TOTAL, &mut problems);
        let mut rows = Rows::new(TOTAL, None);
        rows.add("rows[0]".to_owned(), value, &mut problems);
        let (mut all, _) = join(&measured, &given, WHOLE);
        all.extend(rows.finish());
        let _ = compare(all, &TOTAL, true);
        // One thing cannot be all of these.
        prop_assert!(problems.finish().is_err());
    }
}

/// JSON that is near to what is read, or far from it.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        prop::sample::select(vec![
            "EUR",
            "1.5",
            "-1",
            "NaN",
            "1e9",
            "2026-02",
            "900",
            "msg-20260215-900",
            "total",
            "ready",
            ""
        ])
        .prop_map(Value::from),
    ];
    let names = prop::sample::select(vec![
        "channel",
        "campaign",
        "campaign_id",
        "period",
        "spend",
        "cost",
        "clicks",
        "impressions",
        "conversions",
        "value",
        "currency",
        "email",
        "rates",
        "of",
        "id",
        "remote_id",
        "counts",
        "window",
        "granularity",
        "status",
        "value_per_conversion",
    ]);
    leaf.prop_recursive(4, 40, 8, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(names.clone(), inner, 0..8).prop_map(|fields| Value::Object(
                fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
            )),
        ]
    })
}
