//! What must go out: each value of the sandbox's customers normalised and hashed once more, by code of its own.

use clevertap_sandbox::PersonTruth;
use component_tests::{PROJECT, World};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

fn sha256(text: &str) -> String {
    format!("{:x}", Sha256::digest(text))
}

/// What a person's row must be, or none for whom nothing identifies. By the tables in the README.
pub(super) struct Expected {
    email: String,
    phone: Option<String>,
    names: Option<(String, String)>,
    town: Option<String>,
    country: Option<String>,
    postcode: Option<String>,
}

impl Expected {
    pub(super) fn of(person: &PersonTruth) -> Self {
        let property = |name: &str| person.properties.get(name).and_then(Value::as_str).map(str::to_owned);
        let name = person.name.as_deref().unwrap_or_default().to_lowercase();
        let words: Vec<&str> = name.split(' ').collect();
        let names = match words.as_slice() {
            [first, last] => Some(((*first).to_owned(), (*last).to_owned())),
            _ => None,
        };
        Self {
            email: person.email.as_deref().unwrap_or_default().trim().to_lowercase(),
            phone: person.phone.map(|number| number.to_string()),
            names,
            town: property("Town"),
            country: property("Country").map(|code| code.trim().to_lowercase()),
            postcode: property("Postcode"),
        }
    }

    /// An address, hashed; or the hash that it is.
    fn hashed_email(&self, plain: impl Fn(&str) -> String) -> Option<String> {
        match self.email.len() {
            _ if self.email.contains('@') => Some(sha256(&plain(&self.email))),
            64 => Some(self.email.clone()),
            _ => None,
        }
    }

    pub(super) fn meta(&self) -> Option<Vec<String>> {
        let letters = |text: &str| text.chars().filter(|c| c.is_alphabetic()).collect::<String>();
        let email = self.hashed_email(str::to_owned);
        let town = self.town.as_ref().map(|town| {
            town.chars().filter(char::is_ascii_alphabetic).collect::<String>().to_ascii_lowercase()
        });
        let phone = self.phone.as_deref().map(sha256);
        let (first, last) = self.names.clone().unzip();
        if email.is_none() && phone.is_none() {
            return None;
        }
        let hashed = |text: Option<String>| text.map(|text| sha256(&text));
        let row = [
            email,
            phone,
            hashed(last.map(|name| letters(&name))),
            hashed(first.map(|name| letters(&name))),
            hashed(town),
            hashed(self.country.clone()),
        ];
        Some(row.map(Option::unwrap_or_default).to_vec())
    }

    pub(super) fn google(&self) -> Option<Value> {
        let email = self.hashed_email(|email| match email.split_once('@') {
            Some((local, "gmail.com")) => {
                format!("{}@gmail.com", local.split('+').next().unwrap_or_default().replace('.', ""))
            }
            _ => email.to_owned(),
        });
        let mut identifiers: Vec<Value> = Vec::new();
        identifiers.extend(email.map(|email| json!({ "emailAddress": email })));
        let phone = self.phone.as_ref().map(|phone| sha256(&format!("+{phone}")));
        identifiers.extend(phone.map(|phone| json!({ "phoneNumber": phone })));
        if let (Some((first, last)), Some(country), Some(postcode)) =
            (&self.names, &self.country, &self.postcode)
        {
            identifiers.push(json!({"address": {
                "givenName": sha256(first), "familyName": sha256(last),
                "regionCode": country.to_uppercase(), "postalCode": postcode,
            }}));
        }
        (!identifiers.is_empty()).then(|| json!({"userData": {"userIdentifiers": identifiers}}))
    }
}

/// The rows that must go out, sorted. No two are alike.
pub(super) fn expected(world: &World, destination: &str) -> Vec<String> {
    let people = world.state().people_of(PROJECT, "Signed Up");
    let row = |person: &PersonTruth| {
        let expected = Expected::of(person);
        match destination {
            "meta_api" => expected.meta().map(|row| flat(&json!(row))),
            _ => expected.google().map(|member| flat(&member)),
        }
    };
    let mut rows: Vec<String> = people.iter().filter_map(row).collect();
    rows.sort_unstable();
    assert!(rows.windows(2).all(|pair| pair[0] != pair[1]));
    rows
}

/// A row as one text. Escaping millions of values, which need none, takes longer than all else.
pub(super) fn flat(row: &Value) -> String {
    fn write(value: &Value, out: &mut String) {
        match value {
            Value::Array(list) => list.iter().for_each(|value| write(value, out)),
            Value::Object(members) => members.iter().for_each(|(key, value)| {
                out.push_str(key);
                write(value, out);
            }),
            leaf => {
                out.push_str(leaf.as_str().expect("a text"));
                out.push('|');
            }
        }
    }
    let mut out = String::new();
    write(row, &mut out);
    out
}

/// Of each eight customers one has nothing that identifies; see the sandbox's `seed/customers.rs`.
pub(super) fn counts(destination: &str, people: usize) -> Value {
    let eighth = people as u64 / 8;
    let mut dropped = json!({"email": {"malformed": eighth}, "name": {"name_not_split": 2 * eighth}});
    if destination == "google_data_manager" {
        for (column, eighths) in [("first_name", 1), ("last_name", 1), ("country", 2), ("postal_code", 1)] {
            dropped[column] = json!({"address_incomplete": eighths * eighth});
        }
    }
    json!({
        "people_read": 8 * eighth, "rows": 7 * eighth, "skipped": {"no_identifier": eighth},
        "fields_dropped": dropped,
    })
}
