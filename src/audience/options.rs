//! What Google wants to know besides people.

use serde::Serialize;
use serde_json::Value;

use super::google::MOST_DESTINATIONS;

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

impl Google {
    /// # Errors
    /// What is wrong with the destinations.
    pub fn check(&self) -> Result<(), String> {
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
