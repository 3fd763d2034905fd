//! A person, as far as audiences are concerned.
//!
//! | field | of a contact | of a row that the caller gives |
//! |---|---|---|
//! | `id`, `name`, `email`, `phone`, `gender`, `birthdate` | the same | the same |
//! | `first_name`, `last_name` | the two words of `name`; titles and suffixes do not count as words | the same, unless it has them |
//! | `city`, `state`, `postal_code`, `country`, `mobile_ad_id` | none: CleverTap has no fields of its own for them | the same |
//! | any that the caller's `fields` names | the custom field of that name | the same |

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::field::{Field, Reason};
use super::normal::{SUFFIXES, TITLES, is_hash, is_one_of, is_us};
use crate::model::Failure;
use crate::model::contact::Contact;

/// Which custom field a field is read from.
pub type Mapping = BTreeMap<Field, String>;

/// What is known of a person. No value is empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Person {
    values: Vec<(Field, String)>,
}

/// Keys of a contact that audiences have no use for: a contact as this API gives it is a row as it is.
const UNUSED: &[&str] = &[
    "timezone",
    "age",
    "employed",
    "married",
    "education",
    "photo_url",
    "customer_type",
    "identifiers",
    "subscriptions",
    "devices",
    "event_summary",
    "first_seen_at",
    "last_seen_at",
    "is_anonymous",
    "remote_data",
];

impl Person {
    #[must_use]
    pub fn of_contact(contact: &Contact, mapping: &Mapping) -> Self {
        let mut person = Self::default();
        let own = [
            (Field::Id, Some(&contact.id)),
            (Field::Name, contact.name.as_ref()),
            (Field::Email, contact.email.as_ref()),
            (Field::Phone, contact.phone.as_ref()),
            (Field::Gender, contact.gender.as_ref()),
            (Field::Birthdate, contact.birthdate.as_ref()),
        ];
        for (field, value) in own {
            if let Some(value) = value.filter(|value| !value.trim().is_empty()) {
                person.values.push((field, value.clone()));
            }
        }
        person.take_custom(&contact.custom_fields, mapping);
        person
    }

    /// # Errors
    /// What cannot be used in the row, its place included.
    pub fn of_row(row: &Value, place: usize, mapping: &Mapping) -> Result<Self, Vec<Failure>> {
        let failure = |key: &str, message: &str| {
            let field =
                if key.is_empty() { format!("rows[{place}]") } else { format!("rows[{place}].{key}") };
            Failure::new(field, message)
        };
        let Value::Object(row) = row else {
            return Err(vec![failure(
                "",
                "must be an object: a contact of this API, or fields of an audience",
            )]);
        };
        let (mut person, mut failures) = (Self::default(), Vec::new());
        let none = Map::new();
        let mut custom = &none;
        for (key, value) in row.iter().filter(|(_, value)| !value.is_null()) {
            match (Field::parse(key), value) {
                (Some(field), value) => match text(value) {
                    Some(text) => person.set(field, text),
                    None if value.as_str().is_some() => {}
                    None => failures.push(failure(key, "must be a text or a number")),
                },
                (None, Value::Object(fields)) if key == "custom_fields" => custom = fields,
                (None, _) if key == "custom_fields" => failures.push(failure(key, "must be an object")),
                (None, _) if UNUSED.contains(&key.as_str()) => {}
                (None, _) => {
                    let accepted = Field::ALL.map(Field::name).join(", ");
                    let message = format!(
                        "is not a field of an audience; accepted: {accepted}, custom_fields, and what else a contact has"
                    );
                    failures.push(failure(key, &message));
                }
            }
        }
        person.take_custom(custom, mapping);
        if failures.is_empty() { Ok(person) } else { Err(failures) }
    }

    fn take_custom(&mut self, fields: &Map<String, Value>, mapping: &Mapping) {
        for (field, name) in mapping {
            if let Some(text) = fields.get(name).and_then(text) {
                self.set(*field, text);
            }
        }
    }

    fn set(&mut self, field: Field, value: String) {
        self.values.retain(|(known, _)| *known != field);
        self.values.push((field, value));
    }

    #[must_use]
    pub fn get(&self, field: Field) -> Option<&str> {
        self.values.iter().find(|(known, _)| *known == field).map(|(_, value)| value.as_str())
    }

    pub(super) fn country(&self) -> Option<&str> {
        self.get(Field::Country).map(str::trim)
    }

    pub(super) fn is_of_us(&self) -> bool {
        self.country().is_some_and(is_us)
    }

    /// First or last name: as it is, or by cutting a name of two words.
    pub(super) fn name(&self, field: Field) -> Option<Result<&str, Reason>> {
        if let Some(own) = self.get(field) {
            return Some(Ok(own));
        }
        // One of the two names alone is all that is known of them.
        if self.get(Field::FirstName).is_some() || self.get(Field::LastName).is_some() {
            return None;
        }
        let name = self.get(Field::Name)?;
        if is_hash(name.trim()) {
            return Some(Err(Reason::Hashed));
        }
        let mut words: Vec<&str> = name.split_whitespace().collect();
        while words.len() > 2 && words.first().is_some_and(|word| is_one_of(word, TITLES)) {
            words.remove(0);
        }
        while words.len() > 2 && words.last().is_some_and(|word| is_one_of(word, SUFFIXES)) {
            words.pop();
        }
        match (words.as_slice(), field) {
            ([first, last], _) if is_one_of(first, TITLES) || is_one_of(last, SUFFIXES) => {
                Some(Err(Reason::NameNotSplit))
            }
            ([first, _], Field::FirstName) => Some(Ok(first)),
            ([_, last], _) => Some(Ok(last.trim_end_matches(','))),
            _ => Some(Err(Reason::NameNotSplit)),
        }
    }
}

/// A text that says something, or a number as one.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.trim().is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}
