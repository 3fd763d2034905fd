//! What the caller knows of CleverTap's campaigns, which reports no money and, with its usual keys, no conversions.
//!
//! | part | |
//! |---|---|
//! | `message_costs` | `{email: "0.0004", …, currency}`: what a message of a channel costs; a campaign spends that for each `sent` |
//! | `results` | what a campaign brought, by the caller's own measure: see [`results`](super::results) |
//! | `estimate` | `{rates: {email: "0.02", …}, of?: "clicks", value_per_conversion?, currency?}`: an estimate, for what neither the caller nor CleverTap says |
//!
//! An estimate is made only when it is asked for, and labelled `estimated`.

use std::collections::BTreeMap;

use serde_json::Value;

use super::amount::Amount;
use super::record::{Problems, Record};
use super::results::{Place, Results};
use crate::model::Channel;
use crate::model::campaign::spelled;

spelled! {
    /// What an estimated conversion rate is a fraction of.
    Of { Sent = "sent", Impressions = "impressions", Clicks = "clicks" }
}

/// What messages cost.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Costs {
    pub by_channel: BTreeMap<&'static str, Amount>,
    pub currency: Option<String>,
}

impl Costs {
    #[must_use]
    pub fn has(&self, channel: Option<&str>) -> bool {
        channel.is_some_and(|channel| self.by_channel.contains_key(channel))
    }
}

/// At what rates to estimate.
#[derive(Debug, Clone, PartialEq)]
pub struct Estimate {
    pub of: Of,
    pub rates: BTreeMap<&'static str, Amount>,
    pub value_per_conversion: Option<Amount>,
    pub currency: Option<String>,
}

/// All that the caller gives for CleverTap's campaigns.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Given {
    /// For all that names none.
    pub currency: Option<String>,
    pub costs: Option<Costs>,
    pub results: BTreeMap<Place, Results>,
    pub estimate: Option<Estimate>,
}

impl Given {
    /// Reads `message_costs`.
    pub fn read_costs(&mut self, value: Value, problems: &mut Problems) {
        let Some(mut record) = Record::open("message_costs".to_owned(), value, problems) else { return };
        let currency = record.currency().or_else(|| self.currency.clone());
        if currency.is_none() {
            record.fail("currency", "is missing: costs are money");
        }
        self.costs = Some(Costs { by_channel: by_channel(&mut record), currency });
    }

    /// Reads `estimate`.
    pub fn read_estimate(&mut self, value: Value, problems: &mut Problems) {
        let Some(mut record) = Record::open("estimate".to_owned(), value, problems) else { return };
        let of = match record.text(&["of"]) {
            None => Of::Clicks,
            Some(text) => Of::parse(&text).unwrap_or_else(|| {
                record.fail("of", format!("must be one of {}", Of::accepted()));
                Of::Clicks
            }),
        };
        let value_per_conversion = record.amount(&["value_per_conversion"]);
        let currency = record.currency().or_else(|| self.currency.clone());
        if value_per_conversion.is_some() && currency.is_none() {
            record.fail("currency", "is missing: value_per_conversion is money");
        }
        let rates = record.take(&["rates"]);
        if rates.is_none() && value_per_conversion.is_none() {
            record.fail("rates", "is missing: a fraction for each channel, such as {\"email\": \"0.02\"}");
        }
        record.finish();
        let rates = rates.and_then(|rates| Record::open("estimate.rates".to_owned(), rates, problems));
        let rates = rates.map(|mut rates| by_channel(&mut rates)).unwrap_or_default();
        let one = Amount::count(1).unwrap_or_default();
        for (channel, _) in rates.iter().filter(|(_, rate)| **rate > one) {
            problems.add(format!("estimate.rates.{channel}"), "must be a fraction, from 0 to 1");
        }
        self.estimate = Some(Estimate { of, rates, value_per_conversion, currency });
    }
}

/// The rest of an object, as an amount for each channel.
fn by_channel(record: &mut Record<'_>) -> BTreeMap<&'static str, Amount> {
    let mut amounts = BTreeMap::new();
    for (name, value) in record.rest() {
        let Some(channel) = Channel::parse(&name) else {
            record.fail(&name, format!("is no channel of CleverTap's; accepted: {}", Channel::accepted()));
            continue;
        };
        match Amount::from_json(&value) {
            Ok(amount) if amount.is_negative() => record.fail(&name, "must not be negative"),
            Ok(amount) if amounts.insert(channel.as_str(), amount).is_some() => {
                record.fail(&name, "is given twice");
            }
            Ok(_) => {}
            Err(error) => record.fail(&name, error.to_string()),
        }
    }
    amounts
}
