//! A column of a destination: where its value is from, which form it has, and whether it goes out hashed.
//!
//! | the value is | a hashed column | a column in clear | an untouched one |
//! |---|---|---|---|
//! | absent, or white space | empty, and not counted | the same | the same |
//! | 64 hexadecimal digits | those, in lower case: it is a hash already | dropped: `hashed` | as it is: ids may look so |
//! | anything else | normalised, then hashed with SHA-256, in lower-case hexadecimal | normalised | as it is |
//! | nothing that the rule takes | dropped and counted by reason; the rest of the person goes out | the same | the same |

use std::borrow::Cow;

use sha2::{Digest as _, Sha256};

use super::field::{Field, Reason};
use super::normal::{self, Rule, is_hash};
use super::person::Person;

/// More of one value is nobody's name or address.
const LONGEST: usize = 1024;

/// How a value goes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Hashed,
    Clear,
    /// In clear and as it came, be it a hash.
    Untouched,
}

/// Where a value is from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    Of(Field),
    /// A first or last name, if need be cut from the whole.
    Name(Field),
    /// Of the first name.
    Initial,
    /// Of the birthdate.
    Year,
    Month,
    Day,
}

/// One column.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// By which callers choose it.
    pub name: &'static str,
    /// What the destination calls it.
    pub key: &'static str,
    pub form: Form,
    pub(super) source: Source,
    pub(super) rule: Rule,
    /// Whether it goes out unless the caller chooses.
    pub usual: bool,
}

impl Column {
    pub(super) const fn new(field: Field, key: &'static str, form: Form, rule: Rule) -> Self {
        let source = match field {
            Field::FirstName | Field::LastName => Source::Name(field),
            _ => Source::Of(field),
        };
        Self { name: field.name(), key, form, source, rule, usual: true }
    }

    pub(super) const fn part(name: &'static str, key: &'static str, source: Source, rule: Rule) -> Self {
        Self { name, key, form: Form::Hashed, source, rule, usual: true }
    }

    pub(super) const fn on_request(self) -> Self {
        Self { usual: false, ..self }
    }

    /// The value as it goes out; none where there is nothing.
    pub(super) fn value(&self, person: &Person) -> Option<Result<String, Reason>> {
        let text = match self.text(person)? {
            Ok(text) => text,
            Err(why) => return Some(Err(why)),
        };
        let trimmed = text.trim();
        if trimmed.is_empty() {
            return None;
        }
        if text.len() > LONGEST {
            return Some(Err(Reason::TooLong));
        }
        Some(match self.form {
            Form::Hashed if is_hash(trimmed) => Ok(trimmed.to_ascii_lowercase()),
            Form::Clear if is_hash(trimmed) => Err(Reason::Hashed),
            Form::Hashed => (self.rule)(&text, person).map(|form| sha256(&form)),
            Form::Clear | Form::Untouched => (self.rule)(&text, person),
        })
    }

    /// What the rule is applied to.
    fn text<'p>(&self, person: &'p Person) -> Option<Result<Cow<'p, str>, Reason>> {
        let whole = match self.source {
            Source::Of(field) => return person.get(field).map(|text| Ok(text.into())),
            Source::Name(field) => return person.name(field).map(|name| name.map(Cow::from)),
            Source::Initial => match person.name(Field::FirstName)? {
                Ok(name) => name,
                Err(why) => return Some(Err(why)),
            },
            Source::Year | Source::Month | Source::Day => person.get(Field::Birthdate)?,
        };
        // Of a hash there are no parts.
        if is_hash(whole.trim()) {
            return Some(Err(Reason::Hashed));
        }
        if self.source == Source::Initial {
            return Some(Ok(whole.into()));
        }
        let part = normal::day(whole).map(|(year, month, day)| match self.source {
            Source::Year => format!("{year:04}"),
            Source::Month => format!("{month:02}"),
            _ => format!("{day:02}"),
        });
        Some(part.map(Cow::from).ok_or(Reason::Malformed))
    }
}

/// In lower-case hexadecimal.
pub(super) fn sha256(text: &str) -> String {
    format!("{:x}", Sha256::digest(text.as_bytes()))
}
