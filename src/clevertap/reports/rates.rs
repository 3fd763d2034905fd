//! Rates and derived figures, each with the count that it is a fraction of.
//!
//! | rate | numerator | denominator |
//! |---|---|---|
//! | `delivery_rate`, `failed_rate`, `bounce_rate` | `delivered`, `failed`, `bounced` | `sent` |
//! | `open_rate`, `impression_rate`, `click_rate`, `conversion_rate`, `unsubscribe_rate`, `spam_complaint_rate` | the count | `delivered`, else `sent` |
//! | `click_to_open_rate` | `clicks` | `opens`, else `impressions` |
//!
//! A zero or unknown denominator gives null.

use crate::model::report::Derived;
use crate::model::{Counts, Rates};

/// The first count that is known, among names.
fn first(counts: &Counts, names: &[&'static str]) -> Option<(&'static str, u64)> {
    names.iter().find_map(|name| Some((*name, counts.get(name)?)))
}

#[allow(clippy::cast_precision_loss)]
fn fraction(numerator: Option<u64>, denominator: u64) -> Option<f64> {
    (denominator > 0).then_some(numerator? as f64 / denominator as f64)
}

/// All rates that the counts allow.
#[must_use]
pub fn rates(counts: &Counts) -> Rates {
    let mut rates = Rates::default();
    let mut rate = |name: &'static str, numerator: Option<u64>, denominators: &[&'static str]| {
        let (denominator, value) = first(counts, denominators)?;
        let value = fraction(numerator, value)?;
        rates.rate_denominators.insert(name, denominator);
        Some(value)
    };
    const SENT: &[&str] = &["sent"];
    const REACHED: &[&str] = &["delivered", "sent"];
    let delivery = rate("delivery_rate", counts.delivered, SENT);
    let failed = rate("failed_rate", counts.failed, SENT);
    let bounce = rate("bounce_rate", counts.bounced, SENT);
    let open = rate("open_rate", counts.opens, REACHED);
    let impression = rate("impression_rate", counts.impressions, REACHED);
    let click = rate("click_rate", counts.clicks, REACHED);
    let click_to_open = rate("click_to_open_rate", counts.clicks, &["opens", "impressions"]);
    let conversion = rate("conversion_rate", counts.conversions, REACHED);
    let unsubscribe = rate("unsubscribe_rate", counts.unsubscribes, REACHED);
    let spam = rate("spam_complaint_rate", counts.spam_complaints, REACHED);
    Rates {
        delivery_rate: delivery,
        failed_rate: failed,
        bounce_rate: bounce,
        open_rate: open,
        impression_rate: impression,
        click_rate: click,
        click_to_open_rate: click_to_open,
        conversion_rate: conversion,
        unsubscribe_rate: unsubscribe,
        spam_complaint_rate: spam,
        rate_denominators: rates.rate_denominators,
    }
}

/// Figures that follow from counts and money.
#[must_use]
#[allow(clippy::cast_precision_loss)]
pub fn derived(counts: &Counts) -> Derived {
    let value = counts.conversion_value.as_ref().and_then(serde_json::Number::as_f64);
    let per = |count: Option<u64>| match (value, count) {
        (Some(value), Some(count)) if count > 0 => Some(value / count as f64),
        _ => None,
    };
    let control = fraction(counts.control_conversions, counts.control_recipients.unwrap_or(0));
    let treated =
        fraction(counts.conversions, counts.recipients.or(counts.delivered).or(counts.sent).unwrap_or(0));
    Derived {
        average_order_value: per(counts.conversions),
        revenue_per_recipient: per(counts.recipients),
        conversion_lift: match (treated, control) {
            (Some(treated), Some(control)) if control > 0.0 => Some((treated - control) / control),
            _ => None,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_name_their_denominators() {
        let counts = Counts {
            sent: Some(200),
            delivered: Some(100),
            opens: Some(50),
            clicks: Some(5),
            ..Counts::default()
        };
        let rates = rates(&counts);
        assert_eq!(
            (rates.delivery_rate, rates.open_rate, rates.click_to_open_rate),
            (Some(0.5), Some(0.5), Some(0.1))
        );
        assert_eq!(rates.rate_denominators.get("open_rate"), Some(&"delivered"));
        assert_eq!(rates.rate_denominators.get("delivery_rate"), Some(&"sent"));
        assert_eq!((rates.conversion_rate, rates.rate_denominators.get("conversion_rate")), (None, None));
    }

    #[test]
    fn zero_denominators_give_null() {
        let counts = Counts { sent: Some(0), clicks: Some(0), ..Counts::default() };
        assert_eq!(rates(&counts), Rates::default());
    }
}
