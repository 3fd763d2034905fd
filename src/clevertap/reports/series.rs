//! Folding days into weeks and months, and adding counts up.

use rust_decimal::Decimal;
use serde_json::Number;

use super::super::time::{Day, add_days};
use crate::model::{Counts, Granularity};

/// Adds counts up. A count that any of them lacks is null in the sum: half a sum would pass for a whole one.
/// Counts of distinct people are never added up.
#[must_use]
pub fn sum<'a>(counts: impl IntoIterator<Item = &'a Counts>) -> Counts {
    let counts: Vec<&Counts> = counts.into_iter().collect();
    let mut total = Counts::default();
    if let [only] = counts.as_slice() {
        return (*only).clone();
    }
    for name in Counts::NAMES.iter().filter(|name| !Counts::UNIQUE.contains(name)) {
        let sum = counts.iter().try_fold(0u64, |sum, counts| sum.checked_add(counts.get(name)?));
        total.set(name, sum.filter(|_| !counts.is_empty()));
    }
    let currencies: Vec<_> = counts.iter().map(|counts| &counts.currency).collect();
    let one_currency = currencies.iter().zip(currencies.iter().skip(1)).all(|(one, next)| one == next);
    if one_currency && !counts.is_empty() {
        total.conversion_value = counts
            .iter()
            .try_fold(Decimal::ZERO, |sum, counts| {
                sum.checked_add(decimal(counts.conversion_value.as_ref()?)?)
            })
            // Written out and read again: a tenth and two tenths are three tenths.
            .and_then(|sum| serde_json::from_str(&sum.normalize().to_string()).ok());
        total.currency = currencies.first().and_then(|currency| (*currency).clone());
    }
    total
}

fn decimal(number: &Number) -> Option<Decimal> {
    let text = number.to_string();
    Decimal::from_str_exact(&text).or_else(|_| Decimal::from_scientific(&text)).ok()
}

/// First day of the bucket that a day falls into, and the first day after it. Weeks begin on Monday.
#[must_use]
pub fn bucket(day: Day, granularity: Granularity) -> (Day, Day) {
    match granularity {
        Granularity::Total | Granularity::Day => (day, add_days(day, 1)),
        Granularity::Week => {
            let monday = add_days(day, i64::from(day.weekday().number_days_from_monday()).saturating_neg());
            (monday, add_days(monday, 7))
        }
        Granularity::Month => {
            let first = day.replace_day(1).unwrap_or(day);
            let next = add_days(first, i64::from(first.month().length(first.year())));
            (first, next)
        }
    }
}

/// Folds days, oldest first, into buckets of the project's calendar. Buckets without a day are absent.
#[must_use]
pub fn fold(days: &[(Day, Counts)], granularity: Granularity) -> Vec<((Day, Day), Counts)> {
    let mut buckets: Vec<((Day, Day), Vec<&Counts>)> = Vec::new();
    for (day, counts) in days {
        let bucket = bucket(*day, granularity);
        match buckets.last_mut() {
            Some((last, members)) if *last == bucket => members.push(counts),
            _ => buckets.push((bucket, vec![counts])),
        }
    }
    buckets.into_iter().map(|(bucket, members)| (bucket, sum(members))).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::macros::date;

    use super::*;

    fn counts(sent: u64, clicks: Option<u64>) -> Counts {
        Counts { sent: Some(sent), clicks, unique_opens: Some(1), ..Counts::default() }
    }

    #[test]
    fn folds_into_weeks_and_months() {
        let days = vec![
            (date!(2026 - 01 - 30), counts(1, Some(1))),
            (date!(2026 - 02 - 01), counts(2, None)),
            (date!(2026 - 02 - 02), counts(4, Some(4))),
        ];
        let weeks = fold(&days, Granularity::Week);
        assert_eq!(weeks.len(), 2);
        assert_eq!(weeks[0].0, (date!(2026 - 01 - 26), date!(2026 - 02 - 02)));
        assert_eq!((weeks[0].1.sent, weeks[0].1.clicks, weeks[0].1.unique_opens), (Some(3), None, None));
        let months = fold(&days, Granularity::Month);
        assert_eq!(months[1].0, (date!(2026 - 02 - 01), date!(2026 - 03 - 01)));
        assert_eq!(months[1].1.sent, Some(6));
    }

    #[test]
    fn money_adds_up_exactly() {
        let value = |value: f64| Counts { conversion_value: Number::from_f64(value), ..Counts::default() };
        let sum_of = |values: &[f64]| {
            let counts: Vec<Counts> = values.iter().map(|number| value(*number)).collect();
            sum(&counts).conversion_value.map(|sum| sum.to_string())
        };
        assert_eq!(sum_of(&[0.1, 0.2]).as_deref(), Some("0.3"));
        assert_eq!(sum_of(&[1e-7, 19.99, 5.01]).as_deref(), Some("25.0000001"));
        assert_eq!(sum_of(&[1e300, 1.0]), None);
    }

    #[test]
    fn nothing_adds_up_to_nothing() {
        assert_eq!(sum([]), Counts::default());
    }

    proptest! {
        #[test]
        fn folding_keeps_the_total(sents in prop::collection::vec(0u64..1000, 1..200)) {
            let days: Vec<_> = (0..).zip(&sents).map(|(place, sent)| (add_days(date!(2025 - 11 - 17), place), counts(*sent, None))).collect();
            let total: u64 = sents.iter().sum();
            for granularity in [Granularity::Day, Granularity::Week, Granularity::Month] {
                let folded: u64 = fold(&days, granularity).iter().filter_map(|(_, counts)| counts.sent).sum();
                prop_assert_eq!(folded, total);
            }
        }
    }
}
