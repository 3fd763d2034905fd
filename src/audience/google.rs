//! Google's Customer Match: payloads for its Data Manager API, and files for Google Ads.
//!
//! | column | identifier, header of a file | form |
//! |---|---|---|
//! | `email` | `emailAddress`, `Email` | no white space, lower case; at gmail.com and googlemail.com without dots and `+…` |
//! | `phone` | `phoneNumber`, `Phone` | E.164 with its plus sign |
//! | `first_name` | `address.givenName`, `First Name` | ends trimmed, lower case, no titles |
//! | `last_name` | `address.familyName`, `Last Name` | ends trimmed, lower case, no suffixes |
//! | `country` | `address.regionCode`, `Country` | ISO 3166-1 alpha-2; **in clear** |
//! | `postal_code` | `address.postalCode`, `Zip` | as it is, ends trimmed; **in clear** |
//!
//! The first four go out as SHA-256 in hexadecimal. What is missing is left out; an address counts with all its four
//! parts, and where one is missing the others are dropped: `address_incomplete`. Country codes are in upper case, as
//! in Google's own formatter.
//!
//! Google does not replace: [`Destination::takes`](super::Destination::takes).
//!
//! Sources: developers.google.com/data-manager/api/devguides/concepts/formatting and its limits, `audienceMembers`
//! `:ingest` and `:remove` of its REST reference; `googleads/data-manager-python` with its tests; for files
//! support.google.com/google-ads/answer/7659867 and /7476159.

use serde_json::{Value, json};

use super::column::{Column, Form};
use super::field::Field;
use super::normal;
use super::options::Consent;
use super::order::{Operation, Order};
use super::reach;

/// The most members of one request, and the most destinations.
pub(super) const BATCH: u64 = 10_000;
pub(super) const MOST_DESTINATIONS: usize = 10;

/// The parts of an address, which stand and fall together.
pub(super) const ADDRESS: [&str; 4] = ["first_name", "last_name", "country", "postal_code"];

/// Identifiers of a member.
pub(super) static API: &[Column] = &[
    Column::new(Field::Email, "emailAddress", Form::Hashed, reach::email_of_google),
    Column::new(Field::Phone, "phoneNumber", Form::Hashed, reach::phone_of_google),
    Column::new(Field::FirstName, "givenName", Form::Hashed, normal::given_name),
    Column::new(Field::LastName, "familyName", Form::Hashed, normal::family_name),
    Column::new(Field::Country, "regionCode", Form::Clear, normal::country_in_upper_case),
    Column::new(Field::PostalCode, "postalCode", Form::Clear, normal::postal_code),
];

/// Headers of a file, spelled exactly so.
pub(super) static CSV: &[Column] = &[
    Column::new(Field::Email, "Email", Form::Hashed, reach::email_of_google),
    Column::new(Field::Phone, "Phone", Form::Hashed, reach::phone_of_google),
    Column::new(Field::FirstName, "First Name", Form::Hashed, normal::given_name),
    Column::new(Field::LastName, "Last Name", Form::Hashed, normal::family_name),
    Column::new(Field::Country, "Country", Form::Clear, normal::country_in_upper_case),
    Column::new(Field::PostalCode, "Zip", Form::Clear, normal::postal_code),
];

/// Whether these columns tell Google who somebody is.
pub(super) fn identifies(has: &dyn Fn(&str) -> bool) -> bool {
    has("email") || has("phone") || ADDRESS.iter().all(|name| has(name))
}

/// A member, from the values of a row and the columns they stand in.
pub(super) fn member(columns: &[&'static Column], values: &[Option<String>]) -> Value {
    let (mut identifiers, mut address) = (Vec::new(), serde_json::Map::new());
    for (column, value) in columns.iter().zip(values) {
        let Some(value) = value else { continue };
        if ADDRESS.contains(&column.name) {
            address.insert(column.key.to_owned(), json!(value));
        } else {
            identifiers.push(json!({ column.key: value }));
        }
    }
    if !address.is_empty() {
        identifiers.push(json!({ "address": address }));
    }
    json!({ "userData": { "userIdentifiers": identifiers } })
}

/// All of a request but its members. An order to remove has no consent and no terms: see [`options`](super::options).
pub(super) fn frame(order: &Order) -> serde_json::Map<String, Value> {
    let google = &order.google;
    let mut frame = serde_json::Map::new();
    frame.insert("destinations".to_owned(), json!(google.destinations));
    frame.insert("encoding".to_owned(), json!("HEX"));
    let word = |consent: Consent| match consent {
        Consent::Granted => "CONSENT_GRANTED",
        Consent::Denied => "CONSENT_DENIED",
    };
    let mut consent = serde_json::Map::new();
    let given = [("adUserData", google.ad_user_data), ("adPersonalization", google.ad_personalization)];
    for (key, given) in given {
        if let Some(given) = given {
            consent.insert(key.to_owned(), json!(word(given)));
        }
    }
    if !consent.is_empty() {
        frame.insert("consent".to_owned(), Value::Object(consent));
    }
    if let Some(accepted) = google.terms_accepted {
        let status = if accepted { "ACCEPTED" } else { "REJECTED" };
        let terms = json!({ "customerMatchTermsOfServiceStatus": status });
        frame.insert("termsOfService".to_owned(), terms);
    }
    frame
}

/// Method and address of a request.
pub(super) fn call(order: &Order) -> (&'static str, String) {
    let verb = if order.operation == Operation::Remove { "remove" } else { "ingest" };
    ("POST", format!("https://datamanager.googleapis.com/v1/audienceMembers:{verb}"))
}
