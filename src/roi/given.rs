//! What the caller knows of CleverTap's campaigns, which reports no money and, with its usual keys, no conversions.
//!
//! | part | |
//! |---|---|
//! | `message_costs` | `{email: "0.0004", …, currency}`: what a message of a channel costs; a campaign spends that for each `sent` |
//! | `results` | `[{campaign_id, period?, conversions?, value?, currency?}]`: what a campaign brought, by the caller's own measure |
//! | `estimate` | `{rates: {email: "0.02", …}, of?: "clicks", value_per_conversion?, currency?}`: an estimate, for what neither the caller nor CleverTap says |
//!
//! An estimate is made only when it is asked for, and labelled `estimated`.

use std::collections::BTreeMap;

use serde_json::Value;

use super::amount::Amount;
use super::period::Calendar;
use super::record::{Problems, Record};
use super::row::Metric;
use super::rows::MOST;
use crate::clevertap::campaigns::id::CampaignId;
use crate::clevertap::time::Day;
use crate::model::campaign::spelled;
use crate::model::{Channel, Error};

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

/// What one campaign brought in one bucket.
#[derive(Debug, Clone, PartialEq)]
pub struct Results {
    /// Where the first of its rows stands.
    pub place: String,
    pub conversions: Option<Amount>,
    pub value: Option<Amount>,
    pub currency: Option<String>,
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
    /// By CleverTap's id of the campaign, and bucket.
    pub results: BTreeMap<(String, Option<Day>), Results>,
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

    /// Reads `results`.
    pub fn read_results(&mut self, value: Value, calendar: &Calendar, problems: &mut Problems) {
        let Value::Array(list) = value else {
            return problems.add("results", "must be a list of objects");
        };
        if list.len() > MOST {
            return problems.add("results", format!("has more than {MOST} rows"));
        }
        let mut seen = BTreeMap::new();
        for (index, value) in list.into_iter().enumerate() {
            let Some(mut record) = Record::open(format!("results[{index}]"), value, problems) else {
                continue;
            };
            let id = record.text(&["campaign_id"]);
            let id = match id.as_deref().map(|id| CampaignId::parse(id, "campaign_id")) {
                Some(Ok(id)) => Some(id.remote),
                Some(Err(Error::Invalid(failures))) => {
                    for failure in failures {
                        record.fail("campaign_id", failure.message);
                    }
                    None
                }
                Some(Err(_)) => None,
                None => {
                    record.fail("campaign_id", "is missing: an id as campaigns and reports give it");
                    None
                }
            };
            let period = record.text(&["period", "date"]);
            let bucket = calendar.bucket(period.as_deref());
            if let Err(message) = &bucket {
                record.fail("period", message.clone());
            }
            let conversions = record.metric(Metric::Conversions, &["conversions"]);
            let value = record.metric(Metric::Value, &["value", "conversion_value", "revenue"]);
            if conversions.is_none() && value.is_none() && record.is_sound() {
                record.fail("", "says nothing: give conversions, value or both");
            }
            let currency = record.currency().or_else(|| self.currency.clone());
            if value.is_some() && currency.is_none() {
                record.fail("currency", "is missing: value is money");
            }
            if let (Some(id), Ok(bucket)) = (id, bucket) {
                let identity = (id.clone(), period.map(|period| period.to_ascii_uppercase()));
                if let Some(first) = seen.get(&identity) {
                    let message = format!("is of the same campaign and period as {first}: give one of them");
                    record.fail("", message);
                } else {
                    seen.insert(identity, record.place.clone());
                    let new = Results { place: record.place.clone(), conversions, value, currency };
                    self.add_results((id, bucket), new, &mut record);
                }
            }
            record.finish();
        }
    }

    /// Adds finer periods up into their bucket; a part that one of them lacks would be half a sum.
    fn add_results(&mut self, key: (String, Option<Day>), new: Results, record: &mut Record<'_>) {
        let Some(known) = self.results.get_mut(&key) else {
            self.results.insert(key, new);
            return;
        };
        if known.value.is_some() && new.value.is_some() && known.currency != new.currency {
            let message = format!(
                "is another than that of {}, of the same campaign: its counts cannot be divided between two currencies",
                known.place
            );
            return record.fail("currency", message);
        }
        if known.conversions.is_some() != new.conversions.is_some()
            || known.value.is_some() != new.value.is_some()
        {
            let message =
                format!("must have conversions and value as {} has them: they are added up", known.place);
            return record.fail("", message);
        }
        let sum = |known: Option<Amount>, new: Option<Amount>| known.and_then(|known| known.plus(new?));
        known.conversions = sum(known.conversions, new.conversions);
        known.value = sum(known.value, new.value);
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
