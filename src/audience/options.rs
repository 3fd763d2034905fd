//! What only one destination wants to know besides people, and what is wrong where another is told of it.
//!
//! | setting | of | what is taken |
//! |---|---|---|
//! | audience id | `meta_api` | digits |
//! | limited data use | `meta_api` | to say that there is none is to say nothing |
//! | estimated total | `meta_api` | |
//! | destinations | `google_data_manager`, which needs them | 1 to 10 of Google's `Destination` objects |
//! | consent to use and to personalisation, terms of service | `google_data_manager` | with `add` alone |

use serde::Serialize;
use serde_json::Value;

use super::google::MOST_DESTINATIONS;
use super::order::{Destination, Operation, Order};

/// What people have agreed to, as the caller says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Consent {
    Granted,
    Denied,
}

/// What Google wants to know.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Google {
    /// Google's `Destination` objects, as they are.
    pub destinations: Vec<Value>,
    pub ad_user_data: Option<Consent>,
    pub ad_personalization: Option<Consent>,
    /// Whether the terms of Customer Match have been accepted.
    pub terms_accepted: Option<bool>,
}

/// Something that a caller may say besides, by which it is named in what is wrong with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Setting {
    AudienceId,
    LimitedDataUse,
    EstimatedTotal,
    Destinations,
    AdUserData,
    AdPersonalization,
    TermsOfService,
}

impl Setting {
    const fn of(self) -> Destination {
        match self {
            Self::AudienceId | Self::LimitedDataUse | Self::EstimatedTotal => Destination::MetaApi,
            Self::Destinations | Self::AdUserData | Self::AdPersonalization | Self::TermsOfService => {
                Destination::GoogleDataManager
            }
        }
    }

    /// Whether Google's `audienceMembers:remove` has no field for it.
    const fn is_of_add_alone(self) -> bool {
        matches!(self, Self::AdUserData | Self::AdPersonalization | Self::TermsOfService)
    }
}

impl Google {
    fn check(&self) -> Result<(), String> {
        let is_text = |value: Option<&Value>| value.is_some_and(|value| value.is_string() || value.is_u64());
        let is_destination = |value: &Value| {
            is_text(value.pointer("/operatingAccount/accountId"))
                && is_text(value.get("productDestinationId"))
        };
        if self.destinations.is_empty() || self.destinations.len() > MOST_DESTINATIONS {
            return Err(format!("must have 1 to {MOST_DESTINATIONS} of Google's Destination objects"));
        }
        match self.destinations.iter().position(|value| !is_destination(value)) {
            None => Ok(()),
            Some(place) => Err(format!(
                "number {place} is no Destination of Google's: \
                 {{\"operatingAccount\": {{\"accountType\": \"GOOGLE_ADS\", \"accountId\": …}}, \"productDestinationId\": …}}, \
                 the last of which is the user list"
            )),
        }
    }
}

impl Order {
    /// All that is wrong with what is said besides people and columns; nothing is left out without a word.
    #[must_use]
    pub fn wrong_settings(&self) -> Vec<(Setting, String)> {
        let google = &self.google;
        let given = [
            (Setting::AudienceId, self.audience_id.is_some()),
            (Setting::LimitedDataUse, self.limited_data_use),
            (Setting::EstimatedTotal, self.estimated_total.is_some()),
            (Setting::Destinations, !google.destinations.is_empty()),
            (Setting::AdUserData, google.ad_user_data.is_some()),
            (Setting::AdPersonalization, google.ad_personalization.is_some()),
            (Setting::TermsOfService, google.terms_accepted.is_some()),
        ];
        let mut wrong = Vec::new();
        for (setting, _) in given.into_iter().filter(|(_, given)| *given) {
            if setting.of() != self.destination {
                wrong.push((setting, format!("is of {} alone", setting.of().name())));
            } else if setting.is_of_add_alone() && self.operation == Operation::Remove {
                let message = "is of add alone: Google's request that removes members has no place for it";
                wrong.push((setting, message.to_owned()));
            }
        }
        // It becomes part of an address.
        let is_id = |id: &str| !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit());
        if self.audience_id.as_deref().is_some_and(|id| !is_id(id)) {
            let message = "must be the number of a custom audience, as a text";
            wrong.push((Setting::AudienceId, message.to_owned()));
        }
        if self.destination == Destination::GoogleDataManager
            && let Err(message) = google.check()
        {
            wrong.push((Setting::Destinations, message));
        }
        wrong
    }
}
